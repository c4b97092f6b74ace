"""The columns of a resource: its rows ``fields`` and the DataStore's dictionary say the same.

The dictionary is a comment on each column, in a database of its own, so that the two cannot be
written at once. A change of the table or of its dictionary is copied into the rows (``align``),
and a row that a person edits is copied into the dictionary. A crash between the two leaves a
difference, which ``align_all`` finds.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckan import model
from ckan.lib import jobs
from ckan.plugins import toolkit as tk
from ckan.types import Context
from ckanext.datastore.backend import DatastoreBackend
from redis.exceptions import RedisError
from rq import get_current_job

from .columns import Column, choose_override, choose_type, read_types
from .living.gate import delete_rows, refuse_dictionary
from .living.resources import find_living
from .plans.distribution import list_resource_ids
from .reading import show_package

__all__ = ["datastore_create", "datastore_delete", "resource_update"]

log = logging.getLogger(__name__)

Action = Callable[[Context, dict[str, Any]], Any]
Row = dict[str, Any]

#: Set in the context by whoever writes one side to make it say what the other does.
_ALIGNING = "gtplan_aligning"
_LOADER = "ckanext.xloader.jobs."
#: What a row and the dictionary both say of a column.
_SHARED = {"description": "notes", "units": "unit"}
#: Dictionaries of tables that ckanext-xloader has dropped in this process, to make them anew.
_dropped: dict[str, dict[str, dict[str, Any]]] = {}


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was brought into line of one resource, by the names of its columns."""

    dataset: str
    resource: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    edited: tuple[str, ...]


@tk.chained_action  # type: ignore[untyped-decorator]
def datastore_create(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Create or alter a table, and bring the rows of its resource into line."""
    refuse_dictionary(context, data_dict)
    _name_user(context)
    is_append = not data_dict.get("fields") and _has_table(data_dict.get("resource_id"))
    result = next_action(context, data_dict)
    if result and not (is_append or context.get(_ALIGNING) or _is_being_loaded()):
        _try(align, context, result["resource_id"])
    return result


@tk.chained_action  # type: ignore[untyped-decorator]
def datastore_delete(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Drop a table or rows of it; the rows ``fields`` stay: the file still has these columns."""
    living = find_living(data_dict.get("resource_id"))
    if living is not None:
        return delete_rows(context, living, data_dict)
    _name_user(context)
    return next_action(context, data_dict)


def _name_user(context: Context) -> None:
    """Put down to the site's user what nobody is named for.

    ckanext-xloader 2.5 names nobody when a file with other columns replaces one. CKAN changes
    the resource then, its activity plugin refuses a change by nobody, and no table is left.
    """
    if context.get("ignore_auth") and not context.get("user"):
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        context["user"] = user["name"]


def resource_update(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Update a resource, and copy the rows that were edited into the table's dictionary.

    Args:
        next_action: that updates it.
        context: of a user who may.
        data_dict: the resource as it is to be.
    """
    before = None if context.get(_ALIGNING) else _read_stored_rows(data_dict.get("id"))
    result = next_action(context, data_dict)
    if before is not None:
        _try(_copy_edits, context, before, result)
    return result


def _try(step: Callable[..., Any], context: Context, *arguments: Any) -> None:
    """Do what must not make the action fail that it follows; the sweep repairs it."""
    try:
        step(context, *arguments)
    except Exception:
        model.Session.rollback()
        log.exception("Columns and data dictionary differ now: run 'ckan gtplan dictionary'")


def _has_table(resource_id: Any) -> bool:
    backend = DatastoreBackend.get_active_backend()
    return bool(resource_id) and bool(backend.resource_exists(resource_id))


def _is_being_loaded() -> bool:
    """Tell whether ckanext-xloader is at work here: it tells us when its table is whole."""
    job = get_current_job()
    return job is not None and job.func_name.startswith(_LOADER)


# From the table to the rows


def align(context: Context, resource_id: str) -> Change | None:
    """Make the rows of a resource say what its table and dictionary say.

    What the dictionary does not say stays as the rows have it, and is copied into it. The rows
    of a resource without a table are left as they are: its file still has these columns.

    Args:
        context: of whoever the change is put down to; nobody is asked who may.
        resource_id: of a resource; it may have no table, or be of another type of package.

    Returns:
        What was written, None when nothing had to be.
    """
    found = model.Resource.get(resource_id)
    if found is None or "deleted" in (found.state, found.package.state):
        return None
    if found.package.type != "dataset" or not _has_table(resource_id):
        return None
    package = show_package(context, found.package_id)
    resource = next(r for r in package["resources"] if r["id"] == resource_id)
    columns = _read_columns(context, resource_id)
    rows = {row.get("title", ""): row for row in resource.get("fields") or ()}
    types = _choose_types(resource_id, columns, rows)
    new = [_make_row(column, rows.get(column.name, {}), types[column.name]) for column in columns]
    own = _make_context(context)
    if new != (resource.get("fields") or []):
        tk.get_action("resource_patch")(own, {"id": resource_id, "fields": new})
    is_dictionary_written = _fill_dictionary(own, resource_id, columns, new)
    if new == (resource.get("fields") or []) and not is_dictionary_written:
        return None
    names = [column.name for column in columns]
    return Change(
        dataset=package["name"],
        resource=resource_id,
        added=tuple(name for name in names if name not in rows),
        removed=tuple(name for name in rows if name not in names),
        edited=tuple(r["title"] for r in new if r["title"] in rows and r != rows[r["title"]]),
    )


def _make_context(context: Context) -> Context:
    own = tk.fresh_context(context, ignore_auth=True)
    _name_user(own)
    own[_ALIGNING] = True  # type: ignore[literal-required]
    return own


def _read_columns(context: Context, resource_id: str) -> list[Column]:
    table = tk.get_action("datastore_info")(
        tk.fresh_context(context, ignore_auth=True),
        {"id": resource_id, "include_meta": False, "include_fields_schema": False},
    )
    return [
        Column(name=field["id"], type=field["type"], info=field.get("info") or {}, stored=field)
        for field in table["fields"]
        if not field["id"].startswith("_")
    ]


def _choose_types(
    resource_id: str, columns: list[Column], rows: Mapping[str, Row]
) -> dict[str, str]:
    """Choose the profile's type of each column; the data are read where they must decide."""
    is_loaded = _is_loaded_from_file(resource_id)
    old = {column.name: rows.get(column.name, {}).get("type") or "" for column in columns}
    open_columns = [column for column in columns if column.is_open(old[column.name], is_loaded)]
    facts = read_types(resource_id, open_columns)
    return {
        column.name: choose_type(
            column, old[column.name], facts.get(column.name, {}), is_loaded=is_loaded
        )
        for column in columns
    }


def _is_loaded_from_file(resource_id: str) -> bool:
    """Tell whether ckanext-xloader made the table: nobody chose the types of its columns."""
    task = model.Session.query(model.TaskStatus).filter_by(
        entity_id=resource_id, task_type="xloader"
    )
    return task.first() is not None


def _make_row(column: Column, old: Row, column_type: str) -> Row:
    row = {**old, "title": column.name, "type": column_type}
    said = {"description": column.description, "units": column.unit}
    return {**row, **{key: text for key, text in said.items() if text}}


def _fill_dictionary(
    context: Context, resource_id: str, columns: list[Column], rows: list[Row]
) -> bool:
    """Copy what only the rows say into the dictionary, where it survives a change of file."""
    infos = {}
    for column, row in zip(columns, rows, strict=True):
        said = {"description": column.description, "units": column.unit}
        missing = {
            key: row[field] for field, key in _SHARED.items() if row.get(field) and not said[field]
        }
        if missing:
            infos[column.name] = {**column.info, **missing}
    return _write_dictionary(context, resource_id, columns, infos)


def _write_dictionary(
    context: Context, resource_id: str, columns: list[Column], infos: Mapping[str, Row]
) -> bool:
    fields = [
        {**column.stored, "info": infos[column.name]}
        for column in columns
        if infos.get(column.name, column.info) != column.info
    ]
    if fields:
        data = {"resource_id": resource_id, "force": True, "fields": fields}
        tk.get_action("datastore_create")(context, data)
    return bool(fields)


# From the rows to the dictionary


def _read_stored_rows(resource_id: Any) -> dict[str, Row] | None:
    """Read the rows of a resource that has a table, None when nothing is to be copied."""
    resource = model.Resource.get(resource_id) if resource_id else None
    if resource is None or not resource.extras.get("datastore_active"):
        return None
    if resource.package.type != "dataset":
        return None
    rows = resource.extras.get("fields") or []
    rows = json.loads(rows) if isinstance(rows, str) else rows
    return {row.get("title", ""): row for row in rows}


def _copy_edits(context: Context, before: Mapping[str, Row], resource: dict[str, Any]) -> None:
    """Copy the rows that differ from what they were into the dictionary."""
    rows = {row.get("title", ""): row for row in resource.get("fields") or ()}
    edits = {name: row for name, row in rows.items() if row != before.get(name)}
    if not edits or not _has_table(resource["id"]):
        return
    columns = _read_columns(context, resource["id"])
    infos = {
        column.name: _edit_info(column, before.get(column.name, {}), edits[column.name])
        for column in columns
        if column.name in edits
    }
    _write_dictionary(_make_context(context), resource["id"], columns, infos)


def _edit_info(column: Column, old: Row, row: Row) -> Row:
    info = dict(column.info)
    for field, key in _SHARED.items():
        text = row.get(field) or ""
        if text != (old.get(field) or "") and text != (info.get(key) or ""):
            info[key] = text
    if row.get("type") and row["type"] != old.get("type"):
        override = choose_override(column, row["type"])
        if override is not None:
            info["type_override"] = override
    return info


# Loading by ckanext-xloader


def is_loadable(resource_id: str) -> bool:
    """Tell whether ckanext-xloader may load a file: the plugin's own tables are made by it."""
    resource = model.Resource.get(resource_id)
    if resource is None:
        return True
    if find_living(resource_id) is not None:
        return False
    return resource_id not in list_resource_ids(resource.package.name)


def keep_dictionary(
    resource_id: str, existing: list[Row] | None, headers: list[dict[str, Any]]
) -> None:
    """Carry a dictionary over to the table of a file whose columns have changed.

    ckanext-xloader 2.5 drops such a table before it makes the new one without a dictionary. It
    asks before each: the first time there is the old table, the second time there is none.

    Args:
        resource_id: of the table.
        existing: the columns of the table as it was, None when there is none.
        headers: the columns to come, changed in place.
    """
    if existing is not None:
        _dropped[resource_id] = {field["id"]: field.get("info") or {} for field in existing}
        return
    known = _dropped.pop(resource_id, {})
    for header in headers:
        if known.get(header["id"]):
            header["info"] = {**header.get("info", {}), **known[header["id"]]}


def enqueue_alignment(resource_id: str) -> None:
    """Have the rows of a resource aligned by a job: types are read from the whole table."""
    title = f"gtplan dictionary {resource_id}"
    try:
        if all(job.meta.get("title") != title for job in jobs.get_queue().jobs):
            jobs.enqueue(align_loaded, [resource_id], title=title)
    except RedisError:
        log.exception("The columns of %s are not read: no job could be enqueued", resource_id)


def align_loaded(resource_id: str) -> None:
    """Align the rows of a resource as the site's own user.

    Args:
        resource_id: of the resource.
    """
    _try(align, {}, resource_id)


def align_all(context: Context) -> Iterator[Change]:
    """Align every resource that has a table.

    Args:
        context: of whoever the changes are put down to.

    Yields:
        What was written, resource by resource; one that fails is logged and left.
    """
    for resource_id in sorted(DatastoreBackend.get_active_backend().get_all_ids()):
        try:
            change = align(context, resource_id)
        except (tk.ValidationError, tk.ObjectNotFound):
            model.Session.rollback()
            log.exception("The columns of %s are not aligned", resource_id)
            continue
        if change is not None:
            yield change
