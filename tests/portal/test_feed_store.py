"""Fragments follow what changes, and events tell of what everybody could see, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from ckan.tests import factories
from feeding import (
    copy_dataset,
    get_engine,
    list_events,
    list_fragments,
    list_open,
    open_writer,
    read_rows,
    run,
)
from flask import current_app
from reading import act

from ckanext.gtplan.feed.keeping import epochs, queue, store
from ckanext.gtplan.feed.keeping.database import LOCK
from ckanext.gtplan.feed.making.fragment import Made, Maker

pytestmark = pytest.mark.usefixtures("clean", "request_context")


@pytest.fixture
def no_jobs() -> Iterator[None]:
    """No job waits, and none is taken to wait."""

    def forget() -> None:
        jobs.get_queue().empty()
        queue.start_waiting(store.follow_changes)

    forget()
    yield
    forget()


def list_jobs() -> list[str]:
    """List the jobs of the feeds that wait."""
    titles = [str(job.meta["title"]) for job in jobs.get_queue().jobs]
    return [title for title in titles if title.startswith("gtplan feed")]


def test_a_dataset_comes_changes_and_goes(dataset: Callable[..., Any]) -> None:
    made = dataset(name="uno")
    state = store.bring_up_to_date()
    assert not state.is_open and state.position == 1
    (first,) = list_fragments()
    assert first["package_id"] == made["id"] and made["title"].encode() in first["ttl"]
    act("package_patch", id="uno", title="Otro título")
    assert store.bring_up_to_date().position == 2
    (second,) = list_fragments()
    assert "Otro título".encode() in second["ttl"]
    assert second["ordinal"] == first["ordinal"] and second["version"] != first["version"]
    act("package_delete", id="uno")
    state = store.bring_up_to_date()
    assert (state.position, state.revision) == (3, 3)
    assert list_fragments() == []
    iri = first["iri"]
    assert list_events() == [
        (1, iri, "create", first["version"]),
        (2, iri, "update", second["version"]),
        (3, iri, "delete", None),
    ]


def test_readers_share_the_work(dataset: Callable[..., Any]) -> None:
    dataset(name="uno")
    copy_dataset("uno", 30)
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def read(_: int) -> store.State:
        with app.test_request_context():
            return store.bring_up_to_date()

    with ThreadPoolExecutor(6) as pool:
        states = list(pool.map(read, range(12)))
    assert {state.position for state in states} == {31}
    events = list_events()
    assert [event[0] for event in events] == list(range(1, 32))
    assert {event[2] for event in events} == {"create"}
    assert len({event[1] for event in events}) == 31


def test_who_reads_meanwhile_sees_one_state(dataset: Callable[..., Any]) -> None:
    dataset(name="uno", title="Antes")
    store.bring_up_to_date()
    with get_engine().connect() as connection:
        reader = connection.execution_options(isolation_level="REPEATABLE READ")
        before = store.read_state(reader)
        run("UPDATE package SET title = 'Después'")
        after = store.bring_up_to_date()
        (text,) = reader.scalars(sa.text("SELECT nt FROM gtplan_fragment")).all()
        assert store.read_state(reader) == before
    assert b"Antes" in bytes(text)
    assert after.revision == before.revision + 1


def test_what_changes_while_it_is_read_is_read_again(
    dataset: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset(name="uno")
    dataset(name="dos")
    make, titles = Maker.make, iter(["Segundo", "Tercero"])

    def make_slowly(self: Maker, ids: Sequence[str]) -> Iterator[Made]:
        yield from list(make(self, ids))
        for title in titles:
            run("UPDATE package SET title = :title WHERE name = 'uno'", title=title)
            break

    monkeypatch.setattr(Maker, "make", make_slowly)
    assert store.refresh() == 1  # dos is there, of uno no half of two states
    assert len(list_fragments()) == 1
    assert store.refresh() == 1
    assert store.refresh() == 0
    assert list_open() == []
    assert [event[2] for event in list_events()] == ["create", "create"]
    assert any(b"Tercero" in fragment["nt"] for fragment in list_fragments())


def test_who_never_gets_done_asks_again(
    dataset: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset(name="uno")
    make, numbers = Maker.make, iter(range(100))

    def make_slowly(self: Maker, ids: Sequence[str]) -> Iterator[Made]:
        yield from list(make(self, ids))
        run("UPDATE package SET title = :title", title=str(next(numbers)))

    monkeypatch.setattr(Maker, "make", make_slowly)
    with pytest.raises(store.Busy):
        store.bring_up_to_date()


def test_a_writer_waits_for_nobody(dataset: Callable[..., Any]) -> None:
    dataset(name="uno")
    store.bring_up_to_date()
    with open_writer() as writer:
        # its package and its notes are locked until it commits
        writer.execute(sa.text("UPDATE package SET title = 'Otro'"))
        run("UPDATE resource SET name = 'Hoja'")
        store.bring_up_to_date()
        assert b"Hoja" in list_fragments()[0]["nt"]
        writer.commit()
    with get_engine().begin() as connection:
        # somebody brings the feeds up to date, and stops in the middle
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:k)"), {"k": LOCK})
        run("SET LOCAL lock_timeout = '2s'; UPDATE package SET title = 'Tercero'")
    store.bring_up_to_date()
    assert b"Tercero" in list_fragments()[0]["nt"]


def test_who_waits_too_long_asks_again(
    dataset: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "_PATIENCE", 1)
    dataset(name="uno")
    with get_engine().begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:k)"), {"k": LOCK})
        with pytest.raises(store.Busy):
            store.bring_up_to_date()
    assert store.bring_up_to_date().position == 1


class TestMuch:
    """More has changed than a reader waits for."""

    pytestmark = pytest.mark.usefixtures("no_jobs")

    def test_a_job_follows_it(
        self, dataset: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store, "INLINE", 3)
        dataset(name="uno")
        copy_dataset("uno", 9)
        jobs.get_queue().empty()
        queue.start_waiting(store.follow_changes)
        for _ in range(2):
            with pytest.raises(store.Busy) as error:
                store.bring_up_to_date()
            assert error.value.retry_after > 0
        assert list_jobs() == ["gtplan feed follow_changes"]
        assert 0 < len(list_fragments()) < 10
        jobs.get_queue().jobs[0].perform()
        assert store.bring_up_to_date().position == 10
        ready = read_rows("SELECT DISTINCT syntax FROM gtplan_feed_block WHERE count > 0")
        assert len(ready) == 5

    def test_without_a_worker_each_reader_does_its_share(
        self, dataset: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store, "INLINE", 3)
        dataset(name="uno")
        copy_dataset("uno", 9)
        refused = 0
        while list_open():
            try:
                store.bring_up_to_date()
            except store.Busy:
                refused += 1
        assert 1 < refused < 10
        assert len(list_fragments()) == 10

    def test_who_finds_another_one_at_it_does_not_wait(
        self, dataset: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store, "_is_much", lambda: True)
        dataset(name="uno")
        with open_writer() as other:
            other.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            with pytest.raises(store.Busy):
                store.bring_up_to_date()
            assert list_fragments() == []

    def test_a_job_goes_on_with_what_came_at_its_end(
        self, dataset: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While it is at work no other one is enqueued: what it leaves is not left to readers."""
        start_waiting = store.start_waiting

        def change_much(*job: Any) -> None:
            copy_dataset("uno", 9)
            start_waiting(*job)

        monkeypatch.setattr(store, "start_waiting", change_much)
        monkeypatch.setattr(store, "_AT_ONCE", 1)
        monkeypatch.setattr(store, "refresh", partial(store.refresh, 1))
        dataset(name="uno")
        (job,) = jobs.get_queue().jobs
        jobs.get_queue().empty()
        job.perform()
        monkeypatch.undo()
        assert list_open()
        assert list_jobs() == ["gtplan feed follow_changes"]
        jobs.get_queue().jobs[0].perform()
        assert list_open() == []
        assert len(list_fragments()) == 10

    def test_what_nobody_sees_is_not_much(
        self, dataset: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store, "INLINE", 3)
        dataset(name="uno", private=True)
        copy_dataset("uno", 9)
        assert store.bring_up_to_date().position == 0
        assert list_open() == list_jobs()[1:] == []

    def test_a_save_has_a_job_follow_it(self, dataset: Callable[..., Any]) -> None:
        dataset(name="uno")
        dataset(name="dos")
        assert list_jobs() == ["gtplan feed follow_changes"]
        jobs.get_queue().jobs[0].perform()
        assert list_open() == []
        assert len(list_fragments()) == 2
        jobs.get_queue().empty()
        act("package_patch", id="uno", title="Otro")
        assert list_jobs() == ["gtplan feed follow_changes"]

    def test_what_is_not_saved_has_no_job(self, dataset: Callable[..., Any]) -> None:
        dataset(name="uno")
        jobs.get_queue().empty()
        queue.start_waiting(store.follow_changes)
        model.Package.get("uno").title = "Otro"
        model.Session.flush()
        model.Session.rollback()
        model.Session.commit()
        assert list_jobs() == []

    def test_without_redis_readers_follow(
        self, dataset: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connect_to_redis()
        address = {"host": "127.0.0.1", "port": 1}
        pool = connect_to_redis().connection_pool.__class__(**address)
        monkeypatch.setattr("ckan.lib.redis._connection_pool", pool)
        dataset(name="uno")
        act("package_patch", id="uno", title="Otro")
        store.bring_up_to_date()
        assert b"Otro" in list_fragments()[0]["nt"]


def test_an_emptied_portal_begins_again(dataset: Callable[..., Any]) -> None:
    dataset(name="uno")
    before = store.bring_up_to_date()
    model.repo.delete_all()
    assert read_rows("SELECT * FROM gtplan_feed_state") == []
    after = store.bring_up_to_date()
    assert (after.position, after.is_open) == (0, False)
    assert after.epoch is not None and before.epoch is not None and after.epoch > before.epoch
    extras = [{"key": "email", "value": "datos@example.org"}]
    owner = factories.Organization(title="Instituto", extras=extras)
    dataset(name="uno", owner_org=owner["id"])
    assert store.bring_up_to_date().position == 1


def test_of_two_that_say_one_iri_the_other_stays(dataset: Callable[..., Any]) -> None:
    iri = "https://otro.example.org/dataset/1"
    dataset(name="uno", uri=iri)
    dataset(name="dos", uri=iri)
    store.bring_up_to_date()
    assert [event[1] for event in list_events()] == [iri, iri]
    run("UPDATE package SET private = true WHERE name = 'uno'")
    run("UPDATE package SET title = 'Otro' WHERE name = 'dos'")
    store.bring_up_to_date()
    assert [event[2] for event in list_events()] == ["create", "create", "delete", "update"]
    run("UPDATE package SET private = false WHERE name = 'uno'")
    store.bring_up_to_date()
    run("UPDATE package SET private = true WHERE name = 'uno'")
    store.bring_up_to_date()
    assert [event[2] for event in list_events()][4:] == ["create", "delete", "update"]


def test_another_iri_is_another_thing(dataset: Callable[..., Any]) -> None:
    dataset(name="uno", uri="https://otro.example.org/1")
    store.bring_up_to_date()
    act("package_patch", id="uno", uri="https://otro.example.org/2")
    store.bring_up_to_date()
    assert [(event[1][-1], event[2]) for event in list_events()] == [
        *[("1", "create"), ("1", "delete"), ("2", "create")],
    ]


def test_moments_grow_also_when_the_clock_goes_back(dataset: Callable[..., Any]) -> None:
    dataset(name="uno")
    store.bring_up_to_date()
    run("UPDATE gtplan_feed_state SET published = '2100-01-01'")
    act("package_patch", id="uno", title="Otro")
    state = store.bring_up_to_date()
    (last,) = read_rows("SELECT published FROM gtplan_feed_event WHERE position = 2")
    assert last["published"] == state.published
    assert (state.published.year, state.published.microsecond) == (2100, 1)
