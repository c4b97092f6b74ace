"""What a feed may be narrowed by: a closed list, each turned into a condition of the database.

Nothing that a visitor writes becomes part of a query. A record that is not public is unknown here
as anywhere: what its datasets are cannot be asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from typing import Any

import sqlalchemy as sa

from ckanext.gtplan.prm.vocabulary import vocabulary

from ..making.reading import list_open

__all__ = ["FILTERS", "FilterError", "Filters", "Refusal", "read_filters"]

#: The plan records that a dataset may name, in the field that is called as their type.
_LINKS = ("milestone", "commitment", "action_plan")
FILTERS = ("organization", "group", "theme", *_LINKS, "modified_since")

_IS_PUBLIC = "state = 'active' AND private IS FALSE"
_CONDITIONS = {
    "organization": "p.owner_org = :organization",
    "group": (
        "EXISTS (SELECT 1 FROM member m WHERE m.group_id = :group AND m.table_id = p.id"
        " AND m.table_name = 'package' AND m.state = 'active')"
    ),
    "theme": ":theme = ANY (f.themes)",
    "modified_since": "f.modified >= CAST(:modified_since AS timestamptz)",
    **{name: f"p.type = 'dataset' AND p.extras ->> '{name}' = :{name}" for name in _LINKS},
}
_GROUPS = "SELECT id, id AS key FROM \"group\" WHERE state = 'active'"
#: What is looked up of the thing that a value names, by its name or id, and what the condition
#: goes by.
_LOOKUPS = {
    "organization": f"{_GROUPS} AND is_organization",
    "group": f"{_GROUPS} AND NOT is_organization",
    **{
        name: f"SELECT id, name AS key FROM package WHERE type = '{name}' AND {_IS_PUBLIC}"
        for name in _LINKS
    },
}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{3}(\d{3})?)?)?(Z|[+ -]\d\d:\d\d)?)?"
)


class Refusal(Enum):
    """Why a value is refused."""

    TWICE = "twice"
    NO_MOMENT = "no moment"
    NO_THEME = "no theme"
    NOT_FOUND = "not found"


class FilterError(Exception):
    """A value that a feed can't be narrowed by.

    Args:
        name: of the filter.
        value: as it was given.
        why: what is wrong with it.
    """

    def __init__(self, name: str, value: str, why: Refusal) -> None:
        super().__init__(f"{name}={value!r}: {why.value}")
        self.name, self.value, self.why = name, value, why


@dataclass(frozen=True)
class Filters:
    """The filters of a request.

    Attributes:
        asked: names and values as they were given, in the order of FILTERS, for links.
        given: the parameters of the condition.
    """

    asked: tuple[tuple[str, str], ...] = ()
    given: tuple[tuple[str, str], ...] = ()

    @property
    def condition(self) -> str:
        """The condition on a package ``p`` and its fragment ``f``."""
        return " AND ".join(["TRUE", *(_CONDITIONS[name] for name, _ in self.given)])


def read_filters(connection: sa.Connection, asked: Mapping[str, Sequence[str]]) -> Filters:
    """Read the filters of a request.

    Args:
        connection: to look names up.
        asked: the values of each of FILTERS that was given.

    Raises:
        FilterError: a value is none of what the filter goes by.
    """
    found: list[tuple[str, str]] = []
    for name in FILTERS:
        if name in asked:
            if len(asked[name]) > 1:
                raise FilterError(name, ", ".join(asked[name]), Refusal.TWICE)
            found.append((name, _read_value(connection, name, asked[name][0])))
    return Filters(tuple((name, asked[name][0]) for name, _ in found), tuple(found))


def _read_value(connection: sa.Connection, name: str, value: str) -> str:
    if name == "modified_since":
        return _read_moment(value).isoformat()
    if name == "theme":
        term = vocabulary("theme").find(value)
        if term is None:
            raise FilterError(name, value, Refusal.NO_THEME)
        return term.code
    return _look_up(connection, name, value)


def _read_moment(value: str) -> datetime:
    """Read a day or a moment; one that doesn't say its zone is in UTC, as CKAN's own are."""
    if not _MOMENT.fullmatch(value):
        raise FilterError("modified_since", value, Refusal.NO_MOMENT)
    # a plus that was not written as %2B arrives as a space
    text = f"{value[:11]}{value[11:].replace(' ', '+').replace('Z', '+00:00')}"
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError) as error:
        raise FilterError("modified_since", value, Refusal.NO_MOMENT) from error


def _look_up(connection: sa.Connection, name: str, value: str) -> str:
    found: Any = None
    if _NAME.fullmatch(value):
        query = f"{_LOOKUPS[name]} AND (id = :value OR name = :value) LIMIT 1"
        found = connection.execute(sa.text(query), {"value": value}).first()
    # another plugin may hide a record that is public by CKAN's own rule
    if found is None or (name in _LINKS and not list_open(connection, [found.id])):
        raise FilterError(name, value, Refusal.NOT_FOUND)
    return str(found.key)
