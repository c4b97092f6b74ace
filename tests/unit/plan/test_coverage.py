"""What is expected, beside what is published of it."""

from __future__ import annotations

from ckanext.gtplan.plan.coverage import count_coverage, match_deliverables
from ckanext.gtplan.plan.model import ExpectedDeliverable

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
