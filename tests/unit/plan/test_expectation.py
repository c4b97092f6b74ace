"""What is expected and missing: of every type, of rows, and never what is there."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import ckanext.gtplan
from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.expectation import Gap, list_missing
from ckanext.gtplan.plan.files.checks import read_load
from ckanext.gtplan.plan.labels import list_expected
from ckanext.gtplan.plan.model import Activity, BudgetLine, Commitment, Milestone, Organization
from ckanext.gtplan.plan.records import PACKAGE_TYPES, from_record
from ckanext.gtplan.plan.shapes import list_shapes

EXAMPLE = Path(str(ckanext.gtplan.__file__)).parent / "examples" / "guatemala"
TYPES = pytest.mark.parametrize("record_type", PACKAGE_TYPES)
#: What a record of each type must have; the field above it, too.
BARE = {
    "name": "x1",
    "title": "T",
    "action_plan": "p1",
    "commitment": "c1",
    "milestone": "m1",
    "reference_year": 2019,
    "register_kind": "norms",
}


@TYPES
def test_expected_are_fields_that_may_be_empty(record_type: str) -> None:
    shapes = list_shapes(PACKAGE_TYPES[record_type])
    expected = list_expected(record_type)
    assert expected
    for field, parts in expected.items():
        assert not shapes[field].is_required
        assert shapes[field].type is not bool
        rows = list_shapes(shapes[field].type) if parts else {}
        assert all(not rows[part].is_required for part in parts)


@TYPES
def test_of_a_bare_record_everything_expected_is_missing(record_type: str) -> None:
    entity = PACKAGE_TYPES[record_type]
    wanted = {k: v for k, v in BARE.items() if k == "name" or k in _list_required(entity)}
    missing = list_missing(from_record(entity, wanted))
    assert missing == [Gap(field=field) for field in list_expected(record_type)]


def _list_required(entity: type[Any]) -> set[str]:
    return {shape.name for shape in list_shapes(entity).values() if shape.is_required}


def test_what_is_there_is_not_missing() -> None:
    commitment = Commitment(
        id="c1", title="T", action_plan="p1", commitment_number=0, start_date=PartialDate(year=1)
    )
    fields = {gap.field for gap in list_missing(commitment)}
    assert not fields & {"commitment_number", "start_date"}
    assert "end_date" in fields


def test_rows_are_told_by_their_numbers() -> None:
    day = PartialDate(year=2019)
    full = {"responsibles": ("gae",), "planned_start": day, "planned_end": day}
    milestone = Milestone(
        id="m1",
        title="T",
        commitment="c1",
        activities=(
            Activity(activity_no="1", name="A", **full),
            Activity(activity_no="2", name="B"),
            Activity(activity_no="3", name="C", **{**full, "planned_end": None}),
        ),
        budget_lines=(
            BudgetLine(line_no="1", description="D", amount=Decimal(0), currency="GTQ"),
        ),
    )
    rows = [gap for gap in list_missing(milestone) if gap.rows]
    assert rows == [
        Gap(rows="activities", field="responsibles", numbers=(2,)),
        Gap(rows="activities", field="planned_start", numbers=(2,)),
        Gap(rows="activities", field="planned_end", numbers=(2, 3)),
        Gap(rows="budget_lines", field="quantity", numbers=(1,)),
        Gap(rows="budget_lines", field="unit_cost", numbers=(1,)),
        Gap(rows="budget_lines", field="periods", numbers=(1,)),
    ]


def test_a_title_that_no_document_gives_is_missing() -> None:
    milestone = Milestone(id="m1", title="T", commitment="c1", is_title_known=False)
    assert list_missing(milestone)[0] == Gap(field="title")


def test_of_an_institution_nothing_is_expected_here() -> None:
    assert list_missing(Organization(id="gae", title="GAE")) == []


def test_of_107_commitments_most_is_not_known() -> None:
    load = read_load(EXAMPLE).load
    counts = [len(list_missing(commitment)) for commitment in load.commitments]
    assert sum(count > 10 for count in counts) >= 100
    known = {c.id: count for c, count in zip(load.commitments, counts, strict=True)}
    assert known["gt-pan4-c08"] < 6
