"""Documents that are written a part at a time: of a whole plan only one part is in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import quoteattr

from rdflib import Graph

from .feed import Syntax, serialize
from .terms import namespaces

__all__ = ["join"]


def join(graphs: Iterable[Graph], syntax: Syntax, base: str) -> Iterator[str]:
    """Write the statements of several graphs as one document.

    Args:
        graphs: without blank nodes, which would be one and the same in all of them; with no
            other namespaces of predicates than the portal's own list.
        syntax: one of SYNTAXES.
        base: public address of the portal.

    Yields:
        The document, piece by piece; the same graphs in the same order give the same pieces.
    """
    if syntax.name == "xml":
        yield from _join_xml(graphs, syntax, base)
    elif syntax.name == "json-ld":
        yield from _join_json(graphs, syntax, base)
    else:
        # a document of lines, or one whose prefixes may be said again
        for graph in graphs:
            text = serialize(graph, syntax, base)
            yield _sort_lines(text) if syntax.name == "nt" else text


def _sort_lines(text: str) -> str:
    # not splitlines(): a literal may hold U+2028, which is no end of a line here
    lines = sorted(line for line in text.split("\n") if line)
    return "".join(f"{line}\n" for line in lines)


def _join_xml(graphs: Iterable[Graph], syntax: Syntax, base: str) -> Iterator[str]:
    names = namespaces(base).items()
    declared = "\n".join(f"   xmlns:{prefix}={quoteattr(name)}" for prefix, name in names)
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF\n{declared}\n>\n'
    for graph in graphs:
        text = serialize(graph, syntax, base)
        _, _, body = text.partition("\n>\n")
        yield body.rpartition("</rdf:RDF>")[0]
    yield "</rdf:RDF>\n"


def _join_json(graphs: Iterable[Graph], syntax: Syntax, base: str) -> Iterator[str]:
    context = json.dumps(namespaces(base), indent=2)
    yield f'{{\n"@context": {context},\n"@graph": [\n'
    separator = ""
    for graph in graphs:
        document = json.loads(serialize(graph, syntax, base))
        document.pop("@context", None)
        for node in document.get("@graph", [document] if document else []):
            yield f"{separator}{json.dumps(node, ensure_ascii=False)}"
            separator = ",\n"
    yield "\n]\n}\n"
