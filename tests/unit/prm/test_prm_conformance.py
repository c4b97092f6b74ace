"""Conformance is counted from the table alone, and every gap is named with its reason."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prm_sample import (
    LINKS,
    ORGANIZATION,
    PACKAGE,
    RESOURCE,
    SETTINGS,
    SITE,
    make_catalog,
    make_dataset,
)
from test_prm_record import PACKAGES

from ckanext.gtplan.prm.conformance import MISSING, Conformance, Gap, assess
from ckanext.gtplan.prm.profile import fields
from ckanext.gtplan.prm.record import Record, catalog_record, dataset_record
from ckanext.gtplan.prm.values import REASONS

# The profile's own tables: rows of an obligation in a class.
REQUIRED = {"dataset": 7, "distribution": 6}
RECOMMENDED = {"dataset": 11, "distribution": 8, "field": 3}

COLUMN = {"title": "monto", "type": "numeric", "description": "Monto en quetzales"}
COMPLETE = {**RESOURCE, "fields": [COLUMN]}


def keys(gaps: tuple[Gap, ...]) -> list[str]:
    return [f"{gap.kind}.{gap.key}" for gap in gaps]


def make(**changes: Any) -> Record:
    return make_dataset(**{"resources": [COMPLETE], **changes})


def counts(found: Conformance) -> tuple[int, int, int, int]:
    return (
        found.required_filled,
        found.required_total,
        found.recommended_filled,
        found.recommended_total,
    )


def test_complete_dataset_has_all_of_the_profile() -> None:
    found = assess(make())
    required, recommended = sum(REQUIRED.values()), sum(RECOMMENDED.values())
    assert counts(found) == (required, required, recommended, recommended)
    assert found.percent == 100
    assert found.gaps == ()


def test_empty_dataset_lacks_what_the_portal_does_not_give() -> None:
    found = assess(dataset_record({"id": "1", "name": "vacio", "title": "Vacío"}, SITE))
    assert keys(found.missing("Si")) == [
        "dataset.description",
        "dataset.publisher->name",
        "dataset.distribution",
        "dataset.issued",
        "dataset.accrualPeriodicity",
    ]
    assert found.required_total == REQUIRED["dataset"]
    assert {gap.why for gap in found.gaps} == {MISSING}


@pytest.mark.parametrize(
    ("field", "key"),
    [("notes", "description"), ("issued", "issued"), ("frequency", "accrualPeriodicity")],
)
@pytest.mark.parametrize("blank", [None, "", "  "])
def test_blank_is_missing(field: str, key: str, blank: str | None) -> None:
    found = assess(make(**{field: blank}))
    assert found.missing("Si") == (Gap(kind="dataset", key=key, obligation="Si"),)
    assert found.required_filled == found.required_total - 1
    assert found.percent < 100


def test_value_that_no_feed_can_say_is_a_gap_with_its_reason() -> None:
    (gap,) = assess(make(issued="0000-13-45")).missing("Si")
    assert (gap.key, gap.why, gap.value) == ("issued", "not_date", "'0000-13-45'")


def test_invalid_value_beside_a_valid_one_is_a_gap_but_not_missing() -> None:
    found = assess(make(theme=["GOVE", "XXXX"]))
    assert [(gap.key, gap.why, gap.is_said) for gap in found.gaps] == [("theme", "not_code", True)]
    assert found.missing("R") == ()
    assert found.recommended_filled == found.recommended_total - 1


def test_invalid_value_of_an_optional_field_is_listed_and_counts_nothing() -> None:
    found = assess(make(spatial_coverage=[{"bbox": "1, 2"}]))
    assert [(gap.key, gap.obligation, gap.why) for gap in found.gaps] == [
        ("spatial", "No", "not_place")
    ]
    assert found.percent == 100


def test_broken_composite_is_the_reason_of_its_parts() -> None:
    found = assess(make(contact="Unidad de información"))
    assert [(gap.key, gap.why) for gap in found.missing("R")] == [
        ("contactPoint->fn", "not_record"),
        ("contactPoint->hasEmail", "not_record"),
    ]


def test_gap_names_its_distribution() -> None:
    other = {**COMPLETE, "id": "otra", "name": "", "url": "no address"}
    gaps = assess(make(resources=[COMPLETE, other])).missing("Si")
    assert [(g.key, g.why, g.resource, g.title, g.position) for g in gaps] == [
        ("title", MISSING, "otra", None, 1),
        ("downloadURL", "not_url", "otra", None, 1),
    ]


def test_columns_count_once_for_each_distribution() -> None:
    nameless = {"type": "string", "description": "Sin nombre"}
    table = {**COMPLETE, "fields": [COLUMN, {"title": "fecha"}, nameless]}
    found = assess(make(resources=[COMPLETE, table]))
    assert found.recommended_total == sum(RECOMMENDED.values()) + sum(
        RECOMMENDED[kind] for kind in ("distribution", "field")
    )
    assert [(gap.key, gap.columns) for gap in found.gaps] == [
        ("title", ("3",)),
        ("type", ("fecha",)),
        ("description", ("fecha",)),
    ]
    assert {gap.position for gap in found.gaps} == {1}


@pytest.mark.parametrize(("format_", "applies"), [("CSV", 1), ("ODS", 1), ("PDF", 0), ("ZIP", 0)])
def test_fields_apply_to_tables_only(format_: str, applies: int) -> None:
    found = assess(make(resources=[{**COMPLETE, "format": format_, "fields": []}]))
    assert keys(found.missing("R")) == ["distribution.field"] * applies
    total = RECOMMENDED["dataset"] + RECOMMENDED["distribution"] - 1 + applies
    assert found.recommended_total == total


def test_described_columns_are_a_table_whatever_the_format() -> None:
    found = assess(make(resources=[{**COMPLETE, "format": "JSON"}]))
    assert found.recommended_total == sum(RECOMMENDED.values())


def test_catalogue_is_assessed_without_its_datasets() -> None:
    whole = assess(make_catalog(make(), make(notes="")))
    assert whole.percent == 100
    assert whole.required_total == 5
    settings = {**SETTINGS, "publisher": {"name": "Comisión"}, "homepage": "portada"}
    found = assess(catalog_record(settings, SITE))
    assert keys(found.missing("Si")) == ["catalog.publisher->mbox", "catalog.dataset"]
    assert ("homepage", "not_url") in [(gap.key, gap.why) for gap in found.missing("R")]


def test_percent_is_100_only_for_all() -> None:
    found = Conformance(
        required_filled=500,
        required_total=500,
        recommended_filled=500,
        recommended_total=501,
        gaps=(),
    )
    assert found.percent == 99


def test_gap_knows_its_row() -> None:
    (gap,) = assess(make(notes="")).gaps
    assert gap.row.label["en"] == "Description"


@given(PACKAGES)
def test_any_package_can_be_assessed(package: dict[str, Any]) -> None:
    found = assess(dataset_record(package, SITE, organization=ORGANIZATION, links=LINKS))
    assert 0 <= found.required_filled <= found.required_total
    assert 0 <= found.recommended_filled <= found.recommended_total
    assert 0 <= found.percent <= 100
    assert all(gap.why == MISSING or gap.why in REASONS for gap in found.gaps)
    assert bool(found.missing("Si")) <= (found.required_filled < found.required_total)


@given(st.sets(st.sampled_from(sorted(PACKAGE)), max_size=4))
def test_taking_away_never_raises_the_figure(names: set[str]) -> None:
    package = {key: value for key, value in PACKAGE.items() if key not in names}
    less = assess(dataset_record(package, SITE, organization=ORGANIZATION, links=LINKS))
    whole = assess(make_dataset())
    if "resources" not in names:  # what is gone with them applies no more
        assert less.percent <= whole.percent
    assert {gap.key for gap in whole.missing("Si")} <= {gap.key for gap in less.missing("Si")}


def test_every_required_or_recommended_field_can_be_a_gap() -> None:
    obliged = {
        (row.kind, row.key)
        for row in fields()
        if row.obligation != "No" and row.kind in ("dataset", "distribution", "field")
    }
    assert len(obliged) == sum(REQUIRED.values()) + sum(RECOMMENDED.values())
    empty = Record(kind="distribution", iri="x:1", values={"field": [], "format": "CSV"})
    columns = Record(kind="field", iri="x:2", values={})
    table = Record(kind="distribution", iri="x:3", values={"field": [columns]})
    found = assess(Record(kind="dataset", iri="x:0", values={"distribution": [empty, table]}))
    nothing = assess(Record(kind="dataset", iri="x:0", values={}))
    said = {(gap.kind, gap.key) for gap in (*found.gaps, *nothing.gaps)}
    assert said == obliged - {("distribution", "field")}
