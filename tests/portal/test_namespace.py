"""The vocabularies' pages: every field and term for people in three languages, and as Turtle."""

from __future__ import annotations

import re
from typing import Any

import pytest
from rdflib import RDF, RDFS, Graph, URIRef
from rdflib.namespace import SH

from ckanext.gtplan.prm.profile import extensions, fields
from ckanext.gtplan.prm.vocabulary import vocabularies

BASE = "https://datos.example.org"

pytestmark = pytest.mark.ckan_config("ckanext.gtplan.base_uri", BASE)


def read(app: Any, address: str, **headers: str) -> Graph:
    answer = app.get(address, headers=headers, status=200)
    assert answer.headers["Content-Type"].startswith("text/turtle")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return Graph().parse(data=answer.body, format="turtle")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", ["Frecuencia de actualización", "Cada cuánto se actualizan", "Cada año"]),
        ("en", ["Update frequency", "How often the data are updated", "Every year"]),
        ("pt_BR", ["Frequência de atualização", "De quanto em quanto tempo", "Anual"]),
    ],
)
def test_the_page_is_in_the_readers_language(app: Any, language: str, words: list[str]) -> None:
    body = app.get(f"/{language}/ns/prm", headers={"Accept": "text/html,*/*;q=0.8"}).body
    for word in words:
        assert word in body
    assert f'lang="{language.replace("_", "-")}"' in body


def test_every_field_and_every_code_is_on_the_page(app: Any) -> None:
    answer = app.get("/ns/prm", status=200)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Accept" in answer.headers["Vary"]
    for row in fields() + extensions():
        anchor = f"{row.kind}-{row.key.replace('->', '-')}"
        assert answer.body.count(f'<tr id="{anchor}"') == 1, anchor
    for codes in vocabularies().values():
        assert f'id="list-{codes.name}"' in answer.body
        assert all(f"<code>{term.iri}</code>" in answer.body for term in codes.terms)
    ids = re.findall(r'\bid="([^"]+)"', answer.body)
    assert len(ids) == len(set(ids))


def test_the_page_of_plans(app: Any) -> None:
    body = app.get("/en/ns/gtp", status=200).body
    for name in ("ActionPlan", "Commitment", "Milestone", "RegionalPlan"):
        assert f'<tr id="{name}"' in body
    assert "Verifiable step of a commitment" in body


@pytest.mark.parametrize("name", ["prm", "gtp"])
def test_turtle_is_given_to_who_asks_for_it(app: Any, name: str) -> None:
    asked = read(app, f"/ns/{name}", Accept="text/turtle")
    named = read(app, f"/ns/{name}.ttl")
    assert set(asked) == set(named)
    assert list(asked.subjects(RDFS.isDefinedBy, URIRef(f"{BASE}/ns/{name}")))


def test_what_is_named_in_turtle_is_on_the_page(app: Any) -> None:
    for name in ("prm", "gtp"):
        graph, body = read(app, f"/ns/{name}.ttl"), app.get(f"/ns/{name}").body
        for term in graph.subjects(RDFS.isDefinedBy):
            assert f'<tr id="{str(term).rpartition("#")[2]}"' in body


def test_the_shapes_have_an_address(app: Any) -> None:
    graph = read(app, "/ns/prm/shapes.ttl")
    address = f"{BASE}/ns/prm/shapes.ttl"
    assert (URIRef(f"{address}#dataset"), RDF.type, SH.NodeShape) in graph
    assert (URIRef(f"{address}#dataset-title-presence"), SH.minCount, None) in graph


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("ending", ["ttl", "xml"])
def test_every_own_term_of_the_feed_is_described(app: Any, ending: str) -> None:
    described = read(app, "/ns/prm.ttl") + read(app, "/ns/gtp.ttl")
    feed = Graph().parse(
        data=app.get(f"/catalog.{ending}").body, format={"ttl": "turtle"}.get(ending, ending)
    )
    own = {
        term
        for statement in feed
        for term in statement
        if isinstance(term, URIRef) and term.startswith(f"{BASE}/ns/")
    }
    assert len(own) > 8
    for term in own:
        assert (term, RDFS.label, None) in described, term
        assert (term, RDF.type, None) in described, term
