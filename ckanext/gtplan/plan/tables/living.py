"""Living tables as they are published: what their dataset says of them and of their columns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..dictionary import get_column_entry, get_table_description, get_table_labels
from ..labels import get_field_labels
from ..living import LIVING_TABLES, LivingTable
from ..shapes import FieldShape
from .tables import Column

#: Types of record that are published with their living tables. Observations are open data, too,
#: but not a dataset for each indicator: the portal gives out those of all indicators at once.
LIVING_DATASETS = ("service_inventory", "register")
#: Types of values in the profile; the rest are texts, for a date may be a year or a month.
_TYPES = {Decimal: "number", int: "integer", bool: "boolean"}


@dataclass(frozen=True, kw_only=True)
class LivingSource:
    """A living table that is to be published, by what people read of it in Spanish."""

    table: LivingTable
    title: str
    description: str
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """Give the name of the table."""
        return self.table.name


def list_living_names() -> tuple[str, ...]:
    """List the names of the living tables that are published."""
    return tuple(t.name for t in LIVING_TABLES.values() if t.record_type in LIVING_DATASETS)


def describe_table(table: LivingTable) -> LivingSource:
    """Describe a living table as its dataset does."""
    return LivingSource(
        table=table,
        title=get_table_labels(table.name)["es"],
        description=get_table_description(table.name)["es"],
        columns=tuple(_describe_column(table, column) for column in table.columns),
    )


def _describe_column(table: LivingTable, column: FieldShape) -> Column:
    entry = get_column_entry(table.name, column.name)
    is_number = not column.is_list and column.type in (Decimal, int)
    return Column(
        name=column.name,
        type="string" if column.is_list else _TYPES.get(column.type, "string"),
        labels=get_field_labels(column.name),
        description=entry.description["es"],
        unit=entry.unit["es"] if entry.unit and is_number else None,
    )
