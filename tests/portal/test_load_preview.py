"""A dry run says what a load would do, and does nothing."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from ckan import model
from ckan.lib import jobs
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from test_loading import COMMITMENT, HEAD, MILESTONE, Load, count_rows, show

from ckanext.gtplan.plan.files.tree import collect_sources

EXAMPLE = Path(str(files("ckanext.gtplan") / "examples" / "guatemala"))
ENTRY = """\
modifications:
  - {seq: 1, target: py-pan1-c01, change_type: added, summary: Se agregó}
"""

Preview = Callable[..., dict[str, Any]]


@pytest.fixture
def preview(request_context: None, sysadmin: dict[str, Any]) -> Preview:
    def call(source: dict[str, str], load_id: str = "prueba") -> dict[str, Any]:
        sent = [{"name": name, "content": text} for name, text in source.items()]
        data = {"id": load_id, "files": sent, "dry_run": True}
        result: dict[str, Any] = tk.get_action("gtplan_load")(dict(sysadmin), data)
        return dict(result["difference"])

    return call


def by_name(difference: dict[str, Any]) -> dict[str, Any]:
    return {record["name"]: record for record in difference["records"]}


@pytest.mark.usefixtures("example", "request_context")
def test_the_example_differs_in_nothing_from_what_was_loaded(preview: Preview) -> None:
    found = collect_sources(EXAMPLE)
    difference = preview({s.name: s.data.decode() for s in found}, "example")
    told = {(record["name"], record["status"]) for record in difference["records"]}
    assert {status for _, status in told} == {"unchanged"}
    assert [record for record in difference["records"] if record["edited"]] == []
    assert (difference["modifications"], difference["refused"]) == ([], [])


@pytest.mark.usefixtures("clean", "request_context")
class TestPreview:
    def test_a_first_load_is_all_new_and_nothing_is_written(self, preview: Preview) -> None:
        before = count_rows()
        jobs.get_queue().empty()
        difference = preview({"p.yaml": HEAD + COMMITMENT + MILESTONE + ENTRY})
        assert [(r["type"], r["name"], r["status"]) for r in difference["records"]] == [
            ("organization", "ministerio", "new"),
            ("action_plan", "py-pan1", "new"),
            ("commitment", "py-pan1-c01", "new"),
            ("milestone", "py-pan1-c01-h01", "new"),
        ]
        assert [entry["summary"] for entry in difference["modifications"]] == ["Se agregó"]
        assert difference["refused"] == []
        model.Session.expire_all()
        assert count_rows() == before
        assert not jobs.get_queue().jobs
        found = tk.get_action("package_search")({"ignore_auth": True}, {"rows": 0})
        assert found["count"] == 0

    def test_it_names_field_and_row_with_the_old_and_the_new_value(
        self, preview: Preview, load: Load
    ) -> None:
        load({"p.yaml": HEAD + COMMITMENT + MILESTONE})
        text = (
            MILESTONE.replace("Primer hito", "Hito uno").replace("2020-03", "2020-04")
            + "      - {activity_no: 2, name: Publicarlo}\n"
        )
        difference = by_name(preview({"p.yaml": HEAD + COMMITMENT + text}))
        milestone = difference["py-pan1-c01-h01"]
        assert milestone["status"] == "changed"
        title, activities = milestone["changes"]
        assert title == {"field": "title", "old": "Primer hito", "new": "Hito uno"}
        first, second = activities["rows"]
        assert (first["key"], first["status"]) == ("1", "changed")
        # the portal keeps the date that the public was told first
        assert first["changes"] == [
            {"field": "planned_start", "old": "2020-03", "new": "2020-04"},
            {"field": "baseline_start", "old": None, "new": "2020-03"},
        ]
        assert (second["key"], second["status"], second["new_number"]) == ("2", "new", 2)
        assert difference["py-pan1-c01"]["status"] == "unchanged"
        assert show("py-pan1-c01-h01")["title"] == "Primer hito"

    def test_it_is_what_the_load_then_does(self, preview: Preview, load: Load) -> None:
        load({"p.yaml": HEAD + COMMITMENT + MILESTONE})
        files = {"p.yaml": HEAD + COMMITMENT.replace("para todos", "abiertos") + ENTRY}
        difference = preview(files)
        summary = load(files)
        status = {r["name"]: r["status"] for r in difference["records"]}
        assert [name for name in status if status[name] == "changed"] == summary["changed"]
        assert [name for name in status if status[name] == "left_over"] == summary["left_over"]
        assert preview(files)["modifications"] == []
        after = {r["name"]: r["status"] for r in preview(files)["records"]}
        assert after["py-pan1-c01"] == "unchanged"

    def test_an_edit_of_the_portal_that_would_stay_is_told(
        self, preview: Preview, load: Load, sysadmin: dict[str, Any]
    ) -> None:
        files = {"p.yaml": HEAD + COMMITMENT}
        load(files)
        edit = {"id": "py-pan1-c01", "problem": "Escrito en el portal", "private": True}
        tk.get_action("package_patch")(dict(sysadmin), edit)
        record = by_name(preview(files))["py-pan1-c01"]
        assert (record["status"], record["changes"]) == ("unchanged", [])
        assert record["edited"] == [
            {"field": "problem", "old": None, "new": "Escrito en el portal"},
            {"field": "private", "old": False, "new": True},
        ]

    def test_all_that_the_portal_would_refuse_is_told_at_once(
        self, preview: Preview, load: Load
    ) -> None:
        owner = factories.Organization()["id"]
        for name in ("py-pan1-c01", "py-pan1-c01-h01"):
            factories.Dataset(name=name, owner_org=owner, private=True)
        before = count_rows()
        files = {"p.yaml": HEAD + COMMITMENT + MILESTONE}
        difference = preview(files)
        refused = [(p["line"], p["path"]) for p in difference["refused"]]
        assert refused == [
            (18, "commitments/py-pan1-c01"),
            (24, "milestones/py-pan1-c01-h01"),
        ] or [path for _, path in refused] == [
            "commitments/py-pan1-c01.id",
            "milestones/py-pan1-c01-h01.id",
        ]
        assert by_name(difference)["py-pan1-c01"]["status"] == "refused"
        with pytest.raises(tk.ValidationError) as error:
            load(files)
        sentences = error.value.error_dict["files"]
        assert sentences == [problem["text"] for problem in difference["refused"]]
        model.Session.expire_all()
        assert count_rows() == before

    def test_what_ckan_refuses_does_not_hide_what_follows(
        self, preview: Preview, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ckanext.gtplan.logic import packages

        check = packages.gate.check_create

        def refuse(context: Any, data: dict[str, Any]) -> None:
            if data["name"] in ("py-pan1", "py-pan1-c01-h01"):
                model.Session.rollback()  # as CKAN does
                raise tk.ValidationError({"title": ["No se acepta"]})
            check(context, data)

        monkeypatch.setattr(packages.gate, "check_create", refuse)
        difference = preview({"p.yaml": HEAD + COMMITMENT + MILESTONE})
        assert [p["path"] for p in difference["refused"]] == [
            "action_plans/py-pan1.title",
            "milestones/py-pan1-c01-h01.title",
        ]
        statuses = {r["name"]: r["status"] for r in difference["records"]}
        assert statuses["py-pan1-c01"] == "new"

    def test_a_file_with_an_error_is_told_as_data(self, preview: Preview) -> None:
        difference = preview({"p.yaml": HEAD + COMMITMENT.replace("2020-02", "2020-02-31")})
        (problem,) = difference["refused"]
        assert (problem["file"], problem["line"]) == ("p.yaml", 22)
        assert "2020-02-31" in problem["text"]
        assert difference["records"] == []

    def test_an_entry_that_the_log_has_otherwise_is_refused(
        self, preview: Preview, load: Load
    ) -> None:
        load({"p.yaml": HEAD + COMMITMENT + ENTRY})
        difference = preview({"p.yaml": HEAD + COMMITMENT + ENTRY.replace("agregó", "quitó")})
        assert [problem["line"] for problem in difference["refused"]] == [24]

    def test_only_a_sysadmin(self) -> None:
        data = {"id": "x", "files": [{"name": "p.yaml", "content": HEAD}], "dry_run": True}
        for name in (factories.User()["name"], ""):
            with pytest.raises(tk.NotAuthorized):
                tk.get_action("gtplan_load")({"user": name, "ignore_auth": False}, dict(data))
