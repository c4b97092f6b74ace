"""Feeds are narrowed by a closed list, and only by what is public."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.lib.plugins import DefaultPermissionLabels
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from feeding import run
from rdflib import RDF, Graph
from rdflib.namespace import DCAT, Namespace

from ckanext.gtplan.feed.making import reading
from ckanext.gtplan.rdf.feed import SYNTAXES

Get = Callable[..., Any]
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def listed(app: Any) -> Callable[..., set[str]]:
    """List the ids that each kind of document has, which must be the same."""

    def call(**query: str) -> set[str]:
        document = app.get("/data.json", query_string=query, status=200)
        assert int(document.headers["Content-Length"]) == len(document.bytes)
        found = [entry["identifier"] for entry in json.loads(document.body)["dataset"]]
        for ending, syntax in SYNTAXES.items():
            for name in ("catalog", "catalog-full"):
                answer = app.get(f"/{name}.{ending}", query_string=query, status=200)
                graph = Graph().parse(data=answer.body, format=syntax.name)
                datasets = graph.subjects(RDF.type, DCAT.Dataset)
                assert {str(one).rpartition("/")[2] for one in datasets} == set(found)
                headers = {"Accept-Encoding": "gzip"}
                packed = app.get(f"/{name}.{ending}", query_string=query, headers=headers)
                assert gzip.decompress(packed.bytes) == answer.bytes
        assert len(set(found)) == len(found)
        return set(found)

    return call


@pytest.fixture
def plan(organization: dict[str, Any], request_context: None) -> dict[str, Any]:
    common = {"owner_org": organization["id"]}
    values = {"title": "Cuarto plan", "plan_number": 4, "cycle_year": 2018, "country": "GTM"}
    made: dict[str, Any] = factories.Dataset(type="action_plan", name="gt-pan4", **common, **values)
    return made


def test_by_institution_and_group(dataset: Get, listed: Callable[..., set[str]]) -> None:
    other = factories.Organization()
    group = factories.Group()
    first, second = dataset(), dataset(owner_org=other["id"], groups=[{"name": group["name"]}])
    assert listed() == {first["id"], second["id"]}
    for value in (other["id"], other["name"]):
        assert listed(organization=value) == {second["id"]}
    for value in (group["id"], group["name"]):
        assert listed(group=value) == {second["id"]}
    assert listed(group=group["name"], organization=first["owner_org"]) == set()


def test_by_theme(dataset: Get, listed: Callable[..., set[str]]) -> None:
    first, second = dataset(theme=["GOVE", "ENVI"]), dataset(theme=["GOVE"])
    assert listed(theme="GOVE") == {first["id"], second["id"]}
    assert listed(theme="envi") == {first["id"]}
    assert listed(theme="TRAN") == set()


def test_by_plan(dataset: Get, listed: Callable[..., set[str]], plan: dict[str, Any]) -> None:
    first, _second = dataset(action_plan="gt-pan4"), dataset()
    for value in (plan["id"], plan["name"]):
        assert listed(action_plan=value) == {first["id"]}


def test_by_date(dataset: Get, listed: Callable[..., set[str]]) -> None:
    first, second = dataset(), dataset()
    run(f"UPDATE package SET metadata_modified = '2020-05-01 12:00' WHERE id = '{first['id']}'")
    assert listed(modified_since="2020-05-01") == {first["id"], second["id"]}
    assert listed(modified_since="2020-05-01T12:00:00Z") == {first["id"], second["id"]}
    # a plus sign that was not quoted arrives as a space
    for moment in ("2020-05-01T06:00:00.123-06:00", "2020-05-01T13:00 00:30", "2020-05-02"):
        assert listed(modified_since=moment) == {second["id"]}
    assert listed(modified_since="2999-12-31") == set()


@pytest.mark.parametrize(
    "query, status",
    [
        ("modified_since=ayer", 400),
        ("modified_since=2020-02-31", 400),
        ("modified_since=", 400),
        ("modified_since=2020-05-01T25:00", 400),
        ("modified_since=0001-01-01T00:00:00%2B14:00", 400),
        ("theme=nada", 400),
        ("theme=GOVE&theme=ENVI", 400),
        ("organization=nobody", 404),
        ("organization=%27%20OR%201=1", 404),
        ("group=%00", 404),
        ("milestone=nothing", 404),
        ("commitment=%EF%BF%BD", 404),
        ("action_plan=", 404),
    ],
)
def test_what_cannot_be_asked_is_told_in_words(app: Any, query: str, status: int) -> None:
    for address in ("/catalog.ttl", "/catalog-full.nt", "/data.json"):
        answer = app.get(f"{address}?{query}", status=status)
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert query.partition("=")[0] in answer.body


@pytest.mark.ckan_config("ckanext.dcat.datasets_per_page", 2)
def test_pages_of_what_is_left(app: Any, dataset: Get) -> None:
    made = [dataset(theme=["ENVI" if n % 2 else "GOVE"])["id"] for n in range(6)]
    address, seen = "/catalog.ttl?theme=ENVI", []
    while address:
        body = app.get(address, status=200).body
        graph = Graph().parse(data=body, format="turtle")
        seen += [str(s).rpartition("/")[2] for s in graph.subjects(RDF.type, DCAT.Dataset)]
        assert [int(total) for total in graph.objects(None, HYDRA.totalItems)] == [3]
        following = [str(o) for o in graph.objects(None, HYDRA.next)]
        assert all("theme=ENVI&after=" in one for one in following)
        address = following[0][following[0].index("/catalog") :] if following else ""
    assert seen == [seen[0], seen[1], made[5]] and set(seen[:2]) == {made[1], made[3]}


def test_the_tag_follows_what_is_left(app: Any, dataset: Get, sysadmin: dict[str, Any]) -> None:
    group = factories.Group()
    made, _other = dataset(), dataset()
    address = f"/data.json?group={group['name']}"
    app.get(address, status=200)
    run("UPDATE gtplan_feed_state SET published = '2024-01-31 09:00:00+00'")
    # the date of the last event tells nothing of the group's members
    assert "Last-Modified" not in app.get(address, status=200).headers
    before = app.get(address, status=200)
    app.get(address, headers={"If-None-Match": before.headers["ETag"]}, status=304)
    # no statement tells of it: there is no event
    member = {"id": group["id"], "object": made["id"], "object_type": "package"}
    tk.get_action("member_create")(dict(sysadmin), {**member, "capacity": "public"})
    after = app.get(address, headers={"If-None-Match": before.headers["ETag"]}, status=200)
    assert [entry["identifier"] for entry in after.json["dataset"]] == [made["id"]]


@pytest.mark.parametrize("how", ["private", "draft", "deleted"])
def test_a_hidden_record_tells_nothing_of_its_datasets(
    app: Any, dataset: Get, plan: dict[str, Any], sysadmin: dict[str, Any], how: str
) -> None:
    dataset(action_plan="gt-pan4")
    if how == "deleted":
        tk.get_action("package_delete")(dict(sysadmin), {"id": "gt-pan4"})
    else:
        change = {"private": True} if how == "private" else {"state": "draft"}
        tk.get_action("package_patch")(dict(sysadmin), {"id": "gt-pan4", **change})
    for value in (plan["name"], plan["id"], "nothing"):
        for address in ("/catalog.ttl", "/catalog-full.nt", "/data.json"):
            answer = app.get(address, query_string={"action_plan": value}, status=404)
            assert "Cuarto" not in answer.body


def test_nor_does_a_record_that_another_plugin_hides(
    app: Any, dataset: Get, plan: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset(action_plan="gt-pan4")
    factories.Dataset(type="action_plan", name="gt-pan5", owner_org=plan["owner_org"])

    class Labels(DefaultPermissionLabels):
        def get_dataset_labels(self, package: model.Package) -> list[str]:
            return ["staff"] if package.name == "gt-pan4" else ["public"]

    monkeypatch.setattr(reading, "get_permission_labels", Labels)
    for address in ("/catalog.ttl", "/catalog-full.nt", "/data.json"):
        unknown = app.get(address, query_string={"action_plan": "nothing"}, status=404).body
        for value in (plan["name"], plan["id"]):
            answer = app.get(address, query_string={"action_plan": value}, status=404)
            assert answer.body == unknown.replace("nothing", value)
        app.get(address, query_string={"action_plan": "gt-pan5"}, status=200)
