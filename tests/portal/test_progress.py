"""Progress in the portal: the figures by action, JSON, CSV and on pages, as the reader may see."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.gtplan import config
from ckanext.gtplan.model import ReportEntry
from ckanext.gtplan.views.progress import COLUMNS

MILESTONE = "gt-pan4-c11-h01"
ACTIVITIES = [
    {
        "activity_no": "01",
        "name": "=Reunir",
        "planned_start": "2020-01",
        "planned_end": "2020-02",
        "planned_cost": "100.00",
        "currency": "UYU",
    },
    {
        "activity_no": "02",
        "name": "Publicar",
        "planned_start": "2020-03",
        "planned_end": "2020-04",
    },
]
DELIVERABLES = [
    {"key": "datos", "name": "Los datos", "due_date": "2020-04-30"},
    {"key": "informe", "name": "El informe", "due_date": "2020-05-31"},
]


def ask(name: str, day: str = "", user: str = "") -> dict[str, Any]:
    """Ask for figures as a user, by default as a visitor."""
    return dict(tk.get_action("gtplan_progress")({"user": user}, {"id": name, "date": day}))


def write_report(milestone: str, activity_no: str | None, as_of: str, **values: Any) -> None:
    """Write a report into the transaction that is open, without asking who may."""
    package = model.Package.get(milestone)
    model.Session.add(
        ReportEntry(
            id=f"{milestone}-{activity_no}-{as_of}",
            milestone_id=package.id,
            activity_no=activity_no,
            as_of=date.fromisoformat(as_of),
            recorded=datetime.now(timezone.utc),
            evidence=values.pop("evidence", []),
            cleared=[],
            needs_approval=values.pop("needs_approval", False),
            **values,
        )
    )
    model.Session.flush()


@pytest.fixture
def unwritten() -> Iterator[None]:
    """Take back, at the end, what a test has written and not committed."""
    yield
    model.Session.rollback()


@pytest.fixture
def plan(clean: None, organization: dict[str, Any], request_context: None) -> str:
    """Make a plan with an empty commitment, and one of two milestones, the second private."""
    common = {"owner_org": organization["id"]}
    factories.Dataset(type="action_plan", name="bo-pan1", title="Plan", **common)
    for number in (1, 2):
        name = f"bo-pan1-c0{number}"
        factories.Dataset(type="commitment", name=name, title=f"Compromiso {number}",
                          action_plan="bo-pan1", commitment_number=number, **common)  # fmt: skip
    more = {"planned_start": "2020-01", "planned_end": "2020-06", "commitment": "bo-pan1-c01"}
    more |= {"activities": ACTIVITIES, "expected_deliverables": DELIVERABLES, **common}
    factories.Dataset(type="milestone", name="bo-pan1-c01-h01", title="Abierto", **more)
    factories.Dataset(
        type="milestone", name="bo-pan1-c01-h02", title="Reservado", private=True, **more
    )
    return "bo-pan1"


@pytest.mark.usefixtures("example", "request_context", "unwritten")
class TestMilestoneOfTheDocuments:
    """Milestone 1 of commitment 11: what the unit test computes by hand, from the portal."""

    @pytest.fixture(autouse=True)
    def reports(self, example: None, unwritten: None) -> None:
        """01 in time and proven; 02 two weeks late; 03 half done, with its cost so far."""
        write_report(MILESTONE, "01", "2019-05-02", status="completed", actual_end="2019-04-30",
                     evidence=["https://datos.example.gt/acta.pdf"])  # fmt: skip
        write_report(MILESTONE, "02", "2019-06-20", status="completed", actual_end="2019-06-14")
        write_report(MILESTONE, "03", "2019-06-20", status="in_progress",
                     percent_complete=Decimal(50), executed_amount=Decimal("10000.00"),
                     currency="GTQ")  # fmt: skip

    def test_in_june_2019(self) -> None:
        # (100 + 100 + 50) / 3; 3 of 13; 250 / 13; 266.666 / 12; 83.333 - 88.888; 83.333 / 88.888
        found = ask(MILESTONE, "2019-06-20")
        figures = ("progress", "known_percent", "progress_floor", "expected", "deviation", "spi")
        assert [found[name] for name in figures] == [83.3, 23.1, 19.2, 22.2, -5.6, 0.94]
        assert (found["weight_rule"], found["weight_reason"]) == ("equal", "doubtful_dates")
        assert (found["on_time_rate"], found["evidence_rate"]) == (50.0, 50.0)
        # 544,000.00 + 16,575.00 + 9,500.00 planned, 10,000.00 executed
        spending = found["budget"]["GTQ"]
        assert spending["planned"] == "570075.00" and spending["executed"] == "10000.00"
        assert spending["variance"] == "560075.00"
        assert (spending["variance_percent"], spending["execution_percent"]) == (98.2, 1.8)
        second = found["activities"][1]
        assert second["schedule"]["variance_days"] == 14 and second["schedule"]["is_late_finish"]

    def test_before_any_report(self) -> None:
        found = ask(MILESTONE, "2019-04-15")
        assert found["progress"] is None and found["status"] == "unreported"
        assert (found["counts"]["unreported"], found["counts"]["overdue"]) == (13, 0)
        assert not found["is_late"] and not found["is_reporting"]

    def test_late_where_a_day_passed(self) -> None:
        # 03 at 50 %, due on 30 June: 36 days over; 04 unreported, due on 31 July: 5 days
        rows = {row["activity_no"]: row for row in ask(MILESTONE, "2019-08-05")["activities"]}
        late = {no: row["schedule"]["variance_days"] for no, row in rows.items()
                if row["schedule"]["is_overdue"]}  # fmt: skip
        assert late == {"03": 36, "04": 5}

    def test_what_is_above_has_the_same_figures(self) -> None:
        commitment = ask("gt-pan4-c11", "2019-06-20")
        assert commitment["progress"] == 83.3
        names = [milestone["name"] for milestone in commitment["milestones"]]
        assert names[0] == MILESTONE and len(names) == 8
        above = ask("gt-pan4", "2019-06-20")
        assert above["progress"] == 83.3 and len(above["commitments"]) == 24
        assert above["counts"]["completed"] == 2
        assert above["commitments"][10]["milestones"][0] == commitment["milestones"][0]

    def test_a_report_that_waits_for_approval_is_in_no_figure(self) -> None:
        write_report(MILESTONE, "04", "2019-06-20", status="completed", needs_approval=True)
        assert ask(MILESTONE, "2019-06-20")["counts"]["completed"] == 2


class TestAsked:
    """What may be asked, and what is answered otherwise."""

    def test_an_empty_plan_is_not_at_zero(self, plan: str) -> None:
        found = ask("bo-pan1-c02")
        assert found["progress"] is None and found["milestones"] == []
        assert found["weight_reason"] == "no_rows"

    def test_the_day_is_today_where_none_is_given(
        self, plan: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(config, "get_today", lambda: date(2020, 2, 29))
        assert ask(plan)["date"] == "2020-02-29"

    @pytest.mark.parametrize(
        "day", ["2020-02-30", "2020", "29.2.2020", "20200229", "2020-W09", "mañana", "0000-01-01"]
    )
    def test_what_is_no_day_is_named(self, plan: str, day: str) -> None:
        with pytest.raises(tk.ValidationError) as raised:
            ask(plan, day)
        assert day in raised.value.error_dict["date"][0]

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    def test_a_day_long_past_or_to_come(self, plan: str, day: str) -> None:
        assert ask(plan, day)["date"] == day

    def test_what_has_no_progress(self, plan: str, dataset: Any) -> None:
        with pytest.raises(tk.ValidationError):
            ask(dataset()["name"])
        with pytest.raises(tk.ObjectNotFound):
            ask("ninguno")

    def test_a_closed_plan_is_judged_at_its_closing_date(
        self, plan: str, sysadmin: dict[str, Any]
    ) -> None:
        write_report("bo-pan1-c01-h01", "01", "2020-02-01", status="in_progress",
                     percent_complete=Decimal(10))  # fmt: skip
        model.Session.commit()
        assert ask("bo-pan1-c01-h01", "2024-01-01")["counts"]["overdue"] == 2
        changes = {"id": plan, "status": "closed", "closed_on": "2020-02-10"}
        tk.get_action("package_patch")(sysadmin, changes)
        found = ask("bo-pan1-c01-h01", "2024-01-01")
        assert (found["date"], found["judged_on"]) == ("2024-01-01", "2020-02-10")
        assert found["counts"]["overdue"] == 0


class TestPrivacy:
    """What a reader may not see is in no figure, row or page."""

    @pytest.fixture(autouse=True)
    def report(self, plan: str) -> None:
        write_report("bo-pan1-c01-h02", "01", "2020-02-01", status="in_progress",
                     percent_complete=Decimal(50), executed_amount=Decimal(7),
                     currency="UYU")  # fmt: skip
        model.Session.commit()

    def test_a_visitor(self, plan: str, app: Any) -> None:
        for name in (plan, "bo-pan1-c01"):
            found = ask(name, "2021-01-01")
            assert found["progress"] is None and found["counts"]["total"] == 2
            assert not found["is_late"] and found["budget"]["UYU"]["executed"] is None
            assert found["coverage"]["expected"] == 2
            assert "h02" not in json.dumps(found)
            for ending in ("json", "csv"):
                body = app.get(f"/progress/{name}.{ending}").get_data(as_text=True)
                assert "h02" not in body and "Reservado" not in body
        with pytest.raises(tk.ObjectNotFound):
            ask("bo-pan1-c01-h02")

    def test_whether_a_hidden_record_exists_is_not_told(self, app: Any) -> None:
        for ending in ("json", "csv"):
            hidden = app.get(f"/progress/bo-pan1-c01-h02.{ending}", status=404)
            missing = app.get(f"/progress/bo-pan1-c01-h99.{ending}", status=404)
            assert hidden.body == missing.body
        address = "/api/action/gtplan_progress?id=bo-pan1-c01-h"
        answers = [app.get(f"{address}{end}", status=404) for end in ("02", "99")]
        assert answers[0].body == answers[1].body

    def test_who_may_see_more(self, plan: str, organization: dict[str, Any]) -> None:
        user = factories.User()["name"]
        member = {"id": organization["id"], "username": user, "role": "member"}
        tk.get_action("organization_member_create")({"ignore_auth": True}, member)
        found = ask(plan, "2021-01-01", user)
        assert found["progress"] == 50.0 and found["counts"]["total"] == 4

    def test_what_is_below_a_hidden_commitment(self, plan: str, sysadmin: dict[str, Any]) -> None:
        tk.get_action("package_patch")(sysadmin, {"id": "bo-pan1-c01", "private": True})
        found = ask(plan)
        assert found["counts"]["total"] == 0
        assert [row["name"] for row in found["commitments"]] == ["bo-pan1-c02"]
        assert ask("bo-pan1-c01-h01")["counts"]["total"] == 2  # seen by itself


class TestDeliverables:
    """What is published of what was promised, open and for machines."""

    def test_only_what_is_public_counts(
        self, plan: str, dataset: Any, sysadmin: dict[str, Any]
    ) -> None:
        links = {"milestone": "bo-pan1-c01-h01", "deliverable": "datos"}
        made = dataset(license_id="cc-by", issued="2020-04-01", **links)
        coverage = ask(plan, "2020-05-01")["coverage"]
        figures = [coverage[name] for name in ("expected", "published", "open", "reusable", "due")]
        assert figures == [2, 1, 1, 1, 1]
        assert ask(plan, "2020-03-01")["coverage"]["published"] == 0  # not there yet
        tk.get_action("package_patch")(sysadmin, {"id": made["id"], "private": True})
        assert ask(plan, "2020-05-01")["coverage"]["published"] == 0
        dataset(license_id="other-closed", issued="2020-04-01", **links)
        coverage = ask(plan, "2020-05-01")["coverage"]
        assert (coverage["published"], coverage["open"]) == (1, 0)


class TestAddresses:
    """JSON and CSV at /progress/."""

    def read_csv(self, app: Any, address: str) -> list[dict[str, str]]:
        body = app.get(address).get_data(as_text=True)
        assert body.startswith("date,") and "\r\n" in body
        return list(csv.DictReader(io.StringIO(body, newline="")))

    def test_json_is_what_the_action_gives(self, plan: str, app: Any) -> None:
        body = app.get(f"/progress/{plan}.json?date=2020-03-01").body
        assert json.loads(body) == ask(plan, "2020-03-01")

    def test_rows_of_a_plan_are_asked_for(self, plan: str, app: Any) -> None:
        def list_rows(address: str) -> list[str]:
            told = json.loads(app.get(address).body)
            for level in ("commitments", "milestones"):
                told = told[level][0] if level in told else told
            return [row["activity_no"] for row in told.get("activities", ())]

        assert list_rows(f"/progress/{plan}.json") == []
        assert list_rows("/progress/bo-pan1-c01.json") == []
        assert list_rows(f"/progress/{plan}.json?activities=true") == ["01", "02"]
        assert list_rows("/progress/bo-pan1-c01-h01.json") == ["01", "02"]

    def test_csv_has_a_row_for_each(self, plan: str, app: Any) -> None:
        write_report("bo-pan1-c01-h01", "01", "2020-02-01", status="in_progress",
                     percent_complete=Decimal(50), executed_amount=Decimal("120.50"),
                     currency="UYU")  # fmt: skip
        model.Session.commit()
        rows = self.read_csv(app, f"/progress/{plan}.csv?date=2020-02-15")
        assert tuple(rows[0]) == COLUMNS
        assert [row["type"] for row in rows] == [
            *("action_plan", "commitment", "milestone", "activity", "activity"),
            *("deliverable", "deliverable", "commitment"),
        ]
        assert {row["date"] for row in rows} == {"2020-02-15"}
        assert rows[0]["progress"] == "50.0" and rows[0]["variance"] == "-20.50"
        assert rows[3]["milestone"] == "bo-pan1-c01-h01" and rows[3]["activity"] == "01"
        assert rows[3]["title"] == "'=Reunir"  # no formula
        assert rows[4]["progress"] == "" and rows[4]["status"] == "unreported"

    def test_a_wrong_day(self, plan: str, app: Any) -> None:
        answer = app.get(f"/progress/{plan}.csv?date=2020-02-30", status=400)
        assert "2020-02-30" in answer.get_data(as_text=True)

    def test_what_a_user_sees_stays_in_the_browser(self, plan: str, app: Any) -> None:
        address = f"/progress/{plan}.json"
        assert "public" in app.get(address).headers["Cache-Control"]
        token = factories.UserWithToken()["token"]
        flask.g.pop("_login_user", None)  # the test's own request remembers its visitor
        answer = app.get(address, headers={"Authorization": token})
        assert "private" in answer.headers["Cache-Control"]


class TestPages:
    """The pages of plan, commitment and milestone tell it, and never break."""

    def test_not_reported(self, plan: str, app: Any) -> None:
        for kind, name in (
            ("action_plan", plan),
            ("commitment", "bo-pan1-c01"),
            ("milestone", "bo-pan1-c01-h01"),
        ):
            page = app.get(f"/{kind}/{name}", headers={"Accept-Language": "en"}).body
            section = page.partition('id="progress"')[2].partition("</section>")[0]
            assert "gtplan-status" in section and "<progress" not in section.partition("</dd>")[0]
            assert f"/progress/{name}.json" in section

    def test_reported(self, plan: str, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(config, "get_today", lambda: date(2020, 3, 10))
        write_report("bo-pan1-c01-h01", "01", "2020-03-01", status="in_progress",
                     actual_start="2020-01-20", percent_complete=Decimal("37.5"))  # fmt: skip
        model.Session.commit()
        page = app.get("/milestone/bo-pan1-c01-h01").body
        # 37.5 % of the activity that is reported; nothing is known of the other
        least = ask("bo-pan1-c01-h01")["progress_floor"]
        assert 0 < least < 37.5
        assert f'<progress class="gtplan-bar" max="100" value="{least}"' in page
        text = " ".join(page.split())
        assert f"al menos {least:g} %".replace(".", ",") in text
        assert "de eso, está hecho el 37,5 %" in text
        assert '<time datetime="2020-01-20">' in page
        counts = re.findall(r'gtplan-standing-(\w+)">\s*<strong>(\d+)</strong>', page)
        assert dict(counts) == {"late": "1", "on_time": "0", "unreported": "1"}

    def test_a_broken_record_is_left_out(self, plan: str, app: Any) -> None:
        # written past every check: no list, and a date that is none
        broken = '[{"activity_no": "01", "name": "x", "planned_end": "2020-99"}, 7, null]'
        for value, total in (("{", 0), (broken, 1), ('"x"', 1)):
            model.Session.execute(
                sa.text(
                    "UPDATE package SET extras = jsonb_set(extras, '{activities}',"
                    " to_jsonb(cast(:value as text))) WHERE name = 'bo-pan1-c01-h01'"
                ),
                {"value": value},
            )
            model.Session.commit()
            found = ask(plan, "2020-05-01")
            assert found["counts"]["total"] == total
            assert found["unreadable"] == ([] if total else ["bo-pan1-c01-h01"])
            assert app.get(f"/action_plan/{plan}").status_code == 200
            assert app.get("/commitment/bo-pan1-c01").status_code == 200
            assert app.get(f"/progress/{plan}.csv").status_code == 200
