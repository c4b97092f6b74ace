"""The feeds over HTTP: tags, dates, encodings, caches, other sites' pages, refusals."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from feed_reader import GZIP, PAGED, WHOLE, Reader, list_ids, spread_out
from feeding import run
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import DCAT, Namespace
from sqlalchemy.exc import OperationalError

from ckanext.gtplan.feed import blocks, store, stream
from ckanext.gtplan.feed.database import get_engine
from ckanext.gtplan.feed.snapshot import Snapshot
from ckanext.gtplan.rdf.feed import SYNTAXES

Get = Callable[..., Any]
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def app(shared_app: Any) -> Reader:
    return Reader(shared_app.flask_app)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every document be sent while it is read."""
    monkeypatch.setattr(stream, "_SMALL", 0)


def act(sysadmin: dict[str, Any], action: str, **data: Any) -> Any:
    return tk.get_action(action)(dict(sysadmin), data)


@pytest.fixture
def spread(dataset: Get, app: Any) -> list[str]:
    """Three datasets, each in a block of its own."""
    made = [dataset()["id"] for _ in range(3)]
    spread_out(app)
    return made


@pytest.mark.parametrize("address", WHOLE)
def test_one_document_holds_all(app: Any, spread: list[str], large: None, address: str) -> None:
    plain = app.get(address, status=200)
    assert list_ids(address, plain.bytes) == sorted(spread)
    assert int(plain.headers["Content-Length"]) == len(plain.bytes)
    packed = app.get(address, headers=GZIP, status=200)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.bytes)
    assert gzip.decompress(packed.bytes) == plain.bytes
    for headers, answer in (({}, plain), (GZIP, packed)):
        head = app.head(address, headers=headers, status=200)
        assert head.bytes == b""
        for name in ("Content-Length", "Content-Type", "ETag"):
            assert head.headers[name] == answer.headers[name]
    assert get_engine().pool.checkedout() == 0


@pytest.mark.parametrize("address", [*WHOLE, *PAGED])
def test_an_empty_catalogue_is_whole(app: Any, address: str) -> None:
    answer = app.get(address, headers=GZIP, status=200)
    body = gzip.decompress(answer.bytes)
    assert list_ids(address, body) == []
    if not address.endswith("json"):
        graph = Graph().parse(data=body, format=SYNTAXES[address.rpartition(".")[2]].name)
        assert graph.value(None, RDF.type, DCAT.Catalog)


def test_ready_blocks_are_not_compressed_again(
    app: Any, spread: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = app.get("/catalog-full.nt", headers=GZIP, status=200).bytes

    def refuse(*_: Any) -> bytes:
        raise AssertionError("a ready block is made again")

    monkeypatch.setattr(blocks, "compress", refuse)
    assert app.get("/catalog-full.nt", headers=GZIP, status=200).bytes == first
    assert list_ids("x.nt", app.get("/catalog-full.nt", status=200).bytes) == sorted(spread)


def test_a_change_is_in_the_next_answer(
    app: Any, spread: list[str], sysadmin: dict[str, Any]
) -> None:
    for address in (*WHOLE, *PAGED):
        app.get(address, status=200)
    act(sysadmin, "package_patch", id=spread[1], title="Corregido")
    act(sysadmin, "package_delete", id=spread[2])
    for address in (*WHOLE, *PAGED):
        body = app.get(address, status=200).bytes
        assert b"Corregido" in body, address
        assert list_ids(address, body) == sorted(spread[:2])


def list_addresses(dataset: dict[str, Any]) -> list[str]:
    own = [f"/dataset/{dataset['id']}.{ending}" for ending in SYNTAXES]
    return [*WHOLE, *PAGED, *own, f"/dataset/{dataset['id']}/data.json"]


def test_a_tag_is_of_one_text(app: Any, dataset: Get, sysadmin: dict[str, Any]) -> None:
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
    act(sysadmin, "package_patch", id=made["id"], title="Otro")
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


def test_no_tag_tells_of_what_is_not_public(
    app: Any, dataset: Get, sysadmin: dict[str, Any]
) -> None:
    made = dataset()
    addresses = [*list_addresses(made), "/data.json?theme=GOVE", "/catalog.ttl?theme=GOVE"]
    before = {address: app.get(address, status=200).headers["ETag"] for address in addresses}
    hidden = dataset(private=True)
    act(sysadmin, "package_patch", id=hidden["id"], title="Secreto")
    act(sysadmin, "package_delete", id=hidden["id"])
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
        assert app.ask("POST", address).status_code == 405


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


def test_a_dataset_at_its_iri(app: Any, dataset: Get, sysadmin: dict[str, Any]) -> None:
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
    act(sysadmin, "package_patch", id=made["id"], private=True)
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


def read_page(app: Any, address: str) -> tuple[list[str], dict[str, str]]:
    """Read a page: its datasets, and the links to others, as paths."""
    body = app.get(address, status=200).bytes
    graph = Graph().parse(data=body, format="turtle")
    (view,) = graph.subjects(RDF.type, HYDRA.PartialCollectionView)
    links = {}
    for name in ("first", "previous", "next", "last"):
        for target in graph.objects(view, HYDRA[name]):
            assert isinstance(target, URIRef)
            links[name] = str(target)[str(target).index("/catalog") :]
    return list_ids(address.partition("?")[0], body), links


@pytest.mark.ckan_config("ckanext.dcat.datasets_per_page", 2)
def test_what_changes_while_pages_are_read_is_neither_repeated_nor_skipped(
    app: Any, dataset: Get, sysadmin: dict[str, Any]
) -> None:
    made = [dataset()["id"] for _ in range(6)]
    seen, links = read_page(app, "/catalog.ttl")
    assert seen == sorted(made[:2]) and set(links) == {"first", "next", "last"}
    act(sysadmin, "package_delete", id=made[0])
    act(sysadmin, "package_patch", id=made[1], title="Corregido", name="aaa")
    act(sysadmin, "package_delete", id=made[3])
    new = dataset()["id"]
    while "next" in links:
        ids, links = read_page(app, links["next"])
        seen += ids
    assert sorted(seen) == sorted([*made[:3], made[4], made[5], new])


@pytest.mark.ckan_config("ckanext.dcat.datasets_per_page", 2)
def test_links_between_pages(app: Any, dataset: Get) -> None:
    made = [dataset()["id"] for _ in range(5)]
    first, links = read_page(app, "/catalog.ttl")
    assert links["first"] == "/catalog.ttl"
    second, links_of_second = read_page(app, links["next"])
    third, links_of_third = read_page(app, links_of_second["next"])
    assert third == [made[4]] and "next" not in links_of_third
    assert read_page(app, links["last"])[0] == third
    assert read_page(app, links_of_third["previous"])[0] == second
    assert links_of_second["previous"] == "/catalog.ttl"
    for number, page in enumerate((first, second, third), 1):
        assert read_page(app, f"/catalog.ttl?page={number}")[0] == page
    assert read_page(app, "/catalog.ttl?page=2")[1] == links_of_second
    # who has read all finds nothing, and no error, where others came and went
    assert read_page(app, "/catalog.ttl?after=999999")[0] == []
    graph = Graph().parse(data=app.get("/catalog.ttl").bytes, format="turtle")
    assert [int(o) for o in graph.objects(None, HYDRA.totalItems)] == [5]
    assert [int(o) for o in graph.objects(None, HYDRA.itemsPerPage)] == [2]


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
