"""One application for all tests, and the example plan where a test asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk
from ckan.tests import helpers

from ckanext.gtplan.model import LoadRun
from ckanext.gtplan.plan.tree import collect_sources

EXAMPLE = Path(str(files("ckanext.gtplan") / "examples" / "guatemala"))


@pytest.fixture(scope="session")
def shared_app() -> Any:
    """The application, made once: making it takes a second."""
    return helpers._get_test_app()


@pytest.fixture
def app(shared_app: Any) -> Any:
    """CKAN's own fixture of that name makes a new application for each test."""
    return shared_app


@pytest.fixture
def request_context(shared_app: Any) -> Iterator[None]:
    """What a page has: a request, and so a language."""
    with shared_app.flask_app.test_request_context():
        yield


@pytest.fixture
def sysadmin() -> dict[str, Any]:
    """A context that may do everything, as the command line has it."""
    return make_sysadmin()


def make_sysadmin() -> dict[str, Any]:
    """Make the context anew: a portal that was emptied has lost its site user."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": user["name"], "ignore_auth": True}


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
