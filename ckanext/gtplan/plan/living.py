"""The tables that grow: which a record has, their keys, and how a cell is written.

A living table is kept in the DataStore beside its record. A cell is one text everywhere (CSV,
.xlsx, form, API, YAML made of it): the items of a list have ``|`` between them, truth is
``true`` or ``false``, a number is written plainly, what is not known is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .model import Indicator, Record, Register, ServiceInventory
from .shapes import FieldShape, convert_text, list_shapes

#: Between the items of a list in a cell.
SEPARATOR = "|"

#: A row as texts by column; None where nothing is known. Columns of the key are never None.
Cells = dict[str, str | None]

#: Columns that tell a row of a table from the others.
_KEYS: dict[str, tuple[str, ...]] = {
    "services": ("service_id",),
    "observations": ("ref_period", "disaggregation"),
    "standards": ("standard_id",),
    "criteria": ("criterion_id",),
    "scores": ("standard_id", "criterion_id"),
    "concepts": ("concept_id",),
    "norms": ("norm_id",),
    "meetings": ("meeting_id",),
    "attendance": ("meeting_id", "sector"),
}
#: Columns that the portal fills in by itself: what is given for them is passed over.
_COMPUTED: dict[str, tuple[str, ...]] = {
    "services": ("online_percent", "maturity_level"),
    "observations": ("reported_by", "reported_at"),
}
#: Columns whose value must stand in another table of the record.
_LINKS: dict[str, dict[str, str]] = {
    "scores": {"standard_id": "standards", "criterion_id": "criteria"},
    "attendance": {"meeting_id": "meetings"},
}
#: The tables that a register has, by its kind.
_OF_REGISTER: dict[str, tuple[str, ...]] = {
    "standards": ("standards", "criteria", "scores"),
    "concepts": ("concepts",),
    "norms": ("norms",),
    "meetings": ("meetings", "attendance"),
}


@dataclass(frozen=True, kw_only=True)
class LivingTable:
    """A table that grows, of one type of record.

    Attributes:
        name: of the table, which is the record's field that holds the rows.
        record_type: the package type of the record.
        entity: the class of a row; its fields are the columns.
        columns: in order.
        key: the columns that tell rows apart.
        computed: columns that the portal fills in.
        links: column -> the record's table whose key it must be found in.
    """

    name: str
    record_type: str
    entity: type[Any]
    columns: tuple[FieldShape, ...]
    key: tuple[str, ...]
    computed: tuple[str, ...]
    links: Mapping[str, str]

    @property
    def column_names(self) -> tuple[str, ...]:
        """List the names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def get_key(self, cells: Mapping[str, str | None]) -> tuple[str, ...]:
        """Give what tells a row from the others."""
        return tuple(cells.get(name) or "" for name in self.key)


def _describe_all() -> dict[str, LivingTable]:
    types: dict[str, type[Record]] = {
        "service_inventory": ServiceInventory,
        "indicator": Indicator,
        "register": Register,
    }
    return {
        shape.name: LivingTable(
            name=shape.name,
            record_type=record_type,
            entity=shape.type,
            columns=tuple(list_shapes(shape.type).values()),
            key=_KEYS[shape.name],
            computed=_COMPUTED.get(shape.name, ()),
            links=_LINKS.get(shape.name, {}),
        )
        for record_type, entity in types.items()
        for shape in list_shapes(entity).values()
        if shape.is_living
    }


#: Every living table, by its name.
LIVING_TABLES = _describe_all()
#: The types of record that have one.
LIVING_TYPES = tuple(dict.fromkeys(table.record_type for table in LIVING_TABLES.values()))


def list_living_tables(record: Mapping[str, Any]) -> tuple[LivingTable, ...]:
    """List the living tables of a record, those that others refer to first.

    Args:
        record: a package: its ``type``, and of a register its ``register_kind``.
    """
    names: Sequence[str]
    if record.get("type") == "register":
        names = _OF_REGISTER.get(record.get("register_kind") or "", ())
    else:
        names = [t.name for t in LIVING_TABLES.values() if t.record_type == record.get("type")]
    return tuple(LIVING_TABLES[name] for name in names)


def to_cells(table: LivingTable, row: Any) -> Cells:
    """Write an entity as the cells of its row."""
    return {column.name: write_cell(column, getattr(row, column.name)) for column in table.columns}


def write_cell(column: FieldShape, value: Any) -> str | None:
    """Write a value as the text of a cell; of nothing, None, and in a list nothing is empty."""
    if column.is_list:
        return SEPARATOR.join(value) or None
    return _write_value(value)


def _write_value(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def from_cells(table: LivingTable, cells: Mapping[str, str | None]) -> Any:
    """Read a row of cells as its entity; what cannot be read is left out.

    Raises:
        KeyError: a column without which the row is none is empty or cannot be read.
    """
    given = {}
    for column in table.columns:
        value = _read_cell(column, cells.get(column.name))
        if value is not None:
            given[column.name] = value
        elif column.is_required:
            raise KeyError(column.name)
    return table.entity(**given)


def _read_cell(column: FieldShape, text: str | None) -> Any:
    if text is None or not text.strip():
        return None
    if column.is_list:
        return tuple(split_cell(text))
    try:
        return convert_text(column, text)
    except ValueError:
        return None


def split_cell(text: str) -> list[str]:
    """Split the text of a list's cell into its items."""
    return [item for part in text.split(SEPARATOR) if (item := part.strip())]


def normalize_cells(table: LivingTable, row: Mapping[str, Any]) -> Cells:
    """Write what a form, the API or a spreadsheet gives as the cells of a row, unchecked.

    Lists become one text (a text of several lines is a list in a list's column), numbers, dates
    and truth values their plain texts, blanks around a text go, and ``1E+3`` is 1000. What the
    portal computes, and columns that the table does not have, are left out.

    Args:
        table: whose row it is.
        row: values by column; a column that is not given stays out of the result.
    """
    return {
        column.name: normalize_cell(table, column, row[column.name])
        for column in table.columns
        if column.name in row and column.name not in table.computed
    }


def normalize_cell(table: LivingTable, column: FieldShape, value: Any) -> str | None:
    """Write one value as ``normalize_cells`` writes a row of them."""
    text = _write_given(column, value)
    return text if text or column.name not in table.key else ""


def _write_given(column: FieldShape, value: Any) -> str | None:
    if isinstance(value, (list, tuple)):
        value = SEPARATOR.join(str(item) for item in value if item is not None)
    if value is None or isinstance(value, (bool, Decimal)):
        return _write_value(value)
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
    if column.is_list:
        return _join_items(column, text.replace("\n", SEPARATOR).split(SEPARATOR))
    if column.type is bool:
        text = text.lower()
    return text or None


def _join_items(column: FieldShape, given: Iterable[str]) -> str | None:
    """Join the items of a list: what stands for the same list is the same text."""
    items = [item for each in given if (item := each.strip())]
    if column.name == "disaggregation":
        items = sorted("=".join(part.strip() for part in item.split("=")) for item in items)
    elif column.vocabulary or column.reference:
        items = list(dict.fromkeys(items))
    return SEPARATOR.join(items) or None

