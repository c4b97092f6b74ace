"""Plan files that somebody has sent by a browser: checked, shown, agreed to, loaded."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context
from flask_babel import force_locale

from ...config import get_language
from ...model import LoadedObject, LoadRun
from ...plan.files.tree import SourceFile
from ..waiting import Waiting
from .storage import read_file, restore_file

log = logging.getLogger(__name__)

#: What is larger (in bytes) is worked on by a job, while a page shows how far it is.
LARGE = 32 * 1024


@dataclass(kw_only=True)
class KeptLoad(Waiting):
    """Plan files that arrived, and what is known of them.

    Attributes:
        load: the id of the load, unless the files say another one.
        names: of the files.
        size: of all of them, in bytes.
        language: in which sentences are written for who has sent them.
        refused: why nothing would be written, as ``gtplan_load`` tells it.
        warnings: sentences on what is odd and no reason to refuse it.
        difference: what the load would change.
        fingerprint: of that difference.
        is_moved: the portal has changed since somebody agreed: the difference is a new one.
        summary: what the load has done.
    """

    task: ClassVar[str] = "gtplan_plan_file"

    load: str
    names: list[str]
    size: int
    language: str
    refused: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    difference: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    is_moved: bool = False
    summary: dict[str, Any] = field(default_factory=dict)


def keep_load(user: str, load_id: str, sources: Iterable[SourceFile]) -> KeptLoad:
    """Keep plan files that have arrived, and take away what nobody has asked for in a day.

    Args:
        user: who sent them.
        load_id: the id of the load, unless the files say another one.
        sources: the files.
    """
    sent = [
        # bytes that are not UTF-8 must reach the check that names their line
        {"name": s.name, "content": s.data.decode("utf-8", "surrogateescape")}
        for s in sources
    ]
    data = json.dumps(sent).encode()
    names = [file["name"] for file in sent]
    kept = KeptLoad(
        user=user, load=load_id, names=names, size=len(data), language=get_language()
    )
    kept.keep(io.BytesIO(data))
    return kept


def start_check(kept: KeptLoad) -> None:
    """Find out what is wrong in plan files, or what they would change."""
    _start(kept, "checking", check_files)


def start_writing(kept: KeptLoad) -> None:
    """Load plan files whose difference was agreed to."""
    _start(kept, "writing", write_files)


def _start(kept: KeptLoad, stage: str, job: Any) -> None:
    kept.is_moved, kept.refused, kept.summary = False, [], {}
    title = f"gtplan {stage} load {kept.id}"
    kept.start(stage, job, title, is_large=kept.size > LARGE)


def check_files(user: str, id: str) -> None:
    """Check plan files that wait, and find out what they would change.

    Args:
        user: who sent them.
        id: of the files.
    """
    with _work(user, id) as kept:
        if kept is not None:
            _check(kept)


def write_files(user: str, id: str) -> None:
    """Load plan files that wait, if they change what was shown; they are gone afterwards.

    Args:
        user: who sent them.
        id: of the files.
    """
    with _work(user, id) as kept:
        if kept is None:
            return
        try:
            summary = _call(kept, fingerprint=kept.fingerprint)
        except tk.ValidationError:
            # another difference, or a refusal that was none before: both are shown anew
            _check(kept, is_moved=True)
        else:
            kept.save(stage="written", summary=summary, warnings=summary["warnings"])
            restore_file(id, None)


@contextmanager
def _work(user: str, id: str) -> Iterator[KeptLoad | None]:
    kept = KeptLoad.find(user, id)
    if kept is None:
        yield None
        return
    kept.save(step="start")
    try:
        with force_locale(kept.language):
            yield kept
    except Exception:
        # the right to load may have gone meanwhile
        log.exception("The load %s has failed", kept.load)
        model.Session.rollback()
        kept.save(stage="failed")


def _check(kept: KeptLoad, *, is_moved: bool = False) -> None:
    result = _call(kept, dry_run=True)
    difference = result["difference"]
    kept.save(
        stage="refused" if difference["refused"] else "checked",
        load=difference["load"],
        refused=difference["refused"],
        warnings=result["warnings"],
        difference=difference,
        fingerprint=result["fingerprint"],
        is_moved=is_moved,
    )


def _call(kept: KeptLoad, **asked: Any) -> dict[str, Any]:
    data = read_file(kept.id)
    if data is None:
        raise FileNotFoundError(kept.id)
    context: Context = {
        "user": kept.user,
        "gtplan_progress": kept.make_progress(),  # type: ignore[typeddict-unknown-key]
    }
    request = {"id": kept.load, "files": json.loads(data), **asked}
    result: dict[str, Any] = tk.get_action("gtplan_load")(context, request)
    return result


def list_loads() -> list[dict[str, Any]]:
    """List the loads of the portal: ``id``, when ``finished``, and how many ``records``."""
    count = sa.func.count().filter(LoadedObject.kind == "package")
    query = (
        sa.select(LoadRun.id, LoadRun.finished, count.label("records"))
        .outerjoin(LoadedObject, LoadedObject.load_id == LoadRun.id)
        .group_by(LoadRun.id)
        .order_by(LoadRun.finished.desc().nulls_first(), LoadRun.id)
    )
    return [dict(row) for row in model.Session.execute(query).mappings()]
