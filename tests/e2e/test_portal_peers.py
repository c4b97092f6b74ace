"""The feed harvested by another CKAN: as CKAN comes, then with the plugin.

Each harvest is a real job: a source, the queue, the processes that gather and fetch, the import.
The tests stand in the order in which they run; they edit and withdraw datasets of the first portal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from abroad import ORGANIZATION
from installation import Installation
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS, RDF
from second_portal import SecondPortal, call

from ckanext.gtplan.prm.profile import fields

FILLED = "gt-pan4-c11-h01-datos"
#: What no record of the example needs: one dataset is given it, so that every row is harvested.
REST = {
    "publisher": [{"name": "Comisión de prueba", "email": "comision@example.org"}],
    "attribution": "Comisión de prueba, 2020",
    "contributor": ["Red de prueba", "Otra, con «comillas» y\nlíneas"],
}
REST_OF_RESOURCE = {
    "spatial": "GT-01",
    "temporal": "2018-11/2020-08-31",
    "rights": "Se agradece citar la fuente",
    "codelists": "estado: previsto, iniciado, terminado",
    "codelist_links": ["https://example.org/lista.csv"],
}

#: What stock CKAN keeps in extras, by the profile's key.
IN_EXTRAS = {
    "frequency": "accrualPeriodicity",
    "spatial_uri": "spatial",
    "temporal_start": "temporal",
    "language": "language",
    "theme": "theme",
}


@dataclass
class Publisher:
    """The first portal, as its administrator uses it."""

    installation: Installation
    token: str

    def act(self, action: str, /, **parameters: Any) -> Any:
        return call(self.installation.url, self.token, action, **parameters)

    def uri(self, name: str) -> str:
        return f"{self.installation.url}/dataset/{self.act('package_show', id=name)['id']}"

    def feed(self) -> dict[str, dict[str, Any]]:
        """The datasets of data.json by their identifiers."""
        return read_feed(self.installation)


def read_feed(portal: Installation | SecondPortal) -> dict[str, dict[str, Any]]:
    """Read data.json, the distributions in an order that RDF doesn't have."""
    datasets = json.loads(portal.get("/data.json"))["dataset"]
    for dataset in datasets:
        dataset.setdefault("distribution", []).sort(key=lambda item: item["identifier"])
    return {dataset["identifier"]: dataset for dataset in datasets}


@pytest.fixture(scope="module")
def publisher(running: Installation) -> Publisher:
    written = running.run("ckan", "user", "token", "add", "admin", "peers", "-q").stdout
    return Publisher(running, written.split()[-1])


@pytest.fixture(scope="module")
def source(abroad: SecondPortal, running: Installation) -> str:
    """The source of the other portal: our feed."""
    made = abroad.act(
        "harvest_source_create",
        name="guatemala",
        title="Guatemala",
        url=f"{running.url}/catalog.ttl",
        source_type="dcat_rdf",
        owner_org=ORGANIZATION,
    )
    return str(made["id"])


def harvested(portal: SecondPortal, running: Installation) -> dict[str, dict[str, Any]]:
    """What came from the first portal, by the address of the dataset there."""
    found = {get(package, "uri"): package for package in portal.datasets().values()}
    return {uri: found[uri] for uri in found if uri and uri.startswith(running.url)}


def get(package: dict[str, Any], key: str) -> Any:
    """A field of a package, wherever it stands."""
    extras = {extra["key"]: extra["value"] for extra in package.get("extras", ())}
    return package.get(key) or extras.get(key)


def test_stock_ckan_reads_all_that_it_can_hold(
    abroad: SecondPortal, publisher: Publisher, source: str
) -> None:
    """Title, description, keywords, page; publisher, contact, dates, frequency, themes, languages,
    period, place and identifier in extras; files with title, address, format, licence, size.

    It has no field for jurisdiction, attribution, dates of data and metadata, table columns, code
    lists, and none for milestone, commitment and plan; a dataset's licence it looks for in the
    distributions' `dct:license` by CKAN's own list, and keeps that of each distribution.
    """
    job = abroad.harvest(source)
    assert job["stats"]["added"] == len(publisher.feed()) == 9, job
    assert not job["object_errors"] and not job["gather_errors"]
    ours = publisher.feed()
    for uri, package in harvested(abroad, publisher.installation).items():
        dataset = ours[uri.rpartition("/")[2]]
        assert package["title"] == dataset["title"]
        assert package["notes"] == dataset["description"]
        assert package["url"] == dataset["landingPage"]
        assert {tag["name"] for tag in package["tags"]} == set(dataset["keyword"])
        for key, value in {
            "identifier": dataset["identifier"],
            "publisher_name": dataset["publisher"]["name"],
            "contact_name": dataset["contactPoint"]["fn"],
            "contact_email": dataset["contactPoint"]["hasEmail"],
            "issued": dataset["issued"],
            "modified": dataset["modified"],
        }.items():
            assert get(package, key) == value, key
        for key, ours_is in IN_EXTRAS.items():
            assert bool(get(package, key)) == (ours_is in dataset), key
        files = {resource["uri"].rpartition("/")[2]: resource for resource in package["resources"]}
        for distribution in dataset["distribution"]:
            file = files.pop(distribution["identifier"])
            assert file["name"] == distribution["title"]
            assert file["description"] == distribution["description"]
            assert file["url"] == distribution["downloadURL"]
            assert file["access_url"] == distribution["accessURL"]
            assert file["size"] == distribution.get("byteSize")
            assert file["issued"] == distribution["issued"]
            assert "/file-type/" in file["format"]
            assert file["mimetype"].endswith(distribution["mediaType"])
            assert file["license"].endswith("CC_BY_4_0")
        assert files == {}


@pytest.fixture(scope="module")
def full(publisher: Publisher) -> str:
    """One dataset of ours in which every field of the profile is filled."""
    package = publisher.act("package_show", id=FILLED)
    resource = {**package["resources"][0], **REST_OF_RESOURCE}
    resource["fields"][0]["spatial"] = "GT-01"
    resources = [resource, *package["resources"][1:]]
    changed = publisher.act("package_patch", id=FILLED, resources=resources, **REST)
    return str(changed["id"])


def test_every_field_of_the_profile_comes_back(
    equipped: SecondPortal, publisher: Publisher, source: str, full: str
) -> None:
    """The receiver says of each dataset what the source says: all rows, and the links to plans."""
    job = equipped.harvest(source)
    assert job["stats"]["updated"] == 9, job
    assert not job["object_errors"] and not job["gather_errors"], job["object_errors"]
    ours, theirs = publisher.feed(), read_feed(equipped)
    for identifier, dataset in ours.items():
        assert theirs[identifier] == dataset
    filled = list_keys(ours[full])
    for kind in ("dataset", "distribution", "field"):
        assert {row.key for row in fields(kind)} <= filled[kind]
    assert sum(len(item["distribution"]) for item in ours.values()) == 18
    assert {"milestone", "commitment", "actionPlan"} <= filled["dataset"]


def list_keys(dataset: dict[str, Any]) -> dict[str, set[str]]:
    """List the profile's keys that a dataset has, parts of objects as the table writes them."""
    distributions = dataset["distribution"]
    found = {
        "dataset": [dataset],
        "distribution": distributions,
        "field": [column for item in distributions for column in item.get("field", ())],
    }
    return {
        kind: {key for item in items for key in (*item, *(f"{k}->{p}" for k, p in parts(item)))}
        for kind, items in found.items()
    }


def parts(item: dict[str, Any]) -> list[tuple[str, str]]:
    return [(key, part) for key, value in item.items() if isinstance(value, dict) for part in value]


def test_harvested_datasets_keep_iri_publisher_and_dates(
    equipped: SecondPortal, publisher: Publisher
) -> None:
    """What we publish of a harvested dataset are the source's statements, under its IRIs."""
    for uri, package in harvested(equipped, publisher.installation).items():
        expected = read_statements(publisher.installation, uri, uri)
        found = read_statements(equipped, uri, f"{equipped.url}/dataset/{package['id']}")
        assert found == expected, (found - expected, expected - found)
        assert (URIRef(uri), DCTERMS.publisher, None) in graph_of(expected)


def read_statements(
    portal: Installation | SecondPortal, uri: str, page: str
) -> set[tuple[str, str, str]]:
    """Read what is said of a dataset; each portal has the profile's terms at its own address."""
    text = portal.get(f"{page}.nt").decode()
    for name in ("prm#", "gtp#"):
        text = text.replace(f"{portal.url}/ns/{name}", f"urn:ns/{name}")
    graph = Graph().parse(data=text, format="nt")
    assert (URIRef(uri), RDF.type, DCAT.Dataset) in graph
    return {(s, p, o) for s, p, o in graph if p not in (DCAT.dataset, DCAT.record)}


def graph_of(statements: set[Any]) -> Graph:
    graph = Graph()
    for statement in statements:
        graph.add(statement)
    return graph


def test_a_second_run_changes_nothing(equipped: SecondPortal, source: str) -> None:
    before = equipped.datasets()
    job = equipped.harvest(source)
    assert job["stats"]["not modified"] == 9, job
    assert job["stats"]["updated"] == job["stats"]["added"] == job["stats"]["deleted"] == 0
    assert equipped.datasets() == before


def test_only_what_was_edited_or_withdrawn_changes(
    equipped: SecondPortal, publisher: Publisher, source: str
) -> None:
    edited, withdrawn = "gt-pan2-datos", "gt-pan1-datos"
    title = "Compromisos del segundo plan, corregidos"
    edited_uri = publisher.uri(edited)
    withdrawn_uri = publisher.uri(withdrawn)
    before = harvested(equipped, publisher.installation)
    publisher.act("package_patch", id=edited, title=title)
    publisher.act("package_patch", id=withdrawn, private=True)
    job = equipped.harvest(source)
    assert job["stats"] == {
        "added": 0,
        "updated": 1,
        "not modified": 7,
        "errored": 0,
        "deleted": 1,
    }, job
    after = harvested(equipped, publisher.installation)
    assert after[edited_uri]["title"] == title
    assert after[edited_uri]["name"] == before[edited_uri]["name"]
    assert before.keys() - after.keys() == {withdrawn_uri}
    for uri in after.keys() - {edited_uri}:
        assert after[uri] == before[uri]
    publisher.act("package_patch", id=withdrawn, private=False)
    assert equipped.harvest(source)["stats"]["updated"] == 1
    again = harvested(equipped, publisher.installation)[withdrawn_uri]
    assert again["id"] == before[withdrawn_uri]["id"]
    assert again["name"] == before[withdrawn_uri]["name"]
