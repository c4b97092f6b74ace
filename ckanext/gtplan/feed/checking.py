"""Each fragment is compared with what is made anew, read as the portal's own pages read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ..model.feed import IS_PUBLIC, SYNTAXES
from .keeping.database import get_engine
from .keeping.store import bring_up_to_date
from .making.fragment import Made, Maker

__all__ = ["Difference", "verify"]

#: Datasets that are compared at a time.
_AT_ONCE = 50
_SELECT_IDS = sa.text(
    f"SELECT p.id FROM package p WHERE {IS_PUBLIC} AND p.id > :last ORDER BY p.id LIMIT :most"
)
_SELECT_STORED = sa.text(
    f"SELECT p.id, p.name, f.version, {', '.join(f'f.{syntax}' for syntax in SYNTAXES)}"
    " FROM package p LEFT JOIN gtplan_feed_epoch e ON e.is_current"
    " LEFT JOIN gtplan_fragment f ON f.epoch = e.id AND f.package_id = p.id"
    f" WHERE p.id = ANY(:ids) AND {IS_PUBLIC}"
)
_SELECT_LEFT_OVER = sa.text(
    "SELECT d.package_id FROM gtplan_feed_dataset d WHERE d.version IS NOT NULL"
    f" AND NOT EXISTS (SELECT 1 FROM package p WHERE p.id = d.package_id AND {IS_PUBLIC})"
    " ORDER BY d.ordinal"
)


@dataclass(frozen=True)
class Difference:
    """A dataset whose fragment is not what it should be.

    Attributes:
        name: of the dataset; its id if it is gone.
        kind: ``missing``, ``different`` or ``left_over``.
        syntaxes: in which the texts differ.
    """

    name: str
    kind: str
    syntaxes: tuple[str, ...] = ()


def verify() -> Iterator[tuple[int, list[Difference]]]:
    """Compare the fragments with what is made anew, some at a time.

    Yields:
        How many datasets were compared, and which of them differ; those that are in the feeds and
        not to be seen, at the end.
    """
    last = ""
    while ids := _scan(_SELECT_IDS, {"last": last, "most": _AT_ONCE}):
        last = ids[-1]
        yield len(ids), _compare_again(ids)
    yield 0, [Difference(id_, "left_over") for id_ in _scan(_SELECT_LEFT_OVER, {})]


def _compare_again(ids: list[str]) -> list[Difference]:
    """Compare; what differs a second time, too: it may have changed just then."""
    before = _compare(ids)
    if not before:
        return []
    bring_up_to_date()
    return [found for found in _compare(ids) if found.name in {other.name for other in before}]


def _compare(ids: list[str]) -> list[Difference]:
    model.Session.rollback()  # what it has read already it would not read again
    with get_engine().connect() as connection:
        rows = connection.execute(_SELECT_STORED, {"ids": ids}).all()
        made = {m.package_id: m for m in Maker(connection, read=_show).make(ids)}
    compared = (_find_difference(row, made.get(row.id)) for row in rows)
    return [difference for difference in compared if difference]


def _show(ids: list[str]) -> list[dict[str, Any]]:
    """Read packages by the action, as a visitor's page does; those that are gone are left out."""
    shown = []
    for id_ in ids:
        context: Context = {"ignore_auth": True, "use_cache": False}
        with suppress(tk.ObjectNotFound):
            shown.append(tk.get_action("package_show")(context, {"id": id_}))
    return [package for package in shown if package["state"] == "active"]


def _find_difference(row: sa.Row[Any], made: Made | None) -> Difference | None:
    if made is None:
        return Difference(row.name, "left_over") if row.version else None
    if row.version is None:
        return Difference(row.name, "missing")
    texts = {syntax: bytes(getattr(row, syntax)) for syntax in SYNTAXES}
    syntaxes = tuple(name for name, text in texts.items() if text != made.bodies[name])
    if syntaxes or row.version != made.version:
        return Difference(row.name, "different", syntaxes)
    return None


def _scan(query: sa.TextClause, given: dict[str, Any]) -> list[str]:
    with get_engine().connect() as connection:
        return list(connection.scalars(query, given))
