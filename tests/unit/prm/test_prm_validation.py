"""Any catalogue is judged: page by page, dataset by dataset, whatever it holds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pyshacl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prm_graphs import catalog_graph, dataset_graph
from prm_sample import SITE, make_catalog, make_dataset
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, SKOS, XSD

from ckanext.gtplan.prm.datajson import from_json, to_json
from ckanext.gtplan.prm.record import Record
from ckanext.gtplan.rdf.document import Unreadable, find_next, read_document
from ckanext.gtplan.rdf.feed import SYNTAXES, serialize
from ckanext.gtplan.rdf.shapes import make_shapes
from ckanext.gtplan.rdf.validation import MISSING, Finding, Validator

BASE = SITE.base
ELSEWHERE = "https://otro.example.net"
NESTED_ENTITY = b"""<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>
<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:d='http://purl.org/dc/terms/'>
<r:Description r:about='http://a/'><d:title>&b;</d:title></r:Description></r:RDF>"""


def write(*datasets: Record, page: int = 1, base: str = BASE) -> Graph:
    return catalog_graph(base, make_catalog(), datasets, page)


def make(number: int, **changes: Any) -> Record:
    resource = {"id": f"r{number}", "name": "R", "url": "https://example.org/r", "format": "PDF"}
    return make_dataset(id=f"d{number}", title=f"D{number}", resources=[resource], **changes)


def keys(findings: list[Finding]) -> set[tuple[str, str, str]]:
    return {(f.severity, f.kind, f.key) for f in findings}


@pytest.mark.parametrize("ending", SYNTAXES)
@pytest.mark.parametrize("is_named", [True, False])
def test_every_syntax_is_known_by_its_name_or_its_content(ending: str, is_named: bool) -> None:
    text = serialize(write(make_dataset()), SYNTAXES[ending], BASE)
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode()):
        graph = read_document(data, f"feed.{ending}" if is_named else "feed")
        assert [f for f in Validator(BASE).check_graph(graph) if f.severity == "violation"] == []
    typed = read_document(
        text.encode(), f"{BASE}/feed", f"{SYNTAXES[ending].media_type}; charset=x"
    )
    assert set(typed) == set(graph)


@pytest.mark.parametrize(
    ("name", "data", "why", "line"),
    [
        ("a.ttl", b"<a:a> <a:b> <a:c> .\n<a:a> <a:b> .\n", "syntax", 2),
        ("a.xml", b"<?xml version='1.0'?>\n<rdf:RDF>\n", "syntax", 2),
        (
            "a.xml",
            b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n",
            "syntax",
            2,
        ),
        ("a.json", b'{"title":\n1,}', "syntax", 2),
        ("a.nt", b"<http://a/> <http://b/> <http://c/>\n", "syntax", None),
        ("a.ttl", b"# \n\xf1 .", "not_text", 2),
        ("a", b"<!DOCTYPE html>\n<html>", "web_page", None),
        ("a", b"[" * 100000, "syntax", None),
        (
            "a.jsonld",
            b'{"@context": "https://example.org/c", "@id": "a:b"}',
            "remote_context",
            None,
        ),
        ("a.jsonld", b'[{"x": {"@context": [{"@import": "a:b"}]}}]', "remote_context", None),
        ("a.xml", NESTED_ENTITY, "syntax", None),
    ],
)
def test_what_cannot_be_read_is_named(name: str, data: bytes, why: str, line: int | None) -> None:
    with pytest.raises(Unreadable) as refused:
        read_document(data, name)
    assert (refused.value.why, refused.value.line) == (why, line)


@settings(max_examples=40)
@given(data=st.binary(max_size=200), name=st.sampled_from([*SYNTAXES, "json", ""]))
def test_rubbish_is_read_or_refused(data: bytes, name: str) -> None:
    try:
        read_document(data, f"x.{name}")
    except Unreadable as error:
        assert error.why


def test_a_data_json_is_no_json_ld_and_the_other_way() -> None:
    document = {"@context": "https://example.org/", "@type": "dcat:Catalog", "dataset": []}
    assert read_document(json.dumps(document).encode(), "data.json") == document
    graph = read_document(b'{"@id": "a:b", "@type": "http://c/d"}', "x.json")
    assert isinstance(graph, Graph)


def test_pages_of_a_catalogue_say_its_faults_once() -> None:
    catalog = replace(make_catalog(), values={**make_catalog().values})
    del catalog.values["title"]  # type: ignore[attr-defined]
    validator = Validator(BASE)
    found = []
    for page in (1, 2, 3):
        graph = catalog_graph(BASE, catalog, [make(page, notes="")], page)
        found += list(validator.check_graph(graph))
        assert find_next(graph) == (f"{BASE}/catalog.ttl?after={page}" if page < 3 else None)
    violations = [f for f in found if f.severity == "violation"]
    assert sorted((f.kind, f.key, f.title) for f in violations) == [
        ("catalog", "title", ""),
        *(("dataset", "description", f"D{page}") for page in (1, 2, 3)),
        *(("distribution", "issued", f"D{page}") for page in (1, 2, 3)),
    ]
    assert not validator.conforms
    assert validator.checked["Dataset"] == 3


def test_terms_of_another_portal_are_understood() -> None:
    catalog = replace(make_catalog(), iri=f"{ELSEWHERE}/catalog")
    graph = catalog_graph(ELSEWHERE, catalog, [make_dataset()])
    assert {f.severity for f in Validator(BASE).check_graph(graph)} == {"warning"}


def test_what_has_no_type_is_known_by_its_place() -> None:
    graph = write(make(1))
    graph.remove((None, RDF.type, DCAT.Dataset))
    graph.remove((None, RDF.type, DCAT.Catalog))
    graph.remove((None, DCTERMS.accrualPeriodicity, None))
    assert ("violation", "dataset", "accrualPeriodicity") in keys(
        list(Validator(BASE).check_graph(graph))
    )


def test_a_distribution_of_no_dataset_is_found() -> None:
    graph = dataset_graph(BASE, make(1))
    graph.remove((None, DCAT.distribution, None))
    found = keys(list(Validator(BASE).check_graph(graph)))
    assert ("violation", "distribution", "datasetIdentifier") in found
    assert ("violation", "dataset", "distribution") in found


def test_datasets_that_name_each_other_are_judged_once_each() -> None:
    first, second = make(1, notes=""), make(2, notes="")
    graph = write(first, second)
    graph.add((URIRef(first.iri), DCTERMS.relation, URIRef(second.iri)))
    graph.add((URIRef(second.iri), DCTERMS.isPartOf, URIRef(make_catalog().iri)))
    found = [f for f in Validator(BASE).check_graph(graph) if f.key == "description"]
    assert sorted((f.kind, f.title) for f in found if f.kind == "dataset") == [
        ("dataset", "D1"),
        ("dataset", "D2"),
    ]


def test_batches_find_what_the_whole_graph_has() -> None:
    graph = write(*(make(n, notes="" if n % 2 else "Sí") for n in range(45)))
    validator = Validator(BASE, is_recorded=True)
    found = list(validator.check_graph(graph))
    _, whole, _ = pyshacl.validate(graph, shacl_graph=make_shapes(BASE))
    assert len(found) == len(list(whole.objects(None, SH.result)))
    report = validator.close()
    assert len(list(report.objects(None, SH.result))) == len(found)
    assert report.value(predicate=SH.conforms, object=Literal(False)) is not None
    read = Graph().parse(data=report.serialize(format="turtle"))
    assert len(list(read.subjects(RDF.type, SH.ValidationResult))) == len(found)
    assert all(read.value(r, SH.resultPath) for r in read.objects(None, SH.result))


def test_blank_nodes_have_faults_too() -> None:
    graph = Graph()
    dataset, publisher = BNode(), BNode()
    graph.add((dataset, RDF.type, DCAT.Dataset))
    graph.add((dataset, DCTERMS.publisher, publisher))
    graph.add((publisher, RDF.type, SKOS.Concept))
    found = list(Validator(BASE).check_graph(graph))
    assert ("violation", "dataset", "publisher->name") in keys(found)
    assert {f.subject for f in found} == {str(dataset)}


PREDICATES = sorted(set(dataset_graph(BASE, make_dataset()).predicates()))
TERMS = st.one_of(
    st.text("ab 1-", max_size=8).map(Literal),
    st.builds(
        lambda text, kind: Literal(text, datatype=kind, normalize=False),
        st.sampled_from(["2018", "2018-02", "2018-02-30", "-5", "2018-11-30T09:00:00Z", "x", ""]),
        st.sampled_from([XSD.date, XSD.dateTime, XSD.gYear, XSD.gYearMonth, XSD.integer]),
    ),
    st.text("ab", max_size=4).map(lambda text: Literal(text, lang="es")),
    st.text("ab", max_size=4).map(lambda text: URIRef(f"https://example.org/{text}")),
    st.builds(BNode),
)


@settings(max_examples=15)
@given(st.lists(st.tuples(st.sampled_from(PREDICATES), TERMS), max_size=12), st.randoms())
def test_nothing_that_a_graph_holds_stops_the_judge(said: list[Any], random: Any) -> None:
    graph = dataset_graph(BASE, make_dataset())
    subjects = sorted(set(graph.subjects()))
    for predicate, term in said:
        graph.add((random.choice(subjects), predicate, term))
    for finding in Validator(BASE).check_graph(graph):
        assert finding.row is not None


def test_records_say_what_they_could_not() -> None:
    validator = Validator(BASE)
    (bad,) = [make_dataset(issued="2018-02-31", notes="")]
    found = list(validator.check_records(make_catalog(), [bad]))
    violations = {(f.kind, f.key, f.why) for f in found if f.severity == "violation"}
    assert violations == {("dataset", "issued", "not_date"), ("dataset", "description", MISSING)}
    (wrong,) = [f for f in found if f.why == "not_date"]
    assert "2018-02-31" in str(wrong.value) and wrong.row and wrong.row.key == "issued"
    assert validator.checked == {"Dataset": 1, "Catalog": 1}


def test_data_json_is_judged_as_its_records() -> None:
    document = to_json(make_catalog(make_dataset()))
    document["dataset"][0]["accrualPeriodicity"] = "a veces"
    document["dataset"][0]["color"] = "azul"
    record = from_json(document, f"{BASE}/data.json")
    found = list(Validator(BASE).check_records(record, record.values["dataset"]))
    assert ("violation", "dataset", "accrualPeriodicity") in keys(found)
    assert ("info", "dataset", "color") in keys(found)
    whys = [f.why for f in found if f.key == "accrualPeriodicity"]
    assert whys == ["not_code"]
