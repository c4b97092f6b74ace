"""The events of the stream of changes, read a page at a time."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from . import store
from .changes import Event, Page, find_end
from .database import get_engine

__all__ = ["read_page", "read_reach"]

_SELECT_MOMENT = sa.text("SELECT published FROM gtplan_feed_event WHERE position = :position")
_SELECT_EVENTS = sa.text(
    "SELECT position, package_id, iri, kind, version, published FROM gtplan_feed_event"
    " WHERE position BETWEEN :after AND :last ORDER BY position"
)


def read_reach(after: int | None) -> tuple[int, datetime]:
    """Tell how far the stream goes, for a reader of a page or (None) of its entrance.

    Changes that were made before are brought into the stream first, unless the page is full.

    Returns:
        The position of the stream's last event, and when the page last changed.

    Raises:
        store.Busy: there are more changes than a reader should wait for.
    """
    if after is not None:
        with get_engine().connect() as connection:
            published = connection.scalar(_SELECT_MOMENT, {"position": find_end(after)})
            if published:
                return store.read_state(connection).position, published
    state = store.bring_up_to_date()
    return state.position, state.published


def read_page(after: int, position: int) -> Page:
    """Read the events of a page.

    Args:
        after: the position before the first of them.
        position: up to where the stream is read.
    """
    span = {"after": after, "last": min(position, find_end(after))}
    with get_engine().connect() as connection:
        found = [Event(**row) for row in connection.execute(_SELECT_EVENTS, span).mappings()]
    known = found.pop(0) if found and found[0].position == after else None
    return Page(after=after, since=known.published if known else None, events=tuple(found))
