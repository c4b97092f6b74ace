"""Another portal's data.json comes in once, changes with its source, and breaks nothing."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from publishing import show, site_user

DATASET = {
    "identifier": "99",
    "title": "Compras del Estado",
    "description": "Contratos por entidad",
    "publisher": {"name": "Contaduría", "mbox": "datos@example.org"},
    "contactPoint": {"fn": "Oficina", "hasEmail": "mailto:datos@example.org"},
    "superTheme": ["ECON"],
    "keyword": "compras, I+D",
    "accrualPeriodicity": "R/P1Y",
    "issued": "2016-04-14",
    "temporal": "2015-01-01/2015-12-31",
    "spatial": "ARG",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "distribution": [
        {
            "identifier": "99.1",
            "title": "Compras 2015",
            "downloadURL": "https://datos.example.org/compras.csv",
            "accessURL": "https://datos.example.org/d/99.1",
            "issued": "2016-04-14",
            "format": "CSV",
            "fileName": "compras.csv",
        }
    ],
}
INCOMPLETE = {"identifier": "100", "title": "Sin frecuencia", "description": "Datos"}
CATALOG = {
    "title": "Datos de otro país",
    "homepage": "https://datos.example.org",
    "dataset": [DATASET, INCOMPLETE],
}


def count_packages() -> int:
    return model.Session.scalar(sa.select(sa.func.count()).select_from(model.Package)) or 0


@pytest.fixture
def organization(app: Any, clean: None) -> Iterator[str]:
    yield factories.Organization(name="otro-pais", title="Otro país")["id"]
    model.repo.delete_all()
    search.clear_all()


@pytest.fixture
def bring(organization: str, request_context: None) -> Any:
    """Import a document through the action."""

    def call(document: Any, context: Any = None, **data: Any) -> dict[str, Any]:
        content = document if isinstance(document, str) else json.dumps(document)
        request = {"organization": "otro-pais", "content": content, "source": "data.json", **data}
        return dict(tk.get_action("gtplan_import")(context or site_user(), request))

    return call


@pytest.fixture
def run(cli: Any, command: Any, organization: str) -> Any:
    """Run ``ckan gtplan import ...``."""

    def call(*arguments: object) -> Any:
        line = ["gtplan", "import", *map(str, arguments), "--organization", "otro-pais"]
        return cli.invoke(command, line)

    return call


class TestAction:
    """``gtplan_import``."""

    def test_a_catalogue_comes_in_once(self, bring: Any) -> None:
        first = bring(CATALOG)
        assert first["created"] == ["compras-del-estado", "sin-frecuencia"]
        assert list(first["private"]) == ["sin-frecuencia"] and first["refused"] == {}
        dataset = show("compras-del-estado")
        assert dataset["private"] is False and show("sin-frecuencia")["private"] is True
        assert dataset["identifier"] == "99" and dataset["frequency"] == "R/P1Y"
        assert dataset["license_id"] == "cc-by" and dataset["theme"] == ["ECON"]
        assert dataset["contact"] == [{"name": "Oficina", "email": "datos@example.org"}]
        assert "compras" in {tag["name"] for tag in dataset["tags"]}
        assert dataset["resources"][0]["format"] == "CSV"
        assert {item["field"] for item in first["dropped"]} == {"fileName", "keyword"}
        again = bring(CATALOG)
        assert again["unchanged"] == first["created"] and not again["created"] + again["changed"]
        assert show("compras-del-estado") == dataset

    def test_what_the_database_refuses_does_not_stop_the_others(self, bring: Any) -> None:
        long = "".join(chr(0x4E00 + n % 19_000) for n in range(20_000))
        summary = bring({**CATALOG, "dataset": [{**DATASET, "title": long}, INCOMPLETE]})
        assert summary["created"] == ["sin-frecuencia"] and show("sin-frecuencia")
        ((title, reasons),) = summary["refused"].items()
        assert long.startswith(title.rstrip("…")) and len(title) < 300
        assert len(reasons) == 1 and "\n" not in reasons[0]

    def test_ids_are_those_of_the_source(self, bring: Any) -> None:
        bring(CATALOG)
        before = show("compras-del-estado")
        model.repo.delete_all()
        search.clear_all()
        factories.Organization(name="otro-pais")
        bring({**CATALOG, "dataset": [DATASET]}, source="https://otra.example.org/data.json")
        after = show("compras-del-estado")
        assert after["id"] == before["id"]
        assert after["resources"][0]["id"] == before["resources"][0]["id"]

    def test_a_change_at_the_source_is_followed(self, bring: Any) -> None:
        bring(CATALOG)
        before = show("compras-del-estado")
        extra = {"url": "https://aqui.example.org/nota.pdf", "name": "Nota de aquí"}
        tk.get_action("resource_create")(site_user(), {"package_id": before["id"], **extra})
        patch = {"id": before["id"], "attribution": "Anotado aquí"}
        tk.get_action("package_patch")(site_user(), patch)
        changed = copy.deepcopy(CATALOG)
        changed["dataset"][0]["title"] = "Compras públicas"
        changed["dataset"][0]["distribution"][0]["title"] = "Todas las compras"
        del changed["dataset"][0]["temporal"]
        summary = bring(changed)
        assert summary["changed"] == ["compras-del-estado"]
        assert summary["unchanged"] == ["sin-frecuencia"]
        after = show("compras-del-estado")
        assert (after["title"], after["name"]) == ("Compras públicas", "compras-del-estado")
        assert not after.get("temporal_coverage") and after["attribution"] == "Anotado aquí"
        names = [resource["name"] for resource in after["resources"]]
        assert names == ["Todas las compras", "Nota de aquí"]
        assert after["resources"][0]["id"] == before["resources"][0]["id"]
        assert bring(changed)["changed"] == []

    def test_one_that_becomes_complete_becomes_public(self, bring: Any) -> None:
        bring(CATALOG)
        complete = {**DATASET, **INCOMPLETE}
        summary = bring({**CATALOG, "dataset": [complete]})
        assert summary["changed"] == ["sin-frecuencia"] and not summary["private"]
        assert show("sin-frecuencia")["private"] is False

    def test_a_distribution_that_is_gone_goes(self, bring: Any) -> None:
        more = copy.deepcopy(DATASET)
        more["distribution"].append({**more["distribution"][0], "identifier": "99.2"})
        bring({**CATALOG, "dataset": [more]})
        assert len(show("compras-del-estado")["resources"]) == 2
        bring({**CATALOG, "dataset": [DATASET]})
        assert len(show("compras-del-estado")["resources"]) == 1

    def test_datasets_of_the_portal_are_never_overwritten(self, bring: Any) -> None:
        fields = {"owner_org": "otro-pais", "private": True, "title": "Lo nuestro"}
        own = factories.Dataset(name="compras-del-estado", **fields)
        other = factories.Organization(name="tercera")
        (name, _) = bring(CATALOG)["created"]
        assert name.startswith("compras-del-estado-")
        assert show(own["id"])["title"] == "Lo nuestro"
        changed = {**CATALOG, "dataset": [{**DATASET, "title": "Otra"}]}
        refused = bring(changed, organization=other["name"])["refused"]
        assert list(refused) == ["Otra"]
        assert show(name)["title"] == DATASET["title"]

    def test_what_was_deleted_here_stays_deleted(self, bring: Any) -> None:
        bring(CATALOG)
        tk.get_action("package_delete")(site_user(), {"id": "compras-del-estado"})
        changed = {**CATALOG, "dataset": [{**DATASET, "title": "Otra"}]}
        assert bring(changed)["deleted"] == ["compras-del-estado"]
        assert show("compras-del-estado")["state"] == "deleted"

    def test_one_bad_dataset_does_not_stop_the_others(self, bring: Any) -> None:
        bad: list[Any] = [DATASET, {**DATASET, "title": "Repetido"}, {}, 5, INCOMPLETE]
        summary = bring({**CATALOG, "dataset": bad})
        assert summary["created"][0] == "compras-del-estado"
        assert "sin-frecuencia" in summary["created"]
        assert "Repetido" in summary["refused"]
        assert ("dataset", "5") in {(i["field"], i["value"]) for i in summary["dropped"]}

    def test_a_dry_run_writes_nothing(self, bring: Any) -> None:
        summary = bring(CATALOG, dry_run=True)
        assert summary["created"] == ["compras-del-estado", "sin-frecuencia"]
        assert list(summary["private"]) == ["sin-frecuencia"]
        assert count_packages() == 0

    def test_one_dataset_alone(self, bring: Any) -> None:
        assert bring(DATASET)["created"] == ["compras-del-estado"]
        assert bring(DATASET)["unchanged"] == ["compras-del-estado"]

    def test_our_own_data_json_comes_back(self, app: Any, bring: Any) -> None:
        bring(CATALOG)
        before = app.get("/data.json").json
        model.repo.delete_all()
        search.clear_all()
        factories.Organization(name="otro-pais", title="Otro país")
        assert bring(before)["refused"] == {}
        (was,), (now,) = before["dataset"], app.get("/data.json").json["dataset"]
        moved = {"modified", "metadataModified"}
        assert {k: v for k, v in now.items() if k not in moved | {"distribution"}} == {
            k: v for k, v in was.items() if k not in moved | {"distribution"}
        }

    @pytest.mark.parametrize(
        "content", ["{", "[1, 2", "nada", "{}", "[]", "5", '"x"', "[" * 100_000, '{"dataset": [5]}']
    )
    def test_what_is_no_data_json_is_refused(self, bring: Any, content: str) -> None:
        with pytest.raises(tk.ValidationError) as error:
            bring(content)
        assert "data.json" in str(error.value.error_dict["content"])
        assert count_packages() == 0

    def test_who_may_not_create_datasets_may_not_import(self, bring: Any) -> None:
        editor, stranger = factories.User(), factories.User()
        member = {"id": "otro-pais", "username": editor["name"], "role": "editor"}
        tk.get_action("organization_member_create")(site_user(), member)
        with pytest.raises(tk.NotAuthorized):
            bring(CATALOG, {"user": stranger["name"]})
        with pytest.raises(tk.NotAuthorized):
            bring(CATALOG, {"user": ""})
        assert count_packages() == 0
        assert len(bring(CATALOG, {"user": editor["name"]})["created"]) == 2

    def test_an_unknown_organization_is_named(self, bring: Any) -> None:
        with pytest.raises(tk.ObjectNotFound):
            bring(CATALOG, organization="no-hay")


class TestCommand:
    """``ckan gtplan import``."""

    def test_a_file(self, run: Any, tmp_path: Path) -> None:
        file = tmp_path / "data.json"
        file.write_text("\ufeff" + json.dumps(CATALOG), "utf-8")
        dry = run(file, "--dry-run")
        assert dry.exit_code == 0 and count_packages() == 0, dry.output
        done = run(file)
        assert done.exit_code == 0, done.output
        assert "sin-frecuencia" in done.output and "Frecuencia" in done.output
        assert "fileName" in done.output
        assert count_packages() == 2

    @pytest.mark.parametrize("size", [50 * 2**20, 2**20])
    def test_rubbish(self, run: Any, tmp_path: Path, size: int) -> None:
        file = tmp_path / "basura.json"
        with file.open("wb") as stream:
            stream.truncate(size)
        done = run(file)
        assert done.exit_code == 1 and "basura.json" in done.output
        assert count_packages() == 0

    @pytest.mark.parametrize("data", [b"\xff\xfe{}", b'{"dataset": [{"title": "x'])
    def test_a_file_that_was_cut_or_is_no_text(
        self, run: Any, tmp_path: Path, data: bytes
    ) -> None:
        file = tmp_path / "mala.json"
        file.write_bytes(data)
        done = run(file)
        assert done.exit_code == 1 and "mala.json" in done.output
        assert count_packages() == 0

    def test_an_address(self, run: Any, server: str) -> None:
        done = run(f"{server}/data.json")
        assert done.exit_code == 0, done.output
        assert count_packages() == 2

    @pytest.mark.parametrize("path", ["/no-hay", "/html", "/endless"])
    def test_an_address_that_gives_no_data_json(self, run: Any, server: str, path: str) -> None:
        done = run(server + path)
        assert done.exit_code == 1 and path in done.output
        assert count_packages() == 0

    @pytest.mark.parametrize(
        "address", ["ftp://x.example/data.json", "file:///etc/hostname", "http://127.0.0.1:9/x"]
    )
    def test_an_address_that_is_none(self, run: Any, address: str) -> None:
        done = run(address)
        assert done.exit_code == 1 and address.split("//")[1] in done.output
        assert count_packages() == 0

    def test_what_is_not_there_is_named(self, run: Any, cli: Any, tmp_path: Path) -> None:
        missing = run(tmp_path / "falta.json")
        assert missing.exit_code == 1 and "falta.json" in missing.output


class Portal(BaseHTTPRequestHandler):
    """Another portal."""

    def do_GET(self) -> None:
        bodies = {"/data.json": json.dumps(CATALOG).encode(), "/html": b"<html>"}
        self.send_response(404 if self.path == "/no-hay" else 200)
        self.end_headers()
        if self.path != "/endless":
            self.wfile.write(bodies.get(self.path, b""))
            return
        try:
            while True:
                self.wfile.write(b" " * 2**20)
        except OSError:
            return

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """An address on this machine."""
    portal = HTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{portal.server_port}"
    portal.shutdown()
    portal.server_close()
