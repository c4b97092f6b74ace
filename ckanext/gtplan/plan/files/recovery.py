"""Records of a portal back as entities, with a note of all that a plan file cannot hold.

``records.from_record`` leaves out in silence what it cannot read, as a page must; here nothing
is lost without being told.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from ..living import Cells, LivingTable, split_cell
from ..model import Indicator, Record
from ..records import get_ckan_name, split_items
from ..shapes import CONTROL, FieldShape, ValueProblem, list_shapes, read_value
from .layout import list_written
from .rules import PARENTS

EntityT = TypeVar("EntityT")


class LossKind(Enum):
    """Why something of the portal is not in the file."""

    HIDDEN = "hidden"
    BELOW_MISSING = "below_missing"
    REFERENCE = "reference"
    VALUE = "value"
    ROW = "row"
    FIELD = "field"
    UNREADABLE = "unreadable"
    LOG_ENTRY = "log_entry"
    REPORT = "report"
    REPORTED_ROW = "reported_row"
    PUBLICATION = "publication"
    TABLE = "table"


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Something that is not in the file: of which record, where in it, and what.

    Attributes:
        record: the record's id.
        path: the field, for example ``activities[3].responsibles``; empty for the whole record.
        value: what stands there.
    """

    kind: LossKind
    record: str
    path: str = ""
    value: str = ""


@dataclass
class Recovery:
    """Reads records, and collects what is lost of them."""

    losses: list[Loss] = field(default_factory=list)

    def read(self, entity: type[EntityT], values: Mapping[str, Any]) -> EntityT | None:
        """Read a record of the portal, None where it lacks what makes it one.

        Args:
            entity: the class to make.
            values: the fields of its package; lists may be JSON, as the database has them.
        """
        return _Rows(self.losses, str(values["name"])).read(entity, values, "")

    def read_rows(
        self, record_id: str, table: LivingTable, rows: Iterable[Cells]
    ) -> tuple[Any, ...]:
        """Read the rows of a living table, without those that lack what makes them one.

        Args:
            record_id: what losses name the record by.
            table: whose rows they are.
            rows: as the DataStore has them; what the portal computes is passed over.
        """
        reader = _Rows(self.losses, record_id)
        found = []
        for number, cells in enumerate(rows, start=1):
            values: dict[str, Any] = {
                name: split_cell(cells.get(name) or "") if shape.is_list else cells.get(name)
                for name, shape in list_written(table.entity).items()
            }
            row = reader.read(table.entity, values, f"{table.name}[{number}].")
            if row is not None:
                found.append(row)
        return tuple(found)

    def settle(
        self, record: EntityT, record_id: str, is_known: Callable[[str, str], bool]
    ) -> EntityT | None:
        """Take the references out of a record that lead nowhere.

        Args:
            record: the entity.
            record_id: what losses name it by.
            is_known: tells by kind and id whether a record is in the file.

        Returns:
            The record; None where it cannot be without such a reference.
        """
        above = _list_parents(record)
        if above and not any(is_known(kind, name) for kind, name in above):
            path, value = above[0]
            kind = LossKind.BELOW_MISSING
            self.losses.append(Loss(kind=kind, record=record_id, path=path, value=value))
            return None
        return _Settler(self.losses, record_id, is_known).settle(record, "")


def _list_parents(record: Any) -> list[tuple[str, str]]:
    """List what an indicator belongs to, each field after its kind: it cannot be without any."""
    fields = PARENTS if isinstance(record, Indicator) else ()
    return [(name, value) for name in fields if (value := getattr(record, name))]


class _Rows:
    """Reads one record and its rows."""

    def __init__(self, losses: list[Loss], record_id: str) -> None:
        self._losses = losses
        self._record = record_id

    def _lose(self, kind: LossKind, path: str, value: object) -> None:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        self._losses.append(Loss(kind=kind, record=self._record, path=path, value=text))

    def read(self, entity: type[EntityT], values: Mapping[str, Any], path: str) -> EntityT | None:
        is_package = issubclass(entity, Record)
        given: dict[str, Any] = {}
        known = set()
        for shape in list_shapes(entity).values():
            if shape.is_living:  # those are in the DataStore
                continue
            name = get_ckan_name(shape.name) if is_package else shape.name
            known.add(name)
            value = self._read_field(shape, values.get(name), f"{path}{shape.name}")
            if value is not None and value != ():
                given[shape.name] = value
        for name in sorted(values.keys() - known):
            if values[name] not in (None, "", [], "[]", "{}"):
                self._lose(LossKind.FIELD, f"{path}{name}", values[name])
        for shape in list_shapes(entity).values():
            if shape.is_required and shape.name not in given:
                kind = LossKind.ROW if path else LossKind.UNREADABLE
                self._lose(kind, path.removesuffix("."), shape.name)
                return None
        return entity(**given)

    def _read_field(self, shape: FieldShape, value: Any, path: str) -> Any:
        if not shape.is_list:
            return self._read_value(shape, value, path)
        items = [self._read_item(shape, i, f"{path}[{n}]") for n, i in _list_items(shape, value)]
        return tuple(item for item in items if item is not None)

    def _read_item(self, shape: FieldShape, item: Any, path: str) -> Any:
        if not shape.is_entity:
            return self._read_value(shape, item, path)
        if not isinstance(item, Mapping):
            self._lose(LossKind.VALUE, path, item)
            return None
        is_blank = not any(str(value).strip() for value in item.values() if value is not None)
        return None if is_blank else self.read(shape.type, item, f"{path}.")

    def _read_value(self, shape: FieldShape, value: Any, path: str) -> Any:
        if value is None:
            return None
        written = str(value)
        text = CONTROL.sub("", written.replace("\r\n", "\n")).strip()
        if CONTROL.search(written):
            self._lose(LossKind.VALUE, path, CONTROL.sub("\N{REPLACEMENT CHARACTER}", written))
        if not text:
            return None
        try:
            return read_value(shape, text.lower() if shape.type is bool else text)
        except ValueProblem:
            self._lose(LossKind.VALUE, path, text)
            return None


def _list_items(shape: FieldShape, value: Any) -> Iterator[tuple[int, Any]]:
    """List the items of a list as the portal keeps it: a list, JSON, or one text in a row."""
    if isinstance(value, str):
        try:
            parsed = json.loads(value)
        except ValueError:
            parsed = None
        value = parsed if isinstance(parsed, list) else split_items(shape, value)
    yield from enumerate(value or (), start=1)


class _Settler:
    """Takes the references out of one record that lead nowhere."""

    def __init__(
        self, losses: list[Loss], record_id: str, is_known: Callable[[str, str], bool]
    ) -> None:
        self._losses = losses
        self._record = record_id
        self._is_known = is_known

    def settle(self, entity: EntityT, path: str) -> EntityT | None:
        changes: dict[str, Any] = {}
        for shape in list_shapes(type(entity)).values():
            before = getattr(entity, shape.name)
            after = self._settle_field(shape, before, f"{path}{shape.name}")
            if after is None and before is not None and shape.is_required:
                if not path:
                    self._lose(LossKind.BELOW_MISSING, shape.name, before)
                return None
            if after is not before and after != before:
                changes[shape.name] = after
        return dataclasses.replace(entity, **changes) if changes else entity  # type: ignore[type-var]

    def _lose(self, kind: LossKind, path: str, value: str) -> None:
        self._losses.append(Loss(kind=kind, record=self._record, path=path, value=value))

    def _settle_field(self, shape: FieldShape, value: Any, path: str) -> Any:
        if value is None or not (shape.reference or shape.is_entity):
            return value
        if not shape.is_list:
            return self._settle_one(shape, value, path)
        items = [self._settle_one(shape, v, f"{path}[{n}]") for n, v in enumerate(value, start=1)]
        return tuple(item for item in items if item is not None)

    def _settle_one(self, shape: FieldShape, value: Any, path: str) -> Any:
        if shape.is_entity:
            return self.settle(value, f"{path}.")
        if self._is_known(str(shape.reference), value):
            return value
        if not (shape.is_required and "." not in path):
            self._lose(LossKind.REFERENCE, path, value)
        return None


def list_references(entity: Any) -> Iterator[tuple[str, str]]:
    """List what a record and its rows refer to, as kinds and ids."""
    for shape in list_shapes(type(entity)).values():
        value = getattr(entity, shape.name)
        for one in value if shape.is_list else (value,):
            if shape.is_entity and one is not None:
                yield from list_references(one)
            elif shape.reference and one is not None:
                yield shape.reference, one
