"""Checking rows that no file brings, and what rows name: in the record's tables, in the portal."""

from __future__ import annotations

from collections.abc import Iterable

from ...plan.living import LIVING_TABLES, Cells, LivingTable
from ...uploads.checking import Links, check_rows
from ...uploads.findings import CellFinding
from ..validators import is_known
from .reading import get_row


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
