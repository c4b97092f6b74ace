"""Answers that are sent while they are read: what ends halfway, who goes away, what changes."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import psycopg2
import pytest
from ckan.plugins import toolkit as tk
from feed_reader import GZIP, PAGED, WHOLE, Reader, list_ids
from feeding import open_writer, read_rows, run
from werkzeug.test import EnvironBuilder, run_wsgi_app

from ckanext.gtplan.feed.keeping import blocks, epochs, store
from ckanext.gtplan.feed.keeping.database import get_engine
from ckanext.gtplan.feed.sending import snapshot, whole

Get = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def app(shared_app: Any) -> Reader:
    return Reader(shared_app.flask_app)


def start(app: Any, address: str, headers: dict[str, str]) -> Any:
    """Begin an answer, as a server does: its parts, and what is told of it."""
    builder = EnvironBuilder(path=address, headers=headers)
    return run_wsgi_app(app.flask_app.wsgi_app, builder.get_environ())


@pytest.mark.parametrize("headers", [{}, GZIP], ids=["plain", "gzip"])
@pytest.mark.parametrize("address", [*WHOLE, "/catalog-full.nt?theme=GOVE"])
def test_an_answer_whose_database_fails_breaks_off(
    app: Any, spread: list[str], streamed: None, address: str, headers: dict[str, str]
) -> None:
    app.get(address, headers=headers, status=200)
    parts, status, told = start(app, address, headers)
    assert status.startswith("200")
    parts = iter(parts)
    received = next(parts)
    killed = read_rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
        " current_database() AND state = 'idle in transaction'"
    )
    assert killed
    with pytest.raises(psycopg2.OperationalError):
        for part in parts:
            received += part
    if "Content-Length" in told:
        assert len(received) < int(told["Content-Length"])
    if headers:
        with pytest.raises(EOFError):
            gzip.decompress(received)
    app.get(address, headers=headers, status=200)


def test_who_goes_away_leaves_nothing_open(app: Any, spread: list[str], streamed: None) -> None:
    for address in WHOLE:
        app.get(address, status=200)
        parts, _, _ = start(app, address, {})
        next(iter(parts))
        assert get_engine().pool.checkedout() == 1
        parts.close()
        assert get_engine().pool.checkedout() == 0


def test_no_answer_keeps_a_connection(
    app: Any, spread: list[str], streamed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = f"/dataset/{spread[0]}.ttl"
    for address in (*WHOLE, *PAGED, "/catalog-full.nt?theme=GOVE", own):
        answer = app.get(address, status=200)
        app.head(address, status=200)
        app.get(address, headers={"If-None-Match": answer.headers["ETag"]}, status=304)
    app.get("/catalog.nt?page=9", status=404)
    app.get("/dataset/none.ttl", status=404)
    with monkeypatch.context() as full:
        full.setitem(tk.config, "ckanext.gtplan.feed.streams", 0)
        app.get("/catalog-full.nt", status=503)
        app.get("/catalog-full.nt?theme=GOVE", status=503)
    monkeypatch.setattr(whole, "make_head", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app.get("/catalog-full.nt")
    assert get_engine().pool.checkedout() == 0


def test_a_block_that_is_not_of_what_is_public_is_never_sent(app: Any, spread: list[str]) -> None:
    app.get("/catalog-full.nt", status=200)
    run("UPDATE gtplan_fragment SET version = 'another'")
    with pytest.raises(blocks.BlockMismatch):
        app.get("/catalog-full.nt")
    # it is made anew
    assert list_ids("x.nt", app.get("/catalog-full.nt", status=200).bytes) == sorted(spread)


def test_what_others_change_all_the_time(
    app: Any, spread: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where each snapshot has changes that nobody followed: they are seen, but as no state."""
    for address in (*WHOLE, *PAGED):
        app.get(address, status=200)
    state = store.bring_up_to_date()
    monkeypatch.setattr(store, "bring_up_to_date", lambda: state)
    run(f"UPDATE package SET private = true WHERE id = '{spread[1]}'")
    for address in (*WHOLE, *PAGED):
        for headers in ({}, GZIP):
            answer = app.get(address, headers=headers, status=200)
            body = gzip.decompress(answer.bytes) if headers else answer.bytes
            assert list_ids(address, body) == sorted([spread[0], spread[2]])
            assert int(answer.headers["Content-Length"]) == len(answer.bytes)
            known = {**headers, "If-None-Match": answer.headers["ETag"]}
            app.get(address, headers=known, status=200)


@pytest.mark.parametrize("address", ["/catalog-full.nt", "/catalog-full.nt?theme=GOVE"])
def test_who_reads_slowly_is_not_taken_to_stall(
    app: Any, spread: list[str], streamed: None, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(snapshot, "_PATIENCE", 1)
    monkeypatch.setattr(snapshot, "_PULSE", 0)
    parts, _, told = start(app, address, {})
    size = 0
    for part in parts:
        size += len(part)
        time.sleep(0.4)
    assert size == int(told["Content-Length"])


@pytest.mark.parametrize("address", ["/catalog-full.nt", "/catalog-full.nt?theme=GOVE"])
def test_who_reads_for_hours_is_cut_off(
    app: Any, spread: list[str], streamed: None, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    parts, _, told = start(app, address, {})
    monkeypatch.setattr(snapshot, "_LONGEST", 0)
    received = []
    with pytest.raises(snapshot.TooSlow):
        received += [len(part) for part in parts]
    assert sum(received) < int(told["Content-Length"])


def test_who_waits_too_long_for_a_block_asks_again(
    app: Any, spread: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "_PATIENCE", 1)
    with open_writer() as other:
        epochs.hold_lock(other)
        answer = app.get("/catalog-full.nt", status=503)
        assert int(answer.headers["Retry-After"]) > 0
    app.get("/catalog-full.nt", status=200)


def test_a_dataset_that_is_about_to_be_made_is_not_gone(app: Any, spread: list[str]) -> None:
    address = f"/dataset/{spread[0]}.ttl"
    app.get(address, status=200)
    run("DELETE FROM gtplan_fragment")
    app.get(address, status=503)
    run("UPDATE package SET private = true")
    app.get(address, status=410)


def test_no_reader_waits_for_the_connection_of_another() -> None:
    with ExitStack() as held:
        for _ in range(12):
            held.enter_context(get_engine().connect())


def test_the_head_is_not_older_than_its_tag(app: Any, dataset: Get) -> None:
    """The portal's own date of a harvested dataset is in no statement but the catalogue's."""
    made = dataset(modified="2024-01-31", source_metadata_modified="2024-01-31")
    for address in (*WHOLE, *PAGED):
        before = app.get(address, status=200)
        run(f"UPDATE package SET metadata_modified = now() WHERE id = '{made['id']}'")
        after = app.get(address, status=200)
        assert (before.bytes == after.bytes) == (before.headers["ETag"] == after.headers["ETag"])
