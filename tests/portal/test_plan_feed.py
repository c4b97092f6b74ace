"""The plan as RDF: every record at its addresses, the whole in each syntax, and nothing hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from publishing import MILESTONE, PLAN, remove_plan
from rdflib import RDF, RDFS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, PROV, SKOS
from reading import act

from ckanext.gtplan.plan.records import PACKAGE_TYPES
from ckanext.gtplan.rdf.feed import SYNTAXES

BASE = "https://datos.example.org"
GTP = Namespace(f"{BASE}/ns/gtp#")
P_PLAN = Namespace("http://purl.org/net/p-plan#")
ADMS = Namespace("http://www.w3.org/ns/adms#")
MEDIA_TYPES = {syntax.media_type for syntax in SYNTAXES.values()}

Pull = Callable[[str], Graph]

pytestmark = pytest.mark.ckan_config("ckanext.gtplan.base_uri", BASE)


def show(name: str) -> dict[str, Any]:
    return dict(act("package_show", id=name))


def find_iri(name: str) -> URIRef:
    package = show(name)
    return URIRef(f"{BASE}/{package['type']}/{package['id']}")


@pytest.fixture
def small(load: Any, app: Any) -> Iterator[None]:
    """The small plan, for tests that look at one thing of it."""
    load({"plan.yaml": PLAN})
    yield
    remove_plan(app)


# The example, which no test here changes


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("ending", SYNTAXES)
def test_a_record_says_the_same_in_every_syntax(pull: Pull, ending: str) -> None:
    package = show("gt-pan4-c11-h01")
    by_id = pull(f"/milestone/{package['id']}.{ending}")
    assert set(by_id) == set(pull("/milestone/gt-pan4-c11-h01.nt"))
    assert len(by_id) > 500


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("ending", SYNTAXES)
def test_a_plan_whole_says_the_same_in_every_syntax(pull: Pull, ending: str) -> None:
    whole = set(pull(f"/action_plan/gt-pan4/whole.{ending}"))
    assert whole == set(pull("/action_plan/gt-pan4/whole.nt"))
    assert len(whole) > 1000


@pytest.mark.usefixtures("example")
def test_all_plans_hold_each_record_and_what_each_says(app: Any, pull: Pull) -> None:
    whole = pull("/plans.nt")
    counted = 0
    for kind in PACKAGE_TYPES:
        found = act("package_search", fq=f"+dataset_type:{kind}", rows=1000)["results"]
        counted += len(found)
        for package in found:
            assert (URIRef(f"{BASE}/{kind}/{package['id']}"), RDF.type, None) in whole
        assert set(pull(f"/{kind}/{found[0]['name']}.nt")) <= set(whole)
    assert counted > 100
    assert app.get("/plans.ttl").body == app.get("/plans.ttl").body
    assert not [term for statement in whole for term in statement if not str(term)]


@pytest.mark.usefixtures("example")
def test_a_plan_whole_holds_no_other_plans_records(pull: Pull) -> None:
    plans = set(pull("/action_plan/gt-pan4/whole.ttl").subjects(RDF.type, GTP.ActionPlan))
    assert plans == {find_iri("gt-pan4")}


@pytest.mark.usefixtures("example")
def test_dates_and_money_are_as_exact_as_in_the_document(pull: Pull) -> None:
    milestone = find_iri("gt-pan4-c11-h01")
    graph = pull("/milestone/gt-pan4-c11-h01.ttl")
    (period,) = graph.objects(URIRef(f"{milestone}#activity-01"), DCTERMS.temporal)
    assert graph.value(period, DCAT.startDate).n3() == (
        '"2019-04"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>'
    )
    totals = [
        (str(graph.value(amount, URIRef("http://schema.org/value"))), str(currency))
        for amount in graph.objects(milestone, GTP.statedTotal)
        for currency in graph.objects(amount, URIRef("http://schema.org/currency"))
    ]
    assert totals == [("570075.00", "GTQ")]


@pytest.mark.usefixtures("example")
def test_the_rows_keep_their_order_and_their_links(pull: Pull) -> None:
    graph = pull("/milestone/gt-pan4-c11-h01.ttl")
    activities = sorted(
        graph.subjects(RDF.type, GTP.Activity),
        key=lambda node: int(graph.value(node, URIRef("http://schema.org/position"))),
    )
    assert [str(graph.value(node, SKOS.notation)) for node in activities] == [
        f"{number:02d}" for number in range(1, 14)
    ]
    for node in activities:
        assert (node, P_PLAN.isStepOfPlan, find_iri("gt-pan4-c11-h01")) in graph
        assert (node, PROV.wasAttributedTo, None) in graph


@pytest.mark.usefixtures("example")
def test_an_institution_leads_to_the_one_that_came_after_it(pull: Pull) -> None:
    graph = pull("/organization/gpat.ttl")
    organization = Namespace("http://www.w3.org/ns/org#")
    (gpat,) = graph.subjects(SKOS.altLabel, Literal("GPAT"))
    (change,) = graph.objects(gpat, organization.changedBy)
    (after,) = graph.objects(change, organization.resultingOrganization)
    assert graph.value(after, SKOS.altLabel) == Literal("GAE")
    assert str(gpat).rpartition("/")[2] == act("organization_show", id="gpat")["id"]


@pytest.mark.usefixtures("example")
def test_dataset_and_milestone_point_at_each_other(app: Any, pull: Pull) -> None:
    """A harvester follows IRIs only: from the catalogue to the plan, and back."""
    catalog = pull("/catalog.ttl")
    found = 0
    for dataset, above in catalog.subject_objects(DCTERMS.isPartOf):
        asked = app.get(above.removeprefix(BASE), headers={"Accept": "text/turtle"}, status=200)
        record = Graph().parse(data=asked.body, format="turtle")
        assert (above, DCTERMS.hasPart, dataset) in record
        assert (dataset, RDF.type, DCAT.Dataset) in record
        back = pull(f"{dataset.removeprefix(BASE)}.ttl")
        assert (dataset, DCTERMS.isPartOf, above) in back
        found += 1
    assert found > 4
    milestones = {m for m in catalog.objects(None, DCTERMS.isPartOf) if "/milestone/" in m}
    assert milestones


@pytest.mark.usefixtures("example")
def test_a_dataset_is_the_deliverable_that_was_expected(pull: Pull) -> None:
    graph = pull("/plans.ttl")
    pairs = list(graph.subject_objects(P_PLAN.correspondsToVariable))
    assert pairs
    for thing, variable in pairs:
        assert (variable, RDF.type, GTP.ExpectedDeliverable) in graph, (thing, variable)


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("media_type", sorted(MEDIA_TYPES))
def test_a_record_answers_at_its_iri_with_what_is_asked_for(app: Any, media_type: str) -> None:
    address = str(find_iri("gt-pan4-c11")).removeprefix(BASE)
    answer = app.get(address, headers={"Accept": f"{media_type}, text/html;q=0.5"}, status=200)
    assert answer.headers["Content-Type"].startswith(media_type)
    assert "Accept" in answer.headers["Vary"]
    named = answer.headers["Content-Location"].removeprefix(BASE)
    assert app.get(named, status=200).headers["Content-Type"].startswith(media_type)
    page = app.get(address, headers={"Accept": f"text/html, {media_type};q=0.9"}, status=200)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Accept" in page.headers["Vary"]


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("accept", ["", "*/*", "text/html,application/xml;q=0.9,*/*;q=0.8"])
def test_a_browser_gets_the_page(app: Any, accept: str) -> None:
    answer = app.get("/commitment/gt-pan4-c11", headers={"Accept": accept}, status=200)
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.usefixtures("example")
def test_what_there_is_not_is_refused_in_words(app: Any) -> None:
    answer = app.get("/commitment/gt-pan4-c11", headers={"Accept": "image/png"}, status=406)
    assert all(media_type in answer.body for media_type in MEDIA_TYPES)
    for address in ("/commitment/nadie", "/milestone/gt-pan4-c11", "/organization/nadie"):
        assert app.get(f"{address}.ttl", status=404).body.strip()
        app.get(address, headers={"Accept": "text/turtle"}, status=404)
    app.get("/action_plan/gt-pan4-c11/whole.ttl", status=404)
    app.get("/commitment/a%22%20OR%20b.ttl", status=404)


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize(
    "address", ["commitment/gt-pan4-c11", "action_plan/gt-pan4", "regional_plan/red-gealc-2019"]
)
def test_a_page_names_its_documents(app: Any, address: str) -> None:
    # those that name a language are the same page, said to search engines
    links = app.get(f"/{address}", status=200).body.split('<link rel="alternate" type=')[1:]
    named = [link.partition('href="')[2].partition('"')[0] for link in links]
    assert len(named) == len(set(named)) >= 4
    assert any(f"/{address}.ttl" in name for name in named)
    assert not [name for name in named if "/dataset/" in name]
    for name in named:
        app.get(f"/{name.partition('//')[2].partition('/')[2]}", status=200)


@pytest.mark.usefixtures("example")
def test_every_own_term_of_the_plans_is_where_it_says(app: Any, pull: Pull) -> None:
    described = Graph().parse(data=app.get("/ns/gtp.ttl").body, format="turtle")
    page = app.get("/ns/gtp", status=200).body
    own = {
        term
        for statement in pull("/plans.ttl")
        for term in statement
        if str(term).startswith(f"{BASE}/ns/")
    }
    assert len(own) > 60
    for term in own:
        assert (term, RDFS.label, None) in described, term
        assert f'id="{term.rpartition("#")[2]}"' in page, term


@pytest.mark.usefixtures("example")
def test_the_queries_of_the_docs_work(pull: Pull) -> None:
    """What the page shows to a reader of the RDF is what he gets, on the example."""
    text = (Path(__file__).parents[2] / "docs" / "plan-rdf.md").read_text("utf-8")
    queries = [part.partition("```")[0] for part in text.split("```sparql\n")[1:]]
    assert len(queries) == 2
    graph = pull("/plans.ttl")
    owed, money = (list(graph.query(query.replace("PORTAL", BASE))) for query in queries)
    titles = {str(row.title) for row in owed}
    assert "Borrador 1 de la estrategia" in titles
    published = {str(variable) for variable in graph.objects(None, P_PLAN.correspondsToVariable)}
    assert not {str(row.deliverable) for row in owed} & published
    assert [(str(row.milestone), str(row.currency), str(row.planned)) for row in money] == [
        (str(find_iri("gt-pan4-c11-h01")), "GTQ", "570075.00")
    ]


# A small plan that the tests change

HIDDEN = {
    "private": {"private": True},
    "draft": {"state": "draft"},
}


@pytest.mark.parametrize("how", [*HIDDEN, "deleted"])
def test_what_is_hidden_is_in_no_document_for_nobody(app: Any, small: None, how: str) -> None:
    package = show("uy-pan1-c01")
    if how == "deleted":
        act("package_delete", id="uy-pan1-c01")
    else:
        act("package_patch", id="uy-pan1-c01", **HIDDEN[how])
    token = {"Authorization": factories.SysadminWithToken()["token"]}
    for headers in ({}, token):
        for name in (package["id"], package["name"]):
            app.get(f"/commitment/{name}.ttl", headers=headers, status=404)
            asked = {**headers, "Accept": "text/turtle"}
            app.get(f"/commitment/{name}", headers=asked, status=404)
        for address in ("/plans", "/action_plan/uy-pan1", "/action_plan/uy-pan1/whole"):
            for ending in ("nt", "jsonld"):
                text = app.get(f"{address}.{ending}", headers=headers, status=200).body
                assert "Datos para todos" not in text
                assert package["id"] not in text
        text = app.get(f"/milestone/{MILESTONE}.nt", headers=headers, status=200).body
        assert "uy-pan1-c01>" not in text
        assert package["id"] not in text


def test_a_plan_that_is_private_has_no_whole(app: Any, small: None) -> None:
    act("package_patch", id="uy-pan1", private=True)
    app.get("/action_plan/uy-pan1/whole.ttl", status=404)
    assert "Primer plan" not in app.get("/plans.nt", status=200).body


def test_a_report_is_said_with_its_body_and_never_its_user(
    small: None, app: Any, pull: Pull
) -> None:
    user = factories.User(fullname="Persona Que Reporta")
    tk.get_action("organization_member_create")(
        {"ignore_auth": True}, {"id": "ins-publica", "username": user["name"], "role": "editor"}
    )
    given = {
        "milestone": MILESTONE,
        "activity_no": "02",
        "organization": "ins-publica",
        "as_of": "2020-03-31",
        "status": "completed",
        "actual_end": "2020-03",
        "evidence": ["https://example.org/acta"],
    }
    tk.get_action("gtplan_report_create")({"user": user["name"]}, given)
    graph = pull(f"/milestone/{MILESTONE}.ttl")
    step = URIRef(f"{find_iri(MILESTONE)}#activity-02")
    (doing,) = graph.subjects(P_PLAN.correspondsToStep, step)
    assert graph.value(doing, ADMS.status) == GTP["activity_status-completed"]
    (said,) = graph.subjects(FOAF.primaryTopic, doing)
    body = URIRef(f"{BASE}/organization/{act('organization_show', id='ins-publica')['id']}")
    assert graph.value(said, PROV.wasAttributedTo) == body
    assert graph.value(said, PROV.generatedAtTime)
    assert set(graph) <= set(pull("/plans.ttl"))
    for address in (f"/milestone/{MILESTONE}.nt", "/plans.jsonld"):
        text = app.get(address).body
        assert not [word for word in (user["name"], user["id"], "Persona Que") if word in text]


@pytest.mark.ckan_config("ckanext.gtplan.reports.approval", True)
def test_a_report_that_waits_for_approval_is_not_said(small: None, app: Any) -> None:
    user = factories.User()
    tk.get_action("organization_member_create")(
        {"ignore_auth": True}, {"id": "ins-publica", "username": user["name"], "role": "editor"}
    )
    given = {"milestone": MILESTONE, "activity_no": "02", "status": "in_progress"}
    made = tk.get_action("gtplan_report_create")(
        {"user": user["name"]}, {**given, "organization": "ins-publica"}
    )
    for address in (f"/milestone/{MILESTONE}.nt", "/plans.nt"):
        assert made["report"]["id"] not in app.get(address).body
    decided = {"id": made["report"]["id"], "decision": "approved"}
    act("gtplan_report_decide", **decided)
    assert made["report"]["id"] in app.get(f"/milestone/{MILESTONE}.nt").body


def test_a_modification_is_said_of_what_was_modified(small: None, pull: Pull) -> None:
    graph = pull("/commitment/uy-pan1-c02.ttl")
    (entry,) = graph.objects(find_iri("uy-pan1-c02"), PROV.wasInfluencedBy)
    assert (entry, DCTERMS.type, GTP["change_type-added"]) in graph
    assert set(graph) <= set(pull("/plans.nt"))


def test_a_record_that_cannot_be_read_breaks_no_document(
    small: None, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tk.get_action

    def search(context: Any, data: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = real("package_search")(context, data)
        for found in answer["results"]:
            if found["name"] == MILESTONE:
                found.update({"commitment": 7, "activities": "?", "metadata_created": "ayer"})
        return answer

    monkeypatch.setattr(
        tk, "get_action", lambda name: search if name == "package_search" else real(name)
    )
    for ending in SYNTAXES:
        for address in ("/plans", f"/milestone/{MILESTONE}"):
            graph = pull(f"{address}.{ending}")
            node = URIRef(f"{BASE}/milestone/{show(MILESTONE)['id']}")
            assert graph.value(node, DCTERMS.title) == Literal("Primer hito", lang="es")
