"""The rules between records, checked over a whole load before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .budget import check_milestone_budget, compute_line_amount
from .dates import is_inverted, is_outside
from .model import Commitment, Load, Milestone, Organization, Record, ServiceInventory
from .problems import Place, PlanError, Problem, ProblemKind
from .reader import ID_FORM, Reading, read_sources
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
#: Fields of rows that name another row of their record: rows, field, and what it may name.
_LINKS = (
    (
        "expected_deliverables",
        "activity",
        (("activities", "activity_no"), ("regional_activities", "activity_key")),
    ),
    ("regional_activities", "area_no", (("areas", "area_no"),)),
)


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
        kind: ProblemKind = ProblemKind.REFUSED,
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
        _check_rows(reading, path, record)
        _check_links(reading, path, record)
        _check_periods(reading, path, record)
    _check_numbers(reading)
    _check_milestones(reading)
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


def _check_rows(reading: Reading, path: str, record: Record) -> None:
    for rows, key in _ROWS:
        claims = _Claims(reading)
        for here, row in _rows(path, record, rows):
            claims.claim(getattr(row, key), f"{here}.{key}", getattr(row, key))


def _rows(path: str, record: Record, rows: str) -> Iterator[tuple[str, Any]]:
    for number, row in enumerate(getattr(record, rows, ()), start=1):
        yield f"{path}.{rows}[{number}]", row


def _check_links(reading: Reading, path: str, record: Record) -> None:
    for rows, name, targets in _LINKS:
        known = {getattr(row, key) for to, key in targets for row in getattr(record, to, ())}
        for here, row in _rows(path, record, rows):
            value = getattr(row, name)
            if value is not None and value not in known:
                kind = name.removesuffix("_no")
                reading.report(ProblemKind.UNKNOWN_REFERENCE, f"{here}.{name}", value, kind)


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


def _get_plan(reading: Reading, record_id: str) -> str:
    """Find the plan whose log an entry belongs to; the target itself when it is not here."""
    milestone = reading.records.get("milestones", {}).get(f"milestones/{record_id}")
    if milestone is not None:
        record_id = milestone.commitment
    commitment = reading.records.get("commitments", {}).get(f"commitments/{record_id}")
    return commitment.action_plan if commitment is not None else record_id


def _check_milestones(reading: Reading) -> None:
    commitments: dict[str, Commitment] = {c.id: c for _, c in reading.iterate("commitments")}
    milestones: dict[str, Milestone] = {m.id: m for _, m in reading.iterate("milestones")}
    for path, m in reading.iterate("milestones"):
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
        _check_budget(reading, path, m)
    for path, inventory in reading.iterate("service_inventories"):
        _check_deliverable(reading, path, inventory, milestones)


def _warn_outside(reading: Reading, path: str, thing: Any, expected: str) -> None:
    value = f"{thing.planned_start or ''}/{thing.planned_end or ''}"
    reading.report(ProblemKind.OUTSIDE_PARENT, path, value, expected)


def _check_budget(reading: Reading, path: str, milestone: Milestone) -> None:
    check = check_milestone_budget(milestone)
    for here, line in _rows(path, milestone, "budget_lines"):
        if line.line_no in check.wrong_lines:
            computed = compute_line_amount(line)
            reading.report(
                ProblemKind.BUDGET_DIFFERS, f"{here}.amount", line.amount, computed
            )
    if check.total and check.stated and not check.total.is_close(check.stated):
        reading.report(
            ProblemKind.BUDGET_DIFFERS, f"{path}.budget_total", check.stated, check.total
        )


def _check_deliverable(
    reading: Reading, path: str, inventory: ServiceInventory, milestones: dict[str, Milestone]
) -> None:
    milestone = milestones.get(inventory.milestone or "")
    if inventory.deliverable is None or milestone is None:
        return
    keys = [row.key for row in milestone.expected_deliverables]
    if inventory.deliverable not in keys:
        reading.report(
            ProblemKind.UNKNOWN_CODE, f"{path}.deliverable", inventory.deliverable, ", ".join(keys)
        )
