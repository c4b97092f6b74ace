"""Workers build another set of fragments, while others write and are killed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ckan.lib import jobs
from feeding import copy_dataset, list_events, list_fragments, list_open, read_rows, run
from flask import current_app
from reading import act
from rebuilding import (
    find_building,
    list_epochs,
    list_hosts,
    list_jobs,
    put_together,
    read_whole,
)

from ckanext.gtplan.feed.keeping import queue, rebuild, store
from ckanext.gtplan.feed.making.fragment import Maker
from ckanext.gtplan.feed.sending import whole
from ckanext.gtplan.feed.status import read_status
from ckanext.gtplan.model.feed import SYNTAXES

pytestmark = pytest.mark.usefixtures("clean", "request_context", "three_datasets", "large")


def test_the_old_one_is_served_until_the_new_one_is_there(move: Callable[..., None]) -> None:
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
        (epoch, syntax) for syntax in SYNTAXES
    }
    assert read_status().building is None


def test_each_takes_on_other_datasets(move: Callable[..., None]) -> None:
    move()
    store.bring_up_to_date()
    epoch = find_building()
    first, second = rebuild._list_work(epoch), rebuild._list_work(epoch)
    taken = [next(first), next(second), next(first)]
    assert len(set(taken)) == 3


def test_several_at_a_time(move: Callable[..., None]) -> None:
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


def test_what_a_worker_left_is_made_by_the_last_one(move: Callable[..., None]) -> None:
    move()
    store.bring_up_to_date()
    epoch = find_building()
    next(rebuild._list_work(epoch))  # taken on, and the worker is killed
    rebuild.work(epoch)
    assert set(list_hosts()) == {"otra.example.org"}
    assert len(list_hosts()) == 3


def test_lost_jobs_are_enqueued_again(move: Callable[..., None]) -> None:
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
    move: Callable[..., None], monkeypatch: pytest.MonkeyPatch
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


def test_changes_meanwhile_go_into_both(move: Callable[..., None]) -> None:
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


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[list[str]], None]) -> None:
    """Change something when a worker has made its first fragments and stored none."""
    make = Maker.make

    def make_slowly(self: Maker, ids: list[str]) -> Any:
        yield from list(make(self, ids))
        monkeypatch.setattr(Maker, "make", make)
        change(ids)

    monkeypatch.setattr(Maker, "make", make_slowly)


def test_what_a_worker_has_read_before_a_change_is_not_kept(
    move: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    move()
    store.bring_up_to_date()
    epoch = find_building()

    def change(ids: list[str]) -> None:
        act("package_patch", id=ids[0], title="Después")
        store.bring_up_to_date()

    meanwhile(monkeypatch, change)
    rebuild.work(epoch)
    assert store.bring_up_to_date().epoch == epoch
    assert sum("Después".encode() in fragment["nt"] for fragment in list_fragments()) == 1
    text = read_whole()
    assert text.count("Después".encode()) == 1
    assert text.count(b"dcat#dataset>") == 3


def test_neighbours_of_which_one_has_changed_meanwhile(
    monkeypatch: pytest.MonkeyPatch, move: Callable[..., None]
) -> None:
    put_together()
    move()
    store.bring_up_to_date()
    epoch = find_building()

    def change(ids: list[str]) -> None:
        copy_dataset("uno-1", 1)
        act("package_patch", id=ids[1], title="Después")
        run("UPDATE package SET private = true WHERE id = :id", id=ids[0])
        list(store.follow_all())

    meanwhile(monkeypatch, change)
    rebuild.work(epoch)
    assert store.bring_up_to_date().epoch == epoch
    text = read_whole()
    assert text.count("Después".encode()) == 1
    assert text.count(b"dcat#dataset>") == 3


def test_who_makes_fragments_has_made_the_ready_blocks(
    monkeypatch: pytest.MonkeyPatch, move: Callable[..., None]
) -> None:
    before = read_whole()
    put_together()
    move()
    store.bring_up_to_date()
    epoch = find_building()
    for number in rebuild._list_work(epoch):
        rebuild._make(epoch, number)
    assert len(read_rows(f"SELECT 1 FROM gtplan_feed_block WHERE epoch = {epoch}")) == 5
    monkeypatch.setattr(rebuild, "make_blocks", None)  # nothing is left to it
    rebuild.work(epoch)
    assert read_whole().count(b"\n") == before.count(b"\n")


def test_a_newer_one_takes_the_place_of_one_that_is_being_built(
    move: Callable[..., None]
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


def test_a_worker_with_other_options_builds_nothing(move: Callable[..., None]) -> None:
    move()
    store.bring_up_to_date()
    epoch = find_building()
    move("https://vieja.example.org")
    rebuild.work(epoch)
    assert list_epochs() == [(True, True), (False, False)]


def test_what_became_private_while_it_was_built(move: Callable[..., None]) -> None:
    move()
    store.bring_up_to_date()
    epoch = find_building()
    for number in rebuild._list_work(epoch):
        rebuild._make(epoch, number)
    run("UPDATE package SET private = true WHERE name = 'uno'")
    assert rebuild.swap(epoch)
    assert len(list_events()) == 3 + 4  # of the one that is private only later
    store.bring_up_to_date()
    assert len(list_fragments()) == 2
    gone = [event[1] for event in list_events() if event[2] == "delete"]
    assert len(gone) == 3 and len(set(gone)) == 3


def test_without_a_worker_each_reader_makes_some_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "_INLINE", 1)
    for made in (1, 2):
        with pytest.raises(store.Busy):
            read_whole()
        assert len(read_rows("SELECT 1 FROM gtplan_feed_block WHERE syntax = 'nt'")) == made
    assert read_whole().count(b"dcat#dataset>") == 3
