"""What is not public is in no feed, whichever way it became so, from that moment on."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from feeding import run

from ckanext.gtplan.rdf.feed import SYNTAXES

Get = Callable[..., Any]
SECRET = "Asunto reservado"

pytestmark = pytest.mark.usefixtures("clean")

ADDRESSES = [
    *(f"/catalog.{ending}" for ending in SYNTAXES),
    *(f"/catalog-full.{ending}" for ending in SYNTAXES),
    "/data.json",
    "/catalog",
    "/catalog.nt?theme=GOVE",
    "/catalog-full.nt?theme=GOVE",
    "/data.json?modified_since=2000-01-01",
    "/changes.jsonld",
    "/changes.jsonld?after=0",
]


def act(sysadmin: dict[str, Any], action: str, **data: Any) -> Any:
    return tk.get_action(action)(dict(sysadmin), data)


def hide(sysadmin: dict[str, Any], package_id: str, how: str) -> None:
    if how == "private":
        act(sysadmin, "package_patch", id=package_id, private=True)
    elif how == "draft":
        act(sysadmin, "package_patch", id=package_id, state="draft")
    elif how == "deleted":
        act(sysadmin, "package_delete", id=package_id)
    elif how == "purged":
        act(sysadmin, "dataset_purge", id=package_id)
    elif how == "bulk":
        owner = act(sysadmin, "package_show", id=package_id)["owner_org"]
        act(sysadmin, "bulk_update_private", datasets=[package_id], org_id=owner)
    else:
        run(f"UPDATE package SET private = true WHERE id = '{package_id}'")


def list_telling(app: Any, text: str, *more: str, **headers: str) -> list[str]:
    """List the addresses whose answers, headers included, have a text in them."""
    told = []
    for address in (*ADDRESSES, *more):
        for encoding in ("identity", "gzip"):
            answer = app.get(address, headers={**headers, "Accept-Encoding": encoding})
            is_packed = answer.headers.get("Content-Encoding") == "gzip"
            body = gzip.decompress(answer.bytes) if is_packed else answer.bytes
            if text.encode() in body or text in str(answer.headers):
                told.append(address)
    return told


@pytest.mark.parametrize("how", ["private", "draft", "deleted", "purged", "bulk", "sql"])
def test_what_was_public_is_gone_at_once(
    app: Any, dataset: Get, sysadmin: dict[str, Any], how: str
) -> None:
    dataset()
    made = dataset(title=SECRET)
    own = [f"/dataset/{made['id']}.{ending}" for ending in (*SYNTAXES, "json")]
    own[-1] = f"/dataset/{made['id']}/data.json"
    # all that is kept is there, ready
    assert set(list_telling(app, SECRET, *own)) >= {*ADDRESSES[:14], *own}
    hide(sysadmin, made["id"], how)
    assert not list_telling(app, SECRET, *own)
    token = factories.SysadminWithToken()["token"]
    assert not list_telling(app, SECRET, *own, Authorization=token)
    for address in own:
        assert app.get(address).status_code == 410, address
        by_name = address.replace(made["id"], made["name"])
        assert app.get(by_name).status_code == 404, by_name
    if how != "purged":
        stamps = {a: app.get(a).headers.get("ETag") for a in ADDRESSES}
        run(f"UPDATE package SET title = 'Otro', name = 'otro' WHERE id = '{made['id']}'")
        assert stamps == {a: app.get(a).headers.get("ETag") for a in ADDRESSES}


@pytest.mark.parametrize("changes", [{"private": True}, {"state": "draft"}])
def test_what_never_was_public_is_not_known(
    app: Any, dataset: Get, changes: dict[str, Any]
) -> None:
    dataset()
    before = {address: app.get(address).headers.get("ETag") for address in ADDRESSES}
    made = dataset(title=SECRET, **changes)
    own = [f"/dataset/{made[key]}.{e}" for key in ("id", "name") for e in SYNTAXES]
    own += [f"/dataset/{made[key]}/data.json" for key in ("id", "name")]
    for text in (SECRET, made["id"], made["name"]):
        assert not list_telling(app, text)
    for address in own:
        unknown = address.replace(made["id"], "unknown").replace(made["name"], "unknown")
        answer, other = app.get(address, status=404), app.get(unknown, status=404)
        assert answer.body == other.body
    assert before == {address: app.get(address).headers.get("ETag") for address in ADDRESSES}


def test_a_name_that_went_to_a_hidden_dataset_is_not_told(
    app: Any, dataset: Get, sysadmin: dict[str, Any]
) -> None:
    made = dataset()
    app.get("/data.json", status=200)
    act(sysadmin, "package_patch", id=made["id"], private=True)
    act(sysadmin, "package_patch", id=made["id"], name="nombre-reservado")
    assert app.get("/dataset/nombre-reservado.ttl").status_code == 404
    gone = app.get(f"/dataset/{made['id']}.ttl", status=410)
    assert "reservado" not in gone.body + str(gone.headers)


def test_what_comes_back_is_there_again(app: Any, dataset: Get, sysadmin: dict[str, Any]) -> None:
    first, second = dataset(), dataset()
    before = app.get("/catalog-full.nt", status=200).body
    act(sysadmin, "package_patch", id=first["id"], private=True)
    assert first["id"] not in app.get("/catalog-full.nt", status=200).body
    run(f"UPDATE package SET private = false WHERE id = '{first['id']}'")
    again = app.get("/catalog-full.nt", status=200).body
    assert first["id"] in again and second["id"] in again
    # in the place that it had
    assert again.index(first["id"]) < again.index(second["id"])
    assert len(again.splitlines()) == len(before.splitlines())
