"""The feeds by outside measures: the SHACL shapes of DCAT-AP 3 and its advice, and of CPSV-AP."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyshacl
import pytest
from ckan.tests import factories
from ckanext.dcat.processors import RDFSerializer
from cpsv_shapes import judge_services
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, SH

BASE = "https://datos.example.org"

pytestmark = [
    pytest.mark.ckan_config("ckanext.gtplan.base_uri", BASE),
    pytest.mark.ckan_config("ckanext.gtplan.catalog.publisher_email", "portal@example.org"),
    pytest.mark.ckan_config("ckanext.gtplan.catalog.publisher_type", "NationalAuthority"),
    pytest.mark.ckan_config("ckanext.gtplan.catalog.spatial", "GTM"),
    pytest.mark.ckan_config("ckanext.gtplan.catalog.license", "cc-by"),
]

# What DCAT-AP recommends and the feeds leave out, and why.
UNSAID = {
    # Nobody at the portal promises how long a file stays.
    ("Distribution", "availability"),
    # Files and indexing stamp an entry anew: whether a person changed it, CKAN does not tell.
    ("CatalogRecord", "adms#status"),
    # These are described by the authorities whose terms they are.
    ("Location", "dcat#bbox"),
    ("Location", "dcat#centroid"),
    # An open period has no end.
    ("PeriodOfTime", "dcat#endDate"),
    # What the example's documents don't say: a network has no place, nor a body of its own a type.
    ("Dataset", "spatial"),
    ("Agent", "type"),
}


def judge(graph: Graph, shapes: str) -> set[tuple[str, str]]:
    """Judge a graph by DCAT-AP's shapes, which the machine that judges must have.

    Returns:
        Class and property of each result.
    """
    path = Path(__file__).parents[3] / "shared/reference/shacl/dcat-ap-3.0.1" / shapes
    if not path.exists():
        message = "the reference material is not here: DCAT-AP's shapes"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    _, results, _ = pyshacl.validate(graph, shacl_graph=Graph().parse(path), advanced=False)
    found = set()
    for result in results.objects(None, SH.result):
        node = results.value(result, SH.focusNode)
        kind = str(graph.value(node, RDF.type)).replace("#", "/").rpartition("/")[2]
        found.add((kind, str(results.value(result, SH.resultPath)).rpartition("/")[2]))
    return found


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize("ending", ["ttl", "xml", "jsonld", "nt"])
def test_the_example_has_no_violation_of_dcat_ap(ending: str, pull: Callable[[str], Graph]) -> None:
    graph = pull(f"/catalog.{ending}")
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) > 5
    assert not judge(graph, "shapes.ttl")
    assert not judge(graph, "deprecateduris.ttl")


@pytest.mark.usefixtures("example")
def test_the_example_leaves_out_no_recommendation_that_it_could_follow(
    pull: Callable[[str], Graph],
) -> None:
    found = judge(pull("/catalog.ttl"), "shapes_recommended.ttl")
    assert found, "shapes that find nothing judge nothing"
    assert found <= UNSAID


@pytest.mark.usefixtures("example")
def test_the_services_of_the_example_have_no_violation_of_cpsv_ap(
    pull: Callable[[str], Graph],
) -> None:
    graph = pull("/services.ttl")
    assert set(graph.subjects(RDF.type, URIRef("http://purl.org/vocab/cpsv#PublicService")))
    assert not judge_services(graph)


@pytest.mark.usefixtures("clean")
def test_the_feed_has_no_violation_of_dcat_ap(
    dataset: Callable[..., Any], pull: Callable[[str], Graph], organization: dict[str, Any]
) -> None:
    plan = {"name": "gt-pan4", "title": "Cuarto plan", "plan_number": 4, "cycle_year": 2018}
    factories.Dataset(type="action_plan", owner_org=organization["id"], country="GTM", **plan)
    dataset(action_plan="gt-pan4", license_id="other-open", url="https://example.org/pagina")
    assert not judge(pull("/catalog.ttl"), "shapes.ttl")


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("profiles", [["prm"], ["euro_dcat_ap_3", "prm"]])
def test_the_profile_works_alone_and_after_another(
    profiles: list[str], dataset: Callable[..., Any], request_context: None
) -> None:
    made = dataset(url="https://example.org/pagina")
    serializer = RDFSerializer(profiles=profiles)
    output = serializer.serialize_catalog({}, [made], _format="ttl")
    graph = Graph().parse(data=output, format="turtle")
    subject = next(graph.subjects(RDF.type, DCAT.Dataset))
    authority = "http://publications.europa.eu/resource/authority/"
    assert [str(found) for found in graph.objects(subject, DCTERMS.accrualPeriodicity)] == [
        f"{authority}frequency/ANNUAL"
    ]
    assert [str(found) for found in graph.objects(subject, DCTERMS.language)] == [
        f"{authority}language/SPA"
    ]
    (publisher,) = graph.objects(subject, DCTERMS.publisher)
    assert [str(found) for found in graph.objects(publisher, FOAF.mbox)] == [
        "mailto:datos@example.org"
    ]
    (distribution,) = graph.objects(subject, DCAT.distribution)
    assert set(graph.subjects(RDF.type, DCAT.Distribution)) == {distribution}
    for predicate in (DCTERMS["format"], DCTERMS.issued, DCAT.accessURL):
        assert len(list(graph.objects(distribution, predicate))) == 1
    assert len(list(graph.objects(subject, DCAT.contactPoint))) == 1
    assert not judge(graph, "shapes.ttl")
