"""The report on conformance as a page, as CSV and as JSON: of the portal, or of an organization."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from ckan.lib.helpers import Page
from ckan.plugins import toolkit as tk
from flask import Blueprint, Response

from ..logic.quality.report import FIGURES

__all__ = ["conformance"]

conformance = Blueprint("gtplan_conformance", __name__)

_COUNTS = ("datasets", "public", "public_lacking")
#: The tables of the report, each a CSV file, with the columns that it has.
PARTS: Mapping[str, Sequence[str]] = {
    "totals": (*_COUNTS, "not_assessed", *FIGURES, "percent"),
    "fields": ("obligation", "kind", "key", "label", "datasets"),
    "organizations": ("id", "name", "title", *_COUNTS, *FIGURES, "percent"),
    "datasets": (
        *("id", "name", "title", "organization", "visibility"),
        *(*FIGURES, "percent", "gaps"),
    ),
    "history": ("date", "datasets", *FIGURES, "percent"),
}
#: What a spreadsheet takes for the start of a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_WHOLE = 1_000_000
#: Size of the drawing, in its own units.
_WIDTH, _HEIGHT = 600, 160


def read_page(id: str | None = None) -> str:
    """Show the report, with a page of its list of datasets.

    Args:
        id: name of an organization; None for the portal.
    """
    number = tk.h.get_page_number(tk.request.args)
    limit = int(tk.config["ckan.datasets_per_page"])
    report = _report(id, limit=limit, offset=(number - 1) * limit)
    lacking = report["public_lacking"]
    address = partial(
        tk.h.url_for,
        _endpoint("page", id),
        id=id,
        date=report["date"],
        public_lacking="true" if lacking else None,
    )
    page = Page(
        collection=report["datasets"],
        page=number,
        url=address,
        item_count=report["count"],
        items_per_page=limit,
    )
    # the page's own slicing would take the second page out of the second page
    page.items = report["datasets"]
    organization = report["organization"]
    return tk.render(
        "gtplan/conformance.html",
        {
            "report": report,
            "page": page,
            "plot": draw_history(report["history"]),
            "group_dict": _show_group(organization["id"]) if organization else None,
            "group_type": "organization",
            "files": partial(tk.h.url_for, _endpoint("csv", id), id=id, date=report["date"]),
            "json_address": tk.h.url_for(_endpoint("json", id), id=id, date=report["date"]),
            "address": partial(tk.h.url_for, _endpoint("page", id), id=id),
        },
    )


def read_csv(id: str | None = None) -> Response:
    """Answer a table of the report, whole: ``?part=`` names it, by default ``datasets``."""
    part = tk.request.args.get("part", "datasets")
    if part not in PARTS:
        return tk.abort(404, tk._("There is no such table."))
    found = _report(id, limit=_WHOLE)[part]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(PARTS[part])
    for row in [found] if isinstance(found, dict) else found:
        writer.writerow([_write_cell(row[name]) for name in PARTS[part]])
    response = Response(text.getvalue(), mimetype="text/csv")
    name = "-".join(["conformance", *([id] if id else []), part])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def read_json(id: str | None = None) -> Response:
    """Answer the whole report."""
    report = _report(id, limit=_WHOLE)
    body = json.dumps(report, ensure_ascii=False, indent=2)
    return Response(body, mimetype="application/json")


def _endpoint(form: str, id: str | None) -> str:
    return f"gtplan_conformance.{'organization_' if id else ''}{form}"


def _report(id: str | None, **more: Any) -> dict[str, Any]:
    """Ask for the report that the address names; who may not see it is turned away."""
    query = {name: tk.request.args.get(name) for name in ("date", "public_lacking")}
    asked = {name: value for name, value in query.items() if value}
    if id:
        asked["organization"] = id
    try:
        report = tk.get_action("gtplan_conformance_report")({}, {**asked, **more})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("Only those who edit datasets may see how they conform."))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("There is no such organization."))
    except tk.ValidationError as error:
        return tk.abort(400, "; ".join(error.error_summary.values()))
    return dict(report)


def _show_group(id: str) -> dict[str, Any]:
    """Describe the organization for the frame of its pages."""
    return dict(tk.get_action("organization_show")({}, {"id": id, "include_users": False}))


def _write_cell(value: Any) -> Any:
    if isinstance(value, list):
        return "; ".join(f"{gap['kind']}.{gap['key']}: {gap['why']}" for gap in value)
    # what others typed in must stay a text in a spreadsheet
    is_formula = isinstance(value, str) and value.startswith(_FORMULA_STARTS)
    return f"'{value}" if is_formula else value


def draw_history(history: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Place the figures of a history on a drawing: each holds until it changes.

    Args:
        history: of the report.

    Returns:
        ``line``, the points of an SVG polyline, ``dots``, one for each figure, and the size;
        None where there is nothing to be seen move.
    """
    days = [date.fromisoformat(point["date"]).toordinal() for point in history]
    if len(days) < 2:
        return None
    across = [round((day - days[0]) * _WIDTH / (days[-1] - days[0])) for day in days]
    down = [round(_HEIGHT - point["percent"] * _HEIGHT / 100) for point in history]
    corners = [f"{across[0]},{down[0]}"]
    for number in range(1, len(days)):
        corners += [f"{across[number]},{down[number - 1]}", f"{across[number]},{down[number]}"]
    dots = list(zip(across, down, strict=True))
    return {"line": " ".join(corners), "dots": dots, "width": _WIDTH, "height": _HEIGHT}


for _form, _view, _ending in (
    ("page", read_page, ""),
    ("csv", read_csv, ".csv"),
    ("json", read_json, ".json"),
):
    conformance.add_url_rule(f"/conformance{_ending}", endpoint=_form, view_func=_view)
    conformance.add_url_rule(
        f"/organization/<id>/conformance{_ending}",
        endpoint=f"organization_{_form}",
        view_func=_view,
    )
