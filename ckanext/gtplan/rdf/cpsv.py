"""Write services of inventories as RDF in the terms of CPSV-AP 3.2, by the table ``cpsv.yaml``.

Each service stands under its own address in the portal, with what it leads to described beside it,
so that a document conforms to the profile by itself. As in the other documents every node has an
IRI, and what cannot be said (a link that is no address) is left out and logged.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from rdflib import RDF, XSD, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, SKOS

from ckanext.gtplan.plan.registers import Service
from ckanext.gtplan.plan.vocabulary import get_labels, list_codes
from ckanext.gtplan.prm.builder import digest, fragment
from ckanext.gtplan.prm.vocabulary import vocabulary as profile_vocabulary

from .entities import EntityWriter
from .graph import Statement
from .literals import clean_text, name_concept, name_country, say_address, say_text
from .plan_values import Body, Related, Said, Scope, Values, locate
from .terms import Names, iri

__all__ = ["Inventory", "ServiceRecord", "ServiceWriter"]

log = logging.getLogger(__name__)

#: Code lists that are an authority's own, whose codes are named by its IRIs.
_AUTHORITIES = {"theme": "eutheme", "sector": "nace"}
_DURATION = re.compile(
    r"P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?\Z", re.ASCII
)
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
#: The address at the end of a norm's words.
_PAGE = re.compile(r"\s*(?P<page>https?://\S+)\s*\Z")


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """A public inventory of services.

    Attributes:
        owner: the institution whose inventory it is, by name.
        dataset: IRI of the open dataset that it is published as, if it is.
    """

    iri: str
    title: str
    owner: str
    description: str | None = None
    dataset: str | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceRecord:
    """A service.

    Attributes:
        iri: its stable address; of one of a past inventory, a part of that inventory's.
        version_of: the stable address, of one of a past inventory.
    """

    iri: str
    entity: Service
    inventory: Inventory
    version_of: str | None = None


class ServiceWriter(EntityWriter):
    """Collects the statements of services in one graph.

    Args:
        base: public address of the portal.
        language: of the texts.
        place: code of the country of institutions that give none.
        bodies: the institutions of the portal, by name.
        records: the public plan records that services name, by name.
    """

    body_sheet = "PublicOrganisation"

    def __init__(
        self,
        base: str,
        *,
        language: str,
        place: str | None,
        bodies: Mapping[str, Body],
        records: Mapping[str, Related],
    ) -> None:
        # the profile demands a place of every institution, be it one of which nothing is known
        known = {
            name: body if body.entity.country else replace(body, entity=_place(body.entity, place))
            for name, body in bodies.items()
        }
        values = ServiceValues(Names(base).expand, language, known, records)
        values.place, values.services = place or "", f"{base.rstrip('/')}/services"
        super().__init__(base, values, known)
        self._language = language

    def add(self, record: ServiceRecord) -> URIRef:
        """Add what a service says; if that fails, what it is, and its name.

        Args:
            record: the service.

        Returns:
            Its IRI.
        """
        subject = iri(record.iri)
        entity = _complete(record.entity, record.inventory.owner)
        try:
            statements = list(self._entity(Scope(subject, entity, subject)))
        except Exception:
            # whatever it is: one service must not take the others out of the document
            log.exception("cannot be said in RDF but for its name: %s", record.iri)
            bare = Service(service_id=entity.service_id, name=entity.name)
            bare = _complete(bare, record.inventory.owner)
            statements = list(self._entity(Scope(subject, bare, subject)))
        for statement in (*statements, *self._belong(subject, record.inventory)):
            self._graph.add(statement)
        if record.version_of:
            self._graph.add((subject, DCTERMS.isVersionOf, iri(record.version_of)))
        return subject

    def add_inventory(self, inventory: Inventory) -> None:
        """Describe an inventory, and the open dataset that it is published as."""
        subject = iri(inventory.iri)
        self._graph.add((subject, RDF.type, self._expand("gtp:ServiceInventory")))
        titles = say_text(inventory.title, self._language)
        for title in titles:
            self._graph.add((subject, DCTERMS.title, title))
        if inventory.dataset:
            dataset = iri(inventory.dataset)
            self._graph.add((dataset, RDF.type, DCAT.Dataset))
            self._graph.add((dataset, FOAF.primaryTopic, subject))
            for title in titles:
                self._graph.add((dataset, DCTERMS.title, title))
            for text in say_text(inventory.description or "", self._language) or titles:
                self._graph.add((dataset, DCTERMS.description, text))
            for publisher, about in self._values.body(inventory.owner, dataset):
                for statement in ((dataset, DCTERMS.publisher, publisher), *about):
                    self._graph.add(statement)

    def _belong(self, subject: URIRef, inventory: Inventory) -> Iterator[Statement]:
        yield iri(inventory.iri), DCTERMS.hasPart, subject
        if inventory.dataset:
            yield iri(inventory.dataset), DCTERMS.hasPart, subject
            yield subject, DCTERMS.isPartOf, iri(inventory.dataset)


class ServiceValues(Values):
    """Makes terms of the values of services, each with its class: the profile asks for them."""

    #: code of the country that is said where an institution gives none
    place = ""
    #: the address of the directory, whose parts are the life events
    services = ""

    def body(self, name: str, subject: URIRef) -> Iterator[Said]:
        if name in self._bodies:
            yield from super().body(name, subject)
            return
        # of an institution that is gone, what it was called here
        own = iri(fragment(subject, f"body-{digest(name)}"))
        about: list[Statement] = [
            (own, RDF.type, self._expand("cv:PublicOrganisation")),
            (own, RDF.type, FOAF.Agent),
            (own, DCTERMS.identifier, Literal(str(own))),
        ]
        for text in say_text(name, self._language) or say_text("?", self._language):
            about += [(own, predicate, text) for predicate in (DCTERMS.title, SKOS.prefLabel)]
        for place, more in self._place(Scope(own, None, own), self.place):
            about += [(own, DCTERMS.spatial, place), *more]
        yield own, about

    def _concept(self, scope: Scope, vocabulary: str, code: str) -> Iterator[Said]:
        authority = _AUTHORITIES.get(vocabulary)
        if authority and code in list_codes(vocabulary):
            yield self._typed(self._expand(f"{authority}:{code}"), "skos:Concept")
            return
        for term, about in super()._concept(scope, vocabulary, code):
            yield term, [*about, (term, RDF.type, SKOS.Concept)]

    def _typed(self, term: URIRef, kind: str) -> Said:
        return term, [(term, RDF.type, self._expand(kind))]

    # One function for each kind of the table, under its name.

    def _channel(self, scope: Scope, code: str) -> Iterator[Said]:
        node = locate(scope.subject, "channel", code)
        about: list[Statement] = [
            (node, RDF.type, self._expand("cv:Channel")),
            (node, DCTERMS.identifier, Literal(str(node))),
        ]
        for concept, more in self._concept(scope, "service_channel", code):
            about += [(node, DCTERMS.type, concept), *more]
        yield node, about

    def _online(self, scope: Scope, item: str) -> Iterator[Said]:
        page = say_address(item)
        for node, about in self._channel(scope, "ONL"):
            yield node, [*about, (node, FOAF.page, page), (page, RDF.type, FOAF.Document)]

    def _event(self, scope: Scope, code: str) -> Iterator[Said]:
        if not clean_text(code).strip():
            raise ValueError("a code of nothing")
        is_known = name_concept("life_event", code) is not None
        place = URIRef(self.services) if is_known else scope.subject
        node = locate(place, "event", code)
        about: list[Statement] = [(node, RDF.type, self._expand("cv:Event"))]
        about += [(node, DCTERMS.identifier, Literal(str(node)))]
        labels = get_labels("life_event", code) if is_known else {self._language: code}
        for language, text in labels.items():
            about += [(node, DCTERMS.title, literal) for literal in say_text(text, language)]
        for concept, more in self._concept(scope, "life_event", code):
            about += [(node, DCTERMS.type, concept), *more]
        yield node, about

    def _language_of(self, scope: Scope, code: str) -> Iterator[Said]:
        authority = f"eulang:{code.upper()}"
        known = {term.iri for term in profile_vocabulary("language").terms}
        if authority in known:
            yield self._typed(self._expand(authority), "dct:LinguisticSystem")
            return
        for term, about in super()._concept(scope, "service_language", code):
            yield term, [*about, (term, RDF.type, DCTERMS.LinguisticSystem)]

    def _place(self, scope: Scope, item: str) -> Iterator[Said]:
        known = name_country(item)
        if known:
            yield self._typed(self._expand(known), "dct:Location")
            return
        own = iri(fragment(scope.subject, f"place-{digest(item)}" if item else "place"))
        about: list[Statement] = [(own, RDF.type, DCTERMS.Location)]
        about += [(own, DCTERMS.identifier, term) for term in say_text(item)]
        yield own, about

    def _double(self, scope: Scope, item: Decimal) -> Iterable[Said]:
        number = float(item)
        if not math.isfinite(number):
            raise ValueError(f"not a finite amount: {item}")
        return [(_Double(repr(number), datatype=XSD.double, normalize=False), [])]

    def _zero(self, scope: Scope, is_free: bool) -> Iterable[Said]:
        return self._double(scope, Decimal(0)) if is_free else []

    def _currency(self, scope: Scope, item: str) -> Iterator[Said]:
        if not _CURRENCY.match(item):
            raise ValueError(f"not the code of a currency: {item!r}")
        yield self._typed(self._expand(f"eucurrency:{item}"), "skos:Concept")

    def _duration(self, scope: Scope, item: str) -> Iterable[Said]:
        if not _DURATION.match(item):
            raise ValueError(f"not a duration of XML Schema: {item!r}")
        return [(Literal(item, datatype=XSD.duration, normalize=False), [])]

    def _norm(self, scope: Scope, item: str) -> Iterable[Said]:
        return [(text, []) for text in say_text(_PAGE.sub("", item), self._language)]

    def _norm_page(self, scope: Scope, item: str) -> Iterable[Said]:
        match = _PAGE.search(item)
        return [(say_address(match["page"]), [])] if match else []


class _Double(Literal):
    """A number that keeps its digits: rdflib rounds a double to seven in Turtle."""

    def _literal_n3(self, use_plain: bool = False, qname_callback: Any = None) -> str:
        return super()._literal_n3(False, qname_callback)


def _complete(service: Service, owner: str) -> Service:
    """Say what the profile demands of a service and nobody gave."""
    name = service.name if clean_text(service.name).strip() else service.service_id
    description = service.description or ""
    return replace(
        service,
        name=name,
        description=description if clean_text(description).strip() else name,
        competent_authority=service.competent_authority or (owner,),
    )


def _place(institution: Any, place: str | None) -> Any:
    return replace(institution, country=place or "")
