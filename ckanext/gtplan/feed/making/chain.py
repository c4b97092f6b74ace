"""Statements of other profiles, made fit for the feeds: each stands alone in every syntax.

Other profiles make blank nodes, which would be one and the same in a document of many fragments,
and terms that some syntax cannot hold. Blank nodes get names that depend on what is said alone; a
statement that cannot be said is left out and listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.compare import to_canonical_graph
from rdflib.term import Node as Term

from ckanext.gtplan.prm.builder import Builder, fragment
from ckanext.gtplan.prm.texts import clean_text
from ckanext.gtplan.rdf.statements import Said, Text
from ckanext.gtplan.rdf.terms import Names

from .syntax import check_name, check_predicate, read_name, read_term

__all__ = ["fit_statements"]

Statement = tuple[Term, Term, Term]

#: Language, script and region (RFC 5646): what else libraries of RDF let pass, others refuse.
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?\Z", re.IGNORECASE)


def fit_statements(graph: Graph, iri: str, base: str, builder: Builder) -> Said:
    """Make statements that every syntax can hold, without blank nodes.

    Args:
        graph: what profiles say of a dataset.
        iri: the dataset's.
        base: public address of the portal.
        builder: gets what is left out.

    Returns:
        The statements, by subject.
    """
    compact, said = Names(base).compact, Said()
    for subject, predicate, term in sorted(_name_nodes(graph, iri)):
        why = "not_iri"
        try:
            check_predicate(read_name(predicate))
            check_name(read_name(subject))
            read = read_term(term)
            check_name(read if isinstance(read, str) else read.datatype or iri)
        except ValueError:
            builder.report(iri, compact(str(predicate)), str(term), why)
            continue
        if isinstance(read, Text) and read.language and not _LANGUAGE.match(read.language):
            builder.report(iri, compact(str(predicate)), read.language, "not_code")
            read = read._replace(language=None)
        if isinstance(term, Literal) and clean_text(term) != str(term).replace("\r", "\n"):
            builder.report(iri, compact(str(predicate)), str(term), "control_characters")
        said.setdefault(str(subject), {})[str(predicate), read] = None
    return said


def _name_nodes(graph: Graph, iri: str) -> Iterator[Statement]:
    """Give each blank node a name that depends on what is said of it alone."""

    def name(term: Term) -> Term:
        return URIRef(fragment(iri, f"node-{term}")) if isinstance(term, BNode) else term

    for subject, predicate, term in to_canonical_graph(graph):
        yield name(subject), predicate, name(term)
