"""The data dictionary of the tables that grow, read from ``living.yaml``, and its page.

``python -m ckanext.gtplan.plan.dictionary > docs/tables.md``; a test holds it equal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from .dates import PartialDate
from .labels import get_field_labels
from .living import LIVING_TABLES, LivingTable
from .shapes import FieldShape
from .vocabulary import LANGUAGES, get_label, list_codes

Labels = Mapping[str, str]

#: How long a text may be that has no limit of its own: a page of the paper that it came from.
LONGEST = 10_000


@dataclass(frozen=True, kw_only=True)
class ColumnEntry:
    """What the dictionary says of a column.

    Attributes:
        description: what is written into it, by language.
        unit: of its numbers, by language; empty where they have none.
        example: of a cell, or None.
        minimum: of its numbers.
        maximum: of its numbers.
        max_length: of its text.
        form: the name of the form in which the text, or each item of a list, is written.
    """

    description: Labels
    unit: Labels
    example: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    max_length: int = LONGEST
    form: str | None = None

    @property
    def pattern(self) -> str | None:
        """Give the regular expression of the form, for the whole text or item."""
        return _table()["forms"][self.form] if self.form else None


@cache
def _table() -> dict[str, Any]:
    text = files(__package__).joinpath("living.yaml").read_text("utf-8")
    return dict(yaml.safe_load(text))


def get_table_labels(table_name: str) -> Labels:
    """Give the title of a living table by language."""
    return _read_labels(_describe(table_name)["title"])


def get_table_description(table_name: str) -> Labels:
    """Say by language what the rows of a living table are."""
    return _read_labels(_describe(table_name)["text"])


@cache
def get_column_entry(table_name: str, column_name: str) -> ColumnEntry:
    """Give what the dictionary says of a column.

    Raises:
        KeyError: there is no such column.
    """
    entry = _describe(table_name)["columns"][column_name]
    return ColumnEntry(
        description=_read_labels(entry["text"]),
        unit=_read_labels(entry["unit"]) if "unit" in entry else {},
        example=entry.get("example"),
        minimum=_read_number(entry.get("minimum")),
        maximum=_read_number(entry.get("maximum")),
        max_length=entry.get("max_length", LONGEST),
        form=entry.get("form"),
    )


def _describe(table_name: str) -> Mapping[str, Any]:
    described: Mapping[str, Any] = _table()[table_name]
    return described


def _read_labels(texts: Sequence[str]) -> Labels:
    return dict(zip(LANGUAGES, texts, strict=True))


def _read_number(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


_INTRODUCTION = """\
# The tables that grow

Made by `python -m ckanext.gtplan.plan.dictionary` from the data dictionary, which no editor can
change.

A record has these tables beside it in the DataStore; they are open data from the first row. The
names of the columns are the same in CSV and .xlsx files, in the API, in the plan files and in the
Table Schema at `/ns/gtp/tables/<table>.json`. People see the labels. The first row of a file that
is uploaded may have names or labels, in Spanish, English or Portuguese, capitals and accents or
not, and cells may have codes or their labels.

A column that is **bold** must be filled in, *key* tells the rows apart, *computed* is filled in by
the portal: what a file says there is passed over. An empty cell is not known, and not zero.

| in the column *value* | a cell holds |
| --- | --- |
| text | any text |
| whole number | `1200`: digits, without separators |
| number, amount | `15.00`: a decimal point, no separators; an amount has two decimals at most |
| yes or no | `true` or `false`; an upload may say yes and no in the three languages |
| date | `2019`, `2019-07` or `2019-07-31`: as precise as it is known |
| code | one of the list at the end |
| id | the identifier of a record of the portal |
| list of … | several of these, with `|` between them |
"""
_VALUES: dict[type, str] = {
    str: "text",
    int: "whole number",
    bool: "yes or no",
    Decimal: "amount",
    PartialDate: "date",
}


def write_dictionary() -> str:
    """Write the reference page of the tables as Markdown."""
    parts = [_INTRODUCTION, *(_write_table(table) for table in LIVING_TABLES.values()), _CODES]
    columns = [column for table in LIVING_TABLES.values() for column in table.columns]
    for name in dict.fromkeys(column.vocabulary for column in columns if column.vocabulary):
        codes = ", ".join(f"`{code}` {get_label(name, code, 'en')}" for code in list_codes(name))
        parts.append(f"**{name}**: {codes}\n")
    return "\n".join(parts)


_CODES = "## Codes\n"


def _write_table(table: LivingTable) -> str:
    lines = [
        f"## {table.name}\n",
        f"{get_table_description(table.name)['en']} Record: `{table.record_type}`.\n",
        "| column | label | value | what it holds |",
        "| --- | --- | --- | --- |",
    ]
    for column in table.columns:
        label = get_field_labels(column.name)["es"]
        name = f"**`{column.name}`**" if column.is_required else f"`{column.name}`"
        said = " ".join(_say(table, column)).replace("|", "\\|")
        lines.append(f"| {name} | {label} | {_name_value(column)} | {said} |")
    return "\n".join(lines) + "\n"


def _name_value(column: FieldShape) -> str:
    if column.vocabulary:
        value = f"code of {column.vocabulary}"
    elif column.reference:
        value = f"id of {column.reference}"
    else:
        value = "number" if column.is_quantity else _VALUES[column.type]
        value = "web address" if column.is_link else value
    return f"list of {value}" if column.is_list else value


def _say(table: LivingTable, column: FieldShape) -> Iterator[str]:
    entry = get_column_entry(table.name, column.name)
    if column.name in table.key:
        yield "*Key.*"
    if column.name in table.computed:
        yield "*Computed.*"
    yield entry.description["en"]
    limits = (("at least", entry.minimum), ("at most", entry.maximum))
    said = [f"{words} {limit}" for words, limit in limits if limit is not None]
    if said:
        yield f"{' and '.join(said).capitalize()}."
    if column.type is str and not column.vocabulary and entry.max_length != LONGEST:
        yield f"At most {entry.max_length} characters."
    if column.name in table.links:
        yield f"Must be found in `{table.links[column.name]}`."
    if entry.example:
        yield f"Example: `{entry.example}`."


def main() -> None:
    """Write the reference page to standard output."""
    sys.stdout.write(write_dictionary())


if __name__ == "__main__":
    main()
