"""What differs between two states of a record, and that it is all that differs."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_loads import entities

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.files.difference import FieldChange, RowsChange, apply, compare, to_plain
from ckanext.gtplan.plan.model import Milestone, Record
from ckanext.gtplan.plan.parts import Activity, Lettered, Phase
from ckanext.gtplan.plan.records import PACKAGE_TYPES

RECORDS = st.sampled_from(list(PACKAGE_TYPES.values()))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Record, Record]:
    """Two records of a type; the second often shares fields with the first."""
    entity = draw(RECORDS)
    old, other = draw(entities(entity)), draw(entities(entity))
    shared = draw(st.sets(st.sampled_from(list(vars(old)))))
    return old, replace(other, **{name: getattr(old, name) for name in shared})


@given(pairs())
def test_what_differs_leads_from_one_to_the_other(pair: tuple[Record, Record]) -> None:
    old, new = pair
    changes = compare(old, new)
    assert apply(old, changes) == new
    assert (not changes) == (old == new)


@given(pairs())
def test_back_again_it_is_the_reverse(pair: tuple[Record, Record]) -> None:
    old, new = pair
    fields = [change.field for change in compare(old, new)]
    assert [change.field for change in compare(new, old)] == fields
    assert apply(new, compare(new, old)) == old


@given(pairs())
def test_it_can_be_said_in_json(pair: tuple[Record, Record]) -> None:
    plain = to_plain(compare(*pair))
    assert json.loads(json.dumps(plain)) == plain


def make(*numbers: str, **changes: str) -> Milestone:
    activities = tuple(
        Activity(activity_no=number, name=changes.get(f"n{number}", f"Actividad {number}"))
        for number in numbers
    )
    return Milestone(id="m", title="Hito", commitment="c", activities=activities)


def test_rows_are_matched_by_their_number_and_not_by_their_place() -> None:
    (change,) = compare(make("1", "2", "3"), make("0", "1", "3", n3="Otra"))
    assert isinstance(change, RowsChange)
    assert not change.is_reordered
    found = [(row.key[0], row.status, row.old_number, row.new_number) for row in change.rows]
    assert found == [("0", "new", None, 1), ("3", "changed", 3, 3), ("2", "gone", 2, None)]
    old_name = FieldChange(field="name", old="Actividad 3", new="Otra")
    assert change.rows[1].changes == (old_name,)


def test_a_row_that_was_moved_is_no_change_of_the_row() -> None:
    (change,) = compare(make("1", "2"), make("2", "1"))
    assert isinstance(change, RowsChange)
    assert (change.rows, change.is_reordered) == ((), True)


@pytest.mark.parametrize("field", ["specific_objectives", "phases"])
def test_rows_that_share_what_they_are_known_by_are_counted(field: str) -> None:
    rows = {
        "specific_objectives": (Lettered(letter="a", text="x"), Lettered(letter="a", text="y")),
        "phases": (Phase(text="F"), Phase(text="F", start=PartialDate.parse("2020"))),
    }[field]
    old, new = make(), make()
    (change,) = compare(old, replace(new, **{field: rows}))
    assert isinstance(change, RowsChange)
    assert change.order == ((change.rows[0].key[0], 1), (change.rows[0].key[0], 2))


def test_an_amount_is_compared_as_it_is_written() -> None:
    old = replace(make(), budget_total=Decimal("10.50"), planned_end=PartialDate.parse("2020"))
    new = replace(make(), budget_total=Decimal("11"), planned_end=PartialDate.parse("2020-01"))
    assert to_plain(compare(old, new)) == [
        {"field": "planned_end", "old": "2020", "new": "2020-01"},
        {"field": "budget_total", "old": "10.50", "new": "11"},
    ]


def test_a_new_row_lists_what_it_says_and_nothing_else() -> None:
    (field,) = to_plain(compare(make(), make("1")))
    assert field["rows"][0]["changes"] == [
        {"field": "activity_no", "old": None, "new": "1"},
        {"field": "name", "old": None, "new": "Actividad 1"},
    ]
