"""What is computed of the portal's records, kept until one of them changes.

What is kept bears the stamp of all that it may be made of: which records, deliverables and
institutions there are and which version of each row the database has (its transaction and its
place), which reports count. The stamp is read of the database each time, in one query of a
millisecond or two: nothing has to be forgotten in time, several processes need not know of each
other, and one that has kept nothing computes the same.

Only what is the same for all who ask with the same key may be kept: the key names the day, and
who may see more than everybody else has another key.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

import sqlalchemy as sa
from ckan import model

T = TypeVar("T")
Stamp = tuple[Any, ...]
Key = tuple[Any, ...]

#: How large all that is kept may be, in milestones: a plan of five hundred on eight days.
_MOST = 4000
#: Of the packages only those of plans, which an index finds among all datasets of a portal: as its
#: condition stands in migration 0005.
_STAMP = sa.text(
    """
    SELECT
      (SELECT ARRAY[count(*), sum(hashtextextended(id || xmin::text || ctid::text, 0))]
         FROM package WHERE type <> 'dataset' OR extras ? 'deliverable'),
      (SELECT sum(hashtextextended(id || xmin::text || ctid::text, 0)) FROM "group"),
      (SELECT count(*) FROM gtplan_report),
      (SELECT sum(seq) FROM gtplan_report),
      (SELECT sum(hashtextextended(report_id || decision, 0)) FROM gtplan_report_decision)
    """
)


class _Store:
    """What is kept under the stamp that was read last, the oldest first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stamp: Stamp = ()
        self._kept: dict[Key, tuple[Any, int]] = {}

    def find(self, stamp: Stamp, key: Key) -> tuple[Any, int] | None:
        with self._lock:
            return self._kept.get(key) if stamp == self._stamp else None

    def put(self, stamp: Stamp, key: Key, made: Any, size: int) -> None:
        with self._lock:
            if stamp != self._stamp:
                self._stamp, self._kept = stamp, {}
            self._kept[key] = made, size
            while sum(each for _, each in self._kept.values()) > _MOST and len(self._kept) > 1:
                del self._kept[next(iter(self._kept))]

    def clear(self) -> None:
        with self._lock:
            self._stamp, self._kept = (), {}


_STORE = _Store()


def keep(key: Key, make: Callable[[], T], measure: Callable[[T], int] = lambda _: 1) -> T:
    """Give what was made for a key since the last change in the portal, or make it.

    Args:
        key: names what is made, the day, and of whose sight it is made.
        make: makes it, of what the database holds: the search may not know of a change yet.
        measure: tells how large it is, in milestones.
    """
    # read first: what is made of later rows is never found again under the stamp of earlier ones
    stamp = tuple(map(str, model.Session.execute(_STAMP).one()))
    found = _STORE.find(stamp, key)
    if found is None:
        made = make()
        _STORE.put(stamp, key, made, measure(made))
        return made
    kept: T = found[0]
    return kept


def forget() -> None:
    """Forget all that is kept, as if the process had just started."""
    _STORE.clear()
