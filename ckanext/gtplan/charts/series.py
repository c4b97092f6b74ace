"""Series of an indicator as an SVG that everybody can read.

The drawing has a name and a description for who does not see it; lines differ by dash and mark,
not by colour alone; a period without a value is a gap, and what is provisional is hollow or
hatched. Every text is given in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .axes import Axis, Scale, make_axis, make_scale
from .texts import cut, write

WIDTH = 640
_PLOT_HEIGHT = 240
_TOP = 36
_RIGHT = 20
_AXIS_HEIGHT = 34
_ROW = 20
_LETTER = 7.2
#: A bar that is wider is drawn narrower: one year alone is no wall.
_WIDEST_BAR = 72
_FONT = 13
#: More marks than that on a line would cover it.
_MOST_MARKS = 60
#: A label of the scale that is longer is written as a power of ten.
_LONGEST_TICK = 14
#: As much of a name as fits into a row of the legend.
_LONGEST_NAME = 76
_INK = "#1f2a37"
_GRID = "#d5dbe1"


class _Style(NamedTuple):
    colour: str
    dash: str
    mark: str


#: Each is at least 4.5 to 1 against white, and differs from the others without its colour.
_STYLES = (
    _Style("#005d7a", "", "circle"),
    _Style("#9a3412", "8 4", "square"),
    _Style("#5b21b6", "2 4", "diamond"),
    _Style("#14532d", "10 4 2 4", "triangle"),
    _Style("#9d174d", "5 3", "cross"),
    _Style("#374151", "1 3 6 3", "circle"),
)
#: As many series as a drawing holds.
MOST_SERIES = len(_STYLES)


@dataclass(frozen=True, kw_only=True)
class Point:
    """What was observed in a period.

    Attributes:
        start: first day of the period; ``end`` is its last.
        label: the period as people write it.
        value: None where it is not known, which is a gap and no zero.
        shown: the value as people write it.
        is_provisional: drawn hollow or hatched.
    """

    start: date
    end: date
    label: str
    value: Decimal | None
    shown: str = ""
    is_provisional: bool = False

    @property
    def middle(self) -> float:
        """Give the ordinal of the middle of the period."""
        return (self.start.toordinal() + self.end.toordinal() + 1) / 2


@dataclass(frozen=True, kw_only=True)
class Series:
    """Points in the order of time, with the name that the legend gives them."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A value that is drawn across: the baseline, the target."""

    value: Decimal
    label: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What is drawn.

    Attributes:
        key: begins the ids of the drawing: unique in its page.
        title: the drawing's name, and ``description`` what it shows, for who does not see it.
        unit: stands over the scale.
        series: one to ``MOST_SERIES``.
        is_bars: bars on zero, of one series only; else lines.
        provisional: what the legend calls the hollow marks.
        span: first and last day of the axis, where it is longer than the series.
        write: a number as people write it.
    """

    key: str
    title: str
    description: str
    unit: str
    series: tuple[Series, ...]
    write: Callable[[Decimal], str]
    baseline: Mark | None = None
    target: Mark | None = None
    is_bars: bool = False
    provisional: str = ""
    span: tuple[date, date] | None = None


class _Frame(NamedTuple):
    """Where the plot stands, and how values and days are placed in it."""

    scale: Scale
    axis: Axis
    ticks: tuple[tuple[Decimal, str], ...]
    left: float

    def x(self, ordinal: float) -> float:
        return self.left + self.axis.place(ordinal) * (WIDTH - _RIGHT - self.left)

    def y(self, value: Decimal) -> float:
        return _TOP + (1 - self.scale.place(value)) * _PLOT_HEIGHT


def draw_chart(chart: Chart) -> str:
    """Draw a chart.

    Args:
        chart: with one finite value at least.

    Returns:
        An ``svg`` element, complete by itself; every text in it is escaped.

    Raises:
        ValueError: there is nothing to draw, or more than one series of bars.
    """
    series = [one for one in chart.series if any(p.value is not None for p in one.points)]
    if not series or len(series) > MOST_SERIES or (chart.is_bars and len(series) > 1):
        raise ValueError(f"{len(series)} series")
    frame = _make_frame(chart, series)
    legend = list(_draw_legend(chart, series))
    height = _TOP + _PLOT_HEIGHT + _AXIS_HEIGHT + _ROW * len(legend)
    is_drawn_as = _draw_bars if chart.is_bars else _draw_lines
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gtplan-chart" role="img"'
        f' viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="{_FONT}"'
        f' aria-labelledby="{chart.key}-title {chart.key}-text">',
        f'<title id="{chart.key}-title">{write(chart.title)}</title>',
        f'<desc id="{chart.key}-text">{write(chart.description)}</desc>',
        _make_hatch(chart.key),
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        *_draw_scale(chart, frame),
        *_draw_axis(frame),
        *is_drawn_as(chart, series, frame),
        *_draw_marks(chart, frame),
        *_place_legend(legend),
        "</svg>",
    ]
    return "\n".join(parts)


def _make_frame(chart: Chart, series: Sequence[Series]) -> _Frame:
    points = [point for one in series for point in one.points]
    values = [p.value for p in points if p.value is not None]
    values += [mark.value for mark in (chart.baseline, chart.target) if mark]
    scale = make_scale(values, has_zero=chart.is_bars)
    ticks = tuple((value, _write_tick(chart, value)) for value in scale.ticks)
    left = 16 + max(len(text) for _, text in ticks) * _LETTER
    periods = [(p.start, p.end) for p in points]
    if chart.span:
        periods.append(chart.span)
    return _Frame(scale, make_axis(periods), ticks, left)


def _write_tick(chart: Chart, value: Decimal) -> str:
    text = chart.write(value)
    return text if len(text) <= _LONGEST_TICK else f"{value:.2E}"


def _make_hatch(key: str) -> str:
    colour = _STYLES[0].colour
    return (
        f'<defs><pattern id="{key}-hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/>'
        f'<rect width="2" height="6" fill="{colour}"/></pattern></defs>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start", *, is_framed: bool = False) -> str:
    # what stands over lines is read on a ground of its own
    frame = ' stroke="#fff" stroke-width="4" paint-order="stroke"' if is_framed else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}"{frame}>'
        f"{write(text)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, more: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {more}/>'


def _draw_scale(chart: Chart, frame: _Frame) -> Iterator[str]:
    yield _text(4, 13, chart.unit)
    for value, text in frame.ticks:
        y = frame.y(value)
        colour = _INK if value == 0 else _GRID
        yield _line(frame.left, y, WIDTH - _RIGHT, y, f'stroke="{colour}"')
        yield _text(frame.left - 6, y + 4, text, "end")


def _draw_axis(frame: _Frame) -> Iterator[str]:
    bottom = _TOP + _PLOT_HEIGHT
    across = WIDTH - _RIGHT - frame.left
    for text, start, end in frame.axis.list_labels():
        for edge in (start, end):
            x = frame.left + edge * across
            yield _line(x, bottom, x, bottom + 5, f'stroke="{_INK}"')
        yield _text(frame.left + (start + end) / 2 * across, bottom + 20, text, "middle")


def _draw_bars(chart: Chart, series: Sequence[Series], frame: _Frame) -> Iterator[str]:
    zero, colour = frame.y(Decimal(0)), _STYLES[0].colour
    for point in series[0].points:
        if point.value is None:
            continue
        x, end = frame.x(point.start.toordinal()), frame.x(point.end.toordinal() + 1)
        gap = max((end - x) * 0.15, (end - x - _WIDEST_BAR) / 2)
        top = min(frame.y(point.value), zero)
        # what is zero is there: a line on the axis, and no gap
        height = max(abs(frame.y(point.value) - zero), 1)
        fill = f"url(#{chart.key}-hatch)" if point.is_provisional else colour
        yield (
            f'<rect x="{x + gap:.1f}" y="{top:.1f}" width="{max(end - x - 2 * gap, 1):.1f}"'
            f' height="{height:.1f}" fill="{fill}" stroke="{colour}">{_name(point)}</rect>'
        )


def _name(point: Point) -> str:
    return f"<title>{write(f'{point.label}: {point.shown}')}</title>"


def _draw_lines(chart: Chart, series: Sequence[Series], frame: _Frame) -> Iterator[str]:
    for one, style in zip(series, _STYLES, strict=False):
        known = sum(point.value is not None for point in one.points)
        dash = f' stroke-dasharray="{style.dash}"' if style.dash else ""
        for run in _list_runs(one.points):
            places = [f"{frame.x(p.middle):.1f},{frame.y(value):.1f}" for p, value in run]
            if len(places) > 1:
                yield (
                    f'<polyline points="{" ".join(places)}" fill="none"'
                    f' stroke="{style.colour}" stroke-width="2"{dash}/>'
                )
            for point, value in run:
                if known <= _MOST_MARKS or len(run) == 1 or point.is_provisional:
                    place = frame.x(point.middle), frame.y(value)
                    yield _draw_mark(style, *place, point.is_provisional, _name(point))


def _list_runs(points: Sequence[Point]) -> Iterator[list[tuple[Point, Decimal]]]:
    """List the points that follow one another without a period between them."""
    run: list[tuple[Point, Decimal]] = []
    for point in points:
        if point.value is None:
            continue
        if run and point.start.toordinal() > run[-1][0].end.toordinal() + 1:
            yield run
            run = []
        run.append((point, point.value))
    if run:
        yield run


def _draw_mark(style: _Style, x: float, y: float, is_hollow: bool, inside: str = "") -> str:
    fill = "#fff" if is_hollow else style.colour
    look = f'fill="{fill}" stroke="{style.colour}" stroke-width="2"'
    if style.mark == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" {look}>{inside}</circle>'
    corners = {
        "square": ((-4, -4), (4, -4), (4, 4), (-4, 4)),
        "diamond": ((0, -5), (5, 0), (0, 5), (-5, 0)),
        "triangle": ((0, -5), (5, 4), (-5, 4)),
        "cross": ((-5, -5), (0, -2), (5, -5), (2, 0), (5, 5), (0, 2), (-5, 5), (-2, 0)),
    }[style.mark]
    places = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{places}" {look}>{inside}</polygon>'


def _draw_marks(chart: Chart, frame: _Frame) -> Iterator[str]:
    """Draw baseline and target; they are named at different ends, since they may be close."""
    left, right = frame.left, WIDTH - _RIGHT
    ends = ((chart.baseline, left + 4, "start", "3 3"), (chart.target, right - 4, "end", "12 4"))
    for mark, x, anchor, dash in ends:
        if mark is not None:
            y = frame.y(mark.value)
            look = f'stroke="{_INK}" stroke-width="1.5" stroke-dasharray="{dash}"'
            yield _line(left, y, right, y, look)
            yield _text(x, y - 6, mark.label, anchor, is_framed=True)


def _draw_legend(chart: Chart, series: Sequence[Series]) -> Iterator[str]:
    """Give the rows of the legend: the names of several series, and what is hollow."""
    if len(series) > 1:
        for one, style in zip(series, _STYLES, strict=False):
            name = cut(one.name, _LONGEST_NAME)
            dash = f' stroke-dasharray="{style.dash}"' if style.dash else ""
            line = _line(4, -4, 40, -4, f'stroke="{style.colour}" stroke-width="2"{dash}')
            yield line + _draw_mark(style, 22, -4, False) + _text(48, 0, name)
    if any(p.is_provisional and p.value is not None for one in series for p in one.points):
        colour, hatch = _STYLES[0].colour, f"url(#{chart.key}-hatch)"
        sample = _draw_mark(_STYLES[0], 22, -4, True)
        if chart.is_bars:
            look = f'fill="{hatch}" stroke="{colour}"'
            sample = f'<rect x="14" y="-11" width="16" height="12" {look}/>'
        yield sample + _text(48, 0, chart.provisional)


def _place_legend(rows: Sequence[str]) -> Iterator[str]:
    first = _TOP + _PLOT_HEIGHT + _AXIS_HEIGHT
    for number, row in enumerate(rows):
        yield f'<g transform="translate(0 {first + _ROW * number + 12})">{row}</g>'
