"""Another set of fragments is built beside the one that is served, and takes its place at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit as tk
from feeding import copy_dataset, list_events, list_fragments, list_open, read_rows, run
from reading import act
from rebuilding import (
    BASE,
    find_building,
    list_epochs,
    list_hosts,
    read_whole,
)

from ckanext.gtplan.feed.keeping import epochs, rebuild, store
from ckanext.gtplan.feed.making import fingerprint
from ckanext.gtplan.feed.sending.filters import Filters
from ckanext.gtplan.feed.sending.selection import Selection
from ckanext.gtplan.feed.sending.snapshot import open_snapshot
from ckanext.gtplan.feed.status import read_status

pytestmark = pytest.mark.usefixtures("clean", "request_context", "three_datasets")

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


def build_newer(monkeypatch: pytest.MonkeyPatch) -> int:
    """Build an epoch with other options, to be served; this process was started long before."""
    with monkeypatch.context() as newer:
        newer.setitem(tk.config, BASE, "https://otra.example.org")
        store.bring_up_to_date()
        epoch = find_building()
        for number in rebuild._list_work(epoch):
            rebuild._make(epoch, number)
        assert rebuild.make_ready(epoch)
    long_ago = datetime.now(timezone.utc) - timedelta(days=1)
    monkeypatch.setattr(epochs, "_running", [(epochs.fingerprint(), long_ago)])
    return epoch


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
            (tmp_path / folder).mkdir(parents=True)
            (tmp_path / folder / "fragment.py").write_text("another")
        monkeypatch.setattr(fingerprint, "files", lambda _: tmp_path)
        fingerprint._digest_portal.cache_clear()  # as in a job, which is a process of its own
        assert fingerprint.fingerprint() == before

    @pytest.mark.usefixtures("large")
    def test_what_it_reads_is_of_the_epoch_that_it_has_brought_up_to_date(
        self, move: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        epoch = build_newer(monkeypatch)
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

    @pytest.mark.usefixtures("large")
    def test_what_it_withdraws_is_in_no_epoch_that_is_built_meanwhile(
        self, move: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        epoch = build_newer(monkeypatch)
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
        assert read_whole().count(b"dcat#dataset>") == 2


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
