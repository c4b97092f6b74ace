"""data.json has the keys of the profile, every required one, and the plan's links."""

from __future__ import annotations

import csv
import json
from typing import Any

from hypothesis import given
from prm_sample import LINKS, ORGANIZATION, RESOURCE, SITE, make_catalog, make_dataset
from test_prm_record import PACKAGES

from ckanext.gtplan.prm.datajson import to_json
from ckanext.gtplan.prm.profile import extensions, fields
from ckanext.gtplan.prm.record import dataset_record


def find(document: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = document
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def assert_required(kind: str, document: dict[str, Any]) -> None:
    for row in fields(kind):
        if row.obligation == "Si":
            assert find(document, row.path) not in (None, "", []), f"{kind}: {row.key}"


def test_every_required_key_is_there() -> None:
    document = to_json(make_catalog(make_dataset()))
    (dataset,) = document["dataset"]
    (distribution,) = dataset["distribution"]
    assert_required("catalog", document)
    assert_required("dataset", dataset)
    assert_required("distribution", distribution)


def test_keys_are_those_of_the_profile_and_the_named_extensions() -> None:
    document = to_json(make_catalog(make_dataset()))
    (dataset,) = document["dataset"]
    for kind, part in (
        ("catalog", document),
        ("dataset", dataset),
        ("distribution", dataset["distribution"][0]),
        ("field", dataset["distribution"][0]["field"][0]),
        ("theme", document["themeTaxonomy"][0]),
    ):
        known = {row.path[0] for row in fields(kind)}
        known |= {row.path[0] for row in extensions(kind) if row.json}
        assert set(part) <= known
    assert len(document["themeTaxonomy"]) == 13


def test_values_have_the_types_of_the_profile() -> None:
    types = {"String": (str,), "Array": (list,), "Integer": (int,)}
    types["Array or String"] = types["String or Array"] = (str, list)
    document = to_json(make_catalog(make_dataset()))
    (dataset,) = document["dataset"]
    for kind, part in (("catalog", document), ("dataset", dataset)):
        for row in fields(kind):
            value = find(part, row.path)
            assert value is None or isinstance(value, types[row.json or ""]), row.key


def test_values_are_written_as_the_profile_asks() -> None:
    dataset = to_json(make_dataset())
    (distribution,) = dataset["distribution"]
    assert dataset["temporal"] == "2018-11"
    assert dataset["license"] == "https://creativecommons.org/licenses/by-sa/4.0/"
    assert dataset["accrualPeriodicity"] == "R/P1Y"
    assert dataset["spatial"] == ["GTM", "Antigua", [-91.0, 14.0, -90.0, 15.0], [-90.7, 14.5]]
    assert distribution["format"] == distribution["mediaType"] == "text/csv"
    assert distribution["byteSize"] == 5120
    assert distribution["temporal"] == "2018-11/2020-10"
    (names,) = csv.reader([dataset["contributor"]])
    assert names == ["Red Ciudadana", "Ministerio, Unidad de datos"]


def test_a_deliverable_names_its_plan_records() -> None:
    dataset = to_json(make_dataset())
    link = LINKS["gt-pan4-c11-h01"]
    assert dataset["milestone"] == {
        "identifier": "gt-pan4-c11-h01",
        "title": "Hito 1",
        "url": link.iri,
    }
    assert {"commitment", "actionPlan"} <= set(dataset)
    assert "regionalPlan" not in dataset


def test_one_place_is_no_list() -> None:
    assert to_json(make_dataset(spatial_coverage=[{"code": "GT"}]))["spatial"] == "GTM"
    point = [{"centroid": "-90,14"}]
    assert to_json(make_dataset(spatial_coverage=point))["spatial"] == [-90.0, 14.0]
    resource = {**RESOURCE, "spatial": "[-91,14,-90,15]"}
    (distribution,) = to_json(make_dataset(resources=[resource]))["distribution"]
    assert distribution["spatial"] == [-91.0, 14.0, -90.0, 15.0]


def test_themes_are_named_in_the_language_of_the_catalogue() -> None:
    catalog = make_catalog()
    names = {lang: to_json(catalog, lang)["themeTaxonomy"][6]["label"] for lang in ("es", "pt")}
    assert names == {"es": "Salud", "pt": "Saúde"}


@given(PACKAGES)
def test_whatever_a_package_holds_is_json(package: dict[str, Any]) -> None:
    record = dataset_record(package, SITE, organization=ORGANIZATION, links=LINKS)
    document = to_json(record)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    assert json.loads(text.encode("utf-8")) == document
