"""``ckan gtplan validate``: any catalogue, told to people and machines, with an exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from ckan.plugins import toolkit as tk
from rdflib import Graph, Literal
from rdflib.namespace import DCAT, DCTERMS, SH

from ckanext.gtplan.cli import source
from ckanext.gtplan.rdf.document import find_next

BASE = "https://datos.example.org"

pytestmark = [
    pytest.mark.ckan_config("ckanext.gtplan.base_uri", BASE),
    pytest.mark.ckan_config("ckanext.gtplan.catalog.publisher_email", "portal@example.org"),
    pytest.mark.ckan_config("ckanext.gtplan.catalog.license", "cc-by"),
    pytest.mark.usefixtures("example"),
]

Run = Callable[..., Any]


@pytest.fixture
def answer_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], None]:
    """Replace the command's network; the search index has its own."""

    def use(get: Callable[..., Any]) -> None:
        network = SimpleNamespace(get=get, RequestException=requests.RequestException)
        monkeypatch.setattr(source, "requests", network)

    return use


@pytest.fixture(autouse=True)
def no_network(answer_with: Any) -> None:
    """Nothing but an address opens the network."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was opened")

    answer_with(refuse)


@pytest.fixture
def run(cli: Any, command: Any) -> Run:
    """Run ``ckan gtplan validate ...``."""

    def call(*arguments: object) -> Any:
        return cli.invoke(command, ["gtplan", "validate", *map(str, arguments)])

    return call


@pytest.fixture
def feed(app: Any, tmp_path: Path) -> Callable[[str], Path]:
    """Save a feed of the example as a file of the same name."""

    def save(address: str) -> Path:
        path = tmp_path / address.rpartition("/")[2]
        path.write_text(app.get(address, status=200).body, "utf-8")
        return path

    return save


@pytest.mark.parametrize(
    "name", ["catalog.ttl", "catalog.xml", "catalog.jsonld", "catalog.nt", "data.json"]
)
def test_the_example_has_no_violation(
    name: str, run: Run, feed: Callable[[str], Path], tmp_path: Path
) -> None:
    done = run(feed(f"/{name}"), "--format", "json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.output)
    assert report["conforms"] is True
    assert report["counts"]["violation"] == 0
    assert report["checked"]["catalogs"] == 1 and report["checked"]["datasets"] > 5


def test_the_portals_own_datasets_are_judged(run: Run, app: Any) -> None:
    done = run("--all", "--format", "json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.output)
    assert report["counts"]["violation"] == 0
    listed = app.get("/data.json").json["dataset"]
    assert report["checked"] == {"datasets": len(listed), "catalogs": 1}


def test_a_violation_is_told_with_what_to_do(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tk.config, "ckanext.gtplan.catalog.publisher_email", "")
    done = run("--all")
    assert done.exit_code == 1
    for words in (
        ": Catálogo\n",
        "Correo electrónico del autor (publisher->mbox), Si: 1",
        "que es obligatorio",
        f"<{BASE}/catalog>",
    ):
        assert words in done.output


def test_a_wrong_file_is_told_to_people_and_machines(run: Run, feed: Callable[[str], Path]) -> None:
    path = feed("/catalog.ttl")
    graph = Graph().parse(path)
    for dataset in set(graph.objects(None, DCAT.dataset)):
        graph.set((dataset, DCTERMS.accrualPeriodicity, Literal("a veces")))
    graph.serialize(path, format="turtle")
    told = run(path)
    assert told.exit_code == 1
    assert "Frecuencia de actualización (accrualPeriodicity), Si: " in told.output
    assert told.output.count(": a veces") == 5
    findings = json.loads(run(path, "--format", "json").output)["findings"]
    wrong = [one for one in findings if one["severity"] == "violation"]
    assert len(wrong) > 5
    assert {(one["class"], one["field"], one["why"], one["value"]) for one in wrong} == {
        ("dataset", "accrualPeriodicity", "wrong", "a veces")
    }
    assert all(one["title"] and one["message"] and one["subject"] for one in wrong)
    report = Graph().parse(data=run(path, "--format", "ttl").output, format="turtle")
    severities = list(report.objects(None, SH.resultSeverity))
    assert severities.count(SH.Violation) == len(wrong)


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("roto.ttl", "<a:a> <a:b> <a:c> .\n<a:a> <a:b> .\n", "roto.ttl:2"),
        ("roto.xml", "<?xml version='1.0'?>\n<rdf:RDF>\n", "roto.xml:2"),
        ("roto.json", '{"title":\n1,}', "roto.json:2"),
        ("nada.ttl", "<a:a> <a:b> <a:c> .", "nada.ttl"),
        ("nada.json", "{}", "nada.json"),
        ("otra.json", "[1, 2]", "otra.json"),
        ("pagina", "<!DOCTYPE html><html>", "pagina"),
    ],
)
def test_what_cannot_be_read_has_its_own_status(
    name: str, text: str, place: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    done = run(tmp_path / name)
    assert done.exit_code == 2, done.output
    assert f"{tmp_path}/{place}" in done.output


def test_what_is_not_there_and_what_is_not_said(run: Run, tmp_path: Path) -> None:
    missing = run(tmp_path / "falta.ttl")
    assert missing.exit_code == 2 and "falta.ttl" in missing.output
    assert run().exit_code == 2
    assert run("--all", "x.ttl").exit_code == 2


class Web:
    """Answers of other portals, by address."""

    def __init__(self, pages: dict[str, str]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def get(self, address: str, **_: Any) -> Any:
        self.asked.append(address)
        answer = requests.Response()
        answer.status_code = 200 if address in self.pages else 404
        answer.url = address
        answer.headers["Content-Type"] = "text/turtle; charset=utf-8"
        answer.raw = BytesIO(self.pages.get(address, "").encode())
        return answer


@pytest.mark.ckan_config("ckanext.dcat.datasets_per_page", 4)
def test_pages_of_an_address_are_followed_once(run: Run, app: Any, answer_with: Any) -> None:
    listed = app.get("/data.json").json["dataset"]
    address, pages = f"{BASE}/catalog.ttl", dict[str, str]()
    last, following = "", address
    while following:
        page = pages[following] = app.get(following.removeprefix(BASE)).body
        last, following = following, find_next(Graph().parse(data=page, format="turtle")) or ""
    # the last page leads back to the first
    hydra = "http://www.w3.org/ns/hydra/core#next"
    pages[last] += f"\n<{last}> <{hydra}> <{address}> .\n"
    web = Web(pages)
    answer_with(web.get)
    done = run(address, "--format", "json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["checked"]["datasets"] == len(listed)
    assert web.asked == list(pages) and len(pages) == -(-len(listed) // 4)


def test_an_address_that_fails_is_named(run: Run, answer_with: Any) -> None:
    answer_with(Web({}).get)
    done = run(f"{BASE}/catalog.ttl")
    assert done.exit_code == 2
    assert f"{BASE}/catalog.ttl" in done.output and "404" in done.output
