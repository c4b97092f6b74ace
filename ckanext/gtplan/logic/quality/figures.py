"""How far single datasets conform, for pages that show them: read, and not assessed anew."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from ckan import model

from ...model.conformance import FIGURES, ConformanceEntry
from ...prm.conformance import Conformance


def read_percents(ids: Collection[str]) -> dict[str, int]:
    """Read how far datasets conform, as a percentage, in one query.

    Args:
        ids: of datasets that the reader may see.

    Returns:
        By id; one that was never assessed is not in it.
    """
    entry = ConformanceEntry
    query = (
        sa.select(entry.package_id, *(getattr(entry, name) for name in FIGURES))
        .where(entry.package_id.in_(ids))
        .distinct(entry.package_id)
        .order_by(entry.package_id, entry.moment.desc(), entry.id.desc())
    )
    rows = model.Session.execute(query) if ids else ()
    return {
        row.package_id: Conformance(
            **{name: getattr(row, name) for name in FIGURES}, gaps=()
        ).percent
        for row in rows
    }
