"""Read the rows of a record one after the other, wherever their values are looked up.

A package, a data.json document and an RDF graph are read by the same code:
each gives a look-up of the raw values of a row. Nothing here raises for what
is found: a value that no feed can say is left out and listed as a problem.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from . import values as v
from .profile import Row, reading_order, rows
from .vocabulary import vocabulary

Lookup = Callable[[Row, Mapping[str, Any]], Iterable[Any]]
"""Gives a row's raw values, the preferred one first; the second argument is what was found so far.

For a row of type ``records`` a raw value is a list of Part (or Record); for one
that has room for a single value, Several marks values that are all meant.
"""


@dataclass(frozen=True, kw_only=True)
class Link:
    """A plan record that a deliverable names: its CKAN name, title and IRI."""

    identifier: str
    title: str
    iri: str


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A value that was left out, or shortened, because no feed can say it."""

    iri: str
    field: str
    value: str
    why: str

    def __str__(self) -> str:
        return f"{self.iri}: {self.field}: {self.value}: {v.REASONS[self.why]}"


@dataclass(frozen=True, kw_only=True)
class Record:
    """A catalogue, dataset, distribution, field or theme by the profile's keys."""

    kind: str
    iri: str
    values: Mapping[str, Any]
    problems: Sequence[Problem] = field(default=(), compare=False)

    def reduced(self) -> Record:
        """Keep identifier, title and date of change: what a harvester needs to keep a dataset."""
        kept = ("identifier", "title", "modified")
        return replace(self, values={k: self.values[k] for k in kept if k in self.values})


@dataclass(frozen=True, kw_only=True)
class Part:
    """A record within another, yet to be read; by its names as ``Builder.build`` has them."""

    iri: str
    lookup: Lookup
    names: frozenset[str] | None = None


class Several(list[Any]):
    """Values of a field that has room for one: the first that can be said is kept."""


def digest(text: str) -> str:
    """Shorten a text to a stable mark for identifiers."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def fragment(iri: str, name: str) -> str:
    """Make the identifier of a part of a thing."""
    return f"{iri}-{name}" if "#" in iri else f"{iri}#{name}"


class Builder:
    """Reads records and collects what can't be said.

    Args:
        links: the public plan records by name, for values that name one.
    """

    def __init__(self, links: Mapping[str, Link] | None = None) -> None:
        self._links = links or {}
        self._problems: list[Problem] = []

    def build(
        self, kind: str, iri: str, lookup: Lookup, names: frozenset[str] | None = None
    ) -> Record:
        """Read everything that a record of a class can hold, in the order of the table.

        Args:
            kind: a class of the profile.
            iri: the record's identifier.
            lookup: gives the raw values.
            names: the CKAN fields that the look-up knows, as most are not there; None: any.

        Returns:
            The record, with all problems that this builder has found so far.
        """
        found: dict[str, Any] = {}
        told = reading_order(kind, names)
        for row in told:
            value = self._value(row, iri, lookup(row, found))
            if value is not None:
                found[row.key] = value
        if told and told[-1].type == "records":
            found = {row.key: found[row.key] for row in rows(kind) if row.key in found}
        return Record(kind=kind, iri=iri, values=found, problems=self.problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """List the problems found so far."""
        return tuple(self._problems)

    def report(self, iri: str, name: str, raw: Any, why: str) -> None:
        """List a problem.

        Args:
            iri: of the record that it concerns.
            name: the field.
            raw: what can't be said.
            why: a key of REASONS.
        """
        shown = raw if isinstance(raw, Shown) else repr(raw)
        shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
        self._problems.append(Problem(iri=iri, field=name, value=str(shown), why=why))

    def _value(self, row: Row, iri: str, candidates: Iterable[Any]) -> Any | None:
        for raw in candidates:
            # most fields of most records are empty: that is told first
            if raw is None or v.is_blank(raw) or (row.type == "code" and _is_absent(row, raw)):
                continue
            if row.type == "records":
                value: Any = self._records(row, raw, iri)
            elif row.many:
                value = self._several(row, raw, iri)
            elif isinstance(raw, Several):
                value = self._first(row, raw, iri)
            else:
                value = self._single(row, raw, iri)
            if value is not None and value != []:
                return value
        return None

    def _single(self, row: Row, raw: Any, iri: str) -> Any | None:
        try:
            return self._read_link(raw) if row.type == "link" else v.read_value(row, raw)
        except v.Unsayable as problem:
            self.report(iri, row.key, raw, problem.why)
            return problem.kept

    def _first(self, row: Row, raw: Several, iri: str) -> Any | None:
        """Keep the first value that can be said; another that says the same is no problem."""
        kept: Any = None
        for item in raw:
            value = None if v.is_blank(item) else self._single(row, item, iri)
            if kept is None:
                kept = value
            elif value is not None and value != kept:
                self.report(iri, row.key, item, "only_one")
        return kept

    def _several(self, row: Row, raw: Any, iri: str) -> list[Any]:
        items = v.read_list(raw)
        if row.type == "place" and all(isinstance(item, (int, float)) for item in items):
            items = [items]
        read: list[Any] = []
        # a hostile feed may have a million: a look through the list for each would take days
        seen: set[str] = set()
        for item in items:
            value = None if v.is_blank(item) else self._single(row, item, iri)
            if row.keeps_places or (value is not None and repr(value) not in seen):
                read.append(value)
                seen.add(repr(value))
        while read and read[-1] is None:
            read.pop()
        return read

    def _records(self, row: Row, raw: Any, iri: str) -> list[Record]:
        children = []
        for item in v.read_list(raw):
            if isinstance(item, Record):
                children.append(item)
            elif isinstance(item, Part):
                children.append(self.build(row.vocabulary or "", item.iri, item.lookup, item.names))
            else:
                self.report(iri, row.key, item, "not_record")
        return children

    def _read_link(self, raw: Any) -> Link:
        """Read the name of a public plan record, or the parts of one of another portal."""
        if isinstance(raw, Mapping):
            iri = v.read_iri(raw.get("uri"))
            given = (raw.get("title"), raw.get("identifier"))
            said = [part for part in given if not v.is_blank(part)]
            title = v.read_text(said[0]) if said else iri
            name = v.read_text(said[-1]) if said else iri
            if not isinstance(title, str) or not isinstance(name, str):
                raise v.Unsayable("not_text")
            return Link(identifier=name, title=title, iri=iri)
        name = v.read_text(raw)
        link = self._links.get(name) if isinstance(name, str) else None
        if link is None:
            raise v.Unsayable("no_public_record")
        return link


class Shown(str):
    """A raw value as people read it, where Python's own form of it would say less."""


def _is_absent(row: Row, raw: Any) -> bool:
    """Tell whether a code says that nothing was chosen, as CKAN's ``notspecified``."""
    return raw in vocabulary(row.vocabulary or "").absent
