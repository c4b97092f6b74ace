"""What a record says, statement by statement: a loop over the table, a function for each type.

Every node has an IRI: an authority's where there is one, else a fragment of the thing that it
belongs to. So feeds have no blank nodes, and the same record makes the same statements at every
time and on every page.

Terms are plain texts here, since those of a library take longer to make than what they say to find:
the feeds are written from the texts (``feed.making.syntax``), everything else goes through
rdflib's terms (``graph``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote

from ckanext.gtplan.prm.builder import Link, Record, digest, fragment
from ckanext.gtplan.prm.profile import Node, Row, Step, load, nodes, rows
from ckanext.gtplan.prm.values import Period, Place
from ckanext.gtplan.prm.vocabulary import Term as Code
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
#: What is said of a subject: its predicates with their objects, each once.
About = dict[tuple[str, Term], None]
Said = dict[str, About]
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
    #: Of codes that were written before: the concept, and what is said of it.
    concepts: dict[str, tuple[str, About]] = field(default_factory=dict)


class _Names(dict[str, str]):
    """Names of the table with their IRIs."""

    def __init__(self, base: str) -> None:
        self._namespaces = namespaces(base)

    def __missing__(self, curie: str) -> str:
        prefix, _, local = curie.partition(":")
        self[curie] = self._namespaces[prefix] + local
        return self[curie]


class RecordWriter:
    """Writes records.

    Args:
        base: public address of the portal, for the namespaces `prm:` and `gtp:`.
    """

    def __init__(self, base: str) -> None:
        self._names = _Names(base)
        self._ways: dict[str, dict[str, _Way]] = {}
        self._said: defaultdict[str, About] = defaultdict(dict)
        self._is_first: IsFirst = lambda iri, mark: True

    def write(self, record: Record, is_first: IsFirst) -> Said:
        """Write all that a record says.

        Args:
            record: a catalogue or a dataset.
            is_first: decides whether an agent's IRI may be called as the record does.

        Returns:
            The statements, by subject.
        """
        self._said, self._is_first = defaultdict(dict), is_first
        self._record(record)
        return dict(self._said)

    def expand(self, curie: str) -> str:
        """Make an IRI of a prefixed name of the table."""
        return self._names[curie]

    def _tell(self, subject: str, predicate: str, term: Term) -> None:
        self._said[subject][predicate, term] = None

    def _tell_type(self, subject: str, curie: str | None) -> None:
        if curie:
            self._said[subject][self._names["rdf:type"], self._names[curie]] = None

    def _list_ways(self, kind: str) -> dict[str, _Way]:
        if kind not in self._ways:
            self._ways[kind] = {
                row.key: _Way(
                    row=row,
                    steps=row.steps[:-1],
                    predicate=self._names[row.steps[-1].predicate],
                    range=row.range,
                    say=getattr(self, f"_{row.type}"),
                )
                for row in rows(kind)
                if not row.implied
            }
        return self._ways[kind]

    def _record(self, record: Record) -> None:
        self._tell_type(record.iri, load()["classes"][record.kind]["rdf"])
        ways = self._list_ways(record.kind)
        for key, value in record.values.items():
            if way := ways.get(key):
                write = self._write_list if way.row.ordered else self._write_each
                write(record, way, value if way.row.many else (value,))

    def _write_each(self, record: Record, way: _Way, items: Sequence[Any]) -> None:
        for position, item in enumerate(items, 1):
            if item is None:
                continue
            parent = record.iri
            for step in way.steps:
                parent = self._step(record, parent, step, position, item)
            for term in way.say(way, item, parent):
                self._said[parent][way.predicate, term] = None

    def _write_list(self, record: Record, way: _Way, items: Sequence[Any]) -> None:
        """Write the values as an RDF list whose cells have IRIs: order survives every syntax."""
        parent = record.iri
        for step in way.steps:
            parent = self._step(record, parent, step, 1, None)
        cells = [fragment(parent, f"list-{n}") for n in range(1, len(items) + 1)]
        self._tell(parent, way.predicate, cells[0])
        first, rest, nil = (self._names[f"rdf:{name}"] for name in ("first", "rest", "nil"))
        for cell, next_, item in zip(cells, [*cells[1:], nil], items, strict=True):
            for term in way.say(way, item, parent):
                self._tell(cell, first, term)
            self._tell(cell, rest, next_)

    def _step(self, record: Record, parent: str, step: Step, position: int, item: Any) -> str:
        """Go one step along a path: tell of the way, and give the node that it leads to."""
        node = nodes()[step.node or ""]
        child = self._node(record, parent, node, position, item)
        if step.inverse:
            self._tell(child, self._names[step.predicate], parent)
        else:
            self._tell(parent, self._names[step.predicate], child)
        self._tell_type(child, node.rdf_class)
        for name, value in node.constants.items():
            terms = _make_texts(value) if isinstance(value, Mapping) else [self._names[value]]
            for term in terms:
                self._tell(child, self._names[name], term)
        return child

    def _node(self, record: Record, parent: str, node: Node, position: int, item: Any) -> str:
        if node.iri and "->" not in node.iri and node.iri not in record.values:
            return self._names[node.iri]
        own = fragment(parent, node.name)
        if node.each:
            own += f"-{digest(repr(item)) if node.each == 'hash' else position}"
        known: str | None = record.values.get(node.iri) if node.iri else None
        # One IRI must not get two names: who says it otherwise gets a node of its own.
        if known is None or self._is_first(known, mark_node(record, node)):
            return known or own
        self._tell(own, self._names["owl:sameAs"], known)
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
        return (Text(str(item), datatype=self._names["xsd:nonNegativeInteger"]),)

    def _code(self, way: _Way, item: str, subject: str) -> Iterable[Term]:
        known = way.concepts.get(item)
        if known is None:
            code = vocabulary(way.row.vocabulary or "").find(item)
            if code is None and "://" in item:
                return self._url(way, item, subject)
            known = self._describe(way, item, code, subject)
            if code:
                way.concepts[item] = known
        concept, about = known
        if about:
            self._said[concept].update(about)
        return (concept,)

    def _describe(self, way: _Way, item: str, code: Code | None, subject: str) -> tuple[str, About]:
        """Tell which concept a code is, and what is said of it; an unknown one is a part."""
        names, about = self._names, About()
        labels: str | Mapping[str, str] = item
        if code:
            concept, labels = names[code.iri], code.label
            if code.type:
                about[names["dct:type"], names[code.type]] = None
        else:
            concept = fragment(subject, f"{way.row.key}-{digest(item)}")
            about[names["rdfs:label"], Text(item)] = None
        if way.range:
            about[names["rdf:type"], names[way.range]] = None
        if way.range == "skos:Concept":
            about |= {(names["skos:prefLabel"], label): None for label in _make_texts(labels)}
        return concept, about

    def _media_type(self, way: _Way, item: str, subject: str) -> Iterable[Term]:
        # a name may have what no address has as it is: "^", "#"
        return self._url(way, self._names["iana:"] + quote(item, safe="/!$&+"), subject)

    def _period(self, way: _Way, item: Period, subject: str) -> Iterable[Term]:
        period = fragment(subject, "period")
        self._tell_type(period, way.range)
        for name, end in (("dcat:startDate", item.start), ("dcat:endDate", item.end)):
            if end:
                self._tell(period, self._names[name], self._make_date(end))
        return (period,)

    def _place(self, way: _Way, item: Place, subject: str) -> Iterable[Term]:
        country = vocabulary("country").find(item.code) if item.code else None
        known = self._names[country.iri] if country else item.uri
        if known and item in (Place(code=item.code), Place(uri=item.uri)):
            return self._url(way, known, subject)
        own = fragment(subject, f"place-{digest(repr(item))}")
        self._tell_type(own, way.range)
        if item.code:
            self._tell(own, self._names["dct:identifier"], Text(item.code))
        if item.name:
            self._tell(own, self._names["skos:prefLabel"], Text(item.name))
        if item.uri:
            self._tell(own, self._names["skos:exactMatch"], item.uri)
        if item.bbox:
            west, south, east, north = item.bbox
            corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
            ring = ",".join(f"{x!r} {y!r}" for x, y in corners)
            self._tell(own, self._names["dcat:bbox"], self._make_wkt(f"POLYGON(({ring}))"))
        if item.centroid:
            x, y = item.centroid
            self._tell(own, self._names["dcat:centroid"], self._make_wkt(f"POINT({x!r} {y!r})"))
        return (own,)

    def _link(self, way: _Way, item: Link, subject: str) -> Iterable[Term]:
        self._tell(item.iri, self._names["dct:title"], Text(item.title))
        self._tell(item.iri, self._names["dct:identifier"], Text(item.identifier))
        return self._url(way, item.iri, subject)

    def _records(self, way: _Way, item: Record, subject: str) -> Iterable[Term]:
        self._record(item)
        return (item.iri,)

    def _make_date(self, text: str) -> Text:
        return Text(text, datatype=self._names[_DATE_TYPES.get(len(text), "xsd:dateTime")])

    def _make_wkt(self, text: str) -> Text:
        return Text(text, datatype=self._names["gsp:wktLiteral"])


def mark_node(record: Record, node: Node) -> str:
    """Make a mark of all that a record says of a node: the same only for the same.

    Args:
        record: the record.
        node: an intermediate node of the table's paths.
    """
    return digest(repr({key: record.values.get(key) for key in _list_keys(record.kind, node.name)}))


@cache
def _list_keys(kind: str, name: str) -> tuple[str, ...]:
    """List the keys of the rows whose paths go through a node."""
    return tuple(
        row.key
        for row in rows(kind)
        if any(step.node and nodes()[step.node].name == name for step in row.steps)
    )


def _make_texts(text: str | Mapping[str, str]) -> list[Text]:
    if isinstance(text, str):
        return [Text(text)]
    return [Text(value, lang.replace("_", "-")) for lang, value in text.items()]
