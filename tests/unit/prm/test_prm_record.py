"""A record has what a package can say, by the profile's rules, and names what it can't."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prm_sample import DATASET_ID, LINKS, ORGANIZATION, PACKAGE, RESOURCE, SITE, make_dataset

from ckanext.gtplan.prm.profile import fields, rows
from ckanext.gtplan.prm.record import Record, dataset_record, minimal_record
from ckanext.gtplan.prm.values import Period, Place

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\x0b", "http://[", "0000-13-45", "[", "..", "R/P1Y", "\ud800", "GTM"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = sorted({source.partition(".")[0] for row in rows("dataset") for source in row.sources})
RESOURCE_KEYS = sorted({s for row in rows("distribution") for s in row.sources})
PACKAGES = st.dictionaries(
    st.sampled_from([*KEYS, "id", "license_url", "organization"]), JUNK
) | st.builds(
    lambda package, resources: {**package, "resources": resources},
    st.dictionaries(st.sampled_from(KEYS), JUNK),
    st.lists(st.dictionaries(st.sampled_from(RESOURCE_KEYS), JUNK), max_size=3),
)


def why(record: Record) -> dict[str, str]:
    return {problem.field: problem.why for problem in record.problems}


def test_sample_has_every_field_and_no_problem() -> None:
    record = make_dataset()
    assert list(record.problems) == []
    assert {row.key for row in fields("dataset")} <= set(record.values)
    (distribution,) = record.values["distribution"]
    assert {row.key for row in fields("distribution")} == set(distribution.values)
    columns = distribution.values["field"]
    assert [column.values["title"] for column in columns] == ["orden", "monto", "inicio"]
    said = {key for column in columns for key in column.values}
    assert said == {row.key for row in fields("field")}


@given(PACKAGES)
def test_no_package_makes_it_fail(package: dict[str, Any]) -> None:
    record = dataset_record(package, SITE, organization=ORGANIZATION, links=LINKS)
    assert record.iri.startswith("https://datos.example.org/dataset/")
    assert all(str(problem) for problem in record.problems)
    assert minimal_record(package, SITE).kind == "dataset"


@pytest.mark.parametrize(
    ("field", "value", "key", "reason"),
    [
        ("title", ["una", "lista"], "title", "not_text"),
        ("issued", "0000-13-45", "issued", "not_date"),
        ("frequency", "a veces", "accrualPeriodicity", "not_code"),
        ("url", "www.example.org", "landingPage", "not_url"),
        ("contact", [{"email": "nadie"}], "contactPoint->hasEmail", "not_email"),
        ("temporal_coverage", [{"start": "2020", "end": "2018"}], "temporal", "reversed_period"),
        ("theme", ["GOVE", "XXXX"], "theme", "not_code"),
        ("milestone", "gt-secreto", "milestone", "no_public_record"),
        ("resources", ["no"], "distribution", "not_record"),
        ("contact", [{"name": "A"}, {"name": "B"}], "contact", "only_one"),
        ("notes", "\x00", "description", "control_characters"),
    ],
)
def test_what_cannot_be_said_is_named(field: str, value: Any, key: str, reason: str) -> None:
    record = make_dataset(**{field: value})
    assert why(record) == {key: reason}
    assert record.problems[0].iri == f"https://datos.example.org/dataset/{DATASET_ID}"


def test_a_bad_value_leaves_the_rest_and_the_next_source() -> None:
    record = make_dataset(title=7, url="nowhere", theme=["GOVE", "XXXX"], modified="nunca")
    assert record.values["title"] == PACKAGE["name"]
    assert record.values["landingPage"] == f"https://datos.example.org/dataset/{PACKAGE['name']}"
    assert record.values["theme"] == ["GOVE"]
    assert record.values["modified"] == "2024-01-04T03:04:05.123456+00:00"


def test_control_characters_are_dropped_and_named() -> None:
    record = make_dataset(title="Título\x0b con\x00 basura")
    assert record.values["title"] == "Título con basura"
    assert why(record) == {"title": "control_characters"}


def test_publisher_is_the_organization_unless_another_is_named() -> None:
    own = make_dataset().values
    assert own["publisher->name"] == ORGANIZATION["title"]
    assert own["publisher->mbox"] == "datos@example.org"
    assert own["publisher->uri"] == f"https://datos.example.org/organization/{ORGANIZATION['id']}"
    other = make_dataset(publisher=[{"name": "Red GEALC"}]).values
    assert other["publisher->name"] == "Red GEALC"
    assert not {"publisher->mbox", "publisher->uri", "publisher->type"} & set(other)
    same = make_dataset(publisher=[{"name": "", "email": "otra@example.org"}]).values
    assert same["publisher->name"] == ORGANIZATION["title"]
    assert same["publisher->mbox"] == "otra@example.org"


def test_licence_is_inherited_downwards() -> None:
    def licences(**changes: Any) -> tuple[str, str]:
        record = make_dataset(**changes)
        return record.values["license"], record.values["distribution"][0].values["license"]

    assert licences() == ("cc-by-sa", "cc-by-sa")
    assert licences(license_id="notspecified") == ("cc-by", "cc-by")
    assert licences(resources=[{**RESOURCE, "license": "cc-zero"}]) == ("cc-by-sa", "cc-zero")
    assert licences(license_id="own", license_url="https://x.org/l")[0] == "https://x.org/l"


def test_identifiers_and_pages_are_made_where_none_is_given() -> None:
    record = make_dataset()
    (distribution,) = record.values["distribution"]
    assert record.values["identifier"] == DATASET_ID
    assert distribution.values["datasetIdentifier"] == DATASET_ID
    assert distribution.iri == f"{record.iri}/resource/{RESOURCE['id']}"
    assert distribution.values["accessURL"] == (
        f"https://datos.example.org/dataset/{PACKAGE['name']}/resource/{RESOURCE['id']}"
    )
    named = make_dataset(identifier="propio")
    assert named.values["distribution"][0].values["datasetIdentifier"] == "propio"


def test_values_are_read_as_what_they_are() -> None:
    record = make_dataset()
    assert record.values["temporal"] == Period(start="2018-11")
    assert record.values["spatial"][0] == Place(code="GTM")
    assert record.values["spatial"][1].bbox == (-91.0, 14.0, -90.0, 15.0)
    (distribution,) = record.values["distribution"]
    assert distribution.values["codelistlink"][0] is None
    assert distribution.values["field"][1].values["type"] == "number"


def test_minimal_record_has_what_a_harvester_needs() -> None:
    record = minimal_record(PACKAGE, SITE)
    assert set(record.values) == {"identifier", "title", "modified"}
    assert record.iri == make_dataset().iri
