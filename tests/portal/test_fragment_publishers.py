"""One IRI never gets two names, over all fragments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from fragment_reader import Make, open_maker, read, spoil
from rdflib import OWL, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF

from ckanext.gtplan.feed.keeping.database import get_engine
from ckanext.gtplan.feed.making.fragment import Made
from ckanext.gtplan.model.feed import SYNTAXES
from ckanext.gtplan.rdf import portal

PUBLISHER = "https://otro.example.org/autoridad"

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def make(request_context: None) -> Iterator[Make]:
    with open_maker() as call:
        yield call


@pytest.fixture
def store(clean: None) -> Iterator[Callable[[list[Made]], None]]:
    """Store fragments as the feeds do, so far as others look at them."""
    engine = get_engine()
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM gtplan_feed_epoch"))
        epoch = connection.scalar(
            sa.text(
                "INSERT INTO gtplan_feed_epoch (fingerprint, started, total, is_current)"
                " VALUES ('test', now(), 0, true) RETURNING id"
            )
        )

    def call(made: list[Made]) -> None:
        columns = ", ".join(SYNTAXES)
        row = sa.text(
            "INSERT INTO gtplan_fragment (epoch, package_id, ordinal, iri, version, themes, agents,"
            f" is_reduced, problems, {columns}) VALUES (:epoch, :id, :ordinal, :iri, :version,"
            " '{}', :agents, false, '[]', '', '', '', '', '')"
        )
        with engine.begin() as connection:
            for one in made:
                ordinal = connection.scalar(sa.text("SELECT count(*) FROM gtplan_fragment"))
                told = {"iri": one.iri, "version": one.version, "agents": list(one.agents)}
                connection.execute(
                    row, {"epoch": epoch, "id": one.package_id, "ordinal": ordinal, **told}
                )

    yield call
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM gtplan_feed_epoch"))


def name_publisher(graph: Graph, iri: str) -> tuple[Any, str]:
    """Tell the node of a dataset's publisher, and its name."""
    node = graph.value(URIRef(iri), DCTERMS.publisher)
    return node, str(graph.value(node, FOAF.name))


def test_of_datasets_that_differ(make: Make, dataset: Any) -> None:
    given = [dataset(publisher=[{"name": n, "uri": PUBLISHER}]) for n in ("Uno", "Uno", "Dos")]
    made = make(*(one["id"] for one in given))
    graph = read("nt", made)
    names = [name_publisher(graph, one.iri) for one in made]
    assert names[:2] == [(URIRef(PUBLISHER), "Uno")] * 2
    assert names[2][1] == "Dos" and names[2][0] != URIRef(PUBLISHER)
    assert (names[2][0], OWL.sameAs, URIRef(PUBLISHER)) in graph
    assert set(graph.objects(URIRef(PUBLISHER), FOAF.name)) == {Literal("Uno")}


def test_what_is_stored_goes_before(make: Make, dataset: Any, store: Any) -> None:
    first, second = (
        dataset(publisher=[{"name": name, "uri": PUBLISHER}])["id"] for name in ("Uno", "Dos")
    )
    (one,) = made = make(first)
    store(made)
    (two,) = made = make(second)
    assert name_publisher(read("nt", [two]), two.iri)[0] != URIRef(PUBLISHER)
    store(made)
    # whatever the order, each says what it said
    assert make(second, first) == [two, one]


def test_a_publisher_that_nobody_else_names_may_be_renamed(
    make: Make, dataset: Any, store: Any
) -> None:
    made = dataset(publisher=[{"name": "Uno", "uri": PUBLISHER}])["id"]
    store(make(made))
    spoil(made, publisher=json.dumps([{"name": "Dos", "uri": PUBLISHER}]))
    (one,) = make(made)
    assert name_publisher(read("nt", [one]), one.iri) == (URIRef(PUBLISHER), "Dos")


def test_an_organization_is_what_it_says_itself(
    make: Make, dataset: Any, organization: Any, store: Any
) -> None:
    own = portal.site().iri("organization", organization["id"])
    other = [{"name": "Otro nombre", "uri": own}]
    first, second = dataset(publisher=other)["id"], dataset()["id"]
    store(make(first))
    made = make(second, first)
    names = [name_publisher(read("nt", [one]), one.iri) for one in made]
    assert names[0] == (URIRef(own), "Instituto")
    assert names[1][0] != URIRef(own) and names[1][1] == "Otro nombre"
    assert made[0].agents == ()


@pytest.mark.ckan_config("ckanext.gtplan.catalog.publisher_uri", PUBLISHER)
@pytest.mark.ckan_config("ckanext.gtplan.catalog.publisher_name", "Autoridad")
def test_nor_does_the_catalogue_s(make: Make, dataset: Any) -> None:
    made = dataset(publisher=[{"name": "Uno", "uri": PUBLISHER}])["id"]
    (one,) = make(made)
    assert name_publisher(read("nt", [one]), one.iri)[0] != URIRef(PUBLISHER)
