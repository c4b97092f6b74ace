"""ckanext-dcat's own addresses and actions take a closed list of questions."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import helpers
from ckanext.dcat import blueprints
from rdflib import Graph
from rdflib.namespace import DCAT, RDF
from reading import act, visit

pytestmark = pytest.mark.usefixtures("example")

_TURTLE = {"Accept": "text/turtle"}


@pytest.fixture(scope="module")
def stock() -> Iterator[Any]:
    """An application whose portal has stock's feed at another address, and its negotiation."""
    given = {
        "ckanext.dcat.catalog_endpoint": "/stock/catalog.{_format}",
        "ckanext.dcat.enable_content_negotiation": "true",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setitem(tk.config, name, value)
        importlib.reload(blueprints)
        yield helpers._get_test_app()
    importlib.reload(blueprints)


def ask(app: Any, path: str, status: int = 200, **headers: str) -> str:
    return str(app.get(path, headers=headers, status=status, follow_redirects=False).body)


def list_datasets(text: str) -> set[Any]:
    return set(Graph().parse(data=text, format="turtle").subjects(RDF.type, DCAT.Dataset))


def test_its_catalogue_is_there_and_lists_deliverables_alone(stock: Any) -> None:
    found = list_datasets(ask(stock, "/stock/catalog.ttl?page=1&modified_since=2001-01-01"))
    count = tk.get_action("package_search")({}, {"fq": "dataset_type:dataset"})["count"]
    assert len(found) == count > 0


@pytest.mark.parametrize("name", ["q", "fq", "profiles"])
@pytest.mark.parametrize(
    "path", ["/stock/catalog.ttl?", "/stock/catalog.xml?page=2&", "/dataset_series/x.ttl?"]
)
def test_what_is_not_to_be_asked_is_refused_in_words(stock: Any, path: str, name: str) -> None:
    text = ask(stock, f"/en{path}{name}=%2Bstate:deleted", 400)
    assert text.startswith(f"{name} cannot be asked here.") and "organization" in text


@pytest.mark.parametrize(
    "path, name", [("/", "q"), ("/", "fq"), ("/", "profiles"), ("/dataset/{name}", "profiles")]
)
def test_where_it_chooses_the_syntax_itself_it_refuses_too(
    stock: Any, path: str, name: str
) -> None:
    dataset = tk.get_action("package_search")({}, {"fq": "dataset_type:dataset"})["results"][0]
    address = f"/en{path.format(**dataset)}?{name}=euro_dcat_ap"
    answer = stock.get(address, headers=_TURTLE, follow_redirects=False)
    # where our own feed answers instead, it knows no such question either
    assert answer.status_code in (400, 409) and name in answer.body


@pytest.mark.parametrize(
    "query, sentence",
    [
        ("page=x", "The page number must be a whole number"),
        ("page=0", "The page number must be a whole number"),
        ("page=99999999999999", "The page number must be a whole number"),
        ("modified_since=ayer", "ayer is not a date"),
        ("modified_since=99999999999999999999", "is not a date"),
    ],
)
def test_what_it_would_stumble_over_is_refused_in_words(
    stock: Any, query: str, sentence: str
) -> None:
    assert sentence in ask(stock, f"/en/stock/catalog.ttl?{query}", 400)


def test_a_moment_with_a_zone_is_understood(stock: Any) -> None:
    ask(stock, "/stock/catalog.ttl?modified_since=2001-01-01T00:00:00%2B02:00")


@pytest.mark.parametrize("path", ["/stock/catalog.html", "/stock/catalog.nt", "/dataset/x.php"])
def test_a_syntax_that_there_is_not_is_no_error_of_the_portal(stock: Any, path: str) -> None:
    assert "ttl" in ask(stock, path, 404)


def test_its_pages_for_people_are_as_they_were(stock: Any) -> None:
    html = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert "<html" in ask(stock, "/?q=agua", **html)


@pytest.mark.parametrize("name", ["dcat_catalog_show", "dcat_catalog_search"])
@pytest.mark.parametrize("asked", ["q", "fq", "profiles"])
def test_the_actions_refuse_the_same_of_everybody(app: Any, name: str, asked: str) -> None:
    answer = visit(app, "get", f"/api/3/action/{name}?{asked}=x&format=ttl", "", status=409)
    assert asked in answer.json["error"]


def test_a_dataset_is_shown_by_the_portals_profiles_alone(app: Any) -> None:
    dataset = tk.get_action("package_search")({}, {"fq": "dataset_type:dataset"})["results"][0]
    address = "/api/3/action/dcat_dataset_show"
    asked = {"id": dataset["id"], "format": "ttl"}
    text = visit(app, "post", address, "", json=asked, status=200).json["result"]
    assert len(list_datasets(text)) == 1
    visit(app, "post", address, "", json={**asked, "profiles": ["schemaorg"]}, status=409)


def test_code_of_the_portal_may_search(request_context: None) -> None:
    text = act("dcat_catalog_search", format="ttl", fq="name:no-hay-tal")
    assert not list_datasets(text)
    text = act("dcat_catalog_search", format="ttl", fq="+dataset_type:milestone")
    assert not list_datasets(text)


def test_the_json_of_old_is_closed_where_its_plugin_is_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ckanext.gtplan.logic import action

    assert "dcat_datasets_list" not in action.list_actions()
    monkeypatch.setattr(action, "plugin_loaded", lambda name: name == "dcat_json_interface")
    chained = action.list_actions()["dcat_datasets_list"]
    seen: list[Any] = []
    with pytest.raises(tk.ValidationError):
        chained(lambda context, data: seen.append(data), {}, {"q": "x"})
    chained(lambda context, data: seen.append(data), {}, {"page": "2"})
    assert seen == [{"page": 2, "fq": "+dataset_type:dataset"}]
