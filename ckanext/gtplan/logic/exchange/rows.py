"""Rows of living tables for documents that are sent while they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

from ckanext.gtplan.plan.living import LIVING_TABLES, from_cells

from ..living.reading import iterate_cells

__all__ = ["read_batches"]

#: Rows whose statements are in memory at once.
_AT_ONCE = 50


def read_batches(package_id: str, table_name: str) -> Iterator[list[Any]]:
    """Read the rows of a table as one moment has them, some at a time.

    They are set aside in a file first: whoever reads a document slowly holds no connection to
    the DataStore. A row that lacks what makes it one is left out.

    Args:
        package_id: of the record.
        table_name: of the table.
    """
    table = LIVING_TABLES[table_name]
    with TemporaryFile("w+", encoding="utf-8") as aside:
        for cells in iterate_cells(package_id, table_name):
            aside.write(json.dumps(cells) + "\n")
        aside.seek(0)
        while lines := list(islice(aside, _AT_ONCE)):
            batch = []
            for line in lines:
                try:
                    batch.append(from_cells(table, json.loads(line)))
                except KeyError:
                    continue
            yield batch
