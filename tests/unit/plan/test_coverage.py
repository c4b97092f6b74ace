"""What is expected, beside what is published of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.follow.coverage import (
    DeliverableFacts,
    count_coverage,
    judge_datasets,
    match_deliverables,
)
from ckanext.gtplan.plan.follow.measures import Measures
from ckanext.gtplan.plan.follow.progress import measure_milestone
from ckanext.gtplan.plan.follow.reporting import State, Target
from ckanext.gtplan.plan.model import ExpectedDeliverable, Milestone

EXPECTED = [
    ExpectedDeliverable(key=key, name=key, deliverable_type="plan") for key in ("plan", "modelo")
]


def test_a_dataset_stands_beside_the_deliverable_that_it_makes_real() -> None:
    datasets = [{"name": "a", "deliverable": "modelo"}, {"name": "b", "deliverable": "modelo"}]
    plan, model = match_deliverables(EXPECTED, datasets)
    assert not plan.is_published and plan.datasets == ()
    assert model.is_published and [d["name"] for d in model.datasets] == ["a", "b"]


def test_a_dataset_of_no_deliverable_publishes_none() -> None:
    datasets = [{"name": "a"}, {"name": "b", "deliverable": ""}, {"name": "c", "deliverable": "x"}]
    assert count_coverage(match_deliverables(EXPECTED, datasets)).published == 0


def test_two_datasets_of_one_deliverable_count_once() -> None:
    datasets = [{"deliverable": "plan"}, {"deliverable": "plan"}]
    coverage = count_coverage(match_deliverables(EXPECTED, datasets))
    assert (coverage.published, coverage.expected) == (1, 2)


def test_nothing_expected_is_nothing_owed() -> None:
    coverage = count_coverage(match_deliverables([], [{"deliverable": "plan"}]))
    assert (coverage.published, coverage.expected) == (0, 0)


TODAY = date(2020, 6, 15)
OPEN = DeliverableFacts(is_published=True, is_open=True)
REUSABLE = DeliverableFacts(is_published=True, is_open=True, is_reusable=True)


def is_open_license(code: str) -> bool:
    """Know two licences of the Open Definition's list."""
    return code in ("cc-by", "cc-zero")


def judge(*formats: str, **dataset: Any) -> tuple[bool, bool, bool]:
    """Judge one dataset with files in these formats."""
    files = [{"format": text} for text in formats]
    package = {"license_id": "cc-by", "resources": files, **dataset}
    facts = judge_datasets([package], TODAY, is_open_license)
    return facts.is_published, facts.is_open, facts.is_reusable


class TestFacts:
    def test_nothing_published(self) -> None:
        assert judge_datasets([], TODAY, is_open_license) == DeliverableFacts()

    def test_a_pdf_is_open_and_not_reusable(self) -> None:
        for text in ("PDF", "application/pdf", "DOCX", "JPEG", ""):
            assert judge(text) == (True, True, False)

    @pytest.mark.parametrize(
        "text",
        [
            "CSV",
            "text/csv",
            " .csv ",
            "GeoJSON",
            "application/ld+json",
            "JSON-LD",
            "RDF/XML",
            "XLSX",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "http://publications.europa.eu/resource/authority/file-type/RDF_TURTLE",
        ],
    )
    def test_a_table_is_reusable(self, text: str) -> None:
        assert judge("PDF", text) == (True, True, True)

    def test_another_licence_is_not_open(self) -> None:
        assert judge("CSV", license_id="cc-nc") == (True, False, False)
        assert judge("CSV", license_id=None) == (True, False, False)

    def test_a_file_goes_by_its_own_licence(self) -> None:
        files = [{"format": "CSV", "license": "cc-nc"}, {"format": "PDF", "license": "cc-zero"}]
        assert judge(resources=files, license_id=None) == (True, True, False)
        assert judge(resources=files[:1], license_id="cc-by") == (True, False, False)

    def test_without_a_file_nothing_is_open(self) -> None:
        assert judge() == (True, False, False)

    def test_what_needs_a_login_is_not_published(self) -> None:
        assert judge("CSV", private=True) == (False, False, False)
        assert judge("CSV", state="draft") == (False, False, False)
        assert judge("CSV", state="deleted") == (False, False, False)

    @pytest.mark.parametrize(
        "issued, is_there",
        [("2020-06-15", True), ("2020-06-16", False), ("2020-07", False), ("2020", True)],
    )
    def test_what_is_published_later_is_not_there_yet(self, issued: str, is_there: bool) -> None:
        assert judge("CSV", issued=issued)[0] == is_there

    def test_a_moment_and_what_is_no_date(self) -> None:
        assert judge("CSV", issued="2020-06-16T10:00:00")[0] is False
        assert judge("CSV", issued="ayer")[0] is True


def cover(
    facts: dict[str, DeliverableFacts], states: dict[str, State], **due: str | None
) -> Measures:
    """Measure a milestone whose deliverables are due on these days."""
    wanted = tuple(
        ExpectedDeliverable(key=key, name=key, due_date=PartialDate.parse(text) if text else None)
        for key, text in due.items()
    )
    milestone = Milestone(id="m", title="m", commitment="c", expected_deliverables=wanted)
    return measure_milestone(
        milestone,
        {Target("m", None, key): state for key, state in states.items()},
        TODAY,
        {Target("m", None, key): found for key, found in facts.items()},
    )


class TestMeasures:
    def test_two_figures_never_one(self) -> None:
        facts = {"a": OPEN, "b": REUSABLE, "c": DeliverableFacts(is_published=True)}
        coverage = cover(facts, {}, a=None, b=None, c=None, d=None).coverage
        assert (coverage.expected, coverage.published) == (4, 3)
        assert (coverage.open_rate, coverage.reusable_rate) == (50, 25)
        assert coverage.due_open_rate is None

    def test_due_today_is_due(self) -> None:
        # a month is due on its last day
        facts = {"a": REUSABLE, "c": REUSABLE}
        coverage = cover(facts, {}, a="2020-06-15", b="2020-05", c="2020-06", d=None).coverage
        assert (coverage.due, coverage.due_open, coverage.due_reusable) == (2, 1, 1)
        assert coverage.due_open_rate == coverage.due_reusable_rate == 50

    def test_what_does_not_apply_is_left_out(self) -> None:
        states = {"b": State(publication_status="not_applicable", report_count=1)}
        measures = cover({"a": OPEN}, states, a="2020-05", b="2020-05")
        assert (measures.coverage.expected, measures.coverage.open_rate) == (1, 100)
        assert [row.status for row in measures.deliverables] == ["published", "not_applicable"]

    def test_what_does_not_apply_is_left_out_though_there_is_a_dataset(self) -> None:
        states = {"a": State(publication_status="not_applicable", report_count=1)}
        assert cover({"a": OPEN}, states, a=None).coverage.expected == 0

    def test_due_today_is_not_late(self) -> None:
        states = {"b": State(note="n", report_count=1)}
        late = cover({}, states, a="2020-06-15", b="2020-06-14").deliverables
        assert [(row.is_due, row.is_late) for row in late] == [(True, False), (True, True)]

    def test_nothing_expected_has_no_rate(self) -> None:
        assert cover({}, {}).coverage.open_rate is None

    def test_100_only_of_all(self) -> None:
        due = {f"k{n}": None for n in range(2001)}
        coverage = cover(dict.fromkeys([*due][1:], OPEN), {}, **due).coverage
        assert coverage.open_rate == Decimal("99.9")

    def test_late_is_what_was_not_delivered_where_somebody_reports(self) -> None:
        due = {"a": "2020-05", "b": "2020-05", "c": "2020-06"}
        assert not any(row.is_late for row in cover({}, {}, **due).deliverables)
        states = {"b": State(publication_status="delivered_not_published", report_count=1)}
        measures = cover({}, states, **due)
        assert [row.is_late for row in measures.deliverables] == [True, False, False]
        assert measures.is_reporting
