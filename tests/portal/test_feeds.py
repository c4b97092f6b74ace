"""The feeds list what is public and a deliverable, the same in every syntax, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from ckanext.dcat.processors import RDFParser
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS

from ckanext.gtplan.feed.keeping import database
from ckanext.gtplan.prm.profile import fields
from ckanext.gtplan.rdf import statements
from ckanext.gtplan.rdf.feed import SYNTAXES

Get = Callable[..., Any]
BASE = "https://datos.example.org"

pytestmark = [
    pytest.mark.ckan_config("ckanext.gtplan.base_uri", BASE),
    pytest.mark.ckan_config("ckanext.gtplan.catalog.publisher_email", "portal@example.org"),
    pytest.mark.ckan_config("ckanext.gtplan.catalog.license", "cc-by"),
    pytest.mark.usefixtures("clean"),
]


def list_datasets(graph: Graph) -> set[str]:
    return {str(dataset) for dataset in graph.subjects(RDF.type, DCAT.Dataset)}


def iri(dataset: dict[str, Any]) -> str:
    return f"{BASE}/dataset/{dataset['id']}"


@pytest.mark.parametrize("ending", SYNTAXES)
def test_every_syntax_lists_the_same_datasets(ending: str, dataset: Get, pull: Get) -> None:
    made = {iri(dataset()), iri(dataset())}
    graph = pull(f"/catalog.{ending}")
    assert list_datasets(graph) == made
    catalog = URIRef(f"{BASE}/catalog")
    assert {str(found) for found in graph.objects(catalog, DCAT.dataset)} == made


@pytest.mark.parametrize("ending", SYNTAXES)
def test_one_dataset_in_every_syntax(ending: str, dataset: Get, pull: Get) -> None:
    made, _other = dataset(), dataset()
    for address in (made["id"], made["name"]):
        assert list_datasets(pull(f"/dataset/{address}.{ending}")) == {iri(made)}


def test_data_json_lists_the_same_datasets_with_every_required_key(app: Any, dataset: Get) -> None:
    made = {dataset()["id"], dataset()["id"]}
    answer = app.get("/data.json", status=200)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    document = answer.json
    assert {entry["identifier"] for entry in document["dataset"]} == made
    assert document["dataModified"] == "2024-01-03"
    parts = {
        "catalog": document,
        "dataset": document["dataset"][0],
        "distribution": document["dataset"][0]["distribution"][0],
    }
    for kind, part in parts.items():
        for row in fields(kind):
            if row.obligation == "Si":
                value: Any = part
                for name in row.path:
                    value = value[name]
                assert value, row.key
    one = app.get(f"/dataset/{document['dataset'][1]['identifier']}/data.json", status=200)
    assert one.json == document["dataset"][1]


def test_what_is_not_public_is_not_in_the_feeds(
    app: Any, dataset: Get, sysadmin: dict[str, Any]
) -> None:
    public = dataset()
    hidden = [dataset(private=True), dataset(state="draft"), dataset()]
    assert len(app.get("/data.json", status=200).json["dataset"]) == 2
    tk.get_action("package_delete")(dict(sysadmin), {"id": hidden[-1]["id"]})
    token = {"Authorization": factories.SysadminWithToken()["token"]}
    assert app.get(f"/dataset/{hidden[0]['name']}", headers=token, status=200)
    for headers in ({}, token):
        feed = app.get("/catalog.nt", headers=headers, status=200)
        assert list_datasets(Graph().parse(data=feed.body, format="nt")) == {iri(public)}
        document = app.get("/data.json", headers=headers, status=200).json
        assert [entry["identifier"] for entry in document["dataset"]] == [public["id"]]
        for one in hidden:
            # what was public is gone, what never was is not known
            status = 410 if one is hidden[-1] else 404
            app.get(f"/dataset/{one['id']}.ttl", headers=headers, status=status)
            app.get(f"/dataset/{one['id']}/data.json", headers=headers, status=status)
            app.get(f"/dataset/{one['name']}.ttl", headers=headers, status=404)


def test_plan_records_are_no_deliverables(
    app: Any, dataset: Get, pull: Get, organization: dict[str, Any]
) -> None:
    made = dataset()
    plan = make_plan(organization)
    assert list_datasets(pull("/catalog.ttl")) == {iri(made)}
    assert len(app.get("/data.json").json["dataset"]) == 1
    app.get(f"/dataset/{plan['id']}.ttl", status=404)
    app.get(f"/dataset/{plan['name']}/data.json", status=404)


@pytest.mark.parametrize("action", ["dcat_catalog_show", "dcat_catalog_search"])
def test_nor_are_they_in_the_catalogue_of_ckanext_dcat(
    app: Any, dataset: Get, organization: dict[str, Any], action: str
) -> None:
    """Its actions serve a portal's own addresses (`ckanext.dcat.catalog_endpoint`) and the API."""
    made = dataset()
    make_plan(organization)
    with app.flask_app.test_request_context():
        text = tk.get_action(action)({"user": ""}, {"format": "ttl"})
    listed = Graph().parse(data=text, format="turtle").subjects(RDF.type, DCAT.Dataset)
    assert [str(dataset).rpartition("/")[2] for dataset in listed] == [made["id"]]


def make_plan(organization: dict[str, Any], **changes: Any) -> dict[str, Any]:
    values = {"name": "gt-pan4", "title": "Cuarto plan", "plan_number": 4, "cycle_year": 2018}
    values["country"] = "GTM"
    return factories.Dataset(
        **{"type": "action_plan", "owner_org": organization["id"], **values, **changes}
    )


def test_a_deliverable_names_its_plan(
    app: Any, dataset: Get, pull: Get, organization: dict[str, Any]
) -> None:
    plan = make_plan(organization)
    made = dataset(action_plan="gt-pan4")
    target = URIRef(f"{BASE}/action_plan/{plan['id']}")
    graph = pull("/catalog.xml")
    assert graph.value(URIRef(iri(made)), DCTERMS.isPartOf) == target
    assert graph.value(target, DCTERMS.title) == Literal("Cuarto plan")
    (entry,) = app.get("/data.json").json["dataset"]
    assert entry["actionPlan"] == {
        "identifier": "gt-pan4",
        "title": "Cuarto plan",
        "url": str(target),
    }


def test_a_private_plan_record_is_not_named(
    app: Any, dataset: Get, organization: dict[str, Any]
) -> None:
    make_plan(organization, title="Plan secreto", private=True)
    dataset(action_plan="gt-pan4")
    for address in ("/catalog.ttl", "/catalog.jsonld", "/data.json"):
        body = app.get(address).body
        assert "secreto" not in body
        assert "actionPlan" not in body


@pytest.mark.ckan_config("ckanext.dcat.datasets_per_page", 2)
def test_pages_are_followed_to_the_end_by_the_harvester(app: Any, dataset: Get) -> None:
    made = [dataset()["id"] for _ in range(5)]
    address: str | None = "/catalog.ttl"
    pages: list[set[str]] = []
    while address:
        parser = RDFParser()
        parser.parse(app.get(address.removeprefix(BASE), status=200).body, "ttl")
        pages.append({str(s) for s in parser.g.subjects(RDF.type, DCAT.Dataset)})
        address = parser.next_page()
        assert address is None or address.startswith(f"{BASE}/catalog.ttl?after=")
    # in the order in which they became public, whatever their names and ids
    in_order = [f"{BASE}/dataset/{one}" for one in made]
    assert pages == [set(in_order[:2]), set(in_order[2:4]), set(in_order[4:])]
    document = app.get("/data.json").json
    assert [entry["identifier"] for entry in document["dataset"]] == made


@pytest.mark.parametrize("page", ["0", "-1", "uno", "1.5", "", "９", "99999999999999999999"])
def test_a_bad_page_number_is_refused(app: Any, page: str) -> None:
    answer = app.get("/catalog.ttl", query_string={"page": page}, status=400)
    assert answer.body.strip()
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_there_is_no_page_after_the_last(app: Any, dataset: Get) -> None:
    dataset()
    app.get("/catalog.ttl?page=1", status=200)
    assert "1" in app.get("/catalog.ttl?page=2", status=404).body


def test_an_empty_catalogue_is_a_catalogue(app: Any, pull: Get) -> None:
    graph = pull("/catalog.ttl")
    assert graph.value(predicate=RDF.type, object=DCAT.Catalog) == URIRef(f"{BASE}/catalog")
    assert app.get("/data.json").json["dataset"] == []


def spoil(dataset: dict[str, Any], **extras: str) -> None:
    """Write what validation lets nobody write, as old records have it."""
    package = model.Package.get(dataset["id"])
    package.title = "Viejo\x0b"
    for key, value in extras.items():
        package.extras[key] = value
    model.Session.commit()


def test_values_that_cannot_be_said_break_nothing(app: Any, dataset: Get, pull: Get) -> None:
    good, bad = dataset(), dataset()
    spoil(
        bad,
        issued='["2018"]',
        temporal_coverage="2018 o así",
        publisher="[5]",
        language='{"es": 1}',
    )
    for ending in SYNTAXES:
        graph = pull(f"/catalog.{ending}")
        assert list_datasets(graph) == {iri(good), iri(bad)}
        assert graph.value(URIRef(iri(bad)), DCTERMS.title) == Literal("Viejo")
    entries = app.get("/data.json").json["dataset"]
    assert {entry["title"] for entry in entries} == {good["title"], "Viejo"}


def test_a_dataset_that_cannot_be_said_at_all_is_still_listed(
    app: Any, dataset: Get, pull: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = dataset(), dataset(title="Roto", frequency="R/P10Y")
    original = statements.RecordWriter._code

    def fail(self: Any, way: Any, item: str, subject: Any) -> Any:
        if item == "R/P10Y":
            raise RuntimeError("no way to say it")
        return original(self, way, item, subject)

    monkeypatch.setattr(statements.RecordWriter, "_code", fail)
    graph = pull("/catalog.ttl")
    assert list_datasets(graph) == {iri(good), iri(bad)}
    assert graph.value(URIRef(iri(bad)), DCTERMS.title) == Literal("Roto")
    assert graph.value(URIRef(iri(bad)), DCTERMS.modified)
    assert graph.value(URIRef(iri(good)), DCAT.distribution)


def test_a_failing_database_is_an_error_and_no_shorter_feed(
    app: Any, dataset: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dataset()
    app.get("/catalog.ttl", status=200)
    nowhere = sa.create_engine("postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setattr(database, "_make_engine", lambda *_: nowhere)
    for address in ("/catalog.ttl", "/catalog-full.nt", "/data.json", f"/dataset/{made['id']}.ttl"):
        assert app.get(address).status_code == 503


def test_our_addresses_win_over_ckanext_dcat(app: Any) -> None:
    adapter = app.flask_app.url_map.bind("")
    for ending in SYNTAXES:
        assert adapter.match(f"/catalog.{ending}")[0] == f"gtplan_feed.catalog_{ending}"
        assert adapter.match(f"/dataset/a-b.{ending}")[0] == f"gtplan_feed.dataset_{ending}"
    assert adapter.match("/dataset/a-b")[0] == "dataset.read"


def test_the_form_accepts_what_the_feeds_can_say_and_names_what_not(dataset: Get) -> None:
    for good in ("2018", "2018-11", "2018-11-30", "2018-11-30T09:00:00-06:00"):
        assert dataset(issued=good)["issued"] == good
    bad: dict[str, Any] = {
        "issued": "2020-02-31",
        "frequency": "a veces",
        "url": "www.example.org",
        "spatial_coverage": [{"bbox": "9,9"}],
        "contact": [{"email": "nadie"}],
        "title": "con\x00control",
    }
    for field, value in bad.items():
        with pytest.raises(tk.ValidationError) as refused:
            dataset(**{field: value})
        assert field in refused.value.error_dict


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("es", "Frecuencia de actualización"),
        ("en", "Update frequency"),
        ("pt_BR", "Frequência de atualização"),
    ],
)
def test_form_and_page_are_in_the_readers_language(
    app: Any, dataset: Get, language: str, label: str
) -> None:
    made = dataset()
    headers = {"Authorization": factories.SysadminWithToken()["token"]}
    for address in ("new", f"edit/{made['id']}", made["name"]):
        page = app.get(f"/{language}/dataset/{address}", headers=headers, status=200)
        assert label in page.body
    file = f"/{language}/dataset/{made['id']}/resource/{made['resources'][0]['id']}"
    for address in (file, f"{file}/edit"):
        app.get(address, headers=headers, status=200)
