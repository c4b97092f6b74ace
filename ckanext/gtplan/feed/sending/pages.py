"""A page of the catalogue: it begins after a dataset, wherever others have come or gone."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from ...rdf.feed import Paging
from ..making.layout import SEPARATORS, TAILS
from .filters import Filters
from .head import make_head
from .selection import Selection
from .snapshot import Snapshot

__all__ = ["PageNotFound", "Place", "write_page"]

#: Of the last state that was counted: how many datasets the feeds have.
_counted: dict[tuple[object, ...], int] = {}


class PageNotFound(Exception):
    """A page after the last one.

    Args:
        last: number of the last page.
    """

    def __init__(self, last: int) -> None:
        super().__init__(f"the last page is {last}")
        self.last = last


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a page begins.

    Attributes:
        address: public address of the feed, without its query.
        size: datasets of a page.
        after: ordinal of the last dataset before the page.
        number: of the page, from 1, where no ordinal was given.
    """

    address: str
    size: int
    after: int | None = None
    number: int | None = None


def write_page(
    snapshot: Snapshot, syntax: str, filters: Filters, place: Place, total: int | None = None
) -> bytes:
    """Write a page.

    Args:
        snapshot: whose datasets.
        syntax: one of those of RDF.
        filters: may be none.
        place: where it begins.
        total: datasets that the filters leave, where it is known.

    Raises:
        PageNotFound: it was asked for by its number, and there are fewer.
    """
    selection = Selection(snapshot, syntax, filters)
    count = _count_all(snapshot, selection) if total is None else total
    after = _find_start(selection, place, count)
    rows = selection.read(after, place.size + 1)
    shown = rows[: place.size]
    starts = {
        "first": 0,
        "previous": _find_previous(selection, after, place.size),
        "next": shown[-1][0] if len(rows) > place.size else None,
        "last": _find_last(selection, count, place.size),
    }
    links = [(name, _link(place, filters, to)) for name, to in starts.items() if to is not None]
    paging = Paging(
        address=_link(place, filters, after), links=tuple(links), size=place.size, total=count
    )
    head = make_head(snapshot, syntax, is_empty=not shown, paging=paging)
    return head + SEPARATORS[syntax].join(body for _, body in shown) + TAILS[syntax]


def _count_all(snapshot: Snapshot, selection: Selection) -> int:
    """Count what is public, once for each state of the feeds."""
    state = snapshot.state
    key = (state.epoch, state.position, state.published)
    if state.is_open:
        return selection.count()
    count = _counted.get(key)
    if count is None:
        count = selection.count()
        _counted.clear()
        _counted[key] = count
    return count


def _find_start(selection: Selection, place: Place, count: int) -> int:
    if place.after is not None:
        return place.after
    skipped = ((place.number or 1) - 1) * place.size
    if not skipped:
        return 0
    start = selection.find_nth(skipped) if skipped < count else None
    if start is None:
        raise PageNotFound(max(1, -(-count // place.size)))
    return start


def _find_previous(selection: Selection, after: int, size: int) -> int | None:
    """Find where the page before begins; None before the first dataset."""
    if not after or selection.find_back(0, after) is None:
        return None
    return selection.find_back(size, after) or 0


def _find_last(selection: Selection, count: int, size: int) -> int:
    """Find where the last page begins, when pages are followed from the first one."""
    return (selection.find_back((count - 1) % size + 1) or 0) if count > size else 0


def _link(place: Place, filters: Filters, after: int) -> str:
    query = [*filters.asked, *((("after", str(after)),) if after else ())]
    return f"{place.address}?{urlencode(query)}" if query else place.address
