"""Documents over HTTP: each whole, plain and packed, and pages that lead to each other."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from feed_reader import GZIP, PAGED, WHOLE, Reader, list_ids
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import DCAT, Namespace
from reading import act

from ckanext.gtplan.feed.keeping import blocks
from ckanext.gtplan.feed.keeping.database import get_engine
from ckanext.gtplan.rdf.feed import SYNTAXES

Get = Callable[..., Any]
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def app(shared_app: Any) -> Reader:
    return Reader(shared_app.flask_app)


@pytest.mark.parametrize("address", WHOLE)
def test_one_document_holds_all(app: Any, spread: list[str], streamed: None, address: str) -> None:
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


def test_a_change_is_in_the_next_answer(app: Any, spread: list[str]) -> None:
    for address in (*WHOLE, *PAGED):
        app.get(address, status=200)
    act("package_patch", id=spread[1], title="Corregido")
    act("package_delete", id=spread[2])
    for address in (*WHOLE, *PAGED):
        body = app.get(address, status=200).bytes
        assert b"Corregido" in body, address
        assert list_ids(address, body) == sorted(spread[:2])


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
    app: Any, dataset: Get
) -> None:
    made = [dataset()["id"] for _ in range(6)]
    seen, links = read_page(app, "/catalog.ttl")
    assert seen == sorted(made[:2]) and set(links) == {"first", "next", "last"}
    act("package_delete", id=made[0])
    act("package_patch", id=made[1], title="Corregido", name="aaa")
    act("package_delete", id=made[3])
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
