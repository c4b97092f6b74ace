"""Resources, publisher and many datasets at once pass the gate, too."""

from __future__ import annotations

import io
from typing import Any

import pytest
from ckan.common import config
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from gating import RESOURCE, do, lacking, refuse, show
from reading import act, visit

pytestmark = pytest.mark.usefixtures("request_context")


class TestResources:
    def test_a_resource_needs_title_and_address(self, make: Any, editor: dict[str, Any]) -> None:
        dataset = make()
        add = {"package_id": dataset["id"]}
        assert list(refuse(editor, "resource_create", **add)) == ["name", "url"]
        errors = refuse(editor, "resource_create", **add, name="Otro", url="http://[")
        assert list(errors) == ["url"]
        assert show(dataset["id"]) == dataset

    def test_a_resource_keeps_title_and_address(self, make: Any, editor: dict[str, Any]) -> None:
        dataset = make(resources=[RESOURCE, {**RESOURCE, "name": "Segundo"}])
        second = dataset["resources"][1]
        for field in ("name", "url"):
            change = {"id": second["id"], field: ""}
            assert list(refuse(editor, "resource_patch", **change)) == [field]
            assert list(refuse(editor, "resource_update", **{**second, field: ""})) == [field]
        assert show(dataset["id"]) == dataset

    def test_the_title_stays_when_it_is_not_sent(self, make: Any, editor: dict[str, Any]) -> None:
        resource = make()["resources"][0]
        sent = {"id": resource["id"], "url": "https://datos.example.org/otro.csv"}
        assert do(editor, "resource_update", **sent)["name"] == resource["name"]

    def test_the_last_resource_stays(self, make: Any, editor: dict[str, Any]) -> None:
        dataset = make(resources=[RESOURCE, {**RESOURCE, "name": "Segundo"}])
        first, second = dataset["resources"]
        do(editor, "resource_delete", id=first["id"])
        assert list(refuse(editor, "resource_delete", id=second["id"])) == ["resources"]
        assert [r["id"] for r in show(dataset["id"])["resources"]] == [second["id"]]
        do(editor, "package_patch", id=dataset["id"], private=True)
        do(editor, "resource_delete", id=second["id"])
        assert show(dataset["id"])["resources"] == []

    def test_order_changes_freely(self, make_old: Any, editor: dict[str, Any]) -> None:
        dataset = make_old(resources=[{"url": RESOURCE["url"]}, RESOURCE])
        ids = [r["id"] for r in dataset["resources"]]
        do(editor, "package_resource_reorder", id=dataset["id"], order=ids[::-1])
        assert [r["id"] for r in show(dataset["id"])["resources"]] == ids[::-1]

    def test_an_uploaded_file_has_an_address(
        self, app: Any, make: Any, organization: dict[str, Any]
    ) -> None:
        dataset = make()
        token = organization["editor"]["token"]
        data = {
            "package_id": dataset["id"],
            "name": "Archivo",
            "upload": (io.BytesIO(b"a,b\n1,2\n"), "datos.csv"),
        }
        answer = visit(app, "post", "/api/action/resource_create", token, data=data)
        assert answer.status_code == 200, answer.body
        assert lacking(dataset["id"]) == set()
        # what is sent as a text is no file
        fake = {"package_id": dataset["id"], "name": "Archivo", "upload": "datos.csv"}
        editor = {"user": organization["editor"]["name"]}
        assert list(refuse(editor, "resource_create", **fake)) == ["url"]

    def test_a_table_without_a_file_has_an_address(self, make: Any, editor: dict[str, Any]) -> None:
        dataset = make()
        resource = {"package_id": dataset["id"], "name": "Tabla"}
        fields = [{"id": "monto", "type": "numeric"}]
        do(editor, "datastore_create", resource=resource, fields=fields)
        assert len(show(dataset["id"])["resources"]) == 2
        assert lacking(dataset["id"]) == set()


class TestPublisher:
    def test_without_organization_a_publisher_is_needed(
        self, make: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(config, "ckan.auth.create_unowned_dataset", True)
        sysadmin = {"user": factories.Sysadmin()["name"]}
        dataset = make()
        errors = refuse(sysadmin, "package_patch", id=dataset["id"], owner_org="")
        assert list(errors["publisher"][0]) == ["name"]
        errors = refuse(
            sysadmin, "package_owner_org_update", id=dataset["id"], organization_id=None
        )
        assert "publisher" in errors
        named = make(publisher=[{"name": "Red Ciudadana"}])
        assert not do(sysadmin, "package_patch", id=named["id"], owner_org="").get("owner_org")
        act("dataset_purge", id=named["id"])

    def test_moving_to_another_organization_is_free(self, make: Any) -> None:
        dataset, other = make(), factories.Organization()
        act("package_owner_org_update", id=dataset["id"], organization_id=other["id"])
        assert show(dataset["id"])["owner_org"] == other["id"]
        act("dataset_purge", id=dataset["id"])
        act("organization_purge", id=other["id"])


class TestBulk:
    def test_all_become_public_or_none(self, make: Any, organization: dict[str, Any]) -> None:
        admin = {"user": organization["admin"]["name"]}
        good, bad = make(private=True), make(private=True, notes="", title="El incompleto")
        ids = {"datasets": [good["id"], bad["id"]], "org_id": organization["id"]}
        (sentence,) = refuse(admin, "bulk_update_public", **ids)["datasets"]
        assert "El incompleto" in sentence and "Descripción" in sentence
        assert show(good["id"]) == good
        do(admin, "bulk_update_public", datasets=[good["id"]], org_id=organization["id"])
        assert show(good["id"])["private"] is False
        assert show(good["id"])["issued"]

    def test_private_and_deleted_are_no_matter_of_the_gate(
        self, make_old: Any, organization: dict[str, Any]
    ) -> None:
        admin = {"user": organization["admin"]["name"]}
        dataset = make_old(notes="", resources=[])
        ids = {"datasets": [dataset["id"]], "org_id": organization["id"]}
        do(admin, "bulk_update_private", **ids)
        assert show(dataset["id"])["private"] is True
        do(admin, "bulk_update_delete", **ids)
        assert show(dataset["id"])["state"] == "deleted"

    def test_ckan_makes_each_change_in_a_way_that_plugins_see(
        self, make: Any, organization: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # what a record is published as follows its bulk changes, too
        admin, dataset = {"user": organization["admin"]["name"]}, make()
        seen: list[tuple[str, bool]] = []
        monkeypatch.setattr(
            "ckanext.gtplan.plugin.enqueue_rebuild",
            lambda context, record: seen.append((record["id"], record["private"])),
        )
        ids = {"datasets": [dataset["id"]], "org_id": organization["id"]}
        do(admin, "bulk_update_private", **ids)
        do(admin, "bulk_update_public", **ids)
        assert seen == [(dataset["id"], True), (dataset["id"], False)]

    def test_strangers_are_told_that_they_may_not(self, organization: dict[str, Any]) -> None:
        stranger = {"user": factories.User()["name"]}
        with pytest.raises(tk.NotAuthorized):
            do(stranger, "bulk_update_public", datasets=[], org_id=organization["id"])
