"""The table says every field of the model, or why not; and names only terms that there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from plan_samples import BASE, list_entities, write_whole
from rdflib import DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.namespace import DCAT, QB, SDO, TIME, XSD

from ckanext.gtplan.plan import model
from ckanext.gtplan.plan.follow.reporting import REPORTED_FIELDS
from ckanext.gtplan.plan.shapes import list_shapes
from ckanext.gtplan.plan.vocabulary import LANGUAGES
from ckanext.gtplan.rdf.plan_vocabulary import load_vocabulary
from ckanext.gtplan.rdf.table import Saying, get_node, get_sheet, load_table
from ckanext.gtplan.rdf.terms import namespaces
from ckanext.gtplan.rdf.vocabulary import list_terms, make_vocabulary

#: What a load says of itself; its records are what is published.
NOT_RECORDS = {model.Load, model.Publication}
#: rdflib's closed lists, by namespace. schema.org is one vocabulary under two addresses.
CLOSED: dict[str, Any] = {str(ns): ns for ns in (DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SKOS)}
CLOSED |= {str(ns): ns for ns in (DCAT, QB, TIME, XSD)} | {"http://schema.org/": SDO}
CHECKED = yaml.safe_load(Path(__file__).with_name("terms.yaml").read_text("utf-8"))
#: Lists of values, which are no vocabularies of terms.
AUTHORITIES = (
    "http://publications.europa.eu/resource/authority/",
    "http://metadata.un.org/sdg/",
    "http://data.europa.eu/ux2/nace2/",
)
#: Code lists that are an authority's own: its IRIs are said.
FOREIGN_LISTS = {"theme", "sector", "indicator_frequency"}


@pytest.mark.parametrize("entity", sorted(list_entities() - NOT_RECORDS, key=lambda e: e.__name__))
def test_every_field_is_said_or_there_is_a_reason(entity: type[Any]) -> None:
    sheet = get_sheet(entity.__name__)
    assert set(sheet.fields) | set(sheet.unsaid) == set(list_shapes(entity))
    assert not set(sheet.fields) & set(sheet.unsaid)
    assert all(len(reason) > 20 for reason in sheet.unsaid.values())


def test_what_was_done_is_said_in_the_fields_of_reports() -> None:
    said = set(get_sheet("Execution").fields) | set(get_sheet("Result").fields)
    assert said == set(REPORTED_FIELDS)


def list_sayings() -> Iterator[tuple[str, str, Saying]]:
    for entity in load_table()["entities"]:
        for field, sayings in get_sheet(entity).fields.items():
            for saying in sayings:
                yield entity, field, saying


def test_the_parts_of_a_path_are_there() -> None:
    nodes = {step.node for *_, saying in list_sayings() for step in saying.steps if step.node}
    assert nodes == set(load_table()["nodes"])
    prefixes = namespaces(BASE)
    for entity, field, saying in list_sayings():
        fields = get_sheet(entity).fields
        assert all(step.predicate.partition(":")[0] in prefixes for step in saying.steps)
        assert all(step.node for step in saying.steps[:-1]), (entity, field)
        assert not saying.steps[-1].node, (entity, field)
        assert {saying.given, saying.absent} - {None} <= set(fields), (entity, field)
    for node in nodes:
        assert get_node(node).rdf_class.partition(":")[0] in prefixes


def test_lists_of_a_record_do_not_share_addresses() -> None:
    for entity in list_entities() - NOT_RECORDS:
        rows = [shape for shape in list_shapes(entity).values() if shape.is_entity]
        nodes = [get_sheet(shape.type.__name__).node or shape.name for shape in rows]
        assert len(nodes) == len(set(nodes)), entity


def list_used() -> set[str]:
    """List the terms of `gtp:` that the table uses, codes left aside."""
    words = yaml.safe_dump(load_table()).replace("[", " ").replace("]", " ").replace("/", " ")
    return {w.strip("\"',^{}") for w in words.split() if w.strip("\"',^").startswith("gtp:")}


def test_the_vocabulary_defines_what_the_table_uses_and_no_more() -> None:
    described = {term.curie for term in list_terms("gtp")}
    used = {name for name in list_used() if "-" not in name}
    sections = ("classes", "properties")
    own = {f"gtp:{name}" for section in sections for name in load_vocabulary()[section]}
    assert used == own
    assert list_used() <= described


def test_the_vocabulary_has_the_code_lists_that_records_hold_and_no_more() -> None:
    held = {
        shape.vocabulary
        for entity in list_entities() - NOT_RECORDS
        for shape in list_shapes(entity).values()
        if shape.vocabulary and shape.name in get_sheet(entity.__name__).fields
    }
    assert held - FOREIGN_LISTS == set(load_vocabulary()["schemes"])


def test_every_term_has_words_in_three_languages() -> None:
    for term in list_terms("gtp"):
        for texts in (term.label, term.definition):
            assert set(texts) == set(LANGUAGES)
            assert all(text.strip() for text in texts.values()), term.curie
    names = [term.name for term in list_terms("gtp")]
    assert len(names) == len(set(names))


def test_the_vocabulary_in_turtle_says_what_is_a_kind_of_what() -> None:
    graph = make_vocabulary(BASE, "gtp")
    gtp = f"{BASE}/ns/gtp#"
    step = URIRef("http://purl.org/net/p-plan#Step")
    assert (URIRef(f"{gtp}Activity"), RDFS.subClassOf, step) in graph
    assert (URIRef(f"{gtp}unitCost"), RDFS.domain, URIRef(f"{gtp}BudgetLine")) in graph
    concept = URIRef(f"{gtp}completion-substantial")
    assert (concept, SKOS.inScheme, URIRef(f"{gtp}completion")) in graph
    assert (concept, SKOS.prefLabel, Literal("Substancial", lang="pt-BR")) in graph


def list_foreign(graph: Graph) -> set[str]:
    """List the terms of others that statements use: predicates, classes, types of values."""
    terms = {str(predicate) for predicate in graph.predicates()}
    terms |= {str(kind) for kind in graph.objects(None, RDF.type)}
    literals = (term for term in graph.objects() if isinstance(term, Literal))
    terms |= {str(literal.datatype) for literal in literals if literal.datatype}
    for predicate in (RDFS.domain, RDFS.range, RDFS.subClassOf, RDFS.subPropertyOf):
        terms |= {str(term) for term in graph.objects(None, predicate)}
    return {term for term in terms if not term.startswith(f"{BASE}/")}


def find_unknown(terms: set[str]) -> set[str]:
    """List the terms that the vocabulary of their namespace does not have."""
    unknown = set()
    for term in terms - {"http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"}:
        namespace = max((n for n in (*CLOSED, *CHECKED) if term.startswith(n)), default="")
        name = term.removeprefix(namespace)
        known = CHECKED[namespace]["terms"] if namespace in CHECKED else CLOSED.get(namespace, ())
        if name not in known:
            unknown.add(term)
    return unknown


def test_every_term_of_others_exists_in_its_vocabulary() -> None:
    graph = write_whole()
    terms = list_foreign(graph) | list_foreign(make_vocabulary(BASE, "gtp"))
    assert len(terms) > 60
    assert not find_unknown(terms)
    used = {name for name in CHECKED if any(term.startswith(name) for term in terms)}
    assert used == set(CHECKED)
    listed = {f"{name}{term}" for name, raw in CHECKED.items() for term in raw["terms"]}
    assert listed <= terms, listed - terms


def test_a_term_that_is_not_there_is_found() -> None:
    wrong = {
        "http://purl.org/dc/terms/partOf",
        "http://schema.org/amountOfMoney",
        "http://purl.org/net/p-plan#hasStep",
        "http://nobody.example.org/x",
    }
    assert find_unknown(wrong) == wrong


def test_every_term_of_our_own_is_defined() -> None:
    defined = set(make_vocabulary(BASE, "gtp").subjects(RDFS.isDefinedBy))
    graph = write_whole()
    own = {term for s in graph for term in s if str(term).startswith(f"{BASE}/ns/")}
    assert len(own) > 80
    assert own <= defined
    properties = {t.curie for t in list_terms("gtp") if t.type == "rdf:Property"}
    said = {f"gtp:{str(term).rpartition('#')[2]}" for term in graph.predicates() if term in own}
    assert said == properties


def test_other_values_are_of_authorities_or_of_the_portal() -> None:
    graph = write_whole()
    iris = {term for term in graph.objects() if isinstance(term, URIRef)}
    roles = (RDF.type, RDFS.range, QB.dimension, QB.measure, QB.attribute, QB.componentAttachment)
    terms = {term for predicate in roles for term in graph.objects(None, predicate)}
    for term in iris - terms - {RDF.nil}:
        is_link = str(term).startswith(("https://example.org/", "mailto:"))
        assert is_link or str(term).startswith((BASE, *AUTHORITIES)), term
