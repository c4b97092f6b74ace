"""Gantt charts: true to the calendar, readable without colour and without sight, never too big."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.charts.bars import draw_gantt
from ckanext.gtplan.charts.gantt import Gantt, Group, Layout, Mark, Row, Span, Words, lay_out
from ckanext.gtplan.charts.timeline import make_timeline

SVG = "{http://www.w3.org/2000/svg}"
STANDINGS = {
    "late": "Con atraso",
    "on_time": "A tiempo",
    "unreported": "Sin reporte",
    "due": "Vencida",
    "not_due": "Aún no vence",
    "done": "Completada",
    "cancelled": "Cancelada",
    "planned": "Planificada",
}
WORDS = Words(
    months=("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"),
    quarters=("T1", "T2", "T3", "T4"),
    standings=STANDINGS,
    actual="Ejecutado",
    doubtful="Fecha dudosa",
    after="Depende de",
    today="Hoy",
    more="{count} más",
)
DAYS = st.dates()
SPANS = st.builds(Span, start=st.none() | DAYS, end=st.none() | DAYS)
ROWS = st.builds(
    Row,
    number=st.sampled_from(["", "01", "02", "03"]),
    name=st.text(max_size=304),
    standing=st.sampled_from(list(STANDINGS)),
    note=st.text(max_size=40),
    text=st.text(max_size=40),
    planned=st.none() | SPANS,
    actual=st.none() | SPANS,
    is_doubtful=st.booleans(),
    after=st.lists(st.sampled_from(["01", "02", "03"]), max_size=3).map(tuple),
    is_point=st.booleans(),
)
MARKS = st.builds(
    lambda day, days, label: Mark(
        label=label, text=label, start=day, end=min(date.max - day, timedelta(days)) + day
    ),
    DAYS,
    st.integers(0, 400),
    st.text(max_size=4),
)


def span(start: str | None, end: str | None) -> Span:
    return Span(
        start=date.fromisoformat(start) if start else None,
        end=date.fromisoformat(end) if end else None,
    )


def row(number: str, planned: Span | None, standing: str = "unreported", **more: object) -> Row:
    """Make the row of an activity."""
    made = Row(
        number=number,
        name=f"Actividad {number}",
        standing=standing,
        note=STANDINGS[standing],
        text=f"Toda la actividad {number}",
        planned=planned,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def make_gantt(*rows: Row, marks: tuple[Mark, ...] = (), **more: object) -> Gantt:
    gantt = Gantt(
        key="plan",
        title="Cronograma",
        description="Dos actividades.",
        groups=(Group(title="Actividades", rows=rows), Group(title="Reuniones", marks=marks)),
        today=date(2019, 6, 15),
        words=WORDS,
    )
    return replace(gantt, **more)  # type: ignore[arg-type]


def draw(gantt: Gantt) -> ET.Element:
    return ET.fromstring(draw_gantt(gantt))


def list_texts(svg: ET.Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


def find_bar(svg: ET.Element, name: str) -> ET.Element:
    """Find the planned bar of the row whose whole text begins so."""
    for group in svg.iter(f"{SVG}g"):
        if (group.findtext(f"{SVG}title") or "").startswith(name):
            return group[1]
    raise AssertionError(name)


YEAR = (row("01", span("2019-01-01", "2019-01-31")), row("02", span("2019-03-01", "2019-12-31")))


def test_a_chart_has_a_name_and_a_description() -> None:
    svg = draw(make_gantt(*YEAR))
    assert svg.attrib["role"] == "img"
    names = [svg.find(f".//*[@id='{key}']") for key in svg.attrib["aria-labelledby"].split()]
    assert [name is not None and name.text for name in names] == ["Cronograma", "Dos actividades."]


def test_bars_are_true_to_the_days() -> None:
    svg = draw(make_gantt(*YEAR))
    widths = [float(find_bar(svg, f"Toda la actividad {n}").attrib["width"]) for n in ("01", "02")]
    # a point of space is left after each bar
    assert (widths[1] + 1) / (widths[0] + 1) == pytest.approx(306 / 31, rel=0.01)


def test_months_and_quarters() -> None:
    months, quarters = (list_texts(draw(make_gantt(*YEAR, unit=u))) for u in ("month", "quarter"))
    assert [text for text in months if text in WORDS.months] == list(WORDS.months)
    assert [text for text in quarters if text in WORDS.quarters] == list(WORDS.quarters)
    assert "2019" in months and "2019" in quarters


def test_what_is_longer_has_longer_columns() -> None:
    assert lay_out(make_gantt(row("01", span("2010-01-01", "2024-12-31")))).line.months == 12
    long = make_gantt(row("01", span("2000-01-01", "2030-12-31")))
    assert lay_out(long).line.months == 120
    assert lay_out(replace(long, unit="quarter")).line.months == 12  # 124 quarters are too many
    assert lay_out(make_gantt(row("01", Span(start=date.min, end=date.max)))).line.months == 1200


@pytest.mark.parametrize("standing", list(STANDINGS))
def test_how_a_row_stands_is_written_and_explained(standing: str) -> None:
    texts = list_texts(draw(make_gantt(row("01", span("2019-01-01", "2019-02-28"), standing))))
    told = [text for text in texts if text.endswith(STANDINGS[standing])]
    assert len(told) == 2  # at the bar, and in the legend
    others = set(STANDINGS.values()) - {STANDINGS[standing]}
    assert not [text for text in texts if any(other in text for other in others)]


def test_standings_differ_without_colour() -> None:
    """Every two differ by the sign, or by pattern, border or darkness of the bar."""
    looks = {}
    for standing in STANDINGS:
        svg = draw(make_gantt(row("01", span("2019-01-01", "2019-02-28"), standing)))
        sign = next(text for text in list_texts(svg) if text.endswith(STANDINGS[standing]))
        bar = find_bar(svg, "Toda")
        fill = bar.attrib["fill"]
        dark = "pattern" if fill.startswith("url") else str(sum(bytes.fromhex(_widen(fill))) // 99)
        looks[standing] = (sign.partition(" ")[0], dark, bar.attrib["stroke-width"])
    assert len(set(looks.values())) == len(STANDINGS)


def _widen(colour: str) -> str:
    text = colour.lstrip("#")
    return text if len(text) == 6 else "".join(letter * 2 for letter in text)


def test_today_is_a_line_or_an_arrow() -> None:
    inside = draw(make_gantt(*YEAR))
    line = next(one for one in inside.iter(f"{SVG}line") if one.get("stroke-dasharray"))
    layout = lay_out(make_gantt(*YEAR))
    assert float(line.attrib["x1"]) == pytest.approx(
        layout.line.width * (date(2019, 6, 15) - date(2019, 1, 1)).days / 365, abs=0.1
    )
    for day, text in ((date(2026, 1, 1), "Hoy →"), (date(2001, 1, 1), "← Hoy")):
        outside = draw(make_gantt(*YEAR, today=day))
        assert text in list_texts(outside)
        assert not [one for one in outside.iter(f"{SVG}line") if one.get("stroke-dasharray")]


def test_what_goes_on_is_drawn_until_today() -> None:
    begun = row("01", span("2019-01-01", "2019-12-31"), actual=span("2019-02-01", None))
    svg = draw(make_gantt(begun))
    actual = next(r for r in svg.iter(f"{SVG}rect") if r.get("height") == "5")
    line = next(one for one in svg.iter(f"{SVG}line") if one.get("stroke-dasharray"))
    end = float(actual.attrib["x"]) + float(actual.attrib["width"])
    assert end == pytest.approx(float(line.attrib["x1"]), abs=3)
    assert "Ejecutado" in list_texts(svg)


def test_dependencies_are_arrows_and_those_that_lead_nowhere_are_none() -> None:
    after = replace(YEAR[1], after=("01", "02", "99"))
    svg = draw(make_gantt(YEAR[0], after))
    arrows = [path for path in svg.iter(f"{SVG}path") if path.get("marker-end")]
    assert len(arrows) == 1 and "Depende de" in list_texts(svg)
    ends = [float(number) for number in re.findall(r"-?\d+\.\d", arrows[0].attrib["d"])]
    assert ends[-1] == pytest.approx(float(find_bar(svg, "Toda la actividad 02").attrib["x"]) - 1)


def test_a_date_in_doubt_does_not_stretch_the_calendar() -> None:
    wrong = row("03", span("0219-01-01", "2019-02-28"), is_doubtful=True)
    layout = lay_out(make_gantt(*YEAR, wrong))
    assert layout.line.start == date(2019, 1, 1).toordinal()
    svg = draw(make_gantt(*YEAR, wrong))
    assert find_bar(svg, "Toda la actividad 03").get("stroke-dasharray")
    assert "Fecha dudosa" in list_texts(svg)


def test_nothing_dated_is_no_chart() -> None:
    with pytest.raises(ValueError):
        lay_out(make_gantt(row("01", None)))


def test_undated_rows_stand_beside_dated_ones() -> None:
    texts = list_texts(draw(make_gantt(*YEAR, row("03", None))))
    assert "03 Actividad 03" in texts


def test_a_long_name_is_cut_and_whole_in_its_title() -> None:
    name = "palabra " * 38
    long = row("01", span("2019-01-01", "2019-12-31"), name=name, text=name)
    svg = draw(make_gantt(long))
    shown = [text for text in list_texts(svg) if "palabra" in text]
    assert len(shown) == 3 and shown[-1].endswith("…")
    assert name in [title.text for title in svg.iter(f"{SVG}title")]


def test_meetings_of_one_month_stand_below_one_another() -> None:
    marks = tuple(
        Mark(label=f"{n:02}", text="", start=date(2019, 5, 1), end=date(2019, 5, 31))
        for n in range(40)
    )
    layout = lay_out(make_gantt(*YEAR, marks=marks))
    places = [(mark.x, mark.y) for mark in layout.marks]
    assert len(set(places)) == len(places) == 6
    assert "34 más" in list_texts(draw(make_gantt(*YEAR, marks=marks)))


def test_forty_rows_have_room_and_thousands_an_end() -> None:
    forty = tuple(row(f"{n:02}", span("2019-01-01", "2019-12-31")) for n in range(40))
    assert_apart(lay_out(make_gantt(*forty)))
    many = tuple(
        row(f"{n}", span("2019-01-01", "2019-12-31"), after=("0", "1")) for n in range(5000)
    )
    svg = draw_gantt(make_gantt(*many))
    assert "4600 más" in svg and len(svg) < 500_000


def test_without_a_column_of_names_the_chart_fits_a_telephone() -> None:
    layout = lay_out(make_gantt(*YEAR, side=0, width=262, room=262))
    assert layout.line.width == 262 and layout.line.months == 3
    assert_apart(layout)
    assert all(placed.bar >= placed.top + 17 for placed in layout.rows)  # under its name


def assert_apart(layout: Layout) -> None:
    for one, following in zip(layout.rows, layout.rows[1:], strict=False):
        assert one.bottom <= following.top
    assert all(placed.top < placed.bar < placed.bottom for placed in layout.rows)
    assert all(placed.top + 17 * len(placed.lines) <= placed.bottom for placed in layout.rows)


@given(
    rows=st.lists(ROWS, max_size=12).map(tuple),
    marks=st.lists(MARKS, max_size=12).map(tuple),
    today=DAYS,
    unit=st.sampled_from([None, "month", "quarter"]),
    is_narrow=st.booleans(),
)
def test_whatever_is_planned_is_drawn_inside_the_chart(
    rows: tuple[Row, ...], marks: tuple[Mark, ...], today: date, unit: str | None, is_narrow: bool
) -> None:
    size = {"side": 0, "width": 262, "room": 262} if is_narrow else {}
    gantt = make_gantt(*rows, marks=marks, today=today, unit=unit, **size)
    if not marks and not any(one.spans for one in rows):
        with pytest.raises(ValueError):
            draw_gantt(gantt)
        return
    layout = lay_out(gantt)
    assert_apart(layout)
    assert len(layout.line.columns) <= 120
    assert all(0 <= mark.x <= layout.line.width for mark in layout.marks)
    svg = ET.fromstring(draw_gantt(gantt))  # what a document says is text, and XML can hold it
    left, _, width, height = map(float, svg.attrib["viewBox"].split())
    for rect in svg.iter(f"{SVG}rect"):
        if rect.get("x") and rect.get("y"):
            assert left <= float(rect.attrib["x"]) <= left + width
            assert 0 <= float(rect.attrib["y"]) <= height


@given(days=st.lists(DAYS, min_size=1, max_size=6), unit=st.sampled_from([None, "month"]))
def test_every_day_has_its_place_in_order(days: list[date], unit: str | None) -> None:
    line = make_timeline([(day, day) for day in days], unit, width=600, room=800)
    assert all(line.holds(day) for day in days)
    places = [line.place(day.toordinal()) for day in sorted(days)]
    assert places == sorted(places) and places[0] >= 0 and places[-1] <= line.width
    for one, following in zip(line.columns, line.columns[1:], strict=False):
        assert one.start < one.end == following.start  # no day is left out
