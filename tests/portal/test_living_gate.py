"""Rows that CKAN's own actions on tables bring: checked whole, written all or none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckanext.datastore.backend import DatastoreBackend
from ckanext.datastore.backend.postgres import get_read_engine
from living import (
    INVENTORY,
    REGISTER,
    SERVICE,
    act,
    get_table,
    make_inventory,
    make_register,
    read_column,
    read_rows,
    removing,
    show,
    upsert,
)

from ckanext.gtplan.logic import dictionary
from ckanext.gtplan.logic.living.messages import (
    RowsRefused,
    describe_finding,
    describe_upload_error,
)
from ckanext.gtplan.uploads.findings import CellFinding, FindingKind, UploadError, UploadKind

SECOND = {"service_id": "licencia", "name": "Licencia de construcción"}


@pytest.fixture(scope="module")
def made(shared_app: Any) -> Iterator[dict[str, Any]]:
    with shared_app.flask_app.test_request_context(), removing(INVENTORY):
        yield make_inventory()


@pytest.fixture
def inventory(request_context: None, made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One inventory for all tests here: without rows at the start of each."""
    yield made
    act("datastore_delete", resource_id=get_table(made), filters={})


@pytest.fixture
def register(request_context: None) -> Iterator[dict[str, Any]]:
    with removing(REGISTER):
        yield make_register()


class TestWriting:
    def test_rows_are_added_and_changed(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE, SECOND)
        upsert(inventory, {"service_id": "partida", "description": "Prueba la fecha"})
        rows = {row["service_id"]: row for row in read_rows(inventory)}
        assert set(rows) == {"partida", "licencia"}
        assert rows["partida"]["name"] == SERVICE["name"]
        assert rows["partida"]["description"] == "Prueba la fecha"

    def test_values_as_json_has_them(self, inventory: dict[str, Any]) -> None:
        row = {
            **SERVICE,
            "channels": ["ONL", "PERSON"],
            "online_url": "https://example.org/",
            "is_free": False,
            "cost_amount": 15.5,
            "cost_currency": "GTQ",
            "volume_total": 12,
            "requirements": "DPI\nBoleto",
            "e_signature": None,
        }
        upsert(inventory, row)
        stored = read_rows(inventory)[0]
        assert stored["channels"] == "ONL|PERSON"
        assert stored["requirements"] == "DPI|Boleto"
        assert (stored["is_free"], stored["e_signature"]) == (False, None)
        assert float(stored["cost_amount"]) == 15.5

    def test_what_the_portal_computes(self, inventory: dict[str, Any]) -> None:
        points = {"os_registration": "Y", "os_application": "N", "online_percent": 99}
        upsert(inventory, {**SERVICE, **points, "maturity_level": "proactive"})
        stored = read_rows(inventory)[0]
        assert float(stored["online_percent"]) == 50
        assert stored["maturity_level"] != "proactive"

    @pytest.mark.parametrize("method", ["update", "upsert"])
    def test_a_row_by_its_number(self, inventory: dict[str, Any], method: str) -> None:
        upsert(inventory, SERVICE)
        number = read_rows(inventory)[0]["_id"]
        changed = {"_id": str(number), "service_id": "nacimiento", "name": "Nacimiento"}
        upsert(inventory, changed, method=method)
        assert read_column(inventory, "service_id") == ["nacimiento"]
        assert read_rows(inventory)[0]["_id"] == number

    def test_what_is_written_is_found(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE, SECOND)
        upsert(inventory, {**SERVICE, "name": "Certificado"})
        assert [row["service_id"] for row in read_rows(inventory, q="Certificado")] == ["partida"]
        assert read_rows(inventory, q="nacimiento") == []

    def test_how_many_there_are(self, inventory: dict[str, Any]) -> None:
        for number, row in enumerate((SERVICE, SECOND), start=1):
            upsert(inventory, row)
            found = act("datastore_search", resource_id=get_table(inventory), limit=0)
            assert found["total"] == number

    def test_the_record_says_when(self, inventory: dict[str, Any]) -> None:
        before = show(INVENTORY)["metadata_modified"]
        upsert(inventory, SERVICE)
        after = show(INVENTORY)
        assert after["metadata_modified"] > before
        assert after["resources"][0]["last_modified"]

    def test_a_trial_writes_nothing(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE, dry_run=True)
        assert read_rows(inventory) == []
        with pytest.raises(RowsRefused):
            upsert(inventory, {"service_id": "x"}, dry_run=True)

    def test_what_was_written_is_told(self, inventory: dict[str, Any]) -> None:
        told = upsert(inventory, SERVICE, include_records=True)
        assert told["records"][0]["service_id"] == "partida"
        assert "records" not in upsert(inventory, SECOND)

    def test_the_same_again_changes_nothing(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE)
        before = act("gtplan_table_history", id=INVENTORY)
        upsert(inventory, SERVICE)
        assert act("gtplan_table_history", id=INVENTORY) == before


class TestRefusals:
    @pytest.mark.parametrize(
        "row, column",
        [
            ({"service_id": "x"}, "name"),
            ({"name": "X"}, "service_id"),
            ({"service_id": "a,b", "name": "X"}, "service_id"),
            ({**SERVICE, "channels": "ONL|NADA"}, "channels"),
            ({**SERVICE, "is_free": "quizá"}, "is_free"),
            ({**SERVICE, "cost_amount": "1,50"}, "cost_amount"),
            ({**SERVICE, "reviewed_on": "2026-02-30"}, "reviewed_on"),
            ({**SERVICE, "competent_authority": "no-existe"}, "competent_authority"),
            ({**SERVICE, "volume_total": "1e3x"}, "volume_total"),
            ({**SERVICE, "volume_online": 5, "volume_total": 4}, "volume_online"),
            ({**SERVICE, "description": "a\x00b"}, "description"),
        ],
    )
    def test_nothing_is_written_unless_all_is_right(
        self, inventory: dict[str, Any], row: dict[str, Any], column: str
    ) -> None:
        with pytest.raises(RowsRefused) as refusal:
            upsert(inventory, SECOND, row)
        assert [(f["row"], f["column"]) for f in refusal.value.findings] == [(2, column)]
        assert refusal.value.findings[0]["message"]
        form = refusal.value.error_dict["records"][0].split("\t")
        assert form[:2] == ["TAB-DELIMITED", column] and form[2]
        assert read_rows(inventory) == []

    def test_each_row_and_cell_is_named(self, inventory: dict[str, Any]) -> None:
        rows = [{**SERVICE, "channels": "X", "stage": "Y"}, SECOND, {"service_id": "z"}]
        with pytest.raises(RowsRefused) as refusal:
            upsert(inventory, *rows)
        found = {(f["row"], f["column"]) for f in refusal.value.findings}
        assert found == {(1, "channels"), (1, "stage"), (3, "name")}
        assert len(refusal.value.sentences) == 3

    def test_a_change_that_contradicts_what_stays(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, {**SERVICE, "volume_total": 4})
        with pytest.raises(RowsRefused):
            upsert(inventory, {"service_id": "partida", "volume_online": 5})
        with pytest.raises(RowsRefused):
            upsert(inventory, {"service_id": "partida", "name": ""})
        assert read_column(inventory, "volume_online") == [None]

    @pytest.mark.parametrize(
        "method, row",
        [
            ("insert", SERVICE),
            ("update", SECOND),
            ("update", {"_id": 99_999_999, **SECOND}),
            ("upsert", {"_id": "1; DROP TABLE x", **SECOND}),
            ("upsert", {"_full_text": "x", **SECOND}),
            ("upsert", {"nada": "x", **SECOND}),
        ],
    )
    def test_rows_that_are_there_or_not(
        self, inventory: dict[str, Any], method: str, row: dict[str, Any]
    ) -> None:
        upsert(inventory, SERVICE)
        with pytest.raises(RowsRefused):
            upsert(inventory, row, method=method)
        assert read_column(inventory, "service_id") == ["partida"]

    def test_two_rows_of_one_key(self, inventory: dict[str, Any]) -> None:
        with pytest.raises(RowsRefused):
            upsert(inventory, SERVICE, SERVICE)
        upsert(inventory, SERVICE, SECOND)
        number = read_rows(inventory)[0]["_id"]
        with pytest.raises(RowsRefused):
            upsert(inventory, {"_id": number, "service_id": "licencia"})
        assert read_column(inventory, "service_id") == ["partida", "licencia"]

    @pytest.mark.parametrize("records", ["texto", [1], [None], {"a": 1}])
    def test_what_is_no_list_of_rows(self, inventory: dict[str, Any], records: Any) -> None:
        with pytest.raises(tk.ValidationError):
            act("datastore_upsert", resource_id=get_table(inventory), records=records)

    def test_an_unknown_method(self, inventory: dict[str, Any]) -> None:
        with pytest.raises(tk.ValidationError):
            upsert(inventory, SERVICE, method="truncate")


@pytest.mark.parametrize("expected", ["", "name"])
@pytest.mark.parametrize("kind", list(FindingKind))
def test_each_kind_has_a_sentence(request_context: None, kind: FindingKind, expected: str) -> None:
    finding = CellFinding(
        row=7, column="name", letter="B", kind=kind, value="x" * 300, expected=expected
    )
    said = describe_finding(finding)
    assert "7" in said and "(B): " in said and "x" * 100 not in said and "{" not in said


@pytest.mark.parametrize("kind", list(UploadKind))
def test_each_file_that_cannot_be_read_has_a_sentence(
    request_context: None, kind: UploadKind
) -> None:
    said = describe_upload_error(UploadError(kind, row=3, value="9"))
    assert "3: " in said and "{" not in said


class TestDeleting:
    def test_rows_by_filters(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE, SECOND)
        told = act(
            "datastore_delete",
            resource_id=get_table(inventory),
            filters={"service_id": "partida"},
            include_deleted_records=True,
        )
        assert [row["service_id"] for row in told["deleted_records"]] == ["partida"]
        assert read_column(inventory, "service_id") == ["licencia"]

    def test_all_rows(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE, SECOND)
        act("datastore_records_delete", resource_id=get_table(inventory), filters={})
        assert read_rows(inventory) == []
        upsert(inventory, SERVICE)

    @pytest.mark.parametrize("more", [{}, {"filters": None}, {"force": True}, {"filters": "x"}])
    def test_the_table_stays(self, inventory: dict[str, Any], more: dict[str, Any]) -> None:
        upsert(inventory, SERVICE)
        with pytest.raises(tk.ValidationError) as refusal:
            act("datastore_delete", resource_id=get_table(inventory), **more)
        assert "filters" in refusal.value.error_dict
        assert read_column(inventory, "service_id") == ["partida"]

    def test_a_filter_of_no_column(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE)
        with pytest.raises(tk.ValidationError):
            act("datastore_delete", resource_id=get_table(inventory), filters={"nada": "x"})
        assert read_column(inventory, "service_id") == ["partida"]


class TestDictionary:
    @pytest.mark.parametrize(
        "data",
        [
            {"fields": [{"id": "otra", "type": "text"}]},
            {"fields": [{"id": "service_id", "type": "text"}], "delete_fields": True},
            {"records": [{"service_id": "x"}]},
            {"aliases": "servicios"},
            {"primary_key": ["name"]},
            {"indexes": "name"},
            {},
        ],
    )
    def test_it_is_the_portals(self, inventory: dict[str, Any], data: dict[str, Any]) -> None:
        table = act("datastore_info", id=get_table(inventory))["fields"]
        with pytest.raises(tk.ValidationError):
            act("datastore_create", resource_id=get_table(inventory), force=True, **data)
        assert act("datastore_info", id=get_table(inventory))["fields"] == table
        assert read_rows(inventory) == []

    def test_no_loader_touches_it(self, inventory: dict[str, Any]) -> None:
        assert not dictionary.is_loadable(get_table(inventory))

    def test_it_is_no_part_of_the_sweep_of_datasets(self, inventory: dict[str, Any]) -> None:
        assert dictionary.align({"ignore_auth": True}, get_table(inventory)) is None


class TestLinks:
    """Rows of a record's tables refer to each other."""

    STANDARD = {"standard_id": "iso", "name": "ISO", "standard_status": "collected"}
    CRITERION = {"criterion_id": "uso", "name": "Uso", "weight": 1, "max_score": 5}
    SCORE = {"standard_id": "iso", "criterion_id": "uso", "score": 4, "reason": "Bien"}

    def test_a_row_that_refers_to_none(self, register: dict[str, Any]) -> None:
        with pytest.raises(RowsRefused) as refusal:
            upsert(register, self.SCORE, table="scores")
        assert {f["column"] for f in refusal.value.findings} == {"standard_id", "criterion_id"}
        assert read_rows(register, "scores") == []

    def test_what_is_referred_to_stays(self, register: dict[str, Any]) -> None:
        upsert(register, self.STANDARD, table="standards")
        upsert(register, self.CRITERION, table="criteria")
        upsert(register, self.SCORE, table="scores")
        with pytest.raises(RowsRefused) as refusal:
            act("datastore_delete", resource_id=get_table(register, "standards"), filters={})
        assert "iso" in refusal.value.sentences[0]
        number = read_rows(register, "standards")[0]["_id"]
        with pytest.raises(RowsRefused):
            upsert(register, {"_id": number, "standard_id": "otro"}, table="standards")
        assert read_column(register, "standard_id", "standards") == ["iso"]
        act("datastore_delete", resource_id=get_table(register, "scores"), filters={})
        act("datastore_delete", resource_id=get_table(register, "standards"), filters={})
        assert read_rows(register, "standards") == []


class TestHistory:
    def test_each_change_with_what_was_before(self, inventory: dict[str, Any]) -> None:
        latest = act("gtplan_table_history", id=INVENTORY, limit=1)
        upsert(inventory, SERVICE, SECOND)
        upsert(inventory, {"service_id": "partida", "name": "Otra"})
        act("datastore_delete", resource_id=get_table(inventory), filters={"name": "Otra"})
        entries = act("gtplan_table_history", id=INVENTORY, limit=5)
        assert not latest or latest[0]["id"] < entries[-1]["id"]
        assert [entry["change"] for entry in entries] == [
            *("written", "removed", "written", "changed", "written"),
        ]
        assert entries[1]["before"] == {**SERVICE, "name": "Otra"}
        assert entries[3]["before"] == {"name": SERVICE["name"]}
        assert entries[3]["after"] == {"name": "Otra"}
        assert entries[4]["after"] == {"added": 2, "changed": 0, "removed": 0}
        assert {entry["origin"] for entry in entries} == {"api"}
        row = act("gtplan_table_history", id=INVENTORY, key=["partida"], limit=2)
        assert [entry["change"] for entry in row] == ["removed", "changed"]

    def test_the_datastore_does_not_show_it(self, inventory: dict[str, Any]) -> None:
        upsert(inventory, SERVICE)
        upsert(inventory, {**SERVICE, "name": "Otra"})
        backend = DatastoreBackend.get_active_backend()
        assert "_gtplan_row_change" not in backend.get_all_ids()
        with pytest.raises(tk.ObjectNotFound):
            act("datastore_search", resource_id="_gtplan_row_change")
        with get_read_engine().connect() as connection, pytest.raises(sa.exc.ProgrammingError):
            connection.execute(sa.text("SELECT * FROM _gtplan_row_change"))

    @pytest.mark.parametrize(
        "statement",
        ["UPDATE _gtplan_row_change SET origin = 'x'", "DELETE FROM _gtplan_row_change"],
    )
    def test_it_is_never_changed(self, inventory: dict[str, Any], statement: str) -> None:
        upsert(inventory, SERVICE)
        engine = DatastoreBackend.get_active_backend()._get_write_engine()
        with pytest.raises(sa.exc.DBAPIError, match="never changed"), engine.begin() as connection:
            connection.execute(sa.text(statement))


class TestAtOnce:
    def test_writers_wait_for_each_other(self, inventory: dict[str, Any], app: Any) -> None:
        """Ten writers add to one row's keywords what they read there: none is lost."""
        failures: list[Exception] = []

        def write(number: int) -> None:
            try:
                with app.flask_app.test_request_context():
                    upsert(inventory, {"service_id": f"s{number}", "name": "X"}, method="insert")
                    upsert(inventory, {**SERVICE, "name": f"Nombre {number}"})
            except Exception as error:
                failures.append(error)
            finally:
                model.Session.remove()

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(read_rows(inventory)) == 5
        changes = act("gtplan_table_history", id=INVENTORY, key=["partida"], limit=3)
        assert {entry["change"] for entry in changes} == {"changed"}
        # each change begins where the one before it ended
        for later, earlier in zip(changes, changes[1:], strict=False):
            assert later["before"] == earlier["after"]
