"""Checking rows that no file brings, and what rows name: in the record's tables, in the portal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ckan.plugins import toolkit as tk

from ...plan.living import LIVING_TABLES, Cells, LivingTable, normalize_cells
from ...uploads.checking import Links, check_rows
from ...uploads.findings import CellFinding
from ...uploads.header import find_unknown_names
from ..validators import is_known
from .messages import refuse_if
from .reading import get_row


def read_records(table: LivingTable, records: Any) -> list[Cells]:
    """Read what the API or a form sends as rows; an ``_id`` is no cell.

    Args:
        table: whose rows they are.
        records: as they were sent.

    Raises:
        toolkit.ValidationError: it is no list of rows.
        RowsRefused: a row names a column that the table does not have.
    """
    if not isinstance(records, list) or not all(isinstance(row, dict) for row in records):
        sentence = tk._("Send the rows as a list of objects, with a value for each column")
        raise tk.ValidationError({"records": [sentence]})
    found = []
    for number, row in enumerate(records, start=1):
        found += find_unknown_names(table, (str(name) for name in row if name != "_id"), number)
    refuse_if(table, found)
    return [normalize_cells(table, row) for row in records]


def check_cells(
    package_id: str, table: LivingTable, rows: Iterable[Cells]
) -> list[CellFinding]:
    """Check rows that a form or the API gives.

    Args:
        package_id: of the record.
        table: whose rows they are.
        rows: whole.

    Returns:
        What is wrong, rows counted from 1.
    """
    return check_rows(table, rows, links=make_links(package_id), known=is_known)


def make_links(package_id: str) -> Links:
    """Make what finds a row of another table of a record by its key."""
    return lambda name, key: get_row(package_id, LIVING_TABLES[name], (key,))
