"""What is expected of a record and not there: told to its editor, and no reason to refuse it.

What is expected of each type stands in ``fields.yaml``; it is what the plan model marks R, which
is not what is required to load (design: plan model, section 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .labels import list_expected
from .model import Milestone, Record
from .records import get_record_type


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A field that is expected and empty.

    Attributes:
        field: the field.
        rows: the list of rows whose field it is, None for a field of the record itself.
        numbers: of the rows that lack it, counted from 1.
    """

    field: str
    rows: str | None = None
    numbers: tuple[int, ...] = ()


def list_missing(record: Record) -> list[Gap]:
    """List what is expected of a record and missing, in the order of ``fields.yaml``."""
    gaps = []
    if isinstance(record, Milestone) and not record.is_title_known:
        gaps.append(Gap(field="title"))
    for field, parts in list_expected(get_record_type(record)).items():
        value = getattr(record, field)
        if _is_empty(value):
            gaps.append(Gap(field=field))
        for part in parts:
            lacking = [n for n, row in enumerate(value, 1) if _is_empty(getattr(row, part))]
            if lacking:
                gaps.append(Gap(field=part, rows=field, numbers=tuple(lacking)))
    return gaps


def _is_empty(value: Any) -> bool:
    return value is None or value == ()
