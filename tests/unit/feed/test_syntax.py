"""What is written in each syntax is what was said, whatever it is."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rdflib import RDF, XSD, BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS

from ckanext.gtplan.feed.making.layout import ENDINGS, SEPARATORS, TAILS, write_head
from ckanext.gtplan.feed.making.syntax import list_prefixes, read_graph, write_bodies
from ckanext.gtplan.prm.texts import clean_text
from ckanext.gtplan.rdf.statements import Said, Text

BASE = "https://datos.example.org"
FORMATS = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "xml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
RDFLIB = {"nt": "nt", "ttl": "turtle", "xml": "xml", "jsonld": "json-ld"}
DCT = "http://purl.org/dc/terms/"

names = st.sampled_from(
    [
        f"{BASE}/dataset/1",
        f"{BASE}/dataset/1#contact",
        f"{BASE}/ns/prm#profile",
        "urn:uuid:0cc6f837-63ab-5c94-a3ce-828f34dc0243",
        "mailto:datos@example.org",
        "https://example.org/a?b=c&d='e'#f",
        "http://publications.europa.eu/resource/authority/language/SPA",
        "http://creativecommons.org/licenses/by/4.0/",
        "http://xmlns.com/foaf/0.1/",
        "http://purl.org/dc/terms/title.",
        "http://purl.org/dc/terms/1",
        "http://purl.org/dc/terms/-a",
        "org:algo",
        "dct:title",
        "https://example.org/áéí",
        "https://example.org/_:x",
    ]
)
predicates = st.sampled_from(
    [
        f"{DCT}title",
        f"{DCT}relation",
        str(RDF.type),
        f"{BASE}/ns/prm#dataModified",
        "http://otro.example.org/ns#algo",
        "http://otro.example.org/a&b/_c-1",
        "http://www.w3.org/ns/hydra/core#view",
    ]
)
literals = st.builds(
    Text,
    st.text(),
    st.sampled_from([None, "es", "pt-BR", "zh-Hant"]),
    st.none(),
) | st.builds(
    Text,
    st.text(),
    st.none(),
    st.sampled_from([str(XSD.date), "http://www.opengis.net/ont/geosparql#wktLiteral"]),
)


@st.composite
def statements(draw: Any) -> Said:
    terms = st.tuples(predicates, names | literals)
    listed = draw(st.lists(st.tuples(names, st.lists(terms, min_size=1, max_size=4)), max_size=4))
    said: Said = {}
    for subject, about in listed:
        said.setdefault(subject, {}).update(dict.fromkeys(about))
    return said


def make_triples(said: Said) -> set[ox.Triple]:
    """Make triples of what is said, so far as it can be."""
    return {
        ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), make_term(term))
        for subject, about in said.items()
        for predicate, term in about
    }


def make_term(term: str | Text) -> ox.NamedNode | ox.Literal:
    if isinstance(term, str):
        return ox.NamedNode(term)
    text = clean_text(term.text)
    if term.datatype:
        return ox.Literal(text, datatype=ox.NamedNode(term.datatype))
    return ox.Literal(text, language=term.language) if term.language else ox.Literal(text)


def join(syntax: str, bodies: list[bytes], catalogue: Graph | None = None) -> bytes:
    graph = Graph() if catalogue is None else catalogue
    head = write_head(syntax, graph, BASE, is_empty=not bodies)
    return head + SEPARATORS[syntax].join(bodies) + TAILS[syntax]


def read(syntax: str, document: bytes) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(document, format=FORMATS[syntax])}


@given(st.lists(statements(), max_size=3))
def test_documents_say_what_was_said(parts: list[Said]) -> None:
    expected = set().union(*(make_triples(said) for said in parts))
    for syntax in FORMATS:
        bodies = [write_bodies(said, BASE)[syntax] for said in parts if said]
        assert read(syntax, join(syntax, bodies)) == expected, syntax


@given(statements())
def test_rdflib_reads_the_same(said: Said) -> None:
    bodies = write_bodies(said, BASE) if said else dict.fromkeys(FORMATS, b"")
    found = []
    for syntax, name in RDFLIB.items():
        document = join(syntax, [bodies[syntax]] if said else [])
        found.append(set(Graph().parse(data=document, format=name)))
    assert len(found[0]) == len(make_triples(said))
    assert found[1:] == found[:1] * 3


@pytest.mark.parametrize("is_empty", [True, False])
@pytest.mark.parametrize("syntax", FORMATS)
def test_the_head_says_what_the_catalogue_is(syntax: str, is_empty: bool) -> None:
    subject = URIRef(f"{BASE}/catalog")
    catalogue = Graph()
    catalogue.add((subject, DCTERMS.title, Literal("Catálogo", lang="es")))
    said: Said = {f"{BASE}/dataset/1": {(f"{DCT}title", Text("Uno")): None}}
    bodies = [] if is_empty else [write_bodies(said, BASE)[syntax]]
    document = join(syntax, bodies, catalogue)
    title = Text("Catálogo", "es")
    expected = {} if is_empty else said
    assert read(syntax, document) == make_triples(
        {**expected, str(subject): {(f"{DCT}title", title): None}}
    )
    assert document == join(syntax, bodies, catalogue)


@pytest.mark.parametrize("catalogue", [{}, {"title": "x", "dataset": [1]}])
@pytest.mark.parametrize("bodies", [[], [b'{"a": 1}'], [b"{}", b"{}"]])
def test_data_json(catalogue: dict[str, Any], bodies: list[bytes]) -> None:
    head = write_head("json", catalogue, BASE, is_empty=not bodies)
    document = json.loads(head + SEPARATORS["json"].join(bodies) + TAILS["json"])
    listed = [json.loads(body) for body in bodies]
    assert document == {**{k: v for k, v in catalogue.items() if k == "title"}, "dataset": listed}


@pytest.mark.parametrize(
    "name",
    [
        *("", "a b", "http://a b/", "http://a/<x>", "x", "http://a/\x80"),
        *(
            "http://a/ ",
            "http://a/\n",
            " http://a/",
            "http://a/\u2028b",
            "http://a/%",
            "http://a/%zz",
        ),
        *(
            "http://a/[b]",
            "http://a/#b#c",
            "http://[::1",
            "http://a[b/",
            "http://a:x/",
            "http://a/\ue000",
        ),
    ],
)
def test_what_is_no_iri_is_refused(name: str) -> None:
    good = f"{BASE}/1"
    for said in (
        {name: {(good, good): None}},
        {good: {(name, good): None}},
        {good: {(good, name): None}},
        {good: {(f"{DCT}date", Text("x", datatype=name or "?")): None}},
    ):
        with pytest.raises(ValueError):
            write_bodies(said, BASE)


# the characters that mean something in an IRI, or in the texts that IRIs are written into
@given(st.text(st.sampled_from("ab1/?#:@%[]&'()+-._~é\u2028\ue000 \n\\<") | st.characters()))
@example("[0]")
@example("[::ffff:1.2.3.4]:80/")
def test_what_is_an_iri_is_one_to_other_parsers(rest: str) -> None:
    iri = f"http://{rest}"
    try:
        bodies = write_bodies({iri: {(f"{DCT}title", iri): None}}, BASE)
    except ValueError:
        return
    for syntax in FORMATS:
        document = join(syntax, [bodies[syntax]])
        (triple,) = read(syntax, document)
        assert triple.subject.value == triple.object.value == iri
        (said,) = Graph().parse(data=document, format=RDFLIB[syntax])
        assert str(said[0]) == str(said[2]) == iri


def test_a_predicate_that_xml_cannot_name_is_refused() -> None:
    reserved = [f"{RDF}{name}" for name in ("li", "about", "Description")]
    for predicate in (f"{BASE}/ns#", f"{BASE}/ns/12", f"{BASE}/ns/a:b", "urn:x:y", *reserved):
        with pytest.raises(ValueError, match="property"):
            write_bodies({BASE: {(predicate, BASE): None}}, BASE)


def test_a_blank_node_is_refused() -> None:
    graph = Graph()
    graph.add((BNode(), RDF.type, DCTERMS.Agent))
    with pytest.raises(ValueError, match="not an IRI"):
        read_graph(graph)


def test_each_ending_has_a_syntax_and_each_prefix_a_namespace() -> None:
    assert {syntax for syntax, _ in ENDINGS.values()} == set(SEPARATORS) == set(TAILS)
    prefixes = list_prefixes(BASE)
    assert len(set(prefixes.values())) == len(prefixes)
