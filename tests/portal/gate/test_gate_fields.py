"""Without a required field no dataset becomes public, whoever saves it and however."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from gating import COMPLETE, RESOURCE, do, lacking, refuse, show
from reading import act

#: Each required field that a person gives, and what takes it away.
REQUIRED = {
    "notes": ("notes", ""),
    "frequency": ("frequency", ""),
    "resources": ("resources", []),
}

pytestmark = pytest.mark.usefixtures("request_context")


def test_complete_dataset_is_public_and_dated(make: Any) -> None:
    dataset = make()
    assert lacking(dataset["id"]) == set()
    assert dataset["issued"] == datetime.now(timezone.utc).date().isoformat()


def test_date_of_publication_stays(make: Any, editor: dict[str, Any]) -> None:
    dataset = make(issued="2018-11")
    data = {k: v for k, v in dataset.items() if k not in ("issued", "metadata_modified")}
    assert do(editor, "package_update", **data)["issued"] == "2018-11"
    assert do(editor, "package_patch", id=dataset["id"], issued="")["issued"] == "2018-11"
    assert do(editor, "package_patch", id=dataset["id"], issued="2017")["issued"] == "2017"


def test_a_private_dataset_gets_its_date_when_it_becomes_public(
    make: Any, editor: dict[str, Any]
) -> None:
    dataset = make(private=True)
    assert not dataset.get("issued")
    published = do(editor, "package_patch", id=dataset["id"], private=False)
    assert published["issued"] == datetime.now(timezone.utc).date().isoformat()


@pytest.mark.parametrize("role", ["editor", "admin", "sysadmin"])
@pytest.mark.parametrize("field", sorted(REQUIRED))
class TestRequired:
    def test_nobody_creates_a_public_dataset_without_it(
        self, organization: dict[str, Any], role: str, field: str
    ) -> None:
        name = factories.Dataset.stub().name
        context = {"user": organization[role]["name"]}
        key, empty = REQUIRED[field]
        data = {**COMPLETE, "name": name, "owner_org": organization["id"], key: empty}
        assert list(refuse(context, "package_create", **data)) == [field]
        assert model.Package.get(name) is None

    def test_nobody_publishes_or_takes_it_away(
        self, make: Any, organization: dict[str, Any], role: str, field: str
    ) -> None:
        context = {"user": organization[role]["name"]}
        key, empty = REQUIRED[field]
        private = make(private=True, **{key: empty})
        assert list(refuse(context, "package_patch", id=private["id"], private=False)) == [field]
        assert show(private["id"]) == private
        public = make()
        assert list(refuse(context, "package_patch", **{"id": public["id"], key: empty})) == [field]
        assert show(public["id"]) == public


@pytest.mark.parametrize("changes", [{"private": True}, {"state": "draft"}])
def test_private_datasets_and_drafts_may_be_incomplete(make: Any, changes: dict[str, Any]) -> None:
    dataset = make(notes="", frequency="", resources=[], **changes)
    assert act("package_patch", id=dataset["id"], title="Otro")["title"] == "Otro"


@pytest.mark.parametrize("said", ["False", "false", "0", "", False, 0])
def test_public_is_what_ckan_takes_for_it(make: Any, editor: dict[str, Any], said: Any) -> None:
    dataset = make(private=True, notes="")
    assert "notes" in refuse(editor, "package_patch", id=dataset["id"], private=said)
    for secret in ("True", "yes", True, None):
        patched = do(editor, "package_patch", id=dataset["id"], private=secret)
        assert patched["private"] is True


def test_a_draft_is_finished_only_when_complete(make: Any, editor: dict[str, Any]) -> None:
    draft = make(state="draft", notes="", resources=[])
    errors = refuse(editor, "package_patch", id=draft["id"], state="active")
    assert sorted(errors) == ["notes", "resources"]
    assert show(draft["id"])["state"] == "draft"
    do(editor, "resource_create", package_id=draft["id"], **RESOURCE)
    do(editor, "package_patch", id=draft["id"], notes="Ahora sí")
    finished = do(editor, "package_patch", id=draft["id"], state="active")
    assert finished["state"] == "active"
    assert finished["issued"]


def test_a_deleted_dataset_comes_back_complete_only(
    make_old: Any, make: Any, editor: dict[str, Any]
) -> None:
    for dataset, errors in ((make_old(notes=""), ["notes"]), (make(), None)):
        act("package_delete", id=dataset["id"])
        if errors:
            given = refuse(editor, "package_patch", id=dataset["id"], state="active")
            assert list(given) == errors
        else:
            restored = do(editor, "package_patch", id=dataset["id"], state="active")
            assert restored["state"] == "active"


def test_a_state_that_ckan_ignores_does_not_open_the_gate(
    organization: dict[str, Any], editor: dict[str, Any]
) -> None:
    name = factories.Dataset.stub().name
    data = {**COMPLETE, "name": name, "owner_org": organization["id"], "notes": ""}
    # an editor who creates by the API cannot choose the state: it would be active
    assert "notes" in refuse(editor, "package_create", **data, state="draft")


def test_an_update_without_resources_keeps_them(make: Any, editor: dict[str, Any]) -> None:
    dataset = make()
    data = {k: v for k, v in dataset.items() if k not in ("resources", "metadata_modified")}
    updated = do(editor, "package_update", **{**data, "title": "Otro título"})
    assert [r["id"] for r in updated["resources"]] == [r["id"] for r in dataset["resources"]]


def test_update_by_name_alone(make: Any, editor: dict[str, Any]) -> None:
    dataset = make()
    sent = {key: dataset[key] for key in ("name", "title", "frequency", "owner_org")}
    assert list(refuse(editor, "package_update", **sent)) == ["notes"]


def test_revise_passes_the_gate(make: Any, editor: dict[str, Any]) -> None:
    dataset = make()
    match = {"id": dataset["id"]}
    assert "notes" in refuse(editor, "package_revise", match=match, filter=["-notes"])
    errors = refuse(editor, "package_revise", match=match, update__resources__0={"name": ""})
    assert list(errors["resources"][0]) == ["name"]
    revised = do(editor, "package_revise", match=match, update={"notes": "Otra"})
    assert revised["package"]["notes"] == "Otra"


def test_strangers_learn_nothing_of_what_is_missing(make: Any) -> None:
    dataset = make(private=True, notes="")
    with pytest.raises(tk.NotAuthorized):
        do({"user": factories.User()["name"]}, "package_patch", id=dataset["id"], private=False)
    update = {**dataset, "private": False}
    with pytest.raises(tk.NotAuthorized):
        do({"user": factories.User()["name"]}, "package_update", **update)
