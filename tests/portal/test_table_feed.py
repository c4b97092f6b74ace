"""Rows of living tables as RDF: services by the official shapes, cubes, and nothing hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ckan import model
from ckan.tests import factories
from cpsv_shapes import judge_services
from living import act, make_inventory, make_owner, make_register, remove, removing, upsert
from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, QB, SKOS, Namespace

from ckanext.gtplan.logic.exchange import service_feed
from ckanext.gtplan.plan.registers import Service
from ckanext.gtplan.rdf.feed import SYNTAXES

BASE = "https://datos.example.org"
CPSV = Namespace("http://purl.org/vocab/cpsv#")
CV = Namespace("http://data.europa.eu/m8g/")
GTP = Namespace(f"{BASE}/ns/gtp#")
OWNER, OTHER = "min-rdf", "min-rdf-dos"
OLD, CURRENT, SECOND = "servicios-rdf-2025", "servicios-rdf-2026", "servicios-rdf-dos"
DATASET = f"{CURRENT}-datos"
INDICATOR, REGISTER = "indicador-rdf", "registro-rdf"
SERVICE = URIRef(f"{BASE}/services/{OWNER}/pasaporte")
PASSPORT = {
    "service_id": "pasaporte",
    "name": "Pasaporte <ordinario> & \u2028 urgente",
    "description": "Documento de viaje",
    "competent_authority": OWNER,
    "service_type": "identity_document",
    "thematic_area": "GOVE",
    "sector": "O",
    "audience": "citizens",
    "life_event": "travelling_and_migrating",
    "channels": "ONL|PERSON",
    "online_url": "https://example.org/pasaporte",
    "office_address": "6a avenida",
    "opening_hours": "Lunes a viernes",
    "requirements": "Ser guatemalteco",
    "input_documents": "DPI|Boleto de ornato",
    "steps": "Pagar|Pedir cita|Presentarse",
    "is_free": "false",
    "cost_amount": "230.50",
    "cost_currency": "GTQ",
    "processing_time": "P14D",
    "output": "Pasaporte",
    "legal_basis": "Decreto 44-2016 https://example.org/decreto",
    "stage": "in_operation",
    "languages": "spa|quc",
    "spatial": "GTM",
    "keywords": "viaje",
    "os_application": "Y",
    "os_decision": "N",
}
CITA = {
    "service_id": "cita",
    "name": "Cita",
    "is_free": "true",
    "channels": "ONL",
    "online_url": "https://example.org/cita",
}

Pull = Callable[[str], Graph]
NAMES = (DATASET, OLD, CURRENT, SECOND, INDICATOR, REGISTER)

pytestmark = [
    pytest.mark.ckan_config("ckanext.gtplan.base_uri", BASE),
    pytest.mark.usefixtures("request_context", "made"),
]


@pytest.fixture(scope="module")
def made(shared_app: Any) -> Iterator[None]:
    """Two institutions, one with two years; an indicator and a register; not changed by tests."""
    with shared_app.flask_app.test_request_context(), removing(*NAMES):
        owner, other = make_owner(OWNER), make_owner(OTHER)
        old = make_inventory(OLD, reference_year=2025, owner_org=owner["id"])
        upsert(old, {"service_id": "pasaporte", "name": "Pasaporte de antes"})
        upsert(old, {"service_id": "telegrama", "name": "Telegrama"})
        current = make_inventory(CURRENT, owner_org=owner["id"], title="Inventario de servicios")
        upsert(current, PASSPORT, CITA)
        second = make_inventory(SECOND, owner_org=other["id"])
        upsert(second, {"service_id": "pasaporte", "name": "Otro pasaporte"})
        register = make_register(REGISTER, owner_org=owner["id"])
        upsert(
            register,
            {"standard_id": "s1", "name": "Norma S", "standard_status": "collected"},
            table="standards",
        )
        yield


@pytest.fixture
def published(request_context: None, dataset: Callable[..., Any]) -> Iterator[URIRef]:
    """The dataset of the current inventory, as publishing it would name it."""
    found = dataset(name=DATASET, owner_org=make_owner(OWNER)["id"], title="Datos")
    yield URIRef(f"{BASE}/dataset/{found['id']}")
    remove(DATASET)


ADDRESSES = ("/services", f"/services/{OWNER}/pasaporte", f"/service_inventory/{CURRENT}/services")


@pytest.mark.parametrize("address", ADDRESSES)
def test_services_have_no_violation_of_cpsv_ap(address: str, pull: Pull, published: URIRef) -> None:
    graph = pull(f"{address}.ttl")
    assert (SERVICE, RDF.type, CPSV.PublicService) in graph
    assert (published, RDF.type, DCAT.Dataset) in graph
    assert not judge_services(graph)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("ending", SYNTAXES)
def test_services_say_the_same_in_every_syntax(address: str, ending: str, pull: Pull) -> None:
    graph = pull(f"{address}.{ending}")
    assert set(graph) == set(pull(f"{address}.nt"))
    assert (SERVICE, DCTERMS.title, Literal(PASSPORT["name"], lang="es")) in graph


def test_the_whole_is_sent_while_it_is_written(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many services there are, some are with the reader before the rest is read."""
    read = []

    def read_batches(package_id: str, table_name: str) -> Iterator[list[Service]]:
        for number in range(100):
            read.append(number)
            yield [Service(service_id=f"s{number}", name="x")]

    monkeypatch.setattr(service_feed, "read_batches", read_batches)
    for ending in SYNTAXES:
        read.clear()
        answer = app.flask_app.test_client().get(f"/services.{ending}")
        pieces = answer.iter_encoded()
        assert "".join(next(pieces).decode() for _ in range(3))
        assert 0 < len(read) < 5
        answer.close()


def test_a_service_is_what_its_row_says(pull: Pull) -> None:
    graph = pull(f"/services/{OWNER}/pasaporte.ttl")
    (cost,) = graph.objects(SERVICE, CV.hasCost)
    assert float(str(graph.value(cost, CV.hasValue))) == 230.5
    assert str(graph.value(SERVICE, CV.processingTime)) == "P14D"
    assert len(list(graph.objects(SERVICE, CPSV.hasInput))) == 2
    assert len(list(graph.objects(SERVICE, CPSV.follows))) == 3
    assert graph.value(SERVICE, GTP.maturityLevel) is not None
    (authority,) = graph.objects(SERVICE, CV.hasCompetentAuthority)
    assert (authority, RDF.type, CV.PublicOrganisation) in graph
    assert str(authority).rpartition("/")[2] == make_owner(OWNER)["id"]


def test_the_whole_has_the_newest_inventory_of_each_institution(pull: Pull) -> None:
    graph = pull("/services.ttl")
    found = {str(node) for node in graph.subjects(RDF.type, CPSV.PublicService)}
    base = f"{BASE}/services"
    assert {f"{base}/{OWNER}/pasaporte", f"{base}/{OWNER}/cita"} <= found
    assert f"{base}/{OTHER}/pasaporte" in found
    assert f"{base}/{OWNER}/telegrama" not in found
    assert set(pull(f"/services/{OWNER}/cita.nt")) <= set(graph)


def test_a_past_inventory_has_versions_of_what_stands_at_the_stable_address(pull: Pull) -> None:
    graph = pull(f"/service_inventory/{OLD}/services.ttl")
    nodes = {str(node).rpartition("-")[2]: node for node in graph.subjects(DCTERMS.isVersionOf)}
    assert set(nodes) == {"pasaporte", "telegrama"}
    assert graph.value(nodes["pasaporte"], DCTERMS.isVersionOf) == SERVICE
    assert not list(graph.objects(SERVICE, DCTERMS.title))
    assert not judge_services(graph)


def test_a_service_answers_at_its_iri_with_what_is_asked_for(app: Any) -> None:
    address = str(SERVICE).removeprefix(BASE)
    for syntax in SYNTAXES.values():
        answer = app.get(address, headers={"Accept": syntax.media_type}, status=200)
        assert answer.headers["Content-Type"].startswith(syntax.media_type)
        named = answer.headers["Content-Location"].removeprefix(BASE)
        assert app.get(named, status=200).headers["Content-Type"].startswith(syntax.media_type)
    page = app.get(address, status=200)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Accept" in page.headers["Vary"]
    assert f"/services/{OWNER}/pasaporte.ttl" in page.body


def test_the_pages_of_records_name_the_documents_of_their_rows(app: Any) -> None:
    page = app.get(f"/service_inventory/{CURRENT}", status=200).body
    links = [part.partition(">")[0] for part in page.split('<link rel="alternate"')[1:]]
    (named,) = [link for link in links if f"/{CURRENT}/services.ttl" in link]
    assert 'type="text/turtle"' in named


def test_what_is_gone_says_so_and_what_never_was_is_not_found(app: Any) -> None:
    gone = app.get(f"/services/{OWNER}/telegrama.ttl", status=410)
    assert "2025" in gone.body
    for address in (
        f"/services/{OWNER}/nada.ttl",
        "/services/nadie/pasaporte.ttl",
        "/services/a%00b/c%22.ttl",
        "/service_inventory/nada/services.ttl",
        f"/service_inventory/{INDICATOR}/services.ttl",
        "/service_inventory/a%27b/services.ttl",
        "/indicator/nada/observations.ttl",
    ):
        assert app.get(address, status=404).body.strip()


@pytest.mark.parametrize("change", [{"private": True}, {"state": "draft"}, {"state": "deleted"}])
def test_what_is_hidden_is_in_no_document_for_nobody(app: Any, change: dict[str, Any]) -> None:
    token = {"Authorization": factories.SysadminWithToken()["token"]}
    act("package_patch", id=SECOND, **change)
    try:
        for headers in ({}, token):
            for address in (
                f"/service_inventory/{SECOND}/services.ttl",
                f"/services/{OTHER}/pasaporte.ttl",
            ):
                app.get(address, headers=headers, status=404)
            for ending in ("nt", "jsonld"):
                text = app.get(f"/services.{ending}", headers=headers, status=200).body
                assert "Otro pasaporte" not in text
    finally:
        act("package_patch", id=SECOND, private=False, state="active")


def test_dataset_and_services_lead_to_each_other_and_no_service_is_a_dataset(
    pull: Pull, published: URIRef
) -> None:
    graph = pull("/services.ttl")
    assert (published, DCTERMS.hasPart, SERVICE) in graph
    assert (SERVICE, DCTERMS.isPartOf, published) in graph
    services = set(graph.subjects(RDF.type, CPSV.PublicService))
    assert not services & set(graph.subjects(RDF.type, DCAT.Dataset))
    inventory = URIRef(f"{BASE}/service_inventory/{act('package_show', id=CURRENT)['id']}")
    assert (inventory, DCTERMS.hasPart, SERVICE) in graph
    (document,) = pull(f"/service_inventory/{CURRENT}.ttl").objects(inventory, RDFS.seeAlso)
    assert (SERVICE, RDF.type, CPSV.PublicService) in pull(str(document).removeprefix(BASE))
    catalog = pull("/catalog.ttl")
    assert not list(catalog.subjects(RDF.type, CPSV.PublicService))
    assert SERVICE not in set(catalog.subjects(RDF.type, DCAT.Dataset))


def test_a_dataset_that_is_private_is_not_named(app: Any, published: URIRef) -> None:
    act("package_patch", id=DATASET, private=True)
    for address in ADDRESSES:
        assert str(published) not in app.get(f"{address}.nt", status=200).body


def test_every_own_term_is_where_it_says(app: Any, pull: Pull) -> None:
    described = Graph().parse(data=app.get("/ns/gtp.ttl").body, format="turtle")
    graph = pull("/services.ttl") + pull("/indicators.ttl") + pull(f"/register/{REGISTER}.ttl")
    own = {term for s in graph for term in s if str(term).startswith(f"{BASE}/ns/")}
    assert len(own) > 15
    assert not [term for term in own if (term, RDFS.label, None) not in described]


def test_the_query_of_the_docs_works(pull: Pull) -> None:
    text = (Path(__file__).parents[2] / "docs" / "services-rdf.md").read_text("utf-8")
    (query,) = (part.partition("```")[0] for part in text.split("```sparql\n")[1:])
    found = pull("/services.ttl").query(query.replace("PORTAL", BASE))
    assert ("Cita", CITA["online_url"]) in {(str(row.title), str(row.page)) for row in found}


def test_rows_of_a_register_stand_in_its_document_and_in_all_plans(pull: Pull) -> None:
    register = URIRef(f"{BASE}/register/{act('package_show', id=REGISTER)['id']}")
    standard = URIRef(f"{register}#standard-s1")
    for ending in SYNTAXES:
        graph = pull(f"/register/{REGISTER}.{ending}")
        assert (register, DCTERMS.hasPart, standard) in graph
        assert (standard, DCTERMS.title, Literal("Norma S", lang="es")) in graph
    assert set(graph) <= set(pull("/plans.nt"))


@pytest.fixture
def indicator(request_context: None) -> Iterator[URIRef]:
    """A public indicator with observations; what it belongs to is not asked of it here."""
    remove(INDICATOR)
    owner = make_owner(OWNER)["id"]
    parent = {"type": "commitment", "title": "C", "owner_org": owner, "commitment_number": 1}
    plan = {"type": "action_plan", "title": "P", "owner_org": owner, "plan_number": 1}
    act("package_create", name="plan-rdf", **plan)
    act("package_create", name="plan-rdf-c01", action_plan="plan-rdf", **parent)
    fields = {"type": "indicator", "title": "Servicios en línea", "unit": "servicios"}
    made = act(
        "package_create", name=INDICATOR, owner_org=owner, commitment="plan-rdf-c01", **fields
    )
    upsert(
        made,
        {"ref_period": "2019-S1", "obs_value": "10.25"},
        {"ref_period": "2019-S1", "disaggregation": "sexo=mujer", "obs_value": "4"},
        {"ref_period": "2019-S2", "obs_text": "Factible"},
        table="observations",
    )
    yield URIRef(f"{BASE}/indicator/{made['id']}")
    model.Session.rollback()
    remove(INDICATOR, "plan-rdf-c01", "plan-rdf")


def test_observations_are_cubes(indicator: URIRef, pull: Pull, app: Any) -> None:
    whole = set(pull("/indicators.nt"))
    for ending in SYNTAXES:
        graph = pull(f"/indicator/{INDICATOR}/observations.{ending}")
        assert set(graph) <= whole
        nodes = set(graph.subjects(QB.dataSet, URIRef(f"{indicator}#values")))
        assert {
            (str(graph.value(graph.value(n, period), SKOS.notation)), str(graph.value(n, value)))
            for n in nodes
            for period in [URIRef("http://purl.org/linked-data/sdmx/2009/dimension#refPeriod")]
            for value in [URIRef("http://purl.org/linked-data/sdmx/2009/measure#obsValue")]
        } == {("2019-S1", "10.25"), ("2019-S1", "4.0")}
        assert len(list(graph.subjects(QB.dataSet, URIRef(f"{indicator}#texts")))) == 1
    act("package_patch", id=INDICATOR, private=True)
    token = {"Authorization": factories.SysadminWithToken()["token"]}
    app.get(f"/indicator/{INDICATOR}/observations.ttl", headers=token, status=404)
    assert str(indicator) not in app.get("/indicators.nt", headers=token, status=200).body
