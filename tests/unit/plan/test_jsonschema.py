"""The JSON Schema judges a plan file as the reader does, as far as a schema can tell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from plan_loads import loads

import ckanext.gtplan
from ckanext.gtplan.plan.files.jsonschema import make_json_schema
from ckanext.gtplan.plan.files.reader import read_sources
from ckanext.gtplan.plan.files.tree import SourceFile
from ckanext.gtplan.plan.files.writer import write_load
from ckanext.gtplan.plan.model import Load
from ckanext.gtplan.plan.shapes import FieldShape, list_shapes
from ckanext.gtplan.plan.vocabulary import LANGUAGES, list_codes

EXAMPLE = Path(str(ckanext.gtplan.__file__)).parent / "examples" / "guatemala"
ADDRESS = "https://datos.example.org/ns/gtp/plan.schema.json"
SCHEMA = make_json_schema(ADDRESS, "en")
VALIDATOR = Draft202012Validator(SCHEMA)


class EditorLoader(yaml.SafeLoader):
    """Reads YAML as editors do, by YAML 1.2: a day is a text, and so are yes and no."""


EditorLoader.yaml_implicit_resolvers = {
    first: [
        (tag, form)
        for tag, form in resolvers
        if not tag.endswith(("timestamp", "bool", "merge", "value"))
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
EditorLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("(?:true|false)$"), list("tf")
)


def is_valid(data: Any) -> bool:
    return bool(VALIDATOR.is_valid(data))


def is_readable(text: str) -> bool:
    return not read_sources([SourceFile(name="x.yaml", data=text.encode())]).problems


def test_the_schema_is_one_and_says_what_it_is() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == ADDRESS
    assert SCHEMA["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("language", LANGUAGES)
def test_fields_and_codes_have_names_in_each_language(language: str) -> None:
    definitions = make_json_schema(ADDRESS, language)["$defs"]
    assert all(f["title"] for d in definitions.values() for f in d["properties"].values())
    label = {"es": "En ejecución", "en": "In progress", "pt_BR": "Em execução"}[language]
    status = definitions["Report"]["properties"]["status"]["anyOf"][0]
    labels = dict(zip(status["enum"], status["enumDescriptions"], strict=True))
    assert labels["in_progress"] == label


@pytest.mark.parametrize("path", sorted(EXAMPLE.glob("*.yaml")), ids=lambda path: path.name)
def test_the_files_of_the_example_are_valid(path: Path) -> None:
    errors = VALIDATOR.iter_errors(yaml.load(path.read_text("utf-8"), EditorLoader))
    assert not [error.message for error in errors]


@settings(max_examples=8)
@given(loads())
def test_what_the_writer_writes_is_valid(load: Load) -> None:
    errors = VALIDATOR.iter_errors(yaml.load(write_load(load), EditorLoader))
    assert not [f"{error.json_path}: {error.message}" for error in errors]


@pytest.mark.parametrize(
    "text",
    [
        "commitment: []",
        "commitments: [{id: c1, title: Uno, action_plan: p4, start: 2018}]",
        "commitments: [{id: c1, title: Uno}]",
        "commitments: [{id: C 1, title: Uno, action_plan: p4}]",
        "commitments: [{id: new, title: Uno, action_plan: p4}]",
        "commitments: [{id: c1, title: ' ', action_plan: p4}]",
        "commitments: [{id: c1, title: Uno, action_plan: p4, status: lost}]",
        "commitments: [{id: c1, title: Uno, action_plan: p4, start_date: 30.11.2018}]",
        "commitments: [{id: c1, title: Uno, action_plan: p4, start_date: 2018-13}]",
        "commitments: [{id: c1, title: Uno, action_plan: p4, commitment_number: uno}]",
        "commitments: [{id: c1, title: Uno, action_plan: p4, policy_areas: health}]",
        "commitments: {id: c1}",
        "milestones: [{id: m1, title: Uno, commitment: c1, budget_total: '1,000.00'}]",
        "milestones: [{id: m1, title: Uno, commitment: c1, activities: [null]}]",
        "publication:",
        "[]",
    ],
)
def test_what_the_reader_refuses_is_not_valid(text: str) -> None:
    assert not is_readable(text)
    assert not is_valid(yaml.load(text, EditorLoader))


#: Values that an editor's reader can make of a plain or quoted text.
_ODD = [
    None, "", "  ", "x", "2018", "2018-11", "2018-11-30", "2018-13", "0000", "570075.00", "1,5",
    "1e3", "12", "-3", "true", "True", "no", "new", "gt-pan4", "https://example.org/", 0, 5, -3,
    2018, 12345678901, 3.5, 570075.25, True, False, [], ["x"], [None], [""], {}, {"x": 1}, [{}],
]  # fmt: skip


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """A file with one record, of which a field is odd, is missing or is not known."""
    section = draw(st.sampled_from([s for s in list_shapes(Load).values() if s.is_entity]))
    record = {s.name: _fill(s) for s in list_shapes(section.type).values()}
    place, fields = record, list_shapes(section.type)
    rows = [s for s in fields.values() if s.is_entity]
    if rows and draw(st.booleans()):
        shape = draw(st.sampled_from(rows))
        place, fields = record[shape.name][0], list_shapes(shape.type)
    change = draw(st.sampled_from(["odd", "odd", "odd", "missing", "unknown"]))
    name = draw(st.sampled_from(list(fields)))
    if change == "unknown":
        place["unknown"] = 1
    elif change == "missing":
        del place[name]
    else:
        place[name] = draw(st.sampled_from(_ODD))
    return {section.name: [record] if section.is_list else record}


def _fill(shape: FieldShape) -> Any:
    if shape.is_entity:
        return [{s.name: _fill(s) for s in list_shapes(shape.type).values()}]
    value: Any = {"int": 3, "bool": True, "Decimal": "12.50", "PartialDate": "2019-04"}.get(
        shape.type.__name__, "texto"
    )
    if shape.vocabulary:
        value = list_codes(shape.vocabulary)[0]
    return [value] if shape.is_list else value


@settings(max_examples=150)
@given(broken())
def test_schema_and_reader_judge_alike(data: dict[str, Any]) -> None:
    text = json.dumps(data)  # which is YAML, and what an editor reads of it is the same
    assert is_valid(data) == is_readable(text), text
