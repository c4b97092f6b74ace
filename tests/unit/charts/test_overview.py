"""The drawing of a plan: every part has its row, and nothing in it can be markup."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.charts.overview import WIDTH, Bar, Overview, draw_overview

SVG = "{http://www.w3.org/2000/svg}"
PERCENTS = st.none() | st.decimals(-50, 500, places=1)
BARS = st.builds(
    Bar,
    label=st.text(max_size=400),
    title=st.text(max_size=400),
    standing=st.sampled_from(["late", "on_time", "unreported", "withdrawn"]),
    word=st.text(max_size=30),
    progress=PERCENTS,
    expected=PERCENTS,
    shown=st.text(max_size=30),
)


def draw(*bars: Bar, title: str = "Avance") -> ElementTree.Element:
    overview = Overview(
        key="plan", title=title, description="Qué", bars=bars, done="hecho", due="esperado"
    )
    return ElementTree.fromstring(draw_overview(overview))


def make_bar(standing: str, progress: int | None, expected: int | None = None) -> Bar:
    return Bar(
        label=f"1 {standing}",
        title=f"Uno {standing}",
        standing=standing,
        word=standing,
        progress=None if progress is None else Decimal(progress),
        expected=None if expected is None else Decimal(expected),
        shown="",
    )


@given(st.lists(BARS, max_size=4), st.text())
def test_it_is_xml_and_nothing_leaves_the_drawing(bars: list[Bar], title: str) -> None:
    svg = draw(*bars, title=title)
    assert len(svg.findall(f"{SVG}g")) == len(bars)
    for rect in svg.iter(f"{SVG}rect"):
        x, width = float(rect.get("x", "0")), float(rect.get("width", "0"))
        assert x >= 0 and width > 0 and x + width <= WIDTH


def test_it_is_named_for_who_does_not_see_it() -> None:
    svg = draw()
    title, text = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None and text is not None
    assert svg.get("aria-labelledby") == f"{title.get('id')} {text.get('id')}"
    assert (title.text, text.text) == ("Avance", "Qué")


def test_what_is_not_reported_has_no_bar_and_zero_has_one() -> None:
    silent, zero, half = draw(
        make_bar("unreported", None), make_bar("late", 0), make_bar("on_time", 50)
    ).findall(f"{SVG}g")
    assert silent.find(f"{SVG}rect") is None
    widths = [group.find(f"{SVG}rect").get("width") for group in (zero, half)]  # type: ignore[union-attr]
    assert 0 < float(widths[0]) < float(widths[1]) / 10


def test_how_a_part_stands_is_told_by_form_and_word() -> None:
    late, on_time, silent = (
        draw(make_bar(kind, None)).find(f"{SVG}g") for kind in ("late", "on_time", "unreported")
    )
    assert late is not None and late.find(f"{SVG}polygon") is not None
    assert on_time is not None and silent is not None
    circles = [group.find(f"{SVG}circle") for group in (on_time, silent)]
    assert [c is not None and c.get("stroke-dasharray") for c in circles] == [None, "2 2"]
    assert "late" in [text.text for text in late.findall(f"{SVG}text")]


def test_a_long_name_is_cut_and_whole_in_its_title() -> None:
    name = "x" * 304
    group = draw(Bar(**{**vars(make_bar("late", 1)), "label": name, "title": name})).find(f"{SVG}g")
    assert group is not None
    assert name in (group.findtext(f"{SVG}title") or "")
    assert max(len(text.text or "") for text in group.findall(f"{SVG}text")) < 40
