"""The schemas are what the entities say, and take no name that CKAN needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import ckanext.gtplan
from ckanext.gtplan.plan.living import LIVING_TABLES
from ckanext.gtplan.plan.model import Load
from ckanext.gtplan.plan.records import PACKAGE_TYPES, get_ckan_name
from ckanext.gtplan.plan.scheming import make_schema, write_schema
from ckanext.gtplan.plan.shapes import FieldShape, list_shapes
from ckanext.gtplan.plan.vocabulary import LANGUAGES, list_names

SCHEMAS = Path(str(ckanext.gtplan.__file__)).parent / "schemas"
TYPES = pytest.mark.parametrize("record_type", PACKAGE_TYPES)

#: Keys of a package that are CKAN's own (ckan-facts, section 6, rule 5): a field of that name
#: would hide what CKAN keeps there.
CORE_KEYS = {
    "author", "author_email", "creator_user_id", "extras", "groups", "id", "isopen",
    "license_id", "license_title", "license_url", "maintainer", "maintainer_email",
    "metadata_created", "metadata_modified", "num_resources", "num_tags", "organization",
    "plugin_data", "private", "relationships_as_object", "relationships_as_subject",
    "resources", "revision_id", "state", "tag_string", "tags", "tracking_summary", "type",
    "url", "version",
}  # fmt: skip
#: What CKAN has a field of its own for, and the schema means that very field.
SHARED_KEYS = {"title", "name", "notes", "owner_org"}


def walk(fields: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Go through the fields of a schema and of their rows."""
    for field in fields:
        yield field
        yield from walk(field.get("repeating_subfields", []))


def walk_shapes(entity: type[Any]) -> Iterator[FieldShape]:
    """Go through the fields of an entity and of its rows, those that the record itself holds."""
    for shape in list_shapes(entity).values():
        if shape.is_living:
            continue
        yield shape
        if shape.is_entity:
            yield from walk_shapes(shape.type)


@TYPES
class TestSchema:
    def test_file_is_as_written_from_the_model(self, record_type: str) -> None:
        text = (SCHEMAS / f"{record_type}.yaml").read_text("utf-8")
        assert text == write_schema(record_type), "run python -m ckanext.gtplan.plan.scheming"
        assert yaml.safe_load(text) == make_schema(record_type)

    def test_no_key_of_ckan_is_hidden(self, record_type: str) -> None:
        names = {field["field_name"] for field in make_schema(record_type)["dataset_fields"]}
        assert not names & CORE_KEYS
        assert names >= SHARED_KEYS

    def test_no_field_twice(self, record_type: str) -> None:
        fields = make_schema(record_type)["dataset_fields"]
        for siblings in (fields, *(f.get("repeating_subfields", []) for f in fields)):
            names = [field["field_name"] for field in siblings]
            assert len(names) == len(set(names))

    def test_every_field_of_the_entity_is_there(self, record_type: str) -> None:
        names = {field["field_name"] for field in make_schema(record_type)["dataset_fields"]}
        shapes = list_shapes(PACKAGE_TYPES[record_type]).values()
        # rows that live in the DataStore have forms of their own
        wanted = {get_ckan_name(shape.name) for shape in shapes if not shape.is_living}
        assert names == wanted | {"owner_org"}

    def test_every_label_is_in_every_language(self, record_type: str) -> None:
        schema = make_schema(record_type)
        for field in (*walk(schema["dataset_fields"]), *schema["resource_fields"]):
            assert set(field["label"]) == set(LANGUAGES)
            assert all(field["label"].values()), field["field_name"]

    def test_what_may_be_missing_is_not_required(self, record_type: str) -> None:
        schema = make_schema(record_type)["dataset_fields"]
        required = [field["field_name"] for field in walk(schema) if field.get("required")]
        shapes = walk_shapes(PACKAGE_TYPES[record_type])
        names = [get_ckan_name(shape.name) if shape.name == "id" else shape.name
                 for shape in shapes if shape.is_required]  # fmt: skip
        assert sorted(required) == sorted(names)

    def test_value_of_every_field_is_checked(self, record_type: str) -> None:
        for field in walk(make_schema(record_type)["dataset_fields"]):
            if field.get("preset") == "title":
                assert "gtplan_text" in field["validators"]
                continue
            ways = {"preset", "validators", "repeating_subfields"} & set(field)
            assert len(ways) == 1, field["field_name"]
            validators = field.get("validators", "").split()
            optional = ("ignore_empty", "gtplan_optional", "not_empty")
            assert not validators or validators[0] in optional
            if field.get("required") and "validators" in field:
                assert validators[0] == "not_empty"

    def test_codes_and_references_are_checked(self, record_type: str) -> None:
        fields = {f["field_name"]: f for f in make_schema(record_type)["dataset_fields"]}
        shapes = list_shapes(PACKAGE_TYPES[record_type]).values()
        for shape in (each for each in shapes if not each.is_living):
            field = fields[get_ckan_name(shape.name)]
            assert field.get("vocabulary") == shape.vocabulary
            if shape.name == "owner":
                assert field["preset"] == "dataset_organization"
            elif shape.reference and not shape.is_list:
                assert f'gtplan_reference("{shape.reference}")' in field["validators"]


def test_folder_holds_a_schema_for_each_type_and_for_deliverables() -> None:
    files = {path.stem for path in SCHEMAS.glob("*.yaml")}
    assert files >= {*PACKAGE_TYPES, "dataset"}
    for name in files & {*PACKAGE_TYPES, "dataset"}:
        schema = yaml.safe_load((SCHEMAS / f"{name}.yaml").read_text("utf-8"))
        assert schema["dataset_type"] == name


def test_vocabularies_are_those_that_fields_name() -> None:
    named = {shape.vocabulary for shape in walk_shapes(Load)}
    named |= {column.vocabulary for table in LIVING_TABLES.values() for column in table.columns}
    # the goals are what targets of the SDG begin with: 16.5 is of goal 16
    assert named - {None} == set(list_names()) - {"sdg_goal"}
