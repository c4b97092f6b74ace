"""What the portal holds as a whole, in numbers: records, and deliverables that are published."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ...plan.follow.coverage import Coverage
from ...plan.model import ExpectedDeliverable
from ...plan.records import from_record
from .dues import find_visible
from .kept import keep
from .sight import IS_PUBLIC

_EXPECTING = ("milestone", "regional_plan")


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What there is, as far as a reader may see it.

    Attributes:
        types: records by type.
        commitments: commitments by the name of their plan.
        coverage: the deliverables that are expected, and those of which data are public.
    """

    types: Mapping[str, int]
    commitments: Mapping[str, int]
    coverage: Coverage


def count_totals(context: Context) -> Totals:
    """Count what there is, of the records that a reader may see."""
    visible = find_visible(context)
    return keep(("totals", visible), lambda: _count(visible))


def _count(visible: Collection[str]) -> Totals:
    package = model.Package
    fields = (package.extras[name].astext for name in ("action_plan", "expected_deliverables"))
    query = sa.select(package.name, package.type, *fields).where(package.name.in_(visible))
    rows = list(model.Session.execute(query))
    expected = {(row[0], key) for row in rows if row[1] in _EXPECTING for key in _list_keys(row[3])}
    return Totals(
        types=Counter(row[1] for row in rows),
        commitments=Counter(row[2] for row in rows if row[1] == "commitment"),
        coverage=Coverage(expected=len(expected), published=len(expected & _read_published())),
    )


def _list_keys(text: str | None) -> Iterator[str]:
    try:
        rows: Any = json.loads(text or "[]")
    except ValueError:
        return  # nor is what no form has written
    for row in rows if isinstance(rows, list) else ():
        try:
            yield from_record(ExpectedDeliverable, row if isinstance(row, dict) else {}).key
        except KeyError:
            continue  # a row that names nothing is expected of nobody


def _read_published() -> set[tuple[str, str]]:
    """Read of which deliverables data are public: their records and keys."""
    package = model.Package
    links = [package.extras[name].astext for name in (*_EXPECTING, "deliverable")]
    query = sa.select(*links).where(
        package.type == "dataset", package.extras.has_key("deliverable"), *IS_PUBLIC
    )
    return {(name, row[2]) for row in model.Session.execute(query) for name in row[:2] if name}
