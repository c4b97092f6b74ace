"""A file for a living table between its arrival and the moment when its rows are written.

A person sees first what a file would change, and then agrees. Until then the file waits where
CKAN keeps the files of resources, and what is known of it so far in CKAN's table of tasks: web
servers and workers share both, on one machine or on several. Large files are worked on by a job.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import re
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs
from ckan.plugins import toolkit as tk
from ckan.types import Context
from redis.exceptions import RedisError
from sqlalchemy.dialects.postgresql import insert
from werkzeug.datastructures import FileStorage

from ...uploads.findings import UploadError
from ..plans.storage import open_file, restore_file, store_file
from .messages import RowsRefused

log = logging.getLogger(__name__)

#: What is larger (in bytes) is worked on by a job, while a page shows how far it is.
LARGE = 512 * 1024
#: How long (in seconds) a file waits for somebody to agree, how long for a worker that is free,
#: and how long work may stand still.
_KEPT, _QUEUED, _STILL = 24 * 3600, 3600, 300
_PAUSE = 0.5
_ID = re.compile(r"[0-9a-f]{32}\Z")
#: What our rows in CKAN's table of tasks are called.
_TASK = "gtplan_upload"
_TASKS = model.task_status_table


@dataclass(kw_only=True)
class KeptUpload:
    """A file that arrived, and what is known of it.

    Attributes:
        id: by which its pages name it.
        user: who sent it; nobody else sees it.
        package: the id of the record.
        table: the name of the living table.
        file_name: as the person has it.
        size: of it, in bytes.
        mode: ``merge`` or ``replace``.
        stage: ``checking``, ``refused``, ``checked``, ``writing``, ``written`` or ``failed``.
        step: what is being done, with ``done`` of ``total`` rows; empty while no worker is free.
        moment: when that was known, in seconds.
        findings: what is wrong, as the gate tells it; of a file that cannot be read ``kind``,
            ``row`` and ``value`` only.
        difference: what changes, or has changed.
    """

    id: str
    user: str
    package: str
    table: str
    file_name: str
    size: int
    mode: str
    stage: str = "checking"
    step: str = ""
    done: int = 0
    total: int = 0
    moment: float = 0.0
    findings: list[dict[str, Any]] = field(default_factory=list)
    difference: dict[str, Any] = field(default_factory=dict)

    @property
    def is_working(self) -> bool:
        """Tell whether it is being worked on: a worker that was killed says nothing any more."""
        longest = _STILL if self.step else _QUEUED
        return self.stage in ("checking", "writing") and time.time() - self.moment < longest

    @property
    def is_stuck(self) -> bool:
        """Tell whether work on it began and has come to nothing."""
        return self.stage in ("checking", "writing") and not self.is_working


def keep_upload(user: str, package: str, table: str, file: FileStorage, mode: str) -> KeptUpload:
    """Keep a file that has arrived, and take away what nobody has asked for in a day.

    Args:
        user: who sent it.
        package: the id of the record.
        table: the name of the living table.
        file: that was sent.
        mode: ``merge`` or ``replace``.
    """
    _sweep()
    upload = KeptUpload(
        id=uuid.uuid4().hex,
        user=user,
        package=package,
        table=table,
        file_name=Path(file.filename or "").name,
        size=file.stream.seek(0, os.SEEK_END),
        mode=mode,
    )
    _save(upload)
    store_file(upload.id, file.stream, upload.id)
    return upload


def find_upload(user: str, id: str) -> KeptUpload | None:
    """Find a file that somebody has sent; another's is as if it were not there."""
    if not _ID.match(id):
        return None
    query = sa.select(_TASKS.c.value).where(_TASKS.c.task_type == _TASK, _TASKS.c.entity_id == id)
    with model.meta.engine.connect() as connection:
        text = connection.scalar(query)
    stored = json.loads(text) if text else None
    return KeptUpload(**stored) if stored and stored["user"] == user else None


def start_check(upload: KeptUpload) -> None:
    """Find out what is wrong in a file, or what it would change."""
    _start(upload, "checking", check_upload)


def start_writing(upload: KeptUpload) -> None:
    """Write what a file says."""
    _start(upload, "writing", write_upload)


def _start(upload: KeptUpload, stage: str, job: Any) -> None:
    _save(upload, stage=stage, step="", done=0, total=0, findings=[], difference={})
    if upload.size > LARGE:
        try:
            title = f"gtplan {stage} {upload.table} {upload.id}"
            jobs.enqueue(job, [upload.user, upload.id], title=title, rq_kwargs={"timeout": 3600})
            return
        except RedisError:
            log.exception("No job could be enqueued for an upload: it is worked on at once")
    job(upload.user, upload.id)


def check_upload(user: str, id: str) -> None:
    """Check a file that waits, and compare it with the table.

    Args:
        user: who sent it.
        id: of the file.
    """
    _work(user, id, is_dry=True)


def write_upload(user: str, id: str) -> None:
    """Write the rows of a file that waits; it is gone afterwards.

    Args:
        user: who sent it.
        id: of the file.
    """
    _work(user, id, is_dry=False)


def _work(user: str, id: str, *, is_dry: bool) -> None:
    upload = find_upload(user, id)
    if upload is None:
        return
    _save(upload, step="start")
    try:
        file = open_file(id)
        if file is None:
            raise FileNotFoundError(id)
        with file:
            difference = _call(upload, file, is_dry=is_dry)
    except RowsRefused as refusal:
        _save(upload, stage="refused", findings=refusal.findings)
    except tk.ValidationError as error:
        _refuse(upload, error)
    except Exception:
        # the right to edit the record, or the record itself, may have gone meanwhile
        log.exception("An upload for %s of %s has failed", upload.table, upload.package)
        _save(upload, stage="failed")
    else:
        _save(upload, stage="checked" if is_dry else "written", difference=difference)
        if not is_dry:
            restore_file(id, None)


def _refuse(upload: KeptUpload, error: tk.ValidationError) -> None:
    """Keep why a file cannot be read at all; its sentence is made for who reads it."""
    cause = error.__cause__
    if isinstance(cause, UploadError):
        fault = {"kind": cause.kind.value, "row": cause.row, "value": cause.value}
        _save(upload, stage="refused", findings=[fault])
    else:
        log.error("An upload for %s of %s is refused: %s", upload.table, upload.package, error)
        _save(upload, stage="failed")


def _call(upload: KeptUpload, file: BinaryIO, *, is_dry: bool) -> dict[str, Any]:
    last = 0.0

    def tell(step: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > _PAUSE:
            last = time.monotonic()
            _save(upload, step=step, done=done, total=total)

    context: Context = {"user": upload.user, "gtplan_progress": tell}  # type: ignore[typeddict-unknown-key]
    request = {
        "id": upload.package,
        "table": upload.table,
        "upload": FileStorage(file, filename=upload.file_name),
        "mode": upload.mode,
        "dry_run": is_dry,
    }
    result: dict[str, Any] = tk.get_action("gtplan_table_upload")(context, request)
    return result


def _save(upload: KeptUpload, **changes: Any) -> None:
    """Write what is known now, on a connection of its own: others see it while work goes on."""
    for name, value in changes.items():
        setattr(upload, name, value)
    upload.moment = time.time()
    row = {
        "id": upload.id,
        "entity_id": upload.id,
        "entity_type": "upload",
        "task_type": _TASK,
        "key": upload.table,
        "value": json.dumps(dataclasses.asdict(upload), default=str),
        "state": upload.stage,
        "last_updated": datetime.now(),
    }
    statement = insert(_TASKS).values(row).on_conflict_do_update(index_elements=["id"], set_=row)
    with model.meta.engine.begin() as connection:
        connection.execute(statement)


def _sweep() -> None:
    limit = datetime.now() - timedelta(seconds=_KEPT)
    is_old = sa.and_(_TASKS.c.task_type == _TASK, _TASKS.c.last_updated < limit)
    with model.meta.engine.begin() as connection:
        for id in connection.scalars(sa.select(_TASKS.c.id).where(is_old)).all():
            restore_file(id, None)
            connection.execute(sa.delete(_TASKS).where(_TASKS.c.id == id))
