"""``ckan gtplan feed``: built anew, checked, written as files."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ckan.lib import jobs
from ckan.plugins import toolkit as tk
from feeding import list_fragments, read_rows, run
from rdflib import Graph
from reading import act

from ckanext.gtplan.feed import dumping
from ckanext.gtplan.feed.keeping import store

FILES = ("catalog.nt", "catalog.ttl", "catalog.rdf", "catalog.jsonld", "data.json")


@pytest.fixture
def ckan(cli: Any, command: Any, clean: None) -> Iterator[Callable[..., Any]]:
    """Run ``ckan gtplan feed ...``."""
    jobs.get_queue().empty()
    yield lambda *arguments: cli.invoke(command, ["gtplan", "feed", *map(str, arguments)])
    jobs.get_queue().empty()


@pytest.fixture
def two(request_context: None, clean: None, dataset: Callable[..., Any]) -> None:
    dataset(name="uno", title="Título ñ")
    dataset(name="dos")
    dataset(name="secreto", private=True)


class TestRebuild:
    """``ckan gtplan feed rebuild`` and ``status``."""

    @pytest.mark.usefixtures("two")
    def test_the_first_time(self, ckan: Callable[..., Any]) -> None:
        told = ckan("status")
        assert told.exit_code == 0, told.output
        assert "nunca" in told.output
        done = ckan("rebuild", "--wait")
        assert done.exit_code == 0, done.output
        assert "2" in done.output.splitlines()[-5]
        assert len(list_fragments()) == 2

    @pytest.mark.usefixtures("two")
    def test_by_jobs(self, ckan: Callable[..., Any]) -> None:
        store.bring_up_to_date()
        (before,) = read_rows("SELECT id FROM gtplan_feed_epoch")
        jobs.get_queue().empty()
        told = ckan("rebuild")
        assert told.exit_code == 0, told.output
        assert "0 de 2" in told.output
        (job,) = [job for job in jobs.get_queue().jobs if "work" in job.meta["title"]]
        job.perform()
        (after,) = read_rows("SELECT id FROM gtplan_feed_epoch")
        assert after["id"] > before["id"]

    @pytest.mark.usefixtures("two")
    def test_again_in_one_go(self, ckan: Callable[..., Any]) -> None:
        state = store.bring_up_to_date()
        done = ckan("rebuild", "--wait")
        assert done.exit_code == 0, done.output
        after = store.bring_up_to_date()
        assert after.epoch != state.epoch
        assert after.position == state.position


@pytest.mark.usefixtures("two")
class TestVerify:
    """``ckan gtplan feed verify``."""

    def test_all_is_as_it_should_be(self, ckan: Callable[..., Any]) -> None:
        done = ckan("verify")
        assert done.exit_code == 0, done.output
        assert "2 conjuntos" in done.output

    def test_what_differs_is_named(self, ckan: Callable[..., Any]) -> None:
        store.bring_up_to_date()
        run(
            "UPDATE gtplan_fragment SET ttl = ttl || '\\x20' WHERE iri LIKE '%' || :id",
            id=act("package_show", id="uno")["id"],
        )
        run(
            "DELETE FROM gtplan_fragment WHERE iri LIKE '%' || :id",
            id=act("package_show", id="dos")["id"],
        )
        done = ckan("verify")
        assert done.exit_code == 1
        lines = done.output.splitlines()
        assert any(line.startswith("uno:") and "ttl" in line for line in lines)
        assert any(line.startswith("dos:") for line in lines)
        assert "secreto" not in done.output
        ckan("rebuild", "--wait")
        assert ckan("verify").exit_code == 0

    def test_what_should_be_gone_is_named(self, ckan: Callable[..., Any]) -> None:
        store.bring_up_to_date()
        run(
            "ALTER TABLE package DISABLE TRIGGER gtplan_note_package;"
            " UPDATE package SET private = true WHERE name = 'uno';"
            " ALTER TABLE package ENABLE TRIGGER gtplan_note_package"
        )
        done = ckan("verify")
        assert done.exit_code == 1
        assert "nadie" in done.output


@pytest.mark.usefixtures("two")
def test_with_other_options_nothing_is_begun(
    ckan: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = store.bring_up_to_date()
    monkeypatch.setitem(tk.config, "ckanext.gtplan.base_uri", "https://otra.example.org")
    for arguments in (["verify"], ["dump", tmp_path / "copia"]):
        told = ckan(*arguments)
        assert told.exit_code == 1
        assert "otras opciones" in told.output
        assert "archivo ini" in told.output
    assert list(tmp_path.iterdir()) == []
    assert [row["id"] for row in read_rows("SELECT id FROM gtplan_feed_epoch")] == [state.epoch]


@pytest.mark.usefixtures("two")
class TestDump:
    """``ckan gtplan feed dump``."""

    def test_the_whole_catalogue(self, ckan: Callable[..., Any], tmp_path: Path) -> None:
        folder = tmp_path / "copias" / "hoy"
        done = ckan("dump", folder)
        assert done.exit_code == 0, done.output
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        assert manifest["datasets"] == 2
        assert f"/changes.jsonld?after={manifest['position']}&at=" in manifest["changes"]
        assert {file["name"] for file in manifest["files"]} == {
            *FILES,
            *(f"{name}.gz" for name in FILES),
        }
        for file in manifest["files"]:
            data = (folder / file["name"]).read_bytes()
            assert len(data) == file["size"]
            assert hashlib.sha256(data).hexdigest() == file["sha256"]
            assert f"{file['sha256']}  {file['name']}\n" in (folder / "SHA256SUMS").read_text()
        graphs = []
        for name in FILES:
            text = (folder / name).read_bytes()
            assert gzip.decompress((folder / f"{name}.gz").read_bytes()) == text
            assert "Título ñ".encode() in text or name == "catalog.nt"
            assert b"secreto" not in text
            if name != "data.json":
                endings = {"nt": "nt", "ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}
                graphs.append(set(Graph().parse(text, format=endings[name.rpartition(".")[2]])))
        assert all(graph == graphs[0] for graph in graphs)
        assert len(json.loads((folder / "data.json").read_text("utf-8"))["dataset"]) == 2

    def test_the_same_again_has_the_same_bytes(
        self, ckan: Callable[..., Any], tmp_path: Path
    ) -> None:
        folder = tmp_path / "copia"
        ckan("dump", folder)
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert ckan("dump", folder).exit_code == 0
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        assert [path.name for path in tmp_path.iterdir()] == ["copia"]

    def test_an_empty_catalogue(self, ckan: Callable[..., Any], tmp_path: Path) -> None:
        run("UPDATE package SET private = true")
        assert ckan("dump", tmp_path / "copia").exit_code == 0
        data = json.loads((tmp_path / "copia" / "data.json").read_text("utf-8"))
        assert data["dataset"] == []
        Graph().parse(tmp_path / "copia" / "catalog.jsonld", format="json-ld")

    def test_a_folder_with_something_else_stays(
        self, ckan: Callable[..., Any], tmp_path: Path
    ) -> None:
        (tmp_path / "notas.txt").write_text("no se pierde")
        done = ckan("dump", tmp_path)
        assert done.exit_code == 1
        assert str(tmp_path) in done.output
        assert [path.name for path in tmp_path.iterdir()] == ["notas.txt"]
        done = ckan("dump", tmp_path / "notas.txt")
        assert done.exit_code == 1

    def test_a_failure_leaves_what_was_there(
        self, ckan: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "copia"
        ckan("dump", folder)
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        act("package_patch", id="uno", title="Otro")
        write = dumping._write_both

        def fail(folder: Path, name: str, *rest: Any) -> Any:
            if name == "data.json":
                raise OSError(28, "No space left on device")
            return write(folder, name, *rest)

        monkeypatch.setattr(dumping, "_write_both", fail)
        done = ckan("dump", folder)
        assert done.exit_code == 1
        assert "No space left" in done.output
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        assert [path.name for path in tmp_path.iterdir()] == ["copia"]
