"""Services in the terms of CPSV-AP: the official shapes, every syntax, whatever a service holds."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyshacl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_samples import BASE, BODIES, INVENTORY, fill, make_service_writer, write_services
from rdflib import DCTERMS, FOAF, RDF, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, SH

from ckanext.gtplan.plan.registers import Service
from ckanext.gtplan.plan.shapes import CONTROL
from ckanext.gtplan.plan.vocabulary import list_codes
from ckanext.gtplan.rdf.cpsv import ServiceRecord
from ckanext.gtplan.rdf.feed import SYNTAXES, serialize
from ckanext.gtplan.rdf.joining import join

CPSV = Namespace("http://purl.org/vocab/cpsv#")
CV = Namespace("http://data.europa.eu/m8g/")
GTP = Namespace(f"{BASE}/ns/gtp#")
AUTHORITY = Namespace("http://publications.europa.eu/resource/authority/")
SUBJECT = URIRef(f"{BASE}/services/gae/s1")

syntaxes = pytest.mark.parametrize("ending", SYNTAXES)
texts = st.text(max_size=60)
lists = st.lists(texts, max_size=3).map(tuple)
amounts = st.decimals(0, 10**13, places=2) | st.integers(0, 10**6).map(Decimal)


def make_service(**fields: Any) -> Service:
    return Service(**{"service_id": "s1", "name": "Pasaporte", **fields})


def say(**fields: Any) -> Graph:
    return write_services(make_service(**fields))


def parse(graph: Graph, ending: str) -> Graph:
    text = serialize(graph, SYNTAXES[ending], BASE)
    return Graph().parse(data=text, format=SYNTAXES[ending].name)


def read_shapes() -> Graph:
    folder = Path(__file__).parents[4] / "shared/reference/shacl/cpsv-ap-3.2.0"
    path = folder / "cpsv-ap-SHACL.ttl"
    if not path.exists():
        message = "the reference material is not here: CPSV-AP's shapes"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return Graph().parse(path)


def judge(graph: Graph) -> list[str]:
    """List what the official shapes of CPSV-AP find, which the machine that judges must have."""
    _, results, _ = pyshacl.validate(graph, shacl_graph=read_shapes(), advanced=False)
    return [
        f"{results.value(result, SH.focusNode)} {results.value(result, SH.resultPath)}"
        for result in results.objects(None, SH.result)
    ]


def test_a_service_with_every_field_has_no_violation() -> None:
    graph = write_services(fill(Service))
    assert len(graph) > 130
    assert not judge(graph)


def test_a_service_of_which_next_to_nothing_is_known_has_no_violation() -> None:
    alone = replace(INVENTORY, dataset=None, owner="nadie")
    for graph in (say(), write_services(make_service(), inventory=alone)):
        assert (SUBJECT, RDF.type, CPSV.PublicService) in graph
        assert not judge(graph)


def test_codes_that_no_list_has_and_institutions_that_are_gone_have_no_violation() -> None:
    fields = ("service_type", "thematic_area", "sector", "audience", "life_event", "channels")
    graph = say(
        **dict.fromkeys(fields, ("de antes",)),
        stage="de antes",
        languages=("xx",),
        spatial=("GT-01", "??"),
        competent_authority=("desaparecida",),
        is_free=True,
        cost_amount=Decimal("0.00"),
    )
    assert not judge(graph)
    (authority,) = graph.objects(SUBJECT, CV.hasCompetentAuthority)
    assert graph.value(authority, SKOS.prefLabel) == Literal("desaparecida", lang="es")


def test_what_is_said_of_a_service_in_the_profiles_terms_is_of_that_class_in_the_shapes() -> None:
    shapes = read_shapes()
    graph = write_services(fill(Service))
    for kind, subject in ((k, s) for s, k in graph.subject_objects(RDF.type)):
        said = {p for p in graph.predicates(subject) if str(p).startswith((str(CV), str(CPSV)))}
        known = {
            path
            for shape in shapes.subjects(SH.targetClass, kind)
            for part in shapes.objects(shape, SH.property)
            for path in shapes.objects(part, SH.path)
        }
        # of these two the shapes demand nothing, and so do not speak
        assert said <= known | {CV.email, CV.telephone} or kind == FOAF.Agent, subject


def test_the_shapes_find_what_is_wrong() -> None:
    graph = say(cost_amount=Decimal("9.50"))
    (cost,) = graph.objects(SUBJECT, CV.hasCost)
    graph.set((cost, CV.hasValue, Literal("9.50")))
    graph.remove((SUBJECT, CV.hasCompetentAuthority, None))
    assert len(judge(graph)) == 2


def test_an_institution_without_a_country_is_where_the_portal_is_or_nowhere_known() -> None:
    for place, expected in (("GTM", AUTHORITY["country/GTM"]), (None, None)):
        bodies = {n: replace(b, entity=replace(b.entity, country=None)) for n, b in BODIES.items()}
        writer = make_service_writer(place, bodies)
        writer.add(ServiceRecord(iri=str(SUBJECT), entity=make_service(), inventory=INVENTORY))
        writer.add_bodies()
        graph = writer.take()
        authority = graph.value(SUBJECT, CV.hasCompetentAuthority)
        where = graph.value(authority, DCTERMS.spatial)
        assert (where, RDF.type, DCTERMS.Location) in graph
        assert expected in (where, None)


@syntaxes
def test_a_document_is_the_same_in_every_syntax_and_has_no_blank_node(ending: str) -> None:
    graph = write_services(fill(Service), make_service())
    assert set(parse(graph, ending)) == set(graph)
    assert not [term for statement in graph for term in statement if isinstance(term, BNode)]


@syntaxes
def test_pages_make_one_document(ending: str) -> None:
    pages = [write_services(fill(Service)), Graph(), say(name="\u2028<b>&amp;")]
    text = "".join(join(pages, SYNTAXES[ending], BASE))
    read = Graph().parse(data=text, format=SYNTAXES[ending].name)
    assert set(read) == {statement for page in pages for statement in page}


@given(texts, texts, lists, lists, amounts)
def test_texts_and_amounts_come_back_from_every_syntax(
    name: str, note: str, steps: tuple[str, ...], norms: tuple[str, ...], cost: Decimal
) -> None:
    graph = say(
        name=name,
        description=note,
        steps=steps,
        requirements=norms,
        input_documents=steps,
        output=norms,
        legal_basis=norms,
        keywords=steps,
        life_event=steps,
        channels=norms,
        spatial=steps,
        languages=norms,
        online_url=note,
        processing_time=name,
        cost_amount=cost,
        cost_currency=name,
        contact_email=note,
        source=note,
    )
    for ending in ("ttl", "xml", "nt", "jsonld", "n3"):
        assert set(parse(graph, ending)) == set(graph)
    (fee,) = graph.objects(SUBJECT, CV.hasCost)
    assert Decimal(str(graph.value(fee, CV.hasValue))) == cost
    cleaned = CONTROL.sub("", name.replace("\r\n", "\n").replace("\r", "\n"))
    expected = cleaned if cleaned.strip() else "s1"
    assert list(graph.objects(SUBJECT, DCTERMS.title)) == [Literal(expected, lang="es")]


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x0b\ud800 con control",
        "\"\"\"''' \\u0041 \\ <script>alert(1)</script> ]]> &lt;",
        "á" * 10_000,
        "http://bad address/ {x} <y>",
        "\u202edcba\u2028",
        "\x00",
    ],
    ids=["control", "marks", "long", "address", "direction", "nothing"],
)
def test_nothing_in_a_service_makes_a_document_unreadable_or_wrong(text: str) -> None:
    hostile = {
        name: (text,) if isinstance(value, tuple) else text
        for name, value in vars(fill(Service)).items()
        if isinstance(value, (tuple, str)) and name not in ("service_id",)
    }
    graph = say(**hostile)
    for ending in SYNTAXES:
        assert set(parse(graph, ending)) == set(graph)
    assert not judge(graph)


def test_a_service_that_cannot_be_said_has_its_name_and_breaks_no_other() -> None:
    graph = write_services(make_service(steps=7), make_service(service_id="s2", name="Otro"))
    assert graph.value(SUBJECT, DCTERMS.title) == Literal("Pasaporte", lang="es")
    other = URIRef(f"{BASE}/services/gae/s2")
    assert graph.value(other, DCTERMS.title) == Literal("Otro", lang="es")
    assert not judge(graph)


def test_costs_are_said_as_they_are_known() -> None:
    def find_costs(**fields: Any) -> list[tuple[str, str | None]]:
        graph = say(**fields)
        return [
            (str(graph.value(cost, CV.hasValue)), graph.value(cost, CV.currency))
            for cost in graph.objects(SUBJECT, CV.hasCost)
        ]

    quetzal = AUTHORITY["currency/GTQ"]
    assert find_costs() == []
    assert find_costs(is_free=False) == []
    assert find_costs(is_free=True) == [("0.0", None)]
    assert find_costs(cost_amount=Decimal("1234567.89"), cost_currency="GTQ") == [
        ("1234567.89", quetzal)
    ]
    assert find_costs(cost_amount=Decimal("5"), cost_currency="quetzales") == [("5.0", None)]
    assert find_costs(cost_note="Según el caso") == [("None", None)]


@pytest.mark.parametrize(
    "given_as, said",
    [
        ("P5D", "P5D"),
        ("PT2H", "PT2H"),
        ("P2W", None),
        ("P1Y2M3DT4H5M6.7S", "P1Y2M3DT4H5M6.7S"),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("5 días", None),
        ("P٣D", None),
    ],
)
def test_a_duration_is_said_as_xml_schema_has_it(given_as: str, said: str | None) -> None:
    found = list(say(processing_time=given_as).objects(SUBJECT, CV.processingTime))
    expected = [Literal(said, datatype=XSD.duration, normalize=False)] if said else []
    assert found == expected


def test_a_norm_has_its_words_and_its_address() -> None:
    graph = say(legal_basis=("Decreto 5-2021 https://example.org/decreto", "Acuerdo 1"))
    laws = {
        str(graph.value(law, DCTERMS.title)): graph.value(law, FOAF.page)
        for law in graph.objects(SUBJECT, CV.hasLegalResource)
    }
    assert laws == {"Decreto 5-2021": URIRef("https://example.org/decreto"), "Acuerdo 1": None}


def test_an_address_that_is_none_is_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        graph = say(channels=("ONL",), online_url="javascript:alert(1)")
    assert "online_url" in caplog.text
    (channel,) = graph.objects(SUBJECT, CV.hasChannel)
    assert not list(graph.objects(channel, FOAF.page))


def test_the_online_channel_leads_to_where_it_is_done() -> None:
    page = URIRef("https://example.org/hacer")
    for channels in ((), ("ONL", "PERSON")):
        graph = say(channels=channels, online_url=str(page))
        (channel,) = graph.subjects(FOAF.page, page)
        assert graph.value(channel, DCTERMS.type) == GTP["service_channel-ONL"]
        assert len(list(graph.objects(SUBJECT, CV.hasChannel))) == max(1, len(channels))


def test_authorities_name_what_they_list_and_the_portal_the_rest() -> None:
    graph = say(thematic_area=("HEAL",), sector=("O",), languages=("spa", "quc"), spatial=("GTM",))
    assert graph.value(SUBJECT, CV.thematicArea) == AUTHORITY["data-theme/HEAL"]
    assert str(graph.value(SUBJECT, CV.sector)) == "http://data.europa.eu/ux2/nace2/O"
    languages = {AUTHORITY["language/SPA"], GTP["service_language-quc"]}
    assert set(graph.objects(SUBJECT, DCTERMS.language)) == languages
    assert graph.value(SUBJECT, DCTERMS.spatial) == AUTHORITY["country/GTM"]


def test_services_share_life_events() -> None:
    event = list_codes("life_event")[0]
    graph = write_services(
        make_service(life_event=(event,)), make_service(service_id="s2", life_event=(event,))
    )
    assert len(set(graph.objects(None, CV.isGroupedBy))) == 1
    (node,) = graph.subjects(RDF.type, CV.Event)
    assert {title.language for title in graph.objects(node, DCTERMS.title)} == {"es", "en", "pt-BR"}


def test_a_service_is_no_dataset_and_part_of_one() -> None:
    graph = say()
    dataset = URIRef(str(INVENTORY.dataset))
    assert set(graph.subjects(RDF.type, DCAT.Dataset)) == {dataset}
    assert (dataset, DCTERMS.hasPart, SUBJECT) in graph
    assert (SUBJECT, DCTERMS.isPartOf, dataset) in graph
    assert (URIRef(INVENTORY.iri), DCTERMS.hasPart, SUBJECT) in graph
    private = write_services(make_service(), inventory=replace(INVENTORY, dataset=None))
    assert not list(private.subjects(RDF.type, DCAT.Dataset))
    assert not list(private.objects(None, DCTERMS.isPartOf))


def test_a_record_that_is_not_public_is_not_named() -> None:
    graph = say(commitment="secreto")
    assert "secreto" not in serialize(graph, SYNTAXES["nt"], BASE)
    assert not list(graph.objects(None, DCTERMS.relation))
