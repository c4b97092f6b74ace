"""Series of indicators for programs: one by one, and all that a reader may see by their latest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from ...plan.follow.rounding import round_half_up
from ...plan.living import Cells
from ...plan.periods import Period, PeriodError
from ...plan.quantities import parse_quantity
from .. import schema
from ..living.reading import iterate_cells
from .reading import OBSERVATIONS, IndicatorSeries, Observed, read_series

__all__ = [
    "COLUMNS",
    "gtplan_indicator_list",
    "gtplan_indicator_list_auth",
    "gtplan_indicator_series",
    "gtplan_indicator_series_auth",
    "iterate_public",
    "iterate_table",
]

#: The columns of the long table: a row for each observation of each indicator.
COLUMNS = (
    *("indicator", "title", "period", "period_start", "period_end", "disaggregation"),
    *("value", "text", "unit", "status", "comment", "evidence_url"),
    *("reported_by", "reported_at"),
)
_SHOWN = ("name", "title", "letter", "indicator_kind", "unit", "decimals", "direction", "frequency")
_PARENTS = ("milestone", "commitment", "regional_plan")


@tk.side_effect_free
@validate(schema.indicator_series)
def gtplan_indicator_series(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give an indicator and all that was observed of it, in the order of time.

    Args:
        context: of a user who may see the indicator.
        data_dict: ``id`` or name of the indicator.

    Returns:
        What it measures, ``baseline`` and ``target`` (value and date), ``latest``,
        ``achievement`` in percent, and ``observations``. Values are numbers; what is not known
        is null. ``unreadable`` counts rows that have no place in time.

    Raises:
        toolkit.ObjectNotFound: there is no such indicator, or the user may not see it.
    """
    tk.check_access("gtplan_indicator_series", context, data_dict)
    show = tk.get_action("package_show")
    package = show(tk.fresh_context(context), {"id": data_dict["id"]})
    if package["type"] != "indicator":
        raise tk.ObjectNotFound(tk._("There is no such indicator."))
    series = read_series(package)
    return {
        **_tell_indicator(context, package, series),
        "observations": [_tell(one, series) for one in series.observed],
        "unreadable": series.unreadable,
    }


@tk.auth_allow_anonymous_access
def gtplan_indicator_series_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may see the indicator may see its series; to others it is not there."""
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": data_dict["id"]})
    except tk.NotAuthorized as error:
        raise tk.ObjectNotFound() from error
    return {"success": True}


@tk.side_effect_free
@validate(schema.indicator_list)
def gtplan_indicator_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List indicators with the latest that is known of each.

    Args:
        context: of the reader, who gets those that they may see.
        data_dict: ``milestone``, ``commitment`` (with those of its milestones) or
            ``regional_plan``, by name; ``limit`` (at most 100) and ``offset``.

    Returns:
        ``count``, and ``results`` as of ``gtplan_indicator_series``, without observations.
    """
    tk.check_access("gtplan_indicator_list", context, data_dict)
    filters = ["dataset_type:indicator"]
    for field in _PARENTS:
        if data_dict.get(field):
            name = str(data_dict[field]).replace("\\", "").replace('"', "")
            filters.append(f'{field}:"{name}"')
    query = {
        "fq_list": filters,
        "include_private": True,
        "sort": "name asc",
        "rows": min(data_dict["limit"], 100),
        "start": data_dict["offset"],
    }
    found = tk.get_action("package_search")(tk.fresh_context(context), query)
    results = []
    for package in found["results"]:
        try:
            results.append(_tell_indicator(context, package, read_series(package)))
        except KeyError:  # it lacks what makes it an indicator
            results.append({name: package.get(name) for name in ("name", "title")})
    return {"count": found["count"], "results": results}


@tk.auth_allow_anonymous_access
def gtplan_indicator_list_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody may ask: what they may not see is not in the answer."""
    return {"success": True}


def _tell_indicator(
    context: Context, package: Mapping[str, Any], series: IndicatorSeries
) -> dict[str, Any]:
    one = series.indicator
    achievement = series.achievement
    return {
        # what a form left empty is nothing, as what was never given
        **{name: package.get(name) or None for name in (*_SHOWN, *_PARENTS)},
        "decimals": one.decimals,
        "baseline": _tell_mark(one.baseline_value, one.baseline_date),
        "target": _tell_mark(one.target_value, one.target_date),
        "computation": one.computation,
        "computed_from": _find_visible(context, package) if one.computation else None,
        "latest": _tell(series.latest, series) if series.latest else None,
        "achievement": None if achievement is None else float(round_half_up(achievement)),
    }


def _tell_mark(value: Decimal | None, date: Any) -> dict[str, Any] | None:
    if value is None and date is None:
        return None
    return {"value": _tell_number(value), "date": str(date) if date else None}


def _tell_number(value: Decimal | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _find_visible(context: Context, package: Mapping[str, Any]) -> str | None:
    """Name what an indicator is computed of, if the reader may see it."""
    name: str | None = package.get("computed_from")
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": name or ""})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return None
    return name


def _tell(one: Observed, series: IndicatorSeries) -> dict[str, Any]:
    observation, period = one
    achievement = series.achieve(observation)
    return {
        "period": observation.ref_period,
        "period_start": period.start.isoformat(),
        "period_end": period.end.isoformat(),
        "disaggregation": list(observation.disaggregation),
        "value": _tell_number(observation.obs_value),
        "text": observation.obs_text,
        "status": observation.obs_status,
        "achievement": None if achievement is None else float(round_half_up(achievement)),
        "comment": observation.comment,
        "evidence_url": observation.evidence_url,
        "reported_by": observation.reported_by,
        "reported_at": observation.reported_at,
    }


# The long table


def iterate_public() -> Iterator[dict[str, str | None]]:
    """Read the observations of all public indicators, one after the other, as rows of texts."""
    package = model.Package
    unit = package.extras["unit"].astext
    query = sa.select(package.id, package.name, package.title, unit.label("unit")).where(
        package.type == "indicator",
        package.state == model.State.ACTIVE,
        package.private.is_(False),
    )
    for found in model.Session.execute(query.order_by(package.name)).all():
        yield from iterate_table({**found._mapping})


def iterate_table(package: Mapping[str, Any]) -> Iterator[dict[str, str | None]]:
    """Read the observations of an indicator as rows of texts, as they are.

    Args:
        package: its ``id``, ``name``, ``title`` and ``unit``.
    """
    head = {"indicator": package["name"], "title": package["title"], "unit": package.get("unit")}
    for cells in iterate_cells(package["id"], OBSERVATIONS.name):
        yield {**head, **_lay_out(cells)}


def _lay_out(cells: Cells) -> Cells:
    """Name the cells of a row as the long table does; a period that is none has no days."""
    try:
        period: Period | None = Period.parse(cells.get("ref_period") or "")
    except PeriodError:
        period = None
    try:
        value = f"{parse_quantity(cells.get('obs_value') or ''):f}"
    except ValueError:
        value = None
    named = {"period": "ref_period", "text": "obs_text", "status": "obs_status"}
    same = ("disaggregation", "comment", "evidence_url", "reported_by", "reported_at")
    return {
        **{column: cells.get(name) for column, name in named.items()},
        **{name: cells.get(name) for name in same},
        "value": value,
        "period_start": period.start.isoformat() if period else None,
        "period_end": period.end.isoformat() if period else None,
    }
