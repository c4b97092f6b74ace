"""The events of the stream of changes, read a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from .changes import Event, Page, Point, find_end
from .keeping import store
from .keeping.database import get_engine

__all__ = ["PointNotFound", "Reach", "read_page", "read_reach"]

# the point at the end of the stream is one, whatever became of its event
_SELECT_POINTS = sa.text(
    "SELECT position, published FROM gtplan_feed_event WHERE position IN (:after, :end)"
    " UNION SELECT position, published FROM gtplan_feed_state"
)
_SELECT_EVENTS = sa.text(
    "SELECT position, package_id, iri, kind, version, published FROM gtplan_feed_event"
    " WHERE position BETWEEN :after AND :last ORDER BY position"
)


class PointNotFound(Exception):
    """A point that the stream doesn't have, or has no more.

    Args:
        last: position of its last event.
    """

    def __init__(self, last: int) -> None:
        super().__init__(f"the last position is {last}")
        self.last = last


@dataclass(frozen=True)
class Reach:
    """How far a page goes, and how far the stream.

    Attributes:
        end: the point after which the next page begins.
        last: the last point of the stream.
    """

    end: Point
    last: Point


def read_reach(after: Point | None) -> Reach:
    """Tell how far the stream goes, for a reader of a page or (None) of its entrance.

    Changes that were made before are brought into the stream first, unless the page is full.

    Raises:
        PointNotFound: the page begins at none.
        store.Busy: there are more changes than a reader should wait for.
    """
    reach = _read_full(after) if after else None
    if reach:
        return reach
    last = store.bring_up_to_date().point
    if after and after.position > last.position:
        raise PointNotFound(last.position)
    if after and last.position >= find_end(after.position):  # it has become full just now
        return _read_full(after) or Reach(last, last)
    return Reach(last, last)


def _read_full(after: Point) -> Reach | None:
    """Tell of a page that is full; None if it isn't."""
    end = find_end(after.position)
    with get_engine().connect() as connection:
        given = {"after": after.position, "end": end}
        points = {Point(*row) for row in connection.execute(_SELECT_POINTS, given)}
    last = max(points, key=lambda point: point.position, default=Point(0))
    if after.position and after.moment and after not in points:
        raise PointNotFound(last.position)
    return next((Reach(point, last) for point in points if point.position == end), None)


def read_page(after: Point, position: int) -> Page:
    """Read the events of a page.

    Args:
        after: the point before the first of them.
        position: up to where the stream is read.
    """
    span = {"after": after.position, "last": min(position, find_end(after.position))}
    with get_engine().connect() as connection:
        found = [Event(**row) for row in connection.execute(_SELECT_EVENTS, span).mappings()]
    known = found.pop(0) if found and found[0].position == after.position else None
    return Page(after=after, since=known.published if known else None, events=tuple(found))
