"""Observations as RDF Data Cubes: well formed, exact, and readable whatever they hold."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_samples import BASE, MEASURED, fill, write_cube
from rdflib import DCTERMS, RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, QB

from ckanext.gtplan.plan.registers import Observation
from ckanext.gtplan.rdf.feed import SYNTAXES, serialize

GTP = Namespace(f"{BASE}/ns/gtp#")
SDMX = "http://purl.org/linked-data/sdmx/2009"
REF_PERIOD = URIRef(f"{SDMX}/dimension#refPeriod")
OBS_VALUE = URIRef(f"{SDMX}/measure#obsValue")
VALUES = URIRef(f"{MEASURED.iri}#values")
TEXTS = URIRef(f"{MEASURED.iri}#texts")


def observe(period: str = "2019", value: Any = "1", **fields: Any) -> Observation:
    return Observation(
        ref_period=period, obs_value=None if value is None else Decimal(value), **fields
    )


def find_faults(graph: Graph) -> list[str]:
    """List what the vocabulary's integrity constraints demand of cubes and is not so."""
    faults, keys = [], Counter[Any]()
    for node in graph.subjects(RDF.type, QB.Observation):
        cubes = list(graph.objects(node, QB.dataSet))
        structures = [s for cube in cubes for s in graph.objects(cube, QB.structure)]
        if len(cubes) != 1 or len(structures) != 1:
            faults.append(f"{node}: of no one cube")
            continue
        parts = {
            role: {
                term
                for component in graph.objects(structures[0], QB.component)
                for term in graph.objects(component, role)
            }
            for role in (QB.dimension, QB.measure, QB.attribute)
        }
        for term in parts[QB.dimension] | parts[QB.measure]:
            if len(list(graph.objects(node, term))) != 1:
                faults.append(f"{node}: {term}")
        allowed = {RDF.type, QB.dataSet}.union(*parts.values())
        faults += [
            f"{node}: {p} is no component" for p in graph.predicates(node) if p not in allowed
        ]
        place = tuple(graph.value(node, d) for d in sorted(parts[QB.dimension]))
        keys[(cubes[0], place)] += 1
    faults += [f"twice: {key}" for key, count in keys.items() if count > 1]
    for term in graph.subjects(RDF.type, QB.DimensionProperty):
        if not list(graph.objects(term, RDFS.range)):
            faults.append(f"{term}: no range")
    return faults


def test_a_cube_is_well_formed() -> None:
    graph = write_cube(
        fill(Observation),
        observe("2019", 3),
        observe("2019", 1, disaggregation=("sexo=mujer",)),
        observe("2019", 2, disaggregation=("sexo=hombre",)),
        observe("2020-Q1", None, obs_text="Factible"),
        observe("2020-S2", "0.50", obs_text="Poco", obs_status="E", comment="c"),
    )
    assert not find_faults(graph)
    assert len(set(graph.subjects(QB.dataSet, VALUES))) == 5
    assert len(set(graph.subjects(QB.dataSet, TEXTS))) == 3


def test_a_fault_is_found() -> None:
    graph = write_cube(observe())
    (node,) = graph.subjects(RDF.type, QB.Observation)
    graph.remove((node, GTP.breakdown, None))
    graph.add((node, DCTERMS.title, Literal("x")))
    assert len(find_faults(graph)) == 2


@pytest.mark.parametrize(
    "period, start, end",
    [
        ("2019", "2019-01-01", "2019-12-31"),
        ("2019-S2", "2019-07-01", "2019-12-31"),
        ("2019-Q1", "2019-01-01", "2019-03-31"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("2019-07-31", "2019-07-31", "2019-07-31"),
    ],
)
def test_a_period_has_its_days_and_is_the_same_for_all(period: str, start: str, end: str) -> None:
    graph = write_cube(observe(period))
    (node,) = set(graph.objects(None, REF_PERIOD))
    assert node == URIRef(f"{BASE}/indicators#period-{period}")
    assert graph.value(node, SKOS.notation) == Literal(period)
    assert str(graph.value(node, DCAT.startDate)) == start
    assert str(graph.value(node, DCAT.endDate)) == end


def test_what_was_not_observed_is_in_no_cube() -> None:
    graph = write_cube(observe(value=None, obs_status="M"))
    assert not list(graph.subjects(RDF.type, QB.Observation))
    assert not list(graph.subjects(RDF.type, QB.DataSet))


def test_a_period_that_is_none_breaks_no_other() -> None:
    graph = write_cube(observe("ayer"), observe("2019"))
    assert len(list(graph.subjects(RDF.type, QB.Observation))) == 1


@given(
    st.decimals(-(10**12), 10**12, places=9),
    st.text(max_size=60),
    st.lists(st.text(max_size=20), max_size=3).map(tuple),
)
def test_observations_come_back_from_every_syntax(
    value: Decimal, text: str, parts: tuple[str, ...]
) -> None:
    graph = write_cube(
        observe(value=value, obs_text=text, comment=text, evidence_url=text, disaggregation=parts)
    )
    for syntax in SYNTAXES.values():
        read = Graph().parse(data=serialize(graph, syntax, BASE), format=syntax.name)
        assert set(read) == set(graph)
    (said,) = graph.objects(None, OBS_VALUE)
    assert said.toPython() == value
