"""Out of the portal and back: the same bytes, and what a file cannot hold is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from exporting import PLAN, empty, export, get_files, get_text, parse
from reading import EXAMPLE, make_sysadmin

from ckanext.gtplan.logic.plans import loading

Load = Callable[..., dict[str, Any]]

def edit(name: str, **changes: Any) -> None:
    """Change a record as a form does, by the action of an editor."""
    tk.get_action("package_patch")(make_sysadmin(), {"id": name, **changes})


@pytest.fixture
def unpublished(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loads build datasets, which an export knows nothing of: without them it is quicker."""
    monkeypatch.setattr(loading, "build_deliverable", lambda *given: None)


@pytest.fixture
def small(clean: None, unpublished: None, load: Load) -> Iterator[None]:
    """A portal with a load in which every section has something, and hostile texts."""
    load({"plan.yaml": PLAN})
    yield
    empty()


@pytest.mark.usefixtures("small")
class TestThereAndBack:
    def test_what_was_loaded_comes_out(self) -> None:
        exported = export("prueba")
        assert exported["left_out"] == []
        before, after = parse(PLAN), parse(get_text(exported))
        assert after.id == before.id and after.publication == before.publication
        for section in ("action_plans", "milestones", "indicators", "regional_plans"):
            assert getattr(after, section) == getattr(before, section)
        assert after.service_inventories == before.service_inventories
        assert after.registers == before.registers
        assert after.reports == before.reports
        assert {c.id: c for c in after.commitments} == {c.id: c for c in before.commitments}
        assert {o.id: o for o in after.organizations} == {o.id: o for o in before.organizations}
        # the log keeps where an entry is from as one text
        assert [s.document for s in after.modifications[0].sources][-1] == "Otra"

    @pytest.mark.parametrize("name", ["prueba", "", "py-pan1-c02-h01"])
    def test_exported_loaded_and_exported_again_it_is_the_same(
        self, load: Load, name: str
    ) -> None:
        first = export(name)
        empty()
        load(get_files(first), first["load"])
        assert get_files(export(name)) == get_files(first)

    def test_a_folder_holds_the_same(self, load: Load) -> None:
        first = export("prueba", is_folder=True)
        assert "milestones.yaml" in get_files(first)
        empty()
        load(get_files(first))
        assert get_files(export("prueba", is_folder=True)) == get_files(first)

    def test_edits_come_out_and_stay(self, load: Load) -> None:
        rows = tk.get_action("package_show")(make_sysadmin(), {"id": "py-pan1-c02-h01"})
        activities = [{**row, "name": f"{row['name']}\r\n y más  "} for row in rows["activities"]]
        new = {"activity_no": "1", "name": "Primera", "planned_start": "2018-11-30"}
        edit(
            "py-pan1-c02-h01",
            activities=[new, *activities],
            is_title_known=True,
            planned_end="2020-01",
            general_objective="  01  ",
        )
        edit("py-pan1-c02", title="Título\tnuevo", national_plans=["~", "a: b"], weight="0.10")
        edit("red-2019", background="línea\r\n\r\notra: #")
        context = make_sysadmin()
        tk.get_action("package_create")(
            context,
            {"type": "milestone", "name": "nuevo-hito", "title": "Nuevo", "number": "2",
             "commitment": "py-pan1-c02", "owner_org": "agencia"},
        )  # fmt: skip
        first = export("prueba")
        assert first["left_out"] == []
        loaded = parse(get_text(first))
        milestone = next(m for m in loaded.milestones if m.id == "py-pan1-c02-h01")
        assert [a.activity_no for a in milestone.activities] == ["1", "01", "02"]
        assert milestone.activities[1].name == "Escribir\n y más"
        assert str(milestone.baseline_end) == "2019-11-30"
        # the portal has another owner than a load would choose, and the file names it
        assert [m.owner for m in loaded.milestones if m.id == "nuevo-hito"] == ["agencia"]
        empty()
        load(get_files(first))
        assert get_files(export("prueba")) == get_files(first)
        owner = tk.get_action("package_show")(make_sysadmin(), {"id": "nuevo-hito"})
        assert owner["organization"]["name"] == "agencia"

    def test_loading_it_where_it_is_changes_nothing(self, load: Load) -> None:
        exported = export("prueba")
        load(get_files(exported))
        again = load(get_files(exported))
        assert (again["created"], again["changed"]) == ([], [])


@pytest.mark.usefixtures("small")
class TestWhatAFileCannotHold:
    def test_hidden_records_are_named_and_what_is_below_them(self, load: Load) -> None:
        edit("py-pan1-c02", private=True)
        exported = export("prueba")
        text = get_text(exported)
        assert "py-pan1-c02" not in text
        left_out = " ".join(exported["left_out"])
        for name in ("py-pan1-c02:", "py-pan1-c02-h01:", "py-pan1-c02-h01-ia:"):
            assert name in left_out
        empty()
        load(get_files(exported))  # what refers to them does not: it loads

    def test_what_has_no_place_is_named(self) -> None:
        context = make_sysadmin()
        edit("py-pan1-c10", author="Alguien", tags=[{"name": "etiqueta"}])
        tk.get_action("resource_create")(
            context, {"package_id": "py-pan1-c10", "url": "https://example.org/x.pdf", "name": "X"}
        )
        left_out = export("prueba")["left_out"]
        for word in ("author", "etiqueta", "resources"):
            assert any("py-pan1-c10" in said and word in said for said in left_out)

    def test_values_that_were_written_past_the_validators_are_named(self, load: Load) -> None:
        package = model.Package.get("py-pan1-c10")
        package.extras = {**package.extras, "start_date": "ayer", "weird": "x", "novelty": "?"}
        model.Session.commit()
        exported = export("prueba")
        for word in ("ayer", "weird", "novelty"):
            assert any(word in said for said in exported["left_out"])
        empty()
        load(get_files(exported))

    def test_what_a_load_would_refuse_is_told(self) -> None:
        package = model.Package.get("py-pan1-c10")
        package.extras = {**package.extras, "commitment_number": "2"}
        model.Session.commit()
        (said,) = export("prueba")["left_out"]
        assert "prueba.yaml:" in said and "commitment_number" in said

    def test_an_organization_that_is_gone_leaves_no_reference(self, load: Load) -> None:
        group = model.Group.get("agencia")
        group.state = model.State.DELETED
        model.Session.commit()
        exported = export("prueba")
        assert any("successor" in said for said in exported["left_out"])
        empty()
        load(get_files(exported))


class TestRecordsOfNoLoad:
    """Made by form: no file says how their datasets are published."""

    @pytest.fixture
    def plan_by_form(self, clean: None, request_context: None) -> Iterator[None]:
        factories.Organization(name="ministerio", title="Ministerio")
        data = {"name": "hecho-a-mano", "title": "Plan", "owner_org": "ministerio"}
        tk.get_action("package_create")(make_sysadmin(), {"type": "action_plan", **data})
        yield
        empty()

    def test_the_catalogue_says_whom_to_write_to(
        self, plan_by_form: None, load: Load, ckan_config: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        option = "ckanext.gtplan.catalog.publisher_email"
        monkeypatch.setitem(ckan_config, option, "datos@example.org")
        first = export("hecho-a-mano")
        assert parse(get_text(first)).publication.owner == "ministerio"
        empty()
        load(get_files(first))
        assert get_files(export("hecho-a-mano")) == get_files(first)

    def test_without_that_it_is_asked_for(
        self, plan_by_form: None, ckan_config: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(ckan_config, "ckanext.gtplan.catalog.publisher_email", "")
        with pytest.raises(tk.ValidationError, match="publisher_email"):
            export("hecho-a-mano")


class TestWho:
    def test_nobody_but_a_sysadmin(self, small: None) -> None:
        for user in ("", factories.User()["name"]):
            with pytest.raises(tk.NotAuthorized):
                tk.get_action("gtplan_export")({"user": user}, {"id": "prueba"})

    def test_what_is_not_there(self, request_context: None) -> None:
        with pytest.raises(tk.ObjectNotFound):
            export("no-such-plan")


@pytest.mark.long
@pytest.mark.usefixtures("clean", "unpublished", "request_context")
class TestExample:
    def test_the_whole_example_with_edits_comes_back_in_the_same_bytes(self, load: Load) -> None:
        load(EXAMPLE)
        report = {"activity_no": "01", "as_of": "2019-04-30", "status": "completed"}
        tk.get_action("gtplan_report_create")(
            make_sysadmin(),
            {"milestone": "gt-pan4-c11-h01", "organization": "inap", **report,
             "evidence": ["https://example.org/plan.pdf"], "actual_end": "2019-04-30"},
        )  # fmt: skip
        edit("gt-pan4-c11", problem="Uno: # dos\r\n\r\nTres", owner_org="inap")
        edit("gt-pan4-c11-h02", planned_end="2021-01-31", is_title_known=False)
        first = {name: export(name, is_folder=True) for name in ("example", "gt-pan4")}
        assert "completed" in get_files(first["example"])["reports.yaml"]
        for name, exported in first.items():
            assert exported["left_out"] == []
            empty()
            load(get_files(exported), exported["load"])
            assert get_files(export(name, is_folder=True)) == get_files(exported)
        empty()


def test_the_schema_is_at_its_address(app: Any) -> None:
    answer = app.get("/ns/gtp/plan.schema.json", status=200)
    assert answer.headers["Content-Type"].startswith("application/schema+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json["$id"].endswith("/ns/gtp/plan.schema.json")
    assert answer.json["properties"].keys() >= {"load", "commitments", "reports"}


@pytest.mark.ckan_config("ckanext.gtplan.base_uri", "https://datos.example.org")
def test_files_name_the_schema_where_the_address_is_fixed(small: None) -> None:
    first, *_ = get_text(export("prueba")).splitlines()
    address = "https://datos.example.org/ns/gtp/plan.schema.json"
    assert first == f"# yaml-language-server: $schema={address}"


class TestCommands:
    @pytest.fixture
    def run(self, command: Any) -> Callable[..., Any]:
        from click.testing import CliRunner

        return lambda *words: CliRunner().invoke(command, ["gtplan", *map(str, words)])

    def test_export_to_a_file_and_a_folder(
        self, small: None, run: Callable[..., Any], tmp_path: Path
    ) -> None:
        file, folder = tmp_path / "plan.yaml", tmp_path / "plan"
        assert run("export", "prueba", "-o", file).exit_code == 0
        assert parse(file.read_text("utf-8")).id == "prueba"
        assert run("export", "--all", "-o", folder).exit_code == 0
        assert yaml.safe_load((folder / "load.yaml").read_text("utf-8"))["load"] == "plans"
        (folder / "other.yaml").write_text("x: 1")
        refused = run("export", "--all", "-o", folder)
        assert refused.exit_code == 1 and "other.yaml" in refused.output

    def test_export_asks_what(self, run: Callable[..., Any]) -> None:
        assert run("export").exit_code == 2
        assert run("export", "x", "--all").exit_code == 2
        missing = run("export", "no-such-plan")
        assert missing.exit_code == 1 and "no-such-plan" in missing.output

    def test_template(self, run: Callable[..., Any], tmp_path: Path) -> None:
        path = tmp_path / "plan.yaml"
        assert run("template", "-o", path).exit_code == 0
        assert "commitments:" in path.read_text("utf-8")

    def test_from_ogps_list_to_pages(
        self, clean: None, run: Callable[..., Any], app: Any, tmp_path: Path
    ) -> None:
        source, plan = tmp_path / "ogp.csv", tmp_path / "plan.yaml"
        source.write_text(
            "Commitment Unique Identifier;Country/Locality;Theme;Year Of Submission;"
            "Action Plan Number;Commitment Number;Commitment Title;Lead Institution;Colour\n"
            "FD0001;Freedonia;Open Data;2021;3;1;Mapa de fuentes; Ministerio de Aguas (MA);red\n"
            'FD0002;Freedonia;Space;2021;3;2;"Presupuesto\nabierto";ND;\n'
            "SY0001;Sylvania;Health;2021;1;1;Salud;ND;\n",
            "latin-1",
        )
        unclear = run("convert-ogp", source)
        assert unclear.exit_code == 1 and "Freedonia, Sylvania" in unclear.output
        made = run("convert-ogp", source, "--country", "Freedonia", "-o", plan)
        assert made.exit_code == 0
        assert "Colour" in made.output and "ogp.csv:3:" in made.output
        assert run("load", plan).exit_code == 0
        for path, words in {
            "/action_plan/fd-pan3": "Freedonia",
            "/commitment/fd-pan3-c01": "Mapa de fuentes",
            "/commitment/fd-pan3-c02": "Presupuesto abierto",
            "/organization/about/fd-ministerio-de-aguas": "Ministerio de Aguas",
        }.items():
            assert words in app.get(path, status=200).body
        empty()

    def test_convert_ogp_names_what_is_no_list(
        self, run: Callable[..., Any], tmp_path: Path
    ) -> None:
        source = tmp_path / "x.csv"
        source.write_text("a,b\n1,2\n")
        refused = run("convert-ogp", source)
        assert refused.exit_code == 1 and "x.csv:1:" in refused.output
