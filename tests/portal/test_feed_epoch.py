"""Another set of fragments is built beside the one that is served, and takes its place at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan.lib import jobs
from ckan.plugins import toolkit as tk
from feeding import copy_dataset, list_events, list_fragments, list_open, read_rows, run
from flask import current_app
from reading import act

from ckanext.gtplan.feed import epochs, fingerprint, queue, rebuild, store
from ckanext.gtplan.feed.filters import Filters
from ckanext.gtplan.feed.fragment import Maker
from ckanext.gtplan.feed.selection import Selection
from ckanext.gtplan.feed.snapshot import open_snapshot
from ckanext.gtplan.feed.status import read_status
from ckanext.gtplan.feed.whole import make_whole, open_blocks

pytestmark = pytest.mark.usefixtures("clean", "request_context", "three")

BASE = "ckanext.gtplan.base_uri"


@pytest.fixture
def three(clean: None, request_context: None, dataset: Callable[..., Any]) -> Iterator[None]:
    """Three datasets in the feeds, and no job that waits."""
    dataset(name="uno")
    copy_dataset("uno", 2)
    store.bring_up_to_date()
    jobs.get_queue().empty()
    yield
    jobs.get_queue().empty()


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Change an option: every dataset gets another IRI."""

    def call(base: str = "https://otra.example.org") -> None:
        monkeypatch.setitem(tk.config, BASE, base)

    return call


@pytest.fixture
def large(three: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The portal has more datasets than a reader waits for."""
    monkeypatch.setattr(store, "INLINE", 2)
    monkeypatch.setattr(rebuild, "_AT_ONCE", 1)


def list_epochs() -> list[tuple[bool, bool]]:
    """List the epochs: whether each is served, and whether it ever was, or was given up."""
    query = "SELECT is_current, swapped IS NOT NULL AS is_over FROM gtplan_feed_epoch ORDER BY id"
    return [(row["is_current"], row["is_over"]) for row in read_rows(query)]


def list_hosts() -> list[str]:
    """List the hosts of the IRIs that are served."""
    return [fragment["iri"].split("/")[2] for fragment in list_fragments()]


def find_building() -> int:
    (row,) = read_rows("SELECT id FROM gtplan_feed_epoch WHERE swapped IS NULL")
    return int(row["id"])


def list_jobs() -> list[str]:
    return [str(job.meta["title"]) for job in jobs.get_queue().jobs]


def test_other_options_are_another_epoch_and_told_of(move: Callable[..., None]) -> None:
    before = store.bring_up_to_date()
    ordinals = [fragment["ordinal"] for fragment in list_fragments()]
    move()
    after = store.bring_up_to_date()
    assert after.epoch != before.epoch
    assert set(list_hosts()) == {"otra.example.org"}
    assert [fragment["ordinal"] for fragment in list_fragments()] == ordinals
    assert list_epochs() == [(True, True)]
    assert len(read_rows("SELECT 1 FROM gtplan_fragment")) == 3
    assert [event[2] for event in list_events()[3:]] == ["delete"] * 3 + ["create"] * 3
    assert [event[0] for event in list_events()] == list(range(1, 10))
    assert store.bring_up_to_date() == after


def test_the_same_again_is_told_to_nobody() -> None:
    before = store.bring_up_to_date()
    epoch = rebuild.begin()
    assert rebuild.build(epoch.id)
    after = store.bring_up_to_date()
    assert after.epoch == epoch.id != before.epoch
    assert (after.position, after.published) == (before.position, before.published)
    assert list_epochs() == [(True, True)]


@pytest.mark.usefixtures("large")
class TestWorkers:
    """A portal with many datasets."""

    def test_the_old_one_is_served_until_the_new_one_is_there(
        self, move: Callable[..., None]
    ) -> None:
        before = store.bring_up_to_date()
        move()
        assert store.bring_up_to_date() == before
        assert list_hosts() == ["test.ckan.net"] * 3
        epoch = find_building()
        assert list_jobs() == [f"gtplan feed work {epoch}"]
        progress = read_status().building
        assert progress is not None and (progress.done, progress.total) == (0, 3)
        jobs.get_queue().jobs[0].perform()
        assert set(list_hosts()) == {"otra.example.org"}
        blocks = read_rows("SELECT * FROM gtplan_feed_block")
        assert {(block["epoch"], block["syntax"]) for block in blocks} == {
            (epoch, syntax) for syntax in ("nt", "ttl", "xml", "jsonld", "json")
        }
        assert read_status().building is None

    def test_each_takes_on_other_datasets(self, move: Callable[..., None]) -> None:
        move()
        store.bring_up_to_date()
        epoch = find_building()
        first, second = rebuild._list_work(epoch), rebuild._list_work(epoch)
        taken = [next(first), next(second), next(first)]
        assert len({id_ for ids in taken for id_ in ids}) == 3

    def test_several_at_a_time(self, move: Callable[..., None]) -> None:
        move()
        store.bring_up_to_date()
        epoch, app = find_building(), current_app._get_current_object()  # type: ignore[attr-defined]

        def work(_: int) -> None:
            with app.test_request_context():
                rebuild.work(epoch)

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(work, range(3)))
        assert list_epochs() == [(True, True)]
        assert list_hosts() == ["otra.example.org"] * 3
        assert [event[2] for event in list_events()[3:]] == ["delete"] * 3 + ["create"] * 3

    def test_what_a_worker_left_is_made_by_the_last_one(self, move: Callable[..., None]) -> None:
        move()
        store.bring_up_to_date()
        epoch = find_building()
        next(rebuild._list_work(epoch))  # taken on, and the worker is killed
        rebuild.work(epoch)
        assert set(list_hosts()) == {"otra.example.org"}
        assert len(list_hosts()) == 3

    def test_lost_jobs_are_enqueued_again(self, move: Callable[..., None]) -> None:
        move()
        store.bring_up_to_date()
        epoch = find_building()
        jobs.get_queue().empty()
        store.bring_up_to_date()
        assert list_jobs() == []  # it may be at work
        queue.start_waiting(rebuild.work, epoch)
        store.bring_up_to_date()
        assert list_jobs() == [f"gtplan feed work {epoch}"]

    def test_a_worker_lets_others_have_their_turn(
        self, move: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rebuild, "_TURN", -1)
        move()
        store.bring_up_to_date()
        epoch = find_building()
        for _ in range(20):
            (job,) = jobs.get_queue().jobs
            jobs.get_queue().empty()
            job.perform()
            if not jobs.get_queue().jobs:
                break
        assert epoch == store.bring_up_to_date().epoch

    def test_changes_meanwhile_go_into_both(self, move: Callable[..., None]) -> None:
        move()
        store.bring_up_to_date()
        epoch = find_building()
        act("package_patch", id="uno", title="Otro")
        run("UPDATE package SET private = true WHERE name = 'uno-1'")
        store.bring_up_to_date()
        assert list_open() == []
        served = [fragment["nt"] for fragment in list_fragments()]
        assert len(served) == 2 and any(b"Otro" in text for text in served)
        rebuild.work(epoch)
        assert store.bring_up_to_date().epoch == epoch
        new = [fragment["nt"] for fragment in list_fragments()]
        assert len(new) == 2 and any(b"Otro" in text for text in new)

    def test_what_a_worker_has_read_before_a_change_is_not_kept(
        self, move: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        move()
        store.bring_up_to_date()
        epoch, make = find_building(), Maker.make

        def make_slowly(self: Maker, ids: Any) -> Any:
            yield from list(make(self, ids))
            monkeypatch.setattr(Maker, "make", make)
            act("package_patch", id=ids[0], title="Después")
            store.bring_up_to_date()

        monkeypatch.setattr(Maker, "make", make_slowly)
        rebuild.work(epoch)
        assert store.bring_up_to_date().epoch == epoch
        assert sum("Después".encode() in fragment["nt"] for fragment in list_fragments()) == 1

    def test_a_newer_one_takes_the_place_of_one_that_is_being_built(
        self, move: Callable[..., None]
    ) -> None:
        move()
        store.bring_up_to_date()
        first = find_building()
        next(rebuild._list_work(first))
        move("https://tercera.example.org")
        store.bring_up_to_date()
        second = find_building()
        assert second != first
        rebuild.work(first)  # its job is still there
        assert set(list_hosts()) == {"test.ckan.net"}
        rebuild.work(second)
        assert set(list_hosts()) == {"tercera.example.org"}
        assert list_epochs() == [(True, True)]
        assert rebuild.build(first)

    def test_a_worker_with_other_options_builds_nothing(self, move: Callable[..., None]) -> None:
        move()
        store.bring_up_to_date()
        epoch = find_building()
        move("https://vieja.example.org")
        rebuild.work(epoch)
        assert list_epochs() == [(True, True), (False, False)]

    def test_what_became_private_while_it_was_built(self, move: Callable[..., None]) -> None:
        move()
        store.bring_up_to_date()
        epoch = find_building()
        for ids in rebuild._list_work(epoch):
            rebuild._make(epoch, ids)
        run("UPDATE package SET private = true WHERE name = 'uno'")
        assert rebuild.swap(epoch)
        assert len(list_events()) == 3 + 4  # of the one that is private only later
        store.bring_up_to_date()
        assert len(list_fragments()) == 2
        gone = [event[1] for event in list_events() if event[2] == "delete"]
        assert len(gone) == 3 and len(set(gone)) == 3


class TestOutdated:
    """Two processes that run with other options, as after an upgrade of one of them."""

    def test_who_started_before_the_last_one_begins_none(
        self, move: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = store.bring_up_to_date()
        move()
        long_ago = datetime.now(timezone.utc) - timedelta(days=1)
        monkeypatch.setattr(epochs, "_running", [(epochs.fingerprint(), long_ago)])
        assert store.bring_up_to_date() == before
        assert read_status().is_foreign
        act("package_patch", id="uno", title="Otro")
        state = store.bring_up_to_date()
        # it is served at once, and left to those that are right
        assert not state.is_open and state.epoch == before.epoch
        assert any(b"Otro" in fragment["nt"] for fragment in list_fragments())
        assert sorted(list_hosts()) == ["otra.example.org", "test.ckan.net", "test.ckan.net"]
        assert len(list_open()) == 1
        monkeypatch.undo()
        assert store.bring_up_to_date().epoch == before.epoch
        assert list_hosts() == ["test.ckan.net"] * 3
        assert list_open() == []

    def test_code_that_came_since_it_started_is_not_its_own(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        before = fingerprint.fingerprint()
        for folder in fingerprint._CODE:
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "fragment.py").write_text("another")
        monkeypatch.setattr(fingerprint, "files", lambda _: tmp_path)
        fingerprint._digest_portal.cache_clear()  # as in a job, which is a process of its own
        assert fingerprint.fingerprint() == before

    def test_what_it_reads_is_of_the_epoch_that_it_has_brought_up_to_date(
        self, move: Callable[..., None], large: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as newer:
            newer.setitem(tk.config, BASE, "https://otra.example.org")
            store.bring_up_to_date()
            epoch = find_building()
            for ids in rebuild._list_work(epoch):
                rebuild._make(epoch, ids)
        long_ago = datetime.now(timezone.utc) - timedelta(days=1)
        monkeypatch.setattr(epochs, "_running", [(epochs.fingerprint(), long_ago)])
        copy_dataset("uno-1", 1)
        run("UPDATE package SET title = 'Otro' WHERE name = 'uno'")
        state = store.bring_up_to_date()
        assert len(list_fragments()) == 4
        assert rebuild.swap(epoch)  # just before the snapshot
        assert len(list_fragments()) == 3
        snapshot = open_snapshot(state)
        bodies = list(Selection(snapshot, "nt", Filters()).iterate())
        snapshot.close()
        assert len(bodies) == 4
        assert sum(b'"Otro"' in body for body in bodies) == 1

    def test_what_it_withdraws_is_in_no_epoch_that_is_built_meanwhile(
        self, move: Callable[..., None], large: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as newer:
            newer.setitem(tk.config, BASE, "https://otra.example.org")
            store.bring_up_to_date()
            epoch = find_building()
            for ids in rebuild._list_work(epoch):
                rebuild._make(epoch, ids)
            assert rebuild.make_ready(epoch)
        long_ago = datetime.now(timezone.utc) - timedelta(days=1)
        monkeypatch.setattr(epochs, "_running", [(epochs.fingerprint(), long_ago)])
        run("UPDATE package SET private = true WHERE name = 'uno'")
        store.bring_up_to_date()
        run("UPDATE package SET title = 'Reservado' WHERE name = 'uno'")
        store.bring_up_to_date()
        assert len(list_fragments()) == 2
        move()
        assert rebuild.swap(epoch)
        state = store.bring_up_to_date()
        assert state.epoch == epoch
        assert list_open() == []
        assert list_hosts() == ["otra.example.org"] * 2
        snapshot, parts = open_blocks("nt", state)
        document = make_whole(snapshot, "nt", parts, is_packed=False)
        assert b"".join(document).count(b"dcat#dataset>") == 2


def test_what_no_trigger_told_of_a_rebuild_finds() -> None:
    statements = """
        ALTER TABLE package DISABLE TRIGGER gtplan_note_package;
        UPDATE package SET title = 'Otro' WHERE name = 'uno';
        UPDATE package SET private = true WHERE name = 'uno-1';
        INSERT INTO package SELECT (jsonb_populate_record(p, jsonb_build_object(
        'id', 'cuatro', 'name', 'cuatro'))).* FROM package p WHERE p.name = 'uno-2';
        ALTER TABLE package ENABLE TRIGGER gtplan_note_package;
    """
    run(statements)
    store.bring_up_to_date()
    assert len(list_events()) == 3
    epoch = rebuild.begin()
    rebuild.build(epoch.id)
    store.bring_up_to_date()
    assert sorted(event[2] for event in list_events()[3:]) == ["create", "delete", "update"]
    assert any(b"Otro" in fragment["nt"] for fragment in list_fragments())


def test_lost_tables_are_filled_again() -> None:
    run("DELETE FROM gtplan_feed_epoch")
    store.bring_up_to_date()
    assert len(list_fragments()) == 3
    assert len(list_events()) == 3


def test_one_epoch_is_served_at_most() -> None:
    with pytest.raises(sa.exc.IntegrityError):
        run(
            "INSERT INTO gtplan_feed_epoch (fingerprint, started, total, is_current)"
            " VALUES ('', now(), 0, true)"
        )
