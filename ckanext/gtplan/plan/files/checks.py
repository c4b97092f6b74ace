"""The rules between records, checked over a whole load before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..follow.objections import IssueKind
from ..model import Commitment, Load, Milestone, Organization, Record, Report
from ..problems import Place, PlanError, Problem, ProblemKind
from ..records import get_record_type
from ..shapes import ID_FORM
from .reader import Reading, read_sources
from .report_rules import check_in_order, check_statements
from .row_rules import check_rows
from .rules import Finding, check_record, check_source, check_within, find_cycles
from .tree import SourceFile, collect_sources

#: Tells whether a record of a kind ("organization", "commitment", ...) with an id exists
#: outside the load.
Resolver = Callable[[str, str], bool]

#: Kinds of reference, and the sections that may hold what they point to. All but
#: organisations become CKAN packages, whose names are one name space.
SECTIONS = {
    "organization": ("organizations",),
    "action_plan": ("action_plans",),
    "commitment": ("commitments",),
    "milestone": ("milestones",),
    "regional_plan": ("regional_plans",),
    "record": (
        "action_plans",
        "commitments",
        "milestones",
        "indicators",
        "regional_plans",
        "service_inventories",
        "registers",
    ),
}


@dataclass(frozen=True, kw_only=True)
class CheckedLoad:
    """A load without errors, what is odd in it, and where each thing stands."""

    load: Load
    warnings: tuple[Problem, ...]
    places: dict[str, Place]

    def refuse(
        self,
        path: str,
        field: str,
        value: str,
        why: str,
        kind: ProblemKind | IssueKind = ProblemKind.REFUSED,
    ) -> Problem:
        """Make the problem of a value that the portal refuses, at its place in the file.

        Args:
            path: the record, for example ``commitments/gt-pan4-c11``.
            field: the field, empty for the record as a whole.
            value: what stands there.
            why: the portal's reason, or what would be right.
            kind: what is wrong.
        """
        full = f"{path}.{field}" if field else path
        place = self.places.get(full) or self.places[path]
        return Problem(kind=kind, place=place, path=full, value=value, expected=why)


def read_load(path: Path, is_known: Resolver = lambda kind, name: False) -> CheckedLoad:
    """Read a file or folder as one load and check it whole.

    Args:
        path: the YAML file, or the folder of YAML files; a load that does not say its id
            has that name.
        is_known: tells what exists outside the load.

    Raises:
        PlanError: with all problems, when one of them or more are errors.
    """
    return check_sources(collect_sources(path), path.resolve().stem, is_known)


def check_sources(
    sources: Sequence[SourceFile],
    default_id: str,
    is_known: Resolver = lambda kind, name: False,
) -> CheckedLoad:
    """Read files as one load and check it whole.

    Args:
        sources: the YAML files.
        default_id: the id of a load that does not say its own.
        is_known: tells what exists outside the load.

    Returns:
        The load, complete and consistent.

    Raises:
        PlanError: with all problems, when one of them or more are errors.
    """
    reading = read_sources(sources)
    if ID_FORM.match(default_id):
        reading.values.setdefault("id", default_id)
    if not reading.problems:
        _check_header(reading, sources[0].name if sources else default_id)
    _check_references(reading, is_known)
    for path, record in _iterate_records(reading):
        _check_record(reading, path, record)
    _check_numbers(reading)
    _check_relatives(reading)
    _check_reports(reading)
    problems = sorted(reading.problems, key=lambda p: (p.place.file, p.place.line))
    if any(not problem.is_warning for problem in problems):
        raise PlanError([problem for problem in problems if not problem.is_warning])
    sections = {name: tuple(records.values()) for name, records in reading.records.items()}
    load = {**reading.values, **sections}
    return CheckedLoad(load=Load(**load), warnings=tuple(problems), places=reading.places)


def _check_header(reading: Reading, file: str) -> None:
    for key, name in (("load", "id"), ("publication", "publication")):
        if name not in reading.values:
            place = Place(file=file, line=1)
            reading.problems.append(
                Problem(kind=ProblemKind.MISSING_KEY, place=place, value=key)
            )


def _iterate_records(reading: Reading) -> Iterator[tuple[str, Record]]:
    for section in reading.records:
        for path, record in reading.iterate(section):
            if isinstance(record, Record):
                yield path, record


class _Claims:
    """Reports the second of two things that must be one."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._first: dict[Hashable, str] = {}

    def claim(self, key: Hashable, path: str, value: object) -> None:
        other = self._first.setdefault(key, path)
        if other != path:
            where = self._reading.locate(other)
            self._reading.report(ProblemKind.DUPLICATE, path, value, where)


def _check_references(reading: Reading, is_known: Resolver) -> None:
    for mention in reading.mentions:
        paths = [(section, f"{section}/{mention.id}") for section in SECTIONS[mention.kind]]
        # a record that is broken is there all the same: its own problem is enough
        if any(path in reading.records.get(section, {}) for section, path in paths):
            continue
        if not is_known(mention.kind, mention.id):
            reading.report(
                ProblemKind.UNKNOWN_REFERENCE, mention.path, mention.id, mention.kind
            )


def _check_record(reading: Reading, path: str, record: Record) -> None:
    for finding in (*check_record(record), *check_rows(record)):
        _tell(reading, path, finding)


def _tell(reading: Reading, path: str, finding: Finding) -> None:
    """Add what was found in a record, at its line; a field that is not there has its row's."""
    rows = f"{path}.{finding.row}" if finding.row else path
    full = f"{path}.{finding.path}" if finding.path else path
    place = next(reading.places[at] for at in (full, rows, path) if at in reading.places)
    expected = finding.expected
    if finding.other_path:
        expected = reading.locate(f"{path}.{finding.other_path}")
    problem = Problem(
        kind=finding.kind, place=place, path=full, value=finding.value, expected=expected
    )
    reading.problems.append(problem)


def _check_numbers(reading: Reading) -> None:
    claims = _Claims(reading)
    for path, record in _iterate_records(reading):
        if not isinstance(record, Organization):
            claims.claim(("package", record.id), path, record.id)
    for path, c in reading.iterate("commitments"):
        if c.commitment_number is not None:
            number = c.commitment_number
            claims.claim((c.action_plan, number), f"{path}.commitment_number", number)
        if c.ogp_id is not None:
            claims.claim(("ogp", c.ogp_id), f"{path}.ogp_id", c.ogp_id)
    for path, m in reading.iterate("milestones"):
        claims.claim((m.commitment, m.number), f"{path}.number", m.number)
    for path, plan in reading.iterate("action_plans"):
        key = ("plan", plan.country, plan.plan_number)
        claims.claim(key, f"{path}.plan_number", plan.plan_number)
    for path, entry in reading.iterate("modifications"):
        key = ("modification", _get_plan(reading, entry.target), entry.seq)
        claims.claim(key, f"{path}.seq", entry.seq)


def _check_reports(reading: Reading) -> None:
    reports: list[tuple[str, Report]] = list(reading.iterate("reports"))
    milestones = {m.id: m for _, m in reading.iterate("milestones")}
    claims = _Claims(reading)
    for path, report in reports:
        claims.claim(report.id, f"{path}.id", report.id)
    for path, field, kind, value, expected in check_statements(reports, milestones):
        reading.report(kind, f"{path}.{field}", value, expected)
    # which day it is, the portal knows
    for path, issue in check_in_order(reports, (), milestones, date.max):
        full = f"{path}.{issue.field}"
        place = reading.places.get(full) or reading.places[path]
        problem = Problem(
            kind=issue.kind, place=place, path=full, value=issue.value, expected=issue.expected
        )
        reading.problems.append(problem)


def _get_plan(reading: Reading, record_id: str) -> str:
    """Find the plan whose log an entry belongs to; the target itself when it is not here."""
    milestone = reading.records.get("milestones", {}).get(f"milestones/{record_id}")
    if milestone is not None:
        record_id = milestone.commitment
    commitment = reading.records.get("commitments", {}).get(f"commitments/{record_id}")
    return commitment.action_plan if commitment is not None else record_id


def _check_relatives(reading: Reading) -> None:
    commitments: dict[str, Commitment] = {c.id: c for _, c in reading.iterate("commitments")}
    milestones: dict[str, Milestone] = {m.id: m for _, m in reading.iterate("milestones")}
    for path, milestone in reading.iterate("milestones"):
        if milestone.commitment in commitments:
            for finding in check_within(milestone, commitments[milestone.commitment]):
                _tell(reading, path, finding)
    for section in ("service_inventories", "registers"):
        for path, record in reading.iterate(section):
            if record.milestone in milestones:
                rows = milestones[record.milestone].expected_deliverables
                _check_key(reading, path, record, "deliverable", [row.key for row in rows])
    plans = {plan.id: plan for _, plan in reading.iterate("regional_plans")}
    for path, indicator in reading.iterate("indicators"):
        if indicator.regional_plan in plans:
            keys = [row.activity_key for row in plans[indicator.regional_plan].regional_activities]
            _check_key(reading, path, indicator, "regional_activity", keys)
        source = _find_source(reading, indicator.computed_from)
        for finding in check_source(indicator, source) if source else ():
            _tell(reading, path, finding)
    successors = {o.id: (o.successor,) for _, o in reading.iterate("organizations") if o.successor}
    for circle in find_cycles(successors):
        value = " → ".join((*circle, circle[0]))
        reading.report(ProblemKind.CYCLE, f"organizations/{circle[0]}.successor", value)


def _find_source(reading: Reading, record_id: str | None) -> dict[str, Any] | None:
    """Find what an indicator is computed of; what is not in the load, the portal knows."""
    for section in SECTIONS["record"]:
        record = reading.records.get(section, {}).get(f"{section}/{record_id}")
        if record is not None:
            kind = getattr(record, "register_kind", None)
            return {"type": get_record_type(record), "register_kind": kind}
    return None


def _check_key(
    reading: Reading, path: str, record: Record, field: str, keys: Sequence[str]
) -> None:
    """Check that a field names a row of the record above."""
    value = getattr(record, field)
    if value is not None and value not in keys:
        reading.report(ProblemKind.UNKNOWN_CODE, f"{path}.{field}", value, ", ".join(keys))
