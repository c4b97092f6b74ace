"""The indicators that the portal computes by itself, of what it holds.

What an indicator's ``computation`` says is a code of this table. Of an inventory or a register it
is computed of the rows of tables; of a plan, commitment or milestone, of the measures of progress.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .follow.measures import Measures
from .inventory import InventoryFigures, summarize
from .matrix import compute_matrix
from .registers import Attendance, Standard

#: The rows of a record's tables, by the names of the tables.
Rows = Mapping[str, Iterable[Any]]

#: The records whose progress is measured.
MEASURED_TYPES = ("milestone", "commitment", "action_plan")


@dataclass(frozen=True, kw_only=True)
class Computation:
    """How an indicator is computed.

    Attributes:
        code: of the vocabulary ``indicator_computation``.
        record_types: of what it can be computed.
        register_kind: of a register, its kind.
        tables: whose rows are read, for ``count``.
        count: computes the value of rows.
        measure: computes the value of the measures of progress.
    """

    code: str
    record_types: tuple[str, ...]
    register_kind: str | None = None
    tables: tuple[str, ...] = ()
    count: Callable[[Rows], Decimal | None] | None = None
    measure: Callable[[Measures], Decimal | None] | None = None

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Tell whether it can be computed of a record.

        Args:
            record: a package: its ``type``, and of a register its ``register_kind``.
        """
        if record.get("type") not in self.record_types:
            return False
        return self.register_kind in (None, record.get("register_kind"))


def _of_services(code: str, figure: Callable[[InventoryFigures], Any]) -> Computation:
    return Computation(
        code=code,
        record_types=("service_inventory",),
        tables=("services",),
        count=lambda rows: _to_number(figure(summarize(rows["services"])[""])),
    )


def _of_register(
    code: str, kind: str, tables: tuple[str, ...], count: Callable[[Rows], Decimal | None]
) -> Computation:
    return Computation(
        code=code, record_types=("register",), register_kind=kind, tables=tables, count=count
    )


def _of_progress(code: str, measure: Callable[[Measures], Decimal | None]) -> Computation:
    return Computation(code=code, record_types=MEASURED_TYPES, measure=measure)


def _to_number(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _count_rows(table: str) -> Callable[[Rows], Decimal | None]:
    return lambda rows: Decimal(sum(1 for _ in rows[table]))


def _count_held(rows: Rows) -> Decimal:
    """Count the meetings that have a day: one that was only planned was not held."""
    return Decimal(sum(meeting.held_on is not None for meeting in rows["meetings"]))


def _count_standards(*statuses: str) -> Callable[[Rows], Decimal | None]:
    """Count the standards of a status; each includes those that went further."""

    def count(rows: Rows) -> Decimal:
        standards: Iterable[Standard] = rows["standards"]
        return Decimal(sum(each.standard_status in statuses for each in standards))

    return count


def _add_attendance(get: Callable[[Attendance], int | None]) -> Callable[[Rows], Decimal | None]:
    """Add up who came; no rows are nobody, and rows that do not say are not known."""

    def add(rows: Rows) -> Decimal | None:
        said = [get(row) for row in rows["attendance"]]
        known = [number for number in said if number is not None]
        return Decimal(sum(known)) if known or not said else None

    return add


def _measure_completeness(rows: Rows) -> Decimal | None:
    return compute_matrix(rows["standards"], rows["criteria"], rows["scores"]).completeness


def _measure_budget(measures: Measures) -> Decimal | None:
    """Give planned less executed where there is one currency: they are never added together."""
    spendings = list(measures.budget.values())
    return spendings[0].variance if len(spendings) == 1 else None


_ALL = (
    _of_services("services_count", lambda figures: figures.services),
    _of_services("services_online_count", lambda figures: figures.online),
    _of_services("services_online_percent", lambda figures: figures.online_share),
    _of_services("services_take_up", lambda figures: figures.take_up),
    _of_register(
        "standards_collected",
        "standards",
        ("standards",),
        _count_standards("collected", "analysed", "applied"),
    ),
    _of_register(
        "standards_analysed", "standards", ("standards",), _count_standards("analysed", "applied")
    ),
    _of_register("standards_applied", "standards", ("standards",), _count_standards("applied")),
    _of_register(
        "matrix_completeness",
        "standards",
        ("standards", "criteria", "scores"),
        _measure_completeness,
    ),
    _of_register("concepts_applied", "concepts", ("concepts",), _count_rows("concepts")),
    _of_register("norms_applied", "norms", ("norms",), _count_rows("norms")),
    _of_register("meetings_held", "meetings", ("meetings",), _count_held),
    _of_register(
        "persons_attending", "meetings", ("attendance",), _add_attendance(lambda a: a.persons)
    ),
    _of_register(
        "institutions_attending",
        "meetings",
        ("attendance",),
        _add_attendance(lambda a: a.institutions),
    ),
    # what is done at least, as pages say it: what nobody reports is not counted as done
    _of_progress("progress_percent", lambda measures: measures.progress_floor),
    _of_progress("progress_deviation", lambda measures: measures.deviation),
    _of_progress(
        "time_variance_days", lambda measures: _to_number(measures.schedule.variance_days)
    ),
    _of_progress("budget_variance", _measure_budget),
)
#: Every computation, by its code.
COMPUTATIONS = {computation.code: computation for computation in _ALL}
