"""What an institution owes, as a table to take along."""

from __future__ import annotations

import csv
import io
from typing import Any

from ckan.plugins import toolkit as tk
from flask import Blueprint, Response

from ..logic.follow.dues import list_dues
from ..plan.follow.dues import Due

__all__ = ["dues"]

dues = Blueprint("gtplan_dues", __name__)

COLUMNS = (
    *("kind", "title", "due", "day", "printed", "standing", "status", "responsibles"),
    *("action_plan", "commitment", "record", "key", "is_published", "is_open", "address"),
)
_TYPED = ("title", "printed")
#: What a spreadsheet takes for the start of a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dues.route("/organization/<name>/due.csv")
def read_csv(name: str) -> Response:
    """Answer what an institution owes, by day: a row for each deliverable, activity and so on."""
    try:
        body = tk.get_action("organization_show")({}, {"id": name})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        message = tk._("There is no such organization.")
        return Response(f"{message}\n", status=404, mimetype="text/plain")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for due in list_dues({}, organization=body["name"]):
        row = _flatten(due)
        writer.writerow([_write_cell(column, row[column]) for column in COLUMNS])
    if not tk.current_user.is_anonymous:
        # CKAN then says that only the reader's own browser may keep it
        tk.request.environ["__no_cache__"] = True
    response = Response(text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{body["name"]}-due.csv"'
    return response


def _flatten(due: Due) -> dict[str, Any]:
    return {
        "kind": due.kind,
        "title": due.title,
        "due": due.due,
        "day": due.day,
        "printed": due.printed,
        "standing": due.standing,
        "status": due.status,
        "responsibles": " ".join(due.responsibles),
        "action_plan": due.plan.name if due.plan else None,
        "commitment": due.commitment.name if due.commitment else None,
        "record": due.record.name,
        "key": due.key,
        "is_published": str(due.is_published).lower() if due.kind == "deliverable" else None,
        "is_open": str(due.is_open).lower() if due.kind == "deliverable" else None,
        "address": tk.config["ckan.site_url"].rstrip("/") + due.address,
    }


def _write_cell(column: str, value: Any) -> Any:
    # what others typed in must stay a text in a spreadsheet
    is_formula = column in _TYPED and str(value or "").startswith(_FORMULA_STARTS)
    return f"'{value}" if is_formula else value
