"""Rows that grow, in plan files: loaded with their records, left alone, taken out, taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from ckanext.datastore.backend.postgres import get_write_engine
from reading import act, make_sysadmin
from test_loading import COMMITMENT, HEAD, MILESTONE, Load, count_rows, show

from ckanext.gtplan.logic.living.reading import iterate_cells
from ckanext.gtplan.logic.plans import exporting, loading
from ckanext.gtplan.model import LoadedObject

#: A load with an inventory on line 31, its services on the lines 36 and 37, and a register.
INVENTORY = """\
service_inventories:
  - id: py-servicios-2020
    title: Servicios
    reference_year: 2020
    milestone: py-pan1-c01-h01
    services:
      - {service_id: cedula, name: Cédula, competent_authority: [ministerio], steps: [Ir, Firmar]}
      - {service_id: pasaporte, name: Pasaporte, cost_amount: 150.00, cost_currency: PYG}
"""
REGISTER = """\
registers:
  - id: py-estandares
    title: Estándares
    register_kind: standards
    milestone: py-pan1-c01-h01
    standards:
      - {standard_id: a, name: Primero, standard_status: collected}
      - {standard_id: b, name: Segundo, standard_status: analysed}
    criteria:
      - {criterion_id: x, name: Uso, weight: 0.125, max_score: 5}
    scores:
      - {standard_id: b, criterion_id: x, score: 4.5, reason: Se usa}
"""
INDICATORS = """\
indicators:
  - {id: py-i-a, title: Servicios, milestone: py-pan1-c01-h01, computation: services_count,
     computed_from: py-servicios-2020}
  - {id: py-i-b, title: Quejas, commitment: py-pan1-c01, observations: [{ref_period: 2020-S1,
     obs_value: 7}]}
"""
BASE = HEAD + COMMITMENT + MILESTONE
ALL = BASE + INVENTORY + REGISTER + INDICATORS


@pytest.fixture
def preview(request_context: None) -> Callable[[str], dict[str, Any]]:
    def call(text: str) -> dict[str, Any]:
        data = {"id": "prueba", "dry_run": True, "files": [{"name": "p.yaml", "content": text}]}
        records = tk.get_action("gtplan_load")(make_sysadmin(), data)["difference"]["records"]
        return {record["name"]: record for record in records}

    return call


def read(record: str, table: str = "services") -> list[dict[str, str]]:
    """Read the rows of a table, what is known of each."""
    found = model.Package.get(record)
    rows = iterate_cells(found.id, table) if found else ()
    return [{name: cell for name, cell in row.items() if cell} for row in rows]


def list_ids(record: str, table: str = "services") -> list[str]:
    return [next(iter(row.values())) for row in read(record, table)]


def list_tables() -> set[str]:
    """List what the DataStore's database holds."""
    return set(sa.inspect(get_write_engine()).get_table_names())


@pytest.mark.usefixtures("clean", "request_context")
class TestLoading:
    def test_rows_come_with_their_records_and_stay_when_loaded_again(self, load: Load) -> None:
        summary = load({"p.yaml": ALL})
        assert summary["unfinished"] == []
        assert summary["rows"]["py-servicios-2020/services"] == {
            "added": 2, "changed": 0, "removed": 0
        }  # fmt: skip
        first, second = read("py-servicios-2020")
        assert (first["steps"], first["competent_authority"]) == ("Ir|Firmar", "ministerio")
        assert (second["cost_amount"], second["cost_currency"]) == ("150.00", "PYG")
        assert read("py-estandares", "scores")[0]["score"] == "4.5"
        assert read("py-estandares", "criteria")[0]["weight"] == "0.125"
        assert read("py-i-b", "observations")[0]["obs_value"] == "7"
        # the portal has computed this one of the rows that it has by now
        assert [row["obs_value"] for row in read("py-i-a", "observations")] == ["2"]
        before = {p.id: p.metadata_modified for p in model.Session.query(model.Package)}
        again = load({"p.yaml": ALL})
        assert (again["created"], again["changed"], again["rows"]) == ([], [], {})
        assert set(again["published"].values()) == {"unchanged"}
        model.Session.expire_all()
        assert {p.id: p.metadata_modified for p in model.Session.query(model.Package)} == before

    def test_what_the_file_changes_is_changed_and_the_rest_left(self, load: Load) -> None:
        load({"p.yaml": ALL})
        text = ALL.replace("name: Cédula", "name: Cédula nueva").replace("pasaporte", "visa")
        summary = load({"p.yaml": text})
        assert summary["rows"] == {
            "py-servicios-2020/services": {"added": 1, "changed": 1, "removed": 1}
        }
        assert "py-servicios-2020" in summary["unchanged"]
        assert summary["published"]["py-servicios-2020-datos"] == "updated"
        assert list_ids("py-servicios-2020") == ["cedula", "visa"]
        history = tk.get_action("gtplan_table_history")(
            make_sysadmin(), {"id": "py-servicios-2020", "table": "services"}
        )
        assert "load" in str(history)

    def test_tables_that_refer_to_each_other_change_together(self, load: Load) -> None:
        load({"p.yaml": ALL})
        text = ALL.replace("standard_id: b", "standard_id: c")
        assert load({"p.yaml": text})["unfinished"] == []
        assert list_ids("py-estandares", "standards") == ["a", "c"]
        assert list_ids("py-estandares", "scores") == ["c"]

    def test_without_the_field_the_table_stays_and_with_an_empty_one_it_is_emptied(
        self, load: Load
    ) -> None:
        load({"p.yaml": BASE + INVENTORY})
        head = INVENTORY.partition("    services:")[0]
        assert load({"p.yaml": BASE + head})["rows"] == {}
        assert list_ids("py-servicios-2020") == ["cedula", "pasaporte"]
        rows = load({"p.yaml": f"{BASE}{head}    services: []\n"})["rows"]
        assert rows["py-servicios-2020/services"]["removed"] == 2
        assert list_ids("py-servicios-2020") == []

    def test_rows_of_the_portal_stay_while_the_file_says_the_same(self, load: Load) -> None:
        load({"p.yaml": BASE + INVENTORY})
        resource = show("py-servicios-2020")["resources"][0]["id"]
        row = {"service_id": "visa", "name": "Visa"}
        act("datastore_upsert", resource_id=resource, records=[row], method="upsert", force=True)
        text = BASE + INVENTORY.replace("title: Servicios", "title: Trámites")
        summary = load({"p.yaml": text})
        assert (summary["changed"], summary["rows"]) == (["py-servicios-2020"], {})
        assert list_ids("py-servicios-2020") == ["cedula", "pasaporte", "visa"]

    def test_a_wrong_row_is_named_by_its_line_and_nothing_is_written(self, load: Load) -> None:
        before, tables = count_rows(), list_tables()
        text = (BASE + INVENTORY).replace("cost_currency: PYG", "satisfaction: 150")
        with pytest.raises(tk.ValidationError) as error:
            load({"p.yaml": text})
        sentences = error.value.error_dict["files"]
        place = "p.yaml:37: service_inventories/py-servicios-2020.services[2]"
        assert [s.startswith(place) for s in sentences] == [True, True]
        assert any(".satisfaction" in s and "150" in s and "100" in s for s in sentences)
        assert any(".cost_currency" in s and "GTQ" in s for s in sentences)
        assert (count_rows(), list_tables()) == (before, tables)

    def test_a_load_that_is_killed_before_its_rows_writes_them_when_it_is_repeated(
        self, load: Load, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def kill(*arguments: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(loading.rows, "write_one", kill)
            with pytest.raises(KeyboardInterrupt):
                load({"p.yaml": BASE + INVENTORY})
        assert list_ids("py-servicios-2020") == []
        summary = load({"p.yaml": BASE + INVENTORY})
        assert summary["created"] == []
        assert list_ids("py-servicios-2020") == ["cedula", "pasaporte"]
        assert summary["published"]["py-servicios-2020-datos"] == "created"


@pytest.mark.usefixtures("clean", "request_context")
class TestPreview:
    def test_it_says_which_rows_and_writes_none(
        self, load: Load, preview: Callable[[str], dict[str, Any]]
    ) -> None:
        tables = list_tables()
        assert preview(ALL)["py-servicios-2020"]["status"] == "new"
        assert list_tables() == tables
        load({"p.yaml": ALL})
        text = ALL.replace("name: Cédula", "name: Cédula nueva").replace("pasaporte", "visa")
        record = preview(text)["py-servicios-2020"]
        assert record["status"] == "changed"
        (change,) = record["changes"]
        assert (change["field"], change["counts"]) == (
            "services", {"new": 1, "changed": 1, "gone": 1}
        )  # fmt: skip
        rows = {row["key"]: row for row in change["rows"]}
        assert {key: row["status"] for key, row in rows.items()} == {
            "cedula": "changed", "visa": "new", "pasaporte": "gone"
        }  # fmt: skip
        assert rows["cedula"]["changes"] == [
            {"field": "name", "old": "Cédula", "new": "Cédula nueva"}
        ]
        assert list_ids("py-servicios-2020") == ["cedula", "pasaporte"]
        assert preview(ALL)["py-servicios-2020"]["edited"] == []

    def test_rows_that_were_added_in_the_portal_are_told(
        self, load: Load, preview: Callable[[str], dict[str, Any]]
    ) -> None:
        load({"p.yaml": BASE + INVENTORY})
        resource = show("py-servicios-2020")["resources"][0]["id"]
        row = {"service_id": "visa", "name": "Visa"}
        act("datastore_upsert", resource_id=resource, records=[row], method="upsert", force=True)
        record = preview(BASE + INVENTORY)["py-servicios-2020"]
        (edited,) = record["edited"]
        assert (record["status"], edited["counts"]["new"]) == ("unchanged", 1)
        assert [(row["key"], row["status"]) for row in edited["rows"]] == [("visa", "new")]


@pytest.mark.usefixtures("clean", "request_context")
class TestThereAndBack:
    def test_rows_come_out_and_load_as_the_same(self, load: Load) -> None:
        load({"p.yaml": ALL})
        first = act("gtplan_export", id="prueba")
        assert first["left_out"] == []
        act("gtplan_unload", id="prueba")
        load({f["name"]: f["content"] for f in first["files"]})
        assert act("gtplan_export", id="prueba")["files"] == first["files"]
        assert [row["score"] for row in read("py-estandares", "scores")] == ["4.5"]

    def test_a_table_that_no_file_can_hold_is_told_and_left_alone(
        self, load: Load, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        load({"p.yaml": BASE + INVENTORY})
        monkeypatch.setattr(exporting, "MAX_BYTES", 100)
        exported = act("gtplan_export", id="prueba")
        (said,) = exported["left_out"]
        assert said.startswith("py-servicios-2020:") and "services" in said
        load({f["name"]: f["content"] for f in exported["files"]})
        assert list_ids("py-servicios-2020") == ["cedula", "pasaporte"]

    def test_unloading_takes_the_tables_away(self, load: Load) -> None:
        before = list_tables()
        load({"p.yaml": ALL})
        act("gtplan_unload", id="prueba")
        assert list_tables() - before <= {"_gtplan_row_change"}
        assert not model.Session.query(LoadedObject).count()

    def test_rows_that_a_record_held_itself_are_moved_by_a_load(self, load: Load) -> None:
        """A portal that was upgraded: its services were a field of the record."""
        load({"p.yaml": BASE + INVENTORY})
        package = model.Package.get("py-servicios-2020")
        held = '[{"service_id": "visa", "name": "Visa", "organization": "ministerio"}]'
        package.extras = {**package.extras, "services": held}
        row = model.Session.query(LoadedObject).filter_by(name="py-servicios-2020", kind="rows")
        row.delete()
        model.Session.commit()
        head = INVENTORY.partition("    services:")[0].replace("Servicios", "Trámites")
        assert load({"p.yaml": BASE + head})["unfinished"] == []
        assert "services" not in model.Package.get("py-servicios-2020").extras
        assert list_ids("py-servicios-2020") == ["cedula", "pasaporte", "visa"]
        load({"p.yaml": BASE + INVENTORY.replace("Servicios", "Trámites")})
        assert list_ids("py-servicios-2020") == ["cedula", "pasaporte"]


@pytest.mark.usefixtures("clean", "request_context")
class TestOneInventoryForAYear:
    SECOND = """\
  - {id: py-otro-2020, title: Otro, reference_year: 2020, milestone: py-pan1-c01-h01}
"""

    def test_two_in_a_file(self, load: Load) -> None:
        before = count_rows()
        with pytest.raises(tk.ValidationError) as error:
            load({"p.yaml": BASE + INVENTORY + self.SECOND})
        (said,) = error.value.error_dict["files"]
        assert said.startswith("p.yaml:38: service_inventories/py-otro-2020.reference_year")
        assert "2020" in said and "py-servicios-2020" in said
        assert count_rows() == before

    def test_one_in_the_portal(self, load: Load) -> None:
        load({"p.yaml": BASE + INVENTORY})
        with pytest.raises(tk.ValidationError) as error:
            load({"p.yaml": BASE + "service_inventories:\n" + self.SECOND}, "prueba")
        assert "py-servicios-2020" in error.value.error_dict["files"][0]
        other = self.SECOND.replace("reference_year: 2020", "reference_year: 2021")
        assert load({"p.yaml": BASE + INVENTORY + other})["created"] == ["py-otro-2020"]

    def test_by_form_and_api(self, load: Load) -> None:
        load({"p.yaml": BASE + INVENTORY})
        owner = model.Group.get("ministerio").id
        user = factories.User()["name"]
        act("organization_member_create", id=owner, username=user, role="editor")
        data = {"type": "service_inventory", "title": "X", "owner_org": owner,
                "reference_year": "2020"}  # fmt: skip
        create = tk.get_action("package_create")

        def refuse() -> str:
            with pytest.raises(tk.ValidationError) as error:
                create({"user": user, "ignore_auth": False}, {**data, "name": "otro-2020"})
            (said,) = error.value.error_dict["reference_year"]
            return str(said)

        assert "Servicios" in refuse()
        act("package_patch", id="py-servicios-2020", title="Secreto", private=True)
        assert "Secreto" in refuse()  # of the same institution, which they may see
        act("package_patch", id="py-servicios-2020", name="otro-nombre")  # itself is no other
        other = {**data, "name": "otro-2021", "reference_year": "2021"}
        assert create({"user": user, "ignore_auth": False}, other)["reference_year"] == "2021"
        with pytest.raises(tk.ValidationError) as error:
            act("package_patch", id="otro-2021", reference_year="2020")
        assert "Secreto" in error.value.error_dict["reference_year"][0]


@pytest.mark.usefixtures("clean", "request_context")
class TestIndicators:
    """What holds of an indicator in a load holds by form and API."""

    @pytest.mark.parametrize(
        ("fields", "field", "word"),
        [
            ({}, "milestone", ""),
            ({"milestone": "py-pan1-c01-h01", "commitment": "py-pan1-c01"}, "commitment",
             "py-pan1-c01-h01"),
            ({"commitment": "py-pan1-c01", "computation": "services_count"}, "computed_from", ""),
            ({"commitment": "py-pan1-c01", "computation": "norms_applied",
              "computed_from": "py-estandares"}, "computed_from", "register (norms)"),
            ({"regional_plan": "py-red", "regional_activity": "9"}, "regional_activity", "1, 2"),
        ],
    )  # fmt: skip
    def test_by_api(
        self, load: Load, fields: dict[str, str], field: str, word: str
    ) -> None:
        rows = "[{activity_key: '1', activity_no: '1', area_no: '1', name: A, period: H1}," \
               " {activity_key: '2', activity_no: '2', area_no: '1', name: B, period: H1}]"
        plan = "regional_plans:\n  - {id: py-red, title: Red, areas: [{area_no: '1', title: A}]," \
               f" regional_activities: {rows}}}\n"  # fmt: skip
        load({"p.yaml": BASE + REGISTER + plan})
        data = {"type": "indicator", "name": "i", "title": "I", "owner_org": "ministerio"}
        with pytest.raises(tk.ValidationError) as error:
            act("package_create", **data, **fields)
        (said,) = error.value.error_dict[field]
        assert word in said
