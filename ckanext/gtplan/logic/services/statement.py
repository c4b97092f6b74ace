"""The one statement of a search: a page of results, and what every filter would leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model

from ...plan.living import split_cell
from .entries import FILTERS

#: What a list may be ordered by; without words, there is no relevance.
ORDERS = {
    "relevance": "f.rank DESC, f.volume DESC NULLS LAST, f.sort_name, package_id, service_id",
    "name": "f.sort_name, package_id, service_id",
    "institution": "f.owner_title, f.sort_name, package_id, service_id",
    "use": "f.volume DESC NULLS LAST, f.sort_name, package_id, service_id",
}
#: What a word weighs in the rest, the description, the keywords and the name.
_WEIGHTS = "{0.02, 0.15, 0.5, 1.0}"
#: The bit of a filter in the sum of those that a service does not pass.
_BITS = {name: 1 << place for place, name in enumerate(reversed(FILTERS))}

#: Whether everybody may see the inventory ``p`` of the institution ``g``, and it is its newest.
IS_CURRENT = """
    p.type = 'service_inventory' AND p.state = 'active' AND NOT p.private
    AND g.is_organization AND g.state = 'active'
    AND NOT EXISTS (
        SELECT FROM package n
        WHERE n.owner_org = p.owner_org AND n.type = 'service_inventory'
            AND n.state = 'active' AND NOT n.private
            AND (coalesce(n.extras ->> 'reference_year', ''), n.id)
                > (coalesce(p.extras ->> 'reference_year', ''), p.id)
    )
"""
#: A service that names no institution is one of the inventory's owner.
_COLUMNS = {name: f"s.{name}" for name in FILTERS} | {
    "institution": "CASE s.institution WHEN '' THEN g.name ELSE s.institution END"
}
_NAMES = ", ".join(FILTERS)
#: Counting whole texts of values first is quicker than counting value by value.
_STATEMENT = f"""
    WITH found AS MATERIALIZED (
        SELECT s.package_id, s.service_id, s.sort_name, s.volume, g.title AS owner_title,
            {", ".join(f"{column} AS {name}" for name, column in _COLUMNS.items())},
            %(rank)s AS rank, %(missed)s AS missed
        FROM gtplan_service s
        JOIN package p ON p.id = s.package_id
        JOIN "group" g ON g.id = p.owner_org
        WHERE {IS_CURRENT} %(matches)s
    ), counts AS (
        SELECT GROUPING({_NAMES}) AS others, missed, coalesce({_NAMES}) AS text, count(*) AS n
        FROM found
        GROUP BY GROUPING SETS ((missed), {", ".join(f"(missed, {name})" for name in FILTERS)})
    ), page AS (
        SELECT * FROM found f WHERE missed = 0 ORDER BY %(order)s LIMIT :limit OFFSET :offset
    )
    SELECT (SELECT jsonb_agg(jsonb_build_array(others, missed, text, n)) FROM counts) AS counts,
        (
            SELECT jsonb_agg(
                s.shown || jsonb_build_object(
                    'service_id', s.service_id, 'organization', g.name,
                    'organization_title', g.title, 'inventory', p.name,
                    'reference_year', p.extras ->> 'reference_year',
                    'competent_authority', string_to_array(f.institution, '|')
                ) ORDER BY %(order)s
            )
            FROM page f JOIN gtplan_service s USING (package_id, service_id)
            JOIN package p ON p.id = package_id
            JOIN "group" g ON g.id = p.owner_org
        ) AS results
"""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a list is narrowed to, how it is ordered, and which part of it is wanted.

    Attributes:
        filters: by the name of the filter, values of which a service has one at least.
        order: a name of ``ORDERS``.
        limit: results at most.
        offset: results before the first.
    """

    filters: Mapping[str, Sequence[str]]
    order: str
    limit: int
    offset: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the statement finds.

    Attributes:
        count: how long the whole list is.
        total: how long it would be without the filters.
        facets: by filter, its values with the length of the list that each would give.
        results: the page.
    """

    count: int
    total: int
    facets: dict[str, dict[str, int]]
    results: list[dict[str, Any]]


def ask(match: str, rank: str, question: Question) -> Found:
    """Ask the database.

    Args:
        match: a tsquery that services must fulfil; empty for all services.
        rank: a tsquery by which they are ordered.
        question: the rest.
    """
    filters = {name: list(values) for name, values in question.filters.items() if values}
    words = {"match": match, "rank": rank} if match else {}
    page = {"limit": question.limit, "offset": question.offset}
    statement = sa.text(make_statement(filters, question.order, has_words=bool(match)))
    row = model.Session.execute(statement, {**filters, **words, **page}).one()
    return _read(row.counts or (), row.results or ())


def make_statement(filters: Iterable[str], order: str, *, has_words: bool) -> str:
    """Write the statement.

    Args:
        filters: names of those whose values are given.
        order: a name of ``ORDERS``; without words, relevance is the name.
        has_words: whether ``:match`` and ``:rank`` are given.
    """
    missed = [
        f"CASE WHEN string_to_array({_COLUMNS[name]}, '|') && CAST(:{name} AS text[])"
        f" THEN 0 ELSE {_BITS[name]} END"
        for name in filters
    ]
    rank = f"ts_rank('{_WEIGHTS}', s.document, CAST(:rank AS tsquery))"
    return _STATEMENT % {
        "rank": rank if has_words else "0",
        "missed": " + ".join(missed) or "0",
        "matches": "AND s.document @@ CAST(:match AS tsquery)" if has_words else "",
        "order": ORDERS[order if has_words or order != "relevance" else "name"],
    }


def _read(counts: Iterable[Any], results: Iterable[dict[str, Any]]) -> Found:
    """Read the answer: a value counts for its own filter also where only that one is missed."""
    names = {sum(_BITS.values()) - bit: name for name, bit in _BITS.items()}
    facets: dict[str, dict[str, int]] = {name: {} for name in FILTERS}
    count = total = 0
    for others, missed, text, number in counts:
        name = names.get(others)
        if name is None:
            total += number
            count += 0 if missed else number
        elif missed in (0, _BITS[name]):
            for value in split_cell(text):
                facets[name][value] = facets[name].get(value, 0) + number
    return Found(count=count, total=total, facets=facets, results=[_show(r) for r in results])


def _show(result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "channels": split_cell(result.get("channels") or "")}
