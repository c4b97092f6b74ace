"""What differs between two states of a record: field by field, and row by row.

Rows are told apart by the first field of their class (the number of an activity, the letter of
an objective, the text of a phase), and those that share it by their order: a row that was put in
between changes nothing of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, TypeVar

from ..dates import PartialDate
from ..shapes import FieldShape, list_shapes

#: What a row is known by: the value of its first field, and which of those with it, from 1.
RowKey = tuple[str, int]

EntityT = TypeVar("EntityT")


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """A field that says something else; None and an empty list say nothing."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, kw_only=True)
class RowChange:
    """A row that is new, changed or gone.

    Attributes:
        old_number: its place among the rows before, from 1; None for one that is new.
        new_number: its place among the rows after; None for one that is gone.
    """

    key: RowKey
    old_number: int | None
    new_number: int | None
    changes: tuple[FieldChange, ...]

    @property
    def status(self) -> str:
        """Tell ``new``, ``gone`` or ``changed``."""
        if self.old_number is None:
            return "new"
        return "gone" if self.new_number is None else "changed"


@dataclass(frozen=True, kw_only=True)
class RowsChange:
    """A field whose rows differ.

    Attributes:
        rows: those that are new, changed or gone.
        order: the keys of all rows after, in order.
        is_reordered: rows that are in both stand in another order.
    """

    field: str
    rows: tuple[RowChange, ...]
    order: tuple[RowKey, ...]
    is_reordered: bool


Change = FieldChange | RowsChange


def compare(old: EntityT, new: EntityT) -> tuple[Change, ...]:
    """Compare two states of an entity.

    Returns:
        The fields that differ, in the order of the model; nothing for equal entities.
    """
    changes = (
        _compare_field(shape, getattr(old, shape.name), getattr(new, shape.name))
        for shape in list_shapes(type(new)).values()
    )
    return tuple(change for change in changes if change)


def _compare_field(shape: FieldShape, old: Any, new: Any) -> Change | None:
    if old == new:
        return None
    if shape.is_list and shape.is_entity:
        return _compare_rows(shape.name, old, new)
    return FieldChange(field=shape.name, old=old, new=new)


def _compare_rows(field: str, old: Sequence[Any], new: Sequence[Any]) -> RowsChange:
    before, after = _number_rows(old), _number_rows(new)
    rows = []
    for key in [*after, *(key for key in before if key not in after)]:
        number, row = before.get(key, (None, None))
        new_number, new_row = after.get(key, (None, None))
        changes = _compare_row(row, new_row)
        if changes:
            rows.append(
                RowChange(key=key, old_number=number, new_number=new_number, changes=changes)
            )
    kept = [key for key in after if key in before]
    is_reordered = kept != [key for key in before if key in after]
    return RowsChange(
        field=field, rows=tuple(rows), order=tuple(after), is_reordered=is_reordered
    )


def _number_rows(rows: Iterable[Any]) -> dict[RowKey, tuple[int, Any]]:
    """Give each row its key and its place; the keys are in the order of the rows."""
    found: dict[RowKey, tuple[int, Any]] = {}
    for number, row in enumerate(rows, start=1):
        value = str(getattr(row, next(iter(list_shapes(type(row))))))
        nth = 1
        while (value, nth) in found:
            nth += 1
        found[value, nth] = number, row
    return found


def _compare_row(old: Any, new: Any) -> tuple[FieldChange, ...]:
    """Compare two rows; of one that is new or gone, list what it says."""
    nothing = {f.name: f.default for f in fields(old if new is None else new)}
    return tuple(
        FieldChange(
            field=name,
            old=None if old is None else getattr(old, name),
            new=None if new is None else getattr(new, name),
        )
        for name, default in nothing.items()
        if getattr(old, name, default) != getattr(new, name, default)
    )


def apply(entity: EntityT, changes: Iterable[Change]) -> EntityT:
    """Make the state after out of the state before and what differs.

    Args:
        entity: the state before.
        changes: what ``compare`` found.
    """
    values: dict[str, Any] = {}
    for change in changes:
        if isinstance(change, FieldChange):
            values[change.field] = change.new
        else:
            shape = list_shapes(type(entity))[change.field]
            values[change.field] = _apply_rows(shape, getattr(entity, change.field), change)
    return replace(entity, **values)  # type: ignore[type-var]


def _apply_rows(shape: FieldShape, old: Sequence[Any], change: RowsChange) -> tuple[Any, ...]:
    rows = {key: row for key, (_, row) in _number_rows(old).items()}
    for row in change.rows:
        values = {item.field: item.new for item in row.changes}
        if row.status == "new":
            rows[row.key] = shape.type(**values)
        elif row.status == "changed":
            rows[row.key] = replace(rows[row.key], **values)
    return tuple(rows[key] for key in change.order)


def to_plain(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Turn what differs into what JSON can say.

    Returns:
        For each field ``field`` with ``old`` and ``new``, or with ``rows`` (``key``, ``status``,
        ``old_number``, ``new_number``, ``changes``) and ``is_reordered``. Dates and amounts are
        texts; what says nothing is None.
    """
    return [_to_plain(change) for change in changes]


def _to_plain(change: Change) -> dict[str, Any]:
    if isinstance(change, FieldChange):
        old, new = _to_value(change.old), _to_value(change.new)
        return {"field": change.field, "old": old, "new": new}
    rows = [
        {
            "key": row.key[0],
            "status": row.status,
            "old_number": row.old_number,
            "new_number": row.new_number,
            "changes": to_plain(row.changes),
        }
        for row in change.rows
    ]
    return {"field": change.field, "rows": rows, "is_reordered": change.is_reordered}


def _to_value(value: Any) -> Any:
    if isinstance(value, (PartialDate, Decimal)):
        return str(value)
    return (list(value) or None) if isinstance(value, tuple) else value
