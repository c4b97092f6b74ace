"""A record of CKAN and an entity say the same, in both directions; junk says nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ckanext.gtplan
from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.files.checks import read_load
from ckanext.gtplan.plan.model import Activity, BudgetLine, Commitment, Load, Milestone, Record
from ckanext.gtplan.plan.records import (
    PACKAGE_TYPES,
    SECTION_OF_TYPE,
    from_record,
    get_ckan_name,
    to_record,
)
from ckanext.gtplan.plan.scheming import make_schema
from ckanext.gtplan.plan.shapes import CONTROL, FieldShape, list_shapes
from ckanext.gtplan.plan.vocabulary import list_codes

EXAMPLE = Path(str(ckanext.gtplan.__file__)).parent / "examples" / "guatemala"
#: The entities are large: few examples of each try every field many times.
few = settings(max_examples=15)
TYPES = pytest.mark.parametrize("record_type", PACKAGE_TYPES)

ids = st.from_regex(r"[a-z0-9_-]{2,20}", fullmatch=True)
#: Texts as the reader leaves them: something stands there, no space around it.
texts = (
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda text: text and not CONTROL.search(text))
)
dates = st.dates().flatmap(
    lambda day: st.sampled_from(
        [
            PartialDate(year=day.year),
            PartialDate(year=day.year, month=day.month),
            PartialDate(year=day.year, month=day.month, day=day.day),
        ]
    )
)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(-(10**9) + 1, 10**9 - 1),
    bool: st.booleans(),
    Decimal: st.decimals(-(10**12), 10**12, places=2),
    PartialDate: dates,
}
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def make_entities(entity: type[Any]) -> st.SearchStrategy[Any]:
    """Make any entity of a class from what its fields say that they take."""
    return st.builds(
        entity,
        **{
            name: _make_values(shape, is_row=not issubclass(entity, Record))
            for name, shape in list_shapes(entity).items()
            if not shape.is_living  # those are no part of a record
        },
    )


def _make_values(shape: FieldShape, *, is_row: bool) -> st.SearchStrategy[Any]:
    if shape.is_entity:
        one = make_entities(shape.type)
    elif shape.vocabulary:
        one = st.sampled_from(list_codes(shape.vocabulary))
    elif shape.reference or shape.name == "id":
        one = ids
    else:
        one = VALUES[shape.type]
    if shape.is_list and is_row and one is texts:
        one = texts.filter(lambda text: "," not in text)  # what separates them in a row
    if shape.is_list:
        return st.lists(one, max_size=2).map(tuple)
    may_be_none = not shape.is_required and shape.type is not bool
    return st.none() | one if may_be_none else one


def _to_texts(value: Any) -> Any:
    """Turn numbers and booleans into the texts as which CKAN stores them."""
    if isinstance(value, dict):
        return {key: _to_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_to_texts(item) for item in value]
    return str(value)


SCHEMAS = {name: make_schema(name)["dataset_fields"] for name in PACKAGE_TYPES}
ENTITIES = {name: make_entities(entity) for name, entity in PACKAGE_TYPES.items()}


class TestRoundTrip:
    @TYPES
    @given(data=st.data())
    @few
    def test_entity_record_entity(self, record_type: str, data: st.DataObject) -> None:
        entity = data.draw(ENTITIES[record_type])
        record = json.loads(json.dumps(to_record(entity)))
        assert from_record(PACKAGE_TYPES[record_type], record) == entity

    @TYPES
    @given(data=st.data())
    @few
    def test_as_texts_and_among_the_keys_of_ckan(
        self, record_type: str, data: st.DataObject
    ) -> None:
        entity = data.draw(ENTITIES[record_type])
        package = {"id": "5b0d9a5e-3c53", "state": "active", "num_tags": 0, "notes": None}
        package |= _to_texts(to_record(entity))
        assert from_record(PACKAGE_TYPES[record_type], package) == entity

    @TYPES
    @given(data=st.data())
    @few
    def test_record_holds_only_what_its_schema_has(
        self, record_type: str, data: st.DataObject
    ) -> None:
        record = to_record(data.draw(ENTITIES[record_type]))
        _check_fields(record, SCHEMAS[record_type])

    def test_every_record_of_the_example(self) -> None:
        load = read_load(EXAMPLE).load
        for record_type, section in SECTION_OF_TYPE.items():
            for entity in getattr(load, section):
                living = [n for n, shape in list_shapes(type(entity)).items() if shape.is_living]
                entity = dataclasses.replace(entity, **dict.fromkeys(living, ()))
                assert from_record(PACKAGE_TYPES[record_type], to_record(entity)) == entity


def _check_fields(record: Mapping[str, Any], fields: list[dict[str, Any]]) -> None:
    by_name = {field["field_name"]: field for field in fields}
    assert set(record) <= set(by_name)
    for name, value in record.items():
        rows = by_name[name].get("repeating_subfields", [])
        assert bool(rows) == (isinstance(value, list) and isinstance(value[0], dict))
        for row in value if rows else ():
            _check_fields(row, rows)
            assert all(not isinstance(cell, (list, dict)) for cell in row.values())


class TestForms:
    def test_names_of_ckan(self) -> None:
        milestone = Milestone(id="m1", title="T", description="D", commitment="c1", number="1")
        record = to_record(milestone)
        assert (record["name"], record["notes"]) == ("m1", "D")
        assert not {"id", "description"} & set(record)
        assert [get_ckan_name(name) for name in ("id", "title")] == ["name", "title"]

    def test_what_is_not_known_is_left_out(self) -> None:
        record = to_record(Milestone(id="m1", title="T", commitment="c1", number="1"))
        assert set(record) == {
            "name", "title", "is_summary", "commitment", "number", "is_title_known",
            "is_date_doubtful",
        }  # fmt: skip

    def test_row_of_a_record_keeps_its_own_names(self) -> None:
        row = {"line_no": "1", "amount": "5.00", "currency": "GTQ", "description": "D"}
        assert from_record(BudgetLine, {**row, "notes": "another"}).description == "D"

    def test_numbers_of_activities_are_separated_by_commas(self) -> None:
        row = {"activity_no": "3", "name": "C", "predecessors": "01, 2 bis ,,"}
        activity = from_record(Activity, row)
        assert activity.predecessors == ("01", "2 bis")
        milestone = Milestone(id="m1", title="T", commitment="c1", activities=(activity,))
        assert to_record(milestone)["activities"][0]["predecessors"] == "01, 2 bis"

    def test_money_is_no_float(self) -> None:
        line = BudgetLine(line_no="1", description="D", amount=Decimal("0.10"), currency="GTQ")
        milestone = Milestone(
            id="m1", title="T", commitment="c1", number="1", budget_lines=(line,)
        )
        assert to_record(milestone)["budget_lines"][0]["amount"] == "0.10"

    def test_types_and_sections_are_those_of_a_load(self) -> None:
        assert set(PACKAGE_TYPES) == set(SECTION_OF_TYPE)
        sections = list_shapes(Load)
        for name, entity in PACKAGE_TYPES.items():
            assert sections[SECTION_OF_TYPE[name]].type is entity
        records = {s.name for s in sections.values() if s.is_list and issubclass(s.type, Record)}
        assert records == {*SECTION_OF_TYPE.values(), "organizations"}


class TestJunk:
    @TYPES
    @given(data=st.data())
    @few
    def test_any_value_is_read_or_left_out(self, record_type: str, data: st.DataObject) -> None:
        entity = PACKAGE_TYPES[record_type]
        record = data.draw(_make_junk(entity))
        try:
            made = from_record(entity, record)
        except KeyError as error:
            assert list_shapes(entity)[error.args[0]].is_required
        else:
            assert from_record(entity, to_record(made)) == made

    @TYPES
    @given(data=st.data())
    @few
    def test_junk_in_a_field_spoils_no_other(self, record_type: str, data: st.DataObject) -> None:
        entity = PACKAGE_TYPES[record_type]
        whole = data.draw(ENTITIES[record_type])
        shapes = list_shapes(entity).values()
        optional = [shape for shape in shapes if not (shape.is_required or shape.is_living)]
        shape = data.draw(st.sampled_from(optional))
        made = from_record(entity, to_record(whole) | {get_ckan_name(shape.name): data.draw(junk)})
        for name in set(list_shapes(entity)) - {shape.name}:
            assert getattr(made, name) == getattr(whole, name)

    @pytest.mark.parametrize("value", ["31.2.2020", "", None, [], {}, 1.5, True, ["2020"]])
    def test_date_that_is_none(self, value: object) -> None:
        record = {"name": "m1", "title": "T", "commitment": "c1", "number": "1"}
        milestone = from_record(Milestone, record | {"planned_start": value})
        assert milestone.planned_start is None

    @pytest.mark.parametrize("missing", ["name", "title", "commitment"])
    @pytest.mark.parametrize("value", [None, "", [], ["a"], {"a": 1}])
    def test_without_a_required_field_there_is_no_entity(
        self, missing: str, value: object
    ) -> None:
        record = {"name": "m1", "title": "T", "commitment": "c1", "number": "1", missing: value}
        with pytest.raises(KeyError, match="id" if missing == "name" else missing):
            from_record(Milestone, record)

    def test_item_of_a_list_that_is_no_text_is_left_out(self) -> None:
        record = {"name": "c1", "title": "T", "action_plan": "p4"}
        targets = ["16.5", None, "", 5, {"a": 1}, ["b"], "16.10"]
        commitment = from_record(Commitment, record | {"sdg_targets": targets})
        assert commitment.sdg_targets == ("16.5", "16.10")

    def test_row_that_names_nothing_is_left_out(self) -> None:
        record: dict[str, Any] = {
            "name": "m1",
            "title": "T",
            "commitment": "c1",
            "number": "1",
            "activities": [{"name": "A"}, {"activity_no": "02", "name": "B"}, "C", None, []],
        }
        assert [row.name for row in from_record(Milestone, record).activities] == ["B"]


def _make_junk(entity: type[Any]) -> st.SearchStrategy[dict[str, Any]]:
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for shape in list_shapes(entity).values():
        rows = st.lists(junk | _make_junk(shape.type), max_size=2) if shape.is_entity else junk
        fields[get_ckan_name(shape.name)] = junk | rows | texts
    return st.fixed_dictionaries({}, optional=fields)
