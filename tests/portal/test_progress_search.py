"""Lists narrowed to what is late, due or not reported, on any day, without a write."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from ckan import model
from ckan.lib import jobs, search
from ckan.lib.search.common import make_connection
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from reading import act

from ckanext.gtplan import config
from ckanext.gtplan.logic.follow.reindexing import reindex_relatives
from ckanext.gtplan.model import ReportEntry

pytestmark = pytest.mark.usefixtures("plan")

ACTIVITIES = [
    {"activity_no": "1", "name": "Uno", "planned_start": "2020-01", "planned_end": "2020-02"},
    {"activity_no": "2", "name": "Dos", "planned_start": "2020-03", "planned_end": "2020-04"},
    {
        "activity_no": "3",
        "name": "Dudosa",
        "planned_end": "2019-05",
        "is_date_doubtful": "true",
    },
]
#: Commitment -> its milestones.
OPEN, HIDDEN, BARE = "bo-pan1-c01-h01", "bo-pan1-c02-h01", "bo-pan1-c03-h01"


@pytest.fixture
def plan(clean: None, organization: dict[str, Any], request_context: None) -> None:
    """Make a plan: a milestone with a work plan, a private one with it, one without."""
    common = {"owner_org": organization["id"]}
    factories.Dataset(type="action_plan", name="bo-pan1", title="Plan", **common)
    for number in (1, 2, 3, 4):
        factories.Dataset(type="commitment", name=f"bo-pan1-c0{number}", title="Compromiso",
                          action_plan="bo-pan1", commitment_number=number, **common)  # fmt: skip
    for name, more in (
        (OPEN, {"activities": ACTIVITIES}),
        (HIDDEN, {"activities": ACTIVITIES, "private": True}),
        (BARE, {"planned_start": "2020-01", "planned_end": "2020-03-15"}),
    ):
        factories.Dataset(type="milestone", name=name, title="Hito", number="1",
                          commitment=name.rpartition("-")[0], **common, **more)  # fmt: skip
    index("bo-pan1-c01", "bo-pan1-c02", "bo-pan1-c03")


def index(*names: str) -> None:
    search.rebuild(package_ids=names)
    make_connection().commit()  # CKAN's own does not wait for what is new to be seen


def work_off(name: str) -> None:
    """Do what the job does that a change of a record enqueues."""
    reindex_relatives(name)
    make_connection().commit()


def say(milestone: str, activity_no: str | None, status: str, **values: Any) -> None:
    """Report, and index what a report is seen in."""
    package = model.Package.get(milestone)
    model.Session.add(
        ReportEntry(
            id=f"{package.id}-{activity_no}-{status}-{values}",
            milestone_id=package.id,
            activity_no=activity_no,
            as_of=date(2020, 1, 15),
            recorded=datetime.now(timezone.utc),
            status=status,
            evidence=[],
            cleared=[],
            needs_approval=False,
            **values,
        )
    )
    model.Session.commit()
    index(milestone, milestone.rpartition("-")[0])


def find(kind: str, wanted: str | list[str], day: str = "", user: str = "") -> list[str]:
    """Find records of a type by a filter, as it holds on a day."""
    query = {
        "fq": f"+dataset_type:{kind}",
        "extras": {"ext_follow": wanted, "ext_date": day},
        "include_private": True,
        "sort": "name asc",
    }
    found = tk.get_action("package_search")({"user": user}, query)
    return [record["name"] for record in found["results"]]


class TestLate:
    """Late is what has let a day pass where somebody reports, on that day and ever after."""

    @pytest.mark.parametrize("kind, name", [("milestone", OPEN), ("commitment", OPEN[:11])])
    def test_the_day_after(self, kind: str, name: str) -> None:
        say(OPEN, "1", "in_progress")
        assert find(kind, "late", "2020-02-29") == []
        assert find(kind, "late", "2020-03-01") == [name]
        assert find(kind, "late", "2031-01-01") == [name]

    def test_today_without_a_write(self, monkeypatch: pytest.MonkeyPatch) -> None:
        say(OPEN, "1", "in_progress")
        for day, expected in ((date(2020, 2, 29), []), (date(2020, 3, 1), [OPEN])):
            monkeypatch.setattr(config, "get_today", lambda day=day: day)
            assert find("milestone", "late") == expected

    def test_what_is_done_is_not_late(self) -> None:
        say(OPEN, "1", "completed")
        assert find("milestone", "late", "2020-04-30") == []
        assert find("milestone", "late", "2020-05-01") == [OPEN]
        say(OPEN, "2", "cancelled", note="Ya no")
        # the third's date is in doubt: it is never late
        assert find("milestone", "late", "2031-01-01") == []

    def test_what_nobody_reports_on_is_not_late(self) -> None:
        assert find("milestone", "late", "2031-01-01") == []
        say(BARE, None, "not_started")
        assert find("milestone", "late", "2020-03-15") == []
        assert find("milestone", "late", "2020-03-16") == [BARE]

    def test_a_closed_plan_is_judged_at_its_closing_date(self, sysadmin: dict[str, Any]) -> None:
        say(OPEN, "1", "in_progress")
        say(BARE, None, "in_progress")
        closing = {"id": "bo-pan1", "status": "closed", "closed_on": "2020-03-10"}
        jobs.get_queue().empty()
        tk.get_action("package_patch")(sysadmin, closing)
        titles = [job.meta["title"] for job in jobs.get_queue().jobs]
        assert "gtplan reindex bo-pan1" in titles
        work_off("bo-pan1")
        assert find("milestone", "late", "2031-01-01") == [OPEN]
        assert find("commitment", "late", "2031-01-01") == [OPEN[:11]]
        assert find("milestone", "due_this_month", "2020-04-02") == []


class TestDue:
    """Due is what is planned to end in the month and is not done, reported or not."""

    @pytest.mark.parametrize("kind, name", [("milestone", OPEN), ("commitment", OPEN[:11])])
    def test_in_its_month(self, kind: str, name: str) -> None:
        for day, expected in (
            ("2020-01-31", []),
            ("2020-02-01", [name]),
            ("2020-02-29", [name]),
            ("2020-04-10", [name]),
            ("2019-05-10", []),  # in doubt
        ):
            assert find(kind, "due_this_month", day) == expected

    def test_what_is_done_is_not_due(self) -> None:
        say(OPEN, "1", "completed")
        assert find("milestone", "due_this_month", "2020-02-01") == []

    def test_a_milestone_without_work_plan(self) -> None:
        assert find("milestone", "due_this_month", "2020-03-31") == [BARE]

    def test_a_deliverable(self, dataset: Any, sysadmin: dict[str, Any]) -> None:
        product = {"key": "datos", "name": "Los datos", "due_date": "2020-09-30"}
        changes = {"id": BARE, "expected_deliverables": [product]}
        tk.get_action("package_patch")(sysadmin, changes)
        assert find("milestone", "due_this_month", "2020-09-01") == [BARE]
        made = dataset(milestone=BARE, deliverable="datos")
        work_off(made["name"])
        assert find("milestone", "due_this_month", "2020-09-01") == []
        assert find("commitment", "due_this_month", "2020-09-01") == []


class TestUnreported:
    def test_until_somebody_reports(self) -> None:
        assert find("milestone", "unreported") == [OPEN, BARE]
        say(OPEN, "2", "not_started")
        assert find("milestone", "unreported") == [BARE]
        assert find("commitment", "unreported") == [f"bo-pan1-c0{n}" for n in (2, 3, 4)]


class TestPrivacy:
    """What is private narrows no list of those who may not see it."""

    def test_a_private_milestone_shows_in_no_commitment(self, organization: Any) -> None:
        say(HIDDEN, "1", "in_progress", percent_complete=Decimal(50))
        user = factories.User()["name"]
        member = {"id": organization["id"], "username": user, "role": "member"}
        tk.get_action("organization_member_create")({"ignore_auth": True}, member)
        for reader in ("", user):
            assert find("commitment", "late", "2031-01-01", reader) == []
            assert HIDDEN[:11] in find("commitment", "unreported", "", reader)
        assert find("milestone", "late", "2031-01-01") == []
        assert find("milestone", "late", "2031-01-01", user) == [HIDDEN]

    def test_no_count_tells_of_it(self, app: Any) -> None:
        say(HIDDEN, "1", "in_progress")
        assert "ext_follow=late" not in app.get("/milestone/?ext_date=2031-01-01").body
        assert "ext_follow=late" not in app.get("/commitment/?ext_date=2031-01-01").body

    def test_a_milestone_that_becomes_private(self, sysadmin: dict[str, Any]) -> None:
        say(OPEN, "1", "in_progress")
        tk.get_action("package_patch")(sysadmin, {"id": OPEN, "private": True})
        assert find("milestone", "late", "2031-01-01") == []
        work_off(OPEN)
        assert find("commitment", "late", "2031-01-01") == []


class TestAsked:
    """How it is asked by people and programs."""

    def test_several_must_all_hold(self) -> None:
        say(OPEN, "1", "in_progress")
        assert find("milestone", ["late", "due_this_month"], "2020-04-01") == [OPEN]
        assert find("milestone", ["late", "unreported"], "2020-04-01") == []

    def test_by_address(self, app: Any) -> None:
        say(OPEN, "1", "in_progress")
        for narrowed, expected in (
            ("ext_follow=late&ext_date=2020-03-01", [OPEN]),
            ("ext_follow=late&ext_date=2020-02-29", []),
            ("ext_follow=late&ext_follow=due_this_month&ext_date=2020-04-01", [OPEN]),
        ):
            page = app.get(f"/milestone/?{narrowed}").body
            assert (f'href="/milestone/{OPEN}"' in page) is bool(expected)
        address = "/api/action/package_search?fq=dataset_type:milestone&ext_follow=late"
        result = json.loads(app.get(f"{address}&ext_date=2020-03-01").body)["result"]
        assert [record["name"] for record in result["results"]] == [OPEN]

    @pytest.mark.parametrize("wrong", ["ext_follow=tarde", "ext_follow=late&ext_date=2020-02-30"])
    def test_what_is_wrong_is_named(self, app: Any, wrong: str) -> None:
        page = app.get(f"/milestone/?{wrong}", status=400).body
        assert wrong.rpartition("=")[2] in page
        answer = app.get(f"/api/action/package_search?{wrong}", status=400)
        assert wrong.rpartition("=")[2] in answer.body

    def test_links_with_counts(self, app: Any) -> None:
        say(OPEN, "1", "in_progress")
        say(BARE, None, "in_progress")
        page = app.get("/milestone/?ext_date=2020-04-01").body
        for name, count in (("late", 2), ("due_this_month", 1)):
            link = page.partition(f"ext_follow={name}")[2].partition("</a>")[0]
            assert f'<span class="item-count badge">{count}</span>' in link
        assert "ext_follow=unreported" not in page
        narrowed = app.get("/milestone/?ext_date=2020-04-01&ext_follow=late").body
        assert '<input type="hidden" name="ext_follow" value="late">' in narrowed
        assert 'aria-current="true"' in narrowed

    def test_a_filter_that_leaves_nothing_can_be_taken_back(self, app: Any) -> None:
        page = app.get("/milestone/?ext_follow=late&ext_date=2020-02-01").body
        facet = page.partition('class="nav-item active"')[2].partition("</a>")[0]
        assert '<span class="item-count badge">0</span>' in facet
        assert "ext_follow" not in facet.partition('href="')[2].partition('"')[0]

    def test_a_search_with_words(self, app: Any) -> None:
        page = app.get("/milestone/?q=hito&ext_date=2020-02-01").body
        assert "ext_follow=due_this_month" in page


class TestOrder:
    """Lists by progress; what nobody has reported on comes last either way."""

    def test_by_progress(self) -> None:
        say(OPEN, "1", "in_progress", percent_complete=Decimal(9))
        say(BARE, None, "completed")
        for kind, names in (
            ("milestone", [OPEN, BARE]),
            ("commitment", ["bo-pan1-c01", "bo-pan1-c03", "bo-pan1-c02", "bo-pan1-c04"]),
        ):
            query = {"fq": f"+dataset_type:{kind}", "sort": "gtplan_progress asc, name asc"}
            found = tk.get_action("package_search")({"user": ""}, query)["results"]
            assert [record["name"] for record in found] == names
            query["sort"] = "gtplan_progress desc, name asc"
            found = tk.get_action("package_search")({"user": ""}, query)["results"]
            assert [record["name"] for record in found][:2] == names[1::-1]

    def test_each_record_says_how_far_it_is(self, app: Any) -> None:
        say(OPEN, "1", "in_progress", percent_complete=Decimal("12.5"))
        for address, name in (("/milestone/", OPEN), ("/commitment/", "bo-pan1-c01")):
            items = app.get(f"{address}?ext_date=2020-04-01").body.split('class="dataset-item')[1:]
            (item,) = (item for item in items if f'href="{address}bo-pan1-c01' in item)
            found = act("gtplan_progress", id=name, date="2020-04-01")
            least = f"al menos {found['progress_floor']:g} %".replace(".", ",")
            assert least in " ".join(item.split()) and "Con atraso" in item
            assert not any("%" in other for other in items if other is not item)

    def test_the_list_offers_it(self, app: Any) -> None:
        assert 'value="gtplan_progress desc, name asc"' in app.get("/milestone/").body
        assert "gtplan_progress" not in app.get("/dataset/").body
