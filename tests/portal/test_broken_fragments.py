"""Whatever stands in the database: the fragment says the rest, and what is left out is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from fragment_reader import FORMATS, Make, expect, open_maker, read, spoil
from rdflib import RDF, RDFS, URIRef
from rdflib.namespace import DCAT, DCTERMS
from test_broken_records import RUBBISH

from ckanext.gtplan.feed.keeping.database import get_engine
from ckanext.gtplan.feed.making import fragment
from ckanext.gtplan.prm.reasons import REASONS
from ckanext.gtplan.prm.values import read_media_type

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def make(request_context: None) -> Iterator[Make]:
    with open_maker() as call:
        yield call


@pytest.mark.parametrize("name", [None, *RUBBISH])
def test_what_others_wrote(make: Make, dataset: Any, name: str | None) -> None:
    made = dataset()["id"]
    spoil(made, **(RUBBISH if name is None else {name: RUBBISH[name]}))
    (one,) = make(made)
    graph, document = expect(made)
    for syntax in FORMATS:
        assert set(read(syntax, [one])) == set(graph), syntax
    assert json.loads(one.bodies["json"]) == document
    assert not one.is_reduced
    for problem in one.problems:
        assert problem["why"] in REASONS and set(problem) == {"iri", "field", "value", "why"}


@pytest.mark.parametrize(
    "field, value",
    [
        ("issued", '["2018-11", "2019"]'),
        ("data_modified", "2018-02-30"),
        ("notes", "Un\x0btexto\x1f con\ufffe controles"),
        ("url", "http://ejemplo .org/a b"),
        ("publisher", "{"),
        ("contact", '[{"name": "\\ud800\\u0000", "email": "info@example.org"}]'),
        ("spatial_coverage", '[{"bbox": "POLYGON((1 2"}]'),
        ("theme", '["GOVE", "NOSUCH"]'),
        ("part_of", '[{"kind": "milestone", "uri": "no es una dirección"}]'),
        ("milestone", "no-hay-tal"),
        ("language", "[" * 100_000),
    ],
)
def test_each_value_that_cannot_be_said_is_told(
    make: Make, dataset: Any, field: str, value: str
) -> None:
    made = dataset()["id"]
    package = model.Package.get(made)
    if field in model.Package.__table__.c:
        setattr(package, field, value)
    else:
        package.extras[field] = value
    model.Session.commit()
    (one,) = make(made)
    for syntax in FORMATS:
        graph = read(syntax, [one])
        assert graph.value(URIRef(one.iri), DCTERMS.title) is not None
    assert json.loads(one.bodies["json"])["title"]
    assert one.problems and not one.is_reduced
    with get_engine().connect() as connection:  # the database can hold them
        text = json.dumps(one.problems)
        assert connection.scalar(sa.text("SELECT cast(:it AS jsonb)"), {"it": text})


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"])
def test_a_moment_at_the_end_of_time(make: Make, dataset: Any, moment: str) -> None:
    """In UTC it is in a year that no date has."""
    made, other = dataset()["id"], dataset()["id"]
    spoil(made, data_modified=moment)
    assert [one.package_id for one in make(made, other)] == [made, other]


def test_a_licence_in_words(make: Make, dataset: Any) -> None:
    (one,) = make(dataset(license_id="Licencia de uso libre")["id"])
    graph = read("xml", [one])
    licence = graph.value(URIRef(one.iri), DCTERMS.license)
    assert str(licence).startswith(f"{one.iri}#")
    assert str(graph.value(licence, RDFS.label)) == "Licencia de uso libre"


def test_files(make: Make, dataset: Any) -> None:
    made = dataset()
    row = model.Resource.get(made["resources"][0]["id"])
    row.url, row.format, row.mimetype = "http://bad address/", "{}", "no\x0btipo"
    row.extras = {**row.extras, "fields": "rubbish", "codelists": {"a": 1}, "issued": ["2018"]}
    model.Session.commit()
    sql = "UPDATE resource SET last_modified = NULL, position = NULL, size = -5 WHERE id = :id"
    model.Session.execute(sa.text(sql), {"id": row.id})
    model.Session.commit()
    (one,) = make(made["id"])
    graph = read("ttl", [one])
    assert len(set(graph.subjects(RDF.type, DCAT.Distribution))) == 1
    fields = {problem["field"] for problem in one.problems}
    assert {"fields", "codelists", "mediaType", "issued", "byteSize"} <= fields


def test_a_media_type_that_no_address_has_as_it_is(make: Make, dataset: Any) -> None:
    made = dataset()["id"]
    sql = "UPDATE resource SET mimetype = 'application/x^y#z' WHERE package_id = :id"
    model.Session.execute(sa.text(sql), {"id": made})
    model.Session.commit()
    (one,) = make(made)
    assert not one.is_reduced
    for syntax in FORMATS:
        (said,) = read(syntax, [one]).objects(None, DCAT.mediaType)
        assert str(said).endswith("/application/x%5Ey%23z")
        assert read_media_type(str(said)) == "application/x^y#z"


def test_extras_of_a_file_that_are_no_json(make: Make, dataset: Any) -> None:
    made = dataset()
    sql = "UPDATE resource SET extras = '{broken' WHERE package_id = :id"
    model.Session.execute(sa.text(sql), {"id": made["id"]})
    model.Session.commit()
    (one,) = make(made["id"])
    graph = read("xml", [one])
    assert len(set(graph.subjects(RDF.type, DCAT.Distribution))) == 1


def test_a_text_of_a_megabyte(make: Make, dataset: Any) -> None:
    text = "ñ<&>\"'\\ \n" * 100_000
    made = dataset(notes=text)
    (one,) = make(made["id"])
    for syntax in FORMATS:
        said = read(syntax, [one]).value(URIRef(one.iri), DCTERMS.description)
        assert str(said) == text, syntax


def test_a_dataset_that_cannot_be_said_keeps_its_title(
    make: Make, dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = dataset(title="Uno"), dataset(title="Otro", frequency="R/P1M")
    original = fragment.write_bodies

    def fail(said: Any, base: str) -> dict[str, bytes]:
        if "MONTHLY" in str(said):
            raise RuntimeError("no syntax for it")
        return original(said, base)

    monkeypatch.setattr(fragment, "write_bodies", fail)
    made = make(good["id"], bad["id"])
    assert [one.is_reduced for one in made] == [False, True]
    graph = read("ttl", made[1:])
    subject = URIRef(made[1].iri)
    predicates = {RDF.type, DCTERMS.identifier, DCTERMS.title, DCTERMS.modified}
    assert set(graph.predicates(subject)) == predicates
    assert (None, DCAT.dataset, subject) in graph
    assert set(json.loads(made[1].bodies["json"])) == {"identifier", "title", "modified"}
    assert [problem["why"] for problem in made[1].problems] == ["not_said"]
