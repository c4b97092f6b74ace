"""The table is the profile: its fields, obligations, types and codes, none more and none less."""

from __future__ import annotations

import csv
import json
from collections import Counter

import pytest
from prm_sample import find_reference

from ckanext.gtplan.prm.profile import CLASSES, extensions, fields, load, nodes, rows
from ckanext.gtplan.prm.vocabulary import vocabularies, vocabulary
from ckanext.gtplan.rdf.graph import Writer

LANGUAGES = {"es", "en", "pt_BR"}


def test_table_has_the_fields_of_the_five_classes() -> None:
    counted = Counter(row.kind for row in fields())
    assert counted == {"catalog": 17, "dataset": 23, "distribution": 21, "field": 5, "theme": 3}
    assert len(fields()) == 69


@pytest.mark.parametrize("kind", CLASSES)
def test_table_agrees_with_the_published_tables(kind: str) -> None:
    path = find_reference("perfil-regional-metadatos", f"{kind}.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        published = [
            (line["Variable"].replace(" ", ""), line["Requerido"], line["Tipo"])
            for line in csv.DictReader(file)
        ]
    assert [(row.key, row.obligation, row.json) for row in fields(kind)] == published


@pytest.mark.parametrize(
    ("name", "file", "key"),
    [
        ("frequency", "accrualPeriodicity.json", "id"),
        ("field_type", "field_type.json", "type"),
        ("theme", "themeTaxonomy.json", "id"),
    ],
)
def test_code_lists_agree_with_the_published_ones(name: str, file: str, key: str) -> None:
    published = json.loads(find_reference("perfil-regional-metadatos", file).read_text("utf-8"))
    assert [term.code for term in vocabulary(name).terms] == [entry[key] for entry in published]


@pytest.mark.parametrize("name", vocabularies())
def test_every_code_has_an_iri_of_its_own(name: str) -> None:
    writer = Writer("https://datos.example.org")
    iris = [writer.expand(term.iri) for term in vocabulary(name).terms]
    assert len(set(iris)) == len(iris)


@pytest.mark.parametrize("name", vocabularies())
def test_every_spelling_means_one_code(name: str) -> None:
    for term in vocabulary(name).terms:
        for text in term.spellings:
            assert vocabulary(name).find(f" {text.swapcase()} ") == term


def test_every_row_can_be_read_written_and_understood() -> None:
    writer = Writer("https://datos.example.org")
    for row in (*fields(), *extensions()):
        assert set(row.label) == set(row.definition) == LANGUAGES
        assert row.sources and row.example
        for step in row.steps:
            writer.expand(step.predicate)
            assert step.node is None or step.node in nodes()
        if row.range:
            writer.expand(row.range)
        if row.type == "code":
            assert row.vocabulary in vocabularies()


def test_no_two_fields_of_a_class_say_the_same_by_the_same_path() -> None:
    for kind in CLASSES:
        paths = Counter(row.rdf for row in rows(kind) if row.type != "link")
        assert [path for path, count in paths.items() if count > 1] == []


def test_labels_are_there_in_every_language() -> None:
    for described in (*load()["classes"].values(), *load()["composites"].values()):
        assert set(described["label"]) == LANGUAGES
    for codes in vocabularies().values():
        assert all(set(term.label) == LANGUAGES for term in codes.terms)
