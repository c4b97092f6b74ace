"""A spreadsheet that was filled in becomes reports: all of it, or nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ckan import model
from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from ...plan.follow.answers import AnswerError, Answers, find_changes, read_back, write_answer
from .. import schema
from .items import Item, compare_evidence, list_items, make_requests, send_request
from .opening import (
    Cell,
    CellKind,
    CellProblem,
    FileError,
    FoundBook,
    FoundLine,
    read_workbook,
)
from .renewal import lock_milestones, renew_milestones
from .reports import StoredReport, read_stored
from .roles import find_milestone
from .template import IDENTITY, make_key
from .wording import (
    describe_answer,
    describe_cell,
    describe_changed,
    describe_file,
    name_field,
)


@dataclass
class _Row:
    """A row that says something: the requests that it becomes, and where its cells stand."""

    line: FoundLine
    item: Item
    requests: list[dict[str, Any]]


@dataclass
class _Outcome:
    created: list[dict[str, Any]] = field(default_factory=list)
    unchanged: int = 0
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@validate(schema.report_load)
def gtplan_report_load(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Report what was filled in in a spreadsheet: all of it, or nothing where a cell is wrong.

    Args:
        context: of somebody who may report on what was filled in.
        data_dict: ``content``, the .xlsx as an upload or as text in base64; ``organization``, on
            whose behalf (by default the one that the file was written for); ``dry_run``.

    Returns:
        ``reports`` that were written, the count of rows left ``unchanged``, and ``warnings``.

    Raises:
        toolkit.ValidationError: with a sentence for each wrong cell under ``content``, for
            example ``Actividades!F7: “60 of 100” is no number: ...``; nothing is written.
    """
    tk.check_access("gtplan_report_load", context, data_dict)
    try:
        book = read_workbook(_read_content(data_dict["content"]))
    except FileError as error:
        raise tk.ValidationError({"content": [describe_file(error)]}) from error
    outcome = _Outcome(problems=[describe_cell(problem) for problem in book.problems])
    organization = data_dict.get("organization") or book.facts.get("organization") or None
    rows = _read_rows(context, book, organization, outcome)
    try:
        _write(context, rows, outcome)
        if outcome.problems:
            raise tk.ValidationError({"content": outcome.problems})
        if outcome.created and not data_dict["dry_run"]:
            renew_milestones(context, sorted({row["milestone"] for row in outcome.created}))
    finally:
        model.Session.rollback()  # what was not committed was only tried
    return {
        "reports": outcome.created,
        "unchanged": outcome.unchanged,
        "warnings": outcome.warnings,
    }


def gtplan_report_load_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Anybody with an account may send a file; each of its rows is asked for on its own."""
    return {"success": bool(context.get("user"))}


def _read_content(content: Any) -> bytes:
    """Read an upload, or the base64 that JSON can hold."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        try:
            return base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError) as error:
            sentence = tk._("send the file as an upload (multipart/form-data) or in base64")
            raise tk.ValidationError({"content": [sentence]}) from error
    return bytes(content.read())


def _read_rows(
    context: Context, book: FoundBook, organization: str | None, outcome: _Outcome
) -> list[_Row]:
    """Read the rows that say something, and have something to say by now."""
    items = _find_items(context, book)
    names = {item.target.milestone for item in items.values()}
    stored = read_stored(milestones=names) if names else []
    rows = []
    for line in book.lines:
        kept, known = book.kept[line.key], len(outcome.problems)
        changes, as_of = _read_line(line, kept, outcome)
        if len(outcome.problems) > known:
            continue
        item = items.get(line.key)
        if changes and item is None:
            sentence = tk._("you may not report on this, or the plan no longer has it")
            outcome.problems.append(f"{line.place}: {sentence}")
            continue
        requests: list[dict[str, Any]] = []
        if changes and item is not None:
            said = _list_said(context, stored, item, book.facts.get("written", ""))
            news = _leave_out(changes, kept, item.shown, said)
            outcome.warnings += _list_conflicts(line, kept, item, news)
            requests = make_requests(item, kept, news, as_of=as_of, organization=organization)
            rows.append(_Row(line, item, requests))
        outcome.unchanged += not requests
    return rows


def _list_conflicts(
    line: FoundLine, kept: Mapping[str, str], item: Item, news: Answers
) -> list[str]:
    """Tell of what others reported since the file was written, where it is reported anew."""
    touched = {name for name in (*news.given, *news.cleared) if name in line.cells}
    return [
        f"{line.cells[name].place}: {sentence}"
        for name, sentence in describe_changed(item, kept).items()
        if name in touched
    ]


def _find_items(context: Context, book: FoundBook) -> dict[str, Item]:
    """Find what the rows are on, as far as the user may see it and report on it."""
    packages = []
    for name in dict.fromkeys(key.split("|")[1] for key in book.kept if key.count("|") > 1):
        try:
            packages.append(find_milestone(context, name))
        except tk.ObjectNotFound:
            continue  # its rows are refused, if they say something
    return {make_key(item): item for item in list_items(context, packages)}


def _read_line(line: FoundLine, kept: Mapping[str, str], outcome: _Outcome) -> tuple[Answers, str]:
    """Read what was changed in a row, and its day; what cannot be read is a problem of its cell."""
    found: dict[str, str] = {}
    for name, cell in line.cells.items():
        if name in IDENTITY:
            _check_identity(line, name, cell, kept, outcome)
        elif name in kept or name == "as_of":
            try:
                found[name] = read_back(name, kept.get(name, ""), cell.value, cell.number_format)
            except AnswerError as error:
                outcome.problems.append(f"{cell.place}: {describe_answer(error)}")
    as_of = found.pop("as_of", "")
    return find_changes(kept, found), as_of


def _check_identity(
    line: FoundLine, name: str, cell: Cell, kept: Mapping[str, str], outcome: _Outcome
) -> None:
    """Refuse a row whose hidden key and visible code no longer belong together."""
    text = "" if cell.value is None else str(cell.value).strip()
    if text and text != kept.get(name, "").strip():
        problem = CellProblem(
            place=cell.place, kind=CellKind.ROW_MIXED, value=text, expected=kept.get(name, "")
        )
        outcome.problems.append(describe_cell(problem))


def _list_said(
    context: Context, stored: Sequence[StoredReport], item: Item, written: str
) -> dict[str, str]:
    """List what the user has reported on something since the file was written.

    A file that is loaded once more must not take back what others have reported meanwhile.
    """
    user = model.User.get(context.get("user") or "")
    said: dict[str, str] = {}
    for entry in stored:
        report = entry.report
        is_own = user is not None and entry.user_id == user.id
        if is_own and entry.target == item.target and (report.recorded or "") >= written:
            given = {name: write_answer(name, getattr(report, name)) for name in item.fields}
            said |= dict.fromkeys(report.cleared, "")
            said |= {name: text for name, text in given.items() if text}
    return said


def _leave_out(
    changes: Answers, kept: Mapping[str, str], now: Mapping[str, str], said: Mapping[str, str]
) -> Answers:
    """Leave out what is known by now, and what the same person has said already."""

    def is_news(name: str, text: str) -> bool:
        if name == "evidence":
            added, removed = compare_evidence(kept.get(name, ""), text)
            known = now.get(name, "").split("\n")
            told = said.get(name, "").split("\n")
            return bool(removed.intersection(known) or {*added}.difference(known, told))
        return text != now.get(name, "") and text != said.get(name)

    given = {name: text for name, text in changes.given.items() if is_news(name, text)}
    for name, other in (("executed_amount", "currency"), ("currency", "executed_amount")):
        if name in given and other in changes.given:
            given[other] = changes.given[other]
    cleared = tuple(name for name in changes.cleared if is_news(name, ""))
    return Answers(given=given, cleared=cleared)


def _write(context: Context, rows: Sequence[_Row], outcome: _Outcome) -> None:
    """Make the reports, without committing them; what is refused is a problem of its cell."""
    lock_milestones(_list_ids(rows))
    for row in rows:
        for request in row.requests:
            try:
                result = send_request(context, request)
            except tk.ValidationError as error:
                outcome.problems += _place(row, error.error_dict)
                break
            except (tk.NotAuthorized, tk.ObjectNotFound) as error:
                outcome.problems.append(f"{row.line.place}: {error.message or error}")
                break
            outcome.warnings += _place(row, result["warnings"])
            outcome.created += [result["report"]] if result["is_new"] else []
            outcome.unchanged += not result["is_new"]


def _list_ids(rows: Sequence[_Row]) -> list[str]:
    names = {row.item.target.milestone for row in rows}
    packages = (model.Package.get(name) for name in names)
    return [package.id for package in packages if package is not None]


def _place(row: _Row, sentences: Mapping[str, Sequence[str]]) -> list[str]:
    """Say by sheet and cell what was said by field."""
    placed = []
    for name, texts in sentences.items():
        cell = row.line.cells.get(name)
        where = cell.place if cell else row.line.place
        known = cell is not None or name not in row.item.fields
        label = "" if known else f"{name_field(name, row.item.kind)}: "
        placed += [f"{where}: {label}{text}" for text in texts]
    return placed
