"""What the portal keeps of a record comes back whole, and what cannot is told."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_loads import entities

from ckanext.gtplan.plan import model
from ckanext.gtplan.plan.files.recovery import Loss, LossKind, Recovery, list_references
from ckanext.gtplan.plan.living import LIVING_TABLES, to_cells
from ckanext.gtplan.plan.records import PACKAGE_TYPES, to_record
from ckanext.gtplan.plan.shapes import list_shapes

K = LossKind


def read(values: dict[str, Any], entity: Any = model.Milestone) -> tuple[Any, list[Loss]]:
    recovery = Recovery()
    return recovery.read(entity, values), recovery.losses


def is_storable(record: model.Record) -> bool:
    """Tell whether the lists in rows hold words only: a row of scheming joins them by commas."""
    rows = getattr(record, "activities", ())
    return all(text.isalnum() for row in rows for text in row.predecessors)


@settings(max_examples=100)
@given(st.sampled_from(sorted(PACKAGE_TYPES)).flatmap(lambda n: entities(PACKAGE_TYPES[n])))
def test_a_record_comes_back_from_the_database(record: model.Record) -> None:
    living = [shape.name for shape in list_shapes(type(record)).values() if shape.is_living]
    record = dataclasses.replace(record, **dict.fromkeys(living, ()))
    values = to_record(record)
    # the database has the lists of a package as JSON, and all else as texts
    stored = {k: json.dumps(v) if isinstance(v, list) else str(v) for k, v in values.items()}
    for form in (values, stored):
        found, losses = read(form, type(record))
        if is_storable(record):
            assert not losses
            assert repr(found) == repr(record).replace(r"\r\n", r"\n")


class TestRows:
    """Rows of the DataStore come back as the file had them."""

    @settings(max_examples=100)
    @given(st.sampled_from(sorted(LIVING_TABLES)).flatmap(lambda n: st.tuples(
        st.just(n), entities(LIVING_TABLES[n].entity))))  # fmt: skip
    def test_a_row_comes_back(self, given_row: tuple[str, Any]) -> None:
        table, row = LIVING_TABLES[given_row[0]], given_row[1]
        cells = to_cells(table, row)
        for name in (c.name for c in table.columns if c.is_list and not c.vocabulary):
            row = dataclasses.replace(row, **{name: ()})
            cells[name] = None
        recovery = Recovery()
        assert repr(recovery.read_rows("r", table, [cells])) == repr((row,)).replace(r"\r\n", r"\n")
        assert recovery.losses == []

    def test_what_cannot_come_back_is_told_with_its_row(self) -> None:
        recovery = Recovery()
        rows: list[dict[str, str | None]] = [
            {"service_id": "a", "name": "A", "channels": "ONL|pigeon", "online_percent": "50"},
            {"service_id": "b", "name": None},
            {"service_id": "c", "name": "C", "cost_amount": "much"},
        ]
        found = recovery.read_rows("s1", LIVING_TABLES["services"], rows)
        assert [(s.service_id, s.channels, s.online_percent) for s in found] == [
            ("a", ("ONL",), None), ("c", (), None)
        ]  # fmt: skip
        assert [(loss.kind, loss.path, loss.value) for loss in recovery.losses] == [
            (K.VALUE, "services[1].channels[2]", "pigeon"),
            (K.ROW, "services[2]", "name"),
            (K.VALUE, "services[3].cost_amount", "much"),
        ]


MILESTONE = {"name": "m1", "title": "Hito", "commitment": "c1"}


@pytest.mark.parametrize(
    ("values", "kind", "path"),
    [
        ({"planned_start": "ayer"}, K.VALUE, "planned_start"),
        ({"novelty": "fresh"}, K.VALUE, "novelty"),
        ({"weight": "1,5"}, K.VALUE, "weight"),
        ({"notes": "a\x0bb"}, K.VALUE, "description"),
        ({"colour": "red"}, K.FIELD, "colour"),
        ({"activities": [{"name": "Sin número"}]}, K.ROW, "activities[1]"),
        ({"activities": '[{"activity_no": "1", "name": "x", "old": 1}]'}, K.FIELD,
         "activities[1].old"),
        ({"activities": ["x"]}, K.VALUE, "activities[1]"),
        ({"activities": "[{"}, K.VALUE, "activities[1]"),
        ({"title": " "}, K.UNREADABLE, ""),
    ],
)  # fmt: skip
def test_what_cannot_come_back_is_told(values: dict[str, Any], kind: LossKind, path: str) -> None:
    found, losses = read({**MILESTONE, **values})
    assert [(loss.kind, loss.record, loss.path) for loss in losses] == [(kind, "m1", path)]
    assert (found is None) == (kind is K.UNREADABLE)


def test_what_says_nothing_is_no_loss() -> None:
    blank = {"weight": "", "notes": None, "activities": "[]", "doubts": [{"text": ""}], "x": ""}
    found, losses = read({**MILESTONE, **blank})
    assert found == model.Milestone(id="m1", title="Hito", commitment="c1")
    assert losses == []


class TestReferences:
    RECORD = model.Milestone(
        id="m1",
        title="Hito",
        commitment="c1",
        responsibles=(model.Actor(name="A", organization="gone"),),
        activities=(model.Activity(activity_no="1", name="x", responsibles=("here", "gone")),),
    )

    def test_they_are_listed_of_rows_too(self) -> None:
        found = set(list_references(self.RECORD))
        assert found == {("commitment", "c1"), ("organization", "gone"), ("organization", "here")}

    def test_those_that_lead_nowhere_are_taken_out_and_told(self) -> None:
        recovery = Recovery()
        settled = recovery.settle(self.RECORD, "m1", lambda kind, name: name != "gone")
        assert settled is not None
        assert settled.responsibles == (model.Actor(name="A"),)
        assert settled.activities[0].responsibles == ("here",)
        assert [loss.path for loss in recovery.losses] == [
            "responsibles[1].organization",
            "activities[1].responsibles[2]",
        ]

    def test_a_record_without_the_one_above_it_is_none(self) -> None:
        recovery = Recovery()
        assert recovery.settle(self.RECORD, "m1", lambda kind, name: name == "here") is None
        assert recovery.losses[-1].kind is K.BELOW_MISSING
