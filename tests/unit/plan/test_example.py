"""The packaged example says what the five public documents say: their figures, one by one."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

import ckanext.gtplan
from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.files.checks import CheckedLoad, read_load
from ckanext.gtplan.plan.follow.budget import check_milestone_budget, compute_line_amount
from ckanext.gtplan.plan.model import Commitment, Load, Milestone, RegionalPlan
from ckanext.gtplan.plan.problems import ProblemKind
from ckanext.gtplan.plan.records import iterate_load

FOLDER = Path(str(ckanext.gtplan.__file__)).parent / "examples" / "guatemala"
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
#: Eight digits, with a hyphen or without; two years (2018-2020) are no telephone.
TELEPHONE = re.compile(r"\b(?!20\d\d-20\d\d\b)\d{4}-?\d{4}\b")


@pytest.fixture(scope="module")
def checked() -> CheckedLoad:
    return read_load(FOLDER)


@pytest.fixture(scope="module")
def load(checked: CheckedLoad) -> Load:
    return checked.load


@pytest.fixture(scope="module")
def services_milestone(load: Load) -> Milestone:
    return _get_milestone(load, "gt-pan4-c09-h01")


@pytest.fixture(scope="module")
def innovation_milestone(load: Load) -> Milestone:
    return _get_milestone(load, "gt-pan4-c11-h01")


@pytest.fixture(scope="module")
def region(load: Load) -> RegionalPlan:
    (plan,) = load.regional_plans
    return plan


def _get_milestone(load: Load, milestone_id: str) -> Milestone:
    return next(m for m in load.milestones if m.id == milestone_id)


def _get_commitment(load: Load, commitment_id: str) -> Commitment:
    return next(c for c in load.commitments if c.id == commitment_id)


def _get_letters(load: Load, milestone: Milestone) -> list[str | None]:
    return [i.letter for i in load.indicators if i.milestone == milestone.id]


class TestWholeLoad:
    def test_id_is_the_one_that_the_command_names(self, load: Load) -> None:
        assert load.id == "example"

    def test_every_record_names_its_document_and_place(self, load: Load) -> None:
        for path, record in iterate_load(load):
            assert record.sources, path
            assert all(s.document and s.place for s in record.sources), record.id

    def test_doubts_name_document_and_place(self, load: Load) -> None:
        doubts = [
            doubt
            for records in (load.commitments, load.milestones, load.regional_plans)
            for record in records
            for doubt in record.doubts
        ]
        assert doubts
        assert all(doubt.document and doubt.place for doubt in doubts)

    def test_what_the_documents_contradict_is_told_and_not_repaired(
        self, checked: CheckedLoad
    ) -> None:
        assert {(w.kind, w.path) for w in checked.warnings} == {
            (ProblemKind.OUTSIDE_PARENT, "milestones/gt-pan4-c08-h05"),
            (ProblemKind.OUTSIDE_PARENT, "milestones/gt-pan4-c11-h01.activities[12]"),
        }

    def test_no_address_or_telephone_of_a_person(self) -> None:
        for file in sorted(FOLDER.glob("*.yaml")):
            text = file.read_text(encoding="utf-8")
            assert all(found.endswith("@example.org") for found in EMAIL.findall(text)), file.name
            assert not TELEPHONE.findall(text), file.name


class TestCommitments:
    def test_108_of_the_list_without_a_gap_and_one_more(self, load: Load) -> None:
        listed = {f"GT{number:04d}" for number in range(1, 109)}
        assert {c.ogp_id for c in load.commitments} == listed | {"GT0110"}
        assert len(load.commitments) == 109

    def test_per_plan(self, load: Load) -> None:
        counts = Counter(c.action_plan for c in load.commitments)
        assert counts == {"gt-pan1": 14, "gt-pan2": 48, "gt-pan3": 22, "gt-pan4": 24, "gt-pan5": 1}
        assert {p.id: p.cycle_year for p in load.action_plans} == {
            "gt-pan1": 2012,
            "gt-pan2": 2014,
            "gt-pan3": 2016,
            "gt-pan4": 2018,
            "gt-pan5": 2021,
        }

    def test_numbers_of_the_fourth_plan_follow_the_codes(self, load: Load) -> None:
        numbers = {
            c.ogp_id: c.commitment_number for c in load.commitments if c.action_plan == "gt-pan4"
        }
        assert numbers == {f"GT{84 + n:04d}": n for n in range(1, 25)}

    def test_titles_of_the_list_are_kept_beside_the_spanish_one(self, load: Load) -> None:
        listed = [c for c in load.commitments if c.ogp_id != "GT0110"]
        assert all(c.title_original and c.title_original != c.title for c in listed)
        assert max(len(c.title_original or "") for c in listed) == 304

    @pytest.mark.parametrize(
        "commitment, count", [("gt-pan4-c08", 6), ("gt-pan4-c09", 1), ("gt-pan4-c11", 8)]
    )
    def test_milestones(self, load: Load, commitment: str, count: int) -> None:
        numbers = [m.number for m in load.milestones if m.commitment == commitment]
        assert sorted(numbers) == [str(n) for n in range(1, count + 1)]

    def test_sheet_of_ogp(self, load: Load) -> None:
        commitment = _get_commitment(load, "gt-pan4-c08")
        assert commitment.ogp_id == "GT0092"
        assert len(commitment.contacts) == 3
        assert len(commitment.policy_areas) == 4
        assert str(commitment.start_date) == "2018-11"
        assert str(commitment.end_date) == "2020-08-30"

    def test_fifth_plan(self, load: Load) -> None:
        numbers = [m.number for m in load.milestones if m.commitment == "gt-pan5-c02"]
        commitment = _get_commitment(load, "gt-pan5-c02")
        assert sorted(numbers) == ["2.1", "2.2"]
        assert len(commitment.legal_basis) == 7
        partners = [actor.organization for actor in commitment.supporting_actors]
        assert partners[:2] == ["red-ciudadana", "mingob"]
        assert str(commitment.start_date) == "2022-01-10"
        assert str(commitment.end_date) == "2023-05-31"

    def test_eleven_modifications_in_order(self, load: Load) -> None:
        assert [entry.seq for entry in load.modifications] == list(range(1, 12))
        kinds = Counter(entry.change_type for entry in load.modifications)
        assert kinds == {"date_changed": 3, "added": 1, "removed": 1, "text_changed": 6}


class TestServicesMilestone:
    """Work plan of milestone 1, commitment 9."""

    def test_counts(self, load: Load, services_milestone: Milestone) -> None:
        assert "".join(o.letter for o in services_milestone.specific_objectives) == "ABCDEF"
        assert "".join(s.letter for s in services_milestone.strategies) == "ABCDE"
        # one that the portal adds has no letter; progress, time and budget are one letter of it
        assert _get_letters(load, services_milestone) == ["A", "A", "A", *"BCDEFG", None]
        assert not services_milestone.budget_lines
        assert not services_milestone.schedule

    def test_activities_are_in_order(self, services_milestone: Milestone) -> None:
        rows = services_milestone.activities
        assert [row.activity_no for row in rows] == [f"{n:02d}" for n in range(1, 8)]
        assert "".join(row.letter or "" for row in rows) == "ABCDEFG"
        assert {row.responsibles for row in rows[:6]} == {("gpat", "mineco", "inap")}

    def test_activity_without_a_row_in_the_table_has_no_date(
        self, services_milestone: Milestone
    ) -> None:
        final = services_milestone.activities[6]
        assert (final.planned_start, final.planned_end, final.responsibles) == (None, None, ())

    def test_range_over_two_years(self, services_milestone: Milestone) -> None:
        design = services_milestone.activities[3]
        assert design.date_verbatim == "Diciembre 2019-Marzo 2020"
        assert design.planned_start == PartialDate(year=2019, month=12)
        assert design.planned_end == PartialDate(year=2020, month=3)

    def test_inventory_is_the_deliverable_made_real(
        self, load: Load, services_milestone: Milestone
    ) -> None:
        (inventory,) = load.service_inventories
        wanted = {row.key: row.deliverable_type for row in services_milestone.expected_deliverables}
        assert inventory.milestone == services_milestone.id
        assert wanted[inventory.deliverable or ""] == "inventory"
        assert len(inventory.services) == 19
        assert all(service.commitment and service.source for service in inventory.services)


class TestIndicators:
    """What the portal computes, and of what; the documents give neither baseline nor target."""

    def test_their_kinds_are_those_that_the_documents_name(self, load: Load) -> None:
        kinds = {i.id.rpartition("h01-")[2]: i.indicator_kind for i in load.indicators
                 if i.milestone == "gt-pan4-c09-h01"}  # fmt: skip
        assert kinds["id"] == "document"
        assert (kinds["ie"], kinds["if"]) == ("qualitative", "qualitative")

    def test_what_is_computed(self, load: Load) -> None:
        computed = {i.id.removeprefix("gt-pan4-"): i.computation for i in load.indicators}
        assert [name for name, computation in computed.items() if not computation] == [
            "c09-h01-ie", "c09-h01-if", "c09-h01-ig"
        ]  # fmt: skip
        assert computed["c09-h01-ic"] == "standards_analysed"
        assert computed["c11-h01-id"] == "norms_applied"

    def test_no_value_is_invented(self, load: Load) -> None:
        for indicator in load.indicators:
            assert indicator.baseline_value is None and indicator.target_value is None
            assert indicator.observations == ()
        for register in load.registers:
            rows = (register.standards, register.concepts, register.norms, register.meetings)
            assert not any(rows)
        for service in load.service_inventories[0].services:
            assert (service.online_url, service.cost_amount, service.is_free) == (None, None, None)


class TestInnovationMilestone:
    """Work plan of milestone 1, commitment 11."""

    def test_counts(self, load: Load, innovation_milestone: Milestone) -> None:
        assert "".join(o.letter for o in innovation_milestone.specific_objectives) == "ABCD"
        assert "".join(s.letter for s in innovation_milestone.strategies) == "ABCDE"
        assert _get_letters(load, innovation_milestone) == ["A", "A", "A", *"BCDEE"]

    def test_thirteen_activities_are_in_order(self, innovation_milestone: Milestone) -> None:
        rows = innovation_milestone.activities
        assert [row.activity_no for row in rows] == [f"{n:02d}" for n in range(1, 14)]
        assert "".join(row.letter or "" for row in rows) == "ABCDEFGHIJKLM"
        assert {row.responsibles for row in rows} == {("inap", "gpat")}
        starts = [str(row.planned_start) for row in rows if row.activity_no != "12"]
        assert starts == sorted(starts)

    def test_doubtful_date_is_as_printed(self, innovation_milestone: Milestone) -> None:
        activity = innovation_milestone.activities[11]
        assert activity.date_verbatim == "Marzo 2019- Julio 2020"
        assert (str(activity.planned_start), str(activity.planned_end)) == ("2019-03", "2020-07")
        assert activity.notes

    def test_budget_is_that_of_its_lines(self, innovation_milestone: Milestone) -> None:
        check = check_milestone_budget(innovation_milestone)
        assert check.is_consistent
        assert check.total is not None
        assert (check.total.amount, check.total.currency) == (Decimal("570075.00"), "GTQ")
        assert len(innovation_milestone.budget_lines) == 3

    def test_unit_cost_is_only_what_is_printed(self, innovation_milestone: Milestone) -> None:
        advisers, room, paper = innovation_milestone.budget_lines
        assert compute_line_amount(advisers) == advisers.amount == Decimal("544000.00")
        assert (room.quantity, room.periods) == (Decimal(15), Decimal(17))
        assert room.unit_cost is None
        assert compute_line_amount(paper) is None

    def test_seventeen_monthly_meetings(self, innovation_milestone: Milestone) -> None:
        meetings = innovation_milestone.schedule
        months = [(2019 + month // 12, month % 12 + 1) for month in range(3, 20)]
        assert [m.planned_date for m in meetings] == [
            PartialDate(year=year, month=month) for year, month in months
        ]
        assert meetings[0].date_verbatim == "abr-19"
        assert meetings[-1].date_verbatim == "ago-20"

    def test_who_answers_for_the_other_milestones(self, load: Load) -> None:
        others = [
            m for m in load.milestones if m.commitment == "gt-pan4-c11" and not m.is_title_known
        ]
        who = {m.number: [actor.organization for actor in m.responsibles] for m in others}
        assert who == {
            "2": ["inap", "gpat"],
            "3": ["inap", "guatecivica"],
            "4": ["inap", "gpat"],
            "5": ["inap", "onsec"],
            "6": ["onsec"],
            "7": ["onsec"],
            "8": ["onsec"],
        }
        collaborators = [a for m in others for a in m.responsibles if a.role != "lead"]
        assert [(a.organization, a.role) for a in collaborators] == [
            ("guatecivica", "collaborator")
        ]


class TestRegion:
    """Red GEALC's work plan of 2019."""

    def test_nine_areas_and_forty_activities(self, region: RegionalPlan) -> None:
        assert [area.area_no for area in region.areas] == [f"3.{n}" for n in range(1, 10)]
        counts = Counter(activity.area_no for activity in region.regional_activities)
        assert [counts[area.area_no] for area in region.areas] == [5, 6, 6, 5, 7, 4, 2, 2, 3]

    def test_two_printed_numbers_stand_twice(self, region: RegionalPlan) -> None:
        printed = Counter(activity.activity_no for activity in region.regional_activities)
        assert [number for number, times in printed.items() if times > 1] == ["3.2.4", "3.5.5"]
        assert len({activity.activity_key for activity in region.regional_activities}) == 40

    def test_periods(self, region: RegionalPlan) -> None:
        periods = Counter(activity.period for activity in region.regional_activities)
        assert periods == {"H1": 10, "H2": 14, "annual": 16}

    def test_four_activities_have_two_sources_of_funds(self, region: RegionalPlan) -> None:
        several = [a for a in region.regional_activities if len(a.funding_sources) > 1]
        assert [a.activity_no for a in several] == ["3.3.1", "3.3.2", "3.3.3", "3.3.4"]

    def test_all_activities_but_one_name_a_product(self, region: RegionalPlan) -> None:
        keys = {activity.activity_key for activity in region.regional_activities}
        makers = Counter(row.activity for row in region.expected_deliverables)
        assert keys - set(makers) == {"3.4.4"}
        assert set(makers) < keys
        assert {key: n for key, n in makers.items() if n > 1} == {"3.1.1": 2, "3.9.2": 3}

    def test_products_are_due_at_the_end_of_the_period(self, region: RegionalPlan) -> None:
        ends = {"H1": "2019-06", "H2": "2019-12", "annual": "2019-12"}
        periods = {a.activity_key: a.period for a in region.regional_activities}
        for row in region.expected_deliverables:
            assert str(row.due_date) == ends[periods[row.activity or ""]], row.key

    def test_committee(self, region: RegionalPlan) -> None:
        assert len(region.committee_countries) == 8
        assert region.presiding_country in region.committee_countries
        assert (region.publisher, region.secretariat) == ("red-gealc", "oea")
