"""Online maturity of services, and the figures of inventories."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.inventory import summarize
from ckanext.gtplan.plan.living import LIVING_TABLES, to_cells
from ckanext.gtplan.plan.maturity import (
    POINTS,
    complete_cells,
    compute_maturity,
    compute_online_percent,
    is_hybrid,
    is_online,
    lacks_link,
)
from ckanext.gtplan.plan.registers import Service
from ckanext.gtplan.plan.vocabulary import list_codes

TABLE = LIVING_TABLES["services"]
ANSWERS = st.sampled_from(["Y", "N", "NA", None])


def make(points: str = "", **more: Any) -> Service:
    """Make a service of its points: Y, N, - (not applicable) or . (not said), in their order."""
    said = {"Y": "Y", "N": "N", "-": "NA", ".": None}
    answers = {point: said[each] for point, each in zip(POINTS, points, strict=bool(points))}
    return Service(service_id="s", name="S", **answers, **more)


@pytest.mark.parametrize(
    "points, percent",
    [("YYYYYY", "100"), ("NNNNNN", "0"), ("YN....", "50"), ("YYYYYN", "83.3"), ("Y-----", "100"),
     ("------", None), ("......", None), ("YN-.-.", "50")],
)  # fmt: skip
def test_online_percent(points: str, percent: str | None) -> None:
    found = compute_online_percent(make(points))
    assert found == (None if percent is None else Decimal(percent))


@pytest.mark.parametrize(
    "points, level",
    [
        ("......", None),
        ("NNNNNN", "none"),
        ("------", "none"),
        ("YN.N.Y", "one_way"),
        ("NNNYNN", "one_way"),
        ("NNNNYN", "one_way"),
        ("NNYNNN", "two_way"),
        ("YYYY.Y", "two_way"),
        ("YYYNYY", "two_way"),
        ("YYYYYY", "transactional"),
        ("NNY--N", "transactional"),
        ("NN-NYN", "proactive"),
        ("NN-NNN", "none"),
    ],
)
def test_maturity(points: str, level: str | None) -> None:
    assert compute_maturity(make(points)) == level


def test_what_can_be_found_online_is_informative() -> None:
    assert compute_maturity(make("NNNNNN", channels=("ONL",))) == "information"
    assert compute_maturity(make("NNNNNN", online_url="https://example.org")) == "information"
    assert compute_maturity(make("NNNNNN", channels=("PERSON",))) == "none"
    assert compute_maturity(make("", channels=("ONL",))) is None


@given(st.lists(ANSWERS, min_size=6, max_size=6), st.sets(st.sampled_from(["ONL", "TEL"])))
def test_the_columns_are_filled_in_as_the_service_says(
    answers: list[str | None], channels: set[str]
) -> None:
    said: dict[str, Any] = dict(zip(POINTS, answers, strict=True))
    service = Service(service_id="s", name="S", channels=tuple(sorted(channels)), **said)
    cells = complete_cells(TABLE, {**to_cells(TABLE, service), "maturity_level": "proactive"})
    percent = compute_online_percent(service)
    assert cells["online_percent"] == (None if percent is None else str(percent))
    assert cells["maturity_level"] == compute_maturity(service)
    assert compute_maturity(service) in {None, *list_codes("service_maturity")}
    assert (percent is None) or (0 <= percent <= 100)


def test_other_tables_have_no_columns_that_follow() -> None:
    cells: dict[str, str | None] = {"meeting_id": "m", "sector": "cso"}
    assert complete_cells(LIVING_TABLES["attendance"], cells) == cells


@pytest.mark.parametrize(
    ("channels", "stage", "link", "is_missing"),
    [(["ONL", "TEL"], None, None, True), (["ONL"], "in_operation", "", True),
     (["ONL"], "pilot", None, True), (["ONL"], "planned", None, False),
     (["ONL"], None, "https://example.org", False), (["TEL"], None, None, False)],
)  # fmt: skip
def test_what_is_done_online_has_a_link(
    channels: list[str], stage: str | None, link: str | None, is_missing: bool
) -> None:
    assert lacks_link(channels, stage, link) is is_missing


def test_hybrid_is_online_and_something_else() -> None:
    assert is_hybrid(make(channels=("ONL", "PERSON")))
    assert not is_hybrid(make(channels=("ONL",)))
    assert not is_hybrid(make(channels=("TEL", "PERSON")))
    assert not is_hybrid(make(channels=("ONL", "APP")))
    assert is_online(make(channels=("APP",)))


class TestFigures:
    def test_counts(self) -> None:
        figures = summarize(
            [
                make("YYYYYY", channels=("ONL", "TEL"), competent_authority=("a", "b"),
                     is_free=True, processing_time="P1D", stage="in_operation",
                     volume_online=10, volume_total=40),
                make("NNNNNN", competent_authority=("a",), cost_amount=Decimal(5),
                     volume_total=1000),
                make("", processing_time_verbatim="dos días", volume_online=0, volume_total=0),
            ]
        )  # fmt: skip
        assert set(figures) == {"", "a", "b"}
        whole, first = figures[""], figures["a"]
        assert (whole.services, first.services, figures["b"].services) == (3, 2, 1)
        assert (whole.online, whole.hybrid, whole.in_operation) == (1, 1, 1)
        assert (whole.free, whole.with_cost, whole.with_response_time) == (1, 1, 2)
        assert whole.maturity == {"transactional": 1, "none": 1, "": 1}
        assert (whole.online_percent, whole.measured) == (Decimal(50), 2)
        # a service that says one volume only is not compared
        assert (whole.volume_online, whole.volume_total) == (10, 1040)
        assert (whole.take_up, whole.with_volumes) == (Decimal(25), 2)

    def test_of_nothing(self) -> None:
        whole = summarize([])[""]
        assert (whole.services, whole.take_up, whole.online_percent) == (0, None, None)
        assert (whole.volume_online, whole.online_share) == (None, None)

    def test_owner_answers_for_those_that_name_none(self) -> None:
        figures = summarize([make(), make(competent_authority=("b",))], owner="a")
        assert {name: each.services for name, each in figures.items()} == {"": 2, "a": 1, "b": 1}

    @given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=8))
    def test_take_up_is_a_percentage(self, volumes: list[tuple[int, int]]) -> None:
        services = [
            make(volume_online=min(pair), volume_total=max(pair)) for pair in volumes
        ]
        take_up = summarize(services)[""].take_up
        total = sum(max(pair) for pair in volumes)
        assert (take_up is None) == (total == 0)
        assert take_up is None or 0 <= take_up <= 100
