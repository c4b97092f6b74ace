"""Figures that are kept: right at once after every change, and never another reader's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.lib.plugins import DefaultPermissionLabels
from ckan.tests import factories

from ckanext.gtplan.logic.follow import kept, progress, reading, sight
from ckanext.gtplan.model import ReportEntry
from ckanext.gtplan.model.report import ReportDecision

PLAN, COMMITMENT = "bo-pan3", "bo-pan3-c01"
OPEN, HIDDEN = f"{COMMITMENT}-h01", f"{COMMITMENT}-h02"
DAY = date(2021, 1, 1)
ACTIVITIES = [
    {"activity_no": "01", "name": "Reunir", "planned_start": "2020-01", "planned_end": "2020-02"},
    {"activity_no": "02", "name": "Medir", "planned_start": "2020-01", "planned_end": "2020-02"},
]
DELIVERABLES = [{"key": "datos", "name": "Los datos", "due_date": "2020-04-30"}]


def ask(user: str = "", name: str = PLAN, day: date = DAY) -> progress.Following:
    """Ask for figures as a user, by default as a visitor."""
    context = {"user": user, "auth_user_obj": model.User.get(user) if user else None}
    package = {"name": name, "type": model.Package.get(name).type, "commitment": COMMITMENT}
    return progress.follow(context, {**package, "action_plan": PLAN}, day)


def tell(user: str = "", name: str = PLAN) -> tuple[Any, ...]:
    """Tell what a change would show in: records, progress, how things stand, what is open."""
    found = ask(user, name)
    assert found.measures
    coverage = found.measures.coverage
    return (
        [milestone.title for milestone in found.milestones],
        found.measures.progress,
        dict(found.standing),
        (coverage.expected, coverage.open),
        found.tree.today,
    )


def write_report(percent: int, **values: Any) -> str:
    key = str(uuid4())
    given: dict[str, Any] = {"needs_approval": False, "activity_no": "01", **values}
    model.Session.add(
        ReportEntry(
            **{"id": key, "milestone_id": model.Package.get(OPEN).id, "evidence": []},
            **{"as_of": date(2020, 6, 1), "recorded": datetime.now(timezone.utc), "cleared": []},
            **{"status": "in_progress", "percent_complete": percent, **given},
        )
    )
    model.Session.flush()
    return key


def write_dataset(*, is_private: bool = False, license_id: str = "cc-by") -> None:
    """Write the dataset of the deliverable as the database has it: the search knows nothing."""
    link = {"milestone": OPEN, "deliverable": "datos", "issued": "2020-03-01"}
    file = model.Resource(url="https://example.org/datos.csv", format="CSV")
    model.Session.add(
        model.Package(
            **{"name": "bo-datos", "type": "dataset", "private": is_private, "extras": link},
            **{"license_id": license_id, "resources_all": [file]},
        )
    )
    model.Session.flush()


def change(name: str, **values: Any) -> None:
    """Change columns and extras of a record, and nothing else."""
    package = model.Package.get(name)
    for key in values.keys() & {"title", "private", "state"}:
        setattr(package, key, values.pop(key))
    package.extras = {**package.extras, **values}
    model.Session.flush()


@pytest.fixture(scope="module")
def plan(shared_app: Any) -> Iterator[str]:
    """Make a plan of a commitment with two milestones, the second private, and a member of it."""
    model.repo.delete_all()
    search.clear_all()
    user = factories.User()["name"]
    organization = factories.Organization(users=[{"name": user, "capacity": "member"}])
    with shared_app.flask_app.test_request_context():
        common = {"owner_org": organization["id"]}
        factories.Dataset(type="action_plan", name=PLAN, title="Plan", **common)
        factories.Dataset(type="commitment", name=COMMITMENT, action_plan=PLAN, **common)
        for name, is_private in ((OPEN, False), (HIDDEN, True)):
            factories.Dataset(
                **{"type": "milestone", "name": name, "title": name, "private": is_private},
                **{"commitment": COMMITMENT, "activities": ACTIVITIES, **common},
                expected_deliverables=DELIVERABLES,
            )
        yield user


@pytest.fixture(autouse=True)
def unwritten(plan: str) -> Iterator[None]:
    """Take back, at the end, what a test has written and not committed."""
    yield
    model.Session.rollback()


def count_computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note from now on whose figures are computed."""
    computed: list[str] = []
    compute = progress._follow

    def note(*args: Any) -> progress.Following:
        computed.append(args[1]["name"])
        return compute(*args)

    monkeypatch.setattr(progress, "_follow", note)
    return computed


class TestChanges:
    """Whatever figures are made of: they are others in the very next answer."""

    BEFORE = ([OPEN], None, {"unreported": 2}, (1, 0), DAY)

    @pytest.mark.parametrize(
        ("make", "after"),
        [
            (lambda: write_report(40), ([OPEN], 40, {"late": 2}, (1, 0), DAY)),
            (lambda: change(OPEN, title="Otro"), (["Otro"], None, {"unreported": 2}, (1, 0), DAY)),
            (lambda: change(OPEN, private=True), ([], None, {}, (0, 0), DAY)),
            (lambda: change(OPEN, state="deleted"), ([], None, {}, (0, 0), DAY)),
            (lambda: change(OPEN, commitment="otro"), ([], None, {}, (0, 0), DAY)),
            (lambda: change(COMMITMENT, private=True), ([], None, {}, (0, 0), DAY)),
            (
                lambda: change(HIDDEN, private=False),
                ([OPEN, HIDDEN], None, {"unreported": 4}, (2, 0), DAY),
            ),
            (
                lambda: change(PLAN, status="closed", closed_on="2020-02-10"),
                ([OPEN], None, {"unreported": 2}, (1, 0), date(2020, 2, 10)),
            ),
            (write_dataset, ([OPEN], None, {"unreported": 2}, (1, 1), DAY)),
            (lambda: write_dataset(is_private=True), BEFORE),
            (lambda: write_dataset(license_id="notspecified"), BEFORE),
        ],
    )
    def test_a_change(self, make: Callable[[], Any], after: tuple[Any, ...]) -> None:
        assert tell() == self.BEFORE
        make()
        assert tell() == after
        model.Session.rollback()
        assert tell() == self.BEFORE

    def test_a_decision(self) -> None:
        key = write_report(40, needs_approval=True)
        assert tell() == self.BEFORE
        model.Session.add(
            ReportDecision(report_id=key, decision="approved", decided=datetime.now(timezone.utc))
        )
        model.Session.flush()
        assert tell()[1] == 40

    def test_a_dataset_that_is_hidden_again(self) -> None:
        write_dataset()
        assert tell()[3] == (1, 1)
        change("bo-datos", private=True)
        assert tell()[3] == (1, 0)

    def test_another_process(self) -> None:
        """What others commit is there, without a word between the processes."""

        def rename(title: str) -> None:
            with model.meta.engine.begin() as connection:
                statement = sa.text("UPDATE package SET title = :title WHERE name = :name")
                connection.execute(statement, {"title": title, "name": OPEN})

        assert tell() == self.BEFORE
        try:
            rename("De otro proceso")
            assert tell()[0] == ["De otro proceso"]
        finally:
            rename(OPEN)
        assert tell() == self.BEFORE

    def test_the_day(self) -> None:
        write_report(40)
        assert ask(day=date(2020, 5, 1)).standing == {"unreported": 2}
        assert ask(day=date(2020, 7, 1)).standing == {"late": 2}


class TestReaders:
    """Who may see more has figures of their own, in whatever order they ask."""

    @pytest.mark.parametrize("is_member_first", [True, False])
    def test_one_after_the_other(self, plan: str, is_member_first: bool) -> None:
        kept.forget()
        for user in (plan, "", plan) if is_member_first else ("", plan, ""):
            for name in (PLAN, COMMITMENT):
                found = ask(user, name)
                titles = [OPEN, HIDDEN] if user else [OPEN]
                assert [milestone.id for milestone in found.milestones] == titles
                assert found.hidden == ({HIDDEN} if user else set())
                assert found.standing == {"unreported": 4 if user else 2}
                assert HIDDEN not in found.tree.milestones or user

    def test_a_member_that_is_none_any_longer(self, plan: str) -> None:
        assert ask(plan).hidden == {HIDDEN}
        members = sa.update(model.Member).where(model.Member.table_id == model.User.get(plan).id)
        model.Session.execute(members.values(state="deleted"))
        assert [milestone.id for milestone in ask(plan).milestones] == [OPEN]

    @pytest.mark.parametrize("who", ["", "member", "other", "sysadmin"])
    def test_the_search_sees_the_same(
        self, plan: str, who: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = {"": lambda: "", "member": lambda: plan, "other": lambda: factories.User()["name"]}
        user = made.get(who, lambda: factories.Sysadmin()["name"])()
        context = {"user": user, "auth_user_obj": model.User.get(user) if user else None}
        for name, kind in ((PLAN, "action_plan"), (COMMITMENT, "commitment"), (OPEN, "milestone")):
            package = {"name": name, "type": kind, "commitment": COMMITMENT, "action_plan": PLAN}
            seen = [reading.list_parts(context, package), reading.find_plan(context, package)]
            with monkeypatch.context() as patch:
                patch.setattr(reading, "find_sight", lambda context: None)
                found = [reading.list_parts(context, package), reading.find_plan(context, package)]
            assert [*map(sorted, seen[0]), seen[1]] == [*map(sorted, found[0]), found[1]]

    def test_where_the_portal_says_otherwise_what_is_public(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Labels(DefaultPermissionLabels):
            """Nothing is for everybody."""

            def get_user_dataset_labels(self, user_obj: Any) -> list[str]:
                return ["nobody"]

        assert ask().milestones
        monkeypatch.setattr("ckan.lib.plugins.get_permission_labels", Labels)
        monkeypatch.setattr(sight, "get_permission_labels", Labels)
        assert not ask().milestones


class TestKeeping:
    """What is computed once."""

    def test_nothing_is_computed_twice(self, plan: str, monkeypatch: pytest.MonkeyPatch) -> None:
        kept.forget()
        computed = count_computed(monkeypatch)
        first = [ask(), ask(plan)]
        assert [ask(), ask(plan)] == first and computed == [PLAN, PLAN]

    def test_what_is_made_of_figures_is_kept_with_them(self) -> None:
        made: list[int] = []

        def count(found: progress.Following) -> int:
            made.append(len(found.milestones))
            return made[-1]

        assert [ask().derive("count", count) for _ in range(2)] == [1, 1]
        change(HIDDEN, private=False)
        assert ask().derive("count", count) == 2 and made == [1, 2]

    def test_it_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kept.forget()
        monkeypatch.setattr(kept, "_MOST", 5)
        made: list[int] = []

        def make(number: int) -> Callable[[], int]:
            return lambda: made.append(number) or number

        for number in (1, 2, 3, 1):
            assert kept.keep(("count", number), make(number), lambda _: 2) == number
        assert made == [1, 2, 3, 1]
        assert kept.keep(("large",), make(9), lambda _: 99) == 9
