"""How far each part of a plan is, beside how far it should be: bars that everybody can read.

A bar is what is done, the line across it what should be by then. How a part stands is told by the
form of its sign and by a word; what nobody has reported on has no bar, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .texts import cut, write

WIDTH = 760
_ROW = 26
_TOP = 40
_LABEL, _SIGN, _PLOT, _END = 8, 258, 368, 596
#: As much of a label and of a word as fits before the bars.
_LONGEST_LABEL = 36
_LONGEST_WORD = 13
_FONT = 12
_INK, _SOFT, _GRID, _BAR = "#1f2a37", "#4b5563", "#d5dbe1", "#005d7a"
_LATE, _ON_TIME = "#8a1c1c", "#14532d"
_SCALE = (0, 25, 50, 75, 100)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A part of the plan.

    Attributes:
        label: what it is called by; ``title`` is its whole name.
        standing: ``late``, ``on_time``, or anything else for what is neither.
        word: how it stands, for people.
        progress: percentage done; None where nobody has reported.
        expected: percentage that should be; None where no date says it.
        shown: both figures as people write them.
    """

    label: str
    title: str
    standing: str
    word: str
    progress: Decimal | None
    expected: Decimal | None
    shown: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What is drawn.

    Attributes:
        key: begins the ids of the drawing: unique in its page.
        title: the drawing's name, and ``description`` what it shows, for who does not see it.
        bars: from above; there may be none.
        done: what the legend calls the bars; ``due`` the line across them.
    """

    key: str
    title: str
    description: str
    bars: Sequence[Bar]
    done: str
    due: str


def draw_overview(overview: Overview) -> str:
    """Draw how far the parts of a plan are.

    Returns:
        An ``svg`` element, complete by itself; every text in it is escaped.
    """
    height = _TOP + _ROW * len(overview.bars) + 28
    key = overview.key
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gtplan-chart" role="img"'
        f' viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="{_FONT}"'
        f' aria-labelledby="{key}-title {key}-text">',
        f'<title id="{key}-title">{write(overview.title)}</title>',
        f'<desc id="{key}-text">{write(overview.description)}</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        *_draw_scale(height),
        *(part for n, bar in enumerate(overview.bars) for part in _draw_bar(bar, _TOP + n * _ROW)),
        *_draw_legend(overview, height - 10),
        "</svg>",
    ]
    return "\n".join(parts)


def _place(percent: Decimal | int) -> float:
    """Give the place of a percentage; what is beyond the scale stands at its end."""
    return _PLOT + min(max(float(percent), 0.0), 100.0) / 100 * (_END - _PLOT)


def _text(x: float, y: float, text: str, colour: str = _INK, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{more}>{write(text)}</text>'


def _draw_scale(height: int) -> Iterator[str]:
    for percent in _SCALE:
        x = _place(percent)
        yield f'<path d="M{x:.1f} {_TOP - 6}V{height - 28}" stroke="{_GRID}"/>'
        yield _text(x, _TOP - 12, f"{percent} %", _SOFT, ' text-anchor="middle"')


def _draw_bar(bar: Bar, y: int) -> Iterator[str]:
    middle = y + _ROW / 2
    yield f"<g><title>{write(f'{bar.title}: {bar.word}. {bar.shown}')}</title>"
    yield _text(_LABEL, middle + 4, cut(bar.label, _LONGEST_LABEL))
    yield _draw_sign(bar.standing, _SIGN + 6, middle)
    yield _text(_SIGN + 18, middle + 4, cut(bar.word, _LONGEST_WORD), _colour(bar.standing))
    if bar.progress is not None:
        # what is zero is there: a thin bar, and no gap
        width = max(_place(bar.progress) - _PLOT, 2)
        yield f'<rect x="{_PLOT}" y="{y + 7}" width="{width:.1f}" height="12" fill="{_BAR}"/>'
    if bar.expected is not None:
        yield _draw_due(_place(bar.expected), y + 4, y + 22)
    yield _text(_END + 8, middle + 4, bar.shown)
    yield "</g>"


def _draw_due(x: float, top: float, bottom: float) -> str:
    line = f"M{x:.1f} {top}V{bottom}"
    # white around it, so that it is seen on the bar as well as beside it
    return (
        f'<path d="{line}" stroke="#fff" stroke-width="5"/>'
        f'<path d="{line}" stroke="{_INK}" stroke-width="2"/>'
    )


def _colour(standing: str) -> str:
    return {"late": _LATE, "on_time": _ON_TIME}.get(standing, _SOFT)


def _draw_sign(standing: str, x: float, y: float) -> str:
    colour = _colour(standing)
    if standing == "late":
        corners = f"{x},{y - 6} {x + 6},{y + 5} {x - 6},{y + 5}"
        return f'<polygon points="{corners}" fill="{colour}"/>'
    if standing == "on_time":
        return f'<circle cx="{x}" cy="{y}" r="5" fill="{colour}"/>'
    look = f'fill="#fff" stroke="{colour}" stroke-dasharray="2 2"'
    return f'<circle cx="{x}" cy="{y}" r="4.5" {look}/>'


def _draw_legend(overview: Overview, y: float) -> Iterator[str]:
    yield f'<rect x="{_PLOT}" y="{y - 10}" width="24" height="10" fill="{_BAR}"/>'
    yield _text(_PLOT + 30, y, overview.done)
    yield _draw_due(_PLOT + 196, y - 12, y + 2)
    yield _text(_PLOT + 204, y, overview.due)
