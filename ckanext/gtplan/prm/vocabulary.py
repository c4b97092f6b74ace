"""The code lists of the profile: reads ``vocabularies.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .profile import Labels, load


@dataclass(frozen=True, kw_only=True)
class Term:
    """A code, what people read for it, and the authority's IRI for it."""

    code: str
    iri: str
    label: Labels
    definition: Labels
    alias: tuple[str, ...] = ()
    url: str | None = None
    media_type: str | None = None
    type: str | None = None

    @property
    def spellings(self) -> tuple[str, ...]:
        """List every way in which the term is written."""
        prefix, _, local = self.iri.partition(":")
        namespace = load()["namespaces"].get(prefix)
        # What stands in a portal's own namespace goes by its prefixed name.
        authority = f"{namespace}{local}" if namespace else self.iri
        written = (self.code, self.url, self.media_type, authority, *self.alias)
        return tuple(text for text in written if text)


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """A code list; an open one leaves room for values that it doesn't know."""

    name: str
    terms: tuple[Term, ...]
    is_open: bool = False
    absent: tuple[str, ...] = ()

    def find(self, text: str) -> Term | None:
        """Find the term for a code or another spelling of it, in capitals or not.

        Args:
            text: what was written.

        Returns:
            The term, or None when the list has no such value.
        """
        return _spellings(self.name).get(text.strip().casefold())

    def position(self, text: str) -> int:
        """Tell where in the list a value stands; after its end when it isn't there."""
        term = self.find(text)
        return self.terms.index(term) if term else len(self.terms)


def _parse_term(raw: Mapping[str, Any]) -> Term:
    code = raw["code"]
    return Term(
        code=code,
        iri=raw["iri"],
        label=raw.get("label") or {"es": code, "en": code, "pt_BR": code},
        definition=raw.get("definition", {}),
        alias=tuple(raw.get("alias", ())),
        url=raw.get("url"),
        media_type=raw.get("media_type"),
        type=raw.get("type"),
    )


@cache
def vocabularies() -> Mapping[str, Vocabulary]:
    """Read all code lists, by name."""
    return {
        name: Vocabulary(
            name=name,
            terms=tuple(_parse_term(term) for term in raw["terms"]),
            is_open=raw.get("open", False),
            absent=tuple(raw.get("absent", ())),
        )
        for name, raw in load("vocabularies.yaml").items()
    }


@cache
def vocabulary(name: str) -> Vocabulary:
    """Read one code list.

    Args:
        name: its name in ``vocabularies.yaml``.

    Returns:
        The list.

    Raises:
        KeyError: there is no such list.
    """
    return vocabularies()[name]


@cache
def _spellings(name: str) -> Mapping[str, Term]:
    found: dict[str, Term] = {}
    for term in vocabulary(name).terms:
        for text in term.spellings:
            found.setdefault(text.casefold(), term)
    return found
