"""Loading a plan: whole or not at all, again and again, and away again."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.gtplan.logic.ids import make_package_id
from ckanext.gtplan.logic.plans import loading
from ckanext.gtplan.logic.plans.storage import read_file
from ckanext.gtplan.model import LoadedObject, LoadRun, Modification

Load = Callable[..., dict[str, Any]]

HEAD = """\
load: prueba
publication:
  owner: ministerio
  license_id: cc-by
  frequency: eventual
  contact_name: Oficina de datos
  contact_email: datos@example.org
organizations:
  - {id: ministerio, title: Ministerio de Prueba, acronym: MP, country: PRY}
action_plans:
  - id: py-pan1
    title: Primer plan
    plan_number: 1
    country: PRY
    cycle_year: 2020
    coordinating_body: ministerio
"""
COMMITMENT = """\
commitments:
  - id: py-pan1-c01
    title: Datos para todos
    action_plan: py-pan1
    commitment_number: 1
    start_date: 2020-02
"""
MILESTONE = """\
milestones:
  - id: py-pan1-c01-h01
    title: Primer hito
    commitment: py-pan1-c01
    number: 1
    activities:
      - {activity_no: 1, name: Escribir el plan, planned_start: 2020-03}
"""


def count_rows() -> tuple[int, ...]:
    """Count all that a load may write."""
    tables = (model.Package, model.Group, LoadRun, LoadedObject, Modification)
    return tuple(
        model.Session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in tables
    )


def show(name: str) -> dict[str, Any]:
    return dict(tk.get_action("package_show")({"ignore_auth": True}, {"id": name}))


@pytest.mark.usefixtures("example", "request_context")
class TestExample:
    """The packaged example is in the portal as the documents state it."""

    def test_every_commitment_is_found_by_anonymous(self) -> None:
        found = tk.get_action("package_search")(
            {"user": ""}, {"fq": "dataset_type:commitment", "rows": 0}
        )
        assert found["count"] == 109

    @pytest.mark.parametrize(
        ("query", "title"),
        [
            ("datos abiertos", "datos abiertos"),
            ("dato abierto", "datos abiertos"),
            ("salud", "salud"),
            ("informacion publica", "información pública"),
            ("Eradicating Secretismo", ""),
            ("GT0092", "Estrategia Nacional"),
        ],
    )
    def test_words_are_found_in_both_languages(self, query: str, title: str) -> None:
        found = tk.get_action("package_search")(
            {"user": ""}, {"q": query, "fq": "dataset_type:commitment"}
        )
        assert found["count"] >= 1
        assert title.lower() in found["results"][0]["title"].lower()

    def test_facets_have_names_for_people(self) -> None:
        fields = ["action_plan", "cycle_year", "vocab_policy_areas"]
        found = tk.get_action("package_search")(
            {"user": ""}, {"fq": "dataset_type:commitment", "rows": 0, "facet.field": fields}
        )["search_facets"]
        counts = {
            name: {item["display_name"]: item["count"] for item in found[name]["items"]}
            for name in fields
        }
        assert counts["cycle_year"] == {
            "2012": 14, "2014": 48, "2016": 22, "2018": 24, "2021": 1
        }  # fmt: skip
        assert counts["vocab_policy_areas"]["Salud"] == 3
        assert "4º. Plan de Acción" in " ".join(counts["action_plan"])

    def test_a_work_plan_keeps_its_order(self) -> None:
        numbers = [row["activity_no"] for row in show("gt-pan4-c11-h01")["activities"]]
        assert numbers == [f"{n:02d}" for n in range(1, 14)]

    def test_the_log_of_a_plan_and_of_a_record(self) -> None:
        call = tk.get_action("gtplan_modification_list")
        assert [e["seq"] for e in call({"user": ""}, {"id": "gt-pan5"})] == list(range(1, 12))
        own = call({"user": ""}, {"id": "gt-pan5-c02"})
        assert own and {entry["target"] for entry in own} == {"gt-pan5-c02"}

    def test_ids_are_the_same_in_every_portal(self) -> None:
        assert show("gt-pan4-c11")["id"] == make_package_id("gt-pan4-c11")

    def test_loading_again_changes_nothing(self, load: Load) -> None:
        before = {
            row.id: row.metadata_modified for row in model.Session.query(model.Package).all()
        }
        summary = load(Path(str(files("ckanext.gtplan") / "examples" / "guatemala")))
        assert (summary["created"], summary["changed"]) == ([], [])
        assert set(summary["published"].values()) <= {"unchanged"}
        model.Session.expire_all()
        after = {
            row.id: row.metadata_modified for row in model.Session.query(model.Package).all()
        }
        assert after == before


@pytest.mark.usefixtures("clean", "request_context")
class TestRepeating:
    """A file that changes changes what it names, and leaves the rest."""

    def test_a_changed_record_is_changed_and_the_rest_left(self, load: Load) -> None:
        load({"p.yaml": HEAD + COMMITMENT})
        summary = load({"p.yaml": HEAD + COMMITMENT.replace("para todos", "abiertos")})
        assert summary["changed"] == ["py-pan1-c01"]
        assert summary["unchanged"] == ["ministerio", "py-pan1"]
        assert show("py-pan1-c01")["title"] == "Datos abiertos"

    def test_a_value_that_is_gone_from_the_file_is_gone(self, load: Load) -> None:
        load({"p.yaml": HEAD + COMMITMENT})
        load({"p.yaml": HEAD + COMMITMENT.replace("    start_date: 2020-02\n", "")})
        assert not show("py-pan1-c01").get("start_date")

    def test_an_edit_in_the_portal_stays_while_the_file_says_the_same(
        self, load: Load, sysadmin: dict[str, Any]
    ) -> None:
        load({"p.yaml": HEAD + COMMITMENT})
        tk.get_action("package_patch")(
            dict(sysadmin), {"id": "py-pan1-c01", "problem": "Escrito en el portal"}
        )
        summary = load({"p.yaml": HEAD + COMMITMENT})
        assert summary["changed"] == []
        assert show("py-pan1-c01")["problem"] == "Escrito en el portal"

    def test_a_record_that_the_file_no_longer_names_is_told(self, load: Load) -> None:
        load({"p.yaml": HEAD + COMMITMENT})
        assert load({"p.yaml": HEAD})["left_over"] == ["py-pan1-c01"]
        assert show("py-pan1-c01")["state"] == "active"

    def test_an_organisation_of_the_portal_keeps_its_name(self, load: Load) -> None:
        factories.Organization(name="ministerio", title="Como lo llama el portal")
        load({"p.yaml": HEAD})
        assert model.Group.get("ministerio").title == "Como lo llama el portal"

    @pytest.mark.parametrize("step", ["_index", "_publish"])
    def test_a_load_that_was_killed_goes_on(
        self, load: Load, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        def kill(*arguments: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(loading, step, kill)
            with pytest.raises(KeyboardInterrupt):
                load({"p.yaml": HEAD + COMMITMENT})
        summary = load({"p.yaml": HEAD + COMMITMENT})
        assert summary["created"] == []
        found = tk.get_action("package_search")({"user": ""}, {"fq": "dataset_type:commitment"})
        assert [record["name"] for record in found["results"]] == ["py-pan1-c01"]
        assert "py-pan1-datos" in summary["published"]

    def test_the_log_grows_and_is_never_rewritten(self, load: Load) -> None:
        entry = (
            "modifications:\n"
            "  - {seq: 1, target: py-pan1-c01, change_type: added, summary: Se agregó}\n"
        )
        load({"p.yaml": HEAD + COMMITMENT + entry})
        with pytest.raises(tk.ValidationError) as error:
            load({"p.yaml": HEAD + COMMITMENT + entry.replace("Se agregó", "Otra cosa")})
        assert "p.yaml:24" in error.value.error_dict["files"][0]
        with pytest.raises(sa.exc.DBAPIError, match="never changed"):
            model.Session.execute(sa.update(Modification).values(summary="Otra cosa"))
        model.Session.rollback()


@pytest.mark.usefixtures("clean", "request_context")
class TestRefusing:
    """What is wrong is named by file, line and field, and nothing of the load is written."""

    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            (HEAD + COMMITMENT.replace("2020-02", "31.2.2020"), 22, ["start_date", "31.2.2020"]),
            (HEAD + COMMITMENT.replace("2020-02", "2020-02-31"), 22, ["2020-02-31"]),
            (HEAD + COMMITMENT + "    lead_institution: nadie\n", 23, ["_institution", "nadie"]),
            (
                HEAD + COMMITMENT + COMMITMENT.split("\n", 1)[1].replace("c01", "c02"),
                26,
                ["commitment_number", "1", "py-pan1-c01"],
            ),
            (HEAD + COMMITMENT[:-20] + '"', 22, ["YAML"]),
            (HEAD.replace("cc-by", "cc-bye"), 4, ["license_id", "cc-bye", "cc-zero"]),
            (HEAD.replace("eventual", "a veces"), 5, ["frequency", "a veces", "R/P1Y"]),
        ],
        ids=[
            "no date",
            "no day",
            "unknown organisation",
            "duplicate number",
            "truncated",
            "unknown licence",
            "unknown frequency",
        ],
    )
    def test_a_file_with_an_error(
        self, load: Load, text: str, line: int, words: list[str]
    ) -> None:
        before = count_rows()
        with pytest.raises(tk.ValidationError) as error:
            load({"p.yaml": text})
        sentence = error.value.error_dict["files"][0]
        assert sentence.startswith(f"p.yaml:{line}:")
        assert all(word in sentence for word in words)
        assert count_rows() == before

    def test_what_only_the_portal_refuses(self, load: Load) -> None:
        owner = factories.Organization()["id"]
        factories.Dataset(name="py-pan1-c01", owner_org=owner, private=True)
        before = count_rows()
        with pytest.raises(tk.ValidationError) as error:
            load({"p.yaml": HEAD + COMMITMENT})
        assert "p.yaml:18: commitments/py-pan1-c01" in error.value.error_dict["files"][0]
        model.Session.expire_all()
        assert count_rows() == before

    def test_a_failure_of_the_database_leaves_nothing(
        self, load: Load, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*arguments: object) -> None:
            raise RuntimeError("disk full")

        before = count_rows()
        monkeypatch.setattr(loading, "write_modifications", fail)
        with pytest.raises(RuntimeError):
            load({"p.yaml": HEAD + COMMITMENT})
        assert count_rows() == before

    def test_only_a_sysadmin_may_load_and_unload(self) -> None:
        user = factories.User()
        data = {"id": "x", "files": [{"name": "p.yaml", "content": HEAD}]}
        for name in (user["name"], ""):
            for action in ("gtplan_load", "gtplan_unload"):
                with pytest.raises(tk.NotAuthorized):
                    tk.get_action(action)({"user": name, "ignore_auth": False}, dict(data))


@pytest.mark.usefixtures("clean", "request_context")
class TestUnloading:
    """Unloading takes away what the load brought, and nothing else."""

    def test_all_that_was_loaded_goes(self, load: Load, sysadmin: dict[str, Any]) -> None:
        before = count_rows()
        load({"p.yaml": HEAD + COMMITMENT})
        tk.get_action("gtplan_unload")(dict(sysadmin), {"id": "prueba"})
        assert count_rows() == before
        found = tk.get_action("package_search")({"ignore_auth": True}, {"rows": 0})
        assert found["count"] == 0

    def test_what_others_use_stays(self, load: Load, sysadmin: dict[str, Any]) -> None:
        load({"p.yaml": HEAD + COMMITMENT})
        owner = model.Group.get("ministerio").id
        mine = factories.Dataset(owner_org=owner, private=True)
        result = tk.get_action("gtplan_unload")(dict(sysadmin), {"id": "prueba"})
        assert result["kept"] == ["ministerio"]
        assert show(mine["name"])["organization"]["name"] == "ministerio"

    def test_what_was_deleted_or_purged_in_the_portal_is_no_obstacle(
        self, load: Load, sysadmin: dict[str, Any]
    ) -> None:
        before = count_rows()
        load({"p.yaml": HEAD + COMMITMENT + MILESTONE})
        tk.get_action("package_delete")(dict(sysadmin), {"id": "py-pan1-c01-h01"})
        tk.get_action("dataset_purge")(dict(sysadmin), {"id": "py-pan1-c01"})
        result = tk.get_action("gtplan_unload")(dict(sysadmin), {"id": "prueba"})
        assert (result["kept"], count_rows()) == ([], before)

    def test_no_file_and_no_table_stays_behind(
        self, load: Load, sysadmin: dict[str, Any], app: Any
    ) -> None:
        load({"p.yaml": HEAD + COMMITMENT + MILESTONE})
        resources = show("py-pan1-c01-h01-datos")["resources"]
        assert resources and all(read_file(r["id"]) for r in resources)
        tk.get_action("gtplan_unload")(dict(sysadmin), {"id": "prueba"})
        assert not any(read_file(r["id"]) for r in resources)
        for resource in resources:
            with pytest.raises(tk.ObjectNotFound):
                tk.get_action("datastore_search")(dict(sysadmin), {"resource_id": resource["id"]})

    def test_it_can_be_loaded_again(self, load: Load, sysadmin: dict[str, Any]) -> None:
        load({"p.yaml": HEAD + COMMITMENT})
        before = show("py-pan1-c01")["id"]
        tk.get_action("gtplan_unload")(dict(sysadmin), {"id": "prueba"})
        load({"p.yaml": HEAD + COMMITMENT})
        assert show("py-pan1-c01")["id"] == before

    def test_an_unknown_load_is_named(self, sysadmin: dict[str, Any]) -> None:
        with pytest.raises(tk.ObjectNotFound, match="ninguna"):
            tk.get_action("gtplan_unload")(dict(sysadmin), {"id": "ninguna"})
