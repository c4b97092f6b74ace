"""What a record must not say: the rules that hold for one record, wherever it comes from.

A load, a form and the API are judged by the same rules. What is found is data, with the place
in the record where it stands: the sentence is made at the edge (design: plan model, sections 4
and 6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..computations import COMPUTATIONS
from ..dates import PartialDate, is_inverted, is_outside
from ..follow.budget import check_milestone_budget, compute_line_amount
from ..living_rules import FindingKind
from ..model import Commitment, Indicator, Milestone, Record
from ..problems import WARNINGS, ProblemKind
from ..shapes import is_web_address, list_shapes

#: Fields that are a period.
_PERIODS = (
    ("start_date", "end_date"),
    ("planned_start", "planned_end"),
    ("baseline_start", "baseline_end"),
    ("period_start", "period_end"),
    ("start", "end"),
)
#: Rows of a record, and the field that tells them apart.
_KEYS = {
    "activities": "activity_no",
    "budget_lines": "line_no",
    "schedule": "meeting_no",
    "expected_deliverables": "key",
    "areas": "area_no",
    "regional_activities": "activity_key",
}
#: Fields of rows that name another row of their record: rows, field, and what it may name.
_LINKS = (
    ("expected_deliverables", "activity", ("activities", "regional_activities")),
    ("regional_activities", "area_no", ("areas",)),
)
#: Fields that say what an indicator belongs to: it is one of them.
PARENTS = ("milestone", "commitment", "regional_plan")
#: Amounts in a field, and the field that says their currency.
_AMOUNTS = (("planned_cost", "currency"),)
#: Fields that hold a currency, and the form of one in ISO 4217.
_CURRENCIES = ("currency", "budget_currency")
_CURRENCY_FORM = re.compile(r"[A-Z]{3}\Z")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong or odd in a record.

    Attributes:
        kind: what is wrong.
        field: the field, empty for the record or row as a whole.
        rows: the list of rows that it stands in, None for a field of the record itself.
        number: of the row, counted from 1.
        value: the text that was found.
        expected: what would be right.
        other: number of the first of two rows that must differ.
    """

    kind: ProblemKind | FindingKind
    field: str = ""
    rows: str | None = None
    number: int | None = None
    value: str = ""
    expected: str = ""
    other: int | None = None

    @property
    def row(self) -> str:
        """Give the path of the row in the record: ``activities[2]``; empty for the record."""
        return f"{self.rows}[{self.number}]" if self.rows else ""

    @property
    def path(self) -> str:
        """Give the path of the field in the record: ``activities[2].planned_end``."""
        return ".".join(part for part in (self.row, self.field) if part)

    @property
    def other_path(self) -> str:
        """Give the path of the field that says the same, empty where there is none."""
        return f"{self.rows}[{self.other}].{self.field}" if self.other else ""

    @property
    def is_warning(self) -> bool:
        """Tell whether the record can be kept all the same."""
        return self.kind in WARNINGS


@dataclass(frozen=True)
class _Spot:
    """The record or one of its rows, and where it stands."""

    thing: Any
    rows: str | None = None
    number: int | None = None

    def find(
        self,
        kind: ProblemKind,
        field: str = "",
        *,
        value: object = "",
        expected: object = "",
        other: int | None = None,
    ) -> Finding:
        return Finding(
            kind=kind,
            field=field,
            rows=self.rows,
            number=self.number,
            value=str(value),
            expected=str(expected),
            other=other,
        )


def check_record(record: Record) -> list[Finding]:
    """Check a record by itself.

    Args:
        record: as the load, the form or the portal has it.

    Returns:
        All that is wrong, and what is odd: an activity outside the dates of its milestone, a
        budget that its lines contradict. Empty where the record says little: missing is not
        wrong.
    """
    found: list[Finding] = []
    for spot in _walk(record):
        found += _check_periods(spot)
        found += _check_links(spot)
        found += _check_amounts(spot)
    found += _check_keys(record)
    found += _check_mentions(record)
    found += _check_predecessors(record)
    if isinstance(record, Indicator):
        found += _check_parents(record)
        found += _check_computation(record)
    if isinstance(record, Milestone):
        found += _check_activities(record)
        found += _check_budget(record)
    return found


def check_within(milestone: Milestone, commitment: Commitment) -> list[Finding]:
    """Check a milestone against its commitment: its dates lie within, or that is told."""
    within = (commitment.start_date, commitment.end_date)
    return list(_check_outside(_Spot(milestone), within))


def find_cycles(links: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Find what leads back to itself, going from one thing to those that it names.

    Args:
        links: what each thing names; what is not among the keys leads nowhere.

    Returns:
        Each circle once, from the first of its things in the order of the mapping; no two
        have a thing in common.
    """
    order = {name: place for place, name in enumerate(links)}
    left: Mapping[str, Sequence[str]] = links
    cycles = []
    while left := _drop_ends(left):
        name = next(iter(left))
        path: dict[str, int] = {}
        while name not in path:
            path[name] = len(path)
            name = left[name][0]
        circle = list(path)[path[name] :]
        first = circle.index(min(circle, key=lambda name: order[name]))
        cycles.append((*circle[first:], *circle[:first]))
        left = {name: names for name, names in left.items() if name not in path}
    return sorted(cycles, key=lambda circle: order[circle[0]])


def _drop_ends(links: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Leave out, again and again, what names nothing that is left."""
    left = {name: [to for to in names if to in links] for name, names in links.items()}
    named_by: dict[str, list[str]] = {name: [] for name in left}
    for name, names in left.items():
        for to in set(names):
            named_by[to].append(name)
    ends = [name for name, names in left.items() if not names]
    while ends:
        end = ends.pop()
        del left[end]
        for name in named_by[end]:
            left[name] = [to for to in left[name] if to != end]
            if not left[name]:
                ends.append(name)
    return left


def _walk(record: Record) -> Iterator[_Spot]:
    yield _Spot(record)
    for shape in list_shapes(type(record)).values():
        if shape.is_entity and not shape.is_living:  # those have rules of their own
            yield from _rows(record, shape.name)


def _rows(record: Record, rows: str) -> Iterator[_Spot]:
    for number, row in enumerate(getattr(record, rows, ()), start=1):
        yield _Spot(row, rows, number)


def _check_periods(spot: _Spot) -> Iterator[Finding]:
    for start, end in _PERIODS:
        first, last = getattr(spot.thing, start, None), getattr(spot.thing, end, None)
        if is_inverted(first, last):
            kind = ProblemKind.END_BEFORE_START
            yield spot.find(kind, end, value=last, expected=first)


def _check_links(spot: _Spot) -> Iterator[Finding]:
    for shape in list_shapes(type(spot.thing)).values():
        value = getattr(spot.thing, shape.name)
        for address in (value if shape.is_list else (value,)) if shape.is_link else ():
            if address is not None and not is_web_address(address):
                yield spot.find(ProblemKind.BAD_LINK, shape.name, value=address)


def _check_amounts(spot: _Spot) -> Iterator[Finding]:
    weight: Decimal | None = getattr(spot.thing, "weight", None)
    if weight is not None and weight < 0:
        yield spot.find(ProblemKind.NEGATIVE, "weight", value=weight)
    for name in _CURRENCIES:
        code = getattr(spot.thing, name, None)
        if code is not None and not _CURRENCY_FORM.match(code):
            yield spot.find(ProblemKind.BAD_CURRENCY, name, value=code)
    for amount, currency in _AMOUNTS:
        value = getattr(spot.thing, amount, None)
        if value is not None and value < 0:
            yield spot.find(ProblemKind.NEGATIVE, amount, value=value)
        if value is not None and not getattr(spot.thing, currency):
            yield spot.find(ProblemKind.NO_CURRENCY, currency, value=value)


def _check_keys(record: Record) -> Iterator[Finding]:
    for rows, key in _KEYS.items():
        first: dict[str, int] = {}
        for spot in _rows(record, rows):
            value, number = getattr(spot.thing, key), spot.number or 0
            known = first.setdefault(value, number)
            if known != number:
                yield spot.find(ProblemKind.DUPLICATE, key, value=value, other=known)


def _check_mentions(record: Record) -> Iterator[Finding]:
    for rows, name, targets in _LINKS:
        known = {key for to in targets for key in _list_keys(record, to)}
        for spot in _rows(record, rows):
            value = getattr(spot.thing, name)
            if value is not None and value not in known:
                kind, what = ProblemKind.UNKNOWN_REFERENCE, name.removesuffix("_no")
                yield spot.find(kind, name, value=value, expected=what)


def _check_parents(indicator: Indicator) -> Iterator[Finding]:
    given = [name for name in PARENTS if getattr(indicator, name)]
    spot = _Spot(indicator)
    if not given:
        yield spot.find(ProblemKind.NO_PARENT, PARENTS[0], expected=", ".join(PARENTS))
    for name in given[1:]:
        value, first = getattr(indicator, name), getattr(indicator, given[0])
        yield spot.find(ProblemKind.SECOND_PARENT, name, value=value, expected=first)
    if indicator.regional_activity and not indicator.regional_plan:
        name = "regional_plan"
        yield spot.find(ProblemKind.MISSING_KEY, name, value=name)


def _check_computation(indicator: Indicator) -> Iterator[Finding]:
    for name, other in (("computation", "computed_from"), ("computed_from", "computation")):
        if getattr(indicator, name) and not getattr(indicator, other):
            yield _Spot(indicator).find(ProblemKind.MISSING_KEY, other, value=other)


def check_source(indicator: Indicator, source: Mapping[str, Any]) -> Iterator[Finding]:
    """Check that an indicator can be computed of the record that it names.

    Args:
        indicator: of any kind.
        source: ``type`` of that record, and of a register its ``register_kind``.
    """
    computation = COMPUTATIONS.get(indicator.computation or "")
    if computation and not computation.fits(source):
        kind = computation.register_kind
        names = [f"{name} ({kind})" if kind else name for name in computation.record_types]
        value, right = indicator.computed_from, ", ".join(names)
        spot = _Spot(indicator)
        yield spot.find(ProblemKind.OTHER_SOURCE, "computed_from", value=value, expected=right)


def _list_keys(record: Record, rows: str) -> list[str]:
    return [getattr(row, _KEYS[rows]) for row in getattr(record, rows, ())]


def _check_predecessors(record: Record) -> Iterator[Finding]:
    known = _list_keys(record, "activities")
    cycles = {
        circle[0]: circle
        for circle in find_cycles(
            {row.activity_no: row.predecessors for row in getattr(record, "activities", ())}
        )
    }
    for spot in _rows(record, "activities"):
        for number in spot.thing.predecessors:
            if number not in known:
                kind, right = ProblemKind.UNKNOWN_CODE, ", ".join(known)
                yield spot.find(kind, "predecessors", value=number, expected=right)
        if circle := cycles.pop(spot.thing.activity_no, ()):
            value = " → ".join((*circle, circle[0]))
            yield spot.find(ProblemKind.CYCLE, "predecessors", value=value)


def _check_activities(milestone: Milestone) -> Iterator[Finding]:
    within = (milestone.planned_start, milestone.planned_end)
    for spot in _rows(milestone, "activities"):
        yield from _check_outside(spot, within)


def _check_outside(
    spot: _Spot, within: tuple[PartialDate | None, PartialDate | None]
) -> Iterator[Finding]:
    start, end = spot.thing.planned_start, spot.thing.planned_end
    if is_outside(start, end, *within):
        value = _write_period(start, end)
        yield spot.find(ProblemKind.OUTSIDE_PARENT, value=value, expected=_write_period(*within))


def _write_period(start: PartialDate | None, end: PartialDate | None) -> str:
    return f"{start or ''}/{end or ''}"


def _check_budget(milestone: Milestone) -> Iterator[Finding]:
    check = check_milestone_budget(milestone)
    kind = ProblemKind.BUDGET_DIFFERS
    for spot in _rows(milestone, "budget_lines"):
        if spot.thing.line_no in check.wrong_lines:
            right = compute_line_amount(spot.thing)
            yield spot.find(kind, "amount", value=spot.thing.amount, expected=right)
    if check.total and check.stated and not check.total.is_close(check.stated):
        yield _Spot(milestone).find(
            kind, "budget_total", value=check.stated, expected=check.total
        )
