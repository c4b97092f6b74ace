"""Write the observations of indicators as RDF Data Cubes, by the table ``cube.yaml``.

An indicator is at most two cubes, of its values and of its results in words, since a cube wants
each of its measures in each observation. An observation that is neither (only the reason why there
is none) is in no cube. All cubes of the portal have one of the two structures, and periods in
common.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rdflib import RDF, RDFS, XSD, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF

from ckanext.gtplan.plan.periods import Period
from ckanext.gtplan.plan.registers import Observation
from ckanext.gtplan.prm.builder import digest, fragment

from .entities import EntityWriter
from .graph import Statement
from .literals import say_text
from .plan_values import Body, Said, Scope, Values
from .terms import Names, iri

__all__ = ["CubeWriter", "MeasuredIndicator"]

log = logging.getLogger(__name__)

#: Of each kind of cube: the observation's field that is its measure, and the term for it.
_MEASURES = {"values": ("obs_value", "sdmx-measure:obsValue")}
_MEASURES |= {"texts": ("obs_text", "gtp:resultInWords")}
#: Of what each dimension's values are.
_DIMENSIONS = {"sdmx-dimension:refPeriod": "dct:PeriodOfTime", "gtp:breakdown": "xsd:string"}
#: What may be said of an observation beside its measure.
_ATTRIBUTES = (
    "sdmx-attribute:obsStatus",
    "rdfs:comment",
    "foaf:page",
    "prov:wasAttributedTo",
    "prov:generatedAtTime",
)
#: What says, in the codes of SDMX, that an observation is of the whole.
_WHOLE = "_T"


@dataclass(frozen=True, kw_only=True)
class MeasuredIndicator:
    """A public indicator."""

    iri: str
    title: str
    unit: str | None = None


class CubeWriter(EntityWriter):
    """Collects the statements of cubes in one graph.

    Args:
        base: public address of the portal.
        language: of the texts.
        bodies: the institutions of the portal, by name.
    """

    def __init__(self, base: str, *, language: str, bodies: Mapping[str, Body]) -> None:
        values = CubeValues(Names(base).expand, language, bodies, {})
        values.whole = f"{base.rstrip('/')}/indicators"
        super().__init__(base, values, bodies)
        self._whole = values.whole
        self._language = language

    def add_structures(self) -> None:
        """Describe the two structures that cubes have."""
        for statement in self._structures():
            self._graph.add(statement)

    def add(self, indicator: MeasuredIndicator, observations: Iterable[Observation]) -> None:
        """Add observations of an indicator; one that cannot be said is left out, and logged.

        Args:
            indicator: whose observations they are; the same at each call.
            observations: some of them or all.
        """
        subject = iri(indicator.iri)
        for observation in observations:
            for kind, (measure, _) in _MEASURES.items():
                if getattr(observation, measure) is None:
                    continue
                others: dict[str, Any] = {n: None for n, _ in _MEASURES.values() if n != measure}
                try:
                    said = list(self._observation(subject, kind, replace(observation, **others)))
                except Exception:
                    log.exception("cannot be said: %s %s", subject, observation.ref_period)
                    continue
                for statement in (*self._cube(subject, kind, indicator), *said):
                    self._graph.add(statement)

    def _observation(
        self, indicator: URIRef, kind: str, observation: Observation
    ) -> Iterator[Statement]:
        Period.parse(observation.ref_period)
        part = "|".join(observation.disaggregation)
        mark = "-".join(filter(None, (kind, observation.ref_period, part and digest(part))))
        node = iri(fragment(indicator, mark))
        entity = replace(observation, disaggregation=(part or _WHOLE,))
        yield from self._entity(Scope(node, entity, indicator))
        yield node, self._expand("qb:dataSet"), iri(fragment(indicator, kind))

    def _cube(
        self, indicator: URIRef, kind: str, described: MeasuredIndicator
    ) -> Iterator[Statement]:
        cube = iri(fragment(indicator, kind))
        yield cube, RDF.type, self._expand("qb:DataSet")
        yield cube, self._expand("qb:structure"), self._locate_structure(kind)
        yield cube, FOAF.primaryTopic, indicator
        yield indicator, RDF.type, self._expand("gtp:Indicator")
        for title in say_text(described.title, self._language):
            yield cube, DCTERMS.title, title
            yield indicator, DCTERMS.title, title
        for unit in say_text(described.unit or "", self._language) if kind == "values" else ():
            yield cube, self._expand("sdmx-attribute:unitMeasure"), unit

    def _locate_structure(self, kind: str) -> URIRef:
        return iri(fragment(self._whole, f"structure-{kind}"))

    def _structures(self) -> Iterator[Statement]:
        for name, kind in _DIMENSIONS.items():
            yield self._expand(name), RDF.type, self._expand("qb:DimensionProperty")
            yield self._expand(name), RDFS.range, self._expand(kind)
        for kind, (_, measure) in _MEASURES.items():
            node = self._locate_structure(kind)
            yield node, RDF.type, self._expand("qb:DataStructureDefinition")
            yield self._expand(measure), RDF.type, self._expand("qb:MeasureProperty")
            for name in _DIMENSIONS:
                yield from self._component(node, "dimension", name)
            yield from self._component(node, "measure", measure)
            for name in _ATTRIBUTES:
                yield from self._component(node, "attribute", name)
            if kind == "values":
                yield from self._component(node, "attribute", "sdmx-attribute:unitMeasure")
                component = _component_of(node, "sdmx-attribute:unitMeasure")
                attached = self._expand("qb:DataSet")
                yield component, self._expand("qb:componentAttachment"), attached

    def _component(self, structure: URIRef, kind: str, name: str) -> Iterator[Statement]:
        component = _component_of(structure, name)
        yield structure, self._expand("qb:component"), component
        yield component, RDF.type, self._expand("qb:ComponentSpecification")
        yield component, self._expand(f"qb:{kind}"), self._expand(name)
        if kind == "attribute":
            yield self._expand(name), RDF.type, self._expand("qb:AttributeProperty")
            yield component, self._expand("qb:componentRequired"), Literal(False)


class CubeValues(Values):
    """Makes terms of the values of observations."""

    #: the address of all indicators, whose parts are the periods
    whole = ""

    def _period(self, scope: Scope, item: str) -> Iterator[Said]:
        period = Period.parse(item)
        node = iri(fragment(self.whole, f"period-{item}"))
        about: list[Statement] = [(node, RDF.type, DCTERMS.PeriodOfTime)]
        about += [(node, self._expand("skos:notation"), Literal(item))]
        for name, day in (("startDate", period.start), ("endDate", period.end)):
            about.append((node, self._expand(f"dcat:{name}"), Literal(str(day), datatype=XSD.date)))
        yield node, about


def _component_of(structure: URIRef, name: str) -> URIRef:
    return iri(fragment(structure, name.rpartition(":")[2]))
