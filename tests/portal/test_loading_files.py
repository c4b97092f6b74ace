"""A file that is uploaded becomes a table with typed columns: a site and a worker."""

from __future__ import annotations

import gc
import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from ckan import model
from ckan.lib import jobs
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from publishing import (
    ACTIVITIES,
    DATASET,
    MILESTONE,
    PLAN,
    Load,
    build,
    remove_plan,
    rename_activity,
    show,
    site_user,
)
from rdflib import Graph
from rdflib.namespace import CSVW
from rq import SimpleWorker
from werkzeug.serving import make_server

from ckanext.gtplan.logic import dictionary
from ckanext.gtplan.logic.plans.distribution import drop_datastore
from stack.ini import make_token
from stack.site import GRANT

NAME = "con-archivo"
CSV = """\
Código,Año,habitantes,monto,día,momento,activo,nombre
0101,2019,1000,10.50,2020-01-02,2020-01-02T10:00:00,true,Guatemala
0102,2020,2000,7,2020-02-29,2020-03-04T11:30:00,false,Mixco
0103,2020,,,,,,
"""
TYPES = {
    "Código": "string",
    "Año": "integer",
    "habitantes": "integer",
    "monto": "number",
    "día": "date",
    "momento": "date-time",
    "activo": "boolean",
    "nombre": "string",
}


@dataclass
class Site:
    """The application of the tests as others reach it, and a worker that does its jobs."""

    url: str
    token: str

    def work(self) -> None:
        """Do what is waiting, and see it as others wrote it."""
        model.Session.rollback()
        queue = jobs.get_queue()
        SimpleWorker([queue], connection=queue.connection).work(burst=True)
        # the loader leaves its connection, with the table locked, to the collection of garbage;
        # a worker's process ends after each job
        gc.collect()
        model.Session.rollback()
        model.Session.expire_all()

    def send(self, action: str, text: str, **data: str) -> dict[str, Any]:
        answer = requests.post(
            f"{self.url}/api/3/action/{action}",
            data=data,
            files={"upload": ("tabla.csv", io.BytesIO(text.encode()), "text/csv")},
            headers={"Authorization": self.token},
            timeout=60,
        )
        assert answer.ok, answer.text
        return dict(answer.json()["result"])


@pytest.fixture(scope="module")
def server(shared_app: Any) -> Iterator[str]:
    """Serve the application, and give its address."""
    server = make_server("127.0.0.1", 0, shared_app.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def site(server: str, ckan_config: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Site:
    site = Site(server, factories.SysadminWithToken()["token"])
    # as ./portal up gives the loader its token
    key = tk.config["api_token.jwt.decode.secret"].removeprefix("string:")
    environment = {"URL": tk.config["sqlalchemy.url"], "TOKEN": "of-the-loader", "ADMIN": "admin"}
    subprocess.run([sys.executable, "-c", GRANT], env=environment, check=True)
    options = {
        "site_url": site.url,
        "api_token": make_token(key, "of-the-loader"),
        "jobs_db.uri": f"sqlite:///{tmp_path}/jobs.db",
    }
    for name, value in options.items():
        monkeypatch.setitem(tk.config, f"ckanext.xloader.{name}", value)
    return site


@pytest.fixture
def resource_id(site: Site, request_context: None) -> Iterator[str]:
    """A dataset whose file was uploaded and loaded."""
    jobs.get_queue().empty()
    remove()
    if model.Group.get("min-archivos") is None:
        call("organization_create", name="min-archivos", title="Ministerio")
    dataset = {
        "name": NAME,
        "type": "dataset",
        "title": "Con archivo",
        "notes": "Un archivo.",
        "owner_org": "min-archivos",
        "frequency": "R/P1Y",
        "license_id": "cc-by",
        "private": True,
    }
    call("package_create", **dataset)
    table = {"name": "Tabla", "description": "Filas.", "format": "CSV"}
    made = site.send("resource_create", CSV, package_id=NAME, **table)
    call("package_patch", id=NAME, private=False)
    site.work()
    yield made["id"]
    model.Session.rollback()
    remove()


def remove() -> None:
    """Take the dataset and its table away, if they are there."""
    package = model.Package.get(NAME)
    for resource in package.resources_all if package else ():
        drop_datastore(resource.id)
    if package:
        call("dataset_purge", id=NAME)


def call(action: str, **data: Any) -> Any:
    return tk.get_action(action)(site_user(), data)


def rows() -> list[dict[str, Any]]:
    return list(show(NAME)["resources"][0].get("fields") or [])


def types() -> dict[str, str]:
    return {row["title"]: row["type"] for row in rows()}


def edit(resource_id: str, **edits: dict[str, str]) -> None:
    new = [{**row, **edits.get(row["title"], {})} for row in rows()]
    call("resource_patch", id=resource_id, fields=new)


def read(resource_id: str, column: str) -> list[Any]:
    found = call("datastore_search", resource_id=resource_id, sort="_id")
    return [record[column] for record in found["records"]]


def test_the_types_are_read_from_the_data(site: Site, resource_id: str) -> None:
    assert list(types().items()) == list(TYPES.items())
    assert read(resource_id, "Código") == ["0101", "0102", "0103"]
    before = show(NAME)
    site.work()
    assert dictionary.align(site_user(), resource_id) is None
    assert show(NAME) == before


def test_the_feed_has_the_columns(site: Site, resource_id: str) -> None:
    answer = requests.get(f"{site.url}/dataset/{NAME}.ttl", timeout=60)
    assert answer.ok, answer.text
    graph = Graph().parse(data=answer.text, format="turtle")
    assert {str(name) for name in graph.objects(None, CSVW.title)} >= set(TYPES)


def test_a_file_with_the_same_columns(site: Site, resource_id: str) -> None:
    edit(resource_id, monto={"description": "Lo gastado", "units": "GTQ"}, Año={"type": "string"})
    before = rows()
    site.send("resource_patch", CSV + "0104,2021,3000,1.5,,,,Fraijanes\n", id=resource_id)
    site.work()
    assert read(resource_id, "Código") == ["0101", "0102", "0103", "0104"]
    assert rows() == before


def test_data_of_another_type(site: Site, resource_id: str) -> None:
    site.send("resource_patch", CSV + "0104,n/d,3000,,,,,Fraijanes\n", id=resource_id)
    site.work()
    assert types() == {**TYPES, "Año": "string"}


def test_a_file_with_other_columns(site: Site, resource_id: str) -> None:
    edit(
        resource_id,
        monto={"description": "Lo gastado", "units": "GTQ"},
        nombre={"type": "any", "description": "Nombre", "spatial": "GT"},
    )
    text = "nombre,monto,cantidad,fecha\nMixco,1.50,3,2020-05-06\nAntigua,2.25,4,2020-05-07\n"
    site.send("resource_patch", text, id=resource_id)
    site.work()
    assert rows() == [
        {"title": "nombre", "type": "any", "description": "Nombre", "spatial": "GT"},
        {"title": "monto", "type": "number", "description": "Lo gastado", "units": "GTQ"},
        {"title": "cantidad", "type": "integer"},
        {"title": "fecha", "type": "date"},
    ]
    table = call("datastore_info", id=resource_id)
    info = {field["id"]: field.get("info", {}) for field in table["fields"]}
    assert (info["monto"]["notes"], info["monto"]["unit"]) == ("Lo gastado", "GTQ")


def test_published_tables_are_not_loaded(
    site: Site, request_context: None, load: Load, shared_app: Any
) -> None:
    jobs.get_queue().empty()
    try:
        load({"plan.yaml": PLAN})
        rename_activity("Reunir a todos")
        assert build(MILESTONE) == {"dataset": DATASET, "status": "updated"}
        assert not [job for job in jobs.get_queue().jobs if "xloader" in job.func_name]
        assert read(ACTIVITIES, "actividad")[0] == "Reunir a todos"
        assert build(MILESTONE) == {"dataset": DATASET, "status": "unchanged"}
    finally:
        remove_plan(shared_app)
