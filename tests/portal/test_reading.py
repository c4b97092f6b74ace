"""A dataset of this portal, read from its feed by ckanext-dcat, becomes the same dataset."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckanext.dcat.processors import RDFParser, RDFSerializer
from publishing import MILESTONE, PLAN, remove_plan, show, site_user

from ckanext.gtplan.rdf.profile import PROBLEMS

NAME = "lectura-completa"
PROFILES = [["prm"], ["euro_dcat_ap_3", "prm"]]

RESOURCE: dict[str, Any] = {
    "name": "Actividades «todas»",
    "name_translated": {"es": "Actividades «todas»", "en": "All “activities”"},
    "description": "Una fila\npor actividad 😀",
    "identifier": "propio-1",
    "url": "https://datos.example.org/actividades.csv",
    "access_url": "https://datos.example.org/actividades",
    "format": "CSV",
    "mimetype": "text/csv",
    "resource_type": "file",
    "license": "odc-by",
    "issued": "2018-11",
    "modified": "2020-06-30T10:00:00-06:00",
    "data_modified": "2020",
    "source_metadata_modified": "2020-07-01",
    "rights": 'Se agradece "citar"',
    "spatial": "GT-01",
    "temporal": "2018-11/2020-10",
    "size": 5120,
    "codelists": ["ISO 8601", "ISO 4217"],
    "codelist_links": ["", "https://www.iso.org/iso-4217-currency-codes.html"],
    "fields": [
        {
            "title": f"columna {number}",
            "type": "integer",
            "description": "Ñ",
            "units": "GTQ",
            "spatial": "GTM",
        }
        for number in range(1, 13)
    ],
}
DATASET: dict[str, Any] = {
    "title": "Título en español",
    "title_translated": {"es": "Título en español", "en": "A title", "pt-BR": "Um título"},
    "notes": "Descripción مرحبا 😀",
    "identifier": "otro-identificador",
    "publisher": [
        {
            "name": "Comisión",
            "email": "comision@example.org",
            "uri": "https://comision.example.org/",
            "type": "NationalAuthority",
        }
    ],
    "contact": [{"name": "Unidad de información", "email": "info@example.org"}],
    "attribution": "Instituto de Estadística",
    "contributor": ["Otra, con coma", "Red Ciudadana"],
    "theme": ["GOVE", "TECH"],
    "issued": "2018",
    "modified": "2020-06-30",
    "data_modified": "2020-06",
    "source_metadata_modified": "2020-07-01T10:00:00+00:00",
    "source_metadata_issued": "2018-12-01",
    "frequency": "R/P0.33M",
    "url": "https://datos.example.org/pagina",
    "tags": [{"name": "gobierno abierto"}, {"name": "salud"}],
    "temporal_coverage": [{"start": "2018-11"}],
    "license_id": "cc-by-sa",
    "language": ["es", "qu"],
    "spatial_coverage": [
        {"code": "GTM"},
        {
            "text": "Antigua",
            "bbox": "[-91.0, 14.0, -90.0, 15.0]",
            "centroid": "[-90.7, 14.5]",
            "uri": "https://www.geonames.org/3599699",
        },
    ],
    "jurisdiction": "national",
    "milestone": MILESTONE,
    "commitment": "uy-pan1-c01",
    "action_plan": "uy-pan1",
}
PART_OF = [
    {
        "kind": "regional_plan",
        "identifier": "red-2019",
        "title": "Plan de la red",
        "uri": "https://red.example.org/regional_plan/1",
    }
]


@pytest.fixture(scope="module")
def dataset(shared_app: Any) -> Iterator[dict[str, Any]]:
    """A dataset with every field, a deliverable of a plan of this portal and of another's."""
    with shared_app.flask_app.test_request_context():
        tk.get_action("gtplan_load")(
            site_user(), {"id": "publicada", "files": [{"name": "plan.yaml", "content": PLAN}]}
        )
        given = {**DATASET, "name": NAME, "owner_org": "min-publica", "part_of": PART_OF}
        made = tk.get_action("package_create")(site_user(), {**given, "resources": [RESOURCE]})
    yield made
    with shared_app.flask_app.test_request_context():
        for name in (NAME, *(f"{NAME}-{number}" for number in range(len(PROFILES)))):
            if _exists(name):
                tk.get_action("dataset_purge")(site_user(), {"id": name})
    remove_plan(shared_app)


def parse(feed: str, profiles: list[str]) -> dict[str, Any]:
    parser = RDFParser(profiles=profiles)
    parser.parse(feed, _format="ttl")
    (package,) = parser.datasets()
    return dict(package)


def tidy(value: Any) -> Any:
    """Put in order what a graph says without an order."""
    if not isinstance(value, list):
        return value
    return sorted(value, key=lambda item: json.dumps(item, sort_keys=True))


@pytest.fixture
def feed(app: Any, dataset: dict[str, Any]) -> str:
    return str(app.get(f"/dataset/{NAME}.ttl").get_data(as_text=True))


@pytest.mark.usefixtures("request_context")
@pytest.mark.parametrize("number", range(len(PROFILES)))
def test_what_the_feed_says_makes_the_same_dataset(
    feed: str, dataset: dict[str, Any], number: int
) -> None:
    package = parse(feed, PROFILES[number])
    assert PROBLEMS not in package
    name = f"{NAME}-{number}"
    given = {**package, "name": name, "owner_org": "min-publica"}
    tk.get_action("package_create")(site_user(), given)
    made = show(name)
    for key, value in {**DATASET, "part_of": PART_OF}.items():
        if key == "tags":
            assert {tag["name"] for tag in made["tags"]} == {tag["name"] for tag in value}
        else:
            assert tidy(made[key]) == tidy(value), key
    (resource,) = made["resources"]
    assert {key: resource[key] for key in RESOURCE} == RESOURCE
    assert made["uri"].endswith(f"/dataset/{dataset['id']}")
    assert resource["uri"].endswith(f"/resource/{dataset['resources'][0]['id']}")


@pytest.mark.usefixtures("request_context")
def test_a_harvested_dataset_says_what_its_source_said(app: Any, feed: str) -> None:
    package = {**parse(feed, ["prm"]), "name": f"{NAME}-0", "owner_org": "min-publica"}
    action = "package_update" if _exists(f"{NAME}-0") else "package_create"
    tk.get_action(action)(site_user(), package)
    again = app.get(f"/dataset/{NAME}-0.ttl").get_data(as_text=True)
    first, second = parse(feed, ["prm"]), parse(again, ["prm"])
    assert {key: tidy(value) for key, value in second.items()} == {
        key: tidy(value) for key, value in first.items()
    }


def _exists(name: str) -> bool:
    try:
        return bool(show(name))
    except tk.ObjectNotFound:
        return False


FOREIGN = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix schema: <http://schema.org/> .
<https://otra.example.org/d/1> a dcat:Dataset ;
  dct:title "Zero"@en, "Cero"@es ;
  dct:description "De otra parte" ;
  dct:publisher [ a foaf:Agent ; foaf:name "Agencia" ] ;
  dct:creator [ a foaf:Agent ; foaf:name "Autora" ] ;
  dct:accrualPeriodicity "cuando se puede" ;
  dcat:keyword "uno, dos", "tres/cuatro" ;
  dct:temporal [ schema:startDate "2018" ] ;
  dcat:distribution <https://otra.example.org/d/1/r> .
<https://otra.example.org/d/1/r> a dcat:Distribution ;
  dct:title "Archivo" ; dcat:accessURL <https://otra.example.org/a.csv> ; dct:format "CSV" .
"""


@pytest.mark.usefixtures("request_context", "dataset")
@pytest.mark.parametrize("profiles", PROFILES, ids="-".join)
def test_of_a_foreign_dataset_what_fits_is_kept_and_the_rest_named(profiles: list[str]) -> None:
    package = parse(FOREIGN, profiles)
    found = {(problem["field"], problem["why"]) for problem in package.pop(PROBLEMS)}
    assert {
        ("accrualPeriodicity", "not_code"),
        ("dct:creator", "not_in_profile"),
        ("keyword", "not_tag"),
    } <= found
    assert package["title"] == "Cero" and package["title_translated"]["en"] == "Zero"
    assert {tag["name"] for tag in package["tags"]} == {"uno", "dos", "tres cuatro"}
    assert package["temporal_coverage"] == [{"start": "2018"}]
    assert "frequency" not in package
    given = {**package, "name": "lectura-ajena", "owner_org": "min-publica", "private": True}
    made = tk.get_action("package_create")(site_user(), given)
    assert made["resources"][0]["access_url"] == "https://otra.example.org/a.csv"
    tk.get_action("dataset_purge")(site_user(), {"id": "lectura-ajena"})


@pytest.mark.usefixtures("request_context")
def test_without_our_schema_the_extras_hold_what_they_can(
    feed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ckanext.gtplan.rdf.profile import PRMProfile

    start: Callable[..., None] = PRMProfile.__init__

    def bare(self: Any, *args: Any, **more: Any) -> None:
        start(self, *args, **more)
        self._dataset_schema = None

    monkeypatch.setattr(PRMProfile, "__init__", bare)
    package = parse(feed, ["prm"])
    extras = {extra["key"]: extra["value"] for extra in package["extras"]}
    assert extras["frequency"] == "R/P0.33M" and extras["publisher_name"] == "Comisión"
    assert extras["temporal_start"] == "2018-11" and extras["identifier"] == "otro-identificador"
    assert all(isinstance(value, str) for value in extras.values())
    assert not {"frequency", "publisher"} & set(package)
    assert {problem["why"] for problem in package[PROBLEMS]} == {"not_in_schema"}


@pytest.mark.usefixtures("request_context")
def test_what_a_stock_portal_says_is_understood(dataset: dict[str, Any]) -> None:
    feed = RDFSerializer(profiles=["euro_dcat_ap_3"]).serialize_dataset(show(NAME), _format="ttl")
    package = parse(feed, ["prm"])
    assert {problem["field"] for problem in package.pop(PROBLEMS)} == {"theme", "spatial"}
    as_given = ("title", "title_translated", "notes", "publisher", "contact", "frequency", "url")
    assert {key: package[key] for key in as_given} == {key: DATASET[key] for key in as_given}
    assert package["temporal_coverage"] == DATASET["temporal_coverage"]
    (resource,) = package["resources"]
    of_file = ("name", "description", "access_url", "format", "mimetype", "license", "size")
    assert {key: resource[key] for key in of_file} == {key: RESOURCE[key] for key in of_file}
