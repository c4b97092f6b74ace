"""Publishing plan records as open datasets.

A dataset is made of its record anew each time, under the same ids; what comes out the same
is not written. How it is published (licence, contact, frequency, note) is said by the load
that brought the record (or ``terms``), and from then on by the dataset itself, where it can be
edited.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib.search import SearchIndexError
from ckan.logic import index_update_package
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from ...plan.model import Publication
from ...plan.tables.deliverables import is_publishable, name_dataset
from ...plan.tables.living import LIVING_DATASETS
from ..ids import make_package_id
from ..later import enqueue_by_commit
from ..reading import show_package
from .dataset import make_metadata, write_dataset
from .sources import PUBLISHED_TYPES, is_hidden, read_ancestors, read_deliverable
from .terms import find_publication

__all__ = [
    "SUPPRESSED",
    "build_deliverable",
    "enqueue_rebuild",
    "gtplan_deliverable_build",
    "gtplan_deliverable_build_auth",
    "is_publishable",
    "list_below",
    "rebuild_deliverable",
    "retire_dataset",
    "withdraw_deliverable",
]

log = logging.getLogger(__name__)

#: Set in the context by whoever publishes by itself afterwards, as a load does.
SUPPRESSED = "gtplan_loading"
#: Type of record -> types of those right below it, which name it in a field of its type.
_BELOW = {
    "action_plan": ("commitment",),
    "commitment": ("milestone",),
    "milestone": LIVING_DATASETS,
}


def gtplan_deliverable_build(context: Context, data_dict: dict[str, Any]) -> dict[str, str]:
    """Publish a plan record as a dataset, or bring its dataset up to date.

    Args:
        context: of a user who may edit the record.
        data_dict: ``id`` or name of an action plan, milestone, regional plan or inventory.

    Returns:
        ``dataset``, its name, and ``status``: created, updated, unchanged or removed.

    Raises:
        toolkit.ValidationError: there is nothing to publish, or nothing says how.
    """
    tk.check_access("gtplan_deliverable_build", context, data_dict)
    record = show_package(context, tk.get_or_bust(data_dict, "id"))
    built = build_deliverable(context, record["name"])
    if built is None:
        sentence = tk._(
            "“{name}” cannot be published: it has no table, or no load says how it is published"
        )
        raise tk.ValidationError({"id": [sentence.format(name=record["name"])]})
    return built


def gtplan_deliverable_build_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may edit the record may publish it."""
    try:
        tk.check_access(
            "package_update", tk.fresh_context(context), {"id": tk.get_or_bust(data_dict, "id")}
        )
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}


def build_deliverable(
    context: Context, record_name: str, publication: Publication | None = None
) -> dict[str, str] | None:
    """Make or update the dataset of a record, without asking who may.

    A failure leaves what was published before; building again repairs what it left undone.

    Args:
        context: of whoever the changes are put down to.
        record_name: name of the record.
        publication: how to publish; else as the dataset is, else as the record's load says.

    Returns:
        ``dataset``, its name, and ``status``: created, updated, unchanged or removed; None
        when there is nothing to publish, or nothing says how.

    Raises:
        toolkit.ObjectNotFound: the record, or one above it, is gone.
    """
    with _lock(record_name):
        record = show_package(context, record_name)
        if record["type"] not in PUBLISHED_TYPES:
            return None
        if record["state"] == "deleted":
            return withdraw_deliverable(context, record_name)
        deliverable, is_private = read_deliverable(context, record)
        if not (deliverable.tables or deliverable.sources):
            return withdraw_deliverable(context, record_name)
        dataset = _find_dataset(context, deliverable.name)
        if publication is None and dataset is None:
            publication = find_publication(context, record)
            if publication is None:
                return None
        metadata = make_metadata(deliverable, dataset, publication)
        metadata["private"] = is_private
        status = write_dataset(context, deliverable, dataset, metadata)
    return {"dataset": deliverable.name, "status": status}


def withdraw_deliverable(context: Context, record_name: str) -> dict[str, str] | None:
    """Take the dataset of a record out of the catalogue; made again, it has the same ids.

    Returns:
        The dataset as removed, or None when there was none.
    """
    name = name_dataset(record_name)
    package = model.Package.get(make_package_id(name))
    if package is None or package.state == "deleted":
        return None
    own = tk.fresh_context(context, ignore_auth=True)
    tk.get_action("package_delete")(own, {"id": package.id})
    return {"dataset": name, "status": "removed"}


@contextmanager
def _lock(record_name: str) -> Iterator[None]:
    """Keep two builds of a dataset from mixing their rows; a build that is killed lets go."""
    name = sa.func.hashtextextended(f"gtplan deliverable {record_name}", 0)
    with model.meta.engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(name)))
        yield


def _find_dataset(context: Context, name: str) -> dict[str, Any] | None:
    package = model.Package.get(make_package_id(name))
    return show_package(context, package.id) if package else None


def enqueue_rebuild(
    context: Context, record: dict[str, Any], *, is_deleted: bool = False
) -> None:
    """Have the datasets rebuilt that a record's change shows in.

    Args:
        context: of the change; nothing is done while a load writes.
        record: the record as it is now, or its ``id``, as CKAN's hooks for a deletion have
            it; for other types than the plan's nothing is done.
        is_deleted: it is about to be deleted, which it does not say yet.
    """
    package = None if context.get(SUPPRESSED) else model.Package.get(record["id"])
    if package is None or package.type not in {*PUBLISHED_TYPES, *_BELOW}:
        return
    shown = show_package(context, package.id)
    if is_deleted:
        _hide_datasets([package.name])
    elif is_hidden(shown):
        _hide_datasets([package.name, *_list_all_below(package.type, [package.name])])
    enqueue_by_commit("rebuild", rebuild_deliverable, _list_affected(context, shown))


def retire_dataset(record_name: str) -> None:
    """Have the dataset of a record taken away that is going, or taking another name.

    Args:
        record_name: the name that it has had; nothing is done where nothing was published.
    """
    if _is_published(record_name):
        _hide_datasets([record_name])
        enqueue_by_commit("rebuild", rebuild_deliverable, [record_name])


def _hide_datasets(record_names: Iterable[str]) -> None:
    """Make datasets private by the commit of what hides them: the job comes later."""
    for name in record_names:
        dataset = model.Package.get(make_package_id(name_dataset(name)))
        if dataset is not None and dataset.state == model.State.ACTIVE and not dataset.private:
            dataset.private = True
            # CKAN's search remembers it as it was at that time
            dataset.metadata_modified = datetime.now(timezone.utc).replace(tzinfo=None)
            try:
                index_update_package({"ignore_auth": True}, dataset.id)
            except SearchIndexError:
                log.exception("%s is private, but the search index does not say so", dataset.name)


def _list_affected(context: Context, record: dict[str, Any]) -> Iterator[str]:
    """List the records whose datasets show a record: itself, its plan, and those below.

    A plan's tables hold its commitments and milestones; those below take over subjects and
    institution, and are private when a record above them is.
    """
    if record["type"] in PUBLISHED_TYPES:
        yield record["name"]
    if record["type"] in LIVING_DATASETS:
        return  # the plan's tables don't show it
    plan = read_ancestors(context, record).get("action_plan")
    if plan:
        yield plan["name"]
    yield from filter(_is_published, _list_all_below(record["type"], [record["name"]]))


def _list_all_below(record_type: str, names: list[str]) -> Iterator[str]:
    for below in _BELOW.get(record_type, ()):
        found = list_below(below, record_type, names)
        yield from found
        yield from _list_all_below(below, found)


def list_below(record_type: str, field: str, names: list[str]) -> list[str]:
    """List the records that name one of some others, by the database: the search may be down.

    Args:
        record_type: of those that are wanted.
        field: the field that names the other record.
        names: names that it may hold.
    """
    package = model.Package
    query = sa.select(package.name).where(
        package.type == record_type,
        package.state != model.State.DELETED,
        package.extras[field].astext.in_(names),
    )
    return list(model.Session.scalars(query.order_by(package.name)))


def _is_published(name: str) -> bool:
    return model.Package.get(make_package_id(name_dataset(name))) is not None


def rebuild_deliverable(record_name: str) -> None:
    """Rebuild the dataset of a record, as the site's own user; of a record that is gone, none.

    Args:
        record_name: name of the record.
    """
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    context: Context = {"user": user["name"], "ignore_auth": True}
    try:
        built = build_deliverable(context, record_name)
    except tk.ObjectNotFound:
        built = withdraw_deliverable(context, record_name)
    log.info("Dataset of %s: %s", record_name, built["status"] if built else "none")
