"""The rules between records, and where each thing of a load stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ckanext.gtplan.plan.files.checks import (
    SECTIONS,
    CheckedLoad,
    Resolver,
    check_sources,
)
from ckanext.gtplan.plan.files.tree import SourceFile
from ckanext.gtplan.plan.model import Load
from ckanext.gtplan.plan.problems import PlanError, Problem, ProblemKind
from ckanext.gtplan.plan.records import PACKAGE_TYPES, SECTION_OF_TYPE
from ckanext.gtplan.plan.shapes import list_shapes

K = ProblemKind

LOAD = """\
load: test
publication:
  owner: gae
  license_id: cc-by
  frequency: eventual
  contact_name: A
  contact_email: a@example.org
organizations:
  - {id: gae, title: GAE}
action_plans:
  - {id: p4, title: Plan, plan_number: 4, country: GTM, cycle_year: 2018}
  - {id: p5, title: Plan, plan_number: 5, country: GTM, cycle_year: 2021}
commitments:
  - id: c1
    title: Uno
    action_plan: p4
    commitment_number: 1
    ogp_id: GT0085
    start_date: 2018-11
    end_date: 2020-08-30
milestones:
  - id: m1
    title: Hito
    commitment: c1
    number: 1
    planned_start: 2018-11
    planned_end: 2020-08
    activities:
      - {activity_no: 01, name: A, planned_start: 2019-04, planned_end: 2019-04}
      - {activity_no: 02, name: B}
    budget_lines:
      - {line_no: 1, description: A, quantity: 2, unit_cost: 5, periods: 3, amount: 30,
        currency: GTQ}
      - {line_no: 2, description: B, amount: 20, currency: GTQ}
    budget_total: 50.00
    budget_currency: GTQ
    schedule:
      - {meeting_no: 1, name: A}
      - {meeting_no: 2, name: B}
    phases:
      - {text: A, start: 2019-01, end: 2019-02}
    expected_deliverables:
      - {key: plan, name: A, deliverable_type: plan, activity: 01}
      - {key: map, name: B, deliverable_type: map}
indicators:
  - {id: i1, title: A, milestone: m1}
regional_plans:
  - id: r1
    title: Region
    plan_year: 2019
    areas:
      - {area_no: 3.1, title: A}
      - {area_no: 3.2, title: B}
    regional_activities:
      - {activity_key: 3.1.1, activity_no: 3.1.1, area_no: 3.1, name: A, period: H1}
      - {activity_key: 3.1.1b, activity_no: 3.1.1, area_no: 3.2, name: B, period: H2}
    expected_deliverables:
      - {key: paper, name: A, deliverable_type: document, activity: 3.1.1b}
      - {key: book, name: B, deliverable_type: document}
service_inventories:
  - id: s1
    title: Inventory
    reference_year: 2019
    milestone: m1
    deliverable: plan
    services:
      - {service_id: one, name: A, commitment: c1}
      - {service_id: two, name: B}
modifications:
  - {seq: 1, target: c1, change_type: added, summary: A}
  - {seq: 2, target: m1, change_type: added, summary: B}
  - {seq: 1, target: p5, change_type: added, summary: C}
"""


def check(text: str, is_known: Resolver = lambda kind, name: False) -> CheckedLoad:
    source = SourceFile(name="plan.yaml", data=text.encode())
    return check_sources([source], "plan", is_known)


def change(old: str, new: str) -> str:
    """Change one thing of the load that has nothing wrong."""
    assert LOAD.count(old) == 1, old
    return LOAD.replace(old, new)


def find_line(text: str, part: str) -> int:
    (line,) = [n for n, found in enumerate(text.splitlines(), start=1) if part in found]
    return line


def find_refusals(text: str, is_known: Resolver = lambda kind, name: False) -> list[Problem]:
    with pytest.raises(PlanError) as raised:
        check(text, is_known)
    return list(raised.value.problems)


def test_nothing_is_wrong_with_the_load_that_the_others_change() -> None:
    assert check(LOAD).warnings == ()


def test_no_file_is_no_load() -> None:
    with pytest.raises(PlanError) as raised:
        check_sources([], "plan")
    assert [(p.kind, p.value) for p in raised.value.problems] == [(K.MISSING_KEY, "publication")]


class TestReferences:
    @pytest.mark.parametrize(
        "old, new, kind, path",
        [
            ("owner: gae", "owner: no-one", "organization", "publication.owner"),
            ("    action_plan: p4", "    action_plan: p9", "action_plan", "commitments/c1"),
            ("    commitment: c1\n", "    commitment: c9\n", "commitment", "milestones/m1"),
            ("title: A, milestone: m1", "title: A, milestone: m9", "milestone", "indicators/i1"),
            ("    milestone: m1", "    milestone: c1", "milestone", "service_inventories/s1"),
            ("commitment: c1}", "commitment: m1}", "commitment", "service_inventories/s1.services"),
            ("target: m1", "target: gae", "record", "modifications[2].target"),
        ],
    )
    def test_record_that_is_nowhere(self, old: str, new: str, kind: str, path: str) -> None:
        text = change(old, new)
        (problem,) = find_refusals(text)
        assert (problem.kind, problem.expected) == (K.UNKNOWN_REFERENCE, kind)
        assert problem.path.startswith(path)
        assert problem.place.line == find_line(text, new.strip())

    def test_record_that_the_portal_has(self) -> None:
        asked = []

        def is_known(kind: str, name: str) -> bool:
            asked.append((kind, name))
            return True

        assert check(change("    action_plan: p4", "    action_plan: p9"), is_known).load
        assert asked == [("action_plan", "p9")]

    def test_row_of_the_same_record(self) -> None:
        text = change("activity: 01}", "activity: 1}")
        (problem,) = find_refusals(text)
        assert (problem.kind, problem.value) == (K.UNKNOWN_REFERENCE, "1")
        assert problem.expected == "activity"
        assert problem.path == "milestones/m1.expected_deliverables[1].activity"
        assert problem.place.line == find_line(text, "activity: 1}")

    def test_activity_of_a_region_is_named_by_its_key(self) -> None:
        (problem,) = find_refusals(change("activity: 3.1.1b}", "activity: 3.1.2}"))
        assert problem.path == "regional_plans/r1.expected_deliverables[1].activity"
        assert (problem.kind, problem.value) == (K.UNKNOWN_REFERENCE, "3.1.2")

    def test_area_of_a_region(self) -> None:
        (problem,) = find_refusals(change("area_no: 3.2, name", "area_no: 3.20, name"))
        assert problem.path == "regional_plans/r1.regional_activities[2].area_no"
        assert (problem.kind, problem.value) == (K.UNKNOWN_REFERENCE, "3.20")
        assert problem.expected == "area"

    def test_activity_of_another_record_does_not_count(self) -> None:
        deliverable = "{key: a, name: A, deliverable_type: plan, activity: 01}"
        fields = f"title: B, commitment: c1, number: 2, expected_deliverables: [{deliverable}]"
        text = change("indicators:\n", f"  - {{id: m2, {fields}}}\nindicators:\n")
        (problem,) = find_refusals(text)
        assert problem.path == "milestones/m2.expected_deliverables[1].activity"

    def test_deliverable_that_the_milestone_does_not_expect(self) -> None:
        (problem,) = find_refusals(change("deliverable: plan", "deliverable: pla"))
        assert (problem.kind, problem.value) == (K.UNKNOWN_CODE, "pla")
        assert problem.expected == "plan, map"
        assert problem.path == "service_inventories/s1.deliverable"

    def test_every_kind_of_reference_has_sections_of_a_load(self) -> None:
        kinds = {
            shape.reference
            for _, shape in _walk_shapes(Load)
            if shape.reference is not None
        }
        assert kinds <= set(SECTIONS)
        assert {s for sections in SECTIONS.values() for s in sections} <= set(list_shapes(Load))
        assert set(SECTIONS["record"]) == set(SECTION_OF_TYPE.values())
        for name in set(PACKAGE_TYPES) & kinds:
            assert SECTIONS[name] == (SECTION_OF_TYPE[name],)


class TestDuplicates:
    @pytest.mark.parametrize(
        "old, new, path, first",
        [
            ("activity_no: 02", "activity_no: 01", "activities[2].activity_no", "activities[1]"),
            ("line_no: 2", "line_no: 1", "budget_lines[2].line_no", "budget_lines[1]"),
            ("meeting_no: 2", "meeting_no: 1", "schedule[2].meeting_no", "schedule[1]"),
            ("key: map", "key: plan", "expected_deliverables[2].key", "expected_deliverables[1]"),
            ("key: book", "key: paper", "expected_deliverables[2].key", "expected_deliverables[1]"),
            ("area_no: 3.2, title", "area_no: 3.1, title", "areas[2].area_no", "areas[1].area_no"),
            ("activity_key: 3.1.1b", "activity_key: 3.1.1", "[2].activity_key", "[1].activity_key"),
            ("service_id: two", "service_id: one", "services[2].service_id", "services[1]"),
            ("plan_number: 5", "plan_number: 4", "action_plans/p5.plan_number", "action_plans/p4"),
            ("seq: 2", "seq: 1", "modifications[2].seq", "modifications[1].seq"),
        ],
    )
    def test_second_names_the_first(self, old: str, new: str, path: str, first: str) -> None:
        text = change(old, new)
        twice = [problem for problem in _find_all(text) if problem.kind is K.DUPLICATE]
        (problem,) = twice
        assert problem.path.endswith(path)
        assert first in problem.expected
        line = LOAD.splitlines()[problem.place.line - 1]
        assert old in line
        assert problem.value == new.split(": ")[1].split(",")[0]

    def test_commitment_number_names_the_first_place(self) -> None:
        second = "  - {id: c2, title: Dos, action_plan: p4, commitment_number: 1}\n"
        text = change("milestones:\n", f"{second}milestones:\n")
        (problem,) = find_refusals(text)
        assert (problem.kind, problem.value) == (K.DUPLICATE, "1")
        assert problem.path == "commitments/c2.commitment_number"
        assert problem.place.line == find_line(text, "id: c2")
        line = find_line(text, "    commitment_number: 1")
        assert problem.expected == f"commitments/c1.commitment_number (plan.yaml:{line})"

    def test_every_one_after_the_first_is_told(self) -> None:
        more = "".join(
            f"  - {{id: c{n}, title: A, action_plan: p4, ogp_id: GT0085}}\n" for n in (2, 3)
        )
        problems = find_refusals(change("milestones:\n", f"{more}milestones:\n"))
        assert [p.path for p in problems] == ["commitments/c2.ogp_id", "commitments/c3.ogp_id"]
        assert all("commitments/c1.ogp_id" in p.expected for p in problems)

    def test_milestone_number_in_its_commitment(self) -> None:
        more = "  - {id: m2, title: B, commitment: c1, number: 1}\nindicators:\n"
        (problem,) = find_refusals(change("indicators:\n", more))
        assert (problem.kind, problem.path) == (K.DUPLICATE, "milestones/m2.number")

    @pytest.mark.parametrize(
        "record",
        [
            "{id: c2, title: Dos, action_plan: p5, commitment_number: 1}",
            "{id: c2, title: Dos, action_plan: p4, commitment_number: 2}",
            "{id: c2, title: Dos, action_plan: p4}",
            "{id: gae, title: of the same name as an organisation, action_plan: p4}",
        ],
    )
    def test_what_may_be_the_same(self, record: str) -> None:
        assert check(change("milestones:\n", f"  - {record}\nmilestones:\n")).warnings == ()

    def test_packages_are_one_name_space(self) -> None:
        text = change("id: i1,", "id: m1,")
        (problem,) = find_refusals(text)
        assert (problem.kind, problem.path) == (K.DUPLICATE, "indicators/m1")
        assert problem.place.line == find_line(text, "id: m1,")
        assert problem.expected == f"milestones/m1 (plan.yaml:{find_line(text, '- id: m1')})"

    def test_log_is_one_for_a_plan_and_all_below_it(self) -> None:
        (problem,) = find_refusals(change("seq: 1, target: p5", "seq: 2, target: p4"))
        assert (problem.kind, problem.path) == (K.DUPLICATE, "modifications[3].seq")


class TestPeriods:
    @pytest.mark.parametrize(
        "old, new, path",
        [
            ("    end_date: 2020-08-30", "    end_date: 2018-10", "commitments/c1.end_date"),
            ("    planned_end: 2020-08\n", "    planned_end: 2017\n", "milestones/m1.planned_end"),
            ("planned_end: 2019-04}", "planned_end: 2019-03}", "m1.activities[1].planned_end"),
            ("end: 2019-02}", "end: 2018-12-31}", "milestones/m1.phases[1].end"),
            (
                "plan_number: 5, country: GTM",
                "plan_number: 5, country: GTM, period_start: 2022, period_end: 2021",
                "action_plans/p5.period_end",
            ),
        ],
    )
    def test_end_before_start(self, old: str, new: str, path: str) -> None:
        text = change(old, new)
        (problem,) = find_refusals(text)
        assert problem.kind is K.END_BEFORE_START
        assert problem.path.endswith(path)
        assert problem.place.line == find_line(text, new.strip())
        assert problem.value
        assert problem.expected

    @pytest.mark.parametrize(
        "old, new, path, expected",
        [
            (
                "    planned_end: 2020-08\n",
                "    planned_end: 2020-12\n",
                "milestones/m1",
                "2018-11/2020-08-30",
            ),
            (
                "planned_start: 2019-04, planned_end",
                "planned_start: 2018-10, planned_end",
                "milestones/m1.activities[1]",
                "2018-11/2020-08",
            ),
        ],
    )
    def test_outside_of_its_parent_is_told(
        self, old: str, new: str, path: str, expected: str
    ) -> None:
        (warning,) = check(change(old, new)).warnings
        assert (warning.kind, warning.path) == (K.OUTSIDE_PARENT, path)
        assert warning.expected == expected

    def test_month_and_day_are_no_contradiction(self) -> None:
        text = change("    end_date: 2020-08-30", "    end_date: 2020-08-01")
        assert check(text).warnings == ()


class TestBudget:
    def test_total_that_is_not_its_lines(self) -> None:
        text = change("budget_total: 50.00", "budget_total: 50.01")
        (warning,) = check(text).warnings
        assert (warning.kind, warning.path) == (K.BUDGET_DIFFERS, "milestones/m1.budget_total")
        assert (warning.value, warning.expected) == ("50.01 GTQ", "50 GTQ")
        assert warning.place.line == find_line(text, "budget_total")

    def test_line_that_is_not_its_factors(self) -> None:
        text = change("periods: 3", "periods: 4")
        (warning,) = check(text).warnings
        assert warning.kind is K.BUDGET_DIFFERS
        assert warning.path == "milestones/m1.budget_lines[1].amount"
        assert (warning.value, warning.expected) == ("30", "40")

    def test_line_is_checked_where_no_total_is_stated(self) -> None:
        text = change("periods: 3", "periods: 4").replace("    budget_total: 50.00\n", "")
        (warning,) = check(text).warnings
        assert warning.path == "milestones/m1.budget_lines[1].amount"

    def test_currency_of_the_total(self) -> None:
        (warning,) = check(change("budget_currency: GTQ", "budget_currency: USD")).warnings
        assert (warning.value, warning.expected) == ("50.00 USD", "50 GTQ")


def _find_all(text: str) -> list[Problem]:
    try:
        return list(check(text).warnings)
    except PlanError as error:
        return list(error.problems)


def _walk_shapes(entity: type[Any]) -> Iterator[tuple[type[Any], Any]]:
    for shape in list_shapes(entity).values():
        yield entity, shape
        if shape.is_entity:
            yield from _walk_shapes(shape.type)
