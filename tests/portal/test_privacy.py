"""What is private, a draft or deleted stays so: no page, feed or answer tells of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.gtplan.logic.follow.reindexing import reindex_relatives

pytestmark = pytest.mark.usefixtures("clean")

SECRET = "Asunto reservado"


@pytest.fixture
def plan(organization: dict[str, Any], request_context: None) -> None:
    """Make a plan and a commitment of it."""
    common = {"owner_org": organization["id"]}
    values = {"title": SECRET, "plan_number": 4, "cycle_year": 2018, "country": "GTM"}
    factories.Dataset(type="action_plan", name="gt-pan4", **common, **values)
    factories.Dataset(
        type="commitment",
        name="gt-pan4-c11",
        title="Compromiso abierto",
        action_plan="gt-pan4",
        commitment_number=11,
        **common,
    )


def hide(sysadmin: dict[str, Any], name: str, how: str) -> None:
    """Take a record out of the public's sight."""
    if how == "deleted":
        tk.get_action("package_delete")(dict(sysadmin), {"id": name})
    else:
        change = {"private": True} if how == "private" else {"state": "draft"}
        tk.get_action("package_patch")(dict(sysadmin), {"id": name, **change})


@pytest.mark.parametrize("how", ["private", "draft", "deleted"])
def test_no_page_tells_the_title_of_a_record_that_is_hidden(
    app: Any, dataset: Any, plan: None, sysadmin: dict[str, Any], how: str
) -> None:
    made = dataset(action_plan="gt-pan4", commitment="gt-pan4-c11")
    hide(sysadmin, "gt-pan4", how)
    addresses = (
        "/",
        "/commitment/",
        "/dataset/",
        "/commitment/gt-pan4-c11",
        f"/dataset/{made['name']}",
        f"/dataset/{made['id']}.ttl",
        f"/dataset/{made['id']}/data.json",
        "/catalog.jsonld",
        "/data.json",
        '/api/action/package_search?facet.field=["action_plan","commitment"]',
        f"/api/action/package_show?id={made['name']}",
        "/api/action/dcat_catalog_show",
        "/api/action/gtplan_modification_list?id=gt-pan4-c11",
    )
    told = [address for address in addresses if SECRET in app.get(address, status=200).body]
    assert not told


@pytest.mark.parametrize("how", ["private", "draft", "deleted"])
def test_no_facet_tells_the_cycle_of_a_plan_that_is_hidden(
    app: Any, plan: None, sysadmin: dict[str, Any], how: str
) -> None:
    address = '/api/action/package_search?rows=0&facet.field=["cycle_year"]'
    assert "2018" in app.get(address, status=200).body
    hide(sysadmin, "gt-pan4", how)
    reindex_relatives("gt-pan4")  # as the job does
    assert "2018" not in app.get(address, status=200).body


def test_facets_name_the_records_that_a_reader_may_see(app: Any, plan: None) -> None:
    assert SECRET in app.get("/commitment/", status=200).body


def test_an_import_does_not_tell_the_name_of_another_organizations_dataset(
    request_context: None, sysadmin: dict[str, Any]
) -> None:
    document = {"title": "Otro portal", "homepage": "https://otro.example.org"}
    document["dataset"] = [{"identifier": "9", "title": "Visible"}]

    def bring(context: dict[str, Any], owner: str) -> dict[str, Any]:
        data = {"organization": owner, "content": json.dumps(document), "source": "data.json"}
        return dict(tk.get_action("gtplan_import")(context, {**data, "dry_run": owner == "ajena"}))

    factories.Organization(name="propia")
    editor = factories.User()
    factories.Organization(
        name="ajena", users=[{"name": editor["name"], "capacity": "editor"}]
    )
    (name,) = bring(dict(sysadmin), "propia")["created"]
    tk.get_action("package_patch")(dict(sysadmin), {"id": name, "name": "nombre-reservado"})
    for how in ("private", "deleted"):
        hide(sysadmin, "nombre-reservado", how)
        told = bring({"user": editor["name"]}, "ajena")
        assert list(told["refused"]) == ["Visible"]
        assert "nombre-reservado" not in json.dumps(told)
        with pytest.raises(tk.NotAuthorized):
            bring({"user": editor["name"]}, "propia")
        with pytest.raises(tk.NotAuthorized):
            bring({"user": ""}, "ajena")
