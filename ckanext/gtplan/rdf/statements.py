"""What a record says, statement by statement: a loop over the table, a function for each type.

Every node has an IRI: an authority's where there is one, else a fragment of the thing that it
belongs to. So feeds have no blank nodes, and the same record makes the same statements at every
time and on every page.

Terms are plain texts here, since those of a library take longer to make than what they say to find:
the feeds are written from the texts (``feed.syntax``), everything else goes through rdflib's terms
(``graph``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

from ckanext.gtplan.prm.builder import Link, Record, digest, fragment
from ckanext.gtplan.prm.profile import Node, Row, Step, load, nodes, rows
from ckanext.gtplan.prm.values import Period, Place
from ckanext.gtplan.prm.vocabulary import vocabulary

from .terms import namespaces

__all__ = ["IsFirst", "RecordWriter", "Said", "Term", "Text", "mark_node"]


class Text(NamedTuple):
    """A literal; without language and datatype it is a string."""

    text: str
    language: str | None = None
    datatype: str | None = None


#: An IRI, or a literal.
Term = str | Text
#: What is said of each subject: its predicates with their objects, each once.
Said = dict[str, dict[tuple[str, Term], None]]
#: Tells of an IRI that a record has for an agent, and of a mark of what it says of it, whether
#: nobody says otherwise.
IsFirst = Callable[[str, str], bool]

_DATE_TYPES: Mapping[int, str] = {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"}


@dataclass(frozen=True)
class _Way:
    """A row of the table with its terms as they are written."""

    row: Row
    steps: tuple[Step, ...]
    predicate: str
    range: str | None
    say: Callable[[_Way, Any, str], Iterable[Term]]


class RecordWriter:
    """Writes records.

    Args:
        base: public address of the portal, for the namespaces `prm:` and `gtp:`.
    """

    def __init__(self, base: str) -> None:
        self._namespaces = namespaces(base)
        self._iris: dict[str, str] = {}
        self._ways: dict[str, list[_Way]] = {}
        self._said: Said = {}
        self._is_first: IsFirst = lambda iri, mark: True

    def write(self, record: Record, is_first: IsFirst) -> Said:
        """Write all that a record says.

        Args:
            record: a catalogue or a dataset.
            is_first: decides whether an agent's IRI may be called as the record does.

        Returns:
            The statements, by subject.
        """
        self._said, self._is_first = {}, is_first
        self._record(record)
        return self._said

    def expand(self, curie: str) -> str:
        """Make an IRI of a prefixed name of the table."""
        known = self._iris.get(curie)
        if known is None:
            prefix, _, local = curie.partition(":")
            known = self._iris[curie] = self._namespaces[prefix] + local
        return known

    def _tell(self, subject: str, predicate: str, term: Term) -> None:
        about = self._said.get(subject)
        if about is None:
            about = self._said[subject] = {}
        about[predicate, term] = None

    def _tell_type(self, subject: str, curie: str | None) -> None:
        if curie:
            self._tell(subject, self.expand("rdf:type"), self.expand(curie))

    def _list_ways(self, kind: str) -> list[_Way]:
        if kind not in self._ways:
            self._ways[kind] = [
                _Way(
                    row=row,
                    steps=row.steps[:-1],
                    predicate=self.expand(row.steps[-1].predicate),
                    range=row.range,
                    say=getattr(self, f"_{row.type}"),
                )
                for row in rows(kind)
                if not row.implied
            ]
        return self._ways[kind]

    def _record(self, record: Record) -> None:
        self._tell_type(record.iri, load()["classes"][record.kind]["rdf"])
        values = record.values
        for way in self._list_ways(record.kind):
            if way.row.key not in values:
                continue
            value = values[way.row.key]
            items = value if way.row.many else (value,)
            if way.row.ordered:
                self._write_list(record, way, items)
            else:
                self._write_each(record, way, items)

    def _write_each(self, record: Record, way: _Way, items: Sequence[Any]) -> None:
        for position, item in enumerate(items, 1):
            if item is None:
                continue
            parent = record.iri
            for step in way.steps:
                parent = self._step(record, parent, step, position, item)
            for term in way.say(way, item, parent):
                self._tell(parent, way.predicate, term)

    def _write_list(self, record: Record, way: _Way, items: Sequence[Any]) -> None:
        """Write the values as an RDF list whose cells have IRIs: order survives every syntax."""
        parent = record.iri
        for step in way.steps:
            parent = self._step(record, parent, step, 1, None)
        cells = [fragment(parent, f"list-{n}") for n in range(1, len(items) + 1)]
        self._tell(parent, way.predicate, cells[0])
        first, rest, nil = (self.expand(f"rdf:{name}") for name in ("first", "rest", "nil"))
        for cell, next_, item in zip(cells, [*cells[1:], nil], items, strict=True):
            for term in way.say(way, item, parent):
                self._tell(cell, first, term)
            self._tell(cell, rest, next_)

    def _step(self, record: Record, parent: str, step: Step, position: int, item: Any) -> str:
        """Go one step along a path: tell of the way, and give the node that it leads to."""
        node = nodes()[step.node or ""]
        child = self._node(record, parent, node, position, item)
        if step.inverse:
            self._tell(child, self.expand(step.predicate), parent)
        else:
            self._tell(parent, self.expand(step.predicate), child)
        self._tell_type(child, node.rdf_class)
        for name, value in node.constants.items():
            terms = _make_texts(value) if isinstance(value, Mapping) else [self.expand(value)]
            for term in terms:
                self._tell(child, self.expand(name), term)
        return child

    def _node(self, record: Record, parent: str, node: Node, position: int, item: Any) -> str:
        if node.iri and "->" not in node.iri and node.iri not in record.values:
            return self.expand(node.iri)
        marks = {"hash": lambda: f"-{digest(repr(item))}", "number": lambda: f"-{position}"}
        own = fragment(parent, node.name + (marks[node.each]() if node.each else ""))
        known: str | None = record.values.get(node.iri) if node.iri else None
        # One IRI must not get two names: who says it otherwise gets a node of its own.
        if known is None or self._is_first(known, mark_node(record, node)):
            return known or own
        self._tell(own, self.expand("owl:sameAs"), known)
        return own

    # One function for each type of value, under its name.

    def _text(self, way: _Way, item: Any, subject: str) -> Iterable[Term]:
        return _make_texts(item)

    def _url(self, way: _Way, item: str, subject: str) -> Iterable[Term]:
        self._tell_type(item, way.range)
        return (item,)

    def _email(self, way: _Way, item: str, subject: str) -> Iterable[Term]:
        return (f"mailto:{quote(item, safe='@!$*+')}",)

    def _date(self, way: _Way, item: str, subject: str) -> Iterable[Term]:
        return (self._make_date(item),)

    def _integer(self, way: _Way, item: int, subject: str) -> Iterable[Term]:
        return (Text(str(item), datatype=self.expand("xsd:nonNegativeInteger")),)

    def _code(self, way: _Way, item: str, subject: str) -> Iterable[Term]:
        term = vocabulary(way.row.vocabulary or "").find(item)
        if term is None and "://" in item:
            return self._url(way, item, subject)
        labels: str | Mapping[str, str] = item
        if term:
            labels, concept = term.label, self.expand(term.iri)
            if term.type:
                self._tell(concept, self.expand("dct:type"), self.expand(term.type))
        else:
            concept = fragment(subject, f"{way.row.key}-{digest(item)}")
            self._tell(concept, self.expand("rdfs:label"), Text(item))
        self._tell_type(concept, way.range)
        if way.range == "skos:Concept":
            for label in _make_texts(labels):
                self._tell(concept, self.expand("skos:prefLabel"), label)
        return (concept,)

    def _media_type(self, way: _Way, item: str, subject: str) -> Iterable[Term]:
        # a name may have what no address has as it is: "^", "#"
        return self._url(way, self.expand(f"iana:{quote(item, safe='/!$&+')}"), subject)

    def _period(self, way: _Way, item: Period, subject: str) -> Iterable[Term]:
        period = fragment(subject, "period")
        self._tell_type(period, way.range)
        for name, end in (("dcat:startDate", item.start), ("dcat:endDate", item.end)):
            if end:
                self._tell(period, self.expand(name), self._make_date(end))
        return (period,)

    def _place(self, way: _Way, item: Place, subject: str) -> Iterable[Term]:
        country = vocabulary("country").find(item.code) if item.code else None
        known = self.expand(country.iri) if country else item.uri
        if known and item in (Place(code=item.code), Place(uri=item.uri)):
            return self._url(way, known, subject)
        own = fragment(subject, f"place-{digest(repr(item))}")
        self._tell_type(own, way.range)
        if item.code:
            self._tell(own, self.expand("dct:identifier"), Text(item.code))
        if item.name:
            self._tell(own, self.expand("skos:prefLabel"), Text(item.name))
        if item.uri:
            self._tell(own, self.expand("skos:exactMatch"), item.uri)
        if item.bbox:
            west, south, east, north = item.bbox
            corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
            ring = ",".join(f"{x!r} {y!r}" for x, y in corners)
            self._tell(own, self.expand("dcat:bbox"), self._make_wkt(f"POLYGON(({ring}))"))
        if item.centroid:
            x, y = item.centroid
            self._tell(own, self.expand("dcat:centroid"), self._make_wkt(f"POINT({x!r} {y!r})"))
        return (own,)

    def _link(self, way: _Way, item: Link, subject: str) -> Iterable[Term]:
        self._tell(item.iri, self.expand("dct:title"), Text(item.title))
        self._tell(item.iri, self.expand("dct:identifier"), Text(item.identifier))
        return self._url(way, item.iri, subject)

    def _records(self, way: _Way, item: Record, subject: str) -> Iterable[Term]:
        self._record(item)
        return (item.iri,)

    def _make_date(self, text: str) -> Text:
        return Text(text, datatype=self.expand(_DATE_TYPES.get(len(text), "xsd:dateTime")))

    def _make_wkt(self, text: str) -> Text:
        return Text(text, datatype=self.expand("gsp:wktLiteral"))


def mark_node(record: Record, node: Node) -> str:
    """Make a mark of all that a record says of a node: the same only for the same.

    Args:
        record: the record.
        node: an intermediate node of the table's paths.
    """
    said = {
        row.key: record.values.get(row.key)
        for row in rows(record.kind)
        if any(step.node and nodes()[step.node] is node for step in row.steps)
    }
    return digest(repr(said))


def _make_texts(text: str | Mapping[str, str]) -> list[Text]:
    if isinstance(text, str):
        return [Text(text)]
    return [Text(value, lang.replace("_", "-")) for lang, value in text.items()]
