"""Everything that a person sees has a name in the three languages, and no name is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import ckanext.gtplan
from ckanext.gtplan.plan.labels import (
    get_field_labels,
    is_long,
    list_facets,
    list_labelled_fields,
)
from ckanext.gtplan.plan.model import Load
from ckanext.gtplan.plan.records import PACKAGE_TYPES
from ckanext.gtplan.plan.shapes import list_shapes
from ckanext.gtplan.plan.vocabulary import (
    LANGUAGES,
    get_label,
    get_labels,
    list_codes,
    list_names,
)

PACKAGE = Path(str(ckanext.gtplan.__file__)).parent
TABLE = yaml.safe_load((PACKAGE / "plan" / "fields.yaml").read_text("utf-8"))
#: How a code is written: a word in a form's address, a label's key and a CSV's cell.
CODE = re.compile(r"[A-Za-z0-9_-]+\Z")


def walk_names(entity: type[Any]) -> Iterator[str]:
    """Go through the names of an entity's fields and of its rows."""
    for shape in list_shapes(entity).values():
        yield shape.name
        if shape.is_entity:
            yield from walk_names(shape.type)


#: What forms and pages show: the fields of the records that are packages.
FIELDS = {name for entity in PACKAGE_TYPES.values() for name in walk_names(entity)}


class TestFields:
    def test_every_field_has_labels_and_no_label_is_left_over(self) -> None:
        labelled = set(list_labelled_fields())
        assert labelled >= FIELDS | {"owner_org"}
        assert labelled <= {*walk_names(Load), "owner_org"}

    @pytest.mark.parametrize("field", sorted(FIELDS))
    def test_languages(self, field: str) -> None:
        labels = get_field_labels(field)
        assert tuple(labels) == LANGUAGES
        assert all(label == label.strip() != "" for label in labels.values())

    def test_field_without_labels_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            get_field_labels("colour")

    def test_long_texts_are_fields(self) -> None:
        assert set(TABLE["long"]) <= set(walk_names(Load))
        assert is_long("problem")
        assert not is_long("title")

    def test_facets_are_fields_of_the_record_or_of_those_above_it(self) -> None:
        assert set(TABLE["facets"]) <= set(PACKAGE_TYPES)
        above = {"action_plan", "commitment", "cycle_year"}
        for record_type, names in TABLE["facets"].items():
            assert list_facets(record_type) == tuple(names)
            assert set(names) <= set(list_shapes(PACKAGE_TYPES[record_type])) | above
        assert list_facets("dataset") == ()

    def test_commitments_are_narrowed_by_plan_year_and_policy_area(self) -> None:
        assert {"action_plan", "cycle_year", "policy_areas"} <= set(list_facets("commitment"))


class TestVocabularies:
    @pytest.mark.parametrize("vocabulary", list_names())
    def test_every_code_has_a_label_in_every_language(self, vocabulary: str) -> None:
        codes = list_codes(vocabulary)
        assert codes
        for code in codes:
            assert CODE.match(code)
            labels = get_labels(vocabulary, code)
            assert tuple(labels) == LANGUAGES
            assert all(label == label.strip() != "" for label in labels.values()), code

    @pytest.mark.parametrize("vocabulary", list_names())
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_two_codes_look_the_same(self, vocabulary: str, language: str) -> None:
        labels = [get_label(vocabulary, code, language) for code in list_codes(vocabulary)]
        assert len(labels) == len(set(labels))

    def test_policy_areas_are_the_seventeen_of_the_list(self) -> None:
        assert len(list_codes("ogp_policy_area")) == 17

    @pytest.mark.parametrize(
        "language, label",
        [("es", "Salud"), ("en", "Health"), ("en_GB", "Health"), ("pt_BR", "Saúde"),
         ("pt_PT", "Saúde"), ("pt", "Saúde"), ("es_GT", "Salud"), ("fr", "Salud"), ("", "Salud")],
    )  # fmt: skip
    def test_language_of_the_reader(self, language: str, label: str) -> None:
        assert get_label("ogp_policy_area", "health", language) == label

    def test_code_that_is_no_longer_on_the_list_is_shown(self) -> None:
        assert get_label("ogp_policy_area", "astrology", "en") == "astrology"
        assert set(get_labels("ogp_policy_area", "astrology")) == set(LANGUAGES)

    def test_list_that_is_none_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            list_codes("colours")
