"""What search engines are told of: /sitemap.xml, an index of sitemaps in every language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from urllib.parse import quote
from xml.sax.saxutils import escape

from ckan.plugins import toolkit as tk
from flask import Blueprint, Response

from ..logic.exchange.sitemap import iter_addresses, list_parts, list_prefixes

__all__ = ["sitemap"]

sitemap = Blueprint("gtplan_sitemap", __name__)

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_XHTML = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'


@sitemap.route("/sitemap.xml")
def index() -> Response:
    """Answer the index: one sitemap for each 50,000 addresses."""
    parts = (
        f"<sitemap><loc>{escape(_locate(part.number))}</loc>{_date(part.changed)}</sitemap>\n"
        for part in list_parts()
    )
    text = f"{_HEAD}<sitemapindex {_NAMESPACE}>\n{''.join(parts)}</sitemapindex>\n"
    return Response(text, mimetype="application/xml")


@sitemap.route("/sitemap-<int:number>.xml")
def read(number: int) -> Response:
    """Answer one sitemap, while it is read from the database.

    Args:
        number: of the sitemap in the index.
    """
    # beyond this, the database has no number for it
    if not 1 <= number <= 1_000_000:
        return tk.abort(404)
    prefixes = list_prefixes()
    paths = iter_addresses(number, len(prefixes))
    first = next(paths, None)
    if first is None:
        return tk.abort(404)
    return Response(_write(chain([first], paths), prefixes), mimetype="application/xml")


def _locate(number: int) -> str:
    return str(tk.url_for("gtplan_sitemap.read", number=number, locale="default", qualified=True))


def _write(
    paths: Iterator[tuple[str, datetime | None]], prefixes: Mapping[str, str]
) -> Iterator[str]:
    yield f"{_HEAD}<urlset {_NAMESPACE} {_XHTML}>\n"
    default = next(iter(prefixes.values()))
    tags = {**{name.replace("_", "-"): prefix for name, prefix in prefixes.items()}}
    tags["x-default"] = default
    for path, changed in paths:
        place = escape(quote(path))
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{tag}" href="{escape(prefix)}{place}"/>'
            for tag, prefix in tags.items()
        )
        rest = f"{_date(changed)}{links}</url>\n"
        yield "".join(
            f"<url><loc>{escape(prefix)}{place}</loc>{rest}" for prefix in prefixes.values()
        )
    yield "</urlset>\n"


def _date(moment: datetime | None) -> str:
    return f"<lastmod>{moment.isoformat(timespec='seconds')}Z</lastmod>" if moment else ""
