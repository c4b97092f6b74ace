"""The actions on living tables that CKAN has none for: files, history, comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ckan import model
from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from ...plan.living import Cells, LivingTable, list_living_tables
from ...uploads.findings import UploadError
from ...uploads.reading import read_upload
from .. import schema
from ..indicators.computing import check_typed
from ..progress import Progress, ignore_progress
from ..reading import show_package
from ..validators import is_known
from .changes import tell
from .checks import check_cells, make_links, read_records
from .comparison import count_differences, iterate_differences
from .history import list_changes
from .messages import describe_upload_error, refuse_if
from .tables import ensure_tables
from .writing import RowChange, TableDifference, write_rows

#: Entries that can be passed over: PostgreSQL takes no greater number than eight bytes hold.
_FARTHEST = 1_000_000_000


def find_table(record: Mapping[str, Any], name: str | None) -> LivingTable:
    """Find a living table of a record by its name; the name may be left out where it has one.

    Raises:
        toolkit.ValidationError: the record has no such table.
    """
    tables = {table.name: table for table in list_living_tables(record)}
    if name is None and len(tables) == 1:
        return next(iter(tables.values()))
    if name not in tables:
        sentence = tk._("“{name}” has no table “{table}”; it has: {known}")
        known = ", ".join(tables) or "—"
        text = sentence.format(name=record["name"], table=name or "", known=known)
        raise tk.ValidationError({"table": [text]})
    return tables[name]


@validate(schema.table_upload)
def gtplan_table_upload(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Write the rows of a file into a living table: checked whole, written all or none.

    Args:
        context: of somebody who may edit the record.
        data_dict: ``id`` or name of the record; ``table``, which may be left out where it has
            one; ``upload``, a CSV or .xlsx file, or ``records``, a list of rows; ``mode``:
            ``merge`` (rows that are not given stay) or ``replace`` (they are removed);
            ``dry_run`` to write nothing.

    Returns:
        Numbers ``added``, ``changed``, ``removed`` and ``unchanged``, and ``changes``, the first
        200: ``key``, ``change`` and ``cells`` by column, each as [before, after].

    Raises:
        RowsRefused: with a sentence for each cell that is wrong.
        toolkit.ValidationError: the file cannot be read.
    """
    tk.check_access("gtplan_table_upload", context, data_dict)
    record = show_package(context, data_dict["id"])
    table = find_table(record, data_dict.get("table"))
    package = model.Package.get(record["id"])
    assert package is not None  # it was shown
    check_typed(package, table.name)
    progress: Progress = context.get("gtplan_progress") or ignore_progress  # type: ignore[assignment]
    ensure_tables(context, record)
    rows, origin = _read_rows(record["id"], table, data_dict, progress)
    difference = write_rows(
        context,
        record,
        table,
        rows,
        mode=data_dict["mode"],
        origin=origin,
        is_dry=data_dict["dry_run"],
        progress=progress,
    )
    if difference.is_empty and not data_dict["dry_run"]:
        # perhaps the same file was written before, by a worker that was killed after it
        tell(context, record["id"], {table.name: difference}, progress)
    return _show_difference(difference)


def gtplan_table_upload_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may edit the record may write its rows."""
    return _ask("package_update", context, tk.get_or_bust(data_dict, "id"))


def _ask(action: str, context: Context, *ids: str) -> AuthResult:
    try:
        for name_or_id in ids:
            tk.check_access(action, tk.fresh_context(context), {"id": name_or_id})
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}


def _read_rows(
    package_id: str, table: LivingTable, data_dict: Mapping[str, Any], progress: Progress
) -> tuple[Iterable[Cells], str]:
    """Read and check what was sent.

    Returns:
        The rows, and what the history says of where they come from.
    """
    file = data_dict.get("upload")
    if not file:
        rows = read_records(table, data_dict.get("records"))
        refuse_if(table, check_cells(package_id, table, rows))
        return rows, "api"
    if not hasattr(file, "read"):
        sentence = tk._("Send the file itself, not its name or address")
        raise tk.ValidationError({"upload": [sentence]})
    name = str(getattr(file, "filename", None) or getattr(file, "name", ""))
    try:
        upload = read_upload(table, file, name)
        found = upload.check(
            links=make_links(package_id),
            known=is_known,
            progress=lambda count: progress("check", count, count),
        )
    except UploadError as error:
        raise tk.ValidationError({"upload": [describe_upload_error(error)]}) from error
    refuse_if(table, found)
    return upload.rows(), name


def _show_difference(difference: TableDifference) -> dict[str, Any]:
    names = ("table", "added", "changed", "removed", "unchanged")
    shown = {name: getattr(difference, name) for name in names}
    return {**shown, "changes": [show_change(change) for change in difference.samples]}


def show_change(change: RowChange) -> dict[str, Any]:
    """Show a change of a row as JSON has it."""
    cells = {name: list(pair) for name, pair in change.cells.items()}
    return {"key": list(change.key), "change": change.change, "cells": cells}


@tk.side_effect_free
@validate(schema.table_history)
def gtplan_table_history(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """List what became of the rows of a living table, the latest first.

    Args:
        context: of somebody who may see the record. Who may not edit it is told what was
            changed while the record was public, and not by whom.
        data_dict: ``id`` or name of the record, ``table`` as for an upload, ``key`` (a list of
            texts) of one row, ``limit`` (100, at most 1000) and ``offset``.

    Returns:
        Entries with ``key``, ``change`` (changed, removed, or written for a whole write),
        ``before`` and ``after``, ``moment``, and for editors ``user`` and ``origin``.
    """
    tk.check_access("gtplan_table_history", context, data_dict)
    own = tk.fresh_context(context)
    record = tk.get_action("package_show")(own, {"id": data_dict["id"]})
    table = find_table(record, data_dict.get("table"))
    is_editor = _ask("package_update", context, record["id"])["success"]
    entries = list_changes(
        record["id"],
        table.name,
        data_dict.get("key"),
        limit=min(data_dict["limit"], 1000),
        offset=min(data_dict["offset"], _FARTHEST),
        is_public=not is_editor,
    )
    return [_show_entry(entry, is_editor=is_editor) for entry in entries]


def _show_entry(entry: Mapping[str, Any], *, is_editor: bool) -> dict[str, Any]:
    names = ("id", "key", "change", "before", "after", "moment")
    shown = {name: entry[name] for name in names}
    if not is_editor:
        return shown
    user = model.User.get(entry["user_id"]) if entry["user_id"] else None
    return {**shown, "user": user.name if user else None, "origin": entry["origin"]}


@tk.auth_allow_anonymous_access
def gtplan_table_history_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may see the record may see its history."""
    return _ask("package_show", context, tk.get_or_bust(data_dict, "id"))


@tk.side_effect_free
@validate(schema.table_compare)
def gtplan_table_compare(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Compare a living table with that of another record of its kind, row by row.

    Args:
        context: of somebody who may see both.
        data_dict: ``id`` or name of the record, ``with``, that of the earlier one, ``table`` as
            for an upload, ``limit`` (100, at most 1000) and ``offset``.

    Returns:
        Numbers ``added``, ``removed``, ``changed`` and ``unchanged``, and ``changes`` as an
        upload tells them.
    """
    tk.check_access("gtplan_table_compare", context, data_dict)
    new, old = (
        tk.get_action("package_show")(tk.fresh_context(context), {"id": data_dict[name]})
        for name in ("id", "with")
    )
    table = find_table(new, data_dict.get("table"))
    find_table(old, table.name)
    limit = min(data_dict["limit"], 1000)
    changes = iterate_differences(
        table, old["id"], new["id"], limit=limit, offset=min(data_dict["offset"], _FARTHEST)
    )
    counts = count_differences(table, old["id"], new["id"])
    return {"table": table.name, **counts, "changes": [show_change(c) for c in changes]}


@tk.auth_allow_anonymous_access
def gtplan_table_compare_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may see both records may compare them."""
    ids = tk.get_or_bust(data_dict, ["id", "with"])
    return _ask("package_show", context, *ids)
