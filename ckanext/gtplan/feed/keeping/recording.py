"""What was made is stored: fragments, the datasets' places and versions, and the events.

All of it is written in the transaction of whoever holds the lock, so that positions grow in the
order in which events become visible, without gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ...model.feed import BLOCK, FeedEvent
from ..making.fragment import Made
from .storing import put_fragments

__all__ = ["Change", "Said", "announce", "compare", "record"]

_SELECT_KNOWN = sa.text(
    "SELECT package_id, ordinal, iri, version FROM gtplan_feed_dataset WHERE package_id = ANY(:ids)"
)
_INSERT_DATASETS = sa.text(
    "INSERT INTO gtplan_feed_dataset (package_id, iri, position, changed)"
    " SELECT id, '', 0, clock_timestamp() FROM unnest(cast(:ids AS text[])) WITH ORDINALITY"
    " AS t(id, place) ORDER BY place RETURNING package_id, ordinal, iri, version"
)
_UPDATE_DATASETS = sa.text(
    "UPDATE gtplan_feed_dataset d SET iri = e.iri, version = e.version, position = e.position,"
    " changed = e.published FROM (SELECT DISTINCT ON (package_id) * FROM gtplan_feed_event"
    " WHERE position >= :first ORDER BY package_id, position DESC) e"
    " WHERE d.package_id = e.package_id"
)
_SELECT_TWINS = sa.text(
    "SELECT package_id, iri, version FROM gtplan_feed_dataset"
    " WHERE iri = ANY(:iris) AND version IS NOT NULL ORDER BY ordinal"
)
# a moment for all, later than any that was told, also when the clock was set back
_ADVANCE_STATE = sa.text(
    "UPDATE gtplan_feed_state SET revision = revision + 1, position = position + :count,"
    " published = CASE WHEN :count = 0 THEN published"
    " ELSE greatest(clock_timestamp(), published + interval '1 microsecond') END"
    " WHERE id = 1 RETURNING position, published"
)
_DELETE_FRAGMENTS = sa.text(
    "DELETE FROM gtplan_fragment WHERE epoch = ANY(:epochs) AND package_id = ANY(:ids)"
)
_DELETE_BLOCKS = sa.text(
    "DELETE FROM gtplan_feed_block WHERE epoch = ANY(:epochs) AND number = ANY(:numbers)"
)


@dataclass(frozen=True)
class Change:
    """An event that has no position yet."""

    package_id: str
    iri: str
    kind: str
    version: str | None


@dataclass(frozen=True)
class Said:
    """What everybody can read of a dataset: under which IRI, and in which version."""

    iri: str
    version: str


def record(
    connection: sa.Connection,
    epochs: Sequence[int],
    ids: Sequence[str],
    made: Mapping[str, Made],
) -> None:
    """Store what was made of some packages, take away what is said of the others, tell of both.

    Args:
        connection: that holds the lock.
        epochs: to store in.
        ids: of all the packages that were looked at, in the order of their changes.
        made: of those that are public, by id.
    """
    known = list(connection.execute(_SELECT_KNOWN, {"ids": ids}))
    new = [id_ for id_ in ids if id_ in made and id_ not in {row.package_id for row in known}]
    if new:
        known += connection.execute(_INSERT_DATASETS, {"ids": new})
    ordinals = {row.package_id: row.ordinal for row in known}
    before = {row.package_id: Said(row.iri, row.version) for row in known if row.version}
    after = {id_: Said(m.iri, m.version) for id_, m in made.items()}
    changes = [c for id_ in ids for c in compare(id_, before.get(id_), after.get(id_))]
    is_changed = bool(made) and put_fragments(connection, epochs, made.values(), ordinals)
    gone = [id_ for id_ in ids if id_ not in made]
    connection.execute(_DELETE_FRAGMENTS, {"epochs": epochs, "ids": gone})
    # also of what is as before: a block may have been made between a change and its taking back
    numbers = sorted({ordinal // BLOCK for ordinal in ordinals.values()})
    connection.execute(_DELETE_BLOCKS, {"epochs": epochs, "numbers": numbers})
    if changes or is_changed:
        announce(connection, changes)


def compare(package_id: str, before: Said | None, after: Said | None) -> Iterable[Change]:
    """Tell of what everybody sees of a change.

    Args:
        package_id: of the dataset.
        before: what could be read of it; None if nothing.
        after: what can be read of it now.

    Yields:
        Nothing, or an event; under another IRI it is another thing, to be forgotten and learned.
    """
    if before is not None and (after is None or after.iri != before.iri):
        yield Change(package_id, before.iri, "delete", None)
        before = None
    if after is not None and after != before:
        kind = "update" if before else "create"
        yield Change(package_id, after.iri, kind, after.version)


def _find_twins(connection: sa.Connection, changes: Sequence[Change]) -> list[Change]:
    """Find the datasets that say the IRI of one that is gone: harvested twice, it is still there.

    Who keeps a replica by IRI has just been told to forget it.
    """
    gone = [change.iri for change in changes if change.kind == "delete"]
    if not gone:
        return []
    changed = {change.package_id for change in changes}
    rows = connection.execute(_SELECT_TWINS, {"iris": gone})
    return [
        Change(row.package_id, row.iri, "update", row.version)
        for row in rows
        if row.package_id not in changed
    ]


def announce(connection: sa.Connection, changes: Sequence[Change]) -> None:
    """Append events, and say that what is served has changed.

    Args:
        connection: that holds the lock.
        changes: in their order; may be none.
    """
    # what is gone first: another dataset may say the same IRI, and is still there
    told = sorted(changes, key=lambda change: change.kind != "delete")
    told += _find_twins(connection, told)
    last, published = connection.execute(_ADVANCE_STATE, {"count": len(told)}).one()
    if told:
        first = last - len(told) + 1
        rows = [
            {**vars(change), "position": position, "published": published}
            for position, change in enumerate(told, first)
        ]
        connection.execute(FeedEvent.__table__.insert(), rows)
        connection.execute(_UPDATE_DATASETS, {"first": first})
