"""The work of a milestone in time, to take along: the chart as SVG, its lines as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from typing import Any

from ckan.plugins import toolkit as tk
from flask import Blueprint, Response

from ..charts.timeline import UNITS
from ..logic.follow.reading import read_day
from ..plan.follow.timetable import Line
from ..plan.tables.tables import guard_formula
from .answers import open_to_all, refuse

__all__ = ["gantt"]

gantt = Blueprint("gtplan_gantt", __name__)

#: The columns of the CSV: the names of what a line has, after those of where it is from.
_OF_LINE = (
    *("number", "name", "responsibles", "planned_start", "planned_end", "printed"),
    *("is_doubtful", "baseline_start", "baseline_end", "actual_start", "actual_end"),
    *("standing", "status", "progress", "predecessors"),
)
COLUMNS = ("milestone", "judged_on", "type", *_OF_LINE)


@gantt.route("/gantt/<name>.svg")
def read_svg(name: str) -> Response:
    """Answer the chart of a milestone.

    ``?by=month`` or ``quarter`` says how; ``?date=`` the day at which it is judged.
    """
    by = tk.request.args.get("by", "")
    if by and by not in UNITS:
        sentence = tk._("“{value}” is no way to draw the chart: by={choices}")
        return refuse(400, sentence.format(value=by, choices=", by=".join(UNITS)))
    asked = _ask(name)
    if isinstance(asked, Response):
        return asked
    package, day = asked
    chart = tk.h.gtplan_gantt(package, by or None, day)
    if chart is None:
        return refuse(404, tk._("Nothing in this milestone is dated: there is no chart."))
    return _answer(str(chart), "image/svg+xml", package, day, "svg")


@gantt.route("/gantt/<name>.csv")
def read_csv(name: str) -> Response:
    """Answer the same as a table: a row for each activity, phase, deliverable and meeting."""
    asked = _ask(name)
    if isinstance(asked, Response):
        return asked
    package, day = asked
    judged, lines = tk.h.gtplan_timetable(package, day) or (day, [])
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow([package["name"], str(judged), line.kind, *_write_cells(line)])
    return _answer(text.getvalue(), "text/csv", package, day, "csv")


def _ask(name: str) -> tuple[dict[str, Any], date] | Response:
    """Find the milestone and the day that are asked for; else say what is wrong."""
    try:
        if not name.isprintable():  # the database cannot be asked for it
            raise tk.ObjectNotFound(name)
        package = tk.get_action("package_show")({}, {"id": name})
        day = read_day(tk.request.args.get("date"))
    except (tk.ObjectNotFound, tk.NotAuthorized):
        # whether there is one that the reader may not see is not told
        return refuse(404, tk._("There is no such milestone."))
    except tk.ValidationError as error:
        return refuse(400, "; ".join(error.error_summary.values()))
    if package["type"] != "milestone":
        return refuse(404, tk._("There is no such milestone."))
    return package, day


def _write_cells(line: Line) -> list[str]:
    return [_write_cell(getattr(line, name)) for name in _OF_LINE]


def _write_cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        value = " ".join(value)
    return guard_formula(str(value)) if value is not None else ""


def _answer(
    body: str, mimetype: str, package: Mapping[str, Any], day: date, ending: str
) -> Response:
    response = Response(body, mimetype=mimetype)
    filename = f"{package['name']}-{day}.{ending}"
    response.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    if tk.current_user.is_anonymous:
        return open_to_all(response)
    # CKAN then says that only the reader's own browser may keep it
    tk.request.environ["__no_cache__"] = True
    return response
