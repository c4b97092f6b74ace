"""The rules that hold for one record: what is refused, what is told, what is no matter."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.files.rules import check_record, check_within, find_cycles
from ckanext.gtplan.plan.model import (
    ActionPlan,
    Activity,
    Commitment,
    ExpectedDeliverable,
    Milestone,
    Norm,
    Organization,
    Phase,
    Record,
    Source,
)
from ckanext.gtplan.plan.problems import ProblemKind
from ckanext.gtplan.plan.shapes import is_web_address

K = ProblemKind
day = PartialDate.parse


def make_milestone(**fields: Any) -> Milestone:
    return Milestone(id="m1", title="T", commitment="c1", **fields)


def make_commitment(**fields: Any) -> Commitment:
    return Commitment(id="c1", title="T", action_plan="p4", **fields)


def make_activities(*numbers: str, **fields: Any) -> tuple[Activity, ...]:
    return tuple(Activity(activity_no=number, name="A", **fields) for number in numbers)


def find(record: Record) -> list[tuple[ProblemKind, str, str, str]]:
    return [(f.kind, f.path, f.value, f.expected) for f in check_record(record)]


@pytest.mark.parametrize(
    "record",
    [
        make_milestone(),
        make_commitment(),
        ActionPlan(id="p4", title="T"),
        Organization(id="gae", title="T"),
        make_milestone(activities=make_activities("01", "02")),
    ],
)
def test_what_says_little_is_not_wrong(record: Record) -> None:
    assert check_record(record) == []


class TestPeriods:
    @pytest.mark.parametrize(
        "record, path",
        [
            (
                make_commitment(start_date=day("2019"), end_date=day("2018-12-31")),
                "end_date",
            ),
            (
                make_commitment(baseline_start=day("2019-02"), baseline_end=day("2019-01")),
                "baseline_end",
            ),
            (
                make_milestone(planned_start=day("2019-02-02"), planned_end=day("2019-02-01")),
                "planned_end",
            ),
            (
                make_milestone(
                    activities=(
                        *make_activities("1"),
                        *make_activities(
                            "2", baseline_start=day("2020"), baseline_end=day("2019")
                        ),
                    )
                ),
                "activities[2].baseline_end",
            ),
            (
                make_milestone(phases=(Phase(text="A", start=day("2020"), end=day("2019")),)),
                "phases[1].end",
            ),
            (
                ActionPlan(
                    id="p4", title="T", period_start=day("2020"), period_end=day("2018")
                ),
                "period_end",
            ),
        ],
    )
    def test_end_before_start(self, record: Record, path: str) -> None:
        ((kind, found, value, expected),) = find(record)
        assert (kind, found) == (K.END_BEFORE_START, path)
        assert value < expected

    def test_month_and_a_day_in_it_are_no_contradiction(self) -> None:
        milestone = make_milestone(planned_start=day("2022-01-10"), planned_end=day("2022-01"))
        assert check_record(milestone) == []


class TestAddresses:
    @pytest.mark.parametrize(
        "text",
        ["https://example.org", "http://127.0.0.1:5000/a?b=c#d", "https://ñandú.example/año"],
    )
    def test_address(self, text: str) -> None:
        assert is_web_address(text)

    @pytest.mark.parametrize(
        "text",
        ["", "example.org", "//example.org", "ftp://example.org", "javascript:alert(1)",
         "https://", "https:///a", "http://[", "https://a b.org", "https://a.org/\n", "C:\\a"],
    )  # fmt: skip
    def test_what_is_none(self, text: str) -> None:
        assert not is_web_address(text)

    @given(st.text())
    def test_any_text_is_judged(self, text: str) -> None:
        assert is_web_address(text) in (True, False)

    def test_each_stands_at_its_row(self) -> None:
        commitment = make_commitment(
            ogp_url="a",
            irm_report="b",
            sources=(Source(document="D"), Source(document="D", url="c")),
            legal_basis=(Norm(title="T", url="d"),),
        )
        assert {(path, value) for _, path, value, _ in find(commitment)} == {
            ("ogp_url", "a"),
            ("irm_report", "b"),
            ("sources[2].url", "c"),
            ("legal_basis[1].url", "d"),
        }


class TestAmounts:
    def test_weight(self) -> None:
        milestone = make_milestone(
            weight=Decimal("-0.01"), activities=make_activities("1", weight=Decimal(-2))
        )
        assert find(milestone) == [
            (K.NEGATIVE, "weight", "-0.01", ""),
            (K.NEGATIVE, "activities[1].weight", "-2", ""),
        ]
        assert check_record(make_milestone(weight=Decimal(0))) == []

    def test_cost_without_a_currency(self) -> None:
        milestone = make_milestone(activities=make_activities("1", planned_cost=Decimal(5)))
        assert find(milestone) == [(K.NO_CURRENCY, "activities[1].currency", "5", "")]

    def test_cost_of_nothing(self) -> None:
        rows = make_activities("1", planned_cost=Decimal(0), currency="GTQ")
        assert check_record(make_milestone(activities=rows)) == []


class TestRows:
    def test_second_of_a_number_names_the_first(self) -> None:
        milestone = make_milestone(activities=make_activities("1", "2", "1", "1"))
        found = check_record(milestone)
        assert [(f.kind, f.path, f.other_path) for f in found] == [
            (K.DUPLICATE, "activities[3].activity_no", "activities[1].activity_no"),
            (K.DUPLICATE, "activities[4].activity_no", "activities[1].activity_no"),
        ]

    def test_deliverable(self) -> None:
        row = ExpectedDeliverable(key="a", name="A")
        (finding,) = check_record(make_milestone(expected_deliverables=(row, row)))
        assert (finding.kind, finding.path) == (K.DUPLICATE, "expected_deliverables[2].key")

    def test_predecessor_that_is_none_tells_the_numbers(self) -> None:
        rows = (*make_activities("01"), *make_activities("02", predecessors=("1", "01")))
        assert find(make_milestone(activities=rows)) == [
            (K.UNKNOWN_CODE, "activities[2].predecessors", "1", "01, 02")
        ]


class TestCycles:
    @pytest.mark.parametrize(
        "links, cycles",
        [
            ({}, []),
            ({"a": ["b"], "b": []}, []),
            ({"a": ["z"]}, []),
            ({"a": ["a"]}, [("a",)]),
            ({"a": ["b"], "b": ["a"]}, [("a", "b")]),
            ({"x": ["c"], "a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}, [("a", "b", "c")]),
            ({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}, [("a", "b"), ("c", "d")]),
            ({"a": ["x", "b"], "x": [], "b": ["a"]}, [("a", "b")]),
        ],
    )
    def test_each_circle_once(
        self, links: dict[str, list[str]], cycles: list[tuple[str, ...]]
    ) -> None:
        assert find_cycles(links) == cycles

    @given(
        st.dictionaries(
            st.integers(0, 9).map(str), st.lists(st.integers(0, 9).map(str), max_size=4)
        )
    )
    def test_a_circle_is_one_and_without_one_there_is_an_order(
        self, links: dict[str, list[str]]
    ) -> None:
        cycles = find_cycles(links)
        for circle in cycles:
            for name, following in zip(circle, (*circle[1:], circle[0]), strict=True):
                assert following in links[name]
        done: set[str] = set(map(str, range(10))) - set(links)
        while ready := {n for n in set(links) - done if set(links[n]) <= done}:
            done |= ready
        assert bool(cycles) == bool(set(links) - done)

    def test_a_long_chain_is_no_matter(self) -> None:
        links = {str(n): [str(n + 1)] for n in range(5000)}
        assert find_cycles(links) == []
        links["4999"] = ["0"]
        assert len(find_cycles(links)[0]) == 5000

    def test_activities_that_wait_for_each_other(self) -> None:
        rows = (
            *make_activities("01", predecessors=("03",)),
            *make_activities("02", predecessors=("01",)),
            *make_activities("03", predecessors=("01", "02")),
        )
        ((kind, path, value, _),) = find(make_milestone(activities=rows))
        assert (kind, path) == (K.CYCLE, "activities[1].predecessors")
        assert value == "01 → 03 → 01"


class TestWarnings:
    def test_activity_outside_its_milestone(self) -> None:
        milestone = make_milestone(
            planned_start=day("2019-01"),
            planned_end=day("2019-06"),
            activities=make_activities("1", planned_end=day("2019-07")),
        )
        (finding,) = check_record(milestone)
        assert (finding.kind, finding.path) == (K.OUTSIDE_PARENT, "activities[1]")
        assert (finding.value, finding.expected) == ("/2019-07", "2019-01/2019-06")
        assert finding.is_warning

    def test_milestone_outside_its_commitment(self) -> None:
        milestone = make_milestone(planned_start=day("2018"))
        (finding,) = check_within(milestone, make_commitment(start_date=day("2019")))
        assert (finding.kind, finding.path, finding.is_warning) == (K.OUTSIDE_PARENT, "", True)
        assert check_within(milestone, make_commitment()) == []
        assert check_within(make_milestone(), make_commitment(start_date=day("2019"))) == []
