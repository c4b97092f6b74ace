"""The addresses that search engines are told of: what everybody may see, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan.plugins import toolkit as tk

from ...feed.keeping.database import get_engine
from ...plan.records import PACKAGE_TYPES
from ...plan.vocabulary import LANGUAGES
from ..follow.sight import has_own_labels

__all__ = ["Part", "iter_addresses", "list_parts", "list_prefixes"]

#: Addresses that a sitemap may hold (sitemaps.org, "Sitemap file location").
_LIMIT = 50_000
#: Rows that are in memory at a time.
_BATCH = 1000
_PAGES = ("", "/about", "/dataset", "/organization", "/services", "/ns/prm", "/ns/gtp")
# Packages that a plugin's own labels may hide (`has_own_labels`) are left out: only the search
# knows them.
_PATHS = """
    SELECT unnest(CAST(:pages AS text[])) COLLATE "C" AS path, NULL::timestamp AS changed
    UNION ALL
    SELECT '/organization/' || name, NULL FROM "group"
    WHERE is_organization AND type = 'organization' AND state = 'active'
    UNION ALL
    SELECT '/' || type || '/' || name, metadata_modified FROM package
    WHERE state = 'active' AND private IS FALSE AND type = ANY(:types)
    UNION ALL
    SELECT DISTINCT '/services/' || g.name || '/' || s.service_id, NULL::timestamp
    FROM gtplan_service s
    JOIN package p ON p.id = s.package_id JOIN "group" g ON g.id = p.owner_org
    WHERE p.state = 'active' AND p.private IS FALSE AND p.type = ANY(:types)
    AND g.state = 'active'
"""
_PARTS = sa.text(
    f"""
    SELECT max(changed) AS changed FROM (
        SELECT changed, (row_number() OVER (ORDER BY path) - 1) / :size AS part
        FROM ({_PATHS}) AS paths
    ) AS numbered GROUP BY part ORDER BY part
    """
)
_ADDRESSES = sa.text(
    f"SELECT path, changed FROM ({_PATHS}) AS paths ORDER BY path LIMIT :size OFFSET :start"
)


@dataclass(frozen=True)
class Part:
    """A sitemap of the index.

    Attributes:
        number: from 1.
        changed: when the latest of its records was (UTC); None where none has a date.
    """

    number: int
    changed: datetime | None


def list_prefixes() -> dict[str, str]:
    """Give by language what its addresses begin with: every page is there in each language."""
    offered = {locale.short_name for locale in tk.h.get_available_locales()}
    default = str(tk.config["ckan.locale_default"])
    return {
        language: str(
            tk.h.url_for(
                "/", locale="default" if language == default else language, qualified=True
            )
        ).rstrip("/")
        for language in (default, *LANGUAGES)
        if language in offered or language == default
    }


def list_parts() -> list[Part]:
    """List the sitemaps, each of no more addresses than one may have."""
    with get_engine().connect() as connection:
        rows = connection.execute(_PARTS, _give(len(list_prefixes()))).all()
    return [Part(number, row.changed) for number, row in enumerate(rows, 1)]


def iter_addresses(number: int, languages: int) -> Iterator[tuple[str, datetime | None]]:
    """Give paths and when each changed (UTC), some at a time, on a connection of its own.

    Args:
        number: of the part.
        languages: how many addresses each path makes.
    """
    given = _give(languages)
    with get_engine().connect() as connection:
        found = connection.execution_options(yield_per=_BATCH).execute(
            _ADDRESSES, {**given, "start": (number - 1) * given["size"]}
        )
        for row in found:
            yield row.path, row.changed


def _give(languages: int) -> dict[str, Any]:
    types = [] if has_own_labels() else ["dataset", *PACKAGE_TYPES]
    lists = [f"/{name}" for name in PACKAGE_TYPES]
    return {"pages": [*_PAGES, *lists], "types": types, "size": _LIMIT // languages}
