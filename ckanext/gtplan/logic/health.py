"""Whether what the portal stands on answers: each service asked by itself, and not for long."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import cache
from time import monotonic
from typing import Any

import redis
import sqlalchemy as sa
from ckan.lib.jobs import add_queue_name_prefix
from ckan.lib.search.common import make_connection
from ckan.plugins import toolkit as tk
from rq import Worker

from ..feed.keeping.store import enqueue_refresh
from ..model.feed import IS_PUBLIC

__all__ = ["examine"]

log = logging.getLogger(__name__)

#: Seconds that a service may take for one answer.
_PATIENCE = 2
#: A worker without work says that it lives every seven minutes (rq's ``worker_ttl``).
_SILENCE = 480
#: Seconds after which changes should long have been followed, and their job is queued again.
_SOON = 60
#: Seconds after which nobody seems to follow them.
_LATE = 3600
# Only what everybody can see counts: changes of a private dataset are nobody's matter.
_FEED = f"""
    SELECT (SELECT id FROM gtplan_feed_epoch WHERE is_current) AS epoch,
        EXISTS (SELECT FROM gtplan_feed_epoch WHERE swapped IS NULL AND NOT is_current)
            AS is_rebuilding,
        coalesce((
            SELECT extract(epoch FROM clock_timestamp() - j.moment) FROM gtplan_journal j
            WHERE NOT j.is_followed AND (
                EXISTS (SELECT FROM package p WHERE p.id = j.package_id AND {IS_PUBLIC})
                OR EXISTS (SELECT FROM gtplan_feed_dataset d
                    WHERE d.package_id = j.package_id AND d.version IS NOT NULL)
            )
            ORDER BY j.seq LIMIT 1
        ), 0) AS behind
"""

Facts = dict[str, Any]


class Sick(Exception):
    """A service that answers, but not as it should.

    Args:
        facts: what can be told of it.
    """

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.facts = facts


def examine() -> dict[str, Facts]:
    """Ask every service at the same time.

    Returns:
        For each its ``status`` (``ok`` or ``failed``), the ``milliseconds`` that it took, and what
        is known of it. Why one failed is in the log: no address and no password is in an answer.
    """
    checks = _list_checks()
    with ThreadPoolExecutor(len(checks)) as pool:
        found = pool.map(_examine, checks, checks.values())
        facts = dict(zip(checks, found, strict=True))
    # what was changed by hand in the database is followed without waiting for a reader
    is_behind = facts["feed"].get("seconds_behind", 0) > _SOON
    if is_behind and facts["redis"]["status"] == "ok":
        enqueue_refresh()
    return facts


def _examine(name: str, check: Callable[[], Facts]) -> Facts:
    start = monotonic()
    try:
        status, facts = "ok", check()
    except Sick as sick:
        status, facts = "failed", sick.facts
        log.error("%s is not well: %s", name, facts)
    except Exception:
        status, facts = "failed", {}
        log.exception("%s does not answer", name)
    return {"status": status, "milliseconds": round((monotonic() - start) * 1000), **facts}


def _list_checks() -> Mapping[str, Callable[[], Facts]]:
    """List the checks with the portal's settings in them: their threads have no application."""
    engine = _make_engine(str(tk.config["sqlalchemy.url"]))
    solr = make_connection(decode_dates=False)
    solr.timeout = _PATIENCE
    store = redis.Redis.from_url(
        str(tk.config["ckan.redis.url"]),
        socket_timeout=_PATIENCE,
        socket_connect_timeout=_PATIENCE,
    )
    queue = add_queue_name_prefix("default")
    return {
        "database": lambda: _check_database(engine),
        "solr": lambda: _check_solr(solr),
        "redis": lambda: _check_redis(store),
        "worker": lambda: _check_worker(store, queue),
        "feed": lambda: _check_feed(engine),
    }


@cache
def _make_engine(address: str) -> sa.Engine:
    """Make the engine for connections that give up soon; none of them is kept."""
    limits = {
        "connect_timeout": _PATIENCE,
        "tcp_user_timeout": _PATIENCE * 1000,
        "options": f"-c statement_timeout={_PATIENCE * 1000}",
    }
    return sa.create_engine(address, poolclass=sa.NullPool, connect_args=limits)


def _check_database(engine: sa.Engine) -> Facts:
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT 1 FROM package LIMIT 1"))
    return {}


def _check_solr(solr: Any) -> Facts:
    solr.search("*:*", rows=0)
    return {}


def _check_redis(store: redis.Redis) -> Facts:
    store.ping()
    return {}


def _check_worker(store: redis.Redis, queue: str) -> Facts:
    """Look for a worker of this portal that has said lately that it lives."""
    now = datetime.now(timezone.utc)
    ages = [
        (now - worker.last_heartbeat.replace(tzinfo=timezone.utc)).total_seconds()
        for worker in Worker.all(connection=store)
        if queue in worker.queue_names() and worker.last_heartbeat
    ]
    if not ages or min(ages) > _SILENCE:
        raise Sick({"workers": 0})
    alive = sum(age <= _SILENCE for age in ages)
    return {"workers": alive, "seconds_since_heartbeat": max(0, round(min(ages)))}


def _check_feed(engine: sa.Engine) -> Facts:
    """Tell how long the feeds have not followed a change; who reads them has it followed first."""
    with engine.connect() as connection:
        row = connection.execute(sa.text(_FEED)).one()
    behind = max(0, round(row.behind))
    facts = {
        "epoch": row.epoch,
        "is_rebuilding": row.is_rebuilding,
        "seconds_behind": behind,
    }
    if behind > _LATE:
        raise Sick(facts)
    return facts
