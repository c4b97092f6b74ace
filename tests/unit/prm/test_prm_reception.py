"""A package that was read is fitted to the schema that receives it, and beside another profile."""

from __future__ import annotations

from typing import Any

from prm_sample import LINKS, SITE, make_dataset

from ckanext.gtplan.prm.package import to_package
from ckanext.gtplan.prm.record import dataset_record
from ckanext.gtplan.prm.scheming import build_schema
from ckanext.gtplan.rdf.reception import fit, merge

SCHEMA = build_schema()
IRI = "https://otra.example.org/d/1"


def package(**more: Any) -> dict[str, Any]:
    return {"uri": IRI, "title": "T", "resources": [], **more}


def test_our_schema_has_a_place_for_everything() -> None:
    given = to_package(make_dataset(), links=LINKS)
    fitted, problems = fit(given, SCHEMA)
    assert list(problems) == []
    assert fitted == {**given, "extras": []}


def test_without_a_schema_there_are_extras() -> None:
    fitted, problems = fit(to_package(make_dataset()), None)
    extras = {extra["key"]: extra["value"] for extra in fitted["extras"]}
    assert {"title", "notes", "tags", "license_id", "resources"} <= set(fitted)
    assert extras["theme"] == '["GOVE", "TECH"]'
    assert extras["contact_email"] == "info@example.org"
    assert extras["temporal_start"] == "2018-11"
    assert extras["spatial_code"] == "GTM" and "Antigua" in extras["spatial_coverage"]
    assert fitted["resources"][0]["codelists"] == '["ISO 8601", "ISO 4217"]'
    assert list(problems) == []


def test_parts_that_a_schema_lacks_are_named() -> None:
    field = {"field_name": "publisher", "repeating_subfields": [{"field_name": "name"}]}
    given = package(
        publisher=[{"name": "P", "email": "p@e.org", "name_translated": {"es": "P", "en": "Q"}}],
        attribution="A",
        attribution_translated={"es": "A", "en": "B"},
    )
    fitted, problems = fit(given, {"dataset_fields": [field, {"field_name": "attribution"}]})
    assert fitted["publisher"] == [{"name": "P"}]
    assert {(problem.field, problem.why) for problem in problems} == {
        ("publisher.email", "not_in_schema"),
        ("name@en", "not_in_schema"),
        ("attribution@en", "not_in_schema"),
    }


def test_keywords_become_tags() -> None:
    long = "a" * 150
    names = ["salud", "uno, dos", "a/b", "x", "«»", long, "salud"]
    fitted, problems = fit(package(tags=[{"name": name} for name in names]), SCHEMA)
    assert [tag["name"] for tag in fitted["tags"]] == ["salud", "uno", "dos", "a b", long[:100]]
    assert [problem.value for problem in problems][:3] == ["'a/b'", "'«»'", repr(long)[:77] + "..."]
    assert {problem.why for problem in problems} == {"not_tag"}


def test_what_the_table_knows_goes_before_another_profile() -> None:
    theirs = {
        "title": "Otro",
        "version": "2",
        "frequency": "http://desconocida.example.org/",
        "publisher": [{"name": "X", "url": "https://x.org"}],
        "extras": [
            {"key": "homepage", "value": "https://h.org"},
            {"key": "uri", "value": IRI},
            {"key": "contact_name", "value": "viejo"},
        ],
        "resources": [
            {"uri": f"{IRI}/r", "url": "https://a.org/f", "hash": "1", "license": "desconocida"},
            {"uri": "", "access_url": "https://b.org/f", "status": "s"},
        ],
    }
    files = [
        {"uri": f"{IRI}/distribution-1", "access_url": "https://b.org/f"},
        {"uri": f"{IRI}/r", "name": "R"},
    ]
    fitted, _ = fit(package(publisher=[{"name": "P"}], resources=files), SCHEMA)
    merge(theirs, fitted, SCHEMA)
    assert theirs == {
        "uri": IRI,
        "title": "T",
        "version": "2",
        "publisher": [{"name": "P"}],
        "extras": [
            {"key": "homepage", "value": "https://h.org"},
            {"key": "contact_name", "value": "viejo"},
        ],
        "resources": [
            {**files[0], "status": "s"},
            {**files[1], "url": "https://a.org/f", "hash": "1"},
        ],
    }


def test_keywords_in_several_languages_come_back() -> None:
    said = {"es": ["salud", "agua"], "en": ["health"]}
    record = dataset_record({"uri": IRI, "tags_translated": said, "tags": []}, SITE)
    assert record.values["keyword"] == [{"es": "salud"}, {"es": "agua"}, {"en": "health"}]
    given = to_package(record)
    assert given["tags_translated"] == said
    assert [tag["name"] for tag in given["tags"]] == ["salud", "agua", "health"]


def test_a_file_added_to_a_harvested_dataset_is_named_here() -> None:
    files = [{"id": "r1", "uri": f"{IRI}/r"}, {"id": "r2"}]
    record = dataset_record({"id": "d", "uri": IRI, "resources": files}, SITE)
    assert [child.iri for child in record.values["distribution"]] == [
        f"{IRI}/r",
        f"{SITE.base}/dataset/d/resource/r2",
    ]
