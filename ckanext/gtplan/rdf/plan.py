"""Write plan records as RDF statements: a loop over ``plan.yaml``, a small function for each kind.

As in the catalogue's feeds every node has an IRI, a record's own or a fragment of it: no blank
nodes, and the same record makes the same statements in every document. What cannot be said (a
link that is no address) is left out and logged; nothing in a record makes a document unreadable.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF
from rdflib.term import Node as Term

from ckanext.gtplan.plan.follow.reporting import State, Target, get_target, lay_over
from ckanext.gtplan.plan.model import Modification, Record, Report
from ckanext.gtplan.plan.shapes import FieldShape, list_shapes
from ckanext.gtplan.prm.builder import fragment

from .graph import Statement, Writer
from .literals import say_moment
from .plan_values import Body, Related, Scope, Values, locate
from .table import Saying, Sheet, Step, get_node, get_sheet
from .terms import iri

__all__ = ["Body", "PlanRecord", "PlanWriter", "Related", "list_named"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PlanRecord:
    """A record of the plan, with what the portal knows of it.

    Attributes:
        issued: when the record came into the portal, with ``modified`` in UTC.
        reports: those that count.
        parts: public records and datasets that are part of it.
    """

    kind: str
    iri: str
    entity: Record
    issued: str | None = None
    modified: str | None = None
    reports: Sequence[Report] = ()
    modifications: Sequence[Modification] = ()
    parts: Sequence[Related] = ()


def list_named(entity: Any) -> Iterator[str]:
    """List the names of the records that a record or its rows name, institutions left aside."""
    for shape in list_shapes(type(entity)).values():
        given = getattr(entity, shape.name)
        values = given if shape.is_list else (given,)
        if shape.is_entity:
            for row in values:
                yield from list_named(row)
        elif shape.reference and shape.reference != "organization":
            yield from filter(None, values)


class PlanWriter:
    """Collects the statements of plan records in one graph.

    Args:
        base: public address of the portal.
        language: of the records' texts.
        today: reports on later days are not laid over the plan.
        bodies: the institutions of the portal, by name.
        records: the public plan records that others name, by name.
    """

    def __init__(
        self,
        base: str,
        *,
        language: str,
        today: date,
        bodies: Mapping[str, Body],
        records: Mapping[str, Related],
    ) -> None:
        self._base = base
        self._today = today
        self._bodies = bodies
        # of the catalogue's writer only its graph, with the prefixes, and their names
        writer = Writer(base)
        self._graph, self._expand = writer.graph, writer.expand
        self._values = Values(writer.expand, language, bodies, records)
        self._described: set[str] = set()

    def take(self) -> Graph:
        """Give what was added since the last time."""
        graph, self._graph = self._graph, Writer(self._base).graph
        return graph

    def add(self, record: PlanRecord) -> URIRef:
        """Add what a record says; if that fails, which record it is, and its title.

        Args:
            record: the record.

        Returns:
            Its IRI.
        """
        subject = iri(record.iri)
        try:
            statements = list(self._record(subject, record))
        except Exception:
            # whatever it is: one record must not take the others out of the document
            log.exception("cannot be said in RDF but for its title: %s", record.iri)
            statements = list(self._values.name(subject, record.kind, record.entity.title))
        for statement in statements:
            self._graph.add(statement)
        return subject

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
        for statement in self._entity(Scope(subject, body.entity, subject)):
            self._graph.add(statement)
        return subject

    def add_part(self, whole: str, part: Related) -> None:
        """Say of a record or dataset that it is part of a record, and of both to each other."""
        for statement in self._part(iri(whole), part):
            self._graph.add(statement)

    def _record(self, subject: URIRef, record: PlanRecord) -> Iterator[Statement]:
        yield from self._entity(Scope(subject, record.entity, subject))
        for part in record.parts:
            yield from self._part(subject, part)
        entry = iri(fragment(subject, "record"))
        yield entry, RDF.type, DCAT.CatalogRecord
        yield entry, FOAF.primaryTopic, subject
        for predicate, text in (
            (DCTERMS.issued, record.issued),
            (DCTERMS.modified, record.modified),
        ):
            if text:
                yield entry, predicate, say_moment(text)
        for entry_of_log in record.modifications:
            node = locate(subject, "modification", str(entry_of_log.seq))
            yield from self._entity(Scope(node, entry_of_log, subject))
        yield from self._reports(subject, record.reports)

    def _part(self, whole: URIRef, part: Related) -> Iterator[Statement]:
        node = iri(part.iri)
        yield from self._values.name(node, part.kind, part.title)
        yield whole, DCTERMS.hasPart, node
        yield node, DCTERMS.isPartOf, whole
        if part.deliverable:
            variable = locate(whole, "deliverable", part.deliverable)
            yield node, self._expand("p-plan:correspondsToVariable"), variable

    # Reports

    def _reports(self, milestone: URIRef, reports: Sequence[Report]) -> Iterator[Statement]:
        """Write each report as it came, and what they say together of what was done."""
        for report in reports:
            node = locate(milestone, "report", report.id)
            yield from self._entity(Scope(node, report, milestone))
            yield node, FOAF.primaryTopic, _find_doing(milestone, get_target(report))
        for target, state in lay_over(reports, self._today).items():
            involved = {r.organization for r in reports if get_target(r) == target}
            yield from self._doing(milestone, target, state, sorted(filter(None, involved)))

    def _doing(
        self, milestone: URIRef, target: Target, state: State, bodies: Iterable[str]
    ) -> Iterator[Statement]:
        """Write what was done of an activity or a milestone, or what came of a deliverable."""
        node = _find_doing(milestone, target)
        planned = _find_planned(milestone, target)
        kind = "Result" if target.deliverable else "Execution"
        yield from self._fields(Scope(node, state, milestone), get_sheet(kind), Report)
        agents = [term for name in bodies for term, _ in self._values.body(name, node)]
        if target.deliverable:
            yield node, self._expand("p-plan:correspondsToVariable"), planned
        elif target.activity_no:
            yield node, RDF.type, self._expand("p-plan:Activity")
            yield node, self._expand("p-plan:correspondsToStep"), planned
        else:
            link = iri(fragment(node, "association"))
            yield node, self._expand("prov:qualifiedAssociation"), link
            yield link, RDF.type, self._expand("prov:Association")
            yield link, self._expand("prov:hadPlan"), planned
            yield from ((link, self._expand("prov:agent"), agent) for agent in agents)
        role = "wasAttributedTo" if target.deliverable else "wasAssociatedWith"
        yield from ((node, self._expand(f"prov:{role}"), agent) for agent in agents)

    # Entities and their fields

    def _entity(self, scope: Scope) -> Iterator[Statement]:
        entity = type(scope.entity)
        sheet = get_sheet(entity.__name__)
        scope.rows = {**scope.rows, **self._find_rows(scope, entity)}
        yield from self._fields(scope, sheet, entity)

    def _find_rows(self, scope: Scope, entity: type) -> dict[str, dict[str, URIRef]]:
        """Give each row of the entity its address, by list and key; of a repeated key each one."""
        found: dict[str, dict[str, URIRef]] = {}
        for shape in list_shapes(entity).values():
            if shape.is_entity and shape.is_list:
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
            if value is None or value == () or _is_usual(entity, name, value):
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
        return child, link

    def _link(self, subject: URIRef, step: Step, term: Any) -> Statement:
        predicate = self._expand(step.predicate)
        return (term, predicate, subject) if step.is_inverse else (subject, predicate, term)


def _find_planned(milestone: URIRef, target: Target) -> URIRef:
    if target.deliverable:
        return locate(milestone, "deliverable", target.deliverable)
    if target.activity_no:
        return locate(milestone, "activity", target.activity_no)
    return milestone


def _find_doing(milestone: URIRef, target: Target) -> URIRef:
    name = "result" if target.deliverable else "execution"
    return iri(fragment(_find_planned(milestone, target), name))


def _applies(saying: Saying, entity: Any) -> bool:
    """Tell whether a field is said at all, which can hang on another field."""
    has_given = not saying.given or getattr(entity, saying.given) is not None
    return has_given and not (saying.absent and getattr(entity, saying.absent))


def _is_usual(entity: type, name: str, value: Any) -> bool:
    """Tell whether a yes or no is what every record has unless it says otherwise."""
    return isinstance(value, bool) and value == getattr(entity, name, None)
