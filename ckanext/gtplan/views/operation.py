"""How the feeds fare, for administrators: who pulls them, and what they leave out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from ckan.lib.helpers import Page
from ckan.plugins import toolkit as tk
from flask import Blueprint, Response

from ..feed.pulls import KEPT_DAYS
from ..logic.tasks import list_own_bodies

__all__ = ["operation"]

operation = Blueprint("gtplan_operation", __name__, url_prefix="/feeds")

_WHOLE = 1_000_000
#: Spans that the page of pulls offers, in days.
_SPANS = (1, 7, 30, KEPT_DAYS)
#: Rows of one harvester that the page shows; the table has all.
_SHOWN = 30
_PULLS = (
    *("day", "harvester", "address", "pulls", "unchanged", "failed", "size", "seconds"),
    *("latest", "status"),
)
_OMISSIONS = (
    *("name", "title", "organization", "resource", "resource_name", "iri"),
    *("field", "label", "value", "why", "mend"),
)
#: What a spreadsheet takes for the start of a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@operation.route("/pulls")
def read_pulls() -> str:
    """Show who pulled the feeds; ``?harvester=`` names one, ``?days=`` the span."""
    asked = _read_span()
    found = _ask_pulls(asked)
    given = {**found, "asked": asked, "spans": _SPANS, "shown": _SHOWN}
    return str(tk.render("gtplan/feed_pulls.html", given))


@operation.route("/pulls.csv")
def read_pulls_csv() -> Response:
    """Answer the same by day as a table."""
    return _write("feed-pulls", _PULLS, _ask_pulls(_read_span())["days"])


@operation.route("/report")
def read_report() -> str:
    """Show what the feeds leave out; ``?organization=`` names whose datasets."""
    number = tk.h.get_page_number(tk.request.args)
    limit = int(tk.config["ckan.datasets_per_page"])
    chosen = tk.request.args.get("organization") or None
    report = _ask_report(limit=limit, offset=(number - 1) * limit)
    address = partial(tk.h.url_for, "gtplan_operation.read_report", organization=chosen)
    page = Page(
        collection=report["results"],
        page=number,
        url=address,
        item_count=report["count"],
        items_per_page=limit,
    )
    page.items = report["results"]
    bodies = list_own_bodies({"user": tk.current_user.name})
    given = {"report": report, "page": page, "bodies": bodies, "chosen": chosen}
    return str(tk.render("gtplan/feed_report.html", given))


@operation.route("/report.csv")
def read_report_csv() -> Response:
    """Answer the same as a table, whole."""
    return _write("feed-report", _OMISSIONS, _ask_report(limit=_WHOLE)["results"])


def _read_span() -> dict[str, Any]:
    days = tk.request.args.get("days", "")
    return {
        "days": int(days) if days in map(str, _SPANS) else 30,
        "harvester": tk.request.args.get("harvester", ""),
    }


def _ask_pulls(asked: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(tk.get_action("gtplan_feed_pull_list")({}, dict(asked)))
    except tk.NotAuthorized:
        return tk.abort(403, tk._("Only administrators may see who reads the feeds."))


def _ask_report(**more: Any) -> dict[str, Any]:
    chosen = tk.request.args.get("organization")
    asked = {"organization": chosen} if chosen else {}
    try:
        return dict(tk.get_action("gtplan_feed_report")({}, {**asked, **more}))
    except tk.NotAuthorized:
        return tk.abort(403, tk._("This page is for those who edit for an institution."))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("There is no such organization."))


def _write(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Response:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_write_cell(row[column]) for column in columns])
    response = Response(text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _write_cell(value: Any) -> Any:
    # what others typed in must stay a text in a spreadsheet
    is_formula = isinstance(value, str) and value.startswith(_FORMULA_STARTS)
    return f"'{value}" if is_formula else value
