"""One application for all tests, and the example plan where a test asks for it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from ckan import model
from ckan.lib import jobs, search
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers
from feed_reader import spread_out
from feeding import copy_dataset
from rdflib import Graph
from reading import EXAMPLE, Page, act, make_sysadmin, visit
from rebuilding import BASE, take_apart

from ckanext.gtplan.cli import gtplan
from ckanext.gtplan.feed.keeping import store
from ckanext.gtplan.feed.sending import stream
from ckanext.gtplan.model import LoadRun
from ckanext.gtplan.plan.files.tree import collect_sources
from ckanext.gtplan.rdf.feed import SYNTAXES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that look at the example one after the other: it is loaded once for all."""
    items.sort(key=lambda item: "example" not in getattr(item, "fixturenames", ()))


def pytest_collection_finish() -> None:
    """Look through CKAN's modules for garbage no more: it cost a seventh of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def shared_app() -> Any:
    """The application, made once: making it takes a second."""
    return helpers._get_test_app()


@pytest.fixture
def app(shared_app: Any) -> Any:
    """CKAN's own fixture of that name makes a new application for each test."""
    return shared_app


@pytest.fixture(scope="session")
def command(shared_app: Any) -> click.Group:
    """``ckan`` for our commands, in the application that is there: CKAN's own makes a new one."""

    @click.group()
    @click.pass_context
    def ckan(ctx: click.Context) -> None:
        ctx.meta["flask_app"] = shared_app.flask_app

    ckan.add_command(gtplan)
    return ckan


@pytest.fixture
def request_context(shared_app: Any) -> Iterator[None]:
    """What a page has: a request, and so a language."""
    with shared_app.flask_app.test_request_context():
        yield


@pytest.fixture
def sysadmin() -> dict[str, Any]:
    """A context that may do everything, as the command line has it."""
    return make_sysadmin()


@pytest.fixture
def load(request_context: None) -> Callable[..., dict[str, Any]]:
    """Load a folder or a file, or texts by file name, through the action."""

    def call(source: Path | dict[str, str], load_id: str = "prueba") -> dict[str, Any]:
        if isinstance(source, Path):
            found = collect_sources(source)
            source = {s.name: s.data.decode("utf-8", "surrogateescape") for s in found}
        sent = [{"name": name, "content": text} for name, text in source.items()]
        data = {"id": load_id, "files": sent}
        result: dict[str, Any] = tk.get_action("gtplan_load")(make_sysadmin(), data)
        return result

    return call


@pytest.fixture
def clean() -> None:
    """An empty portal: rows deleted, not tables made anew."""
    model.repo.delete_all()
    search.clear_all()


@pytest.fixture
def example(load: Callable[..., dict[str, Any]]) -> None:
    """The example plan, loaded and published once and left as it is by each test."""
    run = model.Session.get(LoadRun, "example")
    if run is None or run.finished is None:
        model.repo.delete_all()
        search.clear_all()
        load(EXAMPLE)


@pytest.fixture
def organization() -> dict[str, Any]:
    extras = [{"key": "email", "value": "datos@example.org"}]
    return factories.Organization(title="Instituto", extras=extras)


@pytest.fixture
def dataset(organization: dict[str, Any]) -> Callable[..., Any]:
    """Make a dataset with all that the profile requires."""

    def make(**changes: Any) -> dict[str, Any]:
        resource = {
            "name": "Tabla",
            "url": "https://example.org/tabla.csv",
            "format": "CSV",
            "resource_type": "file",
            "fields": [{"title": "b", "type": "string"}, {"title": "a", "type": "integer"}],
        }
        values = {
            "owner_org": organization["id"],
            "notes": "Descripción",
            "issued": "2018-11",
            "data_modified": "2024-01-03",
            "frequency": "R/P1Y",
            "theme": ["GOVE"],
            "language": ["es"],
            "spatial_coverage": [{"code": "GTM"}],
            "temporal_coverage": [{"start": "2018-11", "end": "2020-10"}],
            "contact": [{"name": "Unidad", "email": "info@example.org"}],
            "resources": [resource],
        }
        return factories.Dataset(**{**values, **changes})

    return make


@pytest.fixture
def get(app: Any) -> Callable[..., Page]:
    """Fetch a page, as a visitor unless somebody's token is given."""

    def call(path: str, token: str = "") -> Page:
        return Page(visit(app, "get", path, token, status=200).body)

    return call


@pytest.fixture
def create() -> Iterator[Callable[..., None]]:
    """Create records, and take them away after the test."""
    made: list[str] = []

    def call(kind: str, name: str, **data: Any) -> None:
        owner = {"owner_org": "gae", "title": name}
        made.append(act("package_create", type=kind, name=name, **{**owner, **data})["id"])

    yield call
    for package_id in reversed(made):
        act("dataset_purge", id=package_id)


@pytest.fixture
def pull(app: Any) -> Callable[..., Any]:
    """Pull a feed in RDF and parse it."""

    def call(address: str) -> Graph:
        ending = address.partition("?")[0].rpartition(".")[2]
        answer = app.get(address, status=200)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Content-Type"].startswith(SYNTAXES[ending].media_type)
        return Graph().parse(data=answer.body, format=SYNTAXES[ending].name)

    return call


@pytest.fixture
def three_datasets(
    clean: None, request_context: None, dataset: Callable[..., Any]
) -> Iterator[None]:
    """Three datasets in the feeds, and no job that waits."""
    dataset(name="uno")
    copy_dataset("uno", 2)
    store.bring_up_to_date()
    jobs.get_queue().empty()
    yield
    jobs.get_queue().empty()


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Change an option: every dataset gets another IRI."""

    def call(base: str = "https://otra.example.org") -> None:
        monkeypatch.setitem(tk.config, BASE, base)

    return call


@pytest.fixture
def large(three_datasets: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The portal has more datasets than a reader waits for, each in a block of its own."""
    monkeypatch.setattr(store, "INLINE", 2)
    take_apart()


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every document be sent while it is read."""
    monkeypatch.setattr(stream, "_SMALL", 0)


@pytest.fixture
def spread(dataset: Callable[..., Any], app: Any) -> list[str]:
    """Three datasets, each in a block of its own."""
    made = [dataset()["id"] for _ in range(3)]
    spread_out(app)
    return made
