"""Jobs that wait until what they are about is committed.

CKAN calls its hooks before it commits, and a job could run before that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

_PENDING = "gtplan_jobs"
#: Seconds after which a job is given up: CKAN's 180 are few for a table of 50,000 rows.
_LONGEST = 3600


def enqueue_by_commit(verb: str, job: Callable[[str], None], names: Iterable[str]) -> None:
    """Have the commit enqueue a job for each of some records, unless it waits there already.

    Args:
        verb: what the job does, for its title.
        job: is given a name.
        names: of records.
    """
    pending = model.Session().info.setdefault(_PENDING, {})
    pending.update({f"gtplan {verb} {name}": (job, name) for name in names})


@sa.event.listens_for(model.Session, "after_commit")
def _enqueue_pending(session: Any) -> None:
    if session.in_nested_transaction():
        return
    for title, (job, name) in session.info.pop(_PENDING, {}).items():
        try:
            if all(waiting.meta.get("title") != title for waiting in jobs.get_queue().jobs):
                jobs.enqueue(job, [name], title=title, rq_kwargs={"timeout": _LONGEST})
        except RedisError:
            # the change itself is saved: it must not fail for this
            log.exception("%s: no job could be enqueued", title)
