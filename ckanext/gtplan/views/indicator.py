"""Series of indicators as JSON and CSV, all of them as one table, and several side by side."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ckan.plugins import toolkit as tk
from flask import Blueprint, Response, stream_with_context

from ..charts.series import MOST_SERIES
from ..logic.indicators.series import COLUMNS, iterate_public, iterate_table
from ..plan.tables.tables import guard_formula
from .answers import open_to_all, refuse

__all__ = ["indicators"]

indicators = Blueprint("gtplan_indicators", __name__)

#: Columns that hold what the portal itself writes: a negative number is one, and no formula.
_PLAIN = ("value", "period", "period_start", "period_end")
#: As many indicators as may be chosen from.
_CHOICES = 100


@indicators.route("/indicator/<name>/series.json")
def read_json(name: str) -> Response:
    """Answer what an indicator measures and all that was observed of it."""
    try:
        if not name.isprintable():
            raise tk.ObjectNotFound(name)
        found = tk.get_action("gtplan_indicator_series")({}, {"id": name})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        # whether there is one that the reader may not see is not told
        return refuse(404, tk._("There is no such indicator."))
    body = json.dumps(found, ensure_ascii=False)
    return _answer(Response(body, mimetype="application/json"))


@indicators.route("/indicator/<name>/series.csv")
def read_csv(name: str) -> Response:
    """Answer the observations of an indicator as a table, as they stand in the portal."""
    package = _find(name)
    if package is None:
        return refuse(404, tk._("There is no such indicator."))
    return _answer(_stream(iterate_table(package), package["name"]))


@indicators.route("/indicators.csv")
def read_all() -> Response:
    """Answer the observations of all public indicators as one table."""
    return open_to_all(_stream(iterate_public(), "indicators"))


def _stream(rows: Iterable[Mapping[str, str | None]], filename: str) -> Response:
    def write() -> Iterator[str]:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([_write_cell(column, row.get(column)) for column in COLUMNS])
            if text.tell() > 32_768:
                yield text.getvalue()
                text.seek(0)
                text.truncate()
        yield text.getvalue()

    response = Response(stream_with_context(write()), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}.csv"'
    return response


def _write_cell(column: str, text: str | None) -> str:
    return (text or "") if column in _PLAIN else guard_formula(text or "")


def _answer(response: Response) -> Response:
    if tk.current_user.is_anonymous:
        return open_to_all(response)
    # CKAN then says that only the reader's own browser may keep it
    tk.request.environ["__no_cache__"] = True
    return response


def _find(name: str) -> dict[str, Any] | None:
    """Find an indicator that the reader may see."""
    if not name.isprintable():  # the database cannot be asked for it
        return None
    try:
        package = tk.get_action("package_show")({}, {"id": name})
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return None
    return dict(package) if package["type"] == "indicator" else None


@indicators.route("/indicators/compare")
def compare() -> str:
    """Show several indicators side by side, those that share a unit in one drawing."""
    asked = dict.fromkeys(tk.request.args.getlist("id"))
    wanted = [name for name in asked if name]
    found = {name: _find(name) for name in wanted[:MOST_SERIES]}
    query = {
        "fq": "+dataset_type:indicator",
        "rows": _CHOICES,
        "sort": "title_string asc",
        "include_private": True,
    }
    choices = tk.get_action("package_search")({}, query)["results"]
    chosen = {package["name"]: package for package in found.values() if package}
    return tk.render(
        "gtplan/indicators_compare.html",
        {
            "chosen": list(chosen.values()),
            "missing": [name for name, package in found.items() if package is None],
            "left_out": len(wanted) - len(found),
            "most": MOST_SERIES,
            "choices": [p for p in choices if p.get("unit") and p["name"] not in chosen],
        },
    )
