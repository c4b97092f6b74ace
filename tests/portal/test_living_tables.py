"""Living tables are made with their record, kept through every change of it, and go with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk
from ckanext.datastore.backend import DatastoreBackend, postgres
from ckanext.datastore.backend.postgres import get_write_engine
from living import (
    INVENTORY,
    OWNER,
    REGISTER,
    SERVICE,
    act,
    get_table,
    make_inventory,
    make_owner,
    make_register,
    read_column,
    removing,
    show,
    site_user,
    upsert,
)

from ckanext.gtplan.logic.living.reading import count_rows, get_row, iterate_cells, read_entities
from ckanext.gtplan.logic.living.tables import ensure_tables, find_living, find_resource_id
from ckanext.gtplan.logic.plans.distribution import drop_datastore
from ckanext.gtplan.logic.plans.publication import SUPPRESSED
from ckanext.gtplan.plan.living import LIVING_TABLES

SERVICES = LIVING_TABLES["services"]
OTHER = "inventario-vivo-otro"


@pytest.fixture
def inventory(request_context: None) -> Iterator[dict[str, Any]]:
    with removing(INVENTORY, OTHER):
        yield make_inventory()


def has_table(resource_id: str) -> bool:
    return bool(DatastoreBackend.get_active_backend().resource_exists(resource_id))


class TestMaking:
    def test_a_table_with_its_dictionary(self, inventory: dict[str, Any]) -> None:
        table = act("datastore_info", id=get_table(inventory))
        fields = {field["id"]: field for field in table["fields"]}
        assert tuple(fields) == SERVICES.column_names
        assert fields["service_id"]["tdpkreq"] == "pk"
        assert fields["name"]["tdpkreq"] == "req"
        assert fields["channels"]["tdvocabulary"] == "service_channel"
        assert fields["name"]["info"]["label"] == "Nombre"
        assert fields["name"]["info"]["label_en"] == "Name"
        assert fields["name"]["info"]["notes"]
        types = {name: fields[name]["type"] for name in ("cost_amount", "volume_total", "is_free")}
        assert types == {"cost_amount": "numeric", "volume_total": "int8", "is_free": "bool"}

    @pytest.mark.parametrize(
        "kind, names",
        [
            ("standards", ["standards", "criteria", "scores"]),
            ("concepts", ["concepts"]),
            ("norms", ["norms"]),
            ("meetings", ["meetings", "attendance"]),
        ],
    )
    def test_a_register_has_the_tables_of_its_kind(
        self, request_context: None, kind: str, names: list[str]
    ) -> None:
        with removing(REGISTER):
            register = make_register(kind=kind)
            assert [resource["name"] for resource in register["resources"]] == names
            assert all(has_table(resource["id"]) for resource in register["resources"])

    def test_an_editor_makes_one_with_the_form_of_the_record(
        self, inventory: dict[str, Any]
    ) -> None:
        living = find_living(get_table(inventory))
        assert living is not None
        assert (living.package.id, living.table.name) == (inventory["id"], "services")
        assert find_resource_id(inventory["id"], "services") == get_table(inventory)
        assert find_resource_id(inventory["id"], "observations") is None

    def test_what_is_left_over_under_the_same_name_goes(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE)
        # a purge that was killed before it came to the tables
        package = model.Package.get(inventory["id"])
        package.purge()
        model.Session.commit()
        again = make_inventory()
        assert get_table(again) == get_table(inventory)
        assert read_column(again, "service_id") == []
        assert act("gtplan_table_history", id=INVENTORY) == []

    def test_the_datastore_is_down(
        self, request_context: None, monkeypatch: pytest.MonkeyPatch, caplog: Any
    ) -> None:
        def fail(*arguments: Any) -> None:
            raise sa.exc.OperationalError("connect", {}, Exception("down"))

        with removing(INVENTORY):
            backend = DatastoreBackend.get_active_backend()
            monkeypatch.setattr(backend, "create", fail)
            record = make_inventory()
            assert "ckan gtplan table repair" in caplog.text
            assert not has_table(get_table(record))
            assert count_rows(record["id"], "services") == 0
            assert list(iterate_cells(record["id"], "services")) == []
            monkeypatch.undo()
            assert ensure_tables(site_user(), record)
            upsert(record, SERVICE)
            assert not ensure_tables(site_user(), record)
            assert read_column(record, "service_id") == ["partida"]

    def test_pages_while_the_datastore_is_down(
        self, app: Any, inventory: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise sa.exc.OperationalError("connect", {}, Exception("down"))

        upsert(inventory, SERVICE)
        monkeypatch.setattr(postgres, "_get_engine_from_url", fail)
        for path in (f"/tables/{INVENTORY}/services", f"/services/{OWNER}/partida"):
            assert "no alcanza sus datos" in app.get(path, status=503).body
        with pytest.raises(sa.exc.OperationalError):
            upsert(inventory, {**SERVICE, "name": "Otra"})
        monkeypatch.undo()
        assert read_column(inventory, "name") == [SERVICE["name"]]

    def test_a_preview_of_a_load_leaves_nothing(self, request_context: None) -> None:
        with removing(INVENTORY):
            context = {**site_user(), SUPPRESSED: True, "defer_commit": True}
            data = {"type": "service_inventory", "name": INVENTORY, "title": "x"}
            data |= {"reference_year": 2026, "owner_org": make_owner()["id"]}
            made = tk.get_action("package_create")(context, data)
            resource_id = find_resource_id(made["id"], "services")
            model.Session.rollback()
            assert resource_id and not has_table(resource_id)
            assert model.Package.get(INVENTORY) is None


class TestKeeping:
    """Who writes the record need not know of its tables, and cannot take them away."""

    def test_an_update_without_resources(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE)
        data = {key: inventory[key] for key in ("id", "name", "type", "owner_org")}
        act("package_update", **data, title="Otro", reference_year=2025)
        after = show(INVENTORY)
        assert (after["title"], after["resources"][0]["id"]) == ("Otro", get_table(inventory))
        assert read_column(after, "service_id") == ["partida"]

    @pytest.mark.parametrize("sent", [[], None, "", [{}]])
    def test_an_update_that_sends_no_tables(self, inventory: dict[str, Any], sent: Any) -> None:
        upsert(inventory, SERVICE)
        act("package_patch", id=INVENTORY, title="Otro", resources=sent)
        assert read_column(show(INVENTORY), "service_id") == ["partida"]

    def test_a_revision(self, inventory: dict[str, Any]) -> None:
        act(
            "package_revise",
            match={"id": inventory["id"]},
            filter=["-resources__*"],
            update={"title": "Otro"},
        )
        assert show(INVENTORY)["resources"][0]["id"] == get_table(inventory)

    def test_a_table_keeps_its_name_address_and_kind(self, inventory: dict[str, Any]) -> None:
        resource_id = get_table(inventory)
        with pytest.raises(tk.ValidationError, match="services"):
            act("resource_patch", id=resource_id, name="otra")
        with pytest.raises(tk.ValidationError):
            act("resource_patch", id=resource_id, upload=object())
        act("resource_patch", id=resource_id, url="https://example.org/", url_type="upload")
        act("resource_patch", id=resource_id, description="Los servicios")
        after = show(INVENTORY)["resources"][0]
        assert (after["url"], after["url_type"]) == ("", "tabledesigner")
        assert after["description"] == "Los servicios"

    def test_a_table_is_not_deleted(self, inventory: dict[str, Any]) -> None:
        with pytest.raises(tk.ValidationError):
            act("resource_delete", id=get_table(inventory))
        assert has_table(get_table(inventory))
        assert get_table(show(INVENTORY)) == get_table(inventory)

    @pytest.mark.parametrize("name", ["services", "otra"])
    def test_no_other_table_is_added(self, inventory: dict[str, Any], name: str) -> None:
        new = {"name": name, "url_type": "tabledesigner", "url": ""}
        with pytest.raises(tk.ValidationError) as refusal:
            act("resource_create", package_id=inventory["id"], **new)
        assert "url_type" in refusal.value.error_dict
        with pytest.raises(tk.ValidationError):
            act("package_patch", id=INVENTORY, resources=[*inventory["resources"], new])
        with pytest.raises(tk.ValidationError):
            make_inventory(OTHER, reference_year=2027, resources=[new])

    def test_another_resource_comes_and_goes(self, inventory: dict[str, Any]) -> None:
        new = {"name": "Metodología", "url": "https://example.org/m.pdf"}
        made = act("resource_create", package_id=inventory["id"], **new)
        assert made["name"] == "Metodología"
        assert len(show(INVENTORY)["resources"]) == 2
        act("resource_delete", id=made["id"])
        assert [r["name"] for r in show(INVENTORY)["resources"]] == ["services"]

    def test_the_record_is_renamed(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE)
        act("package_patch", id=INVENTORY, name=OTHER)
        assert read_column(show(OTHER), "service_id") == ["partida"]
        # the name is free for another, which has a table of its own
        second = make_inventory(reference_year=2027)
        assert get_table(second) != get_table(inventory)
        assert read_column(second, "service_id") == []

    def test_the_record_is_deleted_and_comes_back(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE)
        act("package_delete", id=INVENTORY)
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            act("datastore_search", "", resource_id=get_table(inventory))
        act("package_patch", id=INVENTORY, state="active")
        assert read_column(show(INVENTORY), "service_id") == ["partida"]

    def test_the_kind_of_a_register_stays(self, request_context: None) -> None:
        with removing(REGISTER):
            make_register(kind="norms")
            with pytest.raises(tk.ValidationError) as refusal:
                act("package_patch", id=REGISTER, register_kind="concepts")
            assert "register_kind" in refusal.value.error_dict


class TestGoing:
    def test_a_purge_drops_tables_and_history(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE)
        upsert(inventory, {**SERVICE, "name": "Otro nombre"})
        act("dataset_purge", id=INVENTORY)
        assert not has_table(get_table(inventory))
        query = "SELECT count(*) FROM _gtplan_row_change WHERE resource_id = :id"
        with get_write_engine().connect() as connection:
            assert connection.scalar(sa.text(query), {"id": get_table(inventory)}) == 0


class TestUpgrade:
    """A record of before there were living tables held its services itself."""

    HELD = [
        {
            "service_id": "viejo",
            "name": "Servicio viejo",
            "organization": "min-tablas-vivas",
            "channels": "ONL PERSON",
            "stage": "planned",
        }
    ]

    @pytest.fixture
    def old(self, inventory: dict[str, Any]) -> dict[str, Any]:
        """The record as an earlier version left it."""
        drop_datastore(get_table(inventory))
        resource = sa.delete(model.Resource).where(model.Resource.id == get_table(inventory))
        model.Session.execute(resource)
        self.hold()
        model.Session.expunge_all()
        search.rebuild(inventory["id"])
        return inventory

    def hold(self) -> None:
        model.Package.get(INVENTORY).extras["services"] = json.dumps(self.HELD)
        model.Session.commit()

    def check(self) -> None:
        after = show(INVENTORY)
        row = get_row(after["id"], SERVICES, ("viejo",))
        assert row is not None
        assert (row["name"], row["channels"]) == ("Servicio viejo", "ONL|PERSON")
        assert row["competent_authority"] == "min-tablas-vivas"
        assert [s.service_id for s in read_entities(after["id"], "services")] == ["viejo"]
        assert "services" not in model.Package.get(INVENTORY).extras

    def test_rows_are_moved(self, old: dict[str, Any]) -> None:
        assert ensure_tables(site_user(), old)
        self.check()
        assert not ensure_tables(site_user(), old)

    def test_an_edit_moves_them(self, old: dict[str, Any]) -> None:
        data = {key: old[key] for key in ("id", "name", "type", "owner_org")}
        act("package_update", **data, title="Editado", reference_year=2026)
        self.check()

    def test_a_load_keeps_them(self, old: dict[str, Any]) -> None:
        context = {**site_user(), SUPPRESSED: True}
        tk.get_action("package_patch")(context, {"id": INVENTORY, "title": "Cargado"})
        assert "services" in model.Package.get(INVENTORY).extras
        ensure_tables(site_user(), old)
        self.check()

    def test_a_move_that_was_killed_goes_on(self, old: dict[str, Any]) -> None:
        ensure_tables(site_user(), old)
        self.hold()
        ensure_tables(site_user(), old)
        self.check()
