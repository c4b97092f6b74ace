"""Published tables as their readers see them."""

from __future__ import annotations

import csv
import io

from ckanext.gtplan.plan.tables.tables import Table, to_csv


def read_csv(table: Table) -> list[dict[str, str]]:
    text = to_csv(table).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))
