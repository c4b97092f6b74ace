"""The board of a plan: who is late, what is left by a filter, and in which order."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.follow.board import (
    ORDERS,
    Line,
    Owner,
    Question,
    count_options,
    list_owners,
    make_lines,
    narrow,
    read_question,
)
from ckanext.gtplan.plan.follow.owners import NOBODY, count_owners
from ckanext.gtplan.plan.follow.progress import Tree, measure_commitment, measure_milestone
from ckanext.gtplan.plan.follow.reporting import lay_over
from ckanext.gtplan.plan.model import Activity, Actor, Commitment, Milestone, Report

DAY = date(2020, 7, 1)


def make_activity(number: str, end: str, *bodies: str) -> Activity:
    return Activity(
        activity_no=number,
        name=f"Actividad {number}",
        responsibles=bodies,
        planned_start=PartialDate.parse("2020-01"),
        planned_end=PartialDate.parse(end),
    )


def make_milestone(name: str, commitment: str, *activities: Activity, lead: str = "") -> Milestone:
    actors = (Actor(name=lead, organization=lead),) if lead else ()
    return Milestone(
        id=name, title=name, commitment=commitment, activities=activities, responsibles=actors
    )


def make_report(milestone: str, number: str, **values: Any) -> Report:
    return Report(
        id=f"{milestone}-{number}",
        milestone=milestone,
        activity_no=number,
        organization="a",
        as_of=PartialDate.parse("2020-06-30"),
        **values,
    )


def follow(
    commitments: list[Commitment], milestones: list[Milestone], *reports: Report
) -> tuple[Line, ...]:
    states = lay_over(reports, DAY)
    below = {m.id: measure_milestone(m, states, DAY) for m in milestones}
    rolled = {
        c.id: measure_commitment(c, [below[m.id] for m in milestones if m.commitment == c.id], DAY)
        for c in commitments
    }
    tree = Tree(today=DAY, plan=None, commitments=rolled, milestones=below)
    return make_lines(commitments, milestones, tree)


def make_commitment(name: str, **values: Any) -> Commitment:
    return Commitment(id=name, title=name.upper(), action_plan="p", **values)


@pytest.fixture
def lines() -> tuple[Line, ...]:
    """One that is late, one on time, one of which nobody speaks, one withdrawn."""
    commitments = [
        make_commitment(
            "c10", commitment_number=10, lead_institution="a", policy_areas=("health",)
        ),
        make_commitment("c2", commitment_number=2, lead_institution="b", sdg_targets=("16.5", "3")),
        make_commitment("c1", commitment_number=1, status="active"),
        make_commitment("c3", commitment_number=3, status="withdrawn"),
    ]
    milestones = [
        make_milestone(
            *("m10", "c10"),
            make_activity("1", "2020-03", "x"),
            make_activity("2", "2020-12", "x", "y"),
        ),
        make_milestone("m2", "c2", make_activity("1", "2020-12")),
        make_milestone("m1", "c1", make_activity("1", "2020-02"), lead="y"),
        make_milestone("m3", "c3", make_activity("1", "2020-02", "x")),
    ]
    reports = [
        make_report("m10", "1", status="in_progress", percent_complete=Decimal(10)),
        make_report("m2", "1", status="in_progress", percent_complete=Decimal(80)),
    ]
    return follow(commitments, milestones, *reports)


def names(lines: Any) -> list[str]:
    return [line.name for line in lines]


def test_each_commitment_stands_somewhere(lines: tuple[Line, ...]) -> None:
    found = {line.name: line.standing for line in lines}
    assert found == {"c10": "late", "c2": "on_time", "c1": "unreported", "c3": "withdrawn"}


def test_what_nobody_reports_on_is_never_late() -> None:
    (line,) = follow([make_commitment("c")], [make_milestone("m", "c", make_activity("1", "2019"))])
    assert line.standing == "unreported" and line.counts == {"unreported": 1}


def test_a_commitment_without_milestones_is_not_reported_on() -> None:
    (line,) = follow([make_commitment("c")], [])
    assert (line.standing, line.milestones, line.counts) == ("unreported", 0, {})


def test_work_is_its_own_bodies_or_those_of_the_milestone() -> None:
    milestone = make_milestone(
        "m", "c", make_activity("1", "2020-03", "x", "y"), make_activity("2", "2020-03"), lead="z"
    )
    measures = measure_milestone(milestone, {}, DAY)
    assert count_owners(milestone, measures) == dict.fromkeys("xyz", Counter(unreported=1))
    alone = make_milestone("m", "c", make_activity("1", "2020-03"))
    assert list(count_owners(alone, measure_milestone(alone, {}, DAY))) == [NOBODY]


def test_whose_it_is(lines: tuple[Line, ...]) -> None:
    assert list_owners(lines) == [
        Owner(name="x", late=1, on_time=0, unreported=1),
        Owner(name="y", late=0, on_time=0, unreported=2),
        Owner(name="b", late=0, on_time=1, unreported=0),
    ]


def test_institutions_of_a_row_are_all_that_answer_for_it(lines: tuple[Line, ...]) -> None:
    by_name = {line.name: line.institutions for line in lines}
    assert by_name["c10"] == ("a", "x", "y") and by_name["c1"] == ("y",)


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({}, ["c10", "c1", "c2", "c3"]),
        ({"sort": "number"}, ["c1", "c2", "c3", "c10"]),
        ({"sort": "title"}, ["c1", "c10", "c2", "c3"]),
        ({"sort": "progress"}, ["c10", "c2", "c1", "c3"]),
        ({"standing": "late"}, ["c10"]),
        ({"institution": "y"}, ["c10", "c1"]),
        ({"institution": "y", "standing": "unreported"}, ["c1"]),
        ({"area": "health"}, ["c10"]),
        ({"sdg": "16"}, ["c2"]),
        ({"status": "withdrawn"}, ["c3"]),
    ],
)
def test_narrowed_and_put_in_order(
    lines: tuple[Line, ...], asked: dict[str, str], left: list[str]
) -> None:
    question, wrong = read_question(asked, count_options(lines))
    assert wrong == {}
    found = names(narrow(lines, question))
    # of the two that nobody reports on, the order of progress says nothing
    assert found == left or asked.get("sort") == "progress" and set(found[2:]) == set(left[2:])


def test_what_is_no_value_is_named_and_left_out(lines: tuple[Line, ...]) -> None:
    asked = {"institution": "nadie", "sort": "luna", "view": "cards", "area": "  ", "other": "1"}
    question, wrong = read_question(asked, count_options(lines))
    assert wrong == {"institution": "nadie", "sort": "luna"}
    assert question == Question(view="cards")


def test_options_say_how_many_they_leave(lines: tuple[Line, ...]) -> None:
    options = count_options(lines)
    assert options["standing"] == dict.fromkeys(["late", "on_time", "unreported", "withdrawn"], 1)
    assert options["sdg"] == {"16": 1, "3": 1}
    for name, counts in options.items():
        for value, count in counts.items():
            assert len(narrow(lines, Question(**{name: value}))) == count


def test_every_order_has_every_row_once(lines: tuple[Line, ...]) -> None:
    for order in ORDERS:
        assert sorted(names(narrow(lines, Question(sort=order)))) == sorted(names(lines))
