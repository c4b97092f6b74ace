"""The feeds over HTTP: other sites' pages, one address in all syntaxes, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from feed_reader import PAGED, WHOLE, Reader, list_addresses
from feeding import read_rows
from reading import act
from sqlalchemy.exc import OperationalError

from ckanext.gtplan.feed.keeping import store
from ckanext.gtplan.feed.sending import stream
from ckanext.gtplan.feed.sending.snapshot import Snapshot
from ckanext.gtplan.rdf.feed import SYNTAXES

Get = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def app(shared_app: Any) -> Reader:
    return Reader(shared_app.flask_app)


def test_pages_of_other_sites(app: Any, dataset: Get) -> None:
    made = dataset()
    origin = {"Origin": "https://example.net"}
    for address in (*list_addresses(made), "/catalog", "/dataset/nothing.ttl", "/data.json?x=y"):
        headers = app.get(address, headers=origin).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in headers["Access-Control-Expose-Headers"]
        asked = {**origin, "Access-Control-Request-Method": "GET"}
        allowed = app.ask("OPTIONS", address, asked)
        assert allowed.status_code == 204 and allowed.bytes == b""
        assert allowed.headers["Access-Control-Allow-Origin"] == "*"
        assert "GET" in allowed.headers["Access-Control-Allow-Methods"]
        assert "If-None-Match" in allowed.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_a_feed_is_only_read(app: Any, dataset: Get, method: str) -> None:
    made = dataset()
    for address in (*list_addresses(made), "/catalog", "/changes", "/changes.trig?after=0"):
        answer = app.ask(method, address, status=405)
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert f"«{method}»" in answer.body
        assert f"“{method}” is not" in app.ask(method, f"/en{address}", status=405).body
    pulls = read_rows("SELECT DISTINCT address FROM gtplan_feed_pull WHERE status = 405")
    assert {"/catalog.ttl", "/dataset/<id>.ttl"} <= {row["address"] for row in pulls}
    assert not any(made["id"] in row["address"] for row in pulls)


def test_pages_refuse_as_before(app: Any, dataset: Get) -> None:
    address = f"/dataset/{dataset()['id']}"
    assert app.ask("DELETE", address, status=405).headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "accepted, status, kind",
    [
        ("", 200, "text/turtle"),
        ("*/*", 200, "text/turtle"),
        ("application/rdf+xml", 200, "application/rdf+xml"),
        ("application/ld+json, text/turtle;q=0.5", 200, "application/ld+json"),
        ("application/*", 200, "application/"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 303, "text/html"),
        ("text/turtle;charset=utf-8", 200, "text/turtle"),
        (
            'application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded"',
            200,
            "application/ld",
        ),
        ("text/html;charset=utf-8, text/turtle;q=0.5", 303, "text/html"),
        ("text/turtle;q=0", 406, "text/plain"),
        ("image/png", 406, "text/plain"),
    ],
)
def test_the_catalogue_at_its_iri(
    app: Any, dataset: Get, accepted: str, status: int, kind: str
) -> None:
    dataset()
    headers = {"Accept": accepted} if accepted else {}
    answer = app.get("/catalog", headers=headers, status=status)
    assert answer.headers["Content-Type"].startswith(kind)
    if status == 303:
        assert answer.headers["Location"].endswith("/dataset/")
    elif status == 200:
        assert "/catalog." in answer.headers["Content-Location"]
        known = {**headers, "If-None-Match": answer.headers["ETag"]}
        again = app.get("/catalog", headers=known, status=304)
        assert again.headers["Content-Location"] == answer.headers["Content-Location"]
        first = app.get("/catalog?page=1&theme=GOVE", headers=headers, status=200)
        assert first.headers["Content-Location"].endswith("?page=1&theme=GOVE")


def test_a_dataset_at_its_iri(app: Any, dataset: Get) -> None:
    made = dataset()
    address = f"/dataset/{made['id']}"
    for syntax in SYNTAXES.values():
        answer = app.get(address, headers={"Accept": syntax.media_type}, status=200)
        assert answer.headers["Content-Type"].startswith(syntax.media_type)
        assert "Accept" in answer.headers["Vary"]
        known = {"Accept": syntax.media_type, "If-None-Match": answer.headers["ETag"]}
        again = app.get(address, headers=known, status=304)
        assert again.headers["Content-Location"] == answer.headers["Content-Location"]
    for accepted in (
        *("text/html", "*/*", "application/*;q=0.1, text/html"),
        "text/html;charset=utf-8, text/turtle;q=0.5",
    ):
        page = app.get(f"/dataset/{made['name']}", headers={"Accept": accepted}, status=200)
        assert page.headers["Content-Type"].startswith("text/html")
    app.get(address, headers={"Accept": "image/png"}, status=406)
    act("package_patch", id=made["id"], private=True)
    gone = app.get(address, headers={"Accept": "text/turtle"}, status=410)
    assert made["title"] not in gone.body
    assert app.get(address, headers={"Accept": "text/html"}).status_code in (302, 403, 404)


def test_what_is_asked_comes_from_a_closed_list(app: Any, dataset: Get) -> None:
    made = dataset()
    for address in list_addresses(made):
        for query in ("q=*:*", "fq=%2Bstate:deleted", "profiles=x", "theme_=GOVE", "%00=1"):
            answer = app.get(f"{address}?{query}", status=400)
            assert answer.headers["Content-Type"].startswith("text/plain")
            assert answer.headers["Cache-Control"] == "no-cache"
            if "/dataset/" not in address:
                assert "modified_since" in answer.body and "organization" in answer.body
    for query in ("after=x", "after=-1", "after=1&page=1", "page=1&page=2", f"after={2**63}"):
        app.get(f"/catalog.ttl?{query}", status=400)
    app.get("/catalog-full.ttl?after=1", status=400)
    app.get("/data.json?page=1", status=200)
    app.get("/data.json?page=2", status=404)


@pytest.mark.ckan_config("ckanext.gtplan.feed.streams", 2)
def test_as_many_documents_are_on_their_way_as_may_be(app: Any, dataset: Get) -> None:
    made = dataset()
    holders = [Snapshot(), Snapshot()]
    try:
        for holder in holders:
            stream.take_place(holder)
        for address in (*WHOLE, "/catalog-full.nt?theme=GOVE"):
            answer = app.get(address, status=503)
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.headers["Cache-Control"] == "no-cache"
            app.head(address, status=200)
        app.get("/catalog.ttl", status=200)
        app.get(f"/dataset/{made['id']}.ttl", status=200)
    finally:
        for holder in holders:
            holder.close()
    for address in WHOLE:
        app.get(address, status=200)


def test_who_asks_while_much_is_followed_is_told_to_ask_again(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise store.Busy(7)

    monkeypatch.setattr(store, "bring_up_to_date", refuse)
    for address in (*WHOLE, *PAGED, "/catalog", "/dataset/x.ttl"):
        answer = app.get(address, status=503)
        assert answer.headers["Retry-After"] == "7"
        assert answer.headers["Content-Type"].startswith("text/plain")


def test_who_asks_while_the_database_is_down_is_told_to_ask_again(
    app: Any, dataset: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dataset()

    def fail(*_: Any) -> Any:
        raise OperationalError("SELECT 1", None, Exception("secret: no connection"))

    monkeypatch.setattr(store, "bring_up_to_date", fail)
    for address in (*list_addresses(made), "/catalog", "/changes.jsonld"):
        answer = app.get(address, status=503)
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "secret" not in answer.body and "datos" in answer.body
