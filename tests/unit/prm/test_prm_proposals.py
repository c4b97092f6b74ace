"""Values are proposed for what is missing or wrong, and for nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prm_sample import PACKAGE
from test_prm_record import PACKAGES

from ckanext.gtplan.prm.proposals import Proposal, propose

#: As CKAN stores a dataset that was there before the plugin: extras, free words, CKAN's own fields.
OLD: dict[str, Any] = {
    "id": "d1",
    "name": "presupuesto",
    "title": "Presupuesto",
    "notes": "Gasto por entidad",
    "private": False,
    "metadata_created": "2017-03-04T10:11:12.345678",
    "author": "Juan",
    "author_email": "juan@example.org",
    "maintainer": "Unidad de datos",
    "maintainer_email": "datos@example.org",
    "license_id": "",
    "license_title": "Creative Commons Attribution",
    "groups": [{"name": "salud", "display_name": "Salud"}, {"name": "otro", "title": "Otro"}],
    "tags": [{"name": "economía y finanzas"}],
    "extras": [
        {"key": "accrualPeriodicity", "value": "Mensual"},
        {"key": "temporal_start", "value": "2015-01-01"},
        {"key": "temporal_end", "value": "2015-12-31"},
        {"key": "spatial", "value": '{"type": "Point", "coordinates": [-90.5, 14.6]}'},
        {"key": "publisher_name", "value": "INE"},
        {"key": "publisher_email", "value": "no es correo"},
    ],
    "resources": [
        {"id": "r1", "name": "Tabla", "url": "https://x.example/a.xlsx", "format": "Excel"},
        {"id": "r2", "name": "", "url": "https://x.example/b%20c.csv", "format": ""},
        {"id": "r3", "name": "Mapa", "url": "https://x.example", "format": "wms", "size": "5 KB"},
    ],
}


def by_field(package: dict[str, Any], resource: str | None = None) -> dict[str, Proposal]:
    return {p.field: p for p in propose(package, "es") if p.resource == resource}


def change(**extras: Any) -> dict[str, Any]:
    return {"id": "d1", "extras": [{"key": key, "value": value} for key, value in extras.items()]}


def apply(package: dict[str, Any], proposals: list[Proposal]) -> dict[str, Any]:
    """Write proposals as the portal does: a field's value leaves the extras."""
    fields = {p.field for p in proposals if p.resource is None}
    extras = package.get("extras")
    kept = [
        extra
        for extra in (extras if isinstance(extras, list) else [])
        if not (isinstance(extra, dict) and extra.get("key") in fields)
    ]
    result = {**package, "extras": kept}
    result |= {p.field: p.new for p in proposals if p.resource is None}
    if isinstance(package.get("resources"), list):
        result["resources"] = [
            {
                **resource,
                **{p.field: p.new for p in proposals if p.resource == str(resource.get("id"))},
            }
            if isinstance(resource, dict)
            else resource
            for resource in package["resources"]
        ]
    return result


def test_what_stands_in_extras_and_core_fields_is_proposed() -> None:
    found = by_field(OLD)
    values = {field: proposal.new for field, proposal in found.items()}
    assert values == {
        "publisher": [{"name": "INE"}],
        "contact": [{"name": "Unidad de datos", "email": "datos@example.org"}],
        "theme": ["HEAL"],
        "issued": "2017-03-04T10:11:12.345678",
        "frequency": "R/P1M",
        "temporal_coverage": [{"start": "2015-01-01", "end": "2015-12-31"}],
        "license_id": "cc-by",
        "language": ["es"],
        "spatial_coverage": [{"centroid": "-90.5,14.6"}],
    }
    unsure = {field for field, proposal in found.items() if not proposal.is_sure}
    assert unsure == {"publisher", "language"}
    assert found["frequency"].source == "accrualPeriodicity"


def test_files_are_described_by_their_names() -> None:
    assert {field: p.new for field, p in by_field(OLD, "r1").items()} == {
        "format": "XLSX",
        "mimetype": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "resource_type": "file",
    }
    assert {field: (p.new, p.is_sure) for field, p in by_field(OLD, "r2").items()} == {
        "name": ("b c.csv", False),
        "format": ("CSV", True),
        "mimetype": ("text/csv", True),
        "resource_type": ("file", True),
    }
    assert {field: p.new for field, p in by_field(OLD, "r3").items()} == {
        "format": "WMS",
        "resource_type": "api",
        "size": 5120,
    }


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("frequency", "Anual", "R/P1Y"),
        ("frequency", "trimestral", "R/P3M"),
        ("frequency", "daily", "R/P1D"),
        ("frequency", "Cada año", "R/P1Y"),
        ("frequency", "http://publications.europa.eu/resource/authority/frequency/WEEKLY", "R/P1W"),
        ("license_id", "CC BY 4.0", "cc-by"),
        ("language", "Español", ["es"]),
        ("language", '["pt_BR", "spa"]', ["pt", "es"]),
        ("theme", "salud, HEAL, Educação, cultura e esporte", ["HEAL"]),
        ("jurisdiction", "Nacional", "national"),
        ("issued", "31/12/2018", "2018-12-31"),
        ("contact", "Oficina", [{"name": "Oficina"}]),
        ("publisher", '{"name": "INE"}', [{"name": "INE"}]),
        ("temporal_coverage", "2015/2016", [{"start": "2015", "end": "2016"}]),
    ],
)
def test_words_become_codes(field: str, value: str, code: Any) -> None:
    found = [p.new for p in propose(change(**{field: value})) if p.field == field]
    assert found[-1] == code


def test_what_nobody_understands_is_put_aside() -> None:
    found = by_field(change(frequency="cuando se pueda"))["frequency"]
    assert (found.new, found.is_sure, found.old) == (None, True, "cuando se pueda")
    both = propose(change(frequency="?", accrualPeriodicity="anual"))
    first, second = (proposal for proposal in both if proposal.field == "frequency")
    assert (first.new, second.new) == (None, "R/P1Y")


def test_a_valid_value_stays() -> None:
    assert [p for p in propose(PACKAGE, "es") if p.resource is None] == []
    package = {**OLD, "frequency": "R/P1Y", "contact": [{"name": "Otra"}], "theme": ["ECON"]}
    assert not {"frequency", "contact", "theme"} & set(by_field(package))


def test_proposals_that_are_written_are_not_made_again() -> None:
    written = apply(OLD, propose(OLD, "es"))
    assert propose(written, "es") == []


def test_a_private_dataset_was_perhaps_never_issued() -> None:
    assert not by_field({**OLD, "private": True})["issued"].is_sure


@given(PACKAGES)
def test_nothing_raises_and_nothing_is_proposed_twice(package: dict[str, Any]) -> None:
    proposals = propose(package, "es")
    again = propose(apply(package, proposals), "es")
    assert not [p for p in again if p.new is not None and p.resource is None]


@given(st.dictionaries(st.sampled_from(sorted(OLD)), st.recursive(st.text(), st.lists)))
def test_strange_fields_do_not_raise(fields: dict[str, Any]) -> None:
    propose({**OLD, **fields})
