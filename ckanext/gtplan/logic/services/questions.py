"""What a citizen writes, as PostgreSQL understands it; and what a misspelt word may mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model

from ...plan.spelling import count_slips, is_close, spell_sound
from .statement import IS_CURRENT

#: More words than anybody means; the rest is passed over.
_MOST_WORDS = 12
#: Characters that are read of what was written.
_LONGEST = 300
#: A beginning of fewer letters would begin too many words.
_SHORTEST_START = 3
#: Words that are looked at for a misspelt one, nearest first, and how alike they must be.
_NEAREST = 12
LEAST_ALIKE = 0.15
_WORD = re.compile(r"[^\W_]+")

_READ = sa.text(
    """
    SELECT w.word, gtplan_fold(w.word) AS folded,
        CAST(plainto_tsquery('spanish', gtplan_fold(w.word)) AS text) AS query
    FROM unnest(CAST(:words AS text[])) WITH ORDINALITY AS w(word, place)
    ORDER BY w.place
    """
)
_NEAR = sa.text(
    f"""
    SELECT w.given, c.word, c.sound
    FROM unnest(CAST(:sounds AS text[])) AS w(given)
    CROSS JOIN LATERAL (
        SELECT word, sound FROM gtplan_service_word WHERE sound % w.given
        ORDER BY sound <-> w.given LIMIT {_NEAREST}
    ) AS c
    """
)
_COUNT = sa.text(
    f"""
    SELECT w.query, (
        SELECT count(*) FROM (
            SELECT FROM gtplan_service s
            JOIN package p ON p.id = s.package_id
            JOIN "group" g ON g.id = p.owner_org
            WHERE s.document @@ CAST(w.query AS tsquery) AND {IS_CURRENT}
            LIMIT 50
        ) AS few
    ) AS found
    FROM unnest(CAST(:queries AS text[])) AS w(query)
    """
)


class Term(NamedTuple):
    """A word of what was asked.

    Attributes:
        word: as it was written.
        folded: without case and accents.
        query: of PostgreSQL's full text search; empty of a word such as «de».
    """

    word: str
    folded: str
    query: str


def read_terms(text: str) -> list[Term]:
    """Read what was written as words, each once; signs, and what PostgreSQL cannot hold, go."""
    composed = unicodedata.normalize("NFKC", text[:_LONGEST])
    words = list(dict.fromkeys(_WORD.findall(composed)))
    return _ask_terms(words[:_MOST_WORDS])


def _ask_terms(words: Sequence[str]) -> list[Term]:
    if not words:
        return []
    rows = model.Session.execute(_READ, {"words": list(words)})
    return [Term(row.word, row.folded.strip(), row.query) for row in rows]


def ask_all(terms: Sequence[Term]) -> str:
    """Ask for what has all the words, in any order."""
    return " & ".join(f"({term.query})" for term in terms)


def ask_some(terms: Sequence[Term]) -> str:
    """Ask for what has one of the words."""
    return " | ".join(f"({term.query})" for term in terms)


def open_last(terms: Sequence[Term]) -> list[Term] | None:
    """Let the last word be the beginning of one; None where it is too short for that."""
    last = terms[-1]
    start = last.folded.replace("ó", "o")
    if len(start) < _SHORTEST_START or " " in start:
        return None
    return [*terms[:-1], last._replace(query=f"{last.query} | '{start}':*")]


def find_spellings(terms: Sequence[Term], most: int) -> list[Term | None]:
    """Find what each word may have been meant to be.

    Args:
        terms: the words.
        most: a word that more services have is right as it is.

    Returns:
        For each term itself, or the word that it may be a slip for; None for one that no service
        has and that is near to none.
    """
    near = _find_near(terms)
    words = {word for found in near.values() for word in found}
    candidates = {term.word: term for term in _ask_terms(sorted(words))}
    counts = _count_services({t.query for t in (*terms, *candidates.values()) if t.query})
    return [_choose(term, near[term.word], candidates, counts, most) for term in terms]


def _find_near(terms: Sequence[Term]) -> dict[str, list[str]]:
    """Find the words of the directory near to each word, the nearest first."""
    sounds = {term.word: spell_sound(term.word) for term in terms}
    rows = model.Session.execute(_NEAR, {"sounds": sorted(set(sounds.values()))})
    found: dict[str, list[tuple[int, str]]] = {sound: [] for sound in sounds.values()}
    for given, word, sound in rows:
        if is_close(given, sound):
            found[given].append((count_slips(given, sound), word))
    return {word: [near for _, near in sorted(found[sound])] for word, sound in sounds.items()}


def _count_services(queries: set[str]) -> Mapping[str, int]:
    """Count the services of the directory that have a word: no other word is offered."""
    rows = model.Session.execute(_COUNT, {"queries": sorted(queries)})
    return {row.query: row.found for row in rows}


def _choose(
    term: Term,
    near: Sequence[str],
    candidates: Mapping[str, Term],
    counts: Mapping[str, int],
    most: int,
) -> Term | None:
    own = counts.get(term.query, 0)
    if own > most:
        return term

    def rank(word: str) -> Any:
        slips = count_slips(spell_sound(term.word), spell_sound(word))
        return slips, -counts.get(candidates[word].query, 0), word.isascii(), word

    for word in sorted(near, key=rank):
        found = candidates[word]
        if found.query != term.query and counts.get(found.query, 0) > own:
            return found
    return term if own else None
