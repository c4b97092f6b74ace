"""The dataset that a record is published as: its metadata, resources, files and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...config import get_base_uri
from ...plan.model import Publication
from ...plan.tables.deliverables import Deliverable
from ...uploads.table_schema import ADDRESS
from ..ids import make_package_id
from ..living.reading import iterate_cells
from ..living.resources import find_resource_id
from ..reading import show_package
from .distribution import (
    Distribution,
    drop_datastore,
    list_resource_ids,
    make_api,
    make_cpsv,
    make_distribution,
    make_downloads,
    sync_datastore,
)
from .downloads import write_downloads
from .storage import open_file, restore_file

#: Fields of a dataset that say what of the plan it belongs to.
_LINKS = ("milestone", "commitment", "action_plan", "regional_plan", "deliverable")


def make_metadata(
    deliverable: Deliverable, dataset: dict[str, Any] | None, publication: Publication | None
) -> dict[str, Any]:
    """Make the fields of the dataset (PRM, class dataset).

    Args:
        deliverable: what the record says.
        dataset: the dataset as it is, None for a new one.
        publication: how to publish it; None leaves that as it is.
    """
    old_note = ((dataset or {}).get("notes") or "").partition("\n\n")[2]
    note = publication.note if publication else old_note
    ends = {"start": deliverable.start, "end": deliverable.end}
    period = {name: str(end) for name, end in ends.items() if end}
    owners = [*deliverable.publishers, *([publication.owner] if publication else [])]
    metadata: dict[str, Any] = {
        "title": deliverable.title,
        "notes": "\n\n".join(part for part in (deliverable.description, note) if part),
        "owner_org": _choose_owner(owners) or (dataset or {}).get("owner_org"),
        "tags": [{"name": tag} for tag in deliverable.tags],
        "theme": list(deliverable.themes),
        "temporal_coverage": [period] if period else [],
        "jurisdiction": deliverable.jurisdiction or "",
        "deliverable_type": deliverable.deliverable_type,
        **dict.fromkeys(_LINKS, ""),
        **deliverable.links,
    }
    if publication:
        is_national = deliverable.jurisdiction and publication.country
        contact = {"name": publication.contact_name, "email": publication.contact_email}
        metadata |= {
            "license_id": publication.license_id,
            "frequency": publication.frequency,
            "language": [publication.language],
            "contact": [contact] if any(contact.values()) else [],
            "spatial_coverage": [{"code": publication.country}] if is_national else [],
        }
    return metadata


def _choose_owner(names: Iterable[str]) -> str | None:
    for name in names:
        group = model.Group.get(name)
        if group and group.is_organization and group.state == "active":
            return str(group.id)
    return None


def write_dataset(
    context: Context,
    deliverable: Deliverable,
    dataset: dict[str, Any] | None,
    metadata: dict[str, Any],
) -> str:
    """Write the dataset, its files and its DataStore tables, as far as they differ.

    Args:
        context: of whoever the changes are put down to.
        deliverable: what to publish.
        dataset: the dataset as it is, None for a new one.
        metadata: its fields.

    Returns:
        ``created``, ``updated`` or ``unchanged``.
    """
    is_new = dataset is None or dataset["state"] != "active"
    if dataset is None:
        dataset = _create_draft(context, deliverable.name, metadata)
    with _make_distributions(deliverable) as distributions:
        is_changed = _update_dataset(context, dataset, metadata, distributions)
    for distribution in distributions:
        is_changed |= sync_datastore(context, distribution)
    _create_views(context, dataset, distributions)
    return "created" if is_new else "updated" if is_changed else "unchanged"


@contextmanager
def _make_distributions(deliverable: Deliverable) -> Iterator[list[Distribution]]:
    """Make what the dataset holds; the files are there as long as this lasts."""
    record, name = deliverable.record, deliverable.name
    made: list[Distribution] = []
    with ExitStack() as stack:
        for source in deliverable.sources:
            package_id = model.Package.get(record).id
            downloads = write_downloads(source.table, iterate_cells(package_id, source.name))
            for download in downloads:
                stack.enter_context(download.file)
            schema = get_base_uri() + ADDRESS.format(table=source.name)
            made += make_downloads(record, name, source, downloads, schema)
            resource_id = find_resource_id(package_id, source.name)
            if resource_id:
                made.append(make_api(name, source, resource_id))
            if source.name == "services":
                made.append(make_cpsv(record, name, source))
        made += [make_distribution(record, name, table) for table in deliverable.tables]
        yield made


def _create_views(
    context: Context, before: dict[str, Any], distributions: Sequence[Distribution]
) -> None:
    """Give the tables that are new the portal's default views, once their rows are there."""
    new = {item.id for item in distributions} - {r["id"] for r in before["resources"]}
    dataset = show_package(context, before["id"]) if new else before
    for resource in dataset["resources"]:
        if resource["id"] in new:
            tk.get_action("resource_create_default_resource_views")(
                tk.fresh_context(context, ignore_auth=True),
                {"resource": resource, "package": dataset, "create_datastore_views": True},
            )


def _create_draft(context: Context, name: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """Create the dataset unseen: CKAN takes files only for a dataset that exists."""
    data = {
        **metadata,
        "id": make_package_id(name),
        "name": name,
        "type": "dataset",
        "state": "draft",
    }
    tk.get_action("package_create")(tk.fresh_context(context, ignore_auth=True), data)
    return show_package(context, data["id"])


def _update_dataset(
    context: Context,
    dataset: dict[str, Any],
    metadata: dict[str, Any],
    distributions: Sequence[Distribution],
) -> bool:
    now = _get_now()
    before = {resource["id"]: resource for resource in dataset["resources"]}
    own = {*list_resource_ids(dataset["name"])}
    new = [item for item in distributions if not item.is_stored(before.get(item.id, {}))]
    resources = [
        item.make_resource(before.get(item.id, {}), now, is_stored=item not in new)
        for item in distributions
    ]
    digests = {item.id: item.sha256 for item in distributions}
    data = {
        **dataset,
        **{key: new for key, new in metadata.items() if not _is_same(key, dataset.get(key), new)},
        "state": "active",
        "issued": dataset.get("issued") or now,
        "resources": [*resources, *(r for r in before.values() if r["id"] not in own)],
    }
    del data["metadata_modified"]  # CKAN keeps it, and moves it when something changed
    if {key: before[key].get("hash") or None for key in own & before.keys()} != digests:
        data["data_modified"] = now
    with _keep_files(new):
        # CKAN writes and indexes nothing when the two are equal
        own_context = tk.fresh_context(context, ignore_auth=True, original_package=dataset)
        after = tk.get_action("package_update")(own_context, data)
    for resource_id in own - digests.keys():
        drop_datastore(resource_id)
        restore_file(resource_id, None)
    return bool(after["metadata_modified"] != dataset["metadata_modified"])


@contextmanager
def _keep_files(new: Iterable[Distribution]) -> Iterator[None]:
    """Store files, and put those before back when the dataset cannot be written."""
    with ExitStack() as stack:
        before = {item.id: open_file(item.id) for item in new}
        for file in before.values():
            if file:
                stack.enter_context(file)
        try:
            for item in new:
                item.store()
            yield
        except BaseException:
            model.Session.rollback()
            for resource_id, file in before.items():
                restore_file(resource_id, file)
            raise


def _is_same(key: str, old: Any, new: Any) -> bool:
    """Tell whether a field says the same: nothing is said in several ways, and tags have ids."""
    if key == "tags":
        return {tag["name"] for tag in old or ()} == {tag["name"] for tag in new}
    return (old or None) == (new or None)


def _get_now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
