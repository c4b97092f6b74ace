"""Write plan records as RDF statements, with what was reported of them and what is part of them.

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

from rdflib import RDF, RDFS, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF

from ckanext.gtplan.plan.follow.reporting import State, Target, get_target, lay_over
from ckanext.gtplan.plan.living import LivingTable
from ckanext.gtplan.plan.model import Modification, Record, Report
from ckanext.gtplan.plan.shapes import list_shapes
from ckanext.gtplan.prm.builder import fragment

from .entities import EntityWriter
from .graph import Statement
from .literals import say_moment
from .plan_values import Body, Related, RowScope, Scope, Values, locate
from .table import get_sheet
from .terms import Names, iri

__all__ = ["Body", "PlanRecord", "PlanWriter", "Related", "list_named"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PlanRecord:
    """A record of the plan, with what the portal knows of it.

    Attributes:
        issued: when the record came into the portal, with ``modified`` in UTC.
        reports: those that count.
        parts: public records and datasets that are part of it.
        documents: addresses of further documents about it.
    """

    kind: str
    iri: str
    entity: Record
    issued: str | None = None
    modified: str | None = None
    reports: Sequence[Report] = ()
    modifications: Sequence[Modification] = ()
    parts: Sequence[Related] = ()
    documents: Sequence[str] = ()


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


class PlanWriter(EntityWriter):
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
        super().__init__(base, Values(Names(base).expand, language, bodies, records), bodies)
        self._today = today

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

    def add_part(self, whole: str, part: Related) -> None:
        """Say of a record or dataset that it is part of a record, and of both to each other."""
        for statement in self._part(iri(whole), part):
            self._graph.add(statement)

    def add_rows(self, record: PlanRecord, table: LivingTable, rows: Iterable[Any]) -> None:
        """Add rows of a living table of a record; one that cannot be said is left out, and logged.

        Args:
            record: that has the table, its milestone named where it is public.
            table: one whose field in the record is said.
            rows: entities.
        """
        main = iri(record.iri)
        (saying,) = get_sheet(type(record.entity).__name__).fields[table.name]
        prefix = str(get_sheet(table.entity.__name__).node)
        milestone = self._values.locate_record(getattr(record.entity, "milestone", None))
        for row in rows:
            key = ".".join(str(getattr(row, name)) for name in table.key)
            subject = locate(main, prefix, key)
            try:
                scope = RowScope(subject, row, main, milestone=milestone)
                statements = list(self._entity(scope))
            except Exception:
                log.exception("a row cannot be said in RDF: %s", subject)
                continue
            for statement in (self._link(main, saying.steps[0], subject), *statements):
                self._graph.add(statement)

    def _record(self, subject: URIRef, record: PlanRecord) -> Iterator[Statement]:
        yield from self._entity(Scope(subject, record.entity, subject))
        for part in record.parts:
            yield from self._part(subject, part)
        for document in record.documents:
            yield subject, RDFS.seeAlso, iri(document)
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


def _find_planned(milestone: URIRef, target: Target) -> URIRef:
    if target.deliverable:
        return locate(milestone, "deliverable", target.deliverable)
    if target.activity_no:
        return locate(milestone, "activity", target.activity_no)
    return milestone


def _find_doing(milestone: URIRef, target: Target) -> URIRef:
    name = "result" if target.deliverable else "execution"
    return iri(fragment(_find_planned(milestone, target), name))
