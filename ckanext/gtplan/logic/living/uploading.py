"""A file for a living table between its arrival and the moment when its rows are written."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from ckan.plugins import toolkit as tk
from ckan.types import Context
from werkzeug.datastructures import FileStorage

from ...uploads.findings import UploadError
from ..plans.storage import open_file, restore_file
from ..waiting import Waiting
from .messages import RowsRefused

log = logging.getLogger(__name__)

#: What is larger (in bytes) is worked on by a job, while a page shows how far it is.
LARGE = 512 * 1024


@dataclass(kw_only=True)
class KeptUpload(Waiting):
    """A file that arrived, and what is known of it.

    Attributes:
        package: the id of the record.
        table: the name of the living table.
        file_name: as the person has it.
        size: of it, in bytes.
        mode: ``merge`` or ``replace``.
        findings: what is wrong, as the gate tells it; of a file that cannot be read ``kind``,
            ``row`` and ``value`` only.
        difference: what changes, or has changed.
    """

    task: ClassVar[str] = "gtplan_upload"

    package: str
    table: str
    file_name: str
    size: int
    mode: str
    findings: list[dict[str, Any]] = field(default_factory=list)
    difference: dict[str, Any] = field(default_factory=dict)


def keep_upload(user: str, package: str, table: str, file: FileStorage, mode: str) -> KeptUpload:
    """Keep a file that has arrived, and take away what nobody has asked for in a day.

    Args:
        user: who sent it.
        package: the id of the record.
        table: the name of the living table.
        file: that was sent.
        mode: ``merge`` or ``replace``.
    """
    upload = KeptUpload(
        user=user,
        package=package,
        table=table,
        file_name=Path(file.filename or "").name,
        size=file.stream.seek(0, os.SEEK_END),
        mode=mode,
    )
    upload.keep(file.stream)  # type: ignore[arg-type]
    return upload


def find_upload(user: str, id: str) -> KeptUpload | None:
    """Find a file that somebody has sent; another's is as if it were not there."""
    return KeptUpload.find(user, id)


def start_check(upload: KeptUpload) -> None:
    """Find out what is wrong in a file, or what it would change."""
    _start(upload, "checking", check_upload)


def start_writing(upload: KeptUpload) -> None:
    """Write what a file says."""
    _start(upload, "writing", write_upload)


def _start(upload: KeptUpload, stage: str, job: Any) -> None:
    upload.findings, upload.difference = [], {}
    title = f"gtplan {stage} {upload.table} {upload.id}"
    upload.start(stage, job, title, is_large=upload.size > LARGE)


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
    upload.save(step="start")
    try:
        file = open_file(id)
        if file is None:
            raise FileNotFoundError(id)
        with file:
            difference = _call(upload, file, is_dry=is_dry)
    except RowsRefused as refusal:
        upload.save(stage="refused", findings=refusal.findings)
    except tk.ValidationError as error:
        _refuse(upload, error)
    except Exception:
        # the right to edit the record, or the record itself, may have gone meanwhile
        log.exception("An upload for %s of %s has failed", upload.table, upload.package)
        upload.save(stage="failed")
    else:
        upload.save(stage="checked" if is_dry else "written", difference=difference)
        if not is_dry:
            restore_file(id, None)


def _refuse(upload: KeptUpload, error: tk.ValidationError) -> None:
    """Keep why a file cannot be read at all; its sentence is made for who reads it."""
    cause = error.__cause__
    if isinstance(cause, UploadError):
        fault = {"kind": cause.kind.value, "row": cause.row, "value": cause.value}
        upload.save(stage="refused", findings=[fault])
    else:
        log.error("An upload for %s of %s is refused: %s", upload.table, upload.package, error)
        upload.save(stage="failed")


def _call(upload: KeptUpload, file: BinaryIO, *, is_dry: bool) -> dict[str, Any]:
    context: Context = {
        "user": upload.user,
        "gtplan_progress": upload.make_progress(),  # type: ignore[typeddict-unknown-key]
    }
    request = {
        "id": upload.package,
        "table": upload.table,
        "upload": FileStorage(file, filename=upload.file_name),
        "mode": upload.mode,
        "dry_run": is_dry,
    }
    result: dict[str, Any] = tk.get_action("gtplan_table_upload")(context, request)
    return result
