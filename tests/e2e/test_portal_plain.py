"""An existing portal after the plugin was put into it, by docs/install.md and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from abroad import ORDINARY, ORGANIZATION
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF
from second_portal import SecondPortal

SYNTAXES = {"ttl": "turtle", "xml": "xml", "jsonld": "json-ld", "nt": "nt"}
EU = "http://publications.europa.eu/resource/authority"

#: What the ordinary datasets lack, as an editor fills it in.
FILLING: dict[str, dict[str, Any]] = {
    "presupuesto-2019": {
        "license_id": "cc-by",
        "issued": "2019-03",
        "frequency": "R/P1Y",
        "theme": ["ECON"],
        "temporal_coverage": [{"start": "2019"}],
        "extras": [],
    },
    "sin-nada": {
        "title": "Actas del concejo",
        "notes": "Actas de las sesiones.",
        "issued": "2020",
        "frequency": "R/P1M",
    },
}
FILE = {
    "name": "Planilla",
    "url": "https://datos.example.org/gastos.xlsx",
    "access_url": "https://datos.example.org/gastos",
    "format": "XLSX",
    "issued": "2019-03-01",
}


def find_dataset(graph: Graph, name: str, portal: SecondPortal) -> URIRef:
    dataset = URIRef(f"{portal.url}/dataset/{portal.act('package_show', id=name)['id']}")
    assert (dataset, RDF.type, DCAT.Dataset) in graph
    return dataset


@pytest.mark.parametrize("ending", SYNTAXES)
def test_ordinary_datasets_are_exported_as_far_as_they_go(
    equipped: SecondPortal, ending: str
) -> None:
    page = equipped.get(f"/catalog.{ending}")
    graph = Graph().parse(data=page, format=SYNTAXES[ending])
    for item in ORDINARY:
        alone = equipped.get(f"/dataset/{item['name']}.{ending}")
        for found in (graph, Graph().parse(data=alone, format=SYNTAXES[ending])):
            dataset = find_dataset(found, item["name"], equipped)
            assert found.value(dataset, DCTERMS.title)
            assert not found.value(dataset, DCTERMS.issued)
    budget = find_dataset(graph, "presupuesto-2019", equipped)
    assert (budget, DCTERMS.description, Literal("Gastos por programa.")) in graph
    assert len(list(graph.objects(budget, DCAT.distribution))) == 2


def test_ordinary_datasets_are_in_data_json(equipped: SecondPortal) -> None:
    found = {item["title"]: item for item in json.loads(equipped.get("/data.json"))["dataset"]}
    budget = found["Presupuesto 2019"]
    assert budget["publisher"]["name"] == "Municipio de Prueba"
    assert budget["keyword"] == ["presupuesto"]
    assert {item.get("title") for item in budget["distribution"]} >= {"Planilla"}


def test_the_catalogue_says_what_the_options_say(equipped: SecondPortal) -> None:
    graph = Graph().parse(data=equipped.get("/catalog.ttl"), format="turtle")
    (catalog,) = graph.subjects(RDF.type, DCAT.Catalog)
    assert str(graph.value(catalog, DCTERMS.title)) == "Datos abiertos del Paraguay"
    assert set(graph.objects(catalog, DCTERMS.language)) == {
        URIRef(f"{EU}/language/{code}") for code in ("SPA", "GRN")
    }
    assert graph.value(catalog, DCTERMS.spatial) == URIRef(f"{EU}/country/PRY")
    publisher = graph.value(catalog, DCTERMS.publisher)
    assert graph.value(publisher, FOAF.mbox) == URIRef("mailto:datos@example.org")


def test_what_is_missing_is_named_and_filling_it_makes_the_feed_conform(
    equipped: SecondPortal,
) -> None:
    names = {item["name"] for item in ORDINARY}
    packages = {name: equipped.act("package_show", id=name) for name in names}
    addresses = {f"{equipped.url}/dataset/{package['id']}" for package in packages.values()}
    status, report = validate(equipped)
    violations = [found for found in report["findings"] if found["severity"] == "violation"]
    assert status == 1 and {found["subject"] for found in violations} == addresses
    for name, package in packages.items():
        resources = [{**(package["resources"] or [{}])[0], **FILE}]
        equipped.act("package_patch", id=name, resources=resources, **FILLING[name])
    status, report = validate(equipped)
    assert status == 0, report


def validate(portal: SecondPortal) -> tuple[int, dict[str, Any]]:
    """Run the command of docs/install.md, for machines."""
    status, written = portal.run("gtplan", "validate", "--all", "--format", "json")
    return status, json.loads(written)


def test_what_was_public_stays_public_and_editable(equipped: SecondPortal) -> None:
    found = equipped.act("package_search", fq=f"+organization:{ORGANIZATION} +dataset_type:dataset")
    assert {item["name"] for item in found["results"]} >= {item["name"] for item in ORDINARY}
