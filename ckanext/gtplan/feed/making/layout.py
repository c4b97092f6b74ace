"""How a document of a feed is put together: a head, the bodies of its fragments, and a tail.

A body stands alone: it has no blank nodes, and of prefixes only those that each head declares, so
that bodies may be joined in any order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from rdflib import Graph

from .syntax import list_prefixes, read_graph, write_bodies

__all__ = ["ENDINGS", "SEPARATORS", "TAILS", "write_head"]

#: By the ending of an address: the syntax in which bodies are kept, and the media type.
ENDINGS: Mapping[str, tuple[str, str]] = {
    "ttl": ("ttl", "text/turtle"),
    "rdf": ("xml", "application/rdf+xml"),
    "xml": ("xml", "application/rdf+xml"),
    "n3": ("ttl", "text/n3"),
    "jsonld": ("jsonld", "application/ld+json"),
    "nt": ("nt", "application/n-triples"),
    "json": ("json", "application/json"),
}
#: What stands between two bodies, and after the last one.
SEPARATORS: Mapping[str, bytes] = {
    "nt": b"",
    "ttl": b"",
    "xml": b"",
    "jsonld": b",\n",
    "json": b",\n",
}
TAILS: Mapping[str, bytes] = {
    "nt": b"",
    "ttl": b"",
    "xml": b"</rdf:RDF>\n",
    "jsonld": b"\n]\n}\n",
    "json": b"\n]\n}\n",
}


def write_head(
    syntax: str, catalogue: Graph | Mapping[str, Any], base: str, *, is_empty: bool
) -> bytes:
    """Write what stands before the first body: always the same for the same catalogue.

    Args:
        syntax: one of ``model.feed.SYNTAXES``.
        catalogue: what is said of the catalogue: statements, for ``json`` an object.
        base: public address of the portal.
        is_empty: no body follows.
    """
    if not isinstance(catalogue, Graph):
        known = {key: value for key, value in catalogue.items() if key != "dataset"}
        start = json.dumps(known, ensure_ascii=False)[:-1]
        return f'{start}{", " if known else ""}\n"dataset": [\n'.encode()
    body = write_bodies(read_graph(catalogue), base)[syntax]
    end = SEPARATORS[syntax] if body and not is_empty else b""
    return _write_start(syntax, base) + body + end


@cache
def _write_start(syntax: str, base: str) -> bytes:
    prefixes = list_prefixes(base)
    if syntax == "ttl":
        return "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes.items()).encode()
    if syntax == "xml":
        declared = "".join(f'\n\txmlns:{name}="{iri}"' for name, iri in prefixes.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{declared}>\n'.encode()
    return b'{\n"@graph": [\n' if syntax == "jsonld" else b""
