"""The template explains every field, and is a plan once its few required fields are filled in."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from ckanext.gtplan.plan.files.checks import check_sources
from ckanext.gtplan.plan.files.layout import list_written
from ckanext.gtplan.plan.files.template import write_template
from ckanext.gtplan.plan.files.tree import SourceFile
from ckanext.gtplan.plan.model import Load
from ckanext.gtplan.plan.problems import PlanError
from ckanext.gtplan.plan.shapes import list_shapes
from ckanext.gtplan.plan.vocabulary import LANGUAGES, list_codes

#: What a first user writes at each empty field of the template.
FILLED = {
    "load": "paraguay-2022",
    "owner": "mitic",
    "license_id": "cc-by",
    "frequency": "eventual",
    "contact_name": "Equipo de datos abiertos",
    "contact_email": "datos@example.org",
    "title": "Un título",
    "action_plan": "py-pan5",
}


def fill(template: str) -> str:
    """Fill in the empty fields that stand without a sign before them."""
    ids = iter(["mitic", "py-pan5", "py-pan5-c01"])

    def value(match: re.Match[str]) -> str:
        name = match[2]
        if name in ("publication", "organizations", "action_plans", "commitments"):
            return match[0]
        return f"{match[0]} {next(ids) if name == 'id' else FILLED[name]}"

    return re.sub(r"^( *(?:- )?)([a-z_]+):$", value, template, flags=re.MULTILINE)


def uncomment(template: str) -> str:
    """Take away each sign that stands right before a field."""
    return re.sub(r"^( *)#(?=\S)", r"\1", template, flags=re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
class TestTemplate:
    def test_filled_in_it_is_a_plan(self, language: str) -> None:
        text = fill(write_template(language))
        checked = check_sources([SourceFile(name="x.yaml", data=text.encode())], "x")
        assert checked.load.id == "paraguay-2022"
        assert checked.load.commitments[0].action_plan == "py-pan5"

    def test_uncommented_it_has_every_field_of_the_model(self, language: str) -> None:
        found = yaml.safe_load(uncomment(write_template(language)))
        assert list_paths(found) == {"load", *list_all_fields()}

    def test_it_fits_a_screen_and_names_every_code(self, language: str) -> None:
        template = write_template(language)
        assert max(map(len, template.splitlines())) <= 100
        unwrapped = re.sub(r"\n *# ", " ", template)
        words = set(re.findall(r"[\w-]+(?= = )", unwrapped))
        assert words >= {code for name in list_vocabularies(Load) for code in list_codes(name)}


def test_as_it_is_it_says_what_is_missing() -> None:
    with pytest.raises(PlanError) as caught:
        check_sources([SourceFile(name="x.yaml", data=write_template("es").encode())], "x")
    missing = {problem.value for problem in caught.value.problems}
    assert {"title", "owner", "action_plan"} <= missing


def test_it_says_what_is_expected_and_what_is_required() -> None:
    lines = write_template("en").splitlines()
    assert "  # Title (required)." in lines or "    # Title (required)." in lines
    assert any("Lead institution (expected; id of organization)" in line for line in lines)


def test_the_schema_stands_at_its_top() -> None:
    head = "# yaml-language-server: $schema=https://datos.example.org/ns/gtp/plan.schema.json\n"
    assert write_template("es", head).startswith(head)


def list_all_fields() -> set[str]:
    """List the path of every field of a file."""
    found: set[str] = set()
    for shape in list_shapes(Load).values():
        if shape.is_entity:
            found |= {shape.name, *walk(shape.type, shape.name)}
    return found


def walk(entity: type[Any], path: str) -> set[str]:
    found: set[str] = set()
    for shape in list_written(entity).values():
        here = f"{path}.{shape.name}"
        found.add(here)
        if shape.is_entity:
            found |= walk(shape.type, here)
    return found


def list_vocabularies(entity: type[Any]) -> set[str]:
    """List the vocabularies that fields of a file have."""
    found: set[str] = set()
    for shape in list_written(entity).values():
        found |= {shape.vocabulary} if shape.vocabulary else set()
        found |= list_vocabularies(shape.type) if shape.is_entity else set()
    return found


def list_paths(data: Any, path: str = "") -> set[str]:
    if isinstance(data, list):
        return set().union(*(list_paths(item, path) for item in data))
    if not isinstance(data, dict):
        return set()
    found: set[str] = set()
    for key, value in data.items():
        here = f"{path}.{key}" if path else str(key)
        found |= {here, *list_paths(value, here)}
    return found
