"""Read a document of any catalogue: RDF in every syntax, or data.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from xml.parsers import expat
from xml.sax import SAXParseException

from rdflib import Graph
from rdflib.plugins.parsers.notation3 import BadSyntax

from .feed import HYDRA, SYNTAXES

__all__ = ["Unreadable", "find_next", "is_growing", "read_document"]

_BY_MEDIA_TYPE = {syntax.media_type: syntax.name for syntax in SYNTAXES.values()} | {
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/x-turtle": "turtle",
    "text/n-triples": "nt",
}
_BY_ENDING = {ending: syntax.name for ending, syntax in SYNTAXES.items()} | {
    "json": "json",
    "turtle": "turtle",
    "owl": "xml",
}
# What the text of an entity says again: character references are none any more there.
_REFERENCE = re.compile("&(?!#)")
#: Characters that the entities of a document may add to it; abbreviated addresses need far less.
_LARGEST_GROWTH = 64 * 2**20
_JSON_LD = {"@context", "@graph", "@id", "@type"}


class Unreadable(Exception):
    """A document that is none of a catalogue.

    Args:
        why: ``web_page``, ``not_text``, ``remote_context`` or ``syntax``.
        detail: what the reader of the syntax said.
        line: where, if it is known.
    """

    def __init__(self, why: str, detail: str = "", line: int | None = None) -> None:
        super().__init__(why, detail, line)
        self.why = why
        self.detail = detail
        self.line = line


def read_document(data: bytes, address: str, media_type: str = "") -> Graph | Any:
    """Read a document; its syntax is known by its media type, its ending or its content.

    Args:
        data: the document.
        address: where it is from: a URL, or the name of a file.
        media_type: as the server says it.

    Returns:
        The statements; of a data.json, what the JSON holds.

    Raises:
        Unreadable: it is neither.
    """
    name = PurePosixPath(urlsplit(address).path).name
    ending = name.rpartition(".")[2].lower()
    syntax = _BY_MEDIA_TYPE.get(media_type.partition(";")[0].strip().lower())
    syntax = syntax or _BY_ENDING.get(ending) or _guess(data)
    if syntax in ("json", "json-ld"):
        document = _read_json(data)
        if syntax == "json" and not _is_json_ld(document):
            return document
        _refuse_remote_contexts(document)
        syntax = "json-ld"
    return _read_rdf(data, syntax, address)


def is_growing(document: bytes | str) -> bool:
    """Tell whether the entities of an XML document make it grow without end ("billion laughs").

    Entities that abbreviate addresses, as ontologies have them, are let through. Those made of
    other entities are not, however they are spelt, nor parameter entities, nor a long one said
    again and again: no catalogue needs them.

    Args:
        document: of any syntax: what is not XML has no entities.
    """
    longest = 0

    def note(name: str, is_parameter: bool, value: str | None, *_: Any) -> None:
        nonlocal longest
        if is_parameter or _REFERENCE.search(value or ""):
            raise _Growing
        longest = max(longest, len(value or ""))

    def stop(*_: Any) -> None:
        raise _Root

    reader = expat.ParserCreate()
    reader.EntityDeclHandler = note
    reader.StartElementHandler = stop
    try:
        reader.Parse(document, True)
    except _Growing:
        return True
    except (_Root, expat.ExpatError, ValueError):
        # what is no XML is said by who reads it
        pass
    references = document.count("&") if isinstance(document, str) else document.count(b"&")
    return longest * references > _LARGEST_GROWTH


class _Growing(Exception):
    """An entity that no catalogue needs."""


class _Root(Exception):
    """The first element: entities are declared before it."""


def find_next(graph: Graph) -> str | None:
    """Find the address of the page after this one, in Hydra's terms of today or of old."""
    for predicate in (HYDRA.next, HYDRA.nextPage):
        for address in graph.objects(None, predicate):
            return str(address)
    return None


def _guess(data: bytes) -> str:
    head = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1000].lower()
    if head.startswith((b"<!doctype html", b"<html")):
        raise Unreadable("web_page")
    if head.startswith((b"{", b"[")):
        return "json"
    return "xml" if head.startswith((b"<?xml", b"<!", b"<rdf:")) else "turtle"


def _read_json(data: bytes) -> Any:
    try:
        return json.loads(_decode(data))
    except json.JSONDecodeError as error:
        raise Unreadable("syntax", error.msg, error.lineno) from error
    except RecursionError as error:
        raise Unreadable("syntax", "nested too deeply") from error


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable("not_text", f"0x{data[error.start]:02x}", line) from error


def _is_json_ld(document: Any) -> bool:
    """Tell JSON-LD from a data.json, which may have a context too but has the profile's keys."""
    items = document if isinstance(document, list) else [document]
    first = next((item for item in items if isinstance(item, Mapping)), {})
    return bool(_JSON_LD & set(first)) and not {"dataset", "distribution"} & set(first)


def _refuse_remote_contexts(document: Any) -> None:
    """Refuse what would make the reader open addresses that nobody asked it to open."""
    stack = [document]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            contexts = item.get("@context")
            for context in contexts if isinstance(contexts, list) else [contexts]:
                if isinstance(context, str):
                    raise Unreadable("remote_context", context)
                if isinstance(context, Mapping) and "@import" in context:
                    raise Unreadable("remote_context", str(context["@import"]))
            stack += item.values()
        elif isinstance(item, list):
            stack += item


def _read_rdf(data: bytes, syntax: str, address: str) -> Graph:
    if syntax == "xml" and is_growing(data):
        raise Unreadable("syntax", "entities that make the document grow without end")
    # XML says its encoding itself.
    text: Any = data if syntax == "xml" else _decode(data)
    public = address if "://" in address else "file:///"
    try:
        return Graph().parse(data=text, format=syntax, publicID=public)
    except SAXParseException as error:
        raise Unreadable("syntax", error.getMessage(), error.getLineNumber()) from error
    except BadSyntax as error:
        raise Unreadable("syntax", error._why, error.lines + 1) from error
    except Exception as error:
        # The readers of rdflib have no class of errors in common.
        raise Unreadable("syntax", f"{type(error).__name__}: {error}"[:300]) from error
