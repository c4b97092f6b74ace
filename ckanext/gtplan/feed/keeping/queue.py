"""Jobs of the feeds: enqueued once, however many ask for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from ckan.plugins import toolkit as tk
from redis.exceptions import RedisError

__all__ = ["enqueue", "enqueue_once", "keep_waiting", "start_waiting"]

log = logging.getLogger(__name__)

#: Seconds after which a job that was never begun is taken to be lost, and enqueued again.
_LOST = 60
#: Seconds after which a job is given up.
_LONGEST = 3600


def enqueue_once(job: Callable[..., None], *arguments: Any) -> None:
    """Enqueue a job unless it waits there already; without Redis, log it: nothing is lost.

    Args:
        job: calls ``start_waiting`` when it begins.
        arguments: of the job.
    """
    try:
        if connect_to_redis().set(_name(job, arguments), 1, nx=True, ex=_LOST):
            enqueue(job, *arguments)
    except RedisError:
        log.exception("the feeds: no job could be enqueued")


def enqueue(job: Callable[..., None], *arguments: Any) -> None:
    """Enqueue a job.

    Raises:
        redis.exceptions.RedisError: it could not be.
    """
    title = " ".join(["gtplan feed", job.__name__, *map(str, arguments)])
    jobs.enqueue(job, list(arguments), title=title, rq_kwargs={"timeout": _LONGEST})


def start_waiting(job: Callable[..., None], *arguments: Any) -> None:
    """Let a job be enqueued again, by what changes from now on."""
    _set(lambda redis: redis.delete(_name(job, arguments)))


def keep_waiting(job: Callable[..., None], *arguments: Any) -> None:
    """Say that a job is at work, so that nobody takes it to be lost."""
    _set(lambda redis: redis.set(_name(job, arguments), 1, ex=_LOST))


def _set(command: Callable[[Any], Any]) -> None:
    try:
        command(connect_to_redis())
    except RedisError:
        log.exception("the feeds: Redis does not answer")


def _name(job: Callable[..., None], arguments: tuple[Any, ...]) -> str:
    return ":".join(["gtplan", tk.config["ckan.site_id"], job.__name__, *map(str, arguments)])
