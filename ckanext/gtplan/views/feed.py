"""The addresses that harvesters know: /catalog.ttl and its kin, /dataset/<id>.ttl, /data.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from flask import Blueprint, Response, stream_with_context
from rdflib import Graph

from ckanext.gtplan.config import get_base_uri
from ckanext.gtplan.logic.exchange import feed as documents
from ckanext.gtplan.rdf.feed import SYNTAXES, serialize
from ckanext.gtplan.rdf.joining import join

__all__ = ["answer_graph", "answer_pages", "feed", "open_to_all", "refuse"]

feed = Blueprint("gtplan_feed", __name__)

# Beyond this, Solr's row numbers would overflow.
_LAST_THINKABLE_PAGE = 1_000_000


def read_catalog(ending: str) -> Response:
    """Answer a page of the catalogue in RDF.

    Args:
        ending: names the syntax.
    """
    page = _page_number()
    if page is None:
        return refuse(400, tk._("The page number must be a whole number from 1 up."))
    try:
        graph = documents.catalog_page(f"{get_base_uri()}/catalog.{ending}", page)
    except documents.PageNotFound as error:
        message = tk._("There is no page {page}: the last one is {last}.")
        return refuse(404, message.format(page=page, last=error.last))
    return answer_graph(graph, ending)


def read_dataset(id: str, ending: str) -> Response:
    """Answer one public dataset in RDF.

    Args:
        id: the dataset's id or name.
        ending: names the syntax.
    """
    graph = documents.dataset_page(id)
    return _missing() if graph is None else answer_graph(graph, ending)


def read_catalog_json() -> Response:
    """Answer the whole catalogue as data.json."""
    return _json(documents.catalog_document())


def read_dataset_json(id: str) -> Response:
    """Answer one public dataset as data.json.

    Args:
        id: the dataset's id or name.
    """
    document = documents.dataset_document(id)
    return _missing() if document is None else _json(document)


def _page_number() -> int | None:
    """Read the number of the page that is asked for; None when it can't be one."""
    text = tk.request.args.get("page", "1")
    if not text.isascii() or not text.isdigit() or len(text) > len(str(_LAST_THINKABLE_PAGE)):
        return None
    return int(text) if 1 <= int(text) <= _LAST_THINKABLE_PAGE else None


def answer_graph(graph: Any, ending: str) -> Response:
    """Answer statements.

    Args:
        graph: the statements.
        ending: names the syntax.
    """
    syntax = SYNTAXES[ending]
    body = serialize(graph, syntax, get_base_uri())
    return open_to_all(Response(body, mimetype=syntax.media_type))


def answer_pages(pages: Iterator[Graph], ending: str) -> Response:
    """Answer statements a part at a time, while they are written: only one part is in memory.

    Args:
        pages: the statements. The first part is made before the answer begins, so that what
            fails at once is an error and not the beginning of a document.
        ending: names the syntax.
    """
    syntax = SYNTAXES[ending]
    parts = chain([next(pages, Graph())], pages)
    texts = _send(join(parts, syntax, get_base_uri()))
    return open_to_all(Response(stream_with_context(texts), mimetype=syntax.media_type))


def _send(texts: Iterator[str]) -> Iterator[bytes]:
    try:
        for text in texts:
            yield text.encode("utf-8")
    finally:
        # CKAN gives its session back when the answer begins
        model.Session.remove()


def _json(document: Any) -> Response:
    body = json.dumps(document, ensure_ascii=False, indent=2)
    return open_to_all(Response(body, mimetype="application/json"))


def _missing() -> Response:
    return refuse(404, tk._("There is no public dataset at this address."))


def refuse(status: int, message: str) -> Response:
    """Answer in words what a machine asked for in vain."""
    return open_to_all(Response(f"{message}\n", status=status, mimetype="text/plain"))


def open_to_all(response: Response) -> Response:
    """Let pages of other sites read the feed: it has public data only."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


# An address for each syntax: written out, it wins over ckanext-dcat's rule
# with a placeholder, wherever the two stand in ckan.plugins.
for _ending in SYNTAXES:
    feed.add_url_rule(
        f"/catalog.{_ending}",
        endpoint=f"catalog_{_ending}",
        view_func=read_catalog,
        defaults={"ending": _ending},
    )
    feed.add_url_rule(
        f"/dataset/<id>.{_ending}",
        endpoint=f"dataset_{_ending}",
        view_func=read_dataset,
        defaults={"ending": _ending},
    )
feed.add_url_rule("/data.json", view_func=read_catalog_json)
feed.add_url_rule("/dataset/<id>/data.json", view_func=read_dataset_json)
