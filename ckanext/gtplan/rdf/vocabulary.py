"""The vocabularies that the portal serves itself, ``prm:`` and ``gtp:``, made of the table.

What a feed says in one of the two is described here: properties by their rows, codes by their
lists, the rest by the table's section ``terms``; those of the plan in ``plan_vocabulary``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROF, Namespace
from rdflib.term import Node as Term

from ckanext.gtplan.prm.profile import CLASSES, Row, load, rows, version
from ckanext.gtplan.prm.vocabulary import vocabularies

from .graph import Writer
from .plan_vocabulary import list_plan_terms
from .shapes import shapes_address
from .terms import OWN, OwnTerm

__all__ = ["OwnTerm", "list_terms", "make_vocabulary"]

_ROLE = Namespace("http://www.w3.org/ns/dx/prof/role/")
_DCAT_AP = URIRef("http://data.europa.eu/r5r/")


@cache
def list_terms(namespace: str) -> tuple[OwnTerm, ...]:
    """List the terms of a vocabulary: properties, then codes, then what else there is.

    Args:
        namespace: ``prm`` or ``gtp``.

    Returns:
        The terms; each once.
    """
    found: dict[str, OwnTerm] = {}
    for term in (*_properties(), *_codes(), *_others(), *list_plan_terms()):
        if term.curie.startswith(f"{namespace}:") and term.name:
            found.setdefault(term.curie, term)
    return tuple(found.values())


def make_vocabulary(base: str, namespace: str) -> Graph:
    """Describe a vocabulary in RDF.

    Args:
        base: public address of the portal.
        namespace: ``prm`` or ``gtp``.

    Returns:
        The statements.
    """
    graph = Graph()
    expand = Writer(base, graph).expand
    vocabulary = URIRef(f"{base.rstrip('/')}/ns/{namespace}")
    described = load()["terms"][f"{namespace}:"]
    graph.add((vocabulary, RDF.type, OWL.Ontology))
    graph.add((vocabulary, OWL.versionInfo, Literal(version())))
    _say(graph, vocabulary, DCTERMS.title, described["label"])
    _say(graph, vocabulary, RDFS.comment, described["definition"])
    for term in list_terms(namespace):
        subject = expand(term.curie)
        graph.add((subject, RDF.type, expand(term.type)))
        graph.add((subject, RDFS.isDefinedBy, vocabulary))
        _say(graph, subject, RDFS.label, term.label)
        _say(graph, subject, RDFS.comment, term.definition)
        for predicate, name in _list_relations(term):
            graph.add((subject, predicate, expand(name)))
        if term.type == "skos:Concept":
            _say(graph, subject, SKOS.prefLabel, term.label)
        if term.code:
            graph.add((subject, SKOS.notation, Literal(term.code)))
    if namespace == "prm":
        _say_profile(graph, base, expand("prm:profile"))
    return graph


def _list_relations(term: OwnTerm) -> Iterator[tuple[URIRef, str]]:
    """Say of a term what it is a kind of, of what it is said, and in which list it is."""
    is_class = term.type == "rdfs:Class"
    relations = {
        RDFS.subClassOf if is_class else RDFS.subPropertyOf: term.broader,
        RDFS.domain: term.domain,
        RDFS.range: term.range,
        SKOS.inScheme: term.scheme,
    }
    yield from ((predicate, name) for predicate, name in relations.items() if name)


def _properties() -> Iterator[OwnTerm]:
    for row in _all_rows():
        for step in row.steps:
            if step.predicate.partition(":")[0] in OWN:
                yield OwnTerm(
                    curie=step.predicate,
                    type="rdf:Property",
                    label=row.label,
                    definition=row.definition,
                    broader=load()["terms"].get(step.predicate, {}).get("broader"),
                )


def _codes() -> Iterator[OwnTerm]:
    for row in _all_rows():
        codes = vocabularies().get(row.vocabulary or "") if row.type == "code" else None
        for term in codes.terms if codes else ():
            said = {key: f"{row.label[key]}: {label}" for key, label in term.label.items()}
            yield OwnTerm(
                curie=term.iri,
                type=row.range or "rdfs:Datatype",
                label=term.label,
                definition=term.definition or said,
                code=term.code,
            )


def _others() -> Iterator[OwnTerm]:
    for curie, raw in load()["terms"].items():
        if "type" in raw:
            yield OwnTerm(
                curie=curie, type=raw["type"], label=raw["label"], definition=raw["definition"]
            )


def _all_rows() -> Iterator[Row]:
    for kind in CLASSES:
        yield from rows(kind)


def _say(graph: Graph, subject: Term, predicate: URIRef, texts: Mapping[str, Any]) -> None:
    for language, text in texts.items():
        graph.add((subject, predicate, Literal(text, lang=language.replace("_", "-"))))


def _say_profile(graph: Graph, base: str, profile: URIRef) -> None:
    """Say what the profile is made of, in the terms of the Profiles Vocabulary."""
    graph.bind("prof", PROF)
    page, document = URIRef(f"{base.rstrip('/')}/ns/prm"), URIRef(shapes_address(base))
    graph.add((profile, RDF.type, PROF.Profile))
    graph.add((profile, PROF.isProfileOf, _DCAT_AP))
    graph.add((profile, PROF.hasToken, Literal("prm")))
    graph.add((profile, OWL.versionInfo, Literal(version())))
    _say(graph, profile, DCTERMS.title, load()["terms"]["prm:profile"]["label"])
    roles = {"validation": document, "guidance": page, "vocabulary": URIRef(f"{page}.ttl")}
    for role, artifact in roles.items():
        resource = URIRef(f"{profile}-{role}")
        graph.add((profile, PROF.hasResource, resource))
        graph.add((resource, RDF.type, PROF.ResourceDescriptor))
        graph.add((resource, PROF.hasRole, _ROLE[role]))
        graph.add((resource, PROF.hasArtifact, artifact))
