"""CKAN's own actions on tables, where the table is a living one: checked whole, written or not.

The forms of tabledesigner and every other client of CKAN's API come by here. Who may edit the
record may write its rows (CKAN asks); columns and dictionary are the portal's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ckan.plugins import toolkit as tk
from ckan.types import Context
from flask import has_request_context

from ...plan.living import LivingTable
from ...uploads.findings import CellFinding, FindingKind
from ..indicators.computing import check_typed
from .checks import check_cells, read_records
from .editing import Given, TableEdit
from .history import find_author
from .messages import refuse_if
from .reading import fetch_by_id
from .resources import Living, describe_record, find_living
from .store import hold_tables
from .writing import check_links, finish

__all__ = ["datastore_upsert", "delete_rows", "refuse_dictionary"]

_METHODS = ("insert", "update", "upsert")
_PAGE = 32_000


@tk.chained_action  # type: ignore[untyped-decorator]
def datastore_upsert(next_action: Any, context: Context, data_dict: dict[str, Any]) -> Any:
    """Write rows; those of a living table are checked, and written all or none."""
    living = find_living(data_dict.get("resource_id"))
    if living is None:
        return next_action(context, data_dict)
    tk.check_access("datastore_upsert", context, data_dict)
    check_typed(living.package, living.table.name)
    method = data_dict.get("method") or "upsert"
    if method not in _METHODS:
        raise tk.ValidationError({"method": [f"{method}: {', '.join(_METHODS)}"]})
    rows = _read_rows(living.table, data_dict.get("records") or [])
    is_dry = tk.asbool(data_dict.get("dry_run", False))
    written = _upsert(context, living, rows, method, is_dry=is_dry)
    result = {"resource_id": living.resource_id, "method": method}
    return {**result, "records": written} if data_dict.get("include_records") else result


def _upsert(
    context: Context, living: Living, rows: list[dict[str, Any]], method: str, *, is_dry: bool
) -> list[dict[str, Any]]:
    table, record = living.table, describe_record(living.package)
    author = find_author(context.get("user"), record, _get_origin())
    with hold_tables(record["id"]) as connection:
        edit = TableEdit(connection, record, table)
        given = list(edit.merge(rows))
        refuse_if(table, _check_method(table, method, given))
        refuse_if(table, check_cells(record["id"], table, (row.cells for row in given)))
        edit.stage(given)
        difference = edit.write(author, is_dry=is_dry)
        check_links(connection, record)
        if not is_dry:
            connection.commit()
    if not is_dry:
        finish(context, record, {table.name: difference})
    return [dict(row.cells) for row in given]


def _get_origin() -> str:
    is_form = has_request_context() and str(tk.request.endpoint).startswith("tabledesigner.")
    return "form" if is_form else "api"


def _read_rows(table: LivingTable, records: Any) -> list[dict[str, Any]]:
    """Read what was sent as rows, each with its number, and its ``_id`` where it has one."""
    rows = enumerate(zip(read_records(table, records), records, strict=True), start=1)
    return [{**cells, **_read_id(table, n, sent), "_row": n} for n, (cells, sent) in rows]


def _read_id(table: LivingTable, number: int, row: Mapping[str, Any]) -> dict[str, int]:
    given = row.get("_id")
    if given is None or given == "":
        return {}
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        fault = CellFinding(row=number, column="", kind=FindingKind.BAD_NUMBER, value=text)
        refuse_if(table, [fault])
    return {"_id": int(text)}


def _check_method(table: LivingTable, method: str, given: list[Given]) -> Iterator[CellFinding]:
    """Find rows that are there though they are to be inserted, or are not to be updated."""
    wrong = {"insert": FindingKind.REPEATED_ROW, "update": FindingKind.UNKNOWN_ROW}.get(method)
    for number, row in enumerate(given, start=1):
        if wrong and (row.row_id is None) == (method == "update"):
            key = ", ".join(part for part in table.get_key(row.cells) if part)
            expected = table.name if method == "update" else ""
            yield CellFinding(
                row=number, column=table.key[0], kind=wrong, value=key, expected=expected
            )


def delete_rows(context: Context, living: Living, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Delete rows of a living table; the table itself stays.

    Args:
        context: of somebody who may edit the record.
        living: the table.
        data_dict: as ``datastore_delete`` has it: ``filters``, ``{}`` for every row.

    Raises:
        toolkit.ValidationError: no filters are given, or one is none.
        RowsRefused: other rows refer to those.
    """
    tk.check_access("datastore_delete", context, data_dict)
    check_typed(living.package, living.table.name)
    filters = data_dict.get("filters")
    if not isinstance(filters, dict):
        sentence = tk._(
            "This table cannot be removed. To remove rows, say which: an empty object means all"
        )
        raise tk.ValidationError({"filters": [sentence]})
    record = describe_record(living.package)
    author = find_author(context.get("user"), record, _get_origin())
    with hold_tables(record["id"]) as connection:
        ids = _find_ids(context, living.resource_id, filters)
        edit = TableEdit(connection, record, living.table)
        deleted = fetch_by_id(connection, living.resource_id, living.table, ids)
        edit.stage_removal(ids)
        difference = edit.write(author)
        check_links(connection, record)
        connection.commit()
    finish(context, record, {living.table.name: difference})
    result = {"resource_id": living.resource_id, "filters": filters}
    if data_dict.get("include_deleted_records"):
        result["deleted_records"] = [{"_id": i, **cells} for i, cells in deleted.items()]
    return result


def _find_ids(context: Context, resource_id: str, filters: dict[str, Any]) -> list[int]:
    """Find the rows that CKAN's filters mean."""
    ids: list[int] = []
    query = {
        "resource_id": resource_id,
        "filters": filters,
        "fields": ["_id"],
        "sort": "_id",
        "include_total": False,
        "limit": _PAGE,
    }
    while True:
        own = tk.fresh_context(context, ignore_auth=True)
        page = tk.get_action("datastore_search")(own, {**query, "offset": len(ids)})
        ids += [row["_id"] for row in page["records"]]
        if len(page["records"]) < page["limit"]:
            return ids


def refuse_dictionary(context: Context, data_dict: dict[str, Any]) -> None:
    """Refuse to have a living table altered: columns and dictionary are the portal's.

    Raises:
        toolkit.ValidationError: it would be.
    """
    if find_living(data_dict.get("resource_id")) is not None:
        tk.check_access("datastore_create", context, data_dict)
        sentence = tk._("The columns of this table are made by the portal and cannot be changed")
        raise tk.ValidationError({"fields": [sentence]})
