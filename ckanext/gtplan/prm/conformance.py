"""How far a record conforms to the profile: what of it is filled, and what is to be filled.

All is derived from the table: which fields a class has, and which of them are required (Si)
or recommended (R).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .profile import Row, fields
from .record import Problem, Record

MISSING = "missing"

# Formats with columns: a distribution in another one has no fields to describe.
TABLES = frozenset({"CSV", "TSV", "XLS", "XLSX", "ODS"})


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A field of the profile that is not filled, or holds what no feed can say.

    Args:
        kind: class of the profile.
        key: key of the profile.
        obligation: ``Si``, ``R`` or ``No``; of an optional field only an invalid value is a gap.
        why: ``missing``, or a key of ``values.REASONS``.
        value: what stands there, as the record's problem shows it.
        is_said: whether the record has a valid value all the same.
        resource: identifier of the distribution, None for the dataset itself.
        title: title of the distribution.
        position: the distribution's place among those of its dataset, from 0.
        columns: names of the table's columns concerned, for the class ``field``.
    """

    kind: str
    key: str
    obligation: str
    why: str = MISSING
    value: str | None = None
    is_said: bool = False
    resource: str | None = None
    title: str | None = None
    position: int | None = None
    columns: tuple[str, ...] = ()

    @property
    def row(self) -> Row:
        """Give the field's row of the table."""
        return next(row for row in fields(self.kind) if row.key == self.key)


@dataclass(frozen=True, kw_only=True)
class Conformance:
    """How many of the fields that apply are filled and valid, and which are not."""

    required_filled: int
    required_total: int
    recommended_filled: int
    recommended_total: int
    gaps: tuple[Gap, ...]

    @property
    def percent(self) -> int:
        """Give the share of required and recommended fields that are filled; 100 only for all."""
        total = self.required_total + self.recommended_total
        filled = self.required_filled + self.recommended_filled
        return filled * 100 // total if total else 100

    def missing(self, obligation: str) -> tuple[Gap, ...]:
        """List the gaps of an obligation where the record says nothing at all.

        Args:
            obligation: ``Si`` or ``R``.
        """
        return tuple(g for g in self.gaps if g.obligation == obligation and not g.is_said)


def assess(record: Record) -> Conformance:
    """Assess a record and those within it; the datasets of a catalogue are their own matter.

    A field of the class ``field`` counts once for each distribution, filled when all its
    columns have it; ``distribution.field`` applies to tables only.

    Args:
        record: a dataset or a catalogue, as the builder made it.

    Returns:
        The figures, and the gaps in the order of the table.
    """
    tally = _Tally(problems=record.problems)
    tally.assess(record)
    return Conformance(
        required_filled=tally.filled["Si"],
        required_total=tally.total["Si"],
        recommended_filled=tally.filled["R"],
        recommended_total=tally.total["R"],
        gaps=tuple(tally.gaps),
    )


@dataclass(kw_only=True)
class _Tally:
    problems: Sequence[Problem]
    gaps: list[Gap] = field(default_factory=list)
    filled: dict[str, int] = field(default_factory=lambda: {"Si": 0, "R": 0, "No": 0})
    total: dict[str, int] = field(default_factory=lambda: {"Si": 0, "R": 0, "No": 0})

    def assess(self, record: Record, **within: Any) -> None:
        """Count the fields of a record and of the records that it holds."""
        for row in fields(record.kind):
            if _applies(row, record):
                self._count(row, [record], within)
        for row in fields(record.kind):
            children = record.values.get(row.key, ()) if row.type == "records" else ()
            if row.vocabulary == "distribution":
                for position, child in enumerate(children):
                    self.assess(child, **_describe(child, position))
            elif row.vocabulary != "dataset" and children:
                for child_row in fields(row.vocabulary):
                    self._count(child_row, children, within)

    def _count(self, row: Row, records: Sequence[Record], within: dict[str, Any]) -> None:
        """Count a field once for all records of a list, and note its gaps by reason."""
        obligation = row.obligation or "No"
        found: dict[tuple[str, str | None, bool], list[int]] = {}
        for number, record in enumerate(records):
            for gap in self._find_gaps(row, record, obligation):
                found.setdefault(gap, []).append(number)
        self.total[obligation] += 1
        self.filled[obligation] += not found
        for (why, value, is_said), numbers in found.items():
            self.gaps.append(
                Gap(
                    kind=row.kind,
                    key=row.key,
                    obligation=obligation,
                    why=why,
                    value=value,
                    is_said=is_said,
                    columns=_name_columns(row, records, numbers),
                    **within,
                )
            )

    def _find_gaps(
        self, row: Row, record: Record, obligation: str
    ) -> Iterator[tuple[str, str | None, bool]]:
        is_said = row.key in record.values
        problems = [p for p in self.problems if p.iri == record.iri and _concerns(p, row, is_said)]
        for problem in problems:
            yield problem.why, problem.value, is_said
        if not (is_said or problems) and obligation != "No":
            yield MISSING, None, False


def _applies(row: Row, record: Record) -> bool:
    if row.vocabulary != "field":
        return True
    return "field" in record.values or record.values.get("format") in TABLES


def _concerns(problem: Problem, row: Row, is_said: bool) -> bool:
    """Tell whether a problem is one of a field; that of a composite, of the parts it took away."""
    return problem.field == row.key or (problem.field == row.composite and not is_said)


def _describe(distribution: Record, position: int) -> dict[str, Any]:
    values = distribution.values
    title = values.get("title")
    return {
        "resource": values.get("identifier", distribution.iri),
        "title": title if isinstance(title, str) else next(iter((title or {}).values()), None),
        "position": position,
    }


def _name_columns(row: Row, records: Sequence[Record], numbers: Sequence[int]) -> tuple[str, ...]:
    """Name the columns by their title, or by their number from 1."""
    if row.kind != "field":
        return ()
    return tuple(str(records[n].values.get("title", n + 1)) for n in numbers)
