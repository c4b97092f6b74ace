"""What is said in RDF: right by outside measures, the same in every syntax, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyshacl
import pytest
from hypothesis import given, settings
from prm_graphs import catalog_graph, dataset_graph
from prm_sample import LINKS, ORGANIZATION, SITE, find_reference, make_catalog, make_dataset
from rdflib import RDF, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.namespace import CSVW, DCAT, DCTERMS, FOAF, OWL, RDFS, SKOS
from test_prm_record import PACKAGES

from ckanext.gtplan.prm.record import Record, dataset_record
from ckanext.gtplan.rdf.feed import HYDRA, SYNTAXES, serialize
from ckanext.gtplan.rdf.graph import Writer

BASE = SITE.base


def write(*records: Record) -> Graph:
    return catalog_graph(BASE, make_catalog(), records)


def read_back(graph: Graph, ending: str) -> Graph:
    syntax = SYNTAXES[ending]
    return Graph().parse(data=serialize(graph, syntax, BASE), format=syntax.name)


def judge(graph: Graph, shapes: str) -> tuple[bool, str]:
    path = find_reference("shacl", "dcat-ap-3.0.1", shapes)
    conforms, _, text = pyshacl.validate(
        graph, shacl_graph=Graph().parse(path), inference="none", advanced=False
    )
    return conforms, text


def test_no_violation_of_dcat_ap() -> None:
    conforms, text = judge(write(make_dataset()), "shapes.ttl")
    assert conforms, text


def test_deprecated_terms_are_not_used() -> None:
    conforms, text = judge(write(make_dataset()), "deprecateduris.ttl")
    assert conforms, text


def test_a_judge_that_could_not_fail_would_be_no_judge() -> None:
    graph = write(make_dataset())
    graph.remove((None, DCTERMS.publisher, None))
    assert not judge(graph, "shapes.ttl")[0]


@pytest.mark.parametrize("ending", SYNTAXES)
def test_sample_reads_back_the_same(ending: str) -> None:
    graph = write(make_dataset())
    assert isomorphic(read_back(graph, ending), graph)


@pytest.mark.parametrize("ending", ["ttl", "xml", "jsonld", "nt"])
@settings(max_examples=25)
@given(package=PACKAGES)
def test_whatever_a_package_holds_reads_back_the_same(ending: str, package: dict[str, Any]) -> None:
    record = dataset_record(package, SITE, organization=ORGANIZATION, links=LINKS)
    graph = dataset_graph(BASE, record)
    assert isomorphic(read_back(graph, ending), graph)


@settings(max_examples=25)
@given(package=PACKAGES)
def test_statements_are_those_of_rdf(package: dict[str, Any]) -> None:
    graph = write(dataset_record(package, SITE, organization=ORGANIZATION, links=LINKS))
    for subject, predicate, term in graph:
        assert isinstance(subject, URIRef) and isinstance(predicate, URIRef)
        assert not isinstance(term, BNode)
        assert subject.n3() and term.n3()


def test_codes_are_the_authorities_terms() -> None:
    graph = write(make_dataset())
    dataset = graph.value(predicate=RDF.type, object=DCAT.Dataset)
    file = graph.value(dataset, DCAT.distribution)
    authority = "http://publications.europa.eu/resource/authority/"
    said = {
        DCTERMS.accrualPeriodicity: f"{authority}frequency/ANNUAL",
        DCTERMS.license: f"{authority}licence/CC_BYSA_4_0",
    }
    for predicate, term in said.items():
        assert str(graph.value(dataset, predicate)) == term
    assert {str(t) for t in graph.objects(dataset, DCTERMS.language)} == {
        f"{authority}language/SPA",
        f"{authority}language/QUE",
    }
    assert URIRef(f"{authority}data-theme/GOVE") in set(graph.objects(dataset, DCAT.theme))
    assert URIRef(f"{authority}country/GTM") in set(graph.objects(dataset, DCTERMS.spatial))
    assert str(graph.value(file, DCTERMS["format"])) == f"{authority}file-type/CSV"
    media_type = graph.value(file, DCAT.mediaType)
    assert str(media_type) == "https://www.iana.org/assignments/media-types/text/csv"
    publisher = graph.value(dataset, DCTERMS.publisher)
    assert str(graph.value(publisher, DCTERMS.type)).endswith("publishertype/NationalAuthority")


def test_dates_are_as_precise_as_they_were() -> None:
    graph = write(make_dataset())
    dataset = graph.value(predicate=RDF.type, object=DCAT.Dataset)
    assert graph.value(dataset, DCTERMS.issued) == Literal("2018-11", datatype=XSD.gYearMonth)
    period = graph.value(dataset, DCTERMS.temporal)
    assert graph.value(period, DCAT.endDate) is None


def test_columns_keep_their_order() -> None:
    graph = read_back(write(make_dataset()), "xml")
    schema = graph.value(predicate=RDF.type, object=CSVW.Schema)
    columns = Collection(graph, graph.value(schema, CSVW.column))
    titles = [str(graph.value(column, CSVW.title)) for column in columns]
    assert titles == ["orden", "monto", "inicio"]


def test_code_lists_keep_name_and_address_together() -> None:
    graph = write(make_dataset())
    named = {
        str(graph.value(standard, DCTERMS.title)): graph.value(standard, FOAF.page)
        for standard in graph.objects(None, DCTERMS.conformsTo)
        if graph.value(standard, DCTERMS.title)
    }
    assert named["ISO 8601"] is None
    assert str(named["ISO 4217"]).startswith("https://www.iso.org/")


def test_a_deliverable_names_its_plan_records() -> None:
    graph = write(make_dataset())
    dataset = graph.value(predicate=RDF.type, object=DCAT.Dataset)
    links = {str(target) for target in graph.objects(dataset, DCTERMS.isPartOf)}
    assert links == {LINKS[n].iri for n in ("gt-pan4-c11-h01", "gt-pan4-c11", "gt-pan4")}
    milestone = URIRef(LINKS["gt-pan4-c11-h01"].iri)
    assert graph.value(milestone, DCTERMS.title) == Literal("Hito 1")
    assert graph.value(milestone, RDF.type) == URIRef(f"{BASE}/ns/gtp#Milestone")


def test_catalogue_has_its_themes_and_the_records_of_its_datasets() -> None:
    graph = write(make_dataset())
    catalog = graph.value(predicate=RDF.type, object=DCAT.Catalog)
    taxonomy = graph.value(catalog, DCAT.themeTaxonomy)
    themes = list(graph.objects(taxonomy, SKOS.hasTopConcept))
    assert len(themes) == 13
    assert all(len(list(graph.objects(theme, SKOS.prefLabel))) == 3 for theme in themes)
    record = graph.value(catalog, DCAT.record)
    assert graph.value(record, FOAF.primaryTopic) == graph.value(catalog, DCAT.dataset)


def test_one_name_for_one_publisher_address() -> None:
    address = "https://agency.example.org/"
    graph = write(
        make_dataset(id="a", publisher=[{"name": "Agencia", "uri": address}]),
        make_dataset(id="b", publisher=[{"name": "Otra agencia", "uri": address}]),
    )
    assert [str(name) for name in graph.objects(URIRef(address), FOAF.name)] == ["Agencia"]
    (other,) = graph.subjects(OWL.sameAs, URIRef(address))
    assert str(graph.value(other, FOAF.name)) == "Otra agencia"


def test_formats_that_no_authority_knows_are_named() -> None:
    resource = {"id": "r", "name": "R", "url": "https://a.org/x", "format": "Excel viejo"}
    graph = write(make_dataset(resources=[resource]))
    node = graph.value(graph.value(predicate=RDF.type, object=DCAT.Distribution), DCTERMS["format"])
    assert graph.value(node, RDFS.label) == Literal("Excel viejo")


def test_a_dataset_that_cannot_be_said_is_still_there(caplog: pytest.LogCaptureFixture) -> None:
    good = make_dataset()
    bad = replace(
        make_dataset(id="44444444-4444-5444-8444-444444444444"),
        values={**good.values, "landingPage": "no address", "title": "Roto"},
    )
    graph = write(bad, good)
    found = set(graph.subjects(RDF.type, DCAT.Dataset))
    assert found == {URIRef(bad.iri), URIRef(good.iri)}
    assert set(graph.predicates(URIRef(bad.iri))) == {
        RDF.type,
        DCTERMS.identifier,
        DCTERMS.title,
        DCTERMS.modified,
    }
    assert bad.iri in caplog.text
    assert isomorphic(read_back(graph, "ttl"), graph)


def test_an_error_leaves_nothing_half_said() -> None:
    writer = Writer(BASE)
    record = make_dataset()
    with pytest.raises(ValueError, match="not an IRI"):
        writer.add(replace(record, values={**record.values, "landingPage": "a b"}))
    assert len(writer.graph) == 0


def test_pages_are_linked_as_harvesters_read_them() -> None:
    graph = catalog_graph(BASE, make_catalog(), [], page=2)
    view = graph.value(predicate=RDF.type, object=HYDRA.PartialCollectionView)
    links = {name: graph.value(view, HYDRA[name]) for name in ("first", "previous", "next", "last")}
    assert links == {
        "first": URIRef(f"{BASE}/catalog.ttl?after=0"),
        "previous": URIRef(f"{BASE}/catalog.ttl?after=0"),
        "next": URIRef(f"{BASE}/catalog.ttl?after=2"),
        "last": URIRef(f"{BASE}/catalog.ttl?after=2"),
    }
    last = catalog_graph(BASE, make_catalog(), [], page=3)
    assert not list(last.objects(None, HYDRA.next))
