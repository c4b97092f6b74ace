"""CKAN's own actions on packages, with what the plugin adds before them.

Each way to write a dataset passes through ``package_create`` or ``package_update``: patches and
changes of resources do, and the harvester. First the rows of a form are gathered, then the
gate looks at what the dataset would become, and the dates that the public has seen of a plan's
record are kept, and so are the tables that it has in the DataStore.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from . import dictionary
from .forms import gather_rows
from .living import resources, tables
from .plans import baseline, checking
from .plans.publication import SUPPRESSED, enqueue_rebuild, retire_dataset
from .quality import gate
from .quality.history import record_deletion
from .reading import show_package

__all__ = [
    "bulk_update_public",
    "dataset_purge",
    "package_create",
    "package_owner_org_update",
    "package_update",
    "resource_create",
    "resource_delete",
    "resource_update",
]

Action = Callable[[Context, dict[str, Any]], Any]
_ORIGINAL = "original_package"


@tk.chained_action  # type: ignore[untyped-decorator]
def package_create(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Create a package: the rows of its form in their order, a public dataset complete."""
    _gather_all(data_dict)
    gate.check_create(context, data_dict)
    baseline.start_baseline(context, data_dict)
    resources.add_resources(data_dict)
    created = next_action(context, data_dict)
    if SUPPRESSED not in context:  # a load may yet be rolled back: it makes its tables itself
        record_id = created["id"] if isinstance(created, dict) else created
        tables.make_tables(context, record_id, is_new=True)
    checking.flash_remarks(context, data_dict)
    return created


@tk.chained_action  # type: ignore[untyped-decorator]
def package_update(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Update a package: the rows of its form in their order, a public dataset not emptied."""
    _gather_all(data_dict)
    before = gate.check_update(context, data_dict)
    if before is None:
        baseline.keep_baseline(context, data_dict)
        record_id = resources.keep_resources(context, data_dict)
        former = model.Package.get(record_id).name if record_id else None
        updated = next_action(context, data_dict)
        if record_id and SUPPRESSED not in context:
            _retire_name(record_id, former)
            tables.make_tables(context, record_id)
        checking.flash_remarks(context, data_dict)
        return updated
    if _ORIGINAL in context:
        return next_action(context, data_dict)
    context[_ORIGINAL] = before  # CKAN would read it once more
    try:
        return next_action(context, data_dict)
    finally:
        # who goes on with this context must not find what is old by then
        del context[_ORIGINAL]


def _retire_name(record_id: str, former: str) -> None:
    """Take away what was published under the name that a record had before."""
    if model.Package.get(record_id).name != former:
        retire_dataset(former)
        model.Session.commit()


def _gather_all(data: dict[str, Any]) -> None:
    resources = data.get("resources")
    for form in (data, *(resources if isinstance(resources, list) else ())):
        if isinstance(form, dict):
            gather_rows(form)


@tk.chained_action  # type: ignore[untyped-decorator]
def package_owner_org_update(
    next_action: Action, context: Context, data_dict: dict[str, Any]
) -> Any:
    """Move a dataset: without an organization it may be left without a publisher."""
    package = model.Package.get(data_dict.get("id"))
    # package_update calls this, too, when all is written
    if package is not None and package.owner_org and not data_dict.get("organization_id"):
        dataset = show_package(context, package.id)
        gate.check_update(tk.fresh_context(context), {**dataset, "owner_org": ""})
    if package is not None and not context.get("defer_commit"):
        enqueue_rebuild(context, {"id": package.id})  # CKAN tells no plugin of it
    return next_action(context, data_dict)


@tk.chained_action  # type: ignore[untyped-decorator]
def dataset_purge(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Purge a package: its history is closed and its tables go, for CKAN tells no plugin of it."""
    tk.check_access("dataset_purge", context, data_dict)
    name = tk.get_or_bust(data_dict, "id")
    package = model.Package.get(name)
    found = [living.resource_id for living in resources.list_living(package)] if package else []
    package_id = package.id if package else name
    record_deletion(name)
    if package and SUPPRESSED not in context:
        retire_dataset(package.name)
    result = next_action(context, data_dict)
    tables.forget_tables(package_id, found)
    return result


@tk.chained_action  # type: ignore[untyped-decorator]
def bulk_update_public(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Make datasets public, all or none: CKAN would stop at the first that is refused."""
    tk.check_access("bulk_update_public", context, data_dict)
    refused: dict[str, str] = {}
    for name in sorted(data_dict.get("datasets", ())):  # one order in which they are locked
        package = model.Package.get(name)
        if package is None or package.owner_org != data_dict.get("org_id"):
            continue  # CKAN passes over it
        dataset = {**show_package(context, package.id), "private": False}
        try:
            gate.check_update(tk.fresh_context(context), dataset)
        except gate.Refusal as refusal:
            refused[dataset["title"]] = " ".join(refusal.sentences)
    if refused:
        sentences = [f"{title}: {said}" for title, said in refused.items()]
        raise gate.Refusal(data_dict["org_id"], {"datasets": sentences}, refused)
    return next_action(context, data_dict)


@tk.chained_action  # type: ignore[untyped-decorator]
def resource_create(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Add a resource, and tell what is missing of it."""
    with _narrow(None):
        return next_action(context, data_dict)


@tk.chained_action  # type: ignore[untyped-decorator]
def resource_update(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Change a resource and the dictionary of its table, and tell what would be missing of it."""
    with _narrow(data_dict.get("id")):
        return dictionary.resource_update(next_action, context, data_dict)


@contextmanager
def _narrow(resource_id: str | None) -> Iterator[None]:
    """Tell the whole of a refusal: CKAN passes on the part of one resource only."""
    try:
        yield
    except tk.ValidationError as error:
        if isinstance(error.__context__, gate.Refusal):
            raise error.__context__.narrow(resource_id) from None
        raise


@tk.chained_action  # type: ignore[untyped-decorator]
def resource_delete(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Delete a resource; the last one of a public dataset stays, and the tables of a record."""
    resources.refuse_deletion(context, data_dict)
    try:
        return next_action(context, data_dict)
    except (tk.ValidationError, LookupError) as error:
        # CKAN looks for the refusal among the errors of resources, whatever it is of
        if isinstance(error.__context__, gate.Refusal):
            raise error.__context__ from None
        raise
