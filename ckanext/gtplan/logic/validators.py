"""Validators of the plan's fields: the pure core's rules, with CKAN's messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ..plan.dates import DateError, PartialDate
from ..plan.money import AmountError, parse_amount
from ..plan.problems import ProblemKind
from ..plan.quantities import parse_quantity
from ..plan.records import PACKAGE_TYPES
from ..plan.shapes import find_control_character
from .plans.checking import gtplan_record
from .plans.messages import describe_reason
from .prm_validators import (
    gtplan_code,
    gtplan_download,
    gtplan_list,
    gtplan_not_before,
    gtplan_translations,
    gtplan_value,
)

__all__ = [
    "gtplan_amount",
    "gtplan_code",
    "gtplan_download",
    "gtplan_list",
    "gtplan_not_before",
    "gtplan_optional",
    "gtplan_plan_date",
    "gtplan_quantity",
    "gtplan_record",
    "gtplan_reference",
    "gtplan_text",
    "gtplan_translations",
    "gtplan_value",
]

#: Where a context has the names that were found in the portal already, each with its kind: a
#: load refers to the same few a thousand times.
KNOWN = "gtplan_known"


def gtplan_text(value: Any) -> Any:
    """Refuse characters that no feed could hold (XML 1.0, section 2.2)."""
    control = find_control_character(value) if isinstance(value, str) else None
    if control:
        raise tk.Invalid(describe_reason(ProblemKind.CONTROL_CHARACTER, control))
    return value


def gtplan_optional(key: Any, data: Any, errors: Any, context: Context) -> None:
    """Take a field away that says nothing; zero and false say something."""
    if data.get(key) in (None, "", tk.missing):
        data.pop(key, None)
        raise tk.StopOnError


def gtplan_plan_date(value: str) -> str:
    """Accept a year, a month or a day that exists, and nothing else."""
    try:
        return str(PartialDate.parse(value))
    except DateError as error:
        raise tk.Invalid(describe_reason(ProblemKind.BAD_DATE, value)) from error


def gtplan_amount(value: str) -> str:
    """Accept an amount of money with a decimal point and without separators."""
    try:
        return str(parse_amount(value))
    except AmountError as error:
        raise tk.Invalid(describe_reason(ProblemKind.BAD_AMOUNT, value)) from error


def gtplan_quantity(value: str) -> str:
    """Accept a number with a decimal point and without separators."""
    try:
        return str(parse_quantity(value))
    except ValueError as error:
        raise tk.Invalid(describe_reason(ProblemKind.BAD_QUANTITY, value)) from error


def gtplan_reference(kind: str) -> Callable[[str, Context], str]:
    """Make a validator that accepts the name of an existing record of a kind.

    Args:
        kind: ``organization``, ``record`` for any plan record, or a record type.
    """

    def validate(value: str, context: Context) -> str:
        known: set[tuple[str, str]] = context.get(KNOWN, set())  # type: ignore[assignment]
        if (kind, value) not in known and not is_known(kind, value):
            raise tk.Invalid(describe_reason(ProblemKind.UNKNOWN_REFERENCE, value, kind))
        known.add((kind, value))
        return value

    return validate


def is_known(kind: str, name: str) -> bool:
    """Tell whether the portal has a record of a kind with that name.

    Args:
        kind: ``organization``, ``record`` for any plan record, or a record type.
        name: its name in CKAN.
    """
    if kind == "organization":
        group = model.Group.get(name)
        return bool(group and group.is_organization and group.state == "active")
    package = model.Package.get(name)
    wanted = tuple(PACKAGE_TYPES) if kind == "record" else (kind,)
    return bool(package and package.state != "deleted" and package.type in wanted)
