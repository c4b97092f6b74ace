"""Old datasets stay editable, the option says how strict, and no edit gets around it."""

from __future__ import annotations

import contextlib
import random
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.common import config, config_declaration
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from gating import COMPLETE, RESOURCE, STRICTNESS, do, lacking, refuse, show
from reading import act

from ckanext.gtplan.logic.quality import gate

EDITS = ("patch", "resource_add", "resource_change", "resource_delete", "update", "state")

pytestmark = pytest.mark.usefixtures("request_context")


@pytest.mark.parametrize("title", ["", "  ", None])
def test_a_name_is_no_title(make: Any, editor: dict[str, Any], title: Any) -> None:
    dataset = make()
    assert "title" in refuse(editor, "package_patch", id=dataset["id"], title=title)
    assert show(dataset["id"])["title"] == dataset["title"]


class TestOldDatasets:
    """What was public before the plugin."""

    def test_stays_editable(self, make_old: Any, editor: dict[str, Any]) -> None:
        dataset = make_old(frequency="", resources=[{"url": "https://datos.example.org/x"}])
        assert lacking(dataset["id"]) == {
            "dataset.accrualPeriodicity",
            "dataset.issued",
            "distribution.title",
        }
        do(editor, "package_patch", id=dataset["id"], title="Otro")
        do(editor, "resource_patch", id=dataset["resources"][0]["id"], description="Algo")
        assert list(refuse(editor, "package_patch", id=dataset["id"], notes="")) == ["notes"]
        do(editor, "package_patch", id=dataset["id"], frequency="R/P1M")
        assert list(refuse(editor, "package_patch", id=dataset["id"], frequency="")) == [
            "frequency"
        ]

    def test_a_new_resource_must_be_complete(self, make_old: Any, editor: dict[str, Any]) -> None:
        dataset = make_old(resources=[{"url": "https://datos.example.org/x"}])
        new = {"package_id": dataset["id"], "url": "https://datos.example.org/y"}
        assert list(refuse(editor, "resource_create", **new)) == ["name"]

    def test_is_not_dated_by_an_edit(self, make_old: Any, editor: dict[str, Any]) -> None:
        dataset = make_old()
        assert not do(editor, "package_patch", id=dataset["id"], title="Otro").get("issued")
        assert lacking(dataset["id"]) == {"dataset.issued"}

    def test_once_private_it_comes_back_complete_only(
        self, make_old: Any, editor: dict[str, Any]
    ) -> None:
        dataset = make_old(notes="")
        do(editor, "package_patch", id=dataset["id"], private=True)
        assert "notes" in refuse(editor, "package_patch", id=dataset["id"], private=False)


class TestStrictness:
    def test_complete_asks_at_each_save(
        self, make_old: Any, editor: dict[str, Any], strictness: Any
    ) -> None:
        dataset = make_old(
            issued="2018", frequency="", resources=[RESOURCE, {"url": RESOURCE["url"]}]
        )
        strictness("complete")
        errors = refuse(editor, "package_patch", id=dataset["id"], title="Otro")
        assert list(errors) == ["frequency", "resources"]
        assert [list(row) for row in errors["resources"]] == [[], ["name"]]
        first, second = dataset["resources"]
        # what is missing elsewhere is told, too
        errors = refuse(editor, "resource_patch", id=first["id"], description="x")
        assert list(errors) == ["frequency", "resources"]
        assert list(refuse(editor, "resource_delete", id=second["id"])) == ["frequency"]
        do(editor, "package_patch", id=dataset["id"], private=True)

    def test_report_refuses_nothing(
        self, make: Any, editor: dict[str, Any], strictness: Any
    ) -> None:
        strictness("report")
        dataset = make(notes="", frequency="", resources=[])
        assert dataset["private"] is False
        assert dataset["issued"]
        assert lacking(dataset["id"]) == {
            "dataset.description",
            "dataset.accrualPeriodicity",
            "dataset.distribution",
        }
        do(editor, "package_patch", id=dataset["id"], title="Otro")

    @pytest.mark.parametrize("value", ["complete", "keep"])
    def test_nothing_incomplete_becomes_public(
        self, make: Any, editor: dict[str, Any], strictness: Any, value: str
    ) -> None:
        strictness(value)
        dataset = make(private=True, notes="")
        assert "notes" in refuse(editor, "package_patch", id=dataset["id"], private=False)

    def test_another_word_is_refused_at_start(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(config, STRICTNESS, "severe")
            _, errors = config_declaration.validate(config)
        assert STRICTNESS in errors


class TestOthers:
    def test_plan_records_pass(self, organization: dict[str, Any]) -> None:
        plan = {"title": "Plan", "plan_number": "9", "country": "URY", "cycle_year": "2020"}
        name = factories.Dataset.stub().name
        made = act(
            "package_create",
            **{**plan, "name": name, "type": "action_plan", "owner_org": organization["id"]},
        )
        assert made["state"] == "active"
        act("dataset_purge", id=made["id"])

    def test_incomplete_ones_from_elsewhere_are_made_private(
        self, make: Any, make_old: Any, organization: dict[str, Any], strictness: Any
    ) -> None:
        data = {**COMPLETE, "owner_org": organization["id"], "issued": "2019"}
        assert gate.make_private_if_incomplete(data).missing("Si") == ()
        assert data["private"] is False
        data = {**COMPLETE, "owner_org": organization["id"], "notes": " "}
        found = gate.make_private_if_incomplete(data)
        assert {gap.key for gap in found.missing("Si")} == {"description", "issued"}
        assert data["private"] is True
        public = make()
        public["frequency"] = "R/P99Y"
        gate.make_private_if_incomplete(public)
        assert public["private"] is True
        old = make_old(notes="")
        gate.make_private_if_incomplete(old)
        assert old["private"] is False
        strictness("report")
        data["private"] = False
        assert gate.make_private_if_incomplete(data).missing("Si")
        assert data["private"] is False


def test_two_edits_at_once_do_not_get_through_together(
    app: Any, make: Any, editor: dict[str, Any]
) -> None:
    dataset = make(private=True, issued="2019")
    emptied = {**dataset, "notes": ""}
    del emptied["metadata_modified"]
    refused: list[Exception] = []

    def take_away() -> None:
        with app.flask_app.test_request_context():
            try:
                do(editor, "package_update", **emptied)
            except gate.Refusal as refusal:
                refused.append(refusal)
            finally:
                model.Session.remove()

    package = model.Package.get(dataset["id"], for_update=True)
    assert package is not None
    package.private = False
    model.Session.flush()
    del emptied["private"]  # the form that empties the notes says nothing of it
    other = threading.Thread(target=take_away)
    other.start()
    while other.is_alive() and not _is_somebody_waiting():
        pass
    model.Session.commit()
    other.join()
    assert refused
    assert lacking(dataset["id"]) == set()


def _is_somebody_waiting() -> bool:
    with model.meta.engine.connect() as connection:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        return bool(connection.execute(sa.text(waiting)).scalar())


class TestCost:
    def test_the_search_is_not_asked_and_the_dataset_is_read_once(
        self, make: Any, editor: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dataset = make(private=True)
        calls: list[str] = []
        get_action = tk.get_action

        def count(name: str) -> Any:
            calls.append(name)
            return get_action(name)

        monkeypatch.setattr("ckanext.gtplan.logic.plans.sources.tk.get_action", count)
        monkeypatch.setattr("ckan.logic.action.update._get_action", count)
        data = {k: v for k, v in dataset.items() if k != "metadata_modified"}
        context = dict(editor)
        tk.get_action("package_update")(context, {**data, "private": False})
        # what follows is CKAN's own, and other hooks'
        asked = calls[: calls.index("package_owner_org_update")]
        assert asked.count("package_show") == 1
        assert "package_search" not in asked
        assert "original_package" not in context


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 2, 3))])
def test_no_sequence_of_edits_takes_a_required_field_away(
    make: Any, make_old: Any, editor: dict[str, Any], seed: int
) -> None:
    """The property: whatever is done by the API, no public dataset loses what it had."""
    choose = random.Random(seed)
    old = {"frequency": "", "resources": [{"url": RESOURCE["url"]}]}
    dataset = (make, make_old)[seed % 2](**(old if seed % 2 else {}))
    had = lacking(dataset["id"])
    refused = 0
    for _ in range(25):
        before = show(dataset["id"])
        try:
            _edit(editor, before, choose)
        except tk.ValidationError:
            refused += 1
            assert show(dataset["id"]) == before
        after = show(dataset["id"])
        now = lacking(dataset["id"])
        was_public = not before["private"] and before["state"] == "active"
        if not after["private"] and after["state"] == "active":
            assert now <= (had if was_public else set())
            had = now
    assert refused


def _edit(context: dict[str, Any], dataset: dict[str, Any], choose: random.Random) -> None:
    ids = [r["id"] for r in dataset["resources"]]
    texts = ("", "Algo", None, " ")
    edit = choose.choice(EDITS)
    if edit == "patch":
        values = {
            "notes": texts,
            "frequency": ("", "R/P1M", "eventual", "R/P99Y"),
            "issued": ("", "2019", "no"),
            "title": texts,
            "identifier": texts,
        }
        key = choose.choice(sorted(values))
        do(context, "package_patch", **{"id": dataset["id"], key: choose.choice(values[key])})
    elif edit == "resource_add":
        data = {"name": choose.choice(texts), "url": choose.choice(("", "x", RESOURCE["url"]))}
        do(context, "resource_create", package_id=dataset["id"], **data)
    elif edit == "resource_change" and ids:
        key = choose.choice(("name", "url", "issued", "access_url"))
        change = {"id": choose.choice(ids), key: choose.choice((*texts, RESOURCE["url"]))}
        do(context, choose.choice(("resource_patch", "resource_update")), **change)
    elif edit == "resource_delete" and ids:
        do(context, "resource_delete", id=choose.choice(ids))
    elif edit == "update":
        data = {k: v for k, v in dataset.items() if k != "metadata_modified"}
        data.pop(choose.choice(["notes", "resources", "frequency", "title", "state"]), None)
        do(context, "package_update", **data)
    elif edit == "state":
        states = ({"private": True}, {"private": False}, {"state": "draft"}, {"state": "active"})
        do(context, "package_patch", id=dataset["id"], **choose.choice(states))


def test_a_refused_load_of_columns_leaves_no_trace(make: Any, editor: dict[str, Any]) -> None:
    """Session and index are as before: the next action of the same request works."""
    dataset = make()
    with contextlib.suppress(tk.ValidationError):
        do(editor, "package_patch", id=dataset["id"], notes="")
    found = tk.get_action("package_search")({}, {"fq": f'id:"{dataset["id"]}"'})
    assert found["results"][0]["notes"] == COMPLETE["notes"]
    assert do(editor, "package_patch", id=dataset["id"], notes="Otra")["notes"] == "Otra"
