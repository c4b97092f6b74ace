"""The pages of a living table: its rows, its history, the spreadsheet, two years side by side."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from ckan import model
from ckan.lib.helpers import Page
from ckan.plugins import toolkit as tk
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from ..logic.indicators.computing import TypedOver
from ..logic.living.comparison import iterate_differences
from ..logic.living.messages import RowsRefused
from ..logic.living.resources import find_living, find_resource_id
from ..logic.living.template import write_template
from ..plan.living import LivingTable, list_living_tables
from ..plan.shapes import CONTROL
from ..plan.tables.tables import guard_formula

__all__ = ["Place", "find_place", "make_context", "render_place", "send_to_login", "tables"]

tables = Blueprint("gtplan_tables", __name__, url_prefix="/tables")

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PAGE = 50
_ROW_FORMS = ("tabledesigner.add_row", "tabledesigner.edit_row", "tabledesigner.delete_rows")
#: Columns that a list of rows shows; of other tables the first ones.
_SHOWN = {
    "services": (
        *("service_id", "name", "competent_authority", "channels"),
        *("stage", "online_percent", "maturity_level"),
    ),
}
_MOST_SHOWN = 6


@dataclass(frozen=True, kw_only=True)
class Place:
    """A living table of a record that the user may see.

    Attributes:
        package: the record.
        table: the table.
        resource_id: where its rows are kept.
        is_computed: nobody writes rows but the portal.
        may_edit: the user may write rows.
    """

    package: dict[str, Any]
    table: LivingTable
    resource_id: str
    is_computed: bool
    may_edit: bool


def make_context() -> Any:
    """Make the context of whoever sent the request."""
    user = tk.current_user
    return {"user": user.name if user.is_authenticated else ""}


def send_to_login() -> ResponseReturnValue | None:
    """Let a visitor log in first, and come back."""
    if tk.current_user.is_authenticated:
        return None
    return tk.h.redirect_to("user.login", came_from=tk.request.full_path)


def show_record(id: str) -> dict[str, Any]:
    """Read a record that an address names; a hidden one is as if it were not there."""
    try:
        if CONTROL.search(id):
            raise tk.ObjectNotFound(id)
        return dict(tk.get_action("package_show")(make_context(), {"id": id}))
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("There is no such record."))


def find_place(id: str, name: str, *, is_to_edit: bool = False) -> Place:
    """Find the table that an address names.

    Args:
        id: name or id of the record.
        name: of the table.
        is_to_edit: refuse who may not write its rows.
    """
    package = show_record(id)
    table = next((t for t in list_living_tables(package) if t.name == name), None)
    resource_id = find_resource_id(package["id"], name) if table else None
    if table is None or resource_id is None:
        return tk.abort(404, tk._("This record has no such table."))
    # of a computed indicator
    is_computed = bool(package.get("computation"))
    may = tk.h.check_access("datastore_upsert", {"resource_id": resource_id})
    may_edit = may and not is_computed
    if is_to_edit and not may_edit:
        return tk.abort(403, tk._("You may not write rows of this table."))
    return Place(
        package=package,
        table=table,
        resource_id=resource_id,
        is_computed=is_computed,
        may_edit=may_edit,
    )


# The rows


@tables.route("/<id>/<table>")
def read(id: str, table: str) -> str:
    """Show the rows of a living table by pages, with a search among them.

    Args:
        id: name or id of the record.
        table: its table.
    """
    place = find_place(id, table)
    query = tk.request.args.get("q", "").strip()
    number = tk.h.get_page_number(tk.request.args)
    found = _search_rows(place, query, number)
    page = Page(
        collection=found["records"],
        page=number,
        url=partial(tk.h.url_for, "gtplan_tables.read", id=id, table=table, q=query or None),
        item_count=found["total"],
        items_per_page=_PAGE,
    )
    page.items = found["records"]
    columns = _SHOWN.get(table, place.table.column_names[:_MOST_SHOWN])
    return render_place("gtplan/table.html", place, page=page, q=query, columns=columns)


def _search_rows(place: Place, query: str, number: int) -> dict[str, Any]:
    request: dict[str, Any] = {
        "resource_id": place.resource_id,
        "sort": ", ".join(f'"{name}"' for name in place.table.key),
        "limit": _PAGE,
        "offset": (number - 1) * _PAGE,
    }
    if query:
        request["q"] = query
    try:
        return dict(tk.get_action("datastore_search")(make_context(), request))
    except (tk.ObjectNotFound, tk.ValidationError):
        # no rows were ever written, or the words are none that PostgreSQL can look for
        return {"records": [], "total": 0}


def render_place(template: str, place: Place, **values: Any) -> str:
    """Render a page of a table."""
    shared = {"pkg_dict": place.package, "living": place.table.name, "place": place}
    return str(tk.render(template, {**shared, **values}))


@tables.before_app_request
def lead_to_rows() -> ResponseReturnValue | None:
    """Lead from CKAN's page of a resource to the rows, where it stands for a living table."""
    endpoint, given = tk.request.endpoint or "", tk.request.view_args or {}
    if not endpoint.endswith("_resource.read"):
        return None
    living = find_living(given.get("resource_id"))
    is_asked = living and given.get("id") in (living.package.name, living.package.id)
    if not (living and is_asked and tk.h.check_access("package_show", {"id": living.package.id})):
        return None
    return tk.h.redirect_to("gtplan_tables.read", id=living.package.name, table=living.table.name)


@tables.after_app_request
def tell_saved(response: Response) -> Response:
    """Tell who filled in the form of a row that it was saved, on the page that follows."""
    is_form = tk.request.endpoint in _ROW_FORMS and tk.request.method == "POST"
    is_done = is_form and response.status_code == 302
    if is_done and find_living((tk.request.view_args or {}).get("resource_id")):
        is_gone = tk.request.endpoint == "tabledesigner.delete_rows"
        tk.h.flash_success(tk._("Deleted.") if is_gone else tk._("Saved."))
    return response


@tables.app_errorhandler(RowsRefused)
@tables.app_errorhandler(TypedOver)
def show_refusal(refusal: RowsRefused | TypedOver) -> ResponseReturnValue:
    """Tell why rows are not deleted, or not typed over: CKAN's forms expect no such refusal."""
    if tk.request.endpoint not in _ROW_FORMS or tk.request.method != "POST":
        raise refusal
    for sentence in refusal.sentences:
        tk.h.flash_error(sentence)
    living = find_living((tk.request.view_args or {}).get("resource_id"))
    if living is None:
        raise refusal
    return tk.h.redirect_to("gtplan_tables.read", id=living.package.name, table=living.table.name)


# The spreadsheet


@tables.route("/<id>/<table>/template.xlsx")
def template(id: str, table: str) -> ResponseReturnValue:
    """Answer a spreadsheet with the rows of a table, to be filled in and sent back.

    Args:
        id: name or id of the record.
        table: its table; ``?rows=none`` for a sheet without rows.
    """
    login = send_to_login()
    if login is not None:
        return login
    place = find_place(id, table, is_to_edit=True)
    is_empty = tk.request.args.get("rows") == "none"
    name = f"{place.package['name']}-{table}.xlsx"
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile())
        write_template(file, place.package, place.table, is_empty=is_empty)
        file.seek(0)
        response = Response(iter(partial(file.read, 2**16), b""), mimetype=_XLSX)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.call_on_close(stack.pop_all().close)
    return response


# The history


@tables.route("/<id>/<table>/history")
def history(id: str, table: str) -> str:
    """Show what rows of a table were before they were changed or removed, the newest first.

    Args:
        id: name or id of the record.
        table: its table; ``?key=`` (once for each part of a key) for one row.
    """
    place = find_place(id, table)
    number = tk.h.get_page_number(tk.request.args)
    key = tk.request.args.getlist("key")
    request: dict[str, Any] = {"id": place.package["id"], "table": table}
    if len(key) == len(place.table.key):
        request["key"] = key
    # one more than is shown: whether there is another page
    request |= {"limit": _PAGE + 1, "offset": (number - 1) * _PAGE}
    found = tk.get_action("gtplan_table_history")(make_context(), request)
    entries = [{**entry, "cells": _pair_cells(place.table, entry)} for entry in found]
    return render_place(
        "gtplan/table_history.html",
        place,
        entries=entries[:_PAGE],
        number=number,
        has_more=len(entries) > _PAGE,
        key=request.get("key"),
    )


def _pair_cells(table: LivingTable, entry: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Put what a row was beside what it became; of a whole write there is nothing to show."""
    if not entry["key"]:
        return {}
    old, new = entry["before"] or {}, entry["after"] or {}
    return {
        name: (old.get(name), new.get(name))
        for name in table.column_names
        if name in {**old, **new}
    }


# Two tables of the same kind


@tables.route("/<id>/<table>/compare")
def compare(id: str, table: str) -> str:
    """Show what was added, removed and changed between the tables of two records.

    Args:
        id: name or id of the later record.
        table: the table that both have; ``?with=`` names the earlier record.
    """
    place = find_place(id, table)
    others = _list_others(place)
    earlier = tk.request.args.get("with", "").strip() or (others[0]["name"] if others else "")
    number = tk.h.get_page_number(tk.request.args)
    values: dict[str, Any] = {"others": others, "earlier": earlier, "difference": None}
    if earlier:
        found = _compare(place, earlier, limit=_PAGE, offset=(number - 1) * _PAGE)
        address = {"id": id, "table": table, "with": earlier}
        page = Page(
            collection=found["changes"],
            page=number,
            url=partial(tk.h.url_for, "gtplan_tables.compare", **address),
            item_count=found["added"] + found["removed"] + found["changed"],
            items_per_page=_PAGE,
        )
        values |= {"difference": found, "page": page}
    return render_place("gtplan/table_compare.html", place, **values)


def _list_others(place: Place) -> list[dict[str, Any]]:
    """List the records of the same institution that have such a table, the year before first."""
    own = place.package
    found = model.Session.query(model.Package.id).filter(
        model.Package.type == own["type"],
        model.Package.owner_org == own.get("owner_org"),
        model.Package.state == model.State.ACTIVE,
        model.Package.id != own["id"],
    )
    visible = [id for (id,) in found if tk.h.check_access("package_show", {"id": id})]
    records = (tk.get_action("package_show")(make_context(), {"id": id}) for id in visible)
    others = [record for record in records if place.table in list_living_tables(record)]
    return sorted(others, key=lambda record: (_year(record) >= _year(own), -_year(record)))


def _year(record: Mapping[str, Any]) -> int:
    year = str(record.get("reference_year") or "")
    return int(year) if year.isdecimal() else 0


def _compare(place: Place, earlier: str, **more: Any) -> dict[str, Any]:
    request = {"id": place.package["id"], "with": earlier, "table": place.table.name, **more}
    try:
        if CONTROL.search(earlier):
            raise tk.ObjectNotFound(earlier)
        return dict(tk.get_action("gtplan_table_compare")(make_context(), request))
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return tk.abort(404, tk._("There is no such record to compare with."))


@tables.route("/<id>/<table>/compare.csv")
def compare_csv(id: str, table: str) -> Response:
    """Answer the whole comparison as CSV: a row for each cell that differs.

    Args:
        id: name or id of the later record.
        table: the table that both have; ``?with=`` names the earlier record.
    """
    place = find_place(id, table)
    earlier = tk.request.args.get("with", "")
    _compare(place, earlier, limit=1)  # asks who may see both
    old = show_record(earlier)
    response = Response(_write_changes(place, old["id"]), content_type="text/csv; charset=utf-8")
    name = f"{place.package['name']}-{table}-compare.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _write_changes(place: Place, earlier_id: str) -> Iterator[str]:
    yield _write_line([*place.table.key, "change", "column", "old_value", "new_value"])
    # what begins with = or - is a formula for a spreadsheet, but in a column of numbers
    texts = {c.name for c in place.table.columns if c.type not in (int, Decimal, bool)}
    for row in iterate_differences(place.table, earlier_id, place.package["id"]):
        key = [guard_formula(part) for part in row.key]
        for column, pair in row.cells.items():
            cells = [guard_formula(c) if c and column in texts else c or "" for c in pair]
            yield _write_line([*key, row.change, column, *cells])


def _write_line(cells: list[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    return out.getvalue()
