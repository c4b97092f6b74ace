"""The rules between records, checked over a whole load before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .budget import check_milestone_budget
from .dates import is_inverted, is_outside
from .model import Commitment, Load, Milestone, Record, ServiceInventory
from .problems import Place, PlanError, Problem, ProblemKind
from .reader import Reading, iterate_records, read_sources
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
    "record": (
        "action_plans",
        "commitments",
        "milestones",
        "indicators",
        "regional_plans",
        "service_inventories",
    ),
}
#: Fields that are a period.
_PERIODS = (
    ("start_date", "end_date"),
    ("planned_start", "planned_end"),
    ("period_start", "period_end"),
    ("start", "end"),
)
#: Rows of a record, and the field that tells them apart.
_ROWS = (
    ("activities", "activity_no"),
    ("budget_lines", "line_no"),
    ("schedule", "meeting_no"),
    ("expected_deliverables", "key"),
    ("areas", "area_no"),
    ("regional_activities", "activity_key"),
    ("services", "service_id"),
)


@dataclass(frozen=True, kw_only=True)
class CheckedLoad:
    """A load without errors, what is odd in it, and where each thing stands."""

    load: Load
    warnings: tuple[Problem, ...]
    places: dict[str, Place]

    def refuse(self, path: str, field: str, value: str, why: str) -> Problem:
        """Make the problem of a value that the portal refuses, at its place in the file.

        Args:
            path: the record, for example ``commitments/gt-pan4-c11``.
            field: the field, empty for the record as a whole.
            value: what stands there.
            why: the portal's reason.
        """
        full = f"{path}.{field}" if field else path
        place = self.places.get(full) or self.places[path]
        return Problem(
            kind=ProblemKind.REFUSED, place=place, path=full, value=value, expected=why
        )


def read_load(path: Path, is_known: Resolver = lambda kind, name: False) -> CheckedLoad:
    """Read a file or folder as one load and check it whole.

    Args:
        path: the YAML file, or the folder of YAML files; a load that does not say its id
            has that name.
        is_known: tells what exists outside the load.

    Raises:
        PlanError: with all problems, when one of them or more are errors.
    """
    return check_sources(collect_sources(path), path.stem, is_known)


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
    values = reading.values
    values.setdefault("id", default_id)
    if not reading.problems and values.get("publication") is None:
        place = Place(file=sources[0].name, line=1)
        reading.problems.append(
            Problem(kind=ProblemKind.MISSING_KEY, place=place, value="publication")
        )
    _check_names(reading)
    _check_references(reading, is_known)
    for section, record in iterate_records(values):
        _check_rows(reading, f"{section}/{record.id}", record)
        _check_periods(reading, f"{section}/{record.id}", record)
    _check_numbers(reading)
    _check_milestones(reading)
    problems = sorted(reading.problems, key=lambda p: (p.place.file, p.place.line))
    if any(not problem.is_warning for problem in problems):
        raise PlanError([problem for problem in problems if not problem.is_warning])
    whole: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return CheckedLoad(load=Load(**whole), warnings=tuple(problems), places=reading.places)


class _Claims:
    """Reports the second of two things that must be one."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._first: dict[Hashable, str] = {}

    def claim(self, key: Hashable, path: str, value: object) -> None:
        other = self._first.setdefault(key, path)
        place = self._reading.places[other]
        if other != path:
            where = f"{other} ({place.file}:{place.line})"
            self._reading.report(ProblemKind.DUPLICATE, path, value, where)


def _check_names(reading: Reading) -> None:
    seen: dict[Hashable, int] = {}
    for section, record in iterate_records(reading.values):
        key = ("organization" if section == "organizations" else "package", record.id)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            reading.report(ProblemKind.DUPLICATE, f"{section}/{record.id}", record.id)


def _check_references(reading: Reading, is_known: Resolver) -> None:
    ids = {(section, record.id) for section, record in iterate_records(reading.values)}
    for mention in reading.mentions:
        sections = SECTIONS[mention.kind]
        if any((section, mention.id) in ids for section in sections):
            continue
        if not is_known(mention.kind, mention.id):
            reading.report(
                ProblemKind.UNKNOWN_REFERENCE, mention.path, mention.id, mention.kind
            )


def _check_rows(reading: Reading, path: str, record: Record) -> None:
    for rows, key in _ROWS:
        claims = _Claims(reading)
        for here, row in _rows(path, record, rows):
            claims.claim(getattr(row, key), f"{here}.{key}", getattr(row, key))


def _rows(path: str, record: Record, rows: str) -> Iterator[tuple[str, Any]]:
    for number, row in enumerate(getattr(record, rows, ()), start=1):
        yield f"{path}.{rows}[{number}]", row


def _check_periods(reading: Reading, path: str, record: Record) -> None:
    periods: list[tuple[str, Any]] = [(path, record)]
    for rows in ("activities", "phases"):
        periods.extend(_rows(path, record, rows))
    for here, thing in periods:
        for start, end in _PERIODS:
            first, last = getattr(thing, start, None), getattr(thing, end, None)
            if is_inverted(first, last):
                reading.report(ProblemKind.END_BEFORE_START, f"{here}.{end}", last, first)


def _check_numbers(reading: Reading) -> None:
    claims = _Claims(reading)
    for c in reading.values.get("commitments", ()):
        path = f"commitments/{c.id}"
        if c.commitment_number is not None:
            number = c.commitment_number
            claims.claim((c.action_plan, number), f"{path}.commitment_number", number)
        if c.ogp_id is not None:
            claims.claim(("ogp", c.ogp_id), f"{path}.ogp_id", c.ogp_id)
    for m in reading.values.get("milestones", ()):
        claims.claim((m.commitment, m.number), f"milestones/{m.id}.number", m.number)
    for plan in reading.values.get("action_plans", ()):
        key = ("plan", plan.country, plan.plan_number)
        claims.claim(key, f"action_plans/{plan.id}.plan_number", plan.plan_number)
    for index, entry in enumerate(reading.values.get("modifications", ()), start=1):
        key = ("modification", _get_plan(reading, entry.target), entry.seq)
        claims.claim(key, f"modifications[{index}].seq", entry.seq)


def _get_plan(reading: Reading, record_id: str) -> str:
    """Find the plan whose log an entry belongs to; the target itself when it is not here."""
    for m in reading.values.get("milestones", ()):
        if m.id == record_id:
            record_id = m.commitment
            break
    for c in reading.values.get("commitments", ()):
        if c.id == record_id:
            return str(c.action_plan)
    return record_id


def _check_milestones(reading: Reading) -> None:
    commitments: dict[str, Commitment] = {c.id: c for c in reading.values.get("commitments", ())}
    milestones: dict[str, Milestone] = {m.id: m for m in reading.values.get("milestones", ())}
    for m in milestones.values():
        path = f"milestones/{m.id}"
        parent = commitments.get(m.commitment)
        if parent and is_outside(
            m.planned_start, m.planned_end, parent.start_date, parent.end_date
        ):
            expected = f"{parent.start_date or ''}/{parent.end_date or ''}"
            _warn_outside(reading, path, m, expected)
        for here, activity in _rows(path, m, "activities"):
            if is_outside(
                activity.planned_start, activity.planned_end, m.planned_start, m.planned_end
            ):
                expected = f"{m.planned_start or ''}/{m.planned_end or ''}"
                _warn_outside(reading, here, activity, expected)
        if check_milestone_budget(m).is_consistent is False:
            total = check_milestone_budget(m).total
            computed = total.amount if total else ""
            reading.report(
                ProblemKind.BUDGET_DIFFERS, f"{path}.budget_total", m.budget_total, computed
            )
    for inventory in reading.values.get("service_inventories", ()):
        _check_deliverable(reading, inventory, milestones)


def _warn_outside(reading: Reading, path: str, thing: Any, expected: str) -> None:
    value = f"{thing.planned_start or ''}/{thing.planned_end or ''}"
    reading.report(ProblemKind.OUTSIDE_PARENT, path, value, expected)


def _check_deliverable(
    reading: Reading, inventory: ServiceInventory, milestones: dict[str, Milestone]
) -> None:
    milestone = milestones.get(inventory.milestone or "")
    if inventory.deliverable is None or milestone is None:
        return
    keys = [row.key for row in milestone.expected_deliverables]
    if inventory.deliverable not in keys:
        path = f"service_inventories/{inventory.id}.deliverable"
        reading.report(
            ProblemKind.UNKNOWN_CODE, path, inventory.deliverable, ", ".join(keys)
        )
