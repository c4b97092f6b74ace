"""Indicators that the portal computes: they follow their source, and nobody types them in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from ckan.lib import jobs
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from following import make_milestone, make_plan, report
from indicating import ask, make, make_indicator, observe, read_rows, write
from reading import act, make_sysadmin, visit

from ckanext.gtplan.logic.indicators import computing
from ckanext.gtplan.logic.indicators.computing import (
    choose_period,
    list_computed,
    recompute,
    recompute_of,
    recompute_records,
)
from ckanext.gtplan.logic.indicators.figures import UNKNOWN, compute_figure
from ckanext.gtplan.logic.living.history import list_changes
from ckanext.gtplan.plan.computations import COMPUTATIONS
from ckanext.gtplan.plan.vocabulary import list_codes

EVIDENCE = "https://example.org/acta"


@pytest.fixture
def plan(request_context: None) -> None:
    make_plan()


EVIDENCE = "https://example.org/acta"


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the day that it is, for what is computed."""

    def set_day(text: str) -> None:
        day = date.fromisoformat(text)
        monkeypatch.setattr("ckanext.gtplan.config.get_today", lambda: day)

    set_day("2026-03-10")
    return set_day


@pytest.fixture
def counting(plan: None, today: Any) -> Iterator[dict[str, Any]]:
    """An inventory, and the indicator that counts its services."""
    milestone = make_milestone()
    inventory = make("service_inventory", reference_year=2026, milestone=milestone)
    indicator = make_indicator(
        milestone, computation="services_count", computed_from=inventory["name"]
    )
    yield {"inventory": inventory, "indicator": indicator}
    # an institution has one inventory in a year
    act("dataset_purge", id=inventory["id"])


def run_jobs() -> list[str]:
    """Run what waits in the queue for indicators, and give its titles."""
    ran = []
    for job in jobs.get_queue().jobs:
        title = job.meta.get("title") or ""
        if title.startswith("gtplan recompute"):
            job.delete()
            recompute_of(title.split()[-1])
            ran.append(title)
    return ran


def test_a_computed_indicator_moves_with_the_rows(counting: dict[str, Any]) -> None:
    inventory, indicator = counting["inventory"], counting["indicator"]
    run_jobs()
    assert read_rows(indicator) == []  # nobody has written any: that is not zero
    write(inventory, "services", {"service_id": "a", "name": "A"})
    assert any(inventory["name"] in title for title in run_jobs())
    [row] = read_rows(indicator)
    assert (row["ref_period"], row["obs_value"], row["obs_status"]) == ("2026-03", "1", "A")
    write(inventory, "services", {"service_id": "b", "name": "B"})
    run_jobs()
    assert [r["obs_value"] for r in read_rows(indicator)] == ["2"]
    [before] = [e for e in list_changes(indicator["id"], "observations") if e["key"]]
    assert before["before"]["obs_value"] in (1, "1")
    assert before["origin"] == "computed"


def test_what_has_not_changed_is_not_written(counting: dict[str, Any], today: Any) -> None:
    inventory, indicator = counting["inventory"], counting["indicator"]
    write(inventory, "services", {"service_id": "a", "name": "A"})
    assert recompute(indicator["name"]) == "written"
    changes = list_changes(indicator["id"], "observations")
    assert recompute(indicator["name"]) == "unchanged"
    assert list_changes(indicator["id"], "observations") == changes
    today("2026-04-01")  # a new period has its own observation
    assert recompute(indicator["name"]) == "written"
    assert [row["ref_period"] for row in read_rows(indicator)] == ["2026-03", "2026-04"]


def test_nobody_types_over_what_is_computed(counting: dict[str, Any]) -> None:
    indicator = counting["indicator"]
    resource_id = indicator["resources"][0]["id"]
    row = {"ref_period": "2026-03", "disaggregation": "", "obs_value": 99}
    for user in ("editora-duena", make_sysadmin()["user"]):
        with pytest.raises(tk.ValidationError) as refused:
            tk.get_action("datastore_upsert")(
                {"user": user}, {"resource_id": resource_id, "records": [row]}
            )
        assert "records" in refused.value.error_dict
        with pytest.raises(tk.ValidationError):
            tk.get_action("gtplan_table_upload")(
                {"user": user},
                {"id": indicator["name"], "table": "observations", "records": [row]},
            )
    assert read_rows(indicator) == []


def test_the_form_of_a_row_says_why_nobody_types_it_over(
    app: Any, counting: dict[str, Any]
) -> None:
    name, resource = counting["indicator"]["name"], counting["indicator"]["resources"][0]["id"]
    address = f"/dataset/{name}/tabledesigner/{resource}/add-row"
    sent = {"col__1__value": "2026-03", "col__3__value": "99"}
    token = factories.SysadminWithToken()["token"]
    answer = visit(app, "post", address, token, data=sent, follow_redirects=True)
    assert answer.status_code == 200
    assert "El portal calcula este indicador" in answer.body
    assert read_rows(counting["indicator"]) == []


def test_a_private_source_is_in_no_series(counting: dict[str, Any]) -> None:
    inventory, indicator = counting["inventory"], counting["indicator"]
    act("package_patch", id=inventory["id"], private=True)
    write(inventory, "services", {"service_id": "a", "name": "A"})
    assert recompute(indicator["name"]) == "unchanged"
    assert read_rows(indicator) == []
    assert ask(indicator["name"])["computed_from"] is None
    act("package_patch", id=inventory["id"], private=False)
    assert recompute(indicator["name"]) == "written"
    act("package_patch", id=inventory["id"], private=True)
    recompute(indicator["name"])
    [row] = read_rows(indicator)
    assert (row["obs_value"], row["obs_status"]) == (None, "O")


def test_a_source_below_what_is_private_is_private(counting: dict[str, Any]) -> None:
    inventory, indicator = counting["inventory"], counting["indicator"]
    write(inventory, "services", {"service_id": "a", "name": "A"})
    act("package_patch", id=inventory["milestone"], private=True)
    assert recompute(indicator["name"]) == "unchanged"
    assert read_rows(indicator) == []


def test_the_page_says_that_it_is_computed(app: Any, counting: dict[str, Any]) -> None:
    inventory, indicator = counting["inventory"], counting["indicator"]
    page = visit(app, "get", f"/indicator/{indicator['name']}", "").body
    assert f'href="/service_inventory/{inventory["name"]}"' in page
    act("package_patch", id=inventory["id"], private=True)
    page = visit(app, "get", f"/indicator/{indicator['name']}", "").body
    assert inventory["name"] not in page


REGISTERS = {
    "standards_analysed": ("standards", "2"),
    "matrix_completeness": ("standards", "33.3"),
    "meetings_held": ("meetings", "1"),
    "persons_attending": ("meetings", "12"),
    "institutions_attending": ("meetings", None),
}
ROWS: dict[str, dict[str, list[dict[str, str]]]] = {
    "standards": {
        "standards": [
            {"standard_id": "a", "name": "A", "standard_status": "collected"},
            {"standard_id": "b", "name": "B", "standard_status": "analysed"},
            {"standard_id": "c", "name": "C", "standard_status": "applied"},
        ],
        "criteria": [{"criterion_id": "x", "name": "X", "weight": "1", "max_score": "5"}],
        "scores": [{"standard_id": "a", "criterion_id": "x", "score": "4", "reason": "Sí"}],
    },
    "meetings": {
        "meetings": [
            {"meeting_id": "a", "name": "A", "held_on": "2019-02"},
            {"meeting_id": "b", "name": "B, prevista"},
        ],
        "attendance": [
            {"meeting_id": "a", "sector": "academia", "persons": "12"},
            {"meeting_id": "a", "sector": "cso"},
        ],
    },
}


def test_registers_are_counted(plan: None, today: Any) -> None:
    milestone = make_milestone()
    registers = {
        kind: make("register", register_kind=kind, milestone=milestone)["name"] for kind in ROWS
    }
    wanted = {
        code: {"computation": code, "computed_from": registers[kind]}
        for code, (kind, _) in REGISTERS.items()
    }
    # a register in which nobody has written anything says nothing
    assert {compute_figure(fields) for fields in wanted.values()} == {UNKNOWN}
    for kind, tables in ROWS.items():
        for table, rows in tables.items():
            write(act("package_show", id=registers[kind]), table, *rows)
    found = {code: compute_figure(fields).value for code, fields in wanted.items()}
    assert {code: None if v is None else str(v) for code, v in found.items()} == {
        code: value for code, (_, value) in REGISTERS.items()
    }
    # of another kind of record it is not known, however it came to be named
    for code in ("concepts_applied", "services_count", "progress_percent", "no-hay"):
        fields = {"computation": code, "computed_from": registers["meetings"]}
        assert compute_figure(fields) == UNKNOWN


def test_progress_moves_with_reports(plan: None, today: Any) -> None:
    rows = [
        {"activity_no": str(n), "name": f"A{n}", "planned_start": "2026-01", "planned_end": end}
        for n, end in ((1, "2026-02"), (2, "2026-12"))
    ]
    milestone = make_milestone(activities=rows)
    codes = ("progress_percent", "budget_variance")
    progress, budget = (
        make_indicator(milestone, computation=code, computed_from=milestone) for code in codes
    )
    run_jobs()
    assert read_rows(progress) == []  # nobody reports
    given = {"as_of": "2026-03-01", "actual_end": "2026-03-01"}
    report("editora-duena", milestone, "1", status="completed", evidence=[EVIDENCE], **given)
    assert any(milestone in title for title in run_jobs())
    [row] = read_rows(progress)
    measured = tk.get_action("gtplan_progress")({"user": ""}, {"id": milestone})
    assert Decimal(row["obs_value"]) == Decimal(str(measured["progress_floor"]))
    assert row["obs_status"] == "P"  # one of two is reported
    assert read_rows(budget) == []


def test_every_computation_of_the_vocabulary_is_computed() -> None:
    assert set(COMPUTATIONS) == set(list_codes("indicator_computation"))


def test_one_that_fails_does_not_keep_the_others(
    counting: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    inventory, good = counting["inventory"], counting["indicator"]
    bad = make_indicator(
        inventory["milestone"], computation="services_count", computed_from=inventory["name"]
    )
    write(inventory, "services", {"service_id": "a", "name": "A"})
    compute = computing.compute_figure

    def fail(indicator: Any) -> Any:
        if indicator["name"] == bad["name"]:
            raise RuntimeError
        return compute(indicator)

    monkeypatch.setattr(computing, "compute_figure", fail)
    found = recompute_records([inventory["name"]])
    assert found == {good["name"]: "written", bad["name"]: "failed"}


def test_what_is_gone_or_not_computed_is_passed_over(plan: None) -> None:
    typed = make_indicator(make_milestone())
    observe(typed, y2019="1")
    assert recompute("no-hay") == "none"
    assert recompute(typed["name"]) == "none"
    assert typed["name"] not in list_computed()


@pytest.mark.parametrize(
    "frequency, period",
    [
        ("ANNUAL", "2026"),
        ("BIENNIAL", "2026"),
        ("ANNUAL_2", "2026-S2"),
        ("QUARTERLY", "2026-Q3"),
        ("MONTHLY", "2026-09"),
        ("DAILY", "2026-09-30"),
        ("IRREG", "2026-09"),
        (None, "2026-09"),
    ],
)
def test_the_period_follows_the_frequency(frequency: str | None, period: str) -> None:
    assert str(choose_period(frequency, date(2026, 9, 30))) == period


def test_every_frequency_has_a_period() -> None:
    for code in list_codes("indicator_frequency"):
        assert choose_period(code, date(2026, 1, 1)).start <= date(2026, 1, 1)
