"""The Table Schema of a living table (Frictionless Data, Table Schema version 1).

It fits the bytes of the published CSV, is what uploads are checked against, and is made of the
entities and the data dictionary. What it cannot say is in ``plan.living_rules``.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from ..plan.dates import PartialDate
from ..plan.dictionary import (
    ColumnEntry,
    get_column_entry,
    get_table_description,
    get_table_labels,
)
from ..plan.labels import get_field_labels
from ..plan.living import LivingTable
from ..plan.shapes import FieldShape
from ..plan.vocabulary import list_codes

#: The address below the portal's own at which the schema of a table is found.
ADDRESS = "/ns/gtp/tables/{table}.json"
#: The language of the texts, which is the portal's own.
LANGUAGE = "es"

_TYPES: dict[type, str] = {
    str: "string",
    int: "integer",
    bool: "boolean",
    Decimal: "number",
    PartialDate: "string",
}
_DATE = "[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"
#: How a record of the portal is named.
_REFERENCE = "[a-z0-9_-]{2,100}"


def make_table_schema(table: LivingTable) -> dict[str, Any]:
    """Make the Table Schema of a living table.

    Args:
        table: the table.

    Returns:
        The descriptor. Keys of other tables are not in it: each table is a file of its own.
    """
    return {
        "title": get_table_labels(table.name)[LANGUAGE],
        "description": get_table_description(table.name)[LANGUAGE],
        "fields": [_make_field(table, column) for column in table.columns],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }


def _make_field(table: LivingTable, column: FieldShape) -> dict[str, Any]:
    entry = get_column_entry(table.name, column.name)
    field: dict[str, Any] = {
        "name": column.name,
        "type": "string" if column.is_list else _TYPES[column.type],
        "title": get_field_labels(column.name)[LANGUAGE],
        "description": entry.description[LANGUAGE],
    }
    if field["type"] == "boolean":
        field |= {"trueValues": ["true"], "falseValues": ["false"]}
    constraints = _make_constraints(column, entry)
    if constraints:
        field["constraints"] = constraints
    return field


def _make_constraints(column: FieldShape, entry: ColumnEntry) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.is_required:
        constraints["required"] = True
    if column.type in (int, Decimal):
        for name, limit in (("minimum", entry.minimum), ("maximum", entry.maximum)):
            if limit is not None:
                constraints[name] = int(limit) if limit == int(limit) else float(limit)
    elif column.vocabulary and not column.is_list:
        constraints["enum"] = list(list_codes(column.vocabulary))
    elif column.type is not bool:
        pattern = _find_item_pattern(column, entry)
        if pattern:
            constraints["pattern"] = _repeat(pattern) if column.is_list else f"({pattern})"
        if not column.vocabulary:
            # a published text has an apostrophe before a sign that a spreadsheet would compute
            constraints["maxLength"] = entry.max_length + (0 if pattern else 1)
    return constraints


def _find_item_pattern(column: FieldShape, entry: ColumnEntry) -> str | None:
    if column.vocabulary:
        return "|".join(re.escape(code) for code in list_codes(column.vocabulary))
    if column.reference:
        return _REFERENCE
    return _DATE if column.type is PartialDate else entry.pattern


def _repeat(pattern: str) -> str:
    """Give the pattern of several items with a bar between them."""
    return rf"({pattern})(\|({pattern}))*"
