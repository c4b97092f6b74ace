"""What is written in RDF is read back whole: package, record, every syntax, record, package."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from prm_graphs import catalog_graph, dataset_graph
from prm_packages import packages
from prm_sample import LINKS, RESOURCE, SITE, make_catalog, make_dataset
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import DCAT

from ckanext.gtplan.prm.package import to_package
from ckanext.gtplan.prm.profile import CLASSES, Row, extensions, fields, rows
from ckanext.gtplan.prm.record import Record, dataset_record
from ckanext.gtplan.prm.vocabulary import vocabularies, vocabulary
from ckanext.gtplan.rdf.feed import SYNTAXES, serialize
from ckanext.gtplan.rdf.reader import list_datasets, normalize, read_catalog, read_dataset

BASE = SITE.base
#: Making a whole package smaller takes minutes: a failure is told as it was found.
AT_ONCE = (Phase.explicit, Phase.reuse, Phase.generate)
FULL: dict[str, Any] = {
    "publisher": [
        {
            "name": "Red",
            "email": "red@example.org",
            "uri": "https://red.example.org",
            "type": "Company",
        }
    ],
    "regional_plan": "red-gealc-2019",
    "title_translated": {"es": "Título", "pt_BR": "Título", "en": "Title"},
}


def travel(graph: Graph, ending: str = "nt") -> Graph:
    syntax = SYNTAXES[ending]
    return Graph().parse(data=serialize(graph, syntax, BASE), format=syntax.name)


def read_one(graph: Graph, base: str = BASE) -> Record:
    (dataset,) = list_datasets(graph)
    return read_dataset(graph, dataset, base)


def tidy(value: Any) -> Any:
    """Put in order what RDF says without an order: several values that aren't a list."""
    if isinstance(value, Record):
        return {
            row.key: _tidy_row(row, value.values[row.key])
            for row in rows(value.kind)
            if row.key in value.values
        } | {"@": value.iri}
    return value


def _tidy_row(row: Row, value: Any) -> Any:
    if not row.many:
        return value
    items = [tidy(item) for item in value]
    return items if row.ordered or row.keeps_places else sorted(items, key=_order)


def _order(item: Any) -> str:
    # a record has its IRI; the repr of one depends on the order of its languages
    return str(item["@"]) if isinstance(item, dict) else repr(item)


def tidy_package(package: dict[str, Any]) -> dict[str, Any]:
    unordered = ("contributor", "theme", "tags", "language", "spatial_coverage", "resources")
    return {
        key: sorted(value, key=_json) if key in unordered else value
        for key, value in package.items()
    }


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def pick(found: dict[str, Any], package: dict[str, Any]) -> dict[str, Any]:
    """Take of a package what another one names, and of its resources likewise."""
    taken = {key: found.get(key) for key in package}
    if "resources" in package:
        known = {item["uri"]: item for item in found["resources"]}
        taken["resources"] = [pick(known[item["uri"]], item) for item in package["resources"]]
    return taken


@pytest.mark.parametrize("ending", ["ttl", "xml", "jsonld", "nt"])
@settings(max_examples=20, phases=AT_ONCE)
@given(package=packages())
def test_a_package_comes_back_the_same(ending: str, package: dict[str, Any]) -> None:
    record = dataset_record(package, SITE, links=LINKS)
    assert list(record.problems) == []
    read = read_one(travel(dataset_graph(BASE, record), ending))
    assert list(read.problems) == []
    assert tidy(read) == tidy(record)
    back = to_package(read, links=LINKS)
    assert tidy_package(pick(back, package)) == tidy_package(package)


@settings(phases=AT_ONCE)
@given(package=packages())
def test_what_came_back_says_the_same_again(package: dict[str, Any]) -> None:
    record = dataset_record(package, SITE, links=LINKS)
    again = dataset_record(to_package(record, links=LINKS), SITE, links=LINKS)
    assert again.values == record.values
    assert again.iri == record.iri


@pytest.mark.parametrize(
    "row",
    [row for row in (*fields(), *extensions()) if row.type == "code" and row.kind != "theme"],
    ids=lambda row: f"{row.kind}-{row.key}",
)
def test_every_code_comes_back(row: Row) -> None:
    record, catalog = make_dataset(**FULL), make_catalog()
    for term in vocabulary(row.vocabulary or "").terms:
        value = [term.code] if row.many else term.code
        graph = Graph()
        if row.kind == "catalog":
            changed = replace(catalog, values={**catalog.values, row.key: value})
            graph = catalog_graph(BASE, changed, ())
            read = read_catalog(graph, URIRef(catalog.iri), BASE)
        else:
            graph = dataset_graph(BASE, _put(record, row, value))
            read = _get(read_one(graph), row)
        assert read.values[row.key] == value


def _put(record: Record, row: Row, value: Any) -> Record:
    if record.kind == row.kind:
        return replace(record, values={**record.values, row.key: value})
    child = "distribution" if record.kind == "dataset" else "field"
    first, *others = record.values[child]
    return replace(record, values={**record.values, child: [_put(first, row, value), *others]})


def _get(record: Record, row: Row) -> Record:
    if record.kind == row.kind:
        return record
    child: Record = record.values["distribution" if record.kind == "dataset" else "field"][0]
    return _get(child, row)


def test_code_lists_are_all_tried() -> None:
    tried = {row.vocabulary for row in (*fields(), *extensions()) if row.type == "code"}
    assert tried | {"country"} == set(vocabularies())


def test_every_country_comes_back() -> None:
    places = [{"code": term.code} for term in vocabulary("country").terms]
    record = make_dataset(spatial_coverage=places)
    assert tidy(read_one(dataset_graph(BASE, record))) == tidy(record)


@pytest.mark.parametrize("ending", SYNTAXES)
def test_every_row_of_the_table_is_written_and_read(ending: str) -> None:
    catalog = make_catalog()
    publisher = {"publisher->uri": "https://gobierno.example.org/"}
    catalog = replace(catalog, values={**catalog.values, **publisher})
    graph = catalog_graph(BASE, catalog, [make_dataset(**FULL)])
    read = read_catalog(travel(graph, ending), URIRef(catalog.iri), BASE)
    assert list(read.problems) == []
    found: dict[str, set[str]] = {kind: set() for kind in CLASSES}
    _collect(read, found)
    assert found == {kind: {row.key for row in rows(kind)} for kind in CLASSES}
    listed = replace(catalog, values={**catalog.values, "dataset": [make_dataset(**FULL)]})
    assert tidy(read) == tidy(listed)


def _collect(record: Record, found: dict[str, set[str]]) -> None:
    found[record.kind] |= set(record.values)
    for row in rows(record.kind):
        for child in record.values.get(row.key, ()) if row.type == "records" else ():
            _collect(child, found)


def test_a_row_that_is_not_written_is_missed() -> None:
    record = make_dataset(**FULL)
    for row in rows("dataset"):
        values = {key: value for key, value in record.values.items() if key != row.key}
        read = read_one(dataset_graph(BASE, replace(record, values=values)))
        assert row.key not in read.values


def test_another_portal_of_ours_is_read_as_well() -> None:
    elsewhere = "https://otro.example.org/datos"
    record = make_dataset(**FULL)
    graph = travel(dataset_graph(elsewhere, record))
    read = read_one(graph)
    assert list(read.problems) == [] and tidy(read) == tidy(record)
    renamed = normalize(graph, BASE)
    assert not any(elsewhere in str(term) for triple in renamed for term in triple)
    assert len(renamed) == len(graph)


def test_links_are_names_here_and_rows_of_part_of_elsewhere() -> None:
    record = make_dataset(**FULL)
    here, elsewhere = to_package(record, links=LINKS), to_package(record)
    assert here["milestone"] == "gt-pan4-c11-h01" and "part_of" not in here
    assert "milestone" not in elsewhere
    assert [row["kind"] for row in elsewhere["part_of"]] == [
        "milestone",
        "commitment",
        "action_plan",
        "regional_plan",
    ]
    again = dataset_record(elsewhere, SITE)
    assert again.values["milestone"] == record.values["milestone"]


def test_the_source_keeps_its_stamps_and_identity() -> None:
    package = to_package(make_dataset(**FULL))
    stored = {
        **package,
        "id": "99999999-9999-5999-8999-999999999999",
        "metadata_created": "2026-01-01T00:00:00",
        "metadata_modified": "2026-01-01T00:00:00",
        "resources": [{**package["resources"][0], "id": "r", "created": "2026-01-01T00:00:00"}],
    }
    again = dataset_record(stored, SITE)
    assert again.values == make_dataset(**FULL).values
    assert again.iri == make_dataset().iri


def test_codelists_keep_their_places_in_the_graph() -> None:
    resource = {**RESOURCE, "codelists": ["", "B"], "codelist_links": ["", "", "https://c.org/"]}
    record = make_dataset(resources=[resource])
    read = read_one(travel(dataset_graph(BASE, record)))
    (distribution,) = read.values["distribution"]
    assert distribution.values["codelists"] == [None, "B"]
    assert distribution.values["codelistlink"] == [None, None, "https://c.org/"]


def test_what_is_no_dataset_is_not_listed() -> None:
    graph = dataset_graph(BASE, make_dataset())
    graph.add((URIRef("https://a.org/x"), RDF.type, DCAT.DataService))
    assert list_datasets(graph) == [URIRef(make_dataset().iri)]
