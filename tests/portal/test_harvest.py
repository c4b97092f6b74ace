"""What the hooks make of a feed before ckanext-harvest has it; the whole job is in tests/e2e."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ckan import model
from ckanext.dcat.processors import RDFParser

from ckanext.gtplan.harvest.hooks import UNREADABLE, DatasetReader, HarvestHooks, make_name
from ckanext.gtplan.rdf.profile import PROBLEMS, PRMProfile

GRAPH = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
<https://example.net/b> a dcat:Dataset ; dct:title "Segundo" .
<https://example.net/a> a dcat:Dataset ; dct:title "Primero" .
<https://example.net/c> a dcat:Dataset .
"""


def read(text: str = GRAPH) -> list[dict[str, Any]]:
    """Read a graph as the harvester does, by the profile alone."""
    parser = RDFParser(profiles=["prm"])
    parser.parse(text, "turtle")
    reader, messages = HarvestHooks().after_parsing(parser, None)
    assert messages == [] and isinstance(reader, DatasetReader)
    return list(reader.datasets())


@pytest.mark.usefixtures("request_context")
def test_a_document_that_grows_without_end_never_reaches_the_parser() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "ja"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    content, messages = HarvestHooks().after_download(bomb, None)
    # the harvester ends here: nothing is taken for withdrawn
    assert content is None and len(messages) == 1
    for text in (GRAPH, "", None, '<!DOCTYPE x [<!ENTITY ns "urn:x">]><x>&ns;</x>'):
        assert HarvestHooks().after_download(text, None) == (text, [])


@pytest.mark.usefixtures("request_context")
def test_datasets_are_read_in_an_order_that_stays() -> None:
    packages = read()
    assert [package["name"] for package in packages[:2]] == ["primero", "segundo"]
    assert all(package["title"] for package in packages)


@pytest.mark.usefixtures("request_context")
def test_one_that_cannot_be_read_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parse = PRMProfile.parse_dataset

    def fail_once(self: Any, package: dict[str, Any], subject: Any) -> Any:
        if str(subject).endswith("/a"):
            raise ValueError("broken")
        return parse(self, package, subject)

    monkeypatch.setattr(PRMProfile, "parse_dataset", fail_once)
    broken, *others = read()
    assert broken[UNREADABLE] == "ValueError: broken"
    assert broken["extras"] == [{"key": "uri", "value": "https://example.net/a"}]
    assert "segundo" in [package["name"] for package in others]
    said: list[str] = []
    report = "ckanext.gtplan.harvest.hooks._report"
    monkeypatch.setattr(report, lambda _, messages: said.extend(messages))
    harvest_object = SimpleNamespace(current=True)
    HarvestHooks().before_create(harvest_object, broken, {})
    assert broken == {} and not harvest_object.current
    assert "ValueError: broken" in said[0]


@pytest.mark.usefixtures("request_context", "clean")
def test_without_an_organization_an_incomplete_dataset_is_a_draft() -> None:
    package = read()[0]
    notes: dict[str, Any] = {}
    HarvestHooks().before_create(None, package, notes)
    assert package["state"] == "draft" and package["private"] is False
    assert "Frecuencia" in notes["messages"][-1] and PROBLEMS not in package


@pytest.mark.usefixtures("request_context", "clean")
def test_a_name_that_is_taken_is_numbered() -> None:
    model.Session.add(model.Package(name="primero", title="Primero"))
    model.Session.commit()
    package = read()[0]
    HarvestHooks().before_create(None, package, {})
    assert package["name"] == "primero-2"


@pytest.mark.usefixtures("request_context", "clean")
def test_a_feed_does_not_take_over_another_organizations_dataset(
    dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ckanext-dcat finds it by its IRI alone, and any editor may make a source that says it."""
    said: list[str] = []
    report = "ckanext.gtplan.harvest.hooks._report"
    monkeypatch.setattr(report, lambda _, messages: said.extend(messages))
    harvest_object = SimpleNamespace(current=True, package_id=None)
    package = {**read()[0], "id": dataset()["id"], "owner_org": "other"}
    HarvestHooks().before_update(harvest_object, package, {})
    assert package == {} and len(said) == 1
    # nor is it deleted when that source withdraws it
    assert not harvest_object.current and harvest_object.package_id is None


@pytest.mark.parametrize(
    "title, name",
    [
        ("Calidad del agua: año 2019", "calidad-del-agua-ano-2019"),
        ("  ", "dataset-"),
        ("水井", "dataset-"),
        ("a" * 200, "a" * 90),
    ],
)
def test_names_are_made_of_titles(title: str, name: str) -> None:
    made = make_name(title, "https://example.net/x")
    assert made.startswith(name) and 2 <= len(made) <= 90
    assert made == make_name(title, "https://example.net/x")
