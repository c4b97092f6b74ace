"""The search of the directory: strict first, then forgiving, and it says which.

What all words are in comes first. Only where nothing has them, the last word may be the beginning
of one, then misspelt words may be others, and in the end some of the words are enough. Everybody
is given the same: the newest inventory of each institution that everybody may see, as packages
and organizations are at this moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk

from .questions import (
    LEAST_ALIKE,
    Term,
    ask_all,
    ask_some,
    find_spellings,
    open_last,
    read_terms,
)
from .statement import Found, Question, ask, learn_prepared

#: Milliseconds that a statement may take.
_PATIENCE = 5000
#: PostgreSQL's code of a statement that took too long.
_CANCELED = "57014"
#: With fewer results, another spelling is offered beside them.
_FEW = 3
#: To compile such a question takes longer than to answer it, and so does to plan it anew; what it
#: finds of some ten thousand services must not go through files.
_LIMITS = {
    **{"statement_timeout": str(_PATIENCE), "jit": "off", "work_mem": "32MB"},
    **{"plan_cache_mode": "force_generic_plan", "pg_trgm.similarity_threshold": str(LEAST_ALIKE)},
}
_SET_LIMITS = sa.text(
    """
    SELECT ARRAY(SELECT name FROM pg_prepared_statements) AS prepared, count(
        set_config(name, value, true)
    ) FROM unnest(CAST(:names AS text[]), CAST(:values AS text[])) AS limits(name, value)
    """
)


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """How what was asked was read.

    Attributes:
        reading: ``everything`` (no words), ``all`` (of the words), ``start`` (the last word may
            be the beginning of one), ``spelling`` (of other words), ``some`` (of the words) or
            ``nothing``.
        passed_over: words that say nothing, such as «de».
        spelled: pairs of a word as it was written and as it was searched.
        missing: words that no service has.
        suggestion: what may have been meant, where little was found.
    """

    reading: str
    passed_over: list[str] = field(default_factory=list)
    spelled: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    suggestion: str | None = None


@dataclass(frozen=True)
class Answer:
    """What was found, and of what."""

    found: Found
    understood: Understanding


def search_services(text: str, question: Question) -> Answer:
    """Search the directory.

    Raises:
        toolkit.ValidationError: what is asked takes too long.
    """
    with _limit_time():
        terms = read_terms(text)
        words = [term for term in terms if term.query]
        told = {"passed_over": [term.word for term in terms if not term.query]}
        if words:
            return _climb_down(words, question, told)
        return Answer(ask("", "", question), Understanding(reading="everything", **told))


@contextmanager
def _limit_time() -> Iterator[None]:
    """Let nothing take long: the database stops what does, and the caller's work goes on."""
    try:
        inner = model.Session.connection().begin_nested()
        try:
            limits = {"names": list(_LIMITS), "values": list(_LIMITS.values())}
            learn_prepared(model.Session.execute(_SET_LIMITS, limits).one().prepared)
            yield
        finally:
            inner.rollback()  # nothing was written, and the limits go
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "pgcode", None) != _CANCELED:
            raise
        sentence = tk._("The search took too long: use fewer or more precise words")
        raise tk.ValidationError({"q": [sentence]}) from error


def _climb_down(words: list[Term], question: Question, told: dict[str, Any]) -> Answer:
    """Ask less and less strictly, until something is found."""
    found = ask(ask_all(words), ask_some(words), question)
    if found.total:
        suggestion = _suggest(words, found) if found.total < _FEW else None
        return Answer(found, Understanding(reading="all", suggestion=suggestion, **told))
    opened = open_last(words)
    if opened:
        found = ask(ask_all(opened), ask_some(opened), question)
        if found.total:
            return Answer(found, Understanding(reading="start", **told))
    return _spell(words, question, told)


def _suggest(words: list[Term], found: Found) -> str | None:
    """Find another spelling that more services have."""
    spelled = [term for term in find_spellings(words, most=_FEW) if term]
    if len(spelled) < len(words) or spelled == words:
        return None
    counting = Question(filters={}, order="name", limit=0, offset=0)
    more = ask(ask_all(spelled), ask_some(spelled), counting)
    return " ".join(term.word for term in spelled) if more.total > found.total else None


def _spell(words: list[Term], question: Question, told: dict[str, Any]) -> Answer:
    """Ask for what misspelt words may have been meant to be: for all of them, or else some."""
    spellings = find_spellings(words, most=0)
    pairs = list(zip(words, spellings, strict=True))
    missing = [word.word for word, term in pairs if term is None]
    known = [term for term in spellings if term]
    understood = Understanding(
        reading="some" if missing else "spelling",
        spelled=[(word.word, term.word) for word, term in pairs if term and term is not word],
        missing=missing,
        **told,
    )
    if not known:
        nothing = Found(count=0, total=0, facets={}, results=[])
        return Answer(nothing, replace(understood, reading="nothing"))
    some = ask_some(known)
    found = ask(ask_all(known), some, question)
    if found.total:
        return Answer(found, understood)
    return Answer(ask(some, some, question), replace(understood, reading="some"))
