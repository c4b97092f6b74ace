"""Series as SVG: readable without colour and without sight, true to time, gaps and zero."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.charts.axes import make_axis, make_scale
from ckanext.gtplan.charts.series import (
    MOST_SERIES,
    WIDTH,
    Chart,
    Mark,
    Point,
    Series,
    draw_chart,
)

SVG = "{http://www.w3.org/2000/svg}"


def year(number: int, value: str | None, *, is_provisional: bool = False) -> Point:
    """Make the point of a year."""
    return Point(
        start=date(number, 1, 1),
        end=date(number, 12, 31),
        label=str(number),
        value=None if value is None else Decimal(value),
        shown=f"{value} servicios",
        is_provisional=is_provisional,
    )


def make_chart(*points: Point, **more: object) -> Chart:
    chart = Chart(
        key="serie",
        title="Servicios en línea",
        description="De 2015 a 2020.",
        unit="servicios",
        series=(Series(name="Servicios", points=points),),
        write=lambda value: f"{value:f}",
        provisional="Provisional",
    )
    return replace(chart, **more)  # type: ignore[arg-type]


def draw(chart: Chart) -> ET.Element:
    return ET.fromstring(draw_chart(chart))


def list_texts(svg: ET.Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


def list_bars(svg: ET.Element) -> list[ET.Element]:
    return [r for r in svg.iter(f"{SVG}rect") if r.find(f"{SVG}title") is not None]


def list_lines(svg: ET.Element) -> list[list[tuple[float, float]]]:
    return [
        [(float(x), float(y)) for x, y in (p.split(",") for p in line.attrib["points"].split())]
        for line in svg.iter(f"{SVG}polyline")
    ]


def test_a_drawing_has_a_name_and_a_description() -> None:
    svg = draw(make_chart(year(2015, "3")))
    assert svg.attrib["role"] == "img"
    names = [svg.find(f".//*[@id='{key}']") for key in svg.attrib["aria-labelledby"].split()]
    assert [name is not None and name.text for name in names] == [
        "Servicios en línea",
        "De 2015 a 2020.",
    ]


def test_texts_are_escaped_and_what_xml_cannot_hold_is_left_out() -> None:
    svg = draw(make_chart(year(2015, "3"), title="</svg><script>\x00 & \ud800", unit="<b>"))
    assert svg.find(f"{SVG}title").text == "</svg><script> & "  # type: ignore[union-attr]
    assert "<b>" in list_texts(svg)
    assert svg.find(f".//{SVG}script") is None


def test_a_period_without_a_value_is_a_gap() -> None:
    known = make_chart(year(2015, "1"), year(2016, "2"), year(2017, "3"), year(2018, "4"))
    assert [len(line) for line in list_lines(draw(known))] == [4]
    unknown = make_chart(year(2015, "1"), year(2016, "2"), year(2017, None), year(2018, "4"))
    absent = make_chart(year(2015, "1"), year(2016, "2"), year(2018, "4"))
    for chart in (unknown, absent):
        svg = draw(chart)
        assert [len(line) for line in list_lines(svg)] == [2]
        assert len(list(svg.iter(f"{SVG}circle"))) == 3  # what stands alone is seen


def test_zero_is_a_bar_and_no_gap() -> None:
    svg = draw(make_chart(year(2015, "0"), year(2016, None), year(2017, "3"), is_bars=True))
    bars = list_bars(svg)
    assert len(bars) == 2
    assert float(bars[0].attrib["height"]) == 1


def test_negative_bars_hang_from_zero() -> None:
    up, down = list_bars(draw(make_chart(year(2015, "5"), year(2016, "-5"), is_bars=True)))
    zero = float(up.attrib["y"]) + float(up.attrib["height"])
    assert float(down.attrib["y"]) == pytest.approx(zero, abs=0.1)
    assert float(up.attrib["height"]) == pytest.approx(float(down.attrib["height"]), abs=0.1)


def test_the_axis_is_real_time() -> None:
    quarter = Point(
        start=date(2019, 1, 1), end=date(2019, 3, 31), label="", value=Decimal(2), shown="2"
    )
    before = [year(number, "1") for number in range(2008, 2019)]
    *_, whole, part = list_bars(draw(make_chart(*before, quarter, is_bars=True)))
    assert float(whole.attrib["width"]) / float(part.attrib["width"]) == pytest.approx(
        365 / 90, rel=0.02
    )


def test_the_axis_names_nothing_shorter_than_a_period() -> None:
    assert "2018" in list_texts(draw(make_chart(year(2018, "1"))))
    month = Point(
        start=date(2026, 11, 1), end=date(2026, 11, 30), label="", value=Decimal(2), shown="2"
    )
    assert "2026-11" in list_texts(draw(make_chart(month, is_bars=True)))


def test_baseline_and_target_are_named() -> None:
    marks = {
        "baseline": Mark(value=Decimal(2), label="Línea base: 2"),
        "target": Mark(value=Decimal(40), label="Meta: 40"),
    }
    svg = draw(make_chart(year(2015, "3"), **marks))
    assert {"Línea base: 2", "Meta: 40"} <= set(list_texts(svg))
    assert "40" in list_texts(svg)  # the scale reaches it
    dashes = [line.get("stroke-dasharray") for line in svg.iter(f"{SVG}line")]
    assert len({dash for dash in dashes if dash}) == 2


@pytest.mark.parametrize("is_bars", [True, False])
def test_what_is_provisional_looks_different_and_is_explained(is_bars: bool) -> None:
    points = (year(2015, "3"), year(2016, "4", is_provisional=True))
    svg = draw(make_chart(*points, is_bars=is_bars))
    marks = list_bars(svg) or [c for c in svg.iter(f"{SVG}circle") if len(c)]
    first, second = marks
    assert first.attrib["fill"] != second.attrib["fill"]
    assert "Provisional" in list_texts(svg)
    assert "Provisional" not in list_texts(draw(make_chart(points[0], is_bars=is_bars)))


def test_series_differ_without_their_colour() -> None:
    series = tuple(
        Series(name=f"Serie {n}", points=(year(2015, str(n)), year(2016, str(n + 1))))
        for n in range(MOST_SERIES)
    )
    svg = draw(make_chart(series=series))
    lines = list(svg.iter(f"{SVG}polyline"))
    assert len({line.get("stroke-dasharray") for line in lines}) == MOST_SERIES
    assert {f"Serie {n}" for n in range(MOST_SERIES)} <= set(list_texts(svg))


def _luminance(colour: str) -> float:
    parts = colour.lstrip("#")
    parts = "".join(c * 2 for c in parts) if len(parts) == 3 else parts
    shares = [int(parts[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [s / 12.92 if s <= 0.03928 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_lines_and_texts_stand_out_of_their_ground() -> None:
    series = tuple(
        Series(name=str(n), points=(year(2015, str(n)), year(2016, "1")))
        for n in range(MOST_SERIES)
    )
    svg = draw_chart(make_chart(series=series))
    used = set(re.findall(r'<polyline[^>]* stroke="(#\w+)"', svg))
    used |= set(re.findall(r'<text[^>]* fill="(#\w+)"', svg))
    assert len(used) == MOST_SERIES + 1
    assert all(1.05 / (_luminance(colour) + 0.05) >= 4.5 for colour in used)


def test_a_thousand_points_are_one_line_without_marks() -> None:
    start = date(2019, 1, 1)
    points = [
        Point(start=day, end=day, label="", value=Decimal(n % 50), shown="")
        for n in range(1000)
        for day in [start + timedelta(n)]
    ]
    text = draw_chart(make_chart(*points))
    svg = ET.fromstring(text)
    assert [len(line) for line in list_lines(svg)] == [1000]
    assert not list(svg.iter(f"{SVG}circle"))
    assert len(text) < 30_000


def test_one_point_is_drawn() -> None:
    svg = draw(make_chart(year(2020, "7")))
    assert len(list(svg.iter(f"{SVG}circle"))) == 1
    assert any("2020: 7 servicios" in (title.text or "") for title in svg.iter(f"{SVG}title"))


@pytest.mark.parametrize(
    "chart",
    [
        make_chart(),
        make_chart(year(2015, None)),
        make_chart(
            is_bars=True,
            series=tuple(Series(name=n, points=(year(2015, "1"),)) for n in "ab"),
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(chart: Chart) -> None:
    with pytest.raises(ValueError):
        draw_chart(chart)


QUANTITIES = st.decimals(
    min_value=Decimal(-(10**15)), max_value=Decimal(10**15), places=4, allow_nan=False
)


@given(st.lists(QUANTITIES, min_size=1), st.booleans())
def test_every_value_has_a_place_on_the_scale(values: list[Decimal], has_zero: bool) -> None:
    scale = make_scale(values, has_zero=has_zero)
    assert 2 <= len(scale.ticks) <= 9
    assert all(0 <= scale.place(value) <= 1 for value in values)
    assert not has_zero or 0 in scale.ticks


@given(st.lists(st.tuples(st.dates(), st.dates()), min_size=1, max_size=20))
def test_every_day_has_a_place_on_the_axis(periods: list[tuple[date, date]]) -> None:
    axis = make_axis((min(pair), max(pair)) for pair in periods)
    assert all(0 <= axis.place(day.toordinal()) < 1 for pair in periods for day in pair)
    labels = axis.list_labels()
    assert len(labels) <= 10
    assert all(0 <= start < end <= 1 for _, start, end in labels)


@given(
    st.lists(
        st.tuples(st.integers(1, 9999), QUANTITIES | st.none(), st.booleans()),
        min_size=1,
        max_size=40,
        unique_by=lambda given: given[0],
    ),
    st.booleans(),
)
def test_everything_stays_inside_the_drawing(
    given_points: list[tuple[int, Decimal | None, bool]], is_bars: bool
) -> None:
    points = [
        year(number, None if value is None else f"{value:f}", is_provisional=is_provisional)
        for number, value, is_provisional in sorted(given_points, key=lambda each: each[0])
    ]
    chart = make_chart(*points, is_bars=is_bars)
    if all(point.value is None for point in points):
        with pytest.raises(ValueError):
            draw_chart(chart)
        return
    svg = draw(chart)
    height = float(svg.attrib["viewBox"].split()[3])
    for line in list_lines(svg):
        assert all(0 <= x <= WIDTH and 0 <= y <= height for x, y in line)
    for bar in list_bars(svg):
        assert 0 <= float(bar.attrib["x"]) <= WIDTH
        assert 0 <= float(bar.attrib["y"]) <= height
