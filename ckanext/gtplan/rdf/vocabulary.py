"""The vocabularies that the portal serves itself, ``prm:`` and ``gtp:``, made of the table.

What a feed says in one of the two is described here: properties by their rows, codes by their
lists, the rest by the table's section ``terms``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROF, Namespace
from rdflib.term import Node as Term

from ckanext.gtplan.prm.profile import CLASSES, Labels, Row, load, rows, version
from ckanext.gtplan.prm.vocabulary import vocabularies

from .graph import Writer
from .shapes import shapes_address
from .terms import OWN

__all__ = ["OwnTerm", "list_terms", "make_vocabulary"]

_ROLE = Namespace("http://www.w3.org/ns/dx/prof/role/")
_DCAT_AP = URIRef("http://data.europa.eu/r5r/")


@dataclass(frozen=True, kw_only=True)
class OwnTerm:
    """A term of one of the two vocabularies.

    Args:
        curie: its prefixed name.
        type: prefixed name of its class.
        label: its name in each language.
        definition: what it means.
        broader: the property of which it is a kind.
        code: what data.json says for it, of a code list.
    """

    curie: str
    type: str
    label: Labels
    definition: Labels
    broader: str | None = None
    code: str | None = None

    @property
    def name(self) -> str:
        """Give the name without the prefix, which is the anchor on the page too."""
        return self.curie.partition(":")[2]


@cache
def list_terms(namespace: str) -> tuple[OwnTerm, ...]:
    """List the terms of a vocabulary: properties, then codes, then what else there is.

    Args:
        namespace: ``prm`` or ``gtp``.

    Returns:
        The terms; each once.
    """
    found: dict[str, OwnTerm] = {}
    for term in (*_properties(), *_codes(), *_others()):
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
        if term.broader:
            graph.add((subject, RDFS.subPropertyOf, expand(term.broader)))
        if term.code:
            graph.add((subject, SKOS.notation, Literal(term.code)))
    if namespace == "prm":
        _say_profile(graph, base, expand("prm:profile"))
    return graph


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
