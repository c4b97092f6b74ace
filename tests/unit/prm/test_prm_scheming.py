"""The schema that the plugin ships, and the reference page, are what the table makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ckanext.gtplan.prm import reference, scheming
from ckanext.gtplan.prm.profile import extensions, fields, load

ROOT = Path(__file__).parents[3]
LANGUAGES = {"es", "en", "pt_BR"}


def list_fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    top = [*schema["dataset_fields"], *schema["resource_fields"]]
    return [*top, *(part for field in top for part in field.get("repeating_subfields", []))]


def test_schema_is_made_of_the_table() -> None:
    shipped = ROOT / "ckanext" / "gtplan" / "schemas" / "dataset.yaml"
    assert shipped.read_text("utf-8") == scheming.write_schema()
    assert yaml.safe_load(scheming.write_schema()) == scheming.build_schema()


def test_reference_page_is_made_of_the_table() -> None:
    assert (ROOT / "docs" / "profile.md").read_text("utf-8") == reference.write_reference()


def test_every_field_that_people_fill_is_in_the_form() -> None:
    schema = scheming.build_schema()
    asked = {field["field_name"] for field in schema["dataset_fields"]}
    for row in (*fields("dataset"), *extensions("dataset")):
        name = row.composite or row.sources[0]
        if name not in ("metadata_created", "metadata_modified", "resources"):
            assert {"tags": "tag_string"}.get(name, name) in asked
    of_files = {field["field_name"] for field in schema["resource_fields"]}
    sources = {row.sources[0] for row in fields("distribution")}
    assert of_files == sources - {"@dataset"} | {"uri", "name_translated", "description_translated"}


def test_every_field_is_asked_for_in_a_group_or_kept() -> None:
    schema = scheming.build_schema()
    groups = load()["groups"]
    for field in (*schema["dataset_fields"], *schema["resource_fields"]):
        is_hidden = field.get("form_snippet") == "gtplan_hidden.html"
        assert is_hidden or field["group"] in groups, field["field_name"]
    assert {field.get("group") for field in schema["dataset_fields"]} | {"file", "columns"} == {
        *groups,
        None,
    }


def test_the_obligation_of_a_question_is_that_of_its_row() -> None:
    asked = {f["field_name"]: f for f in scheming.build_schema()["dataset_fields"]}
    assert asked["frequency"]["obligation"] == "Si"
    assert asked["temporal_coverage"]["obligation"] == "R"
    assert [p.get("obligation") for p in asked["publisher"]["repeating_subfields"]][:2] == [
        "Si",
        "R",
    ]


def test_texts_are_asked_for_in_further_languages() -> None:
    schema = scheming.build_schema(["en", "pt"])
    found = {
        field["field_name"]: field["form_languages"]
        for field in list_fields(schema)
        if "form_languages" in field
    }
    assert found == dict.fromkeys(
        ("title_translated", "notes_translated", "name_translated", "description_translated"),
        ["en", "pt"],
    )


def test_only_what_ckan_needs_is_required() -> None:
    needed = [f["field_name"] for f in list_fields(scheming.build_schema()) if f.get("required")]
    assert needed == ["title", "owner_org"]


def test_labels_help_and_choices_are_in_every_language() -> None:
    for field in list_fields(scheming.build_schema()):
        assert set(field["label"]) == LANGUAGES
        assert set(field.get("help_text", field["label"])) == LANGUAGES
        assert all(set(choice["label"]) == LANGUAGES for choice in field.get("choices", []))


def test_every_date_is_checked_as_a_date() -> None:
    dates = [
        field
        for field in list_fields(scheming.build_schema())
        if field["field_name"] in ("issued", "modified", "data_modified", "start", "end")
    ]
    assert len(dates) == 8
    assert all('gtplan_value("date")' in field["validators"] for field in dates)
