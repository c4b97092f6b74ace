"""data.json is read back as it was written, and another portal's as far as it goes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prm_sample import LINKS, ORGANIZATION, SITE, make_catalog, make_dataset

from ckanext.gtplan.prm.datajson import from_json, to_json
from ckanext.gtplan.prm.package import to_package
from ckanext.gtplan.prm.profile import rows
from ckanext.gtplan.prm.record import Record, dataset_record
from ckanext.gtplan.prm.values import Period, Place
from ckanext.gtplan.prm.vocabulary import vocabulary

IRI = "https://otro.example.org/catalog"


def pass_through_json(record: Record) -> Any:
    return json.loads(json.dumps(to_json(record), ensure_ascii=False, allow_nan=False))


def get_values(record: Record) -> Mapping[str, Any]:
    """Give what JSON can say of a record: identifiers of things stay behind."""
    kept = {row.key for row in rows(record.kind) if row.json}
    return {
        key: [get_values(item) if isinstance(item, Record) else item for item in value]
        if isinstance(value, list)
        else value
        for key, value in record.values.items()
        if key in kept
    }


def read_dataset(**fields: Any) -> Record:
    return from_json({"title": "Datos", **fields}, IRI)


def list_reasons(record: Record) -> set[tuple[str, str]]:
    return {(problem.field, problem.why) for problem in record.problems}


# ---------------------------------------------------------------- our own, back

LINES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1
)
TEXTS = st.one_of(LINES, st.builds('{} "{}",\n{}'.format, LINES, LINES, LINES))
DATES = st.one_of(
    st.integers(1000, 9999).map(str),
    st.dates().filter(lambda day: day.year > 999).map(lambda day: f"{day}"[:7]),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
)
URLS = st.builds("https://example.org/{}".format, st.text("abc/?&=ñ ", max_size=12).map(str.strip))
EMAILS = st.builds("{}@example.org".format, st.text("abcdef.+-", min_size=1, max_size=8))
POINTS = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
BOXES = st.builds(
    lambda west, east, ends: [west, min(ends), east, max(ends)],
    st.floats(-180, 180),
    st.floats(-180, 180),
    st.tuples(st.floats(-90, 90), st.floats(-90, 90)),
)
PLACES = st.one_of(
    st.sampled_from([{"code": "GT"}, {"code": "GT-01"}, {"code": "0101"}]),
    st.sampled_from([{"text": "Antigua"}, {"uri": "https://sws.geonames.org/3595528/"}]),
    POINTS.map(lambda point: {"centroid": list(point)}),
    BOXES.map(lambda box: {"bbox": box}),
)


def codes(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from([term.code for term in vocabulary(name).terms])


FIELDS = st.fixed_dictionaries(
    {"title": TEXTS},
    optional={"type": codes("field_type"), "description": TEXTS, "units": TEXTS},
)
RESOURCES = st.fixed_dictionaries(
    {"id": st.uuids().map(str), "name": TEXTS, "url": URLS},
    optional={
        "description": TEXTS,
        "format": codes("format"),
        "mimetype": st.sampled_from(["text/csv", "application/json"]),
        "license": codes("license"),
        "resource_type": codes("distribution_type"),
        "issued": DATES,
        "modified": DATES,
        "data_modified": DATES,
        "rights": TEXTS,
        "size": st.integers(0, 10**17),
        "codelists": st.lists(st.one_of(st.just(""), LINES), max_size=3),
        "codelist_links": st.lists(st.one_of(st.just(""), URLS), max_size=3),
        "temporal": st.just("2018-11/2020-10"),
        "spatial": st.sampled_from(["GT-01", "Antigua"]),
        "fields": st.lists(FIELDS, max_size=3),
    },
)
PACKAGES = st.fixed_dictionaries(
    {"id": st.uuids().map(str), "title": TEXTS},
    optional={
        "identifier": LINES,
        "notes": TEXTS,
        "contact": st.builds(lambda n, e: [{"name": n, "email": e}], TEXTS, EMAILS),
        "publisher": st.builds(lambda n, e: [{"name": n, "email": e}], TEXTS, EMAILS),
        "attribution": TEXTS,
        "contributor": st.lists(TEXTS, max_size=3),
        "theme": st.lists(codes("theme"), max_size=3),
        "issued": DATES,
        "modified": DATES,
        "frequency": codes("frequency"),
        "url": URLS,
        "tags": st.lists(LINES.map(lambda name: {"name": name}), max_size=3),
        "temporal_coverage": st.sampled_from(
            [[{"start": "2018"}], [{"end": "2020-02"}], [{"start": "2018", "end": "2019"}]]
        ),
        "license_id": codes("license"),
        "language": st.lists(codes("language"), max_size=3),
        "spatial_coverage": st.lists(PLACES, max_size=3),
        "jurisdiction": codes("jurisdiction"),
        "milestone": st.just("gt-pan4-c11-h01"),
        "resources": st.lists(RESOURCES, max_size=2, unique_by=lambda resource: resource["id"]),
    },
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(PACKAGES)
def test_what_json_can_hold_comes_back(package: dict[str, Any]) -> None:
    record = dataset_record(package, SITE, organization=ORGANIZATION, links=LINKS)
    back = from_json(pass_through_json(record), record.iri)
    assert not back.problems
    assert get_values(back) == get_values(record)
    assert to_json(back) == to_json(record)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(PACKAGES)
def test_the_package_comes_back(package: dict[str, Any]) -> None:
    record = dataset_record(package, SITE, organization=ORGANIZATION, links=LINKS)
    back = from_json(pass_through_json(record), record.iri)
    written, read = (drop_unsaid(to_package(item, "es", LINKS)) for item in (record, back))
    assert read == written


def drop_unsaid(package: dict[str, Any]) -> dict[str, Any]:
    """Take away what the profile's JSON has no key for."""
    kept = {key: value for key, value in package.items() if key != "uri"}
    if "resources" in kept:
        kept["resources"] = [drop_unsaid(resource) for resource in kept["resources"]]
    for agent in kept.get("publisher", []):
        agent.pop("type", None)
        agent.pop("uri", None)
    return kept


def test_every_code_comes_back() -> None:
    for name, field in (("frequency", "frequency"), ("license", "license_id"), ("theme", "theme")):
        for term in vocabulary(name).terms:
            record = make_dataset(**{field: [term.code] if name == "theme" else term.code})
            back = from_json(pass_through_json(record), IRI)
            assert not back.problems
            assert to_json(back) == to_json(record)


def test_a_catalogue_comes_back() -> None:
    catalog = make_catalog(make_dataset(spatial_coverage=[]))
    back = from_json(pass_through_json(catalog), IRI)
    assert back.kind == "catalog" and not back.problems
    values, read = dict(get_values(catalog)), dict(get_values(back))
    themes = values.pop("themeTaxonomy"), read.pop("themeTaxonomy")
    assert read == values
    assert [theme["label"] for theme in themes[1]] == [t["label"]["es"] for t in themes[0]]
    (dataset,) = back.values["dataset"]
    assert dataset.values["milestone"] == LINKS["gt-pan4-c11-h01"]


def test_the_forms_of_one_place_become_places() -> None:
    back = from_json(pass_through_json(make_dataset()), IRI)
    assert back.values["spatial"] == [
        Place(code="GTM"),
        Place(name="Antigua"),
        Place(bbox=(-91.0, 14.0, -90.0, 15.0)),
        Place(centroid=(-90.7, 14.5)),
    ]


# ------------------------------------------------------------- another portal's

ANDINO = {
    "version": "1.1",
    "identifier": "datosgobar",
    "title": "Datos Argentina",
    "publisher": {"name": "Secretaría", "mbox": "datos@example.org"},
    "superThemeTaxonomy": "http://datos.gob.ar/superThemeTaxonomy.json",
    "themeTaxonomy": [{"id": "convocatorias", "label": "Convocatorias", "description": "x"}],
    "language": "spa, eng",
    "spatial": "ARG",
    "dataset": [
        {
            "identifier": "99",
            "title": "Sistema de contrataciones",
            "description": "Compras",
            "superTheme": ["econ"],
            "theme": ["contrataciones"],
            "keyword": ["bienes", "compras"],
            "accrualPeriodicity": "R/P1Y",
            "issued": "2016-04-14T19:48:05.433640-03:00",
            "temporal": "2015-01-01/2015-12-31",
            "spatial": ["ARG-06", "-58.5,-34.6"],
            "license": "Open Data Commons Open Database License (ODbL)",
            "distribution": [
                {
                    "identifier": "99.1",
                    "title": "Convocatorias 2015",
                    "accessURL": "https://datos.example.org/dataset/99.1",
                    "fileName": "convocatorias-2015.csv",
                    "mediaType": "text/csv; charset=utf-8",
                    "format": "CSV",
                    "byteSize": "5 kB",
                    "field": [{"title": "id", "type": "integer", "specialType": "time_index"}],
                }
            ],
        },
        "esto no es un conjunto",
    ],
}


def test_a_catalogue_of_argentina_is_read() -> None:
    record = from_json(ANDINO, IRI)
    assert record.values["language"] == ["es", "en"]
    assert record.values["spatial"] == [Place(code="ARG")]
    assert ("superThemeTaxonomy", "not_in_profile") in list_reasons(record)
    assert ("dataset", "not_record") in list_reasons(record)
    (dataset,) = record.values["dataset"]
    values = dataset.values
    assert values["theme"] == ["ECON"]
    assert values["license"] == "odc-odbl"
    assert values["temporal"] == Period(start="2015-01-01", end="2015-12-31")
    assert values["spatial"][1] == Place(centroid=(-58.5, -34.6))
    (distribution,) = values["distribution"]
    assert "downloadURL" not in distribution.values
    assert distribution.values["accessURL"] == "https://datos.example.org/dataset/99.1"
    assert distribution.values["mediaType"] == "text/csv"
    assert distribution.values["byteSize"] == 5120
    assert list_reasons(dataset) == {
        ("theme", "not_code"),
        ("fileName", "not_in_profile"),
        ("specialType", "not_in_profile"),
    }
    assert all(problem.iri.startswith(dataset.iri) for problem in dataset.problems)


def test_project_open_data_is_read() -> None:
    record = read_dataset(
        identifier="https://agencia.example.org/d/7",
        publisher={"@type": "org:Organization", "name": "Agencia"},
        contactPoint={"fn": "Oficina", "hasEmail": "mailto:datos@example.org"},
        keyword="salud, agua ;x",
        accrualPeriodicity="Mensual",
        temporal="2018-01-01/P1Y",
        license="https://creativecommons.org/licenses/by/4.0/",
        issued="31/12/2018",
        spatial={"type": "Point", "coordinates": [-90, 14]},
        modified="R/P1D",
    )
    values = record.values
    assert values["publisher->name"] == "Agencia"
    assert values["contactPoint->hasEmail"] == "datos@example.org"
    assert values["keyword"] == ["salud", "agua ;x"]
    assert values["accrualPeriodicity"] == "R/P1M"
    assert values["temporal"] == Period(start="2018-01-01", end="2018-12-31")
    assert values["license"] == "cc-by"
    assert values["issued"] == "2018-12-31"
    assert values["spatial"] == [Place(centroid=(-90.0, 14.0))]
    assert list_reasons(record) == {
        ("modified", "not_date"),
        ("publisher->@type", "not_in_profile"),
    }


@pytest.mark.parametrize(
    ("given_", "key", "value"),
    [
        ({"publisher": "INE"}, "publisher->name", "INE"),
        ({"publisher": [{"name": "INE"}]}, "publisher->name", "INE"),
        ({"contactPoint": "datos@example.org"}, "contactPoint->hasEmail", "datos@example.org"),
        ({"theme": "Salud; economia y finanzas"}, "theme", ["HEAL", "ECON"]),
        ({"accrualPeriodicity": "http://x.example/MONTHLY"}, "accrualPeriodicity", "R/P1M"),
        ({"accrualPeriodicity": "P1Y"}, "accrualPeriodicity", "R/P1Y"),
        ({"language": "es-AR"}, "language", ["es"]),
        ({"issued": 2018}, "issued", "2018"),
        ({"temporal": ["2018", "2019"]}, "temporal", Period(start="2018", end="2019")),
        ({"temporal": {"startDate": "2018"}}, "temporal", Period(start="2018")),
        ({"temporal": "2020-01-31/P1M"}, "temporal", None),
        ({"temporal": "2020-01-01/P2W"}, "temporal", Period(start="2020-01-01", end="2020-01-14")),
        ({"spatial": "-91,14,-90,15"}, "spatial", [Place(bbox=(-91.0, 14.0, -90.0, 15.0))]),
        ({"title": ["Uno", "Dos"]}, "title", "Uno"),
        ({"title": {"es": "Uno", "en": "One"}}, "title", {"es": "Uno", "en": "One"}),
    ],
)
def test_other_spellings_are_understood(given_: dict[str, Any], key: str, value: Any) -> None:
    record = read_dataset(**given_)
    assert record.values.get(key) == value
    assert value is not None or record.problems


def test_licence_of_the_catalogue_is_that_of_its_datasets() -> None:
    catalog = from_json({"license": "cc-by", "dataset": [{"title": "Uno"}]}, IRI)
    assert catalog.values["dataset"][0].values["license"] == "cc-by"


def test_datasets_have_identifiers_of_their_own() -> None:
    same = {"identifier": "a b", "title": "Uno"}
    catalog = from_json([same, same, {"identifier": "https://x.example/d/1"}], IRI)
    iris = [dataset.iri for dataset in catalog.values["dataset"]]
    assert iris == [f"{IRI}#dataset-a%20b", f"{IRI}#dataset-a%20b-2", "https://x.example/d/1"]


# ------------------------------------------------------------------ any JSON

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(), max_size=20)
)
KEYS = st.sampled_from(
    sorted(
        {row.path[0] for kind in ("catalog", "dataset", "distribution") for row in rows(kind)}
        | {"name", "mbox", "fn", "hasEmail", "start", "coordinates", "type", "@id", "url", "code"}
    )
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=30,
)


@settings(deadline=None, max_examples=300)
@given(JSON)
def test_no_json_raises(document: Any) -> None:
    record = from_json(document, IRI)
    json.dumps(to_json(record), allow_nan=False).encode("ascii")
    assert all(str(problem) for problem in record.problems)


def test_depth_and_size_do_not_raise() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    wide = {"title": "x" * 1_000_000, "keyword": ",".join("x" * 200_000), "dataset": deep}
    assert from_json(wide, IRI).kind == "catalog"
    for key in ("title", "spatial", "temporal", "publisher", "distribution", "license"):
        assert read_dataset(**{key: {"a": deep}}).kind == "dataset"
    assert read_dataset(byteSize=10**5000, spatial=[10**400, 1]).problems
