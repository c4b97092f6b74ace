"""Progress of a plan, a commitment or a milestone at a day: as JSON, as CSV, as a drawing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ckan.plugins import toolkit as tk
from flask import Blueprint, Response

from .answers import refuse

__all__ = ["progress"]

progress = Blueprint("gtplan_progress", __name__)

#: The columns of the CSV: ``activity`` and so on are empty in the row of a record.
COLUMNS = (
    *("date", "judged_on", "type", "plan", "commitment", "milestone", "activity", "deliverable"),
    *("title", "status", "is_late", "progress", "expected", "deviation", "spi", "known_percent"),
    *("weight", "weight_rule", "weight_reason", "planned_start", "planned_end"),
    *("actual_start", "actual_end", "variance_days", "baseline_variance_days"),
    *("activities", "unreported", "not_started", "in_progress", "completed", "suspended"),
    *("cancelled", "overdue", "late_start", "on_time_rate", "evidence_rate"),
    *("currency", "planned", "executed", "variance", "execution_percent"),
    *("deliverables_expected", "deliverables_published", "deliverables_open"),
    *("deliverables_reusable", "last_report", "freshness_days", "is_stale"),
)
_TYPED = frozenset({"title", "activity", "deliverable"})
#: What a spreadsheet takes for the start of a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@progress.route("/progress/<name>.json")
def read_json(name: str) -> Response:
    """Answer the figures of a record and of what is below it.

    ``?date=`` says the day; ``?activities=true`` asks for the rows of all milestones.
    """
    found = _ask(name, tk.request.args.get("activities", ""))
    if isinstance(found, Response):
        return found
    return _answer(json.dumps(found, ensure_ascii=False), "application/json")


@progress.route("/progress/<name>.csv")
def read_csv(name: str) -> Response:
    """Answer the same as a table: a row for each record, activity and deliverable."""
    found = _ask(name, "true")
    if isinstance(found, Response):
        return found
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    day = {"date": found["date"], "judged_on": found["judged_on"]}
    for row in _list_rows(found, day):
        writer.writerow([_write_cell(column, row.get(column)) for column in COLUMNS])
    response = _answer(text.getvalue(), "text/csv")
    filename = f"{found['name']}-{found['date']}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


@progress.route("/progress/<name>.svg")
def read_svg(name: str) -> Response:
    """Answer the board of a plan as a drawing; it is narrowed and ordered as the page is."""
    try:
        package = tk.get_action("package_show")({}, {"id": name})
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return refuse(404, tk._("There is no such record."))
    board = tk.h.gtplan_board(package) if package["type"] == "action_plan" else None
    if board is None:
        return refuse(404, tk._("“{name}” is no action plan").format(name=package["name"]))
    if board.problems:
        return refuse(400, " ".join(board.problems))
    response = _answer(str(tk.h.gtplan_board_chart(board)), "image/svg+xml")
    filename = f"{package['name']}-{board.following.tree.today}.svg"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _ask(name: str, activities: str) -> dict[str, Any] | Response:
    query = {"id": name, "date": tk.request.args.get("date", ""), "activities": activities}
    try:
        return dict(tk.get_action("gtplan_progress")({}, query))
    except (tk.ObjectNotFound, tk.NotAuthorized):
        # whether there is one that the reader may not see is not told
        return refuse(404, tk._("There is no such record."))
    except tk.ValidationError as error:
        return refuse(400, "; ".join(error.error_summary.values()))


def _answer(body: str, mimetype: str) -> Response:
    if not tk.current_user.is_anonymous:
        # CKAN then says that only the reader's own browser may keep it
        tk.request.environ["__no_cache__"] = True
    return Response(body, mimetype=mimetype)


def _list_rows(record: Mapping[str, Any], above: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """List the row of a record, and of all below it: a record has one for each currency.

    Args:
        record: as the action gives it.
        above: what its row has of those above it.
    """
    kind = record.get("type", "")
    names = {**above, {"action_plan": "plan"}.get(kind, kind): record.get("name")}
    row = _flatten(record) | names | {"type": kind}
    budget = record.get("budget") or {None: {}}
    for currency, spending in budget.items():
        yield {**row, "currency": currency, **spending}
        row = names | {"type": kind, "title": row["title"]}  # counted once
    for part in record.get("activities", ()):
        number = {"type": "activity", "activity": part["activity_no"], "title": part["name"]}
        yield _flatten(part) | names | number
    for part in record.get("deliverables", ()):
        key = {"type": "deliverable", "deliverable": part["key"], "title": part["name"]}
        yield {**_flatten(part), **names, **key}
    for level in ("commitments", "milestones"):
        for child in record.get(level, ()):
            yield from _list_rows(child, names)


def _flatten(part: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the groups of figures of a record or a row into one row."""
    counts, coverage = part.get("counts") or {}, part.get("coverage") or {}
    return {
        **part,
        **(part.get("schedule") or {}),
        **counts,
        "activities": counts.get("total"),
        "is_late": part.get("is_late", (part.get("schedule") or {}).get("is_overdue")),
        **{f"deliverables_{name}": coverage.get(name) for name in ("expected", "published")},
        **{f"deliverables_{name}": coverage.get(name) for name in ("open", "reusable")},
    }


def _write_cell(column: str, value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    # what others typed in must stay a text in a spreadsheet; a negative amount is one
    is_typed = column in _TYPED and isinstance(value, str)
    return f"'{value}" if is_typed and value.startswith(_FORMULA_STARTS) else value
