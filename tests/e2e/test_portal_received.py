"""A foreign DCAT-AP feed harvested by a portal with the plugin: what is kept, what is said."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import pytest
from abroad import ORGANIZATION
from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS, FOAF
from second_portal import SecondPortal

FOREIGN = Path(__file__).with_name("foreign.ttl")
WATER = "https://datos.example.net/d/agua"
WELLS = "https://datos.example.net/d/pozos"


@pytest.fixture(scope="module")
def source(equipped: SecondPortal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A source with the foreign feed, which names a plan that this portal has."""
    plan = equipped.act(
        "package_create",
        type="action_plan",
        name="py-pan1",
        title="Plan de prueba",
        country="PRY",
        plan_number=1,
        cycle_year=2020,
        owner_org=ORGANIZATION,
    )
    folder = tmp_path_factory.mktemp("foreign")
    text = Template(FOREIGN.read_text("utf-8"))
    names = {"base": equipped.url, "plan": f"{equipped.url}/action_plan/{plan['id']}"}
    (folder / "catalog.ttl").write_text(text.substitute(names), "utf-8")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made = equipped.act(
            "harvest_source_create",
            name="ajena",
            title="Ajena",
            url=f"http://127.0.0.1:{server.server_port}/catalog.ttl",
            source_type="dcat_rdf",
            config=json.dumps({"rdf_format": "turtle"}),
            owner_org=ORGANIZATION,
        )
        yield str(made["id"])
        server.shutdown()


@pytest.fixture(scope="module")
def job(equipped: SecondPortal, source: str) -> dict[str, Any]:
    return equipped.harvest(source)


def list_messages(job: dict[str, Any]) -> dict[str, str]:
    """The report's messages about each dataset, in one text."""
    return {
        about["guid"]: "\n".join(error["message"] for error in about["errors"])
        for about in job["object_errors"].values()
    }


def test_what_the_profile_can_hold_is_kept(equipped: SecondPortal, job: dict[str, Any]) -> None:
    # ckanext-harvest counts what it has something to say about among the errors, too
    assert job["stats"]["added"] == len(job["object_errors"]) == job["stats"]["errored"] == 3, job
    package = equipped.datasets()["Calidad del agua"]
    assert package["name"] == "calidad-del-agua" and not package["private"]
    assert package["uri"] == WATER
    assert package["notes"] == "Análisis de las fuentes públicas"
    assert package["publisher"][0]["name"] == "Municipio de Otra Parte"
    assert package["publisher"][0]["email"] == "datos@example.net"
    assert package["contact"][0]["name"] == "Unidad de agua"
    assert package["theme"] == ["ENVI"] and package["frequency"] == "R/P1M"
    assert package["language"] == ["es"] and package["issued"] == "2019-03-01"
    assert "agua" in {tag["name"] for tag in package["tags"]}
    (resource,) = package["resources"]
    assert resource["name"] == "Mediciones"
    assert resource["url"] == "https://datos.example.net/agua.csv"
    assert resource["access_url"] == "https://datos.example.net/agua"


def test_a_link_to_a_plan_of_this_portal_is_restored(
    equipped: SecondPortal, job: dict[str, Any]
) -> None:
    assert equipped.datasets()["Calidad del agua"]["action_plan"] == "py-pan1"


def test_the_report_says_what_was_left_out(equipped: SecondPortal, job: dict[str, Any]) -> None:
    said = list_messages(job)[WATER]
    for dropped in ("2020-02-31", "temas/fuentes", "verde", "mucho"):
        assert dropped in said
    page = equipped.get(f"/harvest/ajena/job/{job['id']}", equipped.token).decode()
    assert "2020-02-31" in page and "No es una fecha" in page


def test_what_lacks_required_fields_is_private_and_the_report_names_them(
    equipped: SecondPortal, job: dict[str, Any]
) -> None:
    packages, said = equipped.datasets(), list_messages(job)
    wells, streets = packages["水井"], packages["Calles y plazas"]
    assert wells["private"] and streets["private"]
    assert wells["name"].startswith("dataset-") and streets["name"] == "calles-y-plazas"
    assert "Descripción" in said[WELLS] and "Frecuencia" in said[WELLS]
    streets_said = next(text for guid, text in said.items() if guid not in (WATER, WELLS))
    assert "Descripción" not in streets_said and "Frecuencia" in streets_said


def test_our_feed_says_whose_it_is_and_when_it_was_issued(
    equipped: SecondPortal, job: dict[str, Any]
) -> None:
    graph = Graph().parse(data=equipped.get("/dataset/calidad-del-agua.ttl"), format="turtle")
    water = URIRef(WATER)
    assert str(graph.value(water, DCTERMS.issued)) == "2019-03-01"
    publisher = graph.value(water, DCTERMS.publisher)
    assert str(graph.value(publisher, FOAF.name)) == "Municipio de Otra Parte"


def test_a_second_run_changes_nothing_and_repeats_nothing(
    equipped: SecondPortal, source: str, job: dict[str, Any]
) -> None:
    before = equipped.datasets()
    again = equipped.harvest(source)
    assert again["stats"]["not modified"] == 3, again
    assert again["object_errors"] == {} and equipped.datasets() == before
