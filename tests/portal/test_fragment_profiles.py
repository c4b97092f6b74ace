"""Fragments by profiles of ckanext-dcat, one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ckan import model
from ckanext.dcat.profiles import EuropeanDCATAP3Profile
from fragment_reader import FORMATS, Make, expect, open_maker, read
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS

from ckanext.gtplan.feed.making import fragment

pytestmark = pytest.mark.usefixtures("clean")

CHAIN, STOCK = (
    pytest.mark.ckan_config("ckanext.gtplan.feed.profiles", names)
    for names in (["euro_dcat_ap_3", "prm"], ["euro_dcat_ap_3"])
)


@pytest.fixture
def make(request_context: None) -> Iterator[Make]:
    with open_maker() as call:
        yield call


@CHAIN
def test_what_both_say(make: Make, dataset: Any) -> None:
    given = {"version": "2.0", "author": "Quien lo hizo", "author_email": "a@example.org"}
    made = make(dataset(**given)["id"], dataset(**given)["id"])
    assert not any(one.problems or one.is_reduced for one in made)
    whole = read("nt", made)
    assert not any(isinstance(node, BNode) for node in whole.all_nodes())
    for one in made:
        graph, document = expect(one.package_id)
        said = read("nt", [one])
        assert set(graph) <= set(said)  # all of our own profile
        assert (URIRef(one.iri), DCAT.version, Literal("2.0")) in said
        for syntax in FORMATS:
            assert set(read(syntax, [one])) == set(said), syntax
        assert json.loads(one.bodies["json"]) == document
    for syntax in FORMATS:
        assert set(read(syntax, made)) == set(whole), syntax
    assert make(*(one.package_id for one in made)) == made


@STOCK
def test_blank_nodes_get_names(make: Make, dataset: Any) -> None:
    (one,) = made = make(dataset()["id"])
    graph = read("xml", made)
    contact = graph.value(URIRef(one.iri), DCAT.contactPoint)
    assert str(contact).startswith(f"{one.iri}#node-")
    assert make(one.package_id) == made


@STOCK
def test_what_a_syntax_cannot_hold_is_told(make: Make, dataset: Any) -> None:
    made = dataset()["id"]
    package = model.Package.get(made)
    package.title, package.version = "Un\x0btítulo", "1\x01"
    package.url, package.extras["uri"] = "http://a b/<c>", "http://ejemplo.org/{uno}"
    model.Session.commit()
    (one,) = make(made)
    graph = read("xml", [one])
    assert graph.value(URIRef(one.iri), DCTERMS.title) == Literal("Untítulo", lang=None)
    assert {"control_characters"} <= {problem["why"] for problem in one.problems}


@CHAIN
def test_a_language_that_is_none(make: Make, dataset: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    original = EuropeanDCATAP3Profile.graph_from_dataset

    def say_more(self: Any, package: dict[str, Any], subject: URIRef) -> None:
        original(self, package, subject)
        self.g.add((subject, DCTERMS.abstract, Literal("Resumen", lang="es-largodemasiado")))
        self.g.add((subject, DCTERMS.abstract, Literal("Resumo", lang="pt-BR")))

    monkeypatch.setattr(EuropeanDCATAP3Profile, "graph_from_dataset", say_more)
    (one,) = made = make(dataset()["id"])
    for syntax in FORMATS:
        said = set(read(syntax, made).objects(URIRef(one.iri), DCTERMS.abstract))
        assert said == {Literal("Resumen"), Literal("Resumo", lang="pt-br")}
    assert [problem["value"] for problem in one.problems] == ["'es-largodemasiado'"]


@CHAIN
def test_a_profile_that_fails_takes_only_that_dataset(
    make: Make, dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = dataset(title="Uno"), dataset(title="Otro")
    original = EuropeanDCATAP3Profile.graph_from_dataset

    def fail(self: Any, package: dict[str, Any], subject: URIRef) -> None:
        if package["id"] == bad["id"]:
            raise KeyError("otra cosa")
        original(self, package, subject)

    monkeypatch.setattr(EuropeanDCATAP3Profile, "graph_from_dataset", fail)
    made = make(good["id"], bad["id"])
    assert [one.is_reduced for one in made] == [False, True]
    assert made[1].problems[0]["why"] == "not_said"
    title = read("ttl", made[1:]).value(URIRef(made[1].iri), DCTERMS.title)
    assert str(title) == "Otro"


@CHAIN
def test_a_package_that_ckan_cannot_show(
    make: Make, dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dataset(title="Uno")["id"]
    monkeypatch.setattr(fragment.tk, "get_action", lambda name: {}["no such action"])
    (one,) = make(made)
    monkeypatch.undo()
    assert str(read("ttl", [one]).value(URIRef(one.iri), DCTERMS.title)) == "Uno"
