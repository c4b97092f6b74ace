"""SHACL shapes of the profile, made of its table.

Each row makes a shape for its values (a violation: nobody can read a wrong value) and, where the
profile requires or recommends the field, a shape for its presence: a violation for Si, a warning
for R. Shapes have IRIs, ``<base>/ns/prm/shapes.ttl#dataset-title``; only paths and lists, which
SHACL wants so, are blank nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import DCAT, DCTERMS, SH
from rdflib.term import Node as Term

from ckanext.gtplan.prm.conformance import TABLES
from ckanext.gtplan.prm.profile import CLASSES, Labels, Row, Step, load, rows, version
from ckanext.gtplan.prm.vocabulary import vocabulary

from .graph import Writer

__all__ = ["describe", "list_shapes", "make_shapes", "shape_iri", "shapes_address"]

LANGUAGES = ("es", "en", "pt_BR")

_DATES = (XSD.date, XSD.dateTime, XSD.gYearMonth, XSD.gYear)
# Not every validator knows by itself which years and months are well written.
_FORMS = {
    XSD.gYear: r"^\d{4}(Z|[+-]\d\d:\d\d)?$",
    XSD.gYearMonth: r"^\d{4}-(0[1-9]|1[0-2])(Z|[+-]\d\d:\d\d)?$",
}
_INTEGERS = (XSD.nonNegativeInteger, XSD.integer)
_SEVERITIES = {"Si": SH.Violation, "R": SH.Warning}
# As values.read_period compares: by the day, and as far as both dates are precise (`~` comes
# after whatever a longer date goes on with). sh:lessThanOrEquals can't: it takes dates of
# different precision, or moments with and without a zone, for incomparable.
_ORDER = """\
SELECT $this ?value WHERE {
  $this <http://www.w3.org/ns/dcat#startDate> ?start ; <http://www.w3.org/ns/dcat#endDate> ?value
  FILTER (SUBSTR(STR(?start), 1, 10) > CONCAT(SUBSTR(STR(?value), 1, 10), "~"))
}
"""


def shapes_address(base: str) -> str:
    """Tell where the portal serves the shapes."""
    return f"{base.rstrip('/')}/ns/prm/shapes.ttl"


def shape_iri(base: str, row: Row, part: str = "") -> URIRef:
    """Make the identifier of a row's shape.

    Args:
        base: public address of the portal.
        row: the field.
        part: ``-presence`` for the shape that asks for the field; else that of its values.
    """
    return URIRef(f"{shapes_address(base)}#{row.kind}-{row.key.replace('->', '-')}{part}")


def describe(row: Row, is_missing: bool) -> Labels:
    """Say what a record lacks, or what is wrong with its value, and what to do.

    Args:
        row: the field.
        is_missing: whether it is not there.

    Returns:
        The sentence in each language.
    """
    texts = load("shapes.yaml")
    said = texts["missing"][row.obligation] if is_missing else texts["wrong"][_wording(row)]
    return {
        language: said[language].format(
            label=row.label[language],
            definition=row.definition[language],
            example=_example(row),
            vocabulary=row.vocabulary,
        )
        for language in LANGUAGES
    }


def list_shapes(base: str) -> Mapping[str, tuple[Row, bool]]:
    """Tell of each shape's IRI which field it judges, and whether it asks for its presence.

    Args:
        base: public address of the portal.
    """
    found: dict[str, tuple[Row, bool]] = {}
    for kind in CLASSES:
        for row in rows(kind):
            found[str(shape_iri(base, row))] = (row, False)
            if row.obligation in _SEVERITIES:
                found[str(shape_iri(base, row, "-presence"))] = (row, True)
    return found


@cache
def make_shapes(base: str) -> Graph:
    """Make the shapes of all classes, fields and extensions.

    Args:
        base: public address of the portal.

    Returns:
        The shapes graph; the same object at each call, not to be changed.
    """
    return _Shapes(base).make()


def _wording(row: Row) -> str:
    if row.type == "text" and row.many:
        return "texts"
    if row.type == "code" and vocabulary(row.vocabulary or "").is_open:
        return "open_code"
    return row.type


def _example(row: Row) -> str:
    """Give the example as RDF says it: a code by the authority's term."""
    term = vocabulary(row.vocabulary or "").find(row.example) if row.type == "code" else None
    return term.iri if term else row.example


class _Shapes:
    """Collects the shapes in one graph."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.graph = Graph()
        self._expand = Writer(base, self.graph).expand

    def make(self) -> Graph:
        """Make every shape."""
        document = URIRef(shapes_address(self._base))
        self._say(document, {RDF.type: OWL.Ontology, OWL.versionInfo: Literal(version())})
        self._say(document, {DCTERMS.conformsTo: self._expand("prm:profile")})
        self._say_dates()
        for kind in CLASSES:
            self._class(kind)
        return self.graph

    def _say(self, subject: Term, statements: Mapping[URIRef, Term]) -> None:
        for predicate, term in statements.items():
            self.graph.add((subject, predicate, term))

    def _say_labels(self, subject: Term, predicate: URIRef, labels: Labels) -> None:
        for language, text in labels.items():
            self.graph.add((subject, predicate, Literal(text, lang=language.replace("_", "-"))))

    def _list(self, items: list[Term]) -> BNode:
        head = BNode()
        Collection(self.graph, head, items)
        return head

    def _class(self, kind: str) -> None:
        described = load()["classes"][kind]
        shape = URIRef(f"{shapes_address(self._base)}#{kind}")
        self._say(shape, {RDF.type: SH.NodeShape})
        self._say_labels(shape, RDFS.label, described["label"])
        # A concept is a theme of the profile only in the catalogue's taxonomy: `_records`.
        if kind != "theme":
            self._say(shape, {SH.targetClass: self._expand(described["rdf"])})
        for order, row in enumerate(rows(kind)):
            for part in self._row(row):
                self._say(shape, {SH.property: part})
                self._say(part, {SH.order: Literal(order)})

    def _row(self, row: Row) -> list[URIRef]:
        """Make the shapes of a row that hang on the shape of its class."""
        values = self._property(row, "", SH.Violation)
        # one function for each type of value, under its name
        getattr(self, f"_{row.type}")(values, row)
        if row.obligation not in _SEVERITIES:
            return [values]
        if row.vocabulary == "field":
            self._presence_in_tables(row)
            return [values]
        presence = self._property(row, "-presence", _SEVERITIES[row.obligation])
        self._say(presence, {SH.minCount: Literal(1)})
        return [values, presence]

    def _property(self, row: Row, part: str, severity: URIRef) -> URIRef:
        shape = self._described(row, part, severity)
        self._say(shape, {RDF.type: SH.PropertyShape, SH.path: self._path(row)})
        self._say_labels(shape, SH.name, row.label)
        self._say_labels(shape, SH.description, row.definition)
        return shape

    def _described(self, row: Row, part: str, severity: URIRef) -> URIRef:
        shape = shape_iri(self._base, row, part)
        self._say(shape, {SH.severity: severity})
        self._say_labels(shape, SH.message, describe(row, is_missing=bool(part)))
        return shape

    def _presence_in_tables(self, row: Row) -> None:
        """Ask for columns where there are some: of a distribution whose format is a table's."""
        shape = self._described(row, "-presence", _SEVERITIES[row.obligation or ""])
        formats = vocabulary("format").terms
        tables = [self._expand(term.iri) for term in formats if term.code in TABLES]
        is_table, is_other, is_described = (
            URIRef(f"{shapes_address(self._base)}#{name}")
            for name in ("format-of-tables", "no-table", "described-table")
        )
        self._say(is_table, {RDF.type: SH.NodeShape, SH["in"]: self._list([*tables])})
        self._say(is_other, {RDF.type: SH.PropertyShape, SH.path: DCTERMS["format"]})
        self._say(is_other, {SH.qualifiedValueShape: is_table, SH.qualifiedMaxCount: Literal(0)})
        self._say(is_described, {RDF.type: SH.PropertyShape, SH.path: self._path(row)})
        self._say(is_described, {SH.minCount: Literal(1)})
        alternatives = self._list([is_other, is_described])
        self._say(shape, {RDF.type: SH.NodeShape, SH.targetClass: DCAT.Distribution})
        self._say(shape, {SH["or"]: alternatives})

    def _path(self, row: Row) -> Term:
        steps = [self._step(step) for step in row.steps]
        if row.ordered:
            rest = BNode()
            self._say(rest, {SH.zeroOrMorePath: RDF.rest})
            steps += [rest, RDF.first]
        return steps[0] if len(steps) == 1 else self._list(steps)

    def _step(self, step: Step) -> Term:
        predicate = self._expand(step.predicate)
        if not step.inverse:
            return predicate
        inverse = BNode()
        self._say(inverse, {SH.inversePath: predicate})
        return inverse

    # One function for each type of value: what the profile asks of it.

    def _text(self, shape: URIRef, row: Row) -> None:
        self._say(shape, {SH.nodeKind: SH.Literal, SH.pattern: Literal(r"\S")})
        if not row.many:
            self._say(shape, {SH.uniqueLang: Literal(True)})

    def _url(self, shape: URIRef, row: Row) -> None:
        if row.implied:  # the node itself, which needs no address
            self._say(shape, {SH.nodeKind: SH.BlankNodeOrIRI})
            return
        self._say(shape, {SH.nodeKind: SH.IRI, SH.pattern: Literal("^(https?|ftp)://.")})
        self._one(shape, row)

    def _email(self, shape: URIRef, row: Row) -> None:
        self._say(shape, {SH.nodeKind: SH.IRI, SH.pattern: Literal(r"^mailto:[^@]+@[^@]+\.[^@]+$")})
        self._one(shape, row)

    def _date(self, shape: URIRef, row: Row) -> None:
        self._one_of_datatypes(shape, _DATES)
        self._one(shape, row)

    def _integer(self, shape: URIRef, row: Row) -> None:
        self._one_of_datatypes(shape, _INTEGERS)
        self._say(shape, {SH.minInclusive: Literal(0)})
        self._one(shape, row)

    def _code(self, shape: URIRef, row: Row) -> None:
        codes = vocabulary(row.vocabulary or "")
        if codes.is_open:
            self._say(shape, {SH.nodeKind: SH.BlankNodeOrIRI})
        else:
            terms = self._list([self._expand(term.iri) for term in codes.terms])
            self._say(shape, {SH["in"]: terms})
        self._one(shape, row)

    def _media_type(self, shape: URIRef, row: Row) -> None:
        pattern = r"^https?://www\.iana\.org/assignments/media-types/[a-z]+/[^/\s]+$"
        self._say(shape, {SH.nodeKind: SH.IRI, SH.pattern: Literal(pattern)})
        self._one(shape, row)

    def _period(self, shape: URIRef, row: Row) -> None:
        self._say(shape, {SH.nodeKind: SH.BlankNodeOrIRI, SH.node: self._period_shape})
        self._one(shape, row)

    def _place(self, shape: URIRef, row: Row) -> None:
        self._say(shape, {SH.nodeKind: SH.BlankNodeOrIRI})
        self._one(shape, row)

    def _link(self, shape: URIRef, row: Row) -> None:
        """Ask for one record of a class: four fields share the predicate."""
        target = URIRef(f"{shape}-target")
        self._say(target, {RDF.type: SH.NodeShape, SH["class"]: self._expand(row.range or "")})
        self._say(shape, {SH.qualifiedValueShape: target, SH.qualifiedMaxCount: Literal(1)})

    def _records(self, shape: URIRef, row: Row) -> None:
        kind = row.vocabulary or ""
        if kind == "dataset":  # which may be described on another page
            self._say(shape, {SH.nodeKind: SH.BlankNodeOrIRI})
            return
        self._say(shape, {SH["class"]: self._expand(load()["classes"][kind]["rdf"])})
        if kind == "theme":
            for theme in rows(kind):
                self._say(shape, {SH.property: shape_iri(self._base, theme)})
                if theme.obligation in _SEVERITIES:
                    self._say(shape, {SH.property: shape_iri(self._base, theme, "-presence")})

    def _one(self, shape: URIRef, row: Row) -> None:
        if not row.many:
            self._say(shape, {SH.maxCount: Literal(1)})

    def _one_of_datatypes(self, shape: URIRef, datatypes: tuple[URIRef, ...]) -> None:
        alternatives: list[Term] = []
        for datatype in datatypes:
            name = URIRef(f"{shapes_address(self._base)}#{datatype.rpartition('#')[2]}")
            self._say(name, {RDF.type: SH.NodeShape, SH.datatype: datatype})
            if datatype in _FORMS:
                self._say(name, {SH.pattern: Literal(_FORMS[datatype])})
            alternatives.append(name)
        self._say(shape, {SH["or"]: self._list(alternatives)})

    @property
    def _period_shape(self) -> URIRef:
        return URIRef(f"{shapes_address(self._base)}#period")

    def _say_dates(self) -> None:
        """Say what a period is; start and end are compared also when one is more precise."""
        period = self._period_shape
        self._say(period, {RDF.type: SH.NodeShape})
        ends: list[Term] = []
        for name in ("startDate", "endDate"):
            values, presence = URIRef(f"{period}-{name}"), URIRef(f"{period}-{name}-presence")
            self._say(values, {RDF.type: SH.PropertyShape, SH.path: DCAT[name]})
            self._say(values, {SH.maxCount: Literal(1)})
            self._one_of_datatypes(values, _DATES)
            self._say(presence, {RDF.type: SH.PropertyShape, SH.path: DCAT[name]})
            self._say(presence, {SH.minCount: Literal(1)})
            self._say(period, {SH.property: values})
            ends.append(presence)
        self._say(period, {SH["or"]: self._list(ends)})
        order = URIRef(f"{period}-order")
        self._say(period, {SH.sparql: order})
        self._say(order, {RDF.type: SH.SPARQLConstraint, SH.select: Literal(_ORDER)})
