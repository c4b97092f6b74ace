"""Tables of open data with their data dictionary, as bytes that are the same every time.

``tables.yaml`` says which columns a table has and what they mean; ``rows`` makes their rows
of records.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ..labels import get_field_labels
from ..vocabulary import LANGUAGES

Cell = str | int | Decimal | date | None

#: What a spreadsheet takes for the start of a formula (OWASP, CSV injection).
_FORMULA = re.compile(r"'*[=+\-@\t]")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column, as the ``field`` class of the Perfil Regional de Metadatos has it.

    Attributes:
        name: a-z, 0-9 and _, at most 60 characters.
        type: ``string``, ``number``, ``integer`` or ``date``.
        labels: what people read, by language.
        description: what the values mean, in Spanish.
        unit: unit of measure of a number.
    """

    name: str
    type: str
    labels: Mapping[str, str]
    description: str
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of one kind, in the order in which they are published."""

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@cache
def _dictionary() -> dict[str, Any]:
    text = files(__package__).joinpath("tables.yaml").read_text("utf-8")
    return dict(yaml.safe_load(text))


@cache
def _get_column(name: str) -> Column:
    entry = _dictionary()["columns"][name]
    if "field" in entry:
        labels = get_field_labels(entry["field"])
    else:
        labels = dict(zip(LANGUAGES, entry["label"], strict=True))
    return Column(
        name=name,
        type=entry["type"],
        labels=labels,
        description=entry["description"],
        unit=entry.get("unit"),
    )


def list_table_names() -> tuple[str, ...]:
    """List the names of the tables that can be published."""
    return tuple(_dictionary()["tables"])


def list_columns(table: str) -> tuple[Column, ...]:
    """List a table's columns, in order."""
    return tuple(_get_column(name) for name in _dictionary()["tables"][table]["columns"])


def describe_precision(precision: str) -> str:
    """Say in Spanish what a date is precise to.

    Args:
        precision: ``year``, ``month`` or ``day``.
    """
    return str(_dictionary()["precisions"][precision])


def make_table(
    name: str, rows: Iterable[Mapping[str, Cell]], units: Mapping[str, str] | None = None
) -> Table:
    """Make a table of rows.

    Args:
        name: a table of ``tables.yaml``.
        rows: a value for each column of that table.
        units: units of measure that these rows know better than ``tables.yaml``.

    Raises:
        KeyError: a row lacks a column.
    """
    entry = _dictionary()["tables"][name]
    columns = tuple(
        replace(column, unit=(units or {}).get(column.name, column.unit))
        for column in list_columns(name)
    )
    return Table(
        name=name,
        title=entry["title"],
        description=entry["description"],
        columns=columns,
        rows=tuple(tuple(_clean(row[column.name]) for column in columns) for row in rows),
    )


def _clean(cell: Cell) -> Cell:
    """Give a text in the form in which it can be opened anywhere; leave the rest alone."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n").strip(" \n")
    return guard_formula(text) or None


def guard_formula(text: str) -> str:
    """Write an apostrophe before a text that a spreadsheet would take for a formula.

    A text that has such an apostrophe of its own gets another: both come back as they were.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguard_formula(text: str) -> str:
    """Take away the apostrophe that ``guard_formula`` has written."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def to_csv(table: Table) -> bytes:
    """Write a table as CSV (RFC 4180: commas, CRLF, a header), in UTF-8 without a mark.

    Returns:
        The file; the same table gives the same bytes on any machine.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(column.name for column in table.columns)
    writer.writerows([format_cell(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode("utf-8")


def format_cell(cell: Cell) -> str:
    """Write a value as the text that stands in a CSV: nothing for what is not known."""
    if cell is None:
        return ""
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
