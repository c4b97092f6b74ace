"""What a reader has already is not sent again: tags, dates, encodings, caches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from feed_reader import GZIP, PAGED, WHOLE, Reader, list_addresses
from feeding import run
from reading import act

from ckanext.gtplan.feed.sending.snapshot import Snapshot

Get = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def app(shared_app: Any) -> Reader:
    return Reader(shared_app.flask_app)


def test_a_tag_is_of_one_text(app: Any, dataset: Get) -> None:
    made = dataset()
    addresses, tags = list_addresses(made), {}
    for address in addresses:
        for headers in ({}, GZIP):
            answer = app.get(address, headers=headers, status=200)
            tags[address, bool(headers)] = answer.headers["ETag"]
            known = {**headers, "If-None-Match": f'"other", {answer.headers["ETag"]}'}
            again = app.get(address, headers=known, status=304)
            assert again.bytes == b"" and again.headers["ETag"] == answer.headers["ETag"]
            assert again.headers["Cache-Control"] == "no-cache"
            assert app.head(address, headers=known).status_code == 304
            app.get(address, headers={**headers, "If-None-Match": '"other"'}, status=200)
    assert len(set(tags.values())) == len(tags)
    assert not any(tag.startswith("W/") for tag in tags.values())
    act("package_patch", id=made["id"], title="Otro")
    for (address, is_packed), tag in tags.items():
        headers = {**(GZIP if is_packed else {}), "If-None-Match": tag}
        assert app.get(address, headers=headers, status=200).headers["ETag"] != tag


def test_what_is_known_is_confirmed_without_a_look_at_the_datasets(
    app: Any, dataset: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset()
    tags = {a: app.get(a, status=200).headers["ETag"] for a in (*WHOLE, *PAGED, "/catalog")}

    def refuse(*_: Any) -> Any:
        raise AssertionError("a snapshot is opened")

    monkeypatch.setattr(Snapshot, "__init__", refuse)
    for address, tag in tags.items():
        app.get(address, headers={"If-None-Match": tag}, status=304)


def test_no_tag_tells_of_what_is_not_public(app: Any, dataset: Get) -> None:
    made = dataset()
    addresses = [*list_addresses(made), "/data.json?theme=GOVE", "/catalog.ttl?theme=GOVE"]
    before = {address: app.get(address, status=200).headers["ETag"] for address in addresses}
    hidden = dataset(private=True)
    act("package_patch", id=hidden["id"], title="Secreto")
    act("package_delete", id=hidden["id"])
    dataset(state="draft")
    assert before == {a: app.get(a, status=200).headers["ETag"] for a in addresses}


def test_an_option_changes_the_tag(app: Any, dataset: Get) -> None:
    dataset()
    before = app.get("/catalog.ttl", status=200).headers["ETag"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(tk.config, "ckanext.gtplan.catalog.title", "Otro catálogo")
        assert app.get("/catalog.ttl", status=200).headers["ETag"] != before


def test_dates(app: Any, dataset: Get) -> None:
    made = dataset()
    app.get("/catalog.ttl", status=200)
    run("UPDATE gtplan_feed_state SET published = clock_timestamp() + interval '1 hour'")
    run("UPDATE gtplan_feed_dataset SET changed = clock_timestamp() + interval '1 hour'")
    for address in ("/catalog-full.ttl", "/catalog.ttl", f"/dataset/{made['id']}.ttl"):
        # another change in this second would have the same date
        assert not app.get(address, status=200).headers.get("Last-Modified")
    run("UPDATE gtplan_feed_state SET published = '2024-01-31 09:00:00.7+00'")
    run("UPDATE gtplan_feed_dataset SET changed = '2024-01-31 09:00:00.7+00'")
    for address in ("/catalog-full.ttl", "/catalog.ttl", f"/dataset/{made['id']}.ttl"):
        answer = app.get(address, status=200)
        date = answer.headers["Last-Modified"]
        assert date == "Wed, 31 Jan 2024 09:00:00 GMT"
        known = app.get(address, headers={"If-Modified-Since": date}, status=304)
        # a cache that keeps the text under its tag must find it again
        assert known.headers["ETag"] == answer.headers["ETag"]
        # what is for those who write is not asked of who reads
        app.get(address, headers={"If-Match": '"other"'}, status=200)
        earlier = {"If-Modified-Since": "Wed, 31 Jan 2024 08:59:59 GMT"}
        app.get(address, headers=earlier, status=200)
        other = {"If-Modified-Since": date, "If-None-Match": '"other"'}
        app.get(address, headers=other, status=200)


@pytest.mark.parametrize(
    "accepted, is_packed",
    [
        ("", False),
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("*", True),
        ("gzip;q=0", False),
        ("identity", False),
        ("identity, gzip;q=0.5", False),
        ("br", False),
    ],
)
def test_encodings(app: Any, dataset: Get, accepted: str, is_packed: bool) -> None:
    made = dataset()
    for address in ("/catalog-full.nt", "/catalog.nt", f"/dataset/{made['id']}.nt"):
        answer = app.get(address, headers={"Accept-Encoding": accepted}, status=200)
        assert (answer.headers.get("Content-Encoding") == "gzip") == is_packed
        assert (answer.bytes[:2] == b"\x1f\x8b") == is_packed


def test_caches(app: Any, dataset: Get) -> None:
    made = dataset()
    token = factories.SysadminWithToken()["token"]
    logins = [
        {"Authorization": token},
        {"Authorization": "invalid"},
        {"Cookie": "ckan=abc"},
        {"Cookie": "x=y; remember_token=abc"},
    ]
    addresses = [*list_addresses(made), "/catalog"]
    for address in (*addresses, "/dataset/nothing.ttl", "/catalog.ttl?page=9", "/data.json?x=y"):
        answer = app.get(address, headers={"Cookie": "theme=dark"})
        assert answer.headers["Cache-Control"] == "no-cache", address
        varying = answer.headers["Vary"].split(", ")
        assert "Accept-Encoding" in varying and "Cookie" not in varying
        assert ("Accept" in varying) == (address == "/catalog")
        for login in logins:
            assert app.get(address, headers=login).headers["Cache-Control"] == "private, no-store"
    page = app.get(f"/dataset/{made['name']}", headers={"Accept": "text/html"}, status=200)
    assert "no-cache" not in page.headers["Cache-Control"] and "Accept" in page.headers["Vary"]
