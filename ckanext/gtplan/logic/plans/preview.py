"""What a load would change: written in a transaction that is taken back.

So CKAN's own validation is asked, and what differs is what would differ. Nothing is committed,
indexed, enqueued or stored in a file; hooks of other plugins are called as in a load.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...plan.files.checks import CheckedLoad
from ...plan.files.difference import Change, FieldChange, compare, to_plain
from ...plan.model import Record
from ...plan.problems import PlanError, Problem
from ...plan.records import PACKAGE_TYPES, get_record_type
from ..follow.display import show_content
from ..follow.loads import find_new_reports
from ..living.writing import TableDifference
from ..progress import Progress
from .inventories import check_inventories
from .loading import check_publication, lock_load, write_load
from .log import find_new
from .messages import describe_problem, describe_reason
from .rows import GivenRows, count, is_different, list_given, write_one
from .stored import get_kind, keep_from, make_beside, read_stored
from .writing import Summary, Writer

_Stored = tuple[Record, dict[str, Any]]


@dataclass(kw_only=True)
class Preview:
    """What a load would do.

    Attributes:
        records: of each record ``type``, ``name``, ``title`` and ``status`` (``new``,
            ``changed``, ``unchanged``, ``refused`` or ``left_over``); ``changes``, from what the
            portal has to what it would have; ``edited``, from what the file says to what the
            portal has and would keep, since the file says what it said before. Of a table of
            rows that grow both give some, with ``counts`` of all.
        modifications: the entries that the log would get.
        reports: the reports that would be added.
        refused: why nothing would be written: ``file``, ``line``, ``path``, ``reason``, and all
            of it as one ``text``.
    """

    load: str
    records: list[dict[str, Any]] = field(default_factory=list)
    modifications: list[dict[str, Any]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """Give what tells one difference from another; the language of a reader is no part."""
        told = {**asdict(self), "refused": []}
        return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()


def preview_load(context: Context, checked: CheckedLoad, progress: Progress) -> Preview:
    """Find out what a load would change, and write nothing.

    Args:
        context: of a sysadmin.
        checked: the load.
        progress: told of each record.
    """
    preview = Preview(load=checked.load.id)
    with lock_load(checked.load.id):
        try:
            _try_load(context, checked, preview, progress)
        except PlanError as error:
            preview.refused = describe_refusals(error)
        finally:
            model.Session.rollback()
    return preview


def write_agreed(
    context: Context, checked: CheckedLoad, fingerprint: str, progress: Progress
) -> Summary:
    """Write a load if it changes what somebody has seen and agreed to, and nothing else.

    Args:
        context: of a sysadmin.
        checked: the load.
        fingerprint: of the preview that was agreed to.
        progress: told of each record.

    Raises:
        toolkit.ValidationError: the portal has changed meanwhile; then nothing is written.
        PlanError: the portal refuses a record; then nothing is written.
    """
    make_writer = partial(_Confirmed, fingerprint=fingerprint)
    return write_load(context, checked, progress, make_writer)


def describe_refusals(error: PlanError) -> list[dict[str, Any]]:
    """Give the problems of a load as data, each with its sentence."""
    return [_describe_refusal(problem) for problem in error.problems]


def _describe_refusal(problem: Problem) -> dict[str, Any]:
    place = {"file": problem.place.file, "line": problem.place.line}
    reason = describe_reason(problem.kind, problem.value, problem.expected)
    return {**place, "path": problem.path, "reason": reason, "text": describe_problem(problem)}


def _try_load(
    context: Context, checked: CheckedLoad, preview: Preview, progress: Progress
) -> None:
    problems: list[Problem] = []
    writer = _Observer(context, checked)
    for step in (
        lambda: check_publication(checked),
        lambda: check_inventories(checked),
        lambda: preview.modifications.extend(find_new(checked)),
        lambda: writer.write(progress),
        lambda: preview.reports.extend(_find_reports(checked, writer)),
    ):
        try:
            step()
        except PlanError as error:
            problems += error.problems
    preview.records = writer.list_records()
    if problems:
        raise PlanError(sorted(problems, key=lambda p: (p.place.file, p.place.line)))


def _find_reports(checked: CheckedLoad, writer: Writer) -> list[dict[str, Any]]:
    """Find the reports that would be added; they are checked against the records as written."""
    if writer.problems:
        return []
    return [show_content(report) for report in find_new_reports(checked)]


class _Observer(Writer):
    """Writes, and looks at each record before and after."""

    def __init__(self, context: Context, checked: CheckedLoad) -> None:
        super().__init__(context, checked)
        self.items: list[dict[str, Any]] = []
        self._given = {given.record.id: given for given in list_given(checked)}

    def list_records(self) -> list[dict[str, Any]]:
        """List what becomes of each record, and those that the files no longer have."""
        return self.items + _list_left_over(self.summary.left_over)

    def write_one(self, path: str, record: Record) -> str:
        record_type = get_record_type(record)
        existing = self.existing.get((get_kind(record), record.id))
        is_same = existing is not None and existing.type == record_type
        before = read_stored(self.context, record) if is_same else None
        item: dict[str, Any] = {"type": record_type, "name": record.id, "title": record.title}
        item |= {"status": "refused", "changes": [], "edited": []}
        self.items.append(item)
        status = super().write_one(path, record)
        item["status"] = "new" if status == "created" else status
        if status == "changed" and before:
            after = read_stored(self.context, record)
            item["changes"] = to_plain(_compare(before, after or before))
        elif status == "unchanged" and before:
            said = keep_from(before[0], record), make_beside(record, self.load)
            item["edited"] = to_plain(_compare(said, before))
        if record.id in self._given:
            self._compare_rows(item, self._given[record.id])
        return status

    def _compare_rows(self, item: dict[str, Any], given: GivenRows) -> None:
        """Tell of the rows of living tables as of the other fields of a record."""
        if item["status"] == "new":
            return
        is_new = is_different(self.load.id, given)
        try:
            differences = write_one(self.context, given.record, is_dry=True)
        except tk.ObjectNotFound:  # a record of before there were tables: the load makes them
            return
        changes = [_describe_rows(d, is_new=is_new) for d in differences.values() if not d.is_empty]
        item["changes" if is_new else "edited"] += changes
        if changes and is_new:
            item["status"] = "changed"


class _Confirmed(_Observer):
    """Writes what somebody has agreed to, and nothing else."""

    def __init__(self, context: Context, checked: CheckedLoad, fingerprint: str) -> None:
        super().__init__(context, checked)
        self._fingerprint = fingerprint

    def confirm(self) -> None:
        preview = Preview(load=self.load.id, records=self.list_records())
        preview.modifications = find_new(self.checked)
        preview.reports = _find_reports(self.checked, self)
        if preview.fingerprint != self._fingerprint:
            sentence = tk._(
                "The portal has changed since the difference was shown: the load would do"
                " something else now. Look at the difference again."
            )
            raise tk.ValidationError({"fingerprint": [sentence]})


def _describe_rows(difference: TableDifference, *, is_new: bool) -> dict[str, Any]:
    """Describe what differs in a table, from the portal to the file or the other way round."""
    words = {"added": "new", "removed": "gone"} if is_new else {"added": "gone", "removed": "new"}
    rows = []
    for change in difference.samples:
        cells = change.cells.items()
        pairs = [(name, *(values if is_new else values[::-1])) for name, values in cells]
        rows.append(
            {
                "key": " ".join(part for part in change.key if part),
                "status": words.get(change.change, "changed"),
                "old_number": None,
                "new_number": None,
                "changes": [{"field": name, "old": a, "new": b} for name, a, b in pairs],
            }
        )
    counts = {words.get(name, name): number for name, number in count(difference).items()}
    return {"field": difference.table, "rows": rows, "is_reordered": False, "counts": counts}


def _compare(old: _Stored, new: _Stored) -> list[Change]:
    beside = [
        FieldChange(field=name, old=value, new=new[1].get(name))
        for name, value in old[1].items()
        if value != new[1].get(name)
    ]
    return [*compare(old[0], new[0]), *beside]


def _list_left_over(names: list[str]) -> list[dict[str, Any]]:
    items = []
    for name in names:
        package = model.Package.get(name)
        thing = package if package and package.type in PACKAGE_TYPES else model.Group.get(name)
        if thing is not None:
            item = {"type": thing.type, "name": name, "title": thing.title}
            items.append({**item, "status": "left_over", "changes": [], "edited": []})
    return items
