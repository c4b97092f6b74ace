"""Reports that come with a file: added once, taken away with their load, and never changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk

from ckanext.gtplan.config import get_today
from ckanext.gtplan.logic.follow.reports import read_reports
from ckanext.gtplan.model import ReportEntry

Load = Callable[..., dict[str, Any]]

HEAD = """\
publication:
  owner: ministerio
  license_id: cc-by
  frequency: eventual
  contact_name: Oficina de datos
  contact_email: datos@example.org
organizations:
  - {id: ministerio, title: Ministerio de Prueba, country: PRY}
"""
PLAN = """\
action_plans:
  - {id: py-pan1, title: Primer plan, plan_number: 1, country: PRY, coordinating_body: ministerio}
commitments:
  - {id: py-pan1-c01, title: Datos para todos, action_plan: py-pan1, commitment_number: 1}
milestones:
  - id: py-pan1-c01-h01
    title: Primer hito
    commitment: py-pan1-c01
    number: 1
    activities:
      - {activity_no: 1, name: Escribir el plan}
    expected_deliverables:
      - {key: plan, name: El plan}
"""
REPORTS = """\
reports:
  - id: r-2
    milestone: py-pan1-c01-h01
    activity_no: 1
    organization: ministerio
    as_of: 2020-06-30
    recorded: 2020-07-01T10:00:00Z
    status: completed
    actual_end: 2020-06
    evidence: [https://example.org/plan.pdf]
  - id: r-1
    milestone: py-pan1-c01-h01
    activity_no: 1
    as_of: 2020-03-31
    status: in_progress
    percent_complete: 12.50
    executed_amount: 570075.00
    currency: PYG
  - {id: r-3, milestone: py-pan1-c01-h01, deliverable: plan, as_of: 2020-07-01, note: Listo}
"""
MILESTONE = "py-pan1-c01-h01"


@pytest.fixture(autouse=True)
def _empty(request_context: None) -> None:
    model.repo.delete_all()
    search.clear_all()


def send(load: Load, reports: str = REPORTS, load_id: str = "prueba", plan: str = PLAN) -> Any:
    return load({"plan.yaml": HEAD + plan + reports}, load_id)


def refuse(load: Load, reports: str, **values: str) -> str:
    """Load what is wrong, and give the sentences."""
    with pytest.raises(tk.ValidationError) as raised:
        send(load, reports, **values)
    model.Session.rollback()
    return "\n".join(raised.value.error_dict["files"])



def test_reports_are_read_as_they_are_written(load: Load) -> None:
    send(load)
    first, second, third = read_reports([MILESTONE])
    assert (first.id, second.id, third.id) == ("r-1", "r-2", "r-3")  # in the order of time
    assert str(first.percent_complete) == "12.50" and str(first.executed_amount) == "570075.00"
    assert first.recorded and first.organization is None
    assert second.recorded == "2020-07-01T10:00:00Z" and second.organization == "ministerio"
    assert second.evidence == ("https://example.org/plan.pdf",)
    assert str(second.as_of) == "2020-06-30"
    assert (third.deliverable, third.note) == ("plan", "Listo")


def test_they_count_even_where_approval_is_asked_for(load: Load, ckan_config: Any) -> None:
    ckan_config["ckanext.gtplan.reports.approval"] = True
    try:
        send(load)
    finally:
        ckan_config["ckanext.gtplan.reports.approval"] = False
    assert len(read_reports([MILESTONE])) == 3


def test_loaded_again_nothing_is_written_and_what_is_new_is_added(load: Load) -> None:
    send(load)
    sequence = sa.select(ReportEntry.seq).order_by(ReportEntry.seq)
    before = model.Session.scalars(sequence).all()
    send(load)
    assert model.Session.scalars(sequence).all() == before
    more = f"  - {{id: r-4, milestone: {MILESTONE}, as_of: 2020-08-01, note: Más}}\n"
    send(load, REPORTS + more)
    assert [report.id for report in read_reports([MILESTONE])] == ["r-1", "r-2", "r-3", "r-4"]


def test_an_id_that_says_something_else_is_refused(load: Load) -> None:
    send(load)
    said = refuse(load, REPORTS.replace("note: Listo", "note: Otro"))
    assert "r-3" in said and "note" in said and "plan.yaml:" in said
    assert read_reports([MILESTONE])[2].note == "Listo"


def test_they_go_with_their_load_and_others_stay(load: Load, sysadmin: dict[str, Any]) -> None:
    send(load, "")
    given = {"milestone": MILESTONE, "activity_no": "1", "organization": "ministerio"}
    tk.get_action("gtplan_report_create")(dict(sysadmin), {**given, "status": "in_progress"})
    send(load, REPORTS, "informes", plan="")
    assert len(read_reports([MILESTONE])) == 4
    tk.get_action("gtplan_unload")(dict(sysadmin), {"id": "informes"})
    (left,) = read_reports([MILESTONE])
    assert left.status == "in_progress"
    # with the plan unloaded nothing shows it, and it is there again with the plan
    tk.get_action("gtplan_unload")(dict(sysadmin), {"id": "prueba"})
    assert not read_reports()
    send(load, "")
    assert [report.id for report in read_reports([MILESTONE])] == [left.id]


def test_a_report_of_a_load_is_not_deleted_by_itself(load: Load) -> None:
    send(load)
    with pytest.raises(sa.exc.DBAPIError, match="never"):
        model.Session.execute(sa.delete(ReportEntry).where(ReportEntry.id == "r-1"))
        model.Session.commit()
    model.Session.rollback()
    assert len(read_reports([MILESTONE])) == 3


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("activity_no: 1", "activity_no: 9", ("activity_no", "9")),
        ("deliverable: plan", "deliverable: nada", ("deliverable", "nada", "plan")),
        ("id: r-2", "id: r-1", ("r-1",)),
        ("as_of: 2020-03-31", "as_of: 2020-03", ("as_of", "2020-03")),
        ("10:00:00Z", "10:00:00", ("recorded", "10:00:00")),
        ("percent_complete: 12.50", "percent_complete: 112.50", ("percent_complete", "112.50")),
        ("currency: PYG", "note: Nada", ("currency",)),
        ("example.org/plan.pdf", " plan.pdf", ("evidence",)),
        (f"milestone: {MILESTONE}", "milestone: no-existe", ("no-existe",)),
    ],
)
def test_what_is_wrong_is_named_by_line_and_field(
    load: Load, old: str, new: str, told: tuple[str, ...]
) -> None:
    said = refuse(load, REPORTS.replace(old, new, 1))
    assert "plan.yaml:" in said
    for text in told:
        assert text in said
    assert model.Package.get(MILESTONE) is None


def test_what_only_the_portal_knows_is_checked_too(load: Load) -> None:
    year = get_today().year + 1
    said = refuse(load, REPORTS.replace("as_of: 2020-07-01", f"as_of: {year}-01-01"))
    assert f"{year}-01-01" in said
    send(load, "")
    wrong = REPORTS.replace("activity_no: 1\n    as_of", "activity_no: 7\n    as_of")
    said = refuse(load, wrong, load_id="informes", plan="")
    assert "activity_no" in said and "7" in said
    assert not read_reports()


def test_a_moment_that_is_to_come_is_refused(load: Load) -> None:
    year = get_today().year + 1
    said = refuse(load, REPORTS.replace("2020-07-01T10", f"{year}-07-01T10"))
    assert "recorded" in said and f"{year}-07-01T10:00:00Z" in said


def test_what_was_exported_is_loaded_whatever_came_between(
    load: Load, sysadmin: dict[str, Any]
) -> None:
    send(load, "")

    def report(day: str, **said: Any) -> None:
        given = {"milestone": MILESTONE, "activity_no": "1", "as_of": day, **said}
        given |= {"organization": "ministerio"}
        tk.get_action("gtplan_report_create")(dict(sysadmin), given)

    report("2020-01-31", status="in_progress", actual_start="2020-01-15")
    report("2020-03-31", percent_complete="50")
    # told later of an earlier day: each went with what was known then
    report("2020-02-28", status="not_started", actual_start=None)
    export = {"id": "py-pan1", "is_folder": False}
    exported = tk.get_action("gtplan_export")(dict(sysadmin), export)
    assert not exported["left_out"]
    before = read_reports()
    model.repo.delete_all()
    search.clear_all()
    load({file["name"]: file["content"] for file in exported["files"]}, exported["load"])
    assert read_reports() == before
    again = tk.get_action("gtplan_export")(dict(sysadmin), export)
    assert again["files"] == exported["files"]


def test_a_report_on_a_row_that_is_gone_is_told_and_does_not_spoil_the_file(
    load: Load, sysadmin: dict[str, Any]
) -> None:
    send(load)
    rows = {"id": MILESTONE, "activities": [{"activity_no": "1b", "name": "Otro número"}]}
    tk.get_action("package_patch")(dict(sysadmin), rows)
    exported = tk.get_action("gtplan_export")(dict(sysadmin), {"id": "py-pan1", "is_folder": False})
    assert len(exported["left_out"]) == 2
    assert "r-1" in "".join(exported["left_out"]) and "r-2" in "".join(exported["left_out"])
    model.repo.delete_all()
    search.clear_all()
    load({file["name"]: file["content"] for file in exported["files"]}, exported["load"])
    assert [report.id for report in read_reports()] == ["r-3"]


def test_a_file_of_reports_only_renews_what_they_are_on(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(load, "")
    indexed: list[str] = []
    rebuild = search.rebuild

    def note(package_ids: Any = (), **more: Any) -> None:
        indexed.extend(package_ids)
        rebuild(package_ids=package_ids, **more)

    monkeypatch.setattr(search, "rebuild", note)
    send(load, REPORTS, "informes", plan="")
    assert {MILESTONE, "py-pan1-c01", "py-pan1"} <= set(indexed)
