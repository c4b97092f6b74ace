"""The loop over the tables: entities and their rows as statements, whichever table says how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS
from rdflib.term import Node as Term

from ckanext.gtplan.plan.shapes import FieldShape, list_shapes
from ckanext.gtplan.prm.builder import fragment

from .graph import Statement, Writer
from .plan_values import Body, Scope, Values, locate
from .table import Saying, Sheet, Step, get_node, get_sheet
from .terms import iri


class EntityWriter:
    """Collects the statements of entities in one graph.

    Args:
        base: public address of the portal.
        values: makes terms of values.
        bodies: the institutions of the portal, by name.
    """

    #: the sheet that says an institution
    body_sheet = "Organization"

    def __init__(self, base: str, values: Values, bodies: Mapping[str, Body]) -> None:
        self._base = base
        self._values = values
        self._bodies = bodies
        self._described: set[str] = set()
        self._begin()

    def _begin(self) -> None:
        # of the catalogue's writer only its graph, with the prefixes, and their names
        writer = Writer(self._base, Graph(bind_namespaces="none"))
        self._graph, self._expand = writer.graph, writer.expand

    def take(self) -> Graph:
        """Give what was added since the last time."""
        graph = self._graph
        self._begin()
        return graph

    def add_bodies(self) -> None:
        """Describe the institutions that were named, and those that came after them, once each."""
        while names := self._values.mentioned & set(self._bodies) - self._described:
            for name in sorted(names):
                self.add_body(name)

    def add_body(self, name: str) -> URIRef:
        """Describe an institution of the portal.

        Args:
            name: of the organisation.

        Returns:
            Its IRI.
        """
        self._described.add(name)
        body = self._bodies[name]
        subject = iri(body.iri)
        scope = Scope(subject, body.entity, subject)
        for statement in self._entity(scope, get_sheet(self.body_sheet)):
            self._graph.add(statement)
        return subject

    def _entity(self, scope: Scope, sheet: Sheet | None = None) -> Iterator[Statement]:
        entity = type(scope.entity)
        if found := self._find_rows(scope, entity):
            scope.rows = {**scope.rows, **found}
        yield from self._fields(scope, sheet or get_sheet(entity.__name__), entity)

    def _find_rows(self, scope: Scope, entity: type) -> dict[str, dict[str, URIRef]]:
        """Give each row of the entity its address, by list and key; of a repeated key each one."""
        found: dict[str, dict[str, URIRef]] = {}
        for shape in list_shapes(entity).values():
            if shape.is_entity and shape.is_list and not shape.is_living:
                sheet = get_sheet(shape.type.__name__)
                prefix = sheet.node or shape.name
                rows = found.setdefault(prefix, {})
                for number, row in enumerate(getattr(scope.entity, shape.name), 1):
                    key = str(getattr(row, sheet.key) if sheet.key else number)
                    key = f"{key}.{number}" if key in rows else key
                    rows[key] = locate(scope.subject, prefix, key)
        return found

    def _fields(self, scope: Scope, sheet: Sheet, entity: type) -> Iterator[Statement]:
        for name in sheet.classes:
            yield scope.subject, RDF.type, self._expand(name)
        shapes = list_shapes(entity)
        for name, sayings in sheet.fields.items():
            value = getattr(scope.entity, name)
            if value is None or value == () or shapes[name].is_living:
                continue
            if _is_usual(entity, name, value):
                continue
            for saying in sayings:
                if _applies(saying, scope.entity):
                    yield from self._say(scope, shapes[name], saying, value)

    def _say(
        self, scope: Scope, shape: FieldShape, saying: Saying, value: Any
    ) -> Iterator[Statement]:
        if shape.is_entity:
            yield from self._rows(scope, shape, saying, value)
            return
        for number, item in enumerate(value if shape.is_list else [value], 1):
            terms = self._values.list_terms(scope, shape, saying, item)
            parent = scope.subject
            for step in saying.steps[:-1] if terms else ():
                parent, link = self._step(parent, step, number)
                yield from link
            for term, more in terms:
                yield self._link(parent, saying.steps[-1], term)
                yield from more

    def _rows(
        self, scope: Scope, shape: FieldShape, saying: Saying, rows: Sequence[Any]
    ) -> Iterator[Statement]:
        addresses = scope.rows[get_sheet(shape.type.__name__).node or shape.name].values()
        for number, (row, node) in enumerate(zip(rows, addresses, strict=True), 1):
            yield self._link(scope.subject, saying.steps[0], node)
            yield from self._entity(Scope(node, row, scope.main, scope.rows))
            if get_sheet(shape.type.__name__).is_ordered:
                yield node, self._expand("schema:position"), Literal(number)

    def _step(self, parent: URIRef, step: Step, number: int) -> tuple[URIRef, list[Statement]]:
        """Go one step along a path: the node that it leads to, and what is said of the way."""
        node = get_node(step.node or "")
        name = f"{step.node}-{number}" if node.is_each else str(step.node)
        child = iri(fragment(parent, name))
        link: list[Statement] = [self._link(parent, step, child)]
        link.append((child, RDF.type, self._expand(node.rdf_class)))
        for predicate, text in node.say.items():
            term: Term = self._expand(text) if text.startswith("gtp:") else Literal(text)
            link.append((child, self._expand(predicate), term))
        if node.is_identified:
            link.append((child, DCTERMS.identifier, Literal(str(child))))
        if node.is_ordered:
            link.append((child, self._expand("schema:position"), Literal(number)))
        return child, link

    def _link(self, subject: URIRef, step: Step, term: Any) -> Statement:
        predicate = self._expand(step.predicate)
        return (term, predicate, subject) if step.is_inverse else (subject, predicate, term)


def _applies(saying: Saying, entity: Any) -> bool:
    """Tell whether a field is said at all, which can hang on another field."""
    has_given = not saying.given or getattr(entity, saying.given) is not None
    return has_given and not (saying.absent and getattr(entity, saying.absent))


def _is_usual(entity: type, name: str, value: Any) -> bool:
    """Tell whether a yes or no is what every record has unless it says otherwise."""
    return isinstance(value, bool) and value == getattr(entity, name, None)
