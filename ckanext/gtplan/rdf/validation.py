"""Judge catalogues by the profile's shapes: a graph or records in, findings out.

Datasets are judged a few at a time, each with what is said of its parts: memory and time grow
with the catalogue and not faster.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import pyshacl
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF
from rdflib.term import Node as Term

from ckanext.gtplan.prm.builder import Record
from ckanext.gtplan.prm.profile import Row, rows

from .feed import add_safely
from .graph import Writer
from .reader import normalize
from .shapes import list_shapes, make_shapes

__all__ = ["MISSING", "SEVERITIES", "WRONG", "Finding", "Validator"]

#: The worst first.
SEVERITIES = ("violation", "warning", "info")
MISSING = "missing"
WRONG = "wrong"

# Datasets judged at once: reading the shapes takes as long as judging one.
_AT_ONCE = 20
# What a record says beyond the profile, or in another form: no fault, and good to know.
_REMARKS = ("not_in_profile", "not_in_schema", "only_box")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong with one thing of a catalogue.

    Args:
        severity: one of SEVERITIES.
        kind: class of the profile.
        key: key of the profile; of what the profile has no field for, the name that it has there.
        row: the field, if it is one.
        why: ``missing``, ``wrong``, or a key of ``values.REASONS``.
        subject: IRI of the dataset or catalogue.
        title: its title.
        node: IRI of the thing itself, which can be a part of the subject.
        value: what stands there.
    """

    severity: str
    kind: str
    key: str
    row: Row | None
    why: str
    subject: str
    title: str
    node: str
    value: str | None


class Validator:
    """Judges pages and records of one catalogue, and remembers what it has said.

    Args:
        base: public address of the portal, for the addresses of shapes and own terms.
        is_recorded: whether SHACL's own report is kept in ``results``.
    """

    def __init__(self, base: str, is_recorded: bool = False) -> None:
        self._base = base
        self._shapes = make_shapes(base)
        self._rows = list_shapes(base)
        # Of the catalogue, which every page describes.
        self._said: set[tuple[str, str, str | None]] = set()
        self._report = BNode()
        self.results = Graph() if is_recorded else None
        self.checked: Counter[str] = Counter()
        self.conforms = True

    def check_graph(self, graph: Graph) -> Iterator[Finding]:
        """Judge whatever catalogues and datasets a graph describes.

        Args:
            graph: a page of a catalogue, or one dataset.

        Yields:
            What is found, dataset by dataset.
        """
        graph = normalize(graph, self._base)
        mains = _list_mains(graph)
        bounds = set(mains)
        subjects = iter([*mains, *_list_strays(graph)])
        while batch := list(islice(subjects, _AT_ONCE)):
            part, owners = _extract(graph, batch, bounds)
            for subject in batch:
                if kind := mains.get(subject):
                    part.add((subject, RDF.type, kind))
                    self.checked[_name(kind)] += 1
            yield from self._judge(part, owners)

    def check_records(
        self, catalog: Record | None, datasets: Iterable[Record]
    ) -> Iterator[Finding]:
        """Judge records, which may come from any source: what they say, and what they can't.

        Args:
            catalog: the catalogue, if there is one; datasets within it are left aside.
            datasets: its datasets.

        Yields:
            What is found, dataset by dataset, and the catalogue last.
        """
        listed: str | None = None
        records = iter(datasets)
        while batch := list(islice(records, _AT_ONCE)):
            listed = batch[-1].iri
            yield from self._check_batch(batch)
        if catalog:
            kept = {key: value for key, value in catalog.values.items() if key != "dataset"}
            yield from self._check_batch([replace(catalog, values=kept)], listed)

    def _check_batch(self, records: list[Record], listed: str | None = None) -> Iterator[Finding]:
        writer = Writer(self._base)
        named: set[tuple[str, str]] = set()
        for record in records:
            subject = add_safely(writer, record)
            if listed:
                writer.list_in(subject, URIRef(listed))
            for finding in _list_problems(record):
                named.add((finding.node, finding.key))
                self.conforms = self.conforms and finding.severity != "violation"
                yield finding
        for finding in self.check_graph(writer.graph):
            # what could not be said is not missing
            if finding.why != MISSING or (finding.node, finding.key) not in named:
                yield finding

    def _judge(self, part: Graph, owners: dict[Term, Term]) -> Iterator[Finding]:
        _, results, _ = pyshacl.validate(part, shacl_graph=self._shapes, advanced=False)
        said: set[tuple[str, str, str | None]] = set()
        for result in sorted(results.objects(None, SH.result)):
            shape = str(results.value(result, SH.sourceShape))
            node = results.value(result, SH.focusNode)
            row, is_missing = self._rows[shape]
            value = None if is_missing else _show(results.value(result, SH.value))
            mark = (shape, str(node), value)
            if mark in said or mark in self._said:
                continue  # a value can be wrong in two ways, and every page has the catalogue
            (self._said if row.kind in ("catalog", "theme") else said).add(mark)
            severity = _name(results.value(result, SH.resultSeverity)).lower()
            self.conforms = self.conforms and severity != "violation"
            self._record(results, result)
            subject = owners.get(node, node)
            yield Finding(
                severity=severity,
                kind=row.kind,
                key=row.key,
                row=row,
                why=MISSING if is_missing else WRONG,
                subject=str(subject),
                title=str(part.value(subject, DCTERMS.title) or ""),
                node=str(node),
                value=value,
            )

    def _record(self, results: Graph, result: Term) -> None:
        """Keep a result of SHACL with the blank nodes that it needs, such as its path."""
        if self.results is None:
            return
        self.results.add((self._report, SH.result, result))
        queue = [result]
        while queue:
            node = queue.pop()
            for predicate, term in results.predicate_objects(node):
                if isinstance(term, BNode) and (term, None, None) not in self.results:
                    queue.append(term)
                self.results.add((node, predicate, term))

    def close(self) -> Graph:
        """Give SHACL's report, with its verdict."""
        report = self.results if self.results is not None else Graph()
        report.add((self._report, RDF.type, SH.ValidationReport))
        report.set((self._report, SH.conforms, Literal(self.conforms)))
        return report


def _list_mains(graph: Graph) -> dict[Term, URIRef]:
    """List catalogues, then datasets; those too that have no type and are known by their place."""
    found: dict[Term, URIRef] = {}
    for kind, by_place in (
        (DCAT.Catalog, graph.subjects(DCAT.dataset)),
        (DCAT.Dataset, graph.objects(None, DCAT.dataset)),
    ):
        described = (node for node in by_place if (node, None, None) in graph)
        for node in sorted({*graph.subjects(RDF.type, kind), *described}, key=str):
            found.setdefault(node, kind)
    return found


def _list_strays(graph: Graph) -> list[Term]:
    """List the distributions that are no dataset's."""
    found = graph.subjects(RDF.type, DCAT.Distribution)
    strays = {node for node in found if (None, DCAT.distribution, node) not in graph}
    return sorted(strays, key=str)


def _extract(graph: Graph, subjects: list[Term], bounds: set[Term]) -> tuple[Graph, dict[Any, Any]]:
    """Take what is said of some things and their parts, and whose part each node is."""
    part = Graph()
    owners: dict[Term, Term] = {}
    for subject in subjects:
        queue = [subject, *graph.subjects(FOAF.primaryTopic, subject)]
        seen = set(queue)
        while queue:
            node = queue.pop()
            owners.setdefault(node, subject)
            for predicate, term in graph.predicate_objects(node):
                part.add((node, predicate, term))
                is_end = isinstance(term, Literal) or predicate == RDF.type
                if not (is_end or term in seen or term in bounds):
                    seen.add(term)
                    queue.append(term)
    return part, owners


def _list_problems(record: Record) -> Iterator[Finding]:
    """List the problems of a record, which no graph says."""
    kinds = dict(_list_kinds(record))
    title = record.values.get("title", "")
    for problem in record.problems:
        kind = kinds.get(problem.iri, record.kind)
        row = next((r for r in rows(kind) if problem.field in (r.key, r.composite)), None)
        yield Finding(
            severity="info" if problem.why in _REMARKS else "violation",
            kind=kind,
            key=row.key if row else problem.field,
            row=row,
            why=problem.why,
            subject=record.iri,
            title=title if isinstance(title, str) else next(iter(title.values()), ""),
            node=problem.iri,
            value=problem.value,
        )


def _list_kinds(record: Record) -> Iterator[tuple[str, str]]:
    """Tell of a record and the records in it which class they have."""
    yield record.iri, record.kind
    for row in rows(record.kind):
        if row.type == "records":
            for child in record.values.get(row.key, ()):
                yield from _list_kinds(child)


def _show(term: Term | None) -> str | None:
    if term is None or isinstance(term, BNode):
        return None
    return str(term)


def _name(term: Term | None) -> str:
    """Give the last part of an IRI."""
    return str(term).replace("#", "/").rpartition("/")[2]
