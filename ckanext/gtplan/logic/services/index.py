"""Keeping the search table in step with the inventories.

An inventory is indexed in a transaction and on a connection of its own: the write that it follows
is done. What is searched is joined with the packages as they are, so that nothing need be indexed
when somebody may no longer see a record.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa
from ckan import model

from ...model import ServiceEntry, ServiceWord
from ...plan.registers import Service
from ..living.reading import find_entities, read_entities
from ..progress import Progress, ignore_progress
from .entries import FILTERS, digest_entry, make_entry, spell_words

__all__ = ["index_inventory", "index_services", "reindex_all", "remove_inventory"]

#: The step that is told while all are indexed.
STEP = "index"
_AT_ONCE = 500
_INVENTORY = "service_inventory"

_FILTERS = ", ".join(FILTERS)
_WRITE = sa.text(
    f"""
    INSERT INTO gtplan_service
        (package_id, service_id, digest, sort_name, volume, {_FILTERS}, shown, document)
    SELECT :package_id, service_id, digest, replace(gtplan_fold(name), 'ión', 'ion'), volume,
        {_FILTERS}, shown,
        setweight(to_tsvector('spanish', gtplan_fold(name)), 'A')
        || setweight(to_tsvector('spanish', gtplan_fold(keywords)), 'B')
        || setweight(to_tsvector('spanish', gtplan_fold(description)), 'C')
        || setweight(to_tsvector('spanish', gtplan_fold(rest)), 'D')
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
        service_id text, digest text, name text, keywords text, description text, rest text,
        volume numeric, {", ".join(f"{name} text" for name in FILTERS)}, shown jsonb
    )
    ON CONFLICT (package_id, service_id) DO UPDATE SET
        digest = excluded.digest, sort_name = excluded.sort_name, volume = excluded.volume,
        {", ".join(f"{name} = excluded.{name}" for name in FILTERS)},
        shown = excluded.shown, document = excluded.document
    """
)
_LEARN = sa.text(
    """
    INSERT INTO gtplan_service_word (word, sound)
    SELECT r.word, r.sound
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(word text, sound text)
    ON CONFLICT (word) DO NOTHING
    """
)


def index_inventory(
    package_id: str,
    service_ids: Collection[str] | None = None,
    progress: Progress = ignore_progress,
) -> None:
    """Index the services of an inventory as its table has them; what is the same stays.

    Args:
        package_id: of the inventory.
        service_ids: of those that may be different, or gone; None for all.
        progress: is told how many services were read.
    """
    if service_ids is None:
        services = read_entities(package_id, "services")
    else:
        services = find_entities(package_id, "services", [(each,) for each in service_ids])
    index_services(package_id, services, service_ids, progress)


def index_services(
    package_id: str,
    services: Iterable[Service],
    service_ids: Collection[str] | None = None,
    progress: Progress = ignore_progress,
) -> None:
    """Make some services all that the directory knows of an inventory.

    Args:
        package_id: of the inventory.
        services: of its table, each with another ``service_id``; read once, and not kept.
        service_ids: that it is about; None for all.
        progress: is told how many services were read.
    """
    with model.meta.engine.begin() as connection:
        _hold(connection, package_id)
        bodies = _read_bodies(connection)
        owner = bodies.get(_find_owner(connection, package_id), "")
        known = _read_digests(connection, package_id, service_ids)
        words: dict[str, str] = {}
        done = 0
        for batch in _split(services):
            made = [make_entry(service, bodies, owner) for service in batch]
            entries = [{**entry, "digest": digest_entry(entry)} for entry in made]
            changed = [e for e in entries if known.pop(e["service_id"], None) != e["digest"]]
            if changed:
                connection.execute(_WRITE, {"package_id": package_id, "rows": _dump(changed)})
                words |= spell_words(changed)
            done += len(batch)
            progress(STEP, done, done)
        _forget(connection, package_id, list(known))
        _learn(connection, words)


def _hold(connection: sa.Connection, package_id: str) -> None:
    """Let one process at a time index an inventory; another waits for it, and not for ever."""
    connection.execute(sa.text("SET LOCAL lock_timeout = '30s'"))
    key = sa.func.hashtextextended(f"gtplan services {package_id}", 0)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def _read_bodies(connection: sa.Connection) -> dict[str, str]:
    group = model.Group
    query = sa.select(group.name, group.title, group.extras).where(
        group.is_organization, group.state == model.State.ACTIVE
    )
    return {
        name: f"{title or name} {(extras or {}).get('acronym') or ''}"
        for name, title, extras in connection.execute(query)
    }


def _find_owner(connection: sa.Connection, package_id: str) -> str:
    group, package = model.Group, model.Package
    query = sa.select(group.name).join(package, package.owner_org == group.id)
    return connection.scalar(query.where(package.id == package_id)) or ""


def _read_digests(
    connection: sa.Connection, package_id: str, service_ids: Collection[str] | None
) -> dict[str, str]:
    entry = ServiceEntry
    query = sa.select(entry.service_id, entry.digest).where(entry.package_id == package_id)
    if service_ids is not None:
        query = query.where(entry.service_id.in_(service_ids))
    return {row.service_id: row.digest for row in connection.execute(query)}


def _split(services: Iterable[Service]) -> Iterator[list[Service]]:
    remaining = iter(services)
    while batch := list(islice(remaining, _AT_ONCE)):
        yield batch


def _dump(rows: Any) -> str:
    return json.dumps(rows, ensure_ascii=False)


def _forget(connection: sa.Connection, package_id: str, service_ids: list[str]) -> None:
    if service_ids:
        gone = "package_id = :package_id AND service_id = ANY(CAST(:ids AS text[]))"
        statement = sa.text(f"DELETE FROM gtplan_service WHERE {gone}")
        connection.execute(statement, {"package_id": package_id, "ids": service_ids})


def _learn(connection: sa.Connection, words: dict[str, str]) -> None:
    """Add words; in one order, or two processes might wait for one another."""
    rows = [{"word": word, "sound": words[word]} for word in sorted(words)]
    if rows:
        connection.execute(_LEARN, {"rows": _dump(rows)})


def remove_inventory(package_id: str) -> None:
    """Take the services of an inventory out of the directory."""
    entry = ServiceEntry
    with model.meta.engine.begin() as connection:
        _hold(connection, package_id)
        connection.execute(sa.delete(entry).where(entry.package_id == package_id))


def reindex_all(progress: Progress = ignore_progress) -> int:
    """Index all inventories anew, and forget those that are gone with the words of them.

    Args:
        progress: is told how far it is.

    Returns:
        How many inventories there are.
    """
    package, entry = model.Package, ServiceEntry
    wanted = sa.select(package.id).where(package.type == _INVENTORY).order_by(package.id)
    with model.meta.engine.begin() as connection:
        ids = list(connection.scalars(wanted))
        connection.execute(sa.delete(entry).where(entry.package_id.not_in(wanted.order_by(None))))
        # each is written again, and its words with it; the directory stays in use meanwhile
        connection.execute(sa.update(entry).values(digest=""))
        connection.execute(sa.delete(ServiceWord))
    for done, package_id in enumerate(ids, 1):
        index_inventory(package_id)
        progress(STEP, done, len(ids))
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text("ANALYZE gtplan_service, gtplan_service_word"))
    return len(ids)
