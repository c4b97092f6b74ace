"""The modifications of a record and of what is below it, as people read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckan.plugins import toolkit as tk

from ..logic.named import read_named
from ..logic.plans.log import list_modifications
from ..plan.model import Record
from ..plan.records import PACKAGE_TYPES
from ..plan.redline import Piece, Slip, compare_texts, measure_slip, shorten_pieces
from ..plan.shapes import FieldShape, list_shapes
from .institutions import gtplan_body
from .words import gtplan_date, gtplan_field_label, gtplan_label

#: How far a date moved, by its unit: later, and earlier.
_SLIPS: Mapping[str, tuple[Callable[[int], str], Callable[[int], str]]] = {
    "day": (
        lambda n: tk.ungettext("{count} day later", "{count} days later", n),
        lambda n: tk.ungettext("{count} day earlier", "{count} days earlier", n),
    ),
    "month": (
        lambda n: tk.ungettext("{count} month later", "{count} months later", n),
        lambda n: tk.ungettext("{count} month earlier", "{count} months earlier", n),
    ),
    "year": (
        lambda n: tk.ungettext("{count} year later", "{count} years later", n),
        lambda n: tk.ungettext("{count} year earlier", "{count} years earlier", n),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """An entry of the log of modifications, for people.

    Attributes:
        entry: the entry, as the log has it.
        target: the record that was modified, where it is not the one whose page this is.
        field: the name of what was modified in it.
        before: the old value in words, None where the log does not tell it; ``after`` the new.
        pieces: both texts as one, word by word; empty of values that are no text.
        slip: by how much a date moved.
    """

    entry: Mapping[str, Any]
    target: Mapping[str, Any] | None
    field: str | None
    before: str | None
    after: str | None
    pieces: tuple[Piece, ...]
    slip: str | None

    @property
    def is_shortened(self) -> bool:
        """Tell whether some of the text is not shown."""
        return any(piece.kind == "unshown" for piece in self.pieces)


def gtplan_changes(
    package: Mapping[str, Any], below: Sequence[Mapping[str, Any]] = ()
) -> list[Change]:
    """List the modifications of a record, in order.

    Args:
        package: the record; of a plan, the whole log is listed, as far as the reader may see it.
        below: records below it that the reader may see, whose modifications are listed, too.
    """
    if package["type"] == "action_plan":
        log = tk.get_action("gtplan_modification_list")({}, {"id": package["name"]})
    else:
        log = list_modifications(targets=[record["name"] for record in (package, *below)])
    targets = read_named({}, {entry["target"] for entry in log})
    return [_make(entry, targets.get(entry["target"]), package["name"]) for entry in log]


def _make(entry: Mapping[str, Any], target: Mapping[str, Any] | None, own: str) -> Change:
    field, old, new = entry["field"], entry["old_value"], entry["new_value"]
    shape = _find_shape(target["type"] if target else None, field)
    slip = measure_slip(old, new) if old and new else None
    before, after = (_write(value, shape) for value in (old, new))
    is_text = (before, after) == (old, new)
    pieces = shorten_pieces(compare_texts(old, new)) if is_text and old and new else ()
    gone = {"name": entry["target"], "type": None, "title": entry["target"]}
    return Change(
        entry=entry,
        target=(target or gone) if entry["target"] != own else None,
        # forms and pages call CKAN's notes the description
        field=gtplan_field_label("description" if field == "notes" else field) if field else None,
        before=before,
        after=after,
        pieces=pieces,
        slip=_write_slip(slip) if slip else None,
    )


def _find_shape(record_type: str | None, field: str | None) -> FieldShape | None:
    entity: type[Record] | None = PACKAGE_TYPES.get(record_type or "")
    return list_shapes(entity).get(field) if entity and field else None


def _write(value: str | None, shape: FieldShape | None) -> str | None:
    """Write a value of the log in words: a code by its label, a date as people write it."""
    if not value:
        return None
    if shape and shape.vocabulary:
        return gtplan_label(shape.vocabulary, value)
    if shape and shape.reference == "organization":
        return str(gtplan_body(value)["title"])
    return gtplan_date(value)


def _write_slip(slip: Slip) -> str:
    later, earlier = _SLIPS[slip.unit]
    count = abs(slip.count)
    return (later if slip.count > 0 else earlier)(count).format(count=count)
