"""The dates that the public has seen are kept when they change, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ckan.tests import factories
from reading import Page, act, read_form, visit

Record = dict[str, Any]

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def owner() -> str:
    return str(factories.Organization()["id"])


@pytest.fixture
def commitment(owner: str) -> Callable[..., Record]:
    def call(**fields: Any) -> Record:
        plan = make("action_plan", owner)
        dates = {"start_date": "2022-01-01", "end_date": "2023-12-31"}
        return make("commitment", owner, action_plan=plan["name"], **{**dates, **fields})

    return call


@pytest.fixture
def milestone(owner: str, commitment: Callable[..., Record]) -> Callable[..., Record]:
    def call(**fields: Any) -> Record:
        return make("milestone", owner, commitment=commitment()["name"], **fields)

    return call


def make(kind: str, owner: str, **fields: Any) -> Record:
    name = factories.Dataset.stub().name
    return act("package_create", type=kind, name=name, title=name, owner_org=owner, **fields)


def patch(record: Record, **fields: Any) -> Record:
    return act("package_patch", id=record["id"], **fields)


def baseline(thing: Record) -> tuple[Any, Any]:
    return thing.get("baseline_start") or None, thing.get("baseline_end") or None


NONE = (None, None)


class TestRecord:
    def test_first_dates_are_kept_through_every_change(self, commitment: Any) -> None:
        record = commitment()
        assert baseline(record) == NONE
        record = patch(record, end_date="2023-12-01")
        assert baseline(record) == ("2022-01-01", "2023-12-31")
        record = patch(record, start_date="2022-01-10", end_date="2024")
        assert baseline(record) == ("2022-01-01", "2023-12-31")
        assert record["end_date"] == "2024"

    def test_another_change_keeps_nothing(self, commitment: Any) -> None:
        assert baseline(patch(commitment(), title="Otro")) == NONE

    def test_dates_that_come_later_are_the_first(self, milestone: Any) -> None:
        record = patch(milestone(), planned_end="2023-06")
        assert baseline(record) == NONE
        assert baseline(patch(record, planned_end="2023-07")) == (None, "2023-06")

    def test_a_date_that_is_taken_out_is_kept(self, milestone: Any) -> None:
        record = milestone(planned_start="2023", planned_end="2023-06")
        assert baseline(patch(record, planned_end="")) == ("2023", "2023-06")

    @pytest.mark.parametrize("sent", ["2001", "", None])
    def test_nobody_changes_or_empties_it(self, commitment: Any, sent: Any) -> None:
        record = patch(commitment(), end_date="2023-12-01")
        record = patch(record, baseline_start=sent, baseline_end=sent)
        assert baseline(record) == ("2022-01-01", "2023-12-31")
        whole = {k: v for k, v in record.items() if not k.startswith("baseline_")}
        assert baseline(act("package_update", **whole)) == ("2022-01-01", "2023-12-31")

    def test_nobody_states_it(self, commitment: Any) -> None:
        record = commitment(baseline_start="2001", baseline_end="2002")
        assert baseline(record) == NONE
        assert baseline(patch(record, baseline_start="2001")) == NONE

    def test_what_is_private_has_none_until_it_is_published(self, commitment: Any) -> None:
        record = patch(commitment(private=True), end_date="2023-12-01")
        assert baseline(record) == NONE
        record = patch(record, private=False, end_date="2023-11-01")
        assert baseline(record) == NONE
        assert baseline(patch(record, end_date="2023-10-01")) == ("2022-01-01", "2023-11-01")

    def test_a_draft_has_none(self, commitment: Any) -> None:
        record = patch(commitment(state="draft"), end_date="2023-12-01")
        assert record["state"] == "draft"
        assert baseline(record) == NONE

    def test_a_change_that_is_refused_keeps_nothing(self, commitment: Any) -> None:
        record = commitment()
        with pytest.raises(Exception, match="end_date"):
            patch(record, end_date="2021")
        assert baseline(act("package_show", id=record["id"])) == NONE


class TestActivities:
    @pytest.fixture
    def record(self, milestone: Any) -> Record:
        rows = [
            {"activity_no": n, "name": n, "planned_start": "2023-01", "planned_end": "2023-02"}
            for n in ("01", "02", "03")
        ]
        return dict(milestone(activities=rows))

    def test_each_has_its_own_by_its_number(self, record: Record) -> None:
        one, two, three = record["activities"]
        moved = [three, {**one, "planned_end": "2023-03"}, two]
        rows = patch(record, activities=moved)["activities"]
        assert [(row["activity_no"], baseline(row)) for row in rows] == [
            ("03", NONE),
            ("01", ("2023-01", "2023-02")),
            ("02", NONE),
        ]

    def test_it_is_kept_whatever_a_row_says(self, record: Record) -> None:
        one, two, three = record["activities"]
        record = patch(record, activities=[{**one, "planned_end": "2023-03"}, two, three])
        sent = [
            {"activity_no": "01", "name": "A", "baseline_start": "1999"},
            {"activity_no": "02", "name": "B", "baseline_end": "1999", "planned_end": "2023-02"},
            {"activity_no": "04", "name": "C", "baseline_end": "1999"},
        ]
        rows = patch(record, activities=sent)["activities"]
        assert [baseline(row) for row in rows] == [
            ("2023-01", "2023-02"),
            ("2023-01", "2023-02"),
            NONE,
        ]

    def test_the_form_is_not_asked_and_keeps_it(self, app: Any, record: Record) -> None:
        one, two, three = record["activities"]
        record = patch(record, activities=[{**one, "planned_end": "2023-03"}, two, three])
        token = factories.SysadminWithToken()["token"]
        address = f"/milestone/edit/{record['name']}"
        form = read_form(visit(app, "get", address, token, status=200).body)
        assert not [name for name in form if "baseline" in name]
        visible = {k: v for k, v in form.items() if "baseline" not in k}
        data = {**visible, "activities-1-planned_start": "2022-12", "save": ""}
        answer = visit(app, "post", address, token, data=data, follow_redirects=False)
        assert answer.status_code == 302
        rows = act("package_show", id=record["id"])["activities"]
        assert [baseline(row) for row in rows] == [
            ("2023-01", "2023-02"),
            ("2023-01", "2023-02"),
            NONE,
        ]


LOAD = """\
load: fechas
publication:
  {owner: gae-fechas, license_id: cc-by, frequency: eventual, contact_name: A,
    contact_email: a@e.org}
organizations:
  - {id: gae-fechas, title: GAE}
action_plans:
  - {id: p-fechas, title: Plan}
commitments:
  - {id: c-fechas, title: Uno, action_plan: p-fechas, end_date: 2023, FIELDS}
"""


@pytest.mark.usefixtures("clean")
class TestLoad:
    @pytest.fixture
    def write(self, load: Any) -> Callable[[str], Record]:
        def call(fields: str) -> Record:
            load({"plan.yaml": LOAD.replace("FIELDS", fields)})
            return dict(act("package_show", id="c-fechas"))

        return call

    def test_a_file_states_it_where_there_is_none(self, write: Any) -> None:
        assert baseline(write("start_date: 2022, baseline_start: 2021")) == ("2021", None)
        assert baseline(write("start_date: 2022-05, baseline_start: 2020")) == ("2021", None)
        assert baseline(write("start_date: 2022-06")) == ("2021", None)

    def test_a_file_that_changes_dates_keeps_the_first(self, write: Any) -> None:
        assert baseline(write("start_date: 2022")) == NONE
        assert baseline(write("start_date: 2022-05")) == ("2022", "2023")

    def test_what_a_file_states_comes_before_what_was_seen(self, write: Any) -> None:
        write("start_date: 2022")
        assert baseline(write("start_date: 2022-05, baseline_start: 2021")) == ("2021", None)


@pytest.mark.usefixtures("example")
@pytest.mark.parametrize(
    "path, text",
    [
        ("/commitment/gt-pan5-c02", "1 de enero de 2022 – 30 de junio de 2023"),
        ("/milestone/gt-pan5-c02-h01", "enero de 2022 – junio de 2023"),
    ],
)
def test_a_page_says_what_was_published_first(app: Any, path: str, text: str) -> None:
    page = Page(visit(app, "get", path, "", status=200).body)
    assert f"Publicado primero como: {text}" in page.text


@pytest.mark.usefixtures("example")
def test_dates_that_never_changed_are_said_once(app: Any) -> None:
    page = Page(visit(app, "get", "/milestone/gt-pan4-c11-h01", "", status=200).body)
    assert "Publicado primero" not in page.text
    assert page.text.count("Dudosas como están impresas") == 1
