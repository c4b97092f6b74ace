"""Whether the portal is well: each service is asked by itself, and what fails says no secret."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from time import monotonic
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import app_globals, jobs
from ckan.lib.jobs import Worker
from reading import act, visit

from ckanext.gtplan.feed.keeping.queue import start_waiting
from ckanext.gtplan.feed.keeping.store import bring_up_to_date, follow_changes, refresh
from ckanext.gtplan.logic import health

_SERVICES = {"database", "solr", "redis", "worker", "feed"}


@pytest.fixture
def worker() -> Iterator[Any]:
    """A worker that has said a moment ago that it lives."""
    made = Worker(["default"])
    made.register_birth()
    made.heartbeat()
    yield made
    made.register_death()


def follow() -> None:
    """Bring the feeds up to date, whatever was loaded before."""
    while refresh():
        pass
    bring_up_to_date()


def ask(app: Any, status: int) -> dict[str, Any]:
    answer = visit(app, "get", "/health", "", status=status)
    assert "no-store" in answer.headers["Cache-Control"]
    found: dict[str, Any] = answer.json
    assert set(found["checks"]) == _SERVICES
    return found


def test_all_is_well(app: Any, example: None, worker: Any) -> None:
    follow()
    found = ask(app, 200)
    assert found["status"] == "ok"
    assert {check["status"] for check in found["checks"].values()} == {"ok"}
    assert found["checks"]["worker"]["workers"] == 1
    assert found["checks"]["feed"]["epoch"] and found["checks"]["feed"]["seconds_behind"] == 0


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("address", ["127.0.0.1:1", "silent"])
@pytest.mark.parametrize(
    "option, form, failed",
    [
        ("sqlalchemy.url", "postgresql://x:secret@{address}/x", {"database", "feed"}),
        ("solr_url", "http://x:secret@{address}/solr/x", {"solr"}),
        ("ckan.redis.url", "redis://:secret@{address}/0", {"redis", "worker"}),
    ],
)
def test_what_does_not_answer_is_named_soon_and_without_its_secrets(
    app: Any, example: None, worker: Any, silent: str, monkeypatch: pytest.MonkeyPatch,
    ckan_config: Any, option: str, form: str, failed: set[str], address: str,
) -> None:  # fmt: skip
    follow()
    place = form.format(address=silent if address == "silent" else address)
    monkeypatch.setitem(ckan_config, option, place)
    start = monotonic()
    found = ask(app, 503)
    # no assertion on how fast it is: only that it does not wait as long as the services would
    assert monotonic() - start < 30
    assert {name for name, one in found["checks"].items() if one["status"] != "ok"} == failed
    assert found["status"] == "failed"
    assert "secret" not in str(found) and "127.0.0.1" not in str(found)


def test_nothing_of_ckan_is_asked_before_the_answer(
    app: Any, example: None, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the beginning of every request it asks the database, and waits as long as that does."""

    def wait(self: Any) -> None:
        raise AssertionError("CKAN's database is asked")

    monkeypatch.setattr(type(app_globals.app_globals), "_check_uptodate", wait)
    follow()
    for path in ("/health", "/health?x=1"):
        assert visit(app, "get", path, "", status=200).json["status"] == "ok"
    answer = app.flask_app.test_client().head("/health")
    assert answer.status_code == 200 and not answer.data


def test_a_worker_that_is_silent_counts_no_more(app: Any, example: None, worker: Any) -> None:
    long_ago = datetime.now(timezone.utc) - timedelta(seconds=health._SILENCE + 60)
    worker.connection.hset(worker.key, "last_heartbeat", long_ago.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    check = ask(app, 503)["checks"]["worker"]
    assert check["status"] == "failed" and check["workers"] == 0


def test_without_a_worker_it_is_not_well(app: Any, example: None) -> None:
    assert ask(app, 503)["checks"]["worker"]["status"] == "failed"


def note(name: str) -> None:
    """Note a change of a dataset as one of two hours ago, which nobody has followed."""
    package = model.Package.get(name)
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO gtplan_journal (package_id, source, moment)"
                " VALUES (:id, 'package', now() - interval '2 hours')"
            ),
            {"id": package.id},
        )


def test_feeds_that_nobody_keeps_up_to_date(
    app: Any, example: None, worker: Any, create: Any, monkeypatch: Any
) -> None:
    follow()
    monkeypatch.setattr(health, "enqueue_refresh", lambda: None)
    create("dataset", "privado-salud", private=True)
    note("privado-salud")
    # what is private is nobody's matter, not even that it changed
    assert ask(app, 200)["checks"]["feed"]["seconds_behind"] == 0
    public = act("package_search", fq="dataset_type:dataset", rows=1)["results"][0]
    note(public["name"])
    check = ask(app, 503)["checks"]["feed"]
    assert check["status"] == "failed" and check["seconds_behind"] >= 7200
    follow()
    assert ask(app, 200)["checks"]["feed"]["seconds_behind"] == 0


def test_whoever_looks_wakes_the_job_that_follows(
    app: Any, example: None, worker: Any, monkeypatch: Any
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(health, "enqueue_refresh", lambda: asked.append(1))
    follow()
    ask(app, 200)
    assert not asked
    public = act("package_search", fq="dataset_type:dataset", rows=1)["results"][0]
    note(public["name"])
    ask(app, 503)
    assert asked
    monkeypatch.undo()
    waiting = jobs.get_queue()
    waiting.empty()
    start_waiting(follow_changes)
    ask(app, 503)
    try:
        assert [job.func_name.rpartition(".")[2] for job in waiting.jobs] == ["follow_changes"]
    finally:
        waiting.empty()
        start_waiting(follow_changes)
    follow()
