"""ckanext-harvest reads another portal's data.json by the profile, stage by stage."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from publishing import show, site_user
from test_importing import CATALOG, DATASET


class Source(BaseHTTPRequestHandler):
    """Another portal, whose document the tests change."""

    body = b""

    def do_GET(self) -> None:
        self.send_response(500 if not self.body else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def offer(app: Any) -> Iterator[Any]:
    """Tell what the other portal offers at its address."""
    server = HTTPServer(("127.0.0.1", 0), Source)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def call(document: Any) -> str:
        Source.body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return f"http://127.0.0.1:{server.server_port}/data.json"

    yield call
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def harvest_tables(shared_app: Any) -> Any:
    """The tables of ckanext-harvest, whose plugin the tests' portal doesn't have."""
    from ckanext.harvest import model as harvest

    kinds = ("Source", "Job", "Object", "ObjectExtra", "GatherError", "ObjectError", "Log")
    names = ["HarvestLog" if kind == "Log" else f"Harvest{kind}" for kind in kinds]
    tables = [getattr(harvest, name).__table__ for name in names]
    harvest.HarvestSource.metadata.create_all(model.meta.engine, tables=tables)
    return harvest


@pytest.fixture
def run(harvest_tables: Any, clean: None, offer: Any, request_context: None) -> Iterator[Any]:
    """Run the stages of a harvest job; gives its errors, one for each object or of gathering."""
    from ckanext.gtplan.harvest.datajson import DataJSONHarvester

    harvester = DataJSONHarvester()
    site_user()
    owner = factories.Organization(name="otro-pais")["id"]
    package = model.Package(name="fuente", type="harvest", owner_org=owner)
    model.Session.add(package)
    model.Session.flush()
    source = harvest_tables.HarvestSource(
        id=package.id, url=offer(CATALOG), type="gtplan_json", active=True
    )
    model.Session.add(source)
    model.Session.commit()
    source_id = source.id

    def call(document: Any) -> tuple[list[Any], list[str]]:
        offer(document)
        job = harvest_tables.HarvestJob(source=harvest_tables.HarvestSource.get(source_id))
        job.save()
        job_id = job.id
        results = []
        for object_id in harvester.gather_stage(job) or []:
            item = harvest_tables.HarvestObject.get(object_id)
            assert harvester.fetch_stage(item) is True
            results.append(harvester.import_stage(item))
        return results, list_messages(harvest_tables, job_id)

    yield call
    model.Session.rollback()
    model.repo.delete_all()
    search.clear_all()


def list_messages(harvest: Any, job_id: str) -> list[str]:
    gathered = model.Session.query(harvest.HarvestGatherError).filter_by(harvest_job_id=job_id)
    objects = model.Session.query(harvest.HarvestObjectError).join(harvest.HarvestObject)
    imported = objects.filter(harvest.HarvestObject.harvest_job_id == job_id)
    return [error.message for error in (*gathered, *imported)]


Run = Callable[[Any], tuple[list[Any], list[str]]]


def test_datasets_come_in_and_stay(run: Run) -> None:
    results, messages = run({**CATALOG, "otra": "clave", "dataset": [*CATALOG["dataset"], 5]})
    assert results == [True, True]
    dataset = show("compras-del-estado")
    assert dataset["frequency"] == "R/P1Y" and dataset["private"] is False
    assert dataset["license_id"] == "cc-by"
    assert show("sin-frecuencia")["private"] is True
    assert any("otra" in message for message in messages)
    assert any("fileName" in message for message in messages)
    assert any("Frecuencia" in message for message in messages)
    results, _ = run({**CATALOG, "otra": "clave"})
    assert results == ["unchanged", "unchanged"]
    assert show("compras-del-estado") == dataset


def test_changes_and_withdrawals_are_followed(run: Run) -> None:
    run(CATALOG)
    changed = copy.deepcopy(CATALOG)
    changed["dataset"] = [{**DATASET, "title": "Compras públicas"}]
    results, _ = run(changed)
    assert results == [True, True]
    assert show("compras-del-estado")["title"] == "Compras públicas"
    assert show("sin-frecuencia")["state"] == "deleted"
    results, _ = run({**CATALOG, "dataset": [*changed["dataset"], CATALOG["dataset"][1]]})
    assert results == ["unchanged", True]
    assert show("sin-frecuencia")["state"] == "active"


def test_what_was_imported_before_is_known(run: Run, request_context: None) -> None:
    content = {"content": json.dumps(CATALOG), "source": "x.json", "organization": "otro-pais"}
    tk.get_action("gtplan_import")(site_user(), content)
    results, _ = run(CATALOG)
    assert results == ["unchanged", "unchanged"]


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"[]", b"<html>", b"[" * 100_000])
def test_a_document_that_cannot_be_read_withdraws_nothing(run: Run, body: bytes) -> None:
    run(CATALOG)
    results, messages = run(body)
    assert results == [] and messages
    assert show("compras-del-estado")["state"] == "active"


def test_one_refused_does_not_stop_the_others(run: Run) -> None:
    nameless = {"description": "Sin título"}
    results, messages = run({**CATALOG, "dataset": [nameless, DATASET]})
    assert sorted(results) == [False, True]
    assert any("título" in message or "title" in message for message in messages)
    assert show("compras-del-estado")["title"] == DATASET["title"]
