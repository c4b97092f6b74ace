"""The shapes say what the table says, and fire for what is missing and for what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prm_graphs import catalog_graph, dataset_graph
from prm_sample import PACKAGE, RESOURCE, SITE, make_catalog, make_dataset
from rdflib import RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, SH

from ckanext.gtplan.prm.conformance import assess
from ckanext.gtplan.prm.profile import CLASSES, Row, extensions, fields
from ckanext.gtplan.prm.record import Record
from ckanext.gtplan.rdf.shapes import list_shapes, make_shapes, shape_iri
from ckanext.gtplan.rdf.terms import OWN, namespaces
from ckanext.gtplan.rdf.validation import MISSING, WRONG, Finding, Validator
from ckanext.gtplan.rdf.vocabulary import list_terms, make_vocabulary

BASE = SITE.base
COLUMNS = [{**row, "description": "Qué dice"} for row in RESOURCE["fields"]]
FULL: dict[str, Any] = {
    **PACKAGE,
    "resources": [{**RESOURCE, "license": "cc-by", "fields": COLUMNS}],
}
JUDGED = ("dataset", "distribution")
SEVERITIES = {"Si": "violation", "R": "warning"}


@cache
def shapes() -> Graph:
    return make_shapes(BASE)


def complete() -> Record:
    """The sample, with whatever the profile requires or recommends."""
    return make_dataset(**FULL)


def judge(graph: Graph) -> list[Finding]:
    return list(Validator(BASE).check_graph(graph))


def write(*datasets: Record) -> Graph:
    return catalog_graph(BASE, make_catalog(), datasets)


def names(findings: list[Finding]) -> set[tuple[str, str, str, str]]:
    return {(f.severity, f.kind, f.key, f.why) for f in findings}


@pytest.mark.parametrize("row", fields() + extensions(), ids=lambda row: f"{row.kind}-{row.key}")
def test_every_row_has_a_shape(row: Row) -> None:
    graph, shape = shapes(), shape_iri(BASE, row)
    assert graph.value(shape, SH.path) is not None
    assert graph.value(shape, SH.severity) == SH.Violation
    presence = shape_iri(BASE, row, "-presence")
    severity = {"Si": SH.Violation, "R": SH.Warning}.get(row.obligation or "")
    assert graph.value(presence, SH.severity) == severity
    judged = [shape, presence] if severity else [shape]
    for one in judged:
        assert {m.language for m in graph.objects(one, SH.message)} == {"es", "en", "pt-BR"}
        assert str(one) in list_shapes(BASE)
    assert {m.language for m in graph.objects(shape, SH.name)} == {"es", "en", "pt-BR"}


def test_there_is_no_shape_without_a_row() -> None:
    assert len(list_shapes(BASE)) == len(
        list(fields() + extensions()) + [r for r in fields() if r.obligation != "No"]
    )
    properties = set(shapes().objects(None, SH.property)) | set(
        shapes().subjects(SH.targetClass, DCAT.Distribution)
    )
    own = {str(one).rpartition("#")[2] for one in properties}
    assert {n for n in own if not n.startswith(("period-", "distribution"))} <= {
        name.rpartition("#")[2] for name in list_shapes(BASE)
    }


def test_shapes_have_iris() -> None:
    for kind in (SH.NodeShape, SH.PropertyShape):
        assert all(isinstance(one, URIRef) for one in shapes().subjects(RDF.type, kind))
    assert {str(target) for target in shapes().objects(None, SH.targetClass)} == {
        *(f"{DCAT}{name}" for name in ("Catalog", "Dataset", "Distribution")),
        "http://www.w3.org/ns/csvw#Column",
    }


def test_the_sample_conforms() -> None:
    assert judge(write(complete())) == []
    assert {f.severity for f in judge(write(make_dataset()))} == {"warning"}


def _droppable() -> Iterator[Row]:
    """Rows that a record can lack: what RDF says by its structure can't be dropped."""
    for row in fields():
        if row.obligation in SEVERITIES and not row.implied and row.kind != "field":
            yield row


def _without(record: Record, row: Row) -> Record:
    """Drop a field of a class from a record, or from those in it."""
    values = dict(record.values)
    if record.kind == row.kind:
        values.pop(row.key, None)
    for key, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], Record):
            values[key] = [_without(child, row) for child in value]
    return replace(record, values=values)


@pytest.mark.parametrize("row", [*_droppable()], ids=lambda row: f"{row.kind}-{row.key}")
def test_a_field_that_is_dropped_fires_its_shape_and_no_other(row: Row) -> None:
    catalog, dataset = _without(make_catalog(), row), _without(complete(), row)
    graph = catalog_graph(BASE, catalog, [dataset])
    if row.vocabulary == "dataset":
        graph.remove((None, DCAT.dataset, None))
    found = names(judge(graph))
    expected = {(SEVERITIES[row.obligation or ""], row.kind, row.key, MISSING)}
    if (row.kind, row.key) == ("dataset", "identifier"):
        # of which the distributions have the identifier of their dataset
        expected.add(("violation", "distribution", "datasetIdentifier", MISSING))
    assert found == expected


@settings(max_examples=15)
@given(drops=st.sets(st.sampled_from([r.rdf for r in _droppable() if r.kind in JUDGED])))
def test_shapes_and_conformance_report_the_same_gaps(drops: set[str]) -> None:
    record = complete()
    for row in _droppable():
        record = _without(record, row) if row.kind in JUDGED and row.rdf in drops else record
    gaps = {(gap.kind, gap.key) for gap in assess(record).gaps}
    graph = dataset_graph(BASE, record)
    found = {(f.kind, f.key) for f in judge(graph) if f.why == MISSING}
    # RDF has the dataset's identifier in one place only
    implied = {("distribution", "datasetIdentifier")}
    assert found - implied == gaps - implied


def test_columns_are_asked_of_tables_only() -> None:
    for form, expected in (("CSV", True), ("XLSX", True), ("PDF", False), (None, False)):
        resource = {**FULL["resources"][0], "format": form, "fields": []}
        found = names(judge(dataset_graph(BASE, make_dataset(**{**FULL, "resources": [resource]}))))
        assert (("warning", "distribution", "field", MISSING) in found) == expected


DATASET = URIRef(complete().iri)
DATE, MONTH, YEAR, MOMENT = XSD.date, XSD.gYearMonth, XSD.gYear, XSD.dateTime


@pytest.mark.parametrize(
    ("predicate", "terms", "key"),
    [
        (DCTERMS.accrualPeriodicity, [Literal("R/P1Y")], "accrualPeriodicity"),
        (DCAT.theme, [URIRef("https://example.org/tema")], "theme"),
        (DCTERMS.language, [Literal("es")], "language"),
        (DCTERMS.license, [Literal("cc-by")], "license"),
        (DCTERMS.issued, [Literal("2018-11-31", datatype=DATE)], "issued"),
        (DCTERMS.issued, [Literal("2018-13", datatype=MONTH)], "issued"),
        (DCTERMS.issued, [Literal("20x8", datatype=YEAR)], "issued"),
        (DCTERMS.issued, [Literal("2018")], "issued"),
        (
            DCTERMS.issued,
            [Literal("2018", datatype=YEAR), Literal("2019", datatype=YEAR)],
            "issued",
        ),
        (DCTERMS.title, [Literal("  ")], "title"),
        (DCTERMS.title, [Literal("a", lang="es"), Literal("b", lang="es")], "title"),
        (DCTERMS.title, [URIRef("https://example.org/")], "title"),
        (DCAT.landingPage, [Literal("https://example.org/")], "landingPage"),
        (DCTERMS.spatial, [Literal("GTM")], "spatial"),
        (DCTERMS.temporal, [BNode()], "temporal"),
        (DCAT.distribution, [URIRef("https://example.org/")], "distribution"),
    ],
)
def test_what_is_wrong_fires(predicate: URIRef, terms: list[Any], key: str) -> None:
    graph = dataset_graph(BASE, complete())
    graph.remove((DATASET, predicate, None))
    for term in terms:
        graph.add((DATASET, predicate, term))
    # without its distribution, that one is nobody's
    found = {name for name in names(judge(graph)) if name[1] == "dataset"}
    assert found == {("violation", "dataset", key, WRONG)}


@pytest.mark.parametrize(
    ("start", "end", "is_right"),
    [
        (("2018-11", MONTH), ("2018", YEAR), True),
        (("2019-01", MONTH), ("2018", YEAR), False),
        (("2018", YEAR), ("2018-01-01", DATE), True),
        (("2018-11-30", DATE), ("2018-11-29", DATE), False),
        (("2018-11-30T09:00:00", MOMENT), ("2018-11-30", DATE), True),
        (("2018-12-01T09:00:00-06:00", MOMENT), ("2018-11-30T09:00:00", MOMENT), False),
        (("2019", YEAR), ("2018", YEAR), False),
    ],
)
def test_a_period_ends_after_it_starts(start: Any, end: Any, is_right: bool) -> None:
    graph = dataset_graph(BASE, complete())
    period = graph.value(DATASET, DCTERMS.temporal)
    for predicate, (text, datatype) in ((DCAT.startDate, start), (DCAT.endDate, end)):
        graph.remove((period, predicate, None))
        graph.add((period, predicate, Literal(text, datatype=datatype, normalize=False)))
    found = names(judge(graph))
    assert found == (set() if is_right else {("violation", "dataset", "temporal", WRONG)})


def test_mail_is_an_address_and_a_publisher_has_a_name() -> None:
    graph = dataset_graph(BASE, complete())
    publisher = graph.value(DATASET, DCTERMS.publisher)
    graph.remove((publisher, FOAF.mbox, None))
    graph.add((publisher, FOAF.mbox, Literal("datos@example.org")))
    assert names(judge(graph)) == {("violation", "dataset", "publisher->mbox", WRONG)}
    graph.remove((DATASET, DCTERMS.publisher, None))
    assert names(judge(graph)) == {
        ("violation", "dataset", "publisher->name", MISSING),
        ("warning", "dataset", "publisher->mbox", MISSING),
    }


def test_sizes_are_whole_numbers() -> None:
    for size in (Literal(-1), Literal("5"), Literal("1.5", datatype=XSD.decimal)):
        graph = dataset_graph(BASE, complete())
        distribution = graph.value(DATASET, DCAT.distribution)
        graph.set((distribution, DCAT.byteSize, size))
        assert names(judge(graph)) == {("violation", "distribution", "byteSize", WRONG)}


def test_a_concept_is_a_theme_only_in_the_taxonomy() -> None:
    graph = write(complete())
    skos = "http://www.w3.org/2004/02/skos/core#"
    graph.add((BNode(), RDF.type, URIRef(f"{skos}Concept")))
    assert judge(graph) == []
    graph.remove((None, URIRef(f"{skos}notation"), Literal("GOVE")))
    (finding,) = judge(graph)
    assert (finding.severity, finding.kind, finding.key) == ("warning", "theme", "id")
    assert finding.subject == make_catalog().iri


def test_every_own_term_of_a_record_is_described() -> None:
    described = make_vocabulary(BASE, "prm") + make_vocabulary(BASE, "gtp")
    graph = write(complete()) + shapes()
    prefixes = tuple(namespaces(BASE)[name] for name in OWN)
    used = {t for s in graph for t in s if isinstance(t, URIRef) and str(t).startswith(prefixes)}
    assert len(used) > 10
    for term in used:
        for predicate in (RDFS.label, RDFS.comment):
            texts = list(described.objects(term, predicate))
            assert {text.language for text in texts} == {"es", "en", "pt-BR"}, term
        assert (term, RDFS.isDefinedBy, None) in described


def test_own_terms_are_those_of_the_table() -> None:
    modified = make_vocabulary(BASE, "prm").value(
        URIRef(f"{BASE}/ns/prm#dataModified"), RDFS.subPropertyOf
    )
    assert modified == DCTERMS.modified
    assert {term.name for term in list_terms("gtp")} >= {
        "ActionPlan",
        "Commitment",
        "Milestone",
        "RegionalPlan",
    }
    assert len({term.curie for term in list_terms("prm")}) == len(list_terms("prm"))
    assert set(CLASSES) == {row.kind for row in fields()}
