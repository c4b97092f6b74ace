"""Indicators as their pages show them: values for people, and series as drawings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ckan.plugins import toolkit as tk
from markupsafe import Markup

from .. import formats
from ..charts.series import MOST_SERIES, Chart, Mark, Point, Series, draw_chart
from ..config import get_language
from ..logic.indicators.reading import (
    IndicatorSeries,
    Observed,
    choose_granularity,
    read_series,
)
from ..logic.living.history import list_changes
from ..plan.follow.rounding import round_half_up
from ..plan.model import Indicator
from ..plan.periods import Period, PeriodError
from ..plan.registers import Observation
from .records import (
    Package,
    gtplan_ancestors,
    gtplan_country,
    gtplan_package,
    gtplan_short_title,
    remember,
)

__all__ = [
    "gtplan_achievement",
    "gtplan_chart",
    "gtplan_comparison",
    "gtplan_corrections",
    "gtplan_indicator_name",
    "gtplan_parts_chart",
    "gtplan_period",
    "gtplan_series",
    "gtplan_source_of",
    "gtplan_value",
]

#: Statuses (SDMX) of what is not final, and so drawn differently.
_NOT_FINAL = frozenset({"E", "F", "G", "I", "P", "U", "V"})
#: As many bars as can be told apart.
_MOST_BARS = 40
#: As many corrections as a page lists.
_CORRECTIONS = 20


def gtplan_series(package: Mapping[str, Any]) -> IndicatorSeries | None:
    """Read an indicator and its observations, once in a page; None of what is no indicator."""

    def read() -> IndicatorSeries | None:
        try:
            return read_series(package)
        except KeyError:
            return None

    found: IndicatorSeries | None = remember("gtplan_series", str(package["name"]), read)
    return found


def gtplan_value(value: Decimal, indicator: Indicator, country: str | None = None) -> str:
    """Write a value with its unit as people of the country do."""
    number = _write_number(value, indicator, country)
    return f"{number} {indicator.unit}" if indicator.unit else number


def _write_number(value: Decimal, indicator: Indicator, country: str | None) -> str:
    decimals = min(indicator.decimals or 0, 9)
    return formats.format_number(value, get_language(), country, decimals=decimals)


def gtplan_indicator_name(package: Package) -> str:
    """Name an indicator among others: several work plans call theirs the same."""
    above = [p for p in reversed(gtplan_ancestors(package)) if p["type"] != "action_plan"]
    place = ", ".join(map(gtplan_short_title, above))
    return f"{package['title']} – {place}" if place else str(package["title"])


def gtplan_period(period: Period) -> str:
    """Say a period in the language of the page."""
    return period.get_label(get_language())


def gtplan_source_of(package: Mapping[str, Any]) -> Package | None:
    """Find what an indicator is computed of, if the reader may see it."""
    name = package.get("computed_from")
    return gtplan_package(name) if name else None


def gtplan_corrections(package: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List what became of observations: ``period``, ``before``, ``after``, the latest first.

    To who may not edit the indicator, only what the public has seen.
    """
    may_edit = tk.h.check_access("package_update", {"id": package["id"]})
    found = list_changes(package["id"], "observations", limit=_CORRECTIONS, is_public=not may_edit)
    return [
        {**entry, "period": _name_period(entry["key"][0])}
        for entry in found
        if entry["key"] and entry["before"]
    ]


def _name_period(text: str) -> str:
    try:
        return gtplan_period(Period.parse(text))
    except PeriodError:
        return text


# Drawings


def gtplan_chart(package: Mapping[str, Any], series: IndicatorSeries) -> Markup | None:
    """Draw the whole of an indicator with baseline and target; None without a number."""
    indicator, country = series.indicator, gtplan_country(package)
    points = _make_points(series.whole, indicator, country)
    is_bars = indicator.indicator_kind == "quantity" and len(points) <= _MOST_BARS
    given = (
        (tk._("Baseline: {value}"), indicator.baseline_value, indicator.baseline_date),
        (tk._("Target: {value}"), indicator.target_value, indicator.target_date),
    )
    marks = [_make_mark(*texts, indicator, country) for texts in given]
    lines = [Series(name=indicator.title, points=points)]
    return _draw(
        _Drawing(
            key="whole",
            title=indicator.title,
            indicator=indicator,
            country=country,
            lines=lines,
            marks=marks,
            is_bars=is_bars,
        )
    )


def gtplan_parts_chart(package: Mapping[str, Any], series: IndicatorSeries) -> Markup | None:
    """Draw the parts of an indicator as lines; None without any, or with too many to tell."""
    indicator, country = series.indicator, gtplan_country(package)
    parts: dict[tuple[str, ...], list[Observed]] = {}
    for one in series.observed:
        if one.observation.disaggregation and one.observation.obs_value is not None:
            parts.setdefault(one.observation.disaggregation, []).append(one)
    if not parts or len(parts) > MOST_SERIES:
        return None
    lines = [
        Series(name=" · ".join(part), points=_make_points(observed, indicator, country))
        for part, observed in parts.items()
    ]
    title = tk._("{title}, by parts").format(title=indicator.title)
    return _draw(
        _Drawing(key="parts", title=title, indicator=indicator, country=country, lines=lines)
    )


@dataclass(frozen=True, kw_only=True)
class _Drawing:
    """What a drawing is made of."""

    key: str
    title: str
    indicator: Indicator
    country: str | None
    lines: Sequence[Series]
    marks: Sequence[Mark | None] = (None, None)
    is_bars: bool = False
    span: tuple[date, date] | None = None


def _draw(drawing: _Drawing) -> Markup | None:
    if not any(line.points for line in drawing.lines):
        return None
    indicator, country = drawing.indicator, drawing.country
    baseline, target = drawing.marks
    chart = Chart(
        key=drawing.key,
        title=drawing.title,
        description=_describe(drawing),
        unit=indicator.unit or "",
        series=tuple(drawing.lines),
        write=lambda value: formats.format_number(value, get_language(), country),
        baseline=baseline,
        target=target,
        is_bars=drawing.is_bars,
        provisional=tk._("Provisional, estimated or not validated"),
        span=drawing.span,
    )
    return Markup(draw_chart(chart))  # draw_chart escapes every text


def _describe(drawing: _Drawing) -> str:
    """Say in words what a drawing shows, line by line."""
    sentence = tk._(
        "{name}: {count} values, from {first} to {last}. Lowest {low}, highest {high}, last"
        " {value}."
    )
    texts = []
    for line in drawing.lines:
        known = [p for p in line.points if p.value is not None]
        if known:
            texts.append(
                sentence.format(
                    name=line.name,
                    count=len(known),
                    first=known[0].label,
                    last=known[-1].label,
                    low=min(known, key=_get_value).shown,
                    high=max(known, key=_get_value).shown,
                    value=known[-1].shown,
                )
            )
    texts += [mark.label for mark in drawing.marks if mark]
    return " ".join([*texts, tk._("The table holds every value.")])


def _get_value(point: Point) -> Decimal:
    return point.value if point.value is not None else Decimal(0)


def _make_points(
    observed: Sequence[Observed], indicator: Indicator, country: str | None
) -> tuple[Point, ...]:
    length = choose_granularity(observed)
    return tuple(
        _make_point(one.observation, one, indicator, country)
        for one in observed
        if one.period.granularity == length
    )


def _make_point(
    observation: Observation, one: Observed, indicator: Indicator, country: str | None
) -> Point:
    value = observation.obs_value
    return Point(
        start=one.period.start,
        end=one.period.end,
        label=gtplan_period(one.period),
        value=value,
        shown="" if value is None else gtplan_value(value, indicator, country),
        is_provisional=observation.obs_status in _NOT_FINAL,
    )


def _make_mark(
    sentence: str, value: Decimal | None, when: Any, indicator: Indicator, country: str | None
) -> Mark | None:
    if value is None:
        return None
    label = sentence.format(value=gtplan_value(value, indicator, country))
    if when:
        label = f"{label} ({when})"
    return Mark(value=value, label=label)


# Side by side


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Indicators side by side.

    Attributes:
        charts: one for each unit, all over the same time.
        shown: the indicators that state a unit and have numbers, with their series.
        unstated: those that state no unit, and those without a number.
        rows: by period, its label and the value of each that is shown, as text.
    """

    charts: list[Markup]
    shown: list[tuple[Package, IndicatorSeries]]
    unstated: list[Package]
    empty: list[Package]
    rows: list[tuple[str, list[str | None]]]


def gtplan_comparison(packages: Iterable[Package]) -> Comparison:
    """Put indicators side by side: numbers of different units are in no drawing together."""
    unstated, empty, shown = [], [], []
    for package in packages:
        series = gtplan_series(package)
        if series is None or not any(o.observation.obs_value is not None for o in series.whole):
            empty.append(package)
        elif not series.indicator.unit:
            unstated.append(package)
        else:
            shown.append((package, series))
    units: dict[str, list[tuple[Package, IndicatorSeries]]] = {}
    for package, series in shown:
        units.setdefault((series.indicator.unit or "").strip().casefold(), []).append(
            (package, series)
        )
    return Comparison(
        charts=_draw_units(list(units.values())),
        shown=shown,
        unstated=unstated,
        empty=empty,
        rows=_lay_out(shown),
    )


def _draw_units(groups: list[list[tuple[Package, IndicatorSeries]]]) -> list[Markup]:
    drawn = []
    lines: list[list[Series]] = [
        [
            Series(
                name=gtplan_indicator_name(package),
                points=_make_points(series.whole, series.indicator, gtplan_country(package)),
            )
            for package, series in group
        ]
        for group in groups
    ]
    points = [point for group in lines for line in group for point in line.points]
    for number, (group, own) in enumerate(zip(groups, lines, strict=True)):
        package, series = group[0]
        drawing = _Drawing(
            key=f"unit{number}",
            title=" / ".join(line.name for line in own),
            indicator=series.indicator,
            country=gtplan_country(package),
            lines=own,
            span=(min(p.start for p in points), max(p.end for p in points)),
        )
        chart = _draw(drawing)
        if chart:
            drawn.append(chart)
    return drawn


def _lay_out(
    shown: Sequence[tuple[Package, IndicatorSeries]],
) -> list[tuple[str, list[str | None]]]:
    """Lay out the values by period, the latest first."""
    periods = {one.period for _, series in shown for one in series.whole}
    values: list[Callable[[Any], str | None]] = []
    for package, series in shown:
        country = gtplan_country(package)
        texts = {
            one.period: gtplan_value(one.observation.obs_value, series.indicator, country)
            for one in series.whole
            if one.observation.obs_value is not None
        }
        values.append(texts.get)
    ordered = sorted(periods, key=lambda period: period.sort_key, reverse=True)
    return [(gtplan_period(period), [get(period) for get in values]) for period in ordered]


def gtplan_achievement(series: IndicatorSeries, observation: Observation) -> Decimal | None:
    """Compute how far an observation came from the baseline to the target, for people."""
    percent = series.achieve(observation)
    return None if percent is None else round_half_up(percent)
