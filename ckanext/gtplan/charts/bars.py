"""A Gantt chart as an SVG that everybody can read.

How a row stands is told by the fill of its bar, by a sign and by a word: the chart says the same
without colour, printed in black, and to who hears it. Every text is given in the reader's
language, and the table behind the chart holds all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from .gantt import (
    ACTUAL,
    BAR,
    FONT,
    HEAD,
    LETTER,
    LINE,
    Gantt,
    Layout,
    PlacedMark,
    PlacedRow,
    Span,
    lay_out,
    place_span,
)
from .texts import write

_INK, _SOFT, _EDGE, _GRID, _PALE = "#1f2a37", "#4b5563", "#9aa5b1", "#e1e6ea", "#f3f6f8"
_SIDE = 12
#: What stands over lines is read on a ground of its own.
_HALO = ' stroke="#fff" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
#: The narrowest year that is named.
_NARROWEST = 34
#: More arrows than that are a thicket: the table names what each row waits for.
_MOST_ARROWS = 400


class _Style(NamedTuple):
    """How a standing looks: fill (``hatch`` for the pattern), border, its width, and the sign."""

    fill: str
    stroke: str
    width: float
    sign: str


_STYLES = {
    "late": _Style("hatch", "#8a1c1c", 2, "!"),
    "unreported": _Style("#fff", _SOFT, 1.5, "?"),
    "due": _Style("#fff", _INK, 2.5, "•"),
    "on_time": _Style("#9cc7d6", "#005d7a", 1.5, "✓"),
    "not_due": _Style("#dfe4e9", "#6b7280", 1.5, "–"),
    "done": _Style("#14532d", "#14532d", 1.5, "✓"),
    "planned": _Style("#c9d6df", _SOFT, 1.5, ""),
    "cancelled": _Style("cross", "#6b7280", 1, "×"),
}


def draw_gantt(gantt: Gantt) -> str:
    """Draw a Gantt chart.

    Args:
        gantt: with one date at least.

    Returns:
        An ``svg`` element, complete by itself; every text in it is escaped.

    Raises:
        ValueError: nothing in it is dated.
    """
    layout = lay_out(gantt)
    legend, under = _draw_legend(gantt, layout)
    left = -gantt.side - _SIDE
    width = layout.line.width + _SIDE - left
    height = layout.height + under
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gtplan-chart" role="img"'
        f' width="{width}" height="{height:.0f}" viewBox="{left} 0 {width} {height:.0f}"'
        f' font-family="Helvetica, Arial, sans-serif" font-size="{FONT}"'
        f' aria-labelledby="{gantt.key}-title {gantt.key}-text">',
        f'<title id="{gantt.key}-title">{write(gantt.title)}</title>',
        f'<desc id="{gantt.key}-text">{write(gantt.description)}</desc>',
        _make_patterns(gantt.key),
        f'<rect x="{left}" width="{width}" height="{height:.0f}" fill="#fff"/>',
        *_draw_bands(gantt, layout),
        *_draw_grid(layout),
        *_draw_today(gantt, layout),
        *_draw_calendar(gantt, layout),
        *_draw_arrows(gantt, layout),
        *(_bold(-gantt.side, title.y, title.text) for title in layout.titles),
        *(part for placed in layout.rows for part in _draw_row(gantt, layout, placed)),
        *(_draw_mark(placed) for placed in layout.marks),
        *legend,
        "</svg>",
    ]
    return "\n".join(parts)


def _make_patterns(key: str) -> str:
    late, cancelled = _STYLES["late"].stroke, _STYLES["cancelled"].stroke
    patterns = ((f"{key}-hatch", late, 45, 2), (f"{key}-cross", cancelled, -45, 1))
    drawn = "".join(
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate({turn})"><rect width="6" height="6" fill="#fff"/>'
        f'<rect width="{thick}" height="6" fill="{colour}"/></pattern>'
        for name, colour, turn, thick in patterns
    )
    arrow = (
        f'<marker id="{key}-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        f' markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="{_SOFT}"/></marker>'
    )
    return f"<defs>{drawn}{arrow}</defs>"


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{_INK}"{more}>{write(text)}</text>'


def _bold(x: float, y: float, text: str) -> str:
    return _text(x, y, text, ' font-weight="700"')


def _line(x1: float, y1: float, x2: float, y2: float, more: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {more}/>'


def _draw_bands(gantt: Gantt, layout: Layout) -> Iterator[str]:
    """Draw every other row on a pale ground, which leads from the name to the bar."""
    width = layout.line.width + gantt.side
    for placed in layout.rows[1::2]:
        yield (
            f'<rect x="{-gantt.side}" y="{placed.top:.1f}" width="{width}"'
            f' height="{placed.bottom - placed.top:.1f}" fill="{_PALE}"/>'
        )


def _draw_grid(layout: Layout) -> Iterator[str]:
    line, bottom, year = layout.line, layout.height, 0
    for column in line.columns:
        x = line.place(column.start)
        yield _line(x, HEAD, x, bottom, f'stroke="{_GRID if column.year == year else _EDGE}"')
        year = column.year
    yield _line(line.width, HEAD, line.width, bottom, f'stroke="{_GRID}"')
    yield _line(0, HEAD, line.width, HEAD, f'stroke="{_INK}"')


def _draw_calendar(gantt: Gantt, layout: Layout) -> Iterator[str]:
    """Name the columns: years over months or quarters, or longer times alone."""
    line = layout.line
    names = {1: gantt.words.months, 3: gantt.words.quarters}.get(line.months)
    years: dict[int, list[float]] = {}
    for column in line.columns:
        x, end = line.place(column.start), line.place(column.end)
        name = names[column.place] if names else str(column.year)
        look = f' text-anchor="middle" font-size="12"{_HALO}'
        yield _text((x + end) / 2, HEAD - 8, name, look)
        years.setdefault(column.year, []).extend((x, end))
    for year, places in years.items() if names else ():
        if max(places) - min(places) >= _NARROWEST:
            yield _bold(min(places) + 3, HEAD - 26, str(year))


def _draw_today(gantt: Gantt, layout: Layout) -> Iterator[str]:
    """Draw today's line; where it is out of the chart, say where it would be."""
    line, text = layout.line, gantt.words.today
    x = line.place(gantt.today.toordinal())
    if not line.holds(gantt.today):
        is_past = gantt.today.toordinal() >= line.end
        anchor = ' text-anchor="end"' if is_past else ""
        yield _text(x, LINE - 3, f"{text} →" if is_past else f"← {text}", anchor)
        return
    look = f'stroke="{_INK}" stroke-width="2" stroke-dasharray="7 4"'
    yield _line(x, LINE + 3, x, layout.height, look)
    width = len(text) * LETTER
    place = min(max(x - width / 2, 0), max(line.width - width, 0))
    yield _bold(place, LINE - 3, text)


def _find_bar(layout: Layout, row: PlacedRow, today: date) -> tuple[float, float] | None:
    if row.row.is_point or not row.row.planned or not row.row.planned.days:
        return None
    return place_span(layout.line, row.row.planned, today)


def _draw_arrows(gantt: Gantt, layout: Layout) -> Iterator[str]:
    """Draw an arrow from the end of each row to the begin of those that wait for it."""
    places = {
        placed.row.number: (placed, bar)
        for placed in reversed(layout.rows)  # the first of a number that is there twice
        if placed.row.number and (bar := _find_bar(layout, placed, gantt.today))
    }
    pairs = [
        (places[number], (placed, bar))
        for placed in layout.rows
        if placed.row.after and (bar := _find_bar(layout, placed, gantt.today))
        for number in placed.row.after
        if number in places and places[number][0] is not placed
    ]
    look = f'fill="none" stroke="{_SOFT}" stroke-width="1.2" marker-end="url(#{gantt.key}-arrow)"'
    for (before, (_, end)), (after, (start, _)) in pairs[:_MOST_ARROWS]:
        y, target = before.bar + BAR / 2, after.bar + BAR / 2
        out = min(end + 7, layout.line.width + 8)
        # down beside the first bar, and from the left into the second
        way = f"H{out:.1f} V{after.bar - 3:.1f} H{start - 9:.1f} V{target:.1f} H{start - 1:.1f}"
        if out <= start - 9:
            way = f"H{out:.1f} V{target:.1f} H{start - 1:.1f}"
        yield f'<path d="M{end:.1f} {y:.1f} {way}" {look}/>'


def _draw_row(gantt: Gantt, layout: Layout, placed: PlacedRow) -> Iterator[str]:
    row, style = placed.row, _STYLES[placed.row.standing]
    yield f"<g><title>{write(row.text)}</title>"
    if row.planned and row.planned.days:
        look = _get_look(gantt.key, row.standing, is_doubtful=row.is_doubtful)
        if row.is_point:
            x = layout.line.place(row.planned.days[-1].toordinal() + 1)
            yield _draw_diamond(x, placed.bar + BAR / 2 + 1, look)
        else:
            yield _draw_bar(layout, row.planned, placed.bar, gantt.today, look)
    if row.actual and row.actual.days:
        yield from _draw_actual(layout, row.actual, placed.bar + BAR * bool(row.planned) + 2, gantt)
    yield from _draw_name(gantt, placed, style)
    yield "</g>"


def _get_look(key: str, standing: str, *, is_doubtful: bool = False) -> str:
    style = _STYLES[standing]
    fill = style.fill if style.fill.startswith("#") else f"url(#{key}-{style.fill})"
    dash = ' stroke-dasharray="3 3"' if is_doubtful else ""
    return f'fill="{fill}" stroke="{style.stroke}" stroke-width="{style.width}"{dash}'


def _draw_diamond(x: float, y: float, look: str) -> str:
    return f'<path d="M{x:.1f} {y - 7:.1f} l7 7 -7 7 -7 -7z" {look}/>'


def _draw_bar(layout: Layout, span: Span, y: float, today: date, look: str) -> str:
    x, end = place_span(layout.line, span, today)
    if span.start is None:  # only the end is known
        return f'<path d="M{end:.1f} {y:.1f} v{BAR} l-{BAR} -{BAR / 2}z" {look}/>'
    if span.end is None:
        return f'<path d="M{x:.1f} {y:.1f} v{BAR} l{BAR} -{BAR / 2}z" {look}/>'
    width = max(end - x - 1, 2)
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR}" rx="2" {look}/>'


def _draw_actual(layout: Layout, span: Span, y: float, gantt: Gantt) -> Iterator[str]:
    """Draw what was done as a thin dark bar; one that goes on ends in a point."""
    x, end = place_span(layout.line, span, gantt.today)
    yield (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(end - x - 1, 3):.1f}" height="{ACTUAL}"'
        f' fill="{_INK}"/>'
    )
    if span.end is None:
        half = ACTUAL / 2 + 2
        yield f'<path d="M{end - 1:.1f} {y - 2:.1f} l7 {half} -7 {half}z" fill="{_INK}"/>'


def _draw_name(gantt: Gantt, placed: PlacedRow, style: _Style) -> Iterator[str]:
    """Write the name beside or over the bar, and how the row stands next to it."""
    halo = "" if gantt.side else _HALO
    for number, line in enumerate(placed.lines):
        yield _text(-gantt.side, placed.top + LINE * (number + 1) - 1, line, halo)
    if placed.row.note:
        anchor = "end" if placed.is_before else "start"
        yield (
            f'<text x="{placed.note:.1f}" y="{placed.baseline:.1f}" text-anchor="{anchor}"'
            f' fill="{style.stroke}" font-weight="700" font-size="12"{_HALO}>'
            f"{write(f'{style.sign} {placed.row.note}'.strip())}</text>"
        )


def _draw_mark(placed: PlacedMark) -> str:
    x, y = placed.x, placed.y
    return (
        f"<g><title>{write(placed.mark.text)}</title>"
        f'<circle cx="{x:.1f}" cy="{y - 5:.1f}" r="5" fill="#fff" stroke="{_INK}"'
        ' stroke-width="1.5"/>'
        f"{_text(x, y + FONT, placed.mark.label, _MARK)}</g>"
    )


_MARK = ' text-anchor="middle" font-size="11"'


def _draw_legend(gantt: Gantt, layout: Layout) -> tuple[list[str], float]:
    """Draw the samples of the legend that the chart needs, and tell the height that they take."""
    x, y, drawn = 0.0, 2.0 * LINE, []
    for sample, text in _list_samples(gantt, layout):
        width = 44 + len(text) * LETTER
        if x and x + width > layout.line.width + gantt.side:
            x, y = 0.0, y + LINE + 4
        place = f"{x - gantt.side:.0f} {layout.height + y:.0f}"
        drawn.append(f'<g transform="translate({place})">{sample}{_text(32, 0, text)}</g>')
        x += width
    return drawn, y + LINE


def _list_samples(gantt: Gantt, layout: Layout) -> Iterator[tuple[str, str]]:
    rows, words = [placed.row for placed in layout.rows], gantt.words
    box = '<rect y="-10" width="24" height="11" rx="2" {}/>'
    shown = {row.standing for row in rows}
    for standing, text in words.standings.items():
        if standing in shown:
            sign = _STYLES[standing].sign
            yield box.format(_get_look(gantt.key, standing)), f"{sign} {text}".strip()
    if any(row.is_doubtful for row in rows):
        look = _get_look(gantt.key, "unreported", is_doubtful=True)
        yield box.format(look), words.doubtful
    if any(row.actual for row in rows):
        yield f'<rect y="-7" width="24" height="{ACTUAL}" fill="{_INK}"/>', words.actual
    if any(row.after for row in rows):
        look = f'stroke="{_SOFT}" marker-end="url(#{gantt.key}-arrow)"'
        yield _line(0, -5, 24, -5, look), words.after
