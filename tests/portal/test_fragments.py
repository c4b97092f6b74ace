"""Fragments say what the profile says of a dataset, whatever stands in the database."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.plugins import DefaultPermissionLabels
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from ckanext.dcat.plugins import DCATPlugin
from fragment_reader import FORMATS, Make, expect, join, open_maker, read, spoil
from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS
from reading import make_sysadmin

from ckanext.gtplan.feed.keeping.database import get_engine
from ckanext.gtplan.feed.making import fragment, reading
from ckanext.gtplan.feed.making.fingerprint import fingerprint
from ckanext.gtplan.rdf import portal


@pytest.fixture
def make(request_context: None) -> Iterator[Make]:
    with open_maker() as call:
        yield call


def list_public() -> list[str]:
    query = "SELECT id FROM package WHERE type = 'dataset' AND state = 'active' AND NOT private"
    return list(model.Session.scalars(sa.text(f"{query} ORDER BY id")))


def test_fragments_of_the_example_say_what_the_profile_says(example: None, make: Make) -> None:
    made = make(*list_public())
    assert [one.package_id for one in made] == list_public()
    for one in made:
        graph, document = expect(one.package_id)
        assert len(graph) > 20
        for syntax in FORMATS:
            assert set(read(syntax, [one])) == set(graph), syntax
        assert json.loads(one.bodies["json"]) == document
        assert one.iri == portal.site().iri("dataset", one.package_id) and not one.is_reduced
        assert not one.problems
    whole = set().union(*(read("nt", [one]) for one in made))
    for syntax in FORMATS:
        assert set(read(syntax, made)) == whole, syntax
    assert len(json.loads(join("json", made))["dataset"]) == len(made)


def test_a_batch_is_read_with_the_same_few_statements(example: None, make: Make) -> None:
    told: list[str] = []
    event = sa.event
    listener = lambda *args: told.append(args[2])  # noqa: E731
    event.listen(get_engine(), "before_cursor_execute", listener)
    try:
        make(*list_public()[:1])
        one = len(told)
        make(*list_public())
    finally:
        event.remove(get_engine(), "before_cursor_execute", listener)
    assert len(told) - one == one <= 6


@pytest.mark.usefixtures("clean")
def test_what_is_not_public_has_no_fragment(make: Make, dataset: Any) -> None:
    public, private, deleted = dataset(), dataset(private=True), dataset()
    tk.get_action("package_delete")(make_sysadmin(), {"id": deleted["id"]})
    draft = dataset()
    model.Package.get(draft["id"]).state = "draft"
    model.Session.commit()
    plan = factories.Dataset(
        type="action_plan", name="gt-pan9", country="GTM", owner_org=public["owner_org"]
    )
    ids = [private["id"], deleted["id"], draft["id"], plan["id"], "no-such-thing", public["id"]]
    assert [one.package_id for one in make(*ids)] == [public["id"]]


@pytest.mark.usefixtures("clean")
def test_nor_has_what_a_plugin_hides(
    make: Make, dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, hidden = dataset(), dataset()

    class Labels(DefaultPermissionLabels):
        def get_dataset_labels(self, package: model.Package) -> list[str]:
            return ["staff"] if package.id == hidden["id"] else ["public"]

    monkeypatch.setattr(reading, "get_permission_labels", Labels)
    assert [one.package_id for one in make(shown["id"], hidden["id"])] == [shown["id"]]


@pytest.mark.usefixtures("clean")
def test_what_a_plugin_changes_is_said(
    make: Make, dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dataset()["id"]
    original = DCATPlugin.after_dataset_show

    def show(self: Any, context: Any, package: dict[str, Any]) -> Any:
        package["title"] = "Como otro lo dice"
        return original(self, context, package)

    monkeypatch.setattr(DCATPlugin, "after_dataset_show", show)
    monkeypatch.setattr(DCATPlugin, "__module__", "ckanext.otra.plugin")
    (one,) = make(made)
    assert json.loads(one.bodies["json"])["title"] == "Como otro lo dice"


@pytest.mark.usefixtures("clean")
def test_only_public_plan_records_are_named(make: Make, organization: Any, dataset: Any) -> None:
    owner = {"owner_org": organization["id"]}
    plan = factories.Dataset(type="action_plan", name="gt-pan8", title="Plan 8", **owner)
    made = dataset(action_plan="gt-pan8")
    (one,) = make(made["id"])
    subject = URIRef(portal.site().iri("action_plan", plan["id"]))
    assert (subject, DCTERMS.title, Literal("Plan 8")) in read("nt", [one])
    model.Package.get(plan["id"]).private = True
    model.Session.commit()
    (two,) = make(made["id"])
    assert b"Plan 8" not in b"".join(two.bodies.values()) and two.version != one.version
    assert two.problems[0]["why"] == "no_public_record"


@pytest.mark.usefixtures("clean")
def test_versions_are_of_what_is_said(make: Make, dataset: Any) -> None:
    made = dataset()["id"]
    (one,) = make(made)
    (two,) = make(made)
    assert one == two
    spoil(made, deliverable="algo que ningún feed dice")
    (three,) = make(made)
    assert three.version == one.version
    spoil(made, frequency="R/P1D")
    (four,) = make(made)
    assert four.version != one.version and four.iri == one.iri


@pytest.mark.usefixtures("clean")
def test_moments_and_themes(make: Make, dataset: Any) -> None:
    made = dataset(theme=["GOVE", "TECH"], data_modified="2024-01")
    (one,) = make(made["id"])
    assert one.themes == ("GOVE", "TECH")
    assert one.data_modified is not None and one.data_modified.isoformat()[:7] == "2024-01"
    assert one.modified is not None and one.created is not None
    assert one.modified.replace(tzinfo=None).isoformat() == made["metadata_modified"]


@pytest.mark.usefixtures("clean")
def test_the_request_leaves_no_trace(app: Any, make: Make, dataset: Any) -> None:
    made = dataset()
    row = model.Resource.get(made["resources"][0]["id"])
    row.url, row.url_type = "tabla.csv", "upload"
    model.Session.commit()
    (one,) = make(made["id"])
    with app.flask_app.test_request_context("/en/dataset/", environ_overrides={"CKAN_LANG": "en"}):
        (two,) = make(made["id"])
    assert one == two
    assert f"/resource/{row.id}/download/tabla.csv".encode() in one.bodies["nt"]


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    "option, value",
    [
        ("ckanext.gtplan.base_uri", "https://otra.example.org"),
        ("ckanext.gtplan.catalog.license", "cc-zero"),
        ("ckanext.gtplan.feed.profiles", ["euro_dcat_ap_3", "prm"]),
    ],
)
def test_the_fingerprint_is_of_the_options(
    request_context: None, ckan_config: Any, option: str, value: Any, monkeypatch: Any
) -> None:
    before = fingerprint()
    assert fingerprint() == before
    monkeypatch.setitem(ckan_config, option, value)
    changed = fingerprint()
    monkeypatch.undo()
    assert changed != before == fingerprint()


def test_the_collector_is_set_on_again_by_the_last_thread() -> None:
    first, second = ExitStack(), ExitStack()
    for thread in (first, second):
        thread.enter_context(fragment._pause_collector())
    first.close()
    assert not gc.isenabled()
    second.close()
    assert gc.isenabled()
