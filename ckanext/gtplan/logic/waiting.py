"""What somebody has sent and has not agreed to yet: a file, and what is known of it so far.

A person sees first what a file would change, and then agrees. Until then the file waits where
CKAN keeps the files of resources, and what is known of it in CKAN's table of tasks: web servers
and workers share both, on one machine or on several. What takes long is done by a job.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO, ClassVar

import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs
from redis.exceptions import RedisError
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import Self

from .plans.storage import restore_file, store_file
from .progress import Progress

log = logging.getLogger(__name__)

#: How long (in seconds) a file waits for somebody to agree, how long for a worker that is free,
#: and how long work may stand still.
_KEPT, _QUEUED, _STILL = 24 * 3600, 3600, 300
#: How long a job may take.
_LONGEST = 3600
_PAUSE = 0.5
_ID = re.compile(r"[0-9a-f]{32}\Z")
_TASKS = model.task_status_table


@dataclass(kw_only=True)
class Waiting:
    """A file that arrived, and what is known of it.

    Attributes:
        id: by which its pages name it.
        user: who sent it; nobody else sees it.
        stage: ``checking``, ``refused``, ``checked``, ``writing``, ``written`` or ``failed``.
        step: what is being done, with ``done`` of ``total``; empty while no worker is free.
        moment: when that was known, in seconds.
    """

    #: What the rows of the class in CKAN's table of tasks are called.
    task: ClassVar[str]

    user: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    stage: str = "checking"
    step: str = ""
    done: int = 0
    total: int = 0
    moment: float = 0.0

    @property
    def is_working(self) -> bool:
        """Tell whether it is being worked on: a worker that was killed says nothing any more."""
        longest = _STILL if self.step else _QUEUED
        return self.stage in ("checking", "writing") and time.time() - self.moment < longest

    @property
    def is_stuck(self) -> bool:
        """Tell whether work on it began and has come to nothing."""
        return self.stage in ("checking", "writing") and not self.is_working

    @classmethod
    def find(cls, user: str, id: str) -> Self | None:
        """Find a file that somebody has sent; another's is as if it were not there."""
        if not _ID.match(id):
            return None
        query = sa.select(_TASKS.c.value)
        query = query.where(_TASKS.c.task_type == cls.task, _TASKS.c.entity_id == id)
        with model.meta.engine.connect() as connection:
            text = connection.scalar(query)
        stored = json.loads(text) if text else None
        return cls(**stored) if stored and stored["user"] == user else None

    def keep(self, file: BinaryIO) -> None:
        """Keep the file itself, and take away what nobody has asked for in a day."""
        _sweep(self.task)
        self.save()
        store_file(self.id, file, self.id)

    def start(
        self, stage: str, job: Callable[[str, str], None], title: str, *, is_large: bool
    ) -> None:
        """Work on it, at once or by a job.

        Args:
            stage: ``checking`` or ``writing``.
            job: takes user and id.
            title: of the job.
            is_large: it takes longer than somebody waits for a page.
        """
        self.save(stage=stage, step="", done=0, total=0)
        if is_large:
            try:
                limit = {"timeout": _LONGEST}
                jobs.enqueue(job, [self.user, self.id], title=title, rq_kwargs=limit)
                return
            except RedisError:
                log.exception("No job could be enqueued for a file: it is worked on at once")
        job(self.user, self.id)

    def make_progress(self) -> Progress:
        """Make what an action tells how far it is, which is written down now and then."""
        last = 0.0

        def tell(step: str, done: int, total: int) -> None:
            nonlocal last
            if time.monotonic() - last > _PAUSE:
                last = time.monotonic()
                self.save(step=step, done=done, total=total)

        return tell

    def save(self, **changes: Any) -> None:
        """Write what is known now, on a connection of its own: others see it while work goes on."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.moment = time.time()
        row = {
            "id": self.id,
            "entity_id": self.id,
            "entity_type": "upload",
            "task_type": self.task,
            "key": self.id,
            "value": json.dumps(dataclasses.asdict(self), default=str),
            "state": self.stage,
            "last_updated": datetime.now(),
        }
        statement = insert(_TASKS).values(row)
        statement = statement.on_conflict_do_update(index_elements=["id"], set_=row)
        with model.meta.engine.begin() as connection:
            connection.execute(statement)


def _sweep(task: str) -> None:
    limit = datetime.now() - timedelta(seconds=_KEPT)
    is_old = sa.and_(_TASKS.c.task_type == task, _TASKS.c.last_updated < limit)
    with model.meta.engine.begin() as connection:
        for id in connection.scalars(sa.select(_TASKS.c.id).where(is_old)).all():
            restore_file(id, None)
            connection.execute(sa.delete(_TASKS).where(_TASKS.c.id == id))
