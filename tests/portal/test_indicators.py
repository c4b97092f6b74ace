"""Series of indicators: as pages, as data, side by side, and for those who may see them."""

from __future__ import annotations

import csv
import io
import json
from contextvars import Context
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from following import make_milestone, make_plan
from indicating import ask, make_indicator, observe, write
from reading import Page, act, visit

from ckanext.gtplan.logic.indicators.series import COLUMNS


@pytest.fixture
def plan(request_context: None) -> None:
    make_plan()


EVIDENCE = "https://example.org/acta"


def read_csv(app: Any, path: str) -> list[dict[str, str]]:
    """Read a table as a visitor, in the request that writes it while it is read."""
    body = Context().run(lambda: app.get(path, status=200).body)
    return list(csv.DictReader(io.StringIO(body)))


# Series


def make_measured() -> dict[str, Any]:
    """Make an indicator with baseline and target and three years of four."""
    package = make_indicator(
        make_milestone(),
        title="Servicios en línea",
        indicator_kind="quantity",
        unit="servicios",
        direction="increase",
        baseline_value="10",
        baseline_date="2015",
        target_value="30",
        target_date="2021-12",
    )
    observe(package, y2016="12", y2019="25", y2017="0")
    return package


_SHARED: dict[str, dict[str, Any]] = {}


@pytest.fixture
def measured(plan: None) -> dict[str, Any]:
    """Such an indicator, made once for the tests that leave it as it is."""
    kept = _SHARED.get("measured")
    if kept is None or model.Package.get(kept["id"]) is None:
        kept = _SHARED["measured"] = make_measured()
    return kept


def test_a_series_is_in_the_order_of_time_with_its_achievement(measured: dict[str, Any]) -> None:
    found = ask(measured["name"])
    assert [(o["period"], o["value"]) for o in found["observations"]] == [
        ("2016", 12),
        ("2017", 0),
        ("2019", 25),
    ]
    assert found["latest"]["period"] == "2019"
    assert (found["achievement"], found["unit"]) == (75.0, "servicios")
    assert [o["achievement"] for o in found["observations"]] == [10.0, -50.0, 75.0]
    assert found["baseline"] == {"value": 10, "date": "2015"}
    assert found["target"] == {"value": 30, "date": "2021-12"}


def test_the_page_shows_drawing_table_and_downloads(app: Any, measured: dict[str, Any]) -> None:
    answer = visit(app, "get", f"/indicator/{measured['name']}", "")
    page = Page(answer.body)
    assert answer.body.count("<svg") == 1
    assert 'role="img"' in answer.body
    rows = [row for row in page.rows if "servicios" in row]
    assert [row.split()[0] for row in rows] == ["2019", "2017", "2016"]
    assert f"/indicator/{measured['name']}/series.csv" in answer.body


def test_an_indicator_without_anything_has_a_page(app: Any, plan: None) -> None:
    package = make_indicator(make_milestone())
    answer = visit(app, "get", f"/indicator/{package['name']}", "")
    assert "<svg" not in answer.body
    assert ask(package["name"])["latest"] is None


def test_json_and_csv_say_the_same(app: Any, measured: dict[str, Any]) -> None:
    address = f"/indicator/{measured['name']}/series"
    found = json.loads(visit(app, "get", f"{address}.json", "").body)
    rows = read_csv(app, f"{address}.csv")
    values = {row["period"]: float(row["value"]) for row in rows}
    assert values == {o["period"]: o["value"] for o in found["observations"]}
    assert {row["unit"] for row in rows} == {"servicios"}
    assert tuple(rows[0]) == COLUMNS


def test_parts_texts_and_periods_of_several_lengths(app: Any, plan: None) -> None:
    package = make_indicator(make_milestone(), unit="%", indicator_kind="rate")
    given = [
        {"ref_period": "2019", "disaggregation": "", "obs_value": "5.25", "obs_status": "P"},
        {"ref_period": "2019", "disaggregation": "sexo=mujeres", "obs_value": "6"},
        {"ref_period": "2019-Q3", "disaggregation": "", "obs_value": "-4"},
        {"ref_period": "2020-S1", "disaggregation": "", "obs_text": "<b>Sin datos</b>"},
    ]
    write(package, "observations", *given)
    found = ask(package["name"])
    assert found["latest"]["period"] == "2019"  # the last number; it ends after the quarter
    parts = [o["period"] for o in found["observations"] if o["disaggregation"]]
    assert parts == ["2019"]
    page = visit(app, "get", f"/indicator/{package['name']}", "").body
    assert "&lt;b&gt;Sin datos" in page
    assert page.count("<svg") == 2
    assert "sexo=mujeres" in page


def break_rows(package: dict[str, Any], sql: str) -> None:
    """Break rows behind the portal's back."""
    from ckanext.datastore.backend.postgres import get_write_engine

    resource_id = package["resources"][0]["id"]
    with get_write_engine().begin() as connection:
        connection.exec_driver_sql(f'UPDATE "{resource_id}" SET {sql}')


def test_bad_observations_break_nothing(app: Any, plan: None) -> None:
    measured = make_measured()
    observe(measured, y2010="1", y2011="1", y2012="1")
    break_rows(measured, "ref_period = 'ayer' WHERE ref_period = '2010'")
    break_rows(measured, "ref_period = '' WHERE ref_period = '2011'")
    break_rows(measured, "obs_value = 'NaN', obs_status = '??' WHERE ref_period = '2012'")
    break_rows(measured, "comment = '=1+1' WHERE ref_period = '2016'")
    found = ask(measured["name"])
    assert found["unreadable"] == 2
    assert found["latest"]["value"] == 25
    assert found["observations"][0]["value"] is None
    visit(app, "get", f"/indicator/{measured['name']}", "", status=200)
    for address in (f"/indicator/{measured['name']}/series.csv", "/indicators.csv"):
        own = [row for row in read_csv(app, address) if row["indicator"] == measured["name"]]
        assert {row["period"]: row["value"] for row in own} == {
            "ayer": "1",
            "": "1",
            "2012": "",
            "2016": "12",
            "2017": "0",
            "2019": "25",
        }
        assert "=1+1" not in {row["comment"] for row in own}


def test_a_private_indicator_is_nowhere(app: Any, plan: None) -> None:
    measured = make_measured()
    act("package_patch", id=measured["id"], private=True)
    name = measured["name"]
    with pytest.raises(tk.ObjectNotFound):
        ask(name)
    for ending in ("json", "csv"):
        visit(app, "get", f"/indicator/{name}/series.{ending}", "", status=404)
    assert name not in {row["indicator"] for row in read_csv(app, "/indicators.csv")}
    compared = visit(app, "get", f"/indicators/compare?id={name}", "").body
    assert f'value="{name}"' not in compared and "<svg" not in compared
    listed = tk.get_action("gtplan_indicator_list")(
        {"user": ""}, {"milestone": measured["milestone"]}
    )
    assert listed == {"count": 0, "results": []}
    assert ask(name, user="editora-duena")["latest"]["value"] == 25


def test_what_is_no_indicator_has_no_series(app: Any, plan: None) -> None:
    with pytest.raises(tk.ObjectNotFound):
        ask("gt-pan9")
    for name in ("gt-pan9", "no-hay"):
        visit(app, "get", f"/indicator/{name}/series.csv", "", status=404)


def test_the_long_table_has_all_public_indicators(app: Any, measured: dict[str, Any]) -> None:
    other = make_indicator(make_milestone(), title="=cmd()")
    observe(other, **{"y2020-S2": "-3.5"})
    rows = read_csv(app, "/indicators.csv")
    found = {(row["indicator"], row["period"]): row for row in rows}
    assert found[measured["name"], "2017"]["value"] == "0"
    row = found[other["name"], "2020-S2"]
    assert (row["value"], row["title"]) == ("-3.5", "'=cmd()")
    assert (row["period_start"], row["period_end"]) == ("2020-07-01", "2020-12-31")


def test_indicators_are_listed_with_their_latest(measured: dict[str, Any]) -> None:
    ask_list = tk.get_action("gtplan_indicator_list")
    found = ask_list({"user": ""}, {"milestone": measured["milestone"]})
    assert found["count"] == 1
    assert found["results"][0]["latest"]["value"] == 25
    assert found["results"][0]["achievement"] == 75.0
    assert "observations" not in found["results"][0]
    several = ask_list({"user": ""}, {"commitment": "gt-pan9-c01", "limit": 1000})
    assert measured["name"] in {one["name"] for one in several["results"]}
    assert ask_list({"user": ""}, {"milestone": '" OR name:*'})["count"] == 0


def test_pages_above_show_the_latest_value(app: Any, measured: dict[str, Any]) -> None:
    milestone = visit(app, "get", f"/milestone/{measured['milestone']}", "").body
    commitment = visit(app, "get", "/commitment/gt-pan9-c01", "").body
    for page in (milestone, commitment):
        assert f"/indicator/{measured['name']}" in page
        assert "25 servicios" in Page(page).text


def test_side_by_side_needs_units(app: Any, measured: dict[str, Any]) -> None:
    milestone = measured["milestone"]
    same = make_indicator(milestone, title="Trámites", unit="Servicios ")
    percent = make_indicator(milestone, title="Proporción", unit="%")
    bare = make_indicator(milestone, title="Sin unidad alguna")
    empty = make_indicator(milestone, title="Sin número", unit="%")
    for package in (same, percent, bare):
        observe(package, y2018="4")
    names = [p["name"] for p in (measured, same, percent, bare, empty)]
    address = "/indicators/compare?" + "&".join(f"id={name}" for name in [*names, "no-hay"])
    page = Page(visit(app, "get", address, "").body)
    assert page.html.count("<svg") == 2  # services in one, percent in another
    table = page.html.partition("<table")[2].partition("</table>")[0]
    assert "Sin unidad" not in table and "Sin número" not in table
    assert "Sin unidad alguna" in page.text and "no-hay" in page.text
    assert any(row.split()[0] == "2018" and "4 %" in row for row in page.rows if row.split())


def test_side_by_side_without_any_is_a_choice(app: Any, measured: dict[str, Any]) -> None:
    page = visit(app, "get", "/indicators/compare", "").body
    assert f'value="{measured["name"]}"' in page
    visit(app, "get", "/indicators/compare?id=&id=%00&id=../x", "", status=200)


def test_a_correction_keeps_the_earlier_value(app: Any, plan: None) -> None:
    measured = make_measured()
    write(
        measured,
        "observations",
        {"ref_period": "2019", "disaggregation": "", "obs_value": "26", "obs_status": "P"},
        {"ref_period": "2020-S1", "disaggregation": "", "obs_value": "1"},
    )
    observe(measured, **{"y2020-S1": "2"})
    page = Page(visit(app, "get", f"/indicator/{measured['name']}", "").body)
    assert "26 servicios" in page.text
    assert "<del>25</del>" in page.html and "<ins>26</ins>" in page.html
    assert "<ins>Provisional</ins>" in page.html
    assert "semestre 1 de 2020</strong>" in page.html
