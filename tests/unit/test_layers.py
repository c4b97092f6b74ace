"""Imports go downward only: walks every module of the plugin (docs: architecture).

A package may import itself and the packages of lower layers. A module that stands in no
layer fails the test, so that nothing is added beside the order without being put in it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "ckanext" / "gtplan"
ROOT = "ckanext.gtplan"

#: The layer of each package, and of each module beside them.
LAYERS = {
    "plan": 0,
    "prm": 0,
    "uploads": 1,
    "charts": 1,
    "config": 1,
    "formats": 1,
    "dataset_schema": 1,
    "rdf": 2,
    "model": 2,
    "migration": 3,
    "search": 3,
    "feed": 3,
    "logic": 4,
    "helpers": 5,
    "harvest": 5,
    "views": 5,
    "cli": 5,
    "plugin": 6,
}
#: The folders of the feeds: each may import those before it.
FEED = ("making", "keeping", "sending")
#: What is pure knows no web and no database, so that it runs and is tested without a portal.
PORTAL = {"ckan", "ckanext", "flask", "jinja2", "sqlalchemy", "werkzeug"}
PURE = {"plan", "prm", "rdf", "uploads", "charts"}
#: The modules of rdf that speak with the portal for the others.
ADAPTERS = {"rdf/profile.py", "rdf/portal.py"}
#: The modules that ckanext-dcat may break.
DCAT = {"rdf/profile.py", "harvest/datajson.py", "harvest/hooks.py"}


def find_violations(path: str, source: str) -> list[str]:
    """List the imports of a module that its layer does not allow.

    Args:
        path: the module's, in the package: ``plan/dates.py``.
        source: its text.
    """
    own = path.split("/")[0].removesuffix(".py")
    if own == "__init__":
        return [f"{path}: the package itself imports nothing"] if ast.parse(source).body else []
    if own not in LAYERS:
        return [f"{path}: stands in no layer"]
    return [
        f"{path}:{line}: {name}"
        for line, name in _list_imports(path, source)
        if not _is_allowed(path, own, name)
    ]


def _is_allowed(path: str, own: str, name: str) -> bool:
    if name == ROOT or name.startswith(f"{ROOT}."):
        other = name.removeprefix(ROOT).lstrip(".").split(".")[0]
        return other == own or LAYERS.get(other, 99) < LAYERS[own]
    if name == "ckanext" or name.startswith("ckanext.dcat"):
        return path in DCAT
    top = name.split(".")[0]
    if own == "plan":
        return top in sys.stdlib_module_names or top == "yaml"
    return path in ADAPTERS or own not in PURE or top not in PORTAL


def _list_imports(path: str, source: str) -> Iterator[tuple[int, str]]:
    """List the modules that a module imports, by their whole names; a dynamic one, too."""
    parts = [ROOT, *path.removesuffix(".py").split("/")]
    package = ".".join(parts[:-1])
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            whole = base in (ROOT, "ckanext")  # what is imported from them is a module
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}" if whole else base
        elif isinstance(node, ast.Call) and _is_importer(node.func):
            first = node.args[0] if node.args else None
            known = isinstance(first, ast.Constant) and isinstance(first.value, str)
            yield node.lineno, str(first.value) if known else "ckanext"  # type: ignore[union-attr]


def _is_importer(function: ast.expr) -> bool:
    name = getattr(function, "attr", None) or getattr(function, "id", None)
    return name in ("import_module", "__import__")


def list_modules() -> list[str]:
    """List the modules of the plugin."""
    return sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py"))


def test_imports_go_downward() -> None:
    found = []
    for path in list_modules():
        found += find_violations(path, (PACKAGE / path).read_text("utf-8"))
    assert not found, "\n".join(found)


def test_feeds_are_made_then_kept_then_sent() -> None:
    order = [f"{ROOT}.feed.{group}" for group in FEED]
    for path in list_modules():
        _, *inside = path.split("/")
        if path.startswith("feed/") and inside[0] in FEED:
            later = order[FEED.index(inside[0]) + 1 :]
            for line, name in _list_imports(path, (PACKAGE / path).read_text("utf-8")):
                assert not name.startswith(tuple(later)), f"{path}:{line}: {name}"


def test_layers_and_adapters_are_those_that_there_are() -> None:
    modules = list_modules()
    assert {path.split("/")[1] for path in modules if path.startswith("feed/")} >= {*FEED}
    assert {path.split("/")[0].removesuffix(".py") for path in modules} == {*LAYERS, "__init__"}
    assert set(modules) >= ADAPTERS


@pytest.mark.parametrize(
    "path, source",
    [
        ("plan/x.py", "import ckan"),
        ("plan/x.py", "from ckan.plugins import toolkit"),
        ("plan/x.py", "import rdflib"),
        ("plan/x.py", "def f():\n    import flask"),
        ("plan/x.py", "if TYPE_CHECKING:\n    from sqlalchemy import orm"),
        ("plan/x.py", "from ..prm import record"),
        ("plan/x.py", "from .. import prm"),
        ("plan/x.py", "from ckanext.gtplan import logic"),
        ("plan/x.py", "import ckanext.gtplan.logic.ids"),
        ("plan/x.py", "import_module('ckan')"),
        ("plan/x.py", "importlib.import_module(name)"),
        ("plan/x.py", "__import__('ckan.model')"),
        ("prm/x.py", "from ..plan.dates import PartialDate"),
        ("prm/x.py", "from ckan import model"),
        ("prm/x.py", "from flask import g"),
        ("prm/x.py", "from sqlalchemy.orm import Mapped"),
        ("rdf/x.py", "from ckan import model"),
        ("rdf/x.py", "from ..model import Load"),
        ("rdf/x.py", "from ckanext.dcat.profiles import RDFProfile"),
        ("rdf/portal.py", "from ckanext import dcat"),
        ("logic/x.py", "import ckanext.dcat.utils"),
        ("logic/x.py", "from ..views import feed"),
        ("logic/x.py", "from .. import cli"),
        ("model/x.py", "from ..logic import ids"),
        ("model/x.py", "from ..views.feed import feed"),
        ("views/x.py", "from .. import plugin"),
        ("views/x.py", "from ..cli import gtplan"),
        ("utils.py", ""),
        ("extract/x.py", "import re"),
        ("__init__.py", "from . import plugin"),
    ],
)
def test_what_goes_upward_is_found(path: str, source: str) -> None:
    assert find_violations(path, source)


@pytest.mark.parametrize(
    "path, source",
    [
        ("plan/x.py", "import re\nimport yaml\nfrom . import model\nfrom .dates import x"),
        ("plan/x.py", "from importlib.resources import files"),
        ("prm/x.py", "import rdflib\nfrom .profile import rows"),
        ("rdf/profile.py", "from ckanext.dcat.profiles import RDFProfile\nfrom ckan import model"),
        ("rdf/x.py", "import rdflib\nfrom ..plan import dates\nfrom ..prm import record"),
        ("model/x.py", "import sqlalchemy as sa\nfrom ckan.model import meta"),
        ("logic/x.py", "from ..model import Load\nfrom ..plan.checks import read_load"),
        ("views/x.py", "from flask import Blueprint\nfrom ..logic import ids"),
        ("plugin.py", "from . import cli, config\nfrom .views import feed"),
        ("__init__.py", ""),
    ],
)
def test_what_goes_downward_is_allowed(path: str, source: str) -> None:
    assert not find_violations(path, source)
