"""When the figures of a dataset move, what they were on a past day, and how old ones get some."""

from __future__ import annotations

from contextvars import Context
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from assessing import (
    COMPLETE,
    assess_all,
    create,
    get_figures,
    insert,
    list_rows,
    make_people,
    report,
)
from ckan import model
from ckan.cli.cli import ckan as ckan_command
from ckan.cli.db import _run_migrations
from ckan.plugins import toolkit as tk
from click.testing import CliRunner
from reading import act

from ckanext.gtplan.logic.quality.conformance import assess_package
from ckanext.gtplan.logic.quality.history import record_conformance
from ckanext.gtplan.model import ConformanceEntry


@pytest.fixture
def people(clean: None, request_context: None) -> dict[str, str]:
    """An empty portal with two organizations; tokens of people by their role."""
    return make_people()


@pytest.mark.usefixtures("people")
class TestHistory:
    """A row is written when figures, gaps or visibility change, and never changed itself."""

    def test_it_begins_with_the_dataset(self) -> None:
        dataset = create("uno")
        [row] = list_rows(dataset["id"])
        shown = act("package_show", id="uno")
        assert get_figures(row) == get_figures(assess_package(shown))
        assert (row.visibility, row.organization_id) == ("private", dataset["owner_org"])
        assert row.required_filled < row.required_total
        assert {"issued", "accrualPeriodicity"} <= {gap["key"] for gap in row.gaps}

    def test_it_moves_when_a_field_is_filled(self) -> None:
        dataset = create("uno")
        act("package_patch", id="uno", issued="2020-05-01")
        before, after = list_rows(dataset["id"])
        assert after.required_filled == before.required_filled + 1
        assert after.required_total == before.required_total
        assert "issued" not in {gap["key"] for gap in after.gaps}

    def test_it_stays_when_an_edit_changes_no_figure(self) -> None:
        dataset = create("uno", notes="Una descripción.")
        act("package_patch", id="uno", notes="Otra descripción.")
        assert len(list_rows(dataset["id"])) == 1

    def test_it_moves_when_another_field_is_missing_with_the_same_figures(self) -> None:
        dataset = create("uno", issued="2020-05-01")
        act("package_patch", id="uno", issued="", frequency="R/P1Y")
        before, after = list_rows(dataset["id"])
        assert get_figures(before) == get_figures(after)
        assert before.gaps != after.gaps

    def test_a_resource_counts(self) -> None:
        dataset = create("uno")
        act("resource_create", package_id="uno", name="Tabla", url="http://example.org/t.csv")
        before, after = list_rows(dataset["id"])
        assert after.required_total > before.required_total

    def test_who_sees_a_dataset_moves_it(self) -> None:
        dataset = create("uno", **COMPLETE)
        act("package_patch", id="uno", private=False)
        assert [row.visibility for row in list_rows(dataset["id"])] == ["private", "public"]

    def test_a_dataset_takes_its_organization_along(self) -> None:
        dataset = create("uno")
        act("package_patch", id="uno", owner_org="instituto")
        names = [model.Group.get(row.organization_id).name for row in list_rows(dataset["id"])]
        assert names == ["ministerio", "instituto"]
        assert report(organization="ministerio")["totals"]["datasets"] == 0
        assert report(organization="instituto")["totals"]["datasets"] == 1

    def test_what_is_not_saved_is_not_in_it(self) -> None:
        dataset = create("uno")
        with pytest.raises(tk.ValidationError):
            act("package_patch", id="uno", issued="ayer", frequency="R/P1Y")
        assert len(list_rows(dataset["id"])) == 1

    def test_what_is_rolled_back_is_not_in_it(self, sysadmin: dict[str, Any]) -> None:
        dataset = create("uno")
        context = {**sysadmin, "defer_commit": True}
        tk.get_action("package_patch")(context, {"id": "uno", "issued": "2020-05-01"})
        model.Session.rollback()
        assert len(list_rows(dataset["id"])) == 1

    def test_plan_records_have_none(self) -> None:
        record = act("package_create", type="action_plan", name="gt-pan9", title="Plan",
                     owner_org="ministerio", plan_number="9", country="GTM", cycle_year="2030",
                     coordinating_body="ministerio")
        assert list_rows(record["id"]) == []

    @pytest.mark.parametrize("remove", ["package_delete", "dataset_purge"])
    def test_a_deleted_dataset_is_closed(self, remove: str) -> None:
        dataset = create("uno")
        act(remove, id="uno")
        last = list_rows(dataset["id"])[-1]
        assert last.visibility == "deleted"
        assert set(get_figures(last).values()) == {0}
        assert report()["totals"]["datasets"] == 0
        assert report()["datasets"] == []

    def test_a_purge_after_a_deletion_closes_it_once(self) -> None:
        dataset = create("uno")
        act("package_delete", id="uno")
        act("dataset_purge", id="uno")
        visibilities = [row.visibility for row in list_rows(dataset["id"])]
        assert visibilities == ["private", "deleted"]

    def test_a_restored_dataset_is_there_again(self) -> None:
        dataset = create("uno")
        act("package_delete", id="uno")
        act("package_patch", id="uno", state="active")
        visibilities = [row.visibility for row in list_rows(dataset["id"])]
        assert visibilities == ["private", "deleted", "private"]

    @pytest.mark.parametrize(
        ("action", "expected"),
        [
            ("bulk_update_public", ["private", "public"]),
            ("bulk_update_private", ["private"]),
            ("bulk_update_delete", ["private", "deleted"]),
        ],
    )
    def test_bulk_actions_move_it(self, action: str, expected: list[str]) -> None:
        datasets = [create(name, **COMPLETE) for name in ("uno", "dos")]
        ids = [dataset["id"] for dataset in datasets]
        act(action, datasets=ids, org_id=datasets[0]["owner_org"])
        assert [[row.visibility for row in list_rows(one)] for one in ids] == [expected] * 2

    def test_the_database_refuses_to_change_a_row(self) -> None:
        create("uno")
        with pytest.raises(sa.exc.DatabaseError, match="never changed"):
            model.Session.execute(sa.update(ConformanceEntry).values(required_filled=99))
        model.Session.rollback()


@pytest.mark.usefixtures("people")
class TestPast:
    """The figure of a past day is the last row of each dataset up to its end."""

    def add(self, name: str, day: date, filled: int, **more: Any) -> None:
        package = model.Package.get(name)
        values = {"organization_id": package.owner_org, "visibility": "private", **more}
        moment = datetime(day.year, day.month, day.day, 15, tzinfo=timezone.utc)
        model.Session.add(
            ConformanceEntry(
                package_id=package.id,
                moment=moment,
                required_filled=filled,
                required_total=10,
                recommended_filled=0,
                recommended_total=10,
                gaps=[],
                **values,
            )
        )
        model.Session.flush()

    def test_figures_of_past_days(self) -> None:
        insert("uno")
        insert("dos")
        self.add("uno", date(2024, 1, 1), 4)
        self.add("dos", date(2024, 1, 3), 6)
        self.add("uno", date(2024, 1, 3), 8)
        self.add("dos", date(2024, 1, 5), 0, visibility="deleted")
        found = {
            day: report(date=f"2024-01-0{day}")["totals"]["required_filled"] for day in range(1, 6)
        }
        assert found == {1: 4, 2: 4, 3: 14, 4: 14, 5: 8}
        assert report(date="2023-12-31")["totals"]["datasets"] == 0
        assert report(date="2024-01-04")["datasets"][0]["name"] == "dos"

    def test_the_history_adds_up_to_the_figures_of_each_day(self) -> None:
        group = model.Group.get("instituto").id
        insert("uno")
        insert("dos")
        today = datetime.now(timezone.utc).date()
        days = [today - timedelta(days=number) for number in (20, 12, 5)]
        self.add("uno", days[0], 4)
        self.add("dos", days[1], 6)
        self.add("uno", days[2], 9, organization_id=group)
        for organization in (None, "ministerio", "instituto"):
            asked = {"organization": organization} if organization else {}
            history = report(**asked)["history"]
            assert history
            for point in history:
                past = report(date=point["date"], **asked)["totals"]
                assert {**past, **point} == {**point, **past}
        assert [point["date"] for point in report()["history"]] == [d.isoformat() for d in days]

    @pytest.mark.parametrize(("age", "most"), [(20, 21), (150, 23), (400, 15)])
    def test_an_old_history_is_told_in_few_points(self, age: int, most: int) -> None:
        insert("uno")
        today = datetime.now(timezone.utc).date()
        for number in range(age, 0, -1):
            self.add("uno", today - timedelta(days=number), number % 10)
        history = report()["history"]
        assert 1 < len(history) <= most
        assert history[-1]["required_filled"] == report()["totals"]["required_filled"]

    def test_a_day_that_is_none_is_refused(self) -> None:
        with pytest.raises(tk.ValidationError):
            report(date="ayer")


@pytest.mark.usefixtures("people")
class TestAssessment:
    """Datasets that no hook told of are named until they are assessed, and then counted."""

    def test_a_dataset_from_before_is_named_and_then_counted(self) -> None:
        insert("vieja")
        before = report()
        assert (before["totals"]["not_assessed"], before["totals"]["datasets"]) == (1, 0)
        assert before["datasets"][0]["visibility"] is None
        assert assess_all(is_rebuild=False) == 1
        after = report()
        assert (after["totals"]["not_assessed"], after["totals"]["datasets"]) == (0, 1)
        assert after["totals"]["public_lacking"] == 1
        [listed] = report(public_lacking=True)["datasets"]
        assert listed["name"] == "vieja"
        assert "issued" in {gap["key"] for gap in listed["gaps"]}

    def test_assessing_again_adds_nothing(self) -> None:
        insert("vieja")
        create("nueva")
        assert (assess_all(), assess_all()) == (1, 0)

    def test_what_changed_without_a_save_is_found(self) -> None:
        dataset = create("uno")
        filled = list_rows(dataset["id"])[-1].recommended_filled
        act(
            "organization_patch",
            id="ministerio",
            extras=[{"key": "email", "value": "datos@example.org"}],
        )
        assert assess_all() == 1
        assert list_rows(dataset["id"])[-1].recommended_filled == filled + 1

    def test_what_went_without_a_word_is_closed(self) -> None:
        dataset = create("uno")
        model.Package.get("uno").purge()
        model.repo.commit()
        assert assess_all() == 1
        assert list_rows(dataset["id"])[-1].visibility == "deleted"

    def test_figures_are_those_of_assess(self) -> None:
        create("uno")
        create("dos", **COMPLETE)
        insert("tres")
        assess_all()
        for row in report()["datasets"]:
            assessed = assess_package(act("package_show", id=row["id"]))
            assert get_figures(row) == get_figures(assessed)
            assert row["percent"] == assessed.percent
            assert {(g["kind"], g["key"]) for g in row["gaps"]} == {
                (gap.kind, gap.key) for gap in assessed.gaps
            }

    def test_the_command_assesses_and_prints(self) -> None:
        insert("vieja")
        model.Session.remove()

        def run(*arguments: str) -> str:
            command = ["gtplan", "conformance", *arguments]
            result = CliRunner().invoke(ckan_command, ["-c", tk.config["__file__"], *command])
            assert result.exit_code == 0, result.output
            return result.output

        text = Context().run(run, "--rebuild")
        totals = report()["totals"]
        assert totals["datasets"] == 1
        line = next(line for line in text.splitlines() if line.startswith("Ministerio de Prueba"))
        expected = f"{totals['required_filled']}/{totals['required_total']}"
        assert line.split()[3:5] == ["1", expected]


@pytest.mark.usefixtures("clean", "request_context")
class TestMigration:
    def test_it_goes_up_and_down(self) -> None:
        def has_table() -> bool:
            return sa.inspect(model.meta.engine).has_table("gtplan_conformance")

        model.Session.remove()
        try:
            assert has_table()
            _run_migrations("gtplan", "0001", False)
            assert not has_table()
        finally:
            _run_migrations("gtplan", None, True)
        assert has_table()
        with pytest.raises(sa.exc.DatabaseError, match="never changed"):
            insert_and_update()
        model.Session.rollback()


def insert_and_update() -> None:
    """Show that the trigger is there again."""
    act("organization_create", name="ministerio")
    record_conformance(insert("uno"))
    model.Session.execute(sa.update(ConformanceEntry).values(required_filled=99))
