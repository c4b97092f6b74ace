"""What who edits a record of the plan is told on its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckan.plugins import toolkit as tk

from ..logic.plans.checking import describe_finding, list_remarks
from ..plan.expectation import Gap, list_missing
from ..plan.labels import list_expected
from ..plan.model import Record
from ..plan.records import get_ckan_name
from .records import gtplan_package
from .words import gtplan_field_label


@dataclass(frozen=True, kw_only=True)
class Task:
    """A field to fill in: its name for people, the rows that lack it, where the form asks it."""

    title: str
    rows: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Editing:
    """What is odd in a record, as sentences, and what is expected and missing."""

    remarks: tuple[str, ...]
    tasks: tuple[Task, ...]


def gtplan_expected(record_type: str) -> tuple[str, ...]:
    """List the fields that are expected of a record of a type."""
    return tuple(list_expected(record_type))


def gtplan_editing(package: Mapping[str, Any], record: Record) -> Editing | None:
    """Tell who may edit a record what there is to do; None for anybody else."""
    if not tk.h.check_access("package_update", {"id": package["id"]}):
        return None
    above = gtplan_package(str(package["commitment"])) if package.get("commitment") else None
    remarks = tuple(describe_finding(finding) for finding in list_remarks(record, above))
    return Editing(remarks=remarks, tasks=tuple(_list_tasks(package, record)))


def _list_tasks(package: Mapping[str, Any], record: Record) -> Iterator[Task]:
    form = tk.h.url_for(f"{package['type']}.edit", id=package["name"])
    for gap in list_missing(record):
        field = gap.rows or get_ckan_name(gap.field)
        yield Task(title=_name(gap), rows=_number(gap), address=f"{form}#field-{field}")


def _name(gap: Gap) -> str:
    names = (gtplan_field_label(field) for field in (gap.rows, gap.field) if field)
    return ": ".join(names)


def _number(gap: Gap) -> str:
    if not gap.rows:
        return ""
    numbers = ", ".join(str(number) for number in gap.numbers)
    return tk.ungettext("row {numbers}", "rows {numbers}", len(gap.numbers)).format(numbers=numbers)
