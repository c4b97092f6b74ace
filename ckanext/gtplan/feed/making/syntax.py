"""Statements in each syntax of RDF at once, as bodies that can be joined.

A serializer of a library writes a document, from terms of its own: making those and taking the
document apart again took longer than to write what is said, which is a small part of each syntax:
no blank nodes, no lists but by ``rdf:first`` and ``rdf:rest``, full IRIs where a name is unusual.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from json.encoder import encode_basestring
from typing import NamedTuple
from xml.sax.saxutils import escape

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.term import Node as Term

from ckanext.gtplan.prm.reasons import Unsayable
from ckanext.gtplan.prm.texts import clean_text, read_iri
from ckanext.gtplan.rdf import statements
from ckanext.gtplan.rdf.feed import HYDRA
from ckanext.gtplan.rdf.statements import Said, Text
from ckanext.gtplan.rdf.terms import namespaces

__all__ = [
    "check_name",
    "check_predicate",
    "list_prefixes",
    "read_graph",
    "read_name",
    "read_term",
    "write_bodies",
]

#: A name that each syntax takes after a prefix.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
#: What has a meaning of its own in RDF/XML (its grammar, 5.1 to 5.4), or had one.
_RESERVED = frozenset(
    f"{RDF}{name}"
    for name in (
        *("Description", "RDF", "ID", "about", "bagID", "parseType", "resource", "nodeID", "li"),
        *("datatype", "aboutEach", "aboutEachPrefix"),
    )
)
_NEXT = " ;\n\t"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
_ESCAPED = re.compile(r'[\\"\n\r]')


#: How many statements are kept as they were written, since most come again in other datasets, and
#: how long their texts may be.
_KEPT, _SHORT = 4096, 200


class _Predicate(NamedTuple):
    nt: str
    ttl: str
    start: str
    end: str
    json: str


class _Statement(NamedTuple):
    """Predicate and object as they are written; in JSON apart from each other."""

    nt: str
    ttl: str
    xml: str
    key: str
    json: str


def write_bodies(said: Said, base: str) -> dict[str, bytes]:
    """Write statements in each syntax of RDF, without what a document's head says.

    Args:
        said: statements by subject.
        base: public address of the portal.

    Returns:
        The bodies, by their names in ``model.feed.SYNTAXES``.

    Raises:
        ValueError: an IRI or the name of a predicate is none.
    """
    spelling = _get_spelling(base)
    known, write = spelling.known, spelling.write
    lines, groups, nodes, objects = [], [], [], []
    for subject, about in said.items():
        short, escaped = spelling.name(subject)
        told: list[str] = []
        values: dict[str, list[str]] = {}
        nodes.append(f'<rdf:Description rdf:about="{escaped}">\n')
        for statement in about:
            nt, ttl, xml, key, value = known.get(statement) or write(statement)
            lines.append(f"<{subject}> {nt}")
            told.append(ttl)
            nodes.append(xml)
            values.setdefault(key, []).append(value)
        groups.append(f"{short} {_NEXT.join(told)} .\n")
        nodes.append("</rdf:Description>\n")
        listed = ",".join([f"{key}:[{','.join(found)}]" for key, found in values.items()])
        objects.append(f'{{"@id":"{subject}",{listed}}}')
    bodies = {"nt": lines, "ttl": groups, "xml": nodes, "jsonld": objects}
    return {
        syntax: (",\n" if syntax == "jsonld" else "").join(texts).encode()
        for syntax, texts in bodies.items()
    }


def read_graph(graph: Graph) -> Said:
    """Read the statements of a graph, in an order that depends on what they say alone.

    Args:
        graph: without blank nodes.

    Raises:
        ValueError: there is one.
    """
    said: Said = {}
    for subject, predicate, term in sorted(graph):
        said.setdefault(read_name(subject), {})[read_name(predicate), read_term(term)] = None
    return said


def read_term(term: Term) -> statements.Term:
    """Read a term of rdflib.

    Raises:
        ValueError: it is a blank node.
    """
    if not isinstance(term, Literal):
        return read_name(term)
    return Text(str(term), term.language, str(term.datatype) if term.datatype else None)


def read_name(term: Term) -> str:
    """Read an IRI of rdflib.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(term, URIRef):
        raise ValueError(f"not an IRI: {term!r}")
    return str(term)


class _Spelling:
    """How terms are written in each syntax.

    Args:
        base: public address of the portal.
    """

    def __init__(self, base: str) -> None:
        self._prefixes = {namespace: name for name, namespace in list_prefixes(base).items()}
        self.name = lru_cache(1024)(self._name)
        self._predicate = lru_cache(1024)(self._spell_predicate)
        self.known: dict[tuple[str, statements.Term], _Statement] = {}

    def write(self, statement: tuple[str, statements.Term]) -> _Statement:
        """Write what is said of a subject.

        Raises:
            ValueError: an IRI or the name of the predicate is none.
        """
        predicate, term = statement
        spelled = self._predicate(predicate)
        if isinstance(term, str):
            written, size = self._link(spelled, term), len(term)
        else:
            written, size = self._literal(spelled, term), len(term.text)
        if size <= _SHORT:
            if len(self.known) >= _KEPT:
                self.known.clear()
            self.known[statement] = written
        return written

    def _name(self, iri: str) -> tuple[str, str]:
        """Write an IRI in Turtle and as the value of an attribute of XML; elsewhere it is as it is.

        Raises:
            ValueError: it is none.
        """
        check_name(iri)
        _, prefix, local = self._split(iri)
        return f"{prefix}:{local}" if prefix else f"<{iri}>", _escape_iri(iri)

    def _spell_predicate(self, iri: str) -> _Predicate:
        check_predicate(iri)
        namespace, prefix, local = self._split(iri)
        tag = f"{prefix}:{local}" if prefix else f"own:{local}"
        declared = "" if prefix else f' xmlns:own="{_escape_iri(namespace)}"'
        short, _ = self.name(iri)
        return _Predicate(f"<{iri}>", short, f"{tag}{declared}", tag, f'"{iri}"')

    def _split(self, iri: str) -> tuple[str, str, str]:
        """Split an IRI into namespace and name, and give the prefix of the namespace if it has one.

        An IRI whose name not every syntax takes after a prefix is without prefix.
        """
        place = max(iri.rfind("#"), iri.rfind("/")) + 1
        namespace, local = iri[:place], iri[place:]
        prefix = self._prefixes.get(namespace, "")
        return namespace, prefix if prefix and _NAME.match(local) else "", local

    def _link(self, predicate: _Predicate, iri: str) -> _Statement:
        nt, ttl, start, _, key = predicate
        short, escaped = self.name(iri)
        xml = f'<{start} rdf:resource="{escaped}"/>\n'
        return _Statement(f"{nt} <{iri}> .\n", f"{ttl} {short}", xml, key, f'{{"@id":"{iri}"}}')

    def _literal(self, predicate: _Predicate, term: Text) -> _Statement:
        """Write a literal, without what no syntax can hold."""
        text, language, datatype = term
        if not text.isprintable():
            text = clean_text(text)
        quoted = f'"{_ESCAPED.sub(_escape, text)}"' if _ESCAPED.search(text) else f'"{text}"'
        full = short = attribute = kind = ""
        if language:
            full = short = f"@{language}"
            attribute, kind = f' xml:lang="{language}"', f',"@language":"{language}"'
        elif datatype:
            name, escaped = self.name(datatype)
            full, short = f"^^<{datatype}>", f"^^{name}"
            attribute, kind = f' rdf:datatype="{escaped}"', f',"@type":"{datatype}"'
        nt, ttl, start, end, key = predicate
        return _Statement(
            nt=f"{nt} {quoted}{full} .\n",
            ttl=f"{ttl} {quoted}{short}",
            xml=f"<{start}{attribute}>{escape(text)}</{end}>\n",
            key=key,
            json=f'{{"@value":{encode_basestring(text)}{kind}}}',
        )


@cache
def _get_spelling(base: str) -> _Spelling:
    return _Spelling(base)


@cache
def list_prefixes(base: str) -> dict[str, str]:
    """List the prefixes that the head of each document declares."""
    return {**namespaces(base), "hydra": str(HYDRA)}


def check_name(iri: str) -> None:
    """Refuse what is no IRI: one would spoil a whole feed.

    Raises:
        ValueError: it is none.
    """
    try:
        is_same = read_iri(iri) == iri
    except Unsayable:
        is_same = False
    if not is_same:
        raise ValueError(f"not an IRI: {iri!r}")


def check_predicate(iri: str) -> None:
    """Refuse a predicate that RDF/XML cannot name.

    Raises:
        ValueError: it is one.
    """
    check_name(iri)
    if not _NAME.match(re.split("[/#]", iri)[-1]) or iri in _RESERVED:
        raise ValueError(f"not the name of a property: {iri!r}")


def _escape_iri(iri: str) -> str:
    # of what XML marks up, an IRI can have this alone
    return iri.replace("&", "&amp;") if "&" in iri else iri


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES[match[0]]
