"""The one statement of a search: a page of results, and what every filter would leave."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckan import model

from ...plan.living import split_cell
from .entries import FILTERS

#: What the statement tells of a result, after what the directory keeps to show of it.
_TOLD = (
    *("service_id", "organization", "organization_title", "inventory", "reference_year"),
    *("competent_authority", "is_named"),
)
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
#: Where a filter is not asked, its values are NULL.
_MISSED = " + ".join(
    f"CASE WHEN ${place} IS NULL OR string_to_array({column}, '|') && ${place}"
    f" THEN 0 ELSE {_BITS[name]} END"
    for place, (name, column) in enumerate(_COLUMNS.items(), 5)
)
_PARAMETERS = ("tsquery", "tsquery", "bigint", "bigint", *("text[]" for _ in FILTERS))
#: Who may see is asked once for each inventory that has a match, not for each service: the plan
#: is the same for few and for many. Counting whole texts of values first is quicker than counting
#: value by value; and to make json takes half as long as jsonb.
_STATEMENT = f"""
    WITH matched AS MATERIALIZED (
        SELECT package_id, service_id, sort_name, volume, {_NAMES}, %(rank)s AS rank
        FROM gtplan_service s %(matches)s
    ), current AS MATERIALIZED (
        SELECT p.id, g.name, g.title
        FROM (SELECT DISTINCT package_id FROM matched) m
        JOIN package p ON p.id = m.package_id
        JOIN "group" g ON g.id = p.owner_org
        WHERE {IS_CURRENT}
    ), found AS MATERIALIZED (
        SELECT s.package_id, s.service_id, s.sort_name, s.volume, g.title AS owner_title,
            {", ".join(f"{column} AS {name}" for name, column in _COLUMNS.items())},
            s.rank, {_MISSED} AS missed
        FROM matched s JOIN current g ON g.id = s.package_id
    ), counts AS (
        SELECT GROUPING({_NAMES}) AS others, missed, coalesce({_NAMES}) AS text, count(*) AS n
        FROM found
        GROUP BY GROUPING SETS ((missed), {", ".join(f"(missed, {name})" for name in FILTERS)})
    ), page AS (
        SELECT * FROM found f WHERE missed = 0 ORDER BY %(order)s LIMIT $3 OFFSET $4
    )
    SELECT (SELECT json_agg(json_build_array(others, missed, text, n)) FROM counts) AS counts,
        (
            SELECT json_agg(
                json_build_array(
                    s.shown, s.service_id, g.name, g.title, p.name,
                    p.extras ->> 'reference_year', string_to_array(f.institution, '|'),
                    s.institution <> ''
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
    name = _prepare(question.order, has_words=bool(match))
    chosen = (list(question.filters.get(filter_, ())) or None for filter_ in FILTERS)
    values = (match or None, rank or None, question.limit, question.offset, *chosen)
    execute = f"EXECUTE {name} ({', '.join('%s' for _ in values)})"
    row = model.Session.connection().exec_driver_sql(execute, values).one()
    return _read(row.counts or (), row.results or ())


def learn_prepared(names: Iterable[str]) -> None:
    """Take note of the statements that the database's session of this transaction has.

    To plan the statement takes longer than to find what few services have: the database keeps
    the plan. What it has is asked once in each transaction, since another session may stand
    behind the same connection the next time (pgbouncer).
    """
    model.Session.connection().info["gtplan_prepared"] = set(names)


def _prepare(order: str, *, has_words: bool) -> str:
    """Prepare the statement, unless it is; give its name."""
    text = make_statement(order, has_words=has_words)
    name = f"gtplan_services_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    connection = model.Session.connection()
    known = connection.info.setdefault("gtplan_prepared", set())
    if name not in known:
        connection.exec_driver_sql(f"PREPARE {name} ({', '.join(_PARAMETERS)}) AS {text}")
        known.add(name)
    return name


def make_statement(order: str, *, has_words: bool) -> str:
    """Write the statement, whose parameters are those that must match, those that rank, limit,
    offset, and the values of each filter.

    Args:
        order: a name of ``ORDERS``; without words, relevance is the name.
        has_words: whether some words must match.
    """
    return _STATEMENT % {
        "rank": f"ts_rank('{_WEIGHTS}', s.document, $2)" if has_words else "0",
        "matches": "WHERE s.document @@ $1" if has_words else "",
        "order": ORDERS[order if has_words or order != "relevance" else "name"],
    }


def _read(counts: Iterable[Any], results: Iterable[list[Any]]) -> Found:
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


def _show(result: list[Any]) -> dict[str, Any]:
    shown = {**result[0], **dict(zip(_TOLD, result[1:], strict=True))}
    return {**shown, "channels": split_cell(shown.get("channels") or "")}
