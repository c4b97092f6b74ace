"""Say what a node of a graph holds, as the raw value that a row's reader understands.

Our own way of writing comes first; after it the ways that are common elsewhere:
labels of blank nodes, literals for things, other predicates for the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from rdflib import OWL, RDF, SKOS, BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS
from rdflib.term import Node as Term

from ckanext.gtplan.prm.builder import Several
from ckanext.gtplan.prm.profile import Row
from ckanext.gtplan.prm.values import in_language
from ckanext.gtplan.prm.vocabulary import vocabulary

from .geometry import read_geometry
from .terms import Names, is_part, show

Report = Callable[[str, str], None]
"""Names a value of the row that is being read and why it isn't kept whole."""

# Spanish as the profile's language, English as the others' common one.
_LANGUAGE = "es"
_LANGUAGE_TAG = re.compile(r"^([A-Za-z]{2,3})(?:-([A-Za-z]{2}|[A-Za-z]{4}))?(?:-|$)")
_ZONED_DATE = re.compile(r"^(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:Z|[+-]\d\d:\d\d)$")
_ROUND = re.compile(r"^(\d+)\.0*$")
_DEED = re.compile(r"/(?:deed|legalcode)(?:\.[\w-]+)?$")


class Nodes:
    """The statements of a graph by node, with our names for `prm:` and `gtp:` terms.

    Args:
        graph: statements of any feed.
        names: of the table.
    """

    def __init__(self, graph: Graph, names: Names) -> None:
        self.graph = graph
        self.names = names
        self._said: dict[Term, Mapping[URIRef, list[Term]]] = {}

    def said(self, node: Term) -> Mapping[URIRef, list[Term]]:
        """List what is said of a node, by predicate, in a stable order."""
        if node not in self._said:
            said: dict[URIRef, list[Term]] = {}
            for predicate, term in self.graph.predicate_objects(node):
                name = self.names.localize(predicate)
                if isinstance(name, URIRef):
                    said.setdefault(name, []).append(self.names.localize(term))
            for terms in said.values():
                terms.sort(key=self._order)
            self._said[node] = said
        return self._said[node]

    def _order(self, term: Term) -> tuple[int, str, str]:
        """Order addresses before texts before blank nodes, which have no name to go by."""
        if isinstance(term, BNode):
            said = (str(o) for o in self.graph.objects(term) if not isinstance(o, BNode))
            return 2, " ".join(sorted(said)), ""
        language = (term.language or "") if isinstance(term, Literal) else ""
        return int(isinstance(term, Literal)), str(term), language

    def objects(self, node: Term, curie: str) -> list[Term]:
        """List the values of a predicate, else of the ones that others use for it."""
        return self.said(node).get(self.predicate(node, curie), [])

    def predicate(self, node: Term, curie: str) -> URIRef:
        """Tell by which predicate a node says what the table calls by this one."""
        own = self.names.expand(curie)
        others = self.names.alternatives.get(own, ())
        return next((p for p in (own, *others) if p in self.said(node)), own)

    def raw(self, row: Row, term: Term, subject: str, report: Report) -> Any:
        """Make the raw value of a term.

        Args:
            row: the field.
            term: what the graph has for it.
            subject: IRI of the record.
            report: takes what can't be kept whole.
        """
        # one function for each type of value, under its name
        return getattr(self, f"_{row.type}")(row, term, subject, report)

    def texts(self, terms: Sequence[Term]) -> Several:
        """Make of literals one text, or one in several languages, and what is beyond it."""
        tagged: dict[str, str] = {}
        plain: list[Any] = []
        for language, text in map(self.text, terms):
            if language and tagged.setdefault(language, text) == text:
                continue
            plain.append(text)
        beyond = [text for text in plain if text not in tagged.values()]
        return Several([tagged, *beyond] if tagged else beyond)

    def text(self, term: Term) -> tuple[str | None, str]:
        """Give the language and text of a literal, or the label of a node, else its IRI."""
        if isinstance(term, Literal):
            match = _LANGUAGE_TAG.match(term.language or "")
            return "_".join(filter(None, match.groups())) if match else None, str(term)
        label = self.label(term)
        return None, label or (str(term) if isinstance(term, URIRef) else "")

    def label(self, node: Term) -> str | None:
        """Give what a node is called."""
        found = self.objects(node, "rdfs:label")
        texts = {self.text(term)[0] or "": str(term) for term in found if isinstance(term, Literal)}
        return in_language(texts, _LANGUAGE) if texts else None

    def _url(self, row: Row, term: Term, subject: str, report: Report) -> str:
        return str(term) if isinstance(term, (Literal, URIRef)) else show(term)

    def _email(self, row: Row, term: Term, subject: str, report: Report) -> str:
        term = next(iter(self.objects(term, "vcard:hasValue")), term)
        text = show(term) if isinstance(term, BNode) else str(term)
        if text.lower().startswith("mailto:"):
            return unquote(text[len("mailto:") :].partition("?")[0])
        return text

    def _date(self, row: Row, term: Term, subject: str, report: Report) -> str:
        if not isinstance(term, Literal):
            term = next(iter(self.objects(term, "time:inXSDDate")), term)
        match = _ZONED_DATE.match(str(term).strip())
        return match[1] if match else show(term) if isinstance(term, BNode) else str(term)

    def _integer(self, row: Row, term: Term, subject: str, report: Report) -> str:
        match = _ROUND.match(str(term).strip())
        return match[1] if match else str(term) if isinstance(term, Literal) else show(term)

    def _code(self, row: Row, term: Term, subject: str, report: Report) -> str:
        codes = vocabulary(row.vocabulary or "")
        labels = [str(other) for other in self._names_of(term)]
        own = [] if isinstance(term, BNode) else [str(term)]
        for spelling in _spellings([*own, *labels]):
            if known := codes.find(self.names.compact(spelling)) or codes.find(spelling):
                return known.code
        if is_part(term, subject) and not isinstance(term, Literal) and labels:
            return labels[0]
        return str(term) if own else labels[0] if labels else show(term)

    def _names_of(self, node: Term) -> Iterable[Term]:
        """List what may name a concept: labels and codes, and the same one elsewhere."""
        said = self.said(node)
        own = (DCTERMS.identifier, SKOS.notation, RDF.value)
        same = (SKOS.exactMatch, SKOS.closeMatch, OWL.sameAs)
        labels = [literal for p in own for literal in said.get(p, ())]
        labels += self.objects(node, "rdfs:label")
        named = [label for label in labels if isinstance(label, Literal)]
        return named + [other for p in same for other in said.get(p, ())]

    def _media_type(self, row: Row, term: Term, subject: str, report: Report) -> str:
        text = str(term) if not isinstance(term, BNode) else self.label(term) or show(term)
        known = vocabulary("format").find(text)
        return known.media_type if known and known.media_type else text

    def _period(self, row: Row, term: Term, subject: str, report: Report) -> Any:
        ends = {}
        for part, curie in (("start", "dcat:startDate"), ("end", "dcat:endDate")):
            dates = [self._date(row, date, subject, report) for date in self.objects(term, curie)]
            ends[part] = dates[0] if dates else None
            for extra in dates[1:]:
                report(extra, "only_one")
        if any(ends.values()):
            return ends
        return str(term) if isinstance(term, Literal) else self.label(term) or show(term)

    def _place(self, row: Row, term: Term, subject: str, report: Report) -> Any:
        if isinstance(term, Literal):
            known = read_geometry(str(term)) is not None
            return self._geometries([term], False, report) if known else str(term)
        parts: dict[str, Any] = {}
        if not is_part(term, subject):
            parts["uri"] = str(term)
        for code in map(str, self.said(term).get(DCTERMS.identifier, ())):
            parts.setdefault("uri" if "://" in code else "code", code)
        for same in map(str, self.said(term).get(SKOS.exactMatch, ())):
            parts.setdefault("uri", same)
        names = self.texts(self.objects(term, "skos:prefLabel"))
        if names:
            first = names[0]
            parts["text"] = in_language(first, _LANGUAGE) if isinstance(first, dict) else first
            others = first.values() if isinstance(first, dict) else names[1:]
            for other in {str(name) for name in others} - {parts["text"]}:
                report(repr(other), "only_one")
        geometries = [
            geometry
            for curie in ("dcat:bbox", "dcat:centroid", "locn:geometry")
            for geometry in self.said(term).get(self.names.expand(curie), ())
        ]
        parts.update(self._geometries(geometries, is_part(term, subject), report))
        return parts or show(term)

    def _geometries(self, terms: Iterable[Term], is_own: bool, report: Report) -> dict[str, Any]:
        """Read box and point; the same shape is often there in WKT and again in GeoJSON."""
        parts: dict[str, Any] = {}
        for term in terms:
            geometry = read_geometry(str(term), is_own=is_own)
            if geometry is None:
                report(show(term), "not_place")
                continue
            if not geometry.exact and "bbox" not in parts:
                report(show(term), "only_box")
            for name, numbers in (("bbox", geometry.box), ("centroid", geometry.point)):
                if numbers and parts.setdefault(name, list(numbers)) != list(numbers):
                    report(show(term), "only_one")
        return parts

    def _link(self, row: Row, term: Term, subject: str, report: Report) -> Any:
        title = self.texts(self.said(term).get(DCTERMS.title, []))
        names = [str(name) for name in self.said(term).get(DCTERMS.identifier, ())]
        first = title[0] if title else None
        return {
            "uri": str(term),
            "title": in_language(first, _LANGUAGE) if isinstance(first, dict) else first,
            "identifier": names[0] if names else None,
        }


def _spellings(texts: Iterable[str]) -> Iterable[str]:
    """List how others may have written the same address: scheme, last slash, page of a licence."""
    for text in texts:
        yield text
        scheme, separator, rest = text.partition("://")
        if separator and scheme in ("http", "https"):
            bare = _DEED.sub("", rest).rstrip("/").removeprefix("www.")
            for start in ("https://", "http://", "https://www.", "http://www."):
                yield from (f"{start}{bare}", f"{start}{bare}/")
        elif not separator and text.strip().startswith("."):
            yield text.strip()[1:]
