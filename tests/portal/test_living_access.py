"""Who may read and write rows: CKAN's own rights on the record decide."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from living import (
    INVENTORY,
    OWNER,
    SERVICE,
    act,
    get_table,
    make_inventory,
    make_owner,
    read_column,
    removing,
    upsert,
)
from reading import visit
from werkzeug.datastructures import FileStorage

from ckanext.gtplan.logic.ids import make_resource_id
from ckanext.gtplan.logic.living.messages import RowsRefused
from ckanext.gtplan.plan.living import LIVING_TABLES

CSV = b"service_id,name\nnuevo,Nuevo\n"
OTHER_OWNER = "min-tablas-ajenas"


def make_user(organization: str, capacity: str) -> dict[str, Any]:
    user = factories.UserWithToken()
    act("organization_member_create", id=organization, username=user["name"], role=capacity)
    return dict(user)


@pytest.fixture(scope="module")
def people(shared_app: Any) -> dict[str, dict[str, Any]]:
    """Who has what right: an editor and a member of the owner, an editor of another."""
    with shared_app.flask_app.test_request_context():
        make_owner()
        make_owner(OTHER_OWNER)
        return {
            "editor": make_user(OWNER, "editor"),
            "member": make_user(OWNER, "member"),
            "other": make_user(OTHER_OWNER, "admin"),
            "visitor": {"name": "", "token": None},
        }


@pytest.fixture(scope="module", params=[False, True], ids=["public", "private"])
def made(
    request: Any, shared_app: Any, people: dict[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    with shared_app.flask_app.test_request_context(), removing(INVENTORY):
        yield {**make_inventory(private=request.param), "private": request.param}


@pytest.fixture
def inventory(request_context: None, made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    upsert(made, SERVICE)
    yield made
    act("datastore_delete", resource_id=get_table(made), filters={})


def list_writes(inventory: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    table = {"resource_id": get_table(inventory)}
    row = {"service_id": "nuevo", "name": "Nuevo"}
    return [
        ("datastore_upsert", {**table, "records": [row]}),
        ("datastore_upsert", {**table, "records": [row], "method": "insert", "force": True}),
        ("datastore_upsert", {**table, "records": [row], "dry_run": True}),
        ("datastore_delete", {**table, "filters": {}}),
        ("datastore_delete", {**table, "force": True}),
        ("datastore_records_delete", {**table, "filters": {}}),
        ("datastore_create", {**table, "fields": [{"id": "x"}], "force": True}),
        ("gtplan_table_upload", {"id": INVENTORY, "records": [row]}),
        ("gtplan_table_upload", {"id": INVENTORY, "records": [row], "dry_run": True}),
        ("resource_patch", {"id": get_table(inventory), "description": "x"}),
        ("resource_delete", {"id": get_table(inventory)}),
        ("package_patch", {"id": INVENTORY, "title": "x"}),
    ]


class TestWriting:
    @pytest.mark.parametrize("who", ["visitor", "member", "other"])
    def test_nobody_else_writes(
        self, inventory: dict[str, Any], people: dict[str, dict[str, Any]], who: str
    ) -> None:
        for action, data in list_writes(inventory):
            with pytest.raises(tk.NotAuthorized):
                act(action, people[who]["name"], **data)
        assert read_column(inventory, "service_id") == ["partida"]

    def test_an_editor_writes(
        self, inventory: dict[str, Any], people: dict[str, dict[str, Any]]
    ) -> None:
        name = people["editor"]["name"]
        row = {"service_id": "nuevo", "name": "Nuevo"}
        table = get_table(inventory)
        act("datastore_upsert", name, resource_id=table, records=[row])
        file = FileStorage(io.BytesIO(b"service_id,name\notro,Otro\n"), filename="filas.csv")
        act("gtplan_table_upload", name, id=INVENTORY, upload=file)
        act("datastore_delete", name, resource_id=table, filters={"service_id": "partida"})
        assert read_column(inventory, "service_id") == ["nuevo", "otro"]
        told = act("gtplan_table_history", name, id=INVENTORY, limit=3)
        assert {entry["user"] for entry in told} == {name}
        assert {entry["origin"] for entry in told} == {"api", "filas.csv"}

    def test_an_editor_makes_an_inventory(
        self, people: dict[str, dict[str, Any]], app: Any
    ) -> None:
        with app.flask_app.test_request_context(), removing("inventario-de-editor"):
            record = act(
                "package_create",
                people["editor"]["name"],
                type="service_inventory",
                name="inventario-de-editor",
                title="x",
                reference_year=2031,
                owner_org=OWNER,
            )
            upsert(record, SERVICE)
            assert read_column(record, "service_id") == ["partida"]

    def test_over_http(
        self, app: Any, inventory: dict[str, Any], people: dict[str, dict[str, Any]]
    ) -> None:
        row = {"service_id": "nuevo", "name": "Nuevo"}
        data = {"resource_id": get_table(inventory), "records": [row]}
        for who, status in (("visitor", 403), ("other", 403), ("editor", 200)):
            token = people[who]["token"]
            address = "/api/action/datastore_upsert"
            assert visit(app, "post", address, token, json=data).status_code == status
            file = {"id": INVENTORY, "upload": (io.BytesIO(CSV), "filas.csv")}
            address = "/api/action/gtplan_table_upload"
            assert visit(app, "post", address, token, data=file).status_code == status
        assert read_column(inventory, "service_id") == ["partida", "nuevo"]

    def test_the_forms_of_rows(
        self, app: Any, inventory: dict[str, Any], people: dict[str, dict[str, Any]]
    ) -> None:
        for step in ("add-row", "edit-row?_id=1", "delete-rows?_id=1"):
            path, _, query = step.partition("?")
            address = f"/dataset/{INVENTORY}/tabledesigner/{get_table(inventory)}/{path}?{query}"
            for who in ("member", "other"):
                answer = visit(app, "post", address, people[who]["token"], follow_redirects=False)
                assert answer.status_code in (403, 404), address
        assert read_column(inventory, "service_id") == ["partida"]


class TestReading:
    def test_who_sees_the_record_sees_its_rows(
        self, inventory: dict[str, Any], people: dict[str, dict[str, Any]]
    ) -> None:
        may = {"editor", "member"} | (set() if inventory["private"] else {"other", "visitor"})
        reads = [
            ("datastore_search", {"resource_id": get_table(inventory)}),
            ("datastore_info", {"id": get_table(inventory)}),
            ("gtplan_table_history", {"id": INVENTORY}),
            ("gtplan_table_compare", {"id": INVENTORY, "with": INVENTORY}),
        ]
        for who, person in people.items():
            for action, data in reads:
                if who in may:
                    act(action, person["name"], **data)
                else:
                    with pytest.raises(tk.NotAuthorized):
                        act(action, person["name"], **data)

    def test_the_history_of_what_was_private(
        self, inventory: dict[str, Any], people: dict[str, dict[str, Any]]
    ) -> None:
        """What was corrected before the public saw the record is told to editors only."""
        act("package_patch", id=INVENTORY, private=True)
        upsert(inventory, {**SERVICE, "name": "Secreto"})
        upsert(inventory, {**SERVICE, "name": "Público"})
        act("package_patch", id=INVENTORY, private=False)
        upsert(inventory, {**SERVICE, "name": "Nuevo"})
        mine = act("gtplan_table_history", people["editor"]["name"], id=INVENTORY, limit=6)
        assert any("Secreto" in str(entry) for entry in mine)
        theirs = act("gtplan_table_history", "", id=INVENTORY)
        assert "Secreto" not in str(theirs)
        assert theirs[1]["before"] == {"name": "Público"}
        assert not {"user", "origin"} & theirs[0].keys()
        act("package_patch", id=INVENTORY, private=inventory["private"])

    def test_the_page_of_an_api_token(
        self, app: Any, inventory: dict[str, Any], people: dict[str, dict[str, Any]]
    ) -> None:
        address = f"/api/action/datastore_search?resource_id={get_table(inventory)}"
        status = 403 if inventory["private"] else 200
        app.get(address, status=status)
        assert visit(app, "get", address, people["editor"]["token"]).status_code == 200


def test_an_organization_of_nobody(request_context: None) -> None:
    """The rights are those on the record at that moment: one that moves takes its rows along."""
    name = "inventario-que-se-muda"
    make_owner()
    make_owner(OTHER_OWNER)
    with removing(name):
        record = make_inventory(name, reference_year=2032)
        upsert(record, SERVICE)
        editor = make_user(OWNER, "editor")["name"]
        target = model.Group.get(OTHER_OWNER).id
        act("package_owner_org_update", id=record["id"], organization_id=target)
        with pytest.raises(tk.NotAuthorized):
            act("datastore_upsert", editor, resource_id=get_table(record), records=[SERVICE])


def test_nobody_takes_the_place_of_a_table_to_come(request_context: None) -> None:
    """The id of a table can be foreseen, and the DataStore lets anybody call a view so."""
    make_owner()
    target = make_owner(OTHER_OWNER)
    spy = make_user(OTHER_OWNER, "editor")["name"]
    name, foreseen = "inventario-esperado", make_resource_id("inventario-esperado", "services")
    with removing(name, "espia"):
        dataset = act(
            "package_create", spy, name="espia", title="x", owner_org=target["id"], private=True
        )
        columns = [{"id": c, "type": "text"} for c in LIVING_TABLES["services"].column_names]
        made = act(
            "datastore_create",
            spy,
            resource={"package_id": dataset["id"], "name": "x"},
            fields=columns,
            aliases=[foreseen],
        )
        record = make_inventory(name, reference_year=2033, private=True)
        upsert(record, SERVICE)
        assert read_column(record, "service_id") == ["partida"]
        caught = act("datastore_search", spy, resource_id=made["resource_id"])
        assert caught["records"] == []


class TestOddRequests:
    """What nobody sends by mistake is refused, and breaks nothing."""

    @pytest.mark.parametrize("file", ["/etc/passwd", {"a": 1}, ["x"], 5])
    def test_a_file_that_is_none(self, inventory: dict[str, Any], file: Any) -> None:
        with pytest.raises(tk.ValidationError) as refusal:
            act("gtplan_table_upload", id=INVENTORY, upload=file)
        assert "upload" in refusal.value.error_dict

    @pytest.mark.parametrize("key", ["a\x00b", "a\ud800"])
    def test_a_key_that_cannot_be(self, inventory: dict[str, Any], key: str) -> None:
        with pytest.raises(RowsRefused):
            upsert(inventory, {"service_id": key, "name": "x"})
        assert act("gtplan_table_history", id=INVENTORY, key=[key]) == []

    def test_a_page_that_nobody_reads(self, inventory: dict[str, Any]) -> None:
        far = {"id": INVENTORY, "offset": 10**30, "limit": 10**30}
        assert act("gtplan_table_history", **far) == []
        assert act("gtplan_table_compare", **far, **{"with": INVENTORY})["changes"] == []

    @pytest.mark.parametrize("where", ["{0}/services", "{1}/services/compare?with={0}"])
    def test_an_address_of_nothing(
        self, app: Any, inventory: dict[str, Any], where: str
    ) -> None:
        if not inventory["private"]:
            app.get("/tables/" + where.format("%00", INVENTORY), status=404)
            app.get("/indicator/%00/series.csv", status=404)
            app.get("/indicator/%00/series.json", status=404)
            app.get(f"/tables/{INVENTORY}/services/history?page={10**30}", status=200)
