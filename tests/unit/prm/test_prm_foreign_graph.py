"""Others' feeds: what the profile can hold is kept however it is said, the rest is named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prm_graphs import dataset_graph
from prm_sample import LINKS, SITE
from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.namespace import DCAT

from ckanext.gtplan.prm.package import to_package
from ckanext.gtplan.prm.profile import load, nodes, rows
from ckanext.gtplan.prm.record import Record, dataset_record
from ckanext.gtplan.prm.values import Period, Place
from ckanext.gtplan.rdf.geometry import Geometry, read_geometry
from ckanext.gtplan.rdf.graph import Writer
from ckanext.gtplan.rdf.reader import list_datasets, read_catalog, read_dataset

BASE = SITE.base
D = "https://otra.example.org/d/1"
PREFIXES = "".join(f"@prefix {name}: <{uri}> .\n" for name, uri in load()["namespaces"].items())
EU = "http://publications.europa.eu/resource/authority"


def parse(said: str, more: str = "") -> Record:
    text = f"{PREFIXES} <{D}> a dcat:Dataset ; dct:title 'T' ; {said} . {more}"
    return read_dataset(Graph().parse(data=text, format="turtle"), URIRef(D), BASE)


def parse_file(said: str) -> Record:
    record = parse(f"dcat:distribution <{D}/r> ", f"<{D}/r> a dcat:Distribution ; {said} .")
    (distribution,) = record.values["distribution"]
    return Record(kind="distribution", iri=D, values=distribution.values, problems=record.problems)


def why(record: Record) -> list[tuple[str, str]]:
    return sorted((problem.field, problem.why) for problem in record.problems)


@pytest.mark.parametrize(
    ("said", "key", "value"),
    [
        ("dct:publisher [ a foaf:Organization ; foaf:name 'P' ]", "publisher->name", "P"),
        ("dct:publisher 'P'", "publisher->name", "P"),
        ("dct:publisher [ a vcard:Kind ; vcard:fn 'P' ]", "publisher->name", "P"),
        ("dct:publisher <https://p.org>", "publisher->uri", "https://p.org"),
        ("dct:publisher [ foaf:name 'P' ; foaf:mbox 'p@e.org' ]", "publisher->mbox", "p@e.org"),
        ("dcat:contactPoint [ vcard:hasEmail 'a@e.org' ]", "contactPoint->hasEmail", "a@e.org"),
        (
            "dcat:contactPoint [ vcard:hasEmail <mailto:a%2Bb@e.org?subject=x> ]",
            "contactPoint->hasEmail",
            "a+b@e.org",
        ),
        (
            "dcat:contactPoint [ vcard:hasEmail [ vcard:value <mailto:a@e.org> ] ]",
            "contactPoint->hasEmail",
            "a@e.org",
        ),
        ("dct:issued '2018-11-30T00:00:00'^^xsd:dateTime", "issued", "2018-11-30T00:00:00"),
        ("dct:issued '2018-11-30+01:00'^^xsd:date", "issued", "2018-11-30"),
        ("dct:issued '2018'", "issued", "2018"),
        ("dct:license [ rdfs:label 'cc-by' ]", "license", "cc-by"),
        ("dct:license [ dct:title 'Licencia propia' ]", "license", "Licencia propia"),
        ("dct:license <http://creativecommons.org/licenses/by/4.0>", "license", "cc-by"),
        ("dct:license <https://creativecommons.org/licenses/by/4.0/deed.es>", "license", "cc-by"),
        ("dct:license <https://e.org/licencia>", "license", "https://e.org/licencia"),
        ("dct:accrualPeriodicity 'R/P1Y'", "accrualPeriodicity", "R/P1Y"),
        (f"dct:accrualPeriodicity <{EU}/frequency/ANNUAL>", "accrualPeriodicity", "R/P1Y"),
        ("dct:accrualPeriodicity <http://purl.org/cld/freq/annual>", "accrualPeriodicity", "R/P1Y"),
        ("dct:language 'es', 'pt-BR'", "language", ["es", "pt"]),
        (f"dct:language <{EU}/language/SPA>", "language", ["es"]),
        (f"dcat:theme <{EU}/data-theme/GOVE>", "theme", ["GOVE"]),
        (
            f"dcat:theme [ skos:prefLabel 'X' ; skos:exactMatch <{EU}/data-theme/GOVE> ]",
            "theme",
            ["GOVE"],
        ),
        ("dcat:keyword 'salud'@es, 'health'@en", "keyword", [{"en": "health"}, {"es": "salud"}]),
        ("dct:temporal '2018/2020'", "temporal", Period(start="2018", end="2020")),
        (
            "dct:temporal [ schema:startDate '2018' ; schema:endDate '2020' ]",
            "temporal",
            Period(start="2018", end="2020"),
        ),
        (
            "dct:temporal [ time:hasBeginning [ time:inXSDDate '2018-01-01'^^xsd:date ] ]",
            "temporal",
            Period(start="2018-01-01"),
        ),
        ("dct:spatial 'Guatemala'", "spatial", [Place(name="Guatemala")]),
        ("dct:spatial [ rdfs:label 'Guatemala' ]", "spatial", [Place(name="Guatemala")]),
        (f"dct:spatial <{EU}/country/GTM>", "spatial", [Place(code="GTM")]),
        ("dct:spatial <https://g.org/1>", "spatial", [Place(uri="https://g.org/1")]),
        (
            "dct:spatial [ locn:geometry 'POLYGON((-91 14, -91 15, -90 15, -90 14, -91 14))'"
            "^^gsp:wktLiteral ]",
            "spatial",
            [Place(bbox=(-91.0, 14.0, -90.0, 15.0))],
        ),
        (
            'dct:spatial [ locn:geometry \'{"type": "Point", "coordinates": [-90.5, 14.6]}\' ]',
            "spatial",
            [Place(centroid=(-90.5, 14.6))],
        ),
        ("dct:spatial 'POINT(-90.5 14.6)'", "spatial", [Place(centroid=(-90.5, 14.6))]),
        ("dct:title 'Otro'@en", "title", {"en": "Otro"}),
        ("dct:description 'Ñ'@es-419", "description", {"es": "Ñ"}),
        ("dct:contributor [ foaf:name 'A' ]", "contributor", ["A"]),
        ("dct:contributor <https://a.org>", "contributor", ["https://a.org"]),
    ],
)
def test_what_is_said_otherwise_is_understood(said: str, key: str, value: Any) -> None:
    record = parse(said)
    assert record.values[key] == value
    assert why(record) == ([("title", "only_one")] if key == "title" else [])


@pytest.mark.parametrize(
    ("said", "key", "value"),
    [
        ("dct:format 'CSV'", "format", "CSV"),
        ("dct:format [ a dct:IMT ; rdf:value 'text/csv' ; rdfs:label 'CSV' ]", "format", "CSV"),
        (f"dct:format <{EU}/file-type/CSV>", "format", "CSV"),
        ("dct:format 'text/csv'", "format", "CSV"),
        ("dct:format 'Excel viejo'", "format", "Excel viejo"),
        ("dcat:mediaType 'text/csv'", "mediaType", "text/csv"),
        (f"dcat:mediaType <{EU}/file-type/CSV>", "mediaType", "text/csv"),
        ("dcat:byteSize '5120.0'^^xsd:decimal", "byteSize", 5120),
        ("dcat:byteSize 5120", "byteSize", 5120),
        ("dcat:accessURL 'https://a.org/x'", "accessURL", "https://a.org/x"),
        ("dct:rights <https://a.org/r>", "rights", "https://a.org/r"),
        ("dct:rights [ rdfs:label 'R' ]", "rights", "R"),
        ("dct:rights 'R'", "rights", "R"),
        ("dct:conformsTo <https://norma.org>", "codelistlink", ["https://norma.org"]),
        ("dct:conformsTo [ dct:title 'N' ]", "codelists", ["N"]),
    ],
)
def test_distributions_are_understood(said: str, key: str, value: Any) -> None:
    record = parse_file(said)
    assert record.values[key] == value
    assert why(record) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("dct:creator [ foaf:name 'C' ]", [("dct:creator", "not_in_profile")]),
        ("<http://x.org/p> 'v'", [("http://x.org/p", "not_in_profile")]),
        ("dct:isPartOf <https://x.org/serie>", [("dct:isPartOf", "not_in_profile")]),
        ("dcat:theme <http://eurovoc.europa.eu/1>", [("theme", "not_code")]),
        ("dct:accrualPeriodicity 'a veces'", [("accrualPeriodicity", "not_code")]),
        ("dct:issued 'ayer'", [("issued", "not_date")]),
        ("dct:issued '2018', '2019'", [("issued", "only_one")]),
        (
            "dct:publisher [ foaf:name 'A' ], [ foaf:name 'B' ]",
            [("dct:publisher", "only_one")],
        ),
        (
            "dcat:contactPoint [ vcard:fn 'A' ; vcard:hasTelephone <tel:1> ]",
            [("vcard:hasTelephone", "not_in_profile")],
        ),
        (
            "prov:qualifiedAttribution [ prov:agent [ foaf:name 'A' ] ; dcat:hadRole <urn:x> ]",
            [("prov:qualifiedAttribution", "not_in_profile")],
        ),
        (
            "dct:spatial [ locn:geometry '<gml/>' ]",
            [("spatial", "not_place"), ("spatial", "not_place")],
        ),
        (
            "dct:spatial [ locn:geometry 'POLYGON((0 0, 1 0, 0 1, 0 0))' ]",
            [("spatial", "only_box")],
        ),
        ("dcat:landingPage <urn:x>", [("landingPage", "not_url")]),
        ("dcat:distribution 'r'", [("distribution", "not_record")]),
        (
            "dcat:distribution [ dct:title 'R' ; dct:accessRights <urn:public> ]",
            [("dct:accessRights", "not_in_profile")],
        ),
    ],
)
def test_what_cannot_be_kept_is_named(said: str, expected: list[tuple[str, str]]) -> None:
    record = parse(said)
    assert why(record) == sorted(expected)
    assert all(problem.value and str(problem) for problem in record.problems)


def test_things_without_an_address_are_known_again() -> None:
    text = (
        f"{PREFIXES} [] a dcat:Dataset ; dct:identifier 'i' ; dct:title '%s' ; "
        "dcat:distribution [ dcat:accessURL <https://a.org/1> ; dct:title '%s' ] ."
    )

    def read(title: str) -> Record:
        graph = Graph().parse(data=text % (title, title), format="turtle")
        (node,) = graph.subjects(RDF.type, DCAT.Dataset)
        assert list_datasets(graph) == []
        return read_dataset(graph, node, BASE)

    one, other = read("antes"), read("después")
    assert one.iri == other.iri and one.iri.startswith(BASE)
    assert one.values["distribution"][0].iri == other.values["distribution"][0].iri


def test_an_address_that_is_none_is_replaced() -> None:
    graph = Graph()
    node = URIRef("https://a.org/con espacio")
    graph.add((node, RDF.type, DCAT.Dataset))
    record = read_dataset(graph, node, BASE)
    assert why(record) == [("uri", "not_iri")]
    assert len(dataset_graph(BASE, record)) == 1


@pytest.mark.parametrize(
    ("text", "geometry"),
    [
        ("POINT(1 2)", Geometry(point=(1.0, 2.0))),
        ("point Z (1 2 3)", Geometry(point=(1.0, 2.0))),
        (
            "<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(1 2)",
            Geometry(point=(1.0, 2.0)),
        ),
        ("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(2 1)", Geometry(point=(1.0, 2.0))),
        ("<http://www.opengis.net/def/crs/EPSG/0/25830> POINT(2 1)", None),
        ("ENVELOPE(-91, -90, 15, 14)", Geometry(box=(-91.0, 14.0, -90.0, 15.0))),
        (
            '{"type": "Polygon", "coordinates": [[[0,0],[0,2],[1,2],[1,0],[0,0]]]}',
            Geometry(box=(0.0, 0.0, 1.0, 2.0)),
        ),
        (
            "MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
            Geometry(box=(0.0, 0.0, 6.0, 6.0), exact=False),
        ),
        ("Guatemala", None),
        ("POLYGON((0 0", None),
        ("{", None),
        ('{"type": "Point"}', None),
        ('{"type": "Point", "coordinates": []}', None),
        ('{"type": "Point", "coordinates": [[[1]]]}', None),
        ("POLYGON EMPTY", None),
    ],
)
def test_geometries(text: str, geometry: Geometry | None) -> None:
    assert read_geometry(text) == geometry


# Graphs that nobody wrote: known predicates, types and nodes in any combination.

_writer = Writer(BASE)
_ROWS = [row for kind in load()["classes"] for row in rows(kind)]
_PREDICATES = sorted(
    {_writer.expand(step.predicate) for row in _ROWS for step in row.steps}
    | {_writer.expand(name) for names in load()["alternatives"].values() for name in names}
    | {RDF.type, RDF.first, RDF.rest}
)
_CLASSES = sorted(
    {_writer.expand(node.rdf_class) for node in nodes().values()}
    | {_writer.expand(row.range) for row in _ROWS if row.range}
)
_NODES = st.sampled_from(
    [
        URIRef(D),
        URIRef(f"{D}#publisher"),
        URIRef(f"{D}#standard-99999999999999999999"),
        URIRef("con espacio <>"),
        URIRef("mailto:x@e.org"),
        BNode("a"),
        BNode("b"),
        BNode("c"),
        RDF.nil,
        *_CLASSES,
    ]
)
_LITERALS = st.builds(
    Literal,
    st.text(max_size=8) | st.sampled_from(["2018", "POINT(", "{", "[", "POLYGON((1 2, 3", "\x00"]),
    lang=st.sampled_from([None, "es", "x-none", "zh-Hans-CN", "q"]),
) | st.builds(Literal, st.floats() | st.booleans() | st.integers() | st.dates())
_GRAPHS = st.lists(st.tuples(_NODES, st.sampled_from(_PREDICATES), _NODES | _LITERALS), max_size=40)


@given(_GRAPHS)
def test_no_graph_makes_it_fail(triples: list[tuple[Any, Any, Any]]) -> None:
    graph = Graph()
    for triple in triples:
        graph.add(triple)
    for subject in (URIRef(D), BNode("a")):
        record = read_dataset(graph, subject, BASE)
        assert all(str(problem) for problem in record.problems)
        again = dataset_record(to_package(record), SITE, links=LINKS)
        assert again.iri == record.iri
        Writer(BASE).add(record)
        assert read_catalog(graph, subject, BASE).kind == "catalog"
