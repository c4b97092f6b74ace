"""Answers for machines: statements in a syntax, and refusals in words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from ckan import model
from flask import Response, stream_with_context
from rdflib import Graph

from ..config import get_base_uri
from ..rdf.feed import SYNTAXES, serialize
from ..rdf.joining import join

__all__ = ["answer_graph", "answer_pages", "open_to_all", "refuse"]


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


def refuse(status: int, message: str) -> Response:
    """Answer in words what a machine asked for in vain."""
    return open_to_all(Response(f"{message}\n", status=status, mimetype="text/plain"))


def open_to_all(response: Response) -> Response:
    """Let pages of other sites read the feed: it has public data only."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
