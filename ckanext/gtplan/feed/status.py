"""How the feeds are, for who looks after them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ..model.feed import BLOCK, IS_PUBLIC, SYNTAXES
from .keeping.database import get_engine
from .keeping.epochs import read_epochs
from .keeping.rebuild import Progress, read_progress
from .keeping.store import read_state

__all__ = ["Status", "read_status"]

_IN_EPOCH = f"gtplan_fragment f JOIN package p ON p.id = f.package_id AND {IS_PUBLIC}"
_COUNTS = sa.text(
    "SELECT count(*) AS datasets, count(*) FILTER (WHERE f.problems <> '[]') AS troubled,"
    f" coalesce(max(f.ordinal) / {BLOCK} + 1, 0) * {len(SYNTAXES)} AS blocks_total,"
    " (SELECT count(*) FROM gtplan_feed_block b WHERE b.epoch = :epoch) AS blocks,"
    " (SELECT count(DISTINCT package_id) FROM gtplan_journal WHERE NOT is_followed) AS open"
    f" FROM {_IN_EPOCH} WHERE f.epoch = :epoch"
)


@dataclass(frozen=True, kw_only=True)
class Status:
    """How the feeds are.

    Attributes:
        epoch: that is served.
        datasets: in the feeds.
        troubled: of them, those of which something was left out.
        open: packages that have changed and were not followed.
        blocks, blocks_total: that are ready, and that there are.
        position, published: of the last event.
        building: of the epoch that is being built.
        is_foreign: this process would make other fragments.
    """

    epoch: int | None
    datasets: int
    troubled: int
    open: int
    blocks: int
    blocks_total: int
    position: int
    published: datetime
    building: Progress | None
    is_foreign: bool


def read_status() -> Status:
    """Read how the feeds are, without changing that."""
    with get_engine().connect() as connection:
        epochs, state = read_epochs(connection), read_state(connection)
        counts = connection.execute(_COUNTS, {"epoch": state.epoch}).one()
        return Status(
            epoch=state.epoch,
            position=state.position,
            published=state.published,
            building=read_progress(connection, epochs.building.id) if epochs.building else None,
            is_foreign=epochs.newest is not None and not epochs.is_ours,
            **counts._mapping,
        )
