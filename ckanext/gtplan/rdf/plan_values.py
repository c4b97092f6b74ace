"""From values of plan records to RDF terms, each with what has to be said of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from rdflib import RDF, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF

from ckanext.gtplan.plan.model import Organization
from ckanext.gtplan.plan.records import PACKAGE_TYPES
from ckanext.gtplan.plan.shapes import FieldShape
from ckanext.gtplan.prm.builder import digest, fragment
from ckanext.gtplan.prm.vocabulary import vocabulary as profile_vocabulary

from .graph import Statement
from .literals import (
    clean_text,
    name_concept,
    name_country,
    name_goal,
    say_address,
    say_mail,
    say_moment,
    say_text,
    say_value,
    say_year,
)
from .table import Saying, get_sheet
from .terms import iri

log = logging.getLogger(__name__)

#: Characters of a key that stands in an address as it is.
_LONGEST_KEY = 80
#: The class by which a record is known, of each type of package.
CLASSES: Mapping[str, str] = {
    **{kind: get_sheet(entity.__name__).classes[-1] for kind, entity in PACKAGE_TYPES.items()},
    "dataset": "dcat:Dataset",
}


Said = tuple[Any, list[Statement]]


@dataclass(frozen=True, kw_only=True)
class Related:
    """A public record or dataset that another names, or is part of it.

    Attributes:
        deliverable: key of the expected deliverable that a dataset is.
    """

    kind: str
    iri: str
    title: str
    deliverable: str | None = None


@dataclass(frozen=True, kw_only=True)
class Body:
    """An institution of the portal."""

    iri: str
    entity: Organization


@dataclass
class Scope:
    """What is being written: a record or a row of one, and the addresses of the record's rows."""

    subject: URIRef
    entity: Any
    main: URIRef
    rows: Mapping[str, Mapping[str, URIRef]] = field(default_factory=dict)

    def find_row(self, kind: str, key: str) -> URIRef | None:
        """Find a row of the record by how its address begins and its key."""
        return self.rows.get(kind, {}).get(key)


@dataclass
class RowScope(Scope):
    """A row of a living table, which leads to others without their being in memory."""

    milestone: URIRef | None = None

    def find_row(self, kind: str, key: str) -> URIRef | None:
        whole = self.milestone if kind == "activity" else self.main
        return locate(whole, kind, key) if whole else None


class Values:
    """Makes terms of values.

    Args:
        expand: makes an IRI of a prefixed name.
        language: of the records' texts.
        bodies: the institutions of the portal, by name.
        records: the public plan records that others name, by name.
    """

    def __init__(
        self,
        expand: Callable[[str], URIRef],
        language: str,
        bodies: Mapping[str, Body],
        records: Mapping[str, Related],
    ) -> None:
        self._expand = expand
        self._language = language
        self._bodies = bodies
        self._records = records
        #: names of the institutions that were named and are not yet described
        self.mentioned: set[str] = set()

    def name(self, subject: URIRef, kind: str, title: str) -> Iterator[Statement]:
        """Say what a record is and is called; of a dataset as its own feed says it."""
        yield subject, RDF.type, self._expand(CLASSES[kind])
        for literal in say_text(title, None if kind == "dataset" else self._language):
            yield subject, DCTERMS.title, literal

    def list_terms(self, scope: Scope, shape: FieldShape, saying: Saying, item: Any) -> list[Said]:
        """List the terms for a value, each with what is said of it; none if it can't be said."""
        try:
            return list(self._choose(scope, shape, saying, item))
        except ValueError as error:
            log.info("left out of the RDF of %s: %s: %s", scope.subject, shape.name, error)
            return []

    def _choose(self, scope: Scope, shape: FieldShape, saying: Saying, item: Any) -> Iterable[Said]:
        if saying.part:
            row = scope.find_row(saying.part, str(item))
            return [(row, [])] if row else []
        if saying.kind:
            say: Callable[[Scope, Any], Iterable[Said]] = getattr(self, f"_{saying.kind}")
            return say(scope, item)
        if shape.vocabulary:
            return self._concept(scope, shape.vocabulary, item)
        if shape.reference:
            name = str(item)
            is_body = shape.reference == "organization"
            return self.body(name, scope.subject) if is_body else self._named(name)
        if shape.is_link:
            return [(say_address(item), [])]
        if shape.type is str:
            return _bare(say_text(item, self._language))
        return [(say_value(item), [])]

    def _concept(self, scope: Scope, vocabulary: str, code: str) -> Iterator[Said]:
        known = name_concept(vocabulary, code)
        if known:
            yield self._expand(known), []
            return
        # written before the list changed: still a concept, but nobody's
        own = iri(fragment(scope.subject, f"code-{digest(code)}"))
        about: list[Statement] = [(own, RDF.type, self._expand("skos:Concept"))]
        about += [(own, self._expand("skos:notation"), term) for term in say_text(code)]
        yield own, about

    def body(self, name: str, subject: URIRef) -> Iterator[Said]:
        body = self._bodies.get(name)
        if body:
            self.mentioned.add(name)
            yield iri(body.iri), []
            return
        # of an institution that is gone, what it was called here
        own = iri(fragment(subject, f"body-{digest(name)}"))
        about: list[Statement] = [(own, RDF.type, FOAF.Agent)]
        about += [(own, FOAF.name, term) for term in say_text(name)]
        yield own, about

    def locate_record(self, name: str | None) -> URIRef | None:
        """Give the address of another record, if the public may see it."""
        other = self._records.get(name or "")
        return iri(other.iri) if other else None

    def _named(self, name: str) -> Iterator[Said]:
        """Lead to another record, if the public may see it."""
        other = self._records.get(name)
        if other:
            node = iri(other.iri)
            yield node, list(self.name(node, other.kind, other.title))

    # One function for each kind of the table, under its name.

    def _plain(self, scope: Scope, item: Any) -> Iterable[Said]:
        return _bare(say_text(str(item)))

    def _printed(self, scope: Scope, item: str) -> Iterable[Said]:
        return _bare(say_text(item, scope.entity.title_original_language))

    def _year(self, scope: Scope, item: int) -> Iterable[Said]:
        return [(say_year(item), [])]

    def _moment(self, scope: Scope, item: str) -> Iterable[Said]:
        return [(say_moment(item), [])]

    def _email(self, scope: Scope, item: str) -> Iterable[Said]:
        return [(say_mail(item), [])]

    def _sdg(self, scope: Scope, item: str) -> Iterable[Said]:
        return [(self._expand(name_goal(item)), [])]

    def _country(self, scope: Scope, item: str) -> Iterator[Said]:
        known = name_country(item)
        if known:
            yield self._expand(known), []
            return
        own = iri(fragment(scope.subject, f"place-{digest(item)}"))
        about: list[Statement] = [(own, RDF.type, DCTERMS.Location)]
        about += [(own, DCTERMS.identifier, term) for term in say_text(item)]
        yield own, about

    def _body_name(self, scope: Scope, name: str) -> Iterable[Said]:
        body = self._bodies.get(name)
        return _bare(say_text(body.entity.title if body else name))

    def _regional_step(self, scope: Scope, key: str) -> Iterator[Said]:
        """Lead from an indicator to the activity of the regional plan that it measures."""
        if plan := self.locate_record(scope.entity.regional_plan):
            yield locate(plan, "activity", key), []

    def _frequency(self, scope: Scope, code: str) -> Iterable[Said]:
        known = profile_vocabulary("frequency").find(code)
        return [(self._expand(known.iri), [])] if known else []

    def _subject(self, scope: Scope, item: str) -> Iterable[Said]:
        return [(scope.main, [])]

    def _variable(self, scope: Scope, key: str) -> Iterator[Said]:
        """Lead from an inventory to the deliverable of its milestone that it is."""
        if milestone := self.locate_record(scope.entity.milestone):
            yield locate(milestone, "deliverable", key), []


def _bare(literals: Iterable[Literal]) -> list[Said]:
    return [(literal, []) for literal in literals]


def locate(subject: URIRef, kind: str, key: str) -> URIRef:
    """Give the address of a part of a record, by its key or, of a key that is a text, its mark."""
    written = clean_text(key)
    mark = quote(written, safe="") if len(written) <= _LONGEST_KEY else digest(written)
    return iri(fragment(subject, f"{kind}-{mark}"))
