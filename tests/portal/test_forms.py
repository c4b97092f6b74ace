"""Editing a record in a browser: the forms open, and lose and shuffle nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from ckan.tests import factories
from reading import Page, act, read_form, visit


@pytest.fixture
def get(app: Any) -> Callable[..., Page]:
    """Fetch a page, as a visitor unless somebody's token is given."""

    def call(path: str, token: str = "", status: int = 200) -> Page:
        return Page(visit(app, "get", path, token, status=status).body)

    return call


@pytest.fixture
def admin() -> str:
    """The token of a sysadmin."""
    return str(factories.SysadminWithToken()["token"])


@pytest.mark.usefixtures("example")
class TestForms:
    @pytest.mark.parametrize(
        "path",
        [
            "/action_plan/new",
            "/commitment/new",
            "/milestone/new",
            "/indicator/new",
            "/regional_plan/new",
            "/service_inventory/new",
            "/dataset/new",
            "/commitment/edit/gt-pan4-c11",
            "/dataset/edit/gt-pan4-c11-h01-datos",
            "/regional_plan/edit/red-gealc-2019",
        ],
    )
    def test_forms_open_under_one_heading(
        self, get: Callable[..., Page], admin: str, path: str
    ) -> None:
        assert get(path, admin).headings.count(1) == 1

    def test_enter_saves_and_does_not_unpublish(self, get: Callable[..., Page], admin: str) -> None:
        page = get("/commitment/edit/gt-pan4-c11", admin).html
        form = page.partition('id="dataset-edit"')[2].partition("</form>")[0]
        submits = re.findall(r"<button[^>]*type=.submit.[^>]*>", form)
        assert "go-metadata-unpublish" not in submits[0]
        assert "go-metadata-unpublish" in submits[1]

    def test_each_line_of_a_list_has_its_name(self, get: Callable[..., Page], admin: str) -> None:
        page = get("/commitment/edit/gt-pan4-c11", admin).html
        for name in ("co_lead_institutions", "sdg_targets", "national_plans"):
            (line, *_) = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
            assert "aria-label=" in line

    def test_the_tab_of_activities_opens(self, get: Callable[..., Page], admin: str) -> None:
        assert get("/dataset/activity/gt-pan4-c11-h01", admin).headings

    def test_the_manage_button_is_for_who_may_edit(
        self, get: Callable[..., Page], admin: str
    ) -> None:
        link = 'href="/milestone/edit/gt-pan4-c11-h01"'
        assert link in get("/milestone/gt-pan4-c11-h01", admin).html
        assert link not in get("/milestone/gt-pan4-c11-h01").html

    def test_a_record_is_made_by_its_form_alone(
        self, app: Any, get: Callable[..., Page], admin: str
    ) -> None:
        organization = act("organization_show", id="gae")["id"]
        form = read_form(get("/commitment/new", admin).html)
        data = {
            **form,
            "title": "Uno",
            "name": "xx-made",
            "action_plan": "gt-pan1",
            "owner_org": organization,
            "save": "",
        }
        answer = visit(app, "post", "/commitment/new", admin, data=data, follow_redirects=False)
        assert answer.status_code == 302, Page(answer.body).text
        record = act("package_show", id="xx-made")
        act("dataset_purge", id="xx-made")
        assert answer.headers["Location"].endswith("/commitment/xx-made")
        assert record["state"] == "active"

    @pytest.mark.parametrize(
        "path",
        [
            "action_plan/gt-pan5",
            "commitment/gt-pan4-c08",
            "milestone/gt-pan4-c11-h01",
            "regional_plan/red-gealc-2019",
            "service_inventory/gt-servicios-digitales-2019",
            "dataset/gt-pan4-c11-h01-datos",
        ],
    )
    def test_a_record_saved_unchanged_is_the_same_in_the_same_order(
        self, app: Any, get: Callable[..., Page], admin: str, path: str
    ) -> None:
        kind, name = path.split("/")
        before = act("package_show", id=name)
        address = f"/{kind}/edit/{name}"
        data = {**read_form(get(address, admin).html), "save": ""}
        answer = visit(app, "post", address, admin, data=data, follow_redirects=False)
        assert answer.status_code == 302, Page(answer.body).text
        after = act("package_show", id=name)
        assert clean({**after, "metadata_modified": ""}) == clean(
            {**before, "metadata_modified": ""}
        )


class TestRows:
    """The rows of a work plan, in a form without JavaScript."""

    @pytest.fixture
    def milestone(self) -> dict[str, Any]:
        """A milestone of 13 activities."""
        owner = factories.Organization()["id"]
        plan = make("action_plan", owner)
        commitment = make("commitment", owner, action_plan=plan["name"])
        rows = [{"activity_no": f"{n:02d}", "name": f"Actividad {n}"} for n in range(1, 14)]
        return make("milestone", owner, commitment=commitment["name"], activities=rows)

    @pytest.fixture
    def save(
        self, app: Any, get: Callable[..., Page], admin: str, milestone: dict[str, Any]
    ) -> Callable[..., list[dict[str, Any]]]:
        """Save the form of the milestone with some answers changed; gives the activities."""

        def call(**answers: str) -> list[dict[str, Any]]:
            address = f"/milestone/edit/{milestone['name']}"
            form = read_form(get(address, admin).html)
            changed = {key.replace("__", "-"): value for key, value in answers.items()}
            more = {"data": {**form, **changed, "save": ""}, "follow_redirects": False}
            # as browsers send it: a part for each field, of which servers like to limit the count
            answer = visit(
                app, "post", address, admin, content_type="multipart/form-data", **more
            )
            assert answer.status_code == 302, Page(answer.body).text
            rows: list[dict[str, Any]] = act("package_show", id=milestone["id"])["activities"]
            return rows

        return call

    def test_thirteen_come_back_in_their_order(self, save: Any) -> None:
        assert [row["activity_no"] for row in save()] == [f"{n:02d}" for n in range(1, 14)]

    @pytest.mark.parametrize(
        "index, place, expected",
        [
            (11, 2, "01 12 02 03 04 05 06 07 08 09 10 11 13"),
            (1, 12, "01 03 04 05 06 07 08 09 10 11 12 02 13"),
            (0, 13, "02 03 04 05 06 07 08 09 10 11 12 13 01"),
            (12, 1, "13 01 02 03 04 05 06 07 08 09 10 11 12"),
        ],
    )
    def test_a_row_goes_to_the_place_that_it_is_given(
        self, save: Any, index: int, place: int, expected: str
    ) -> None:
        rows = save(**{f"activities__{index}__gtplan_position": str(place)})
        assert " ".join(row["activity_no"] for row in rows) == expected

    def test_a_row_is_removed(self, save: Any) -> None:
        rows = save(activities__4__gtplan_remove="true")
        assert [row["activity_no"] for row in rows] == [
            f"{n:02d}" for n in range(1, 14) if n != 5
        ]

    def test_a_row_is_added_in_the_middle(self, save: Any) -> None:
        rows = save(
            activities__13__activity_no="06a",
            activities__13__name="Otra",
            activities__13__gtplan_position="7",
        )
        assert [row["activity_no"] for row in rows[5:8]] == ["06", "06a", "07"]
        assert len(rows) == 14

    def test_what_was_asked_of_a_row_is_not_kept(self, save: Any) -> None:
        assert not any(key.startswith("gtplan_") for row in save() for key in row)

    def test_forty_activities_and_texts_of_100_kb_are_saved_and_found(
        self, save: Any, milestone: dict[str, Any]
    ) -> None:
        long = "palabra larga " * 7200 + "ornitorrinco"
        answers = {
            f"activities__{n}__{field}": value
            for n in range(13, 40)
            for field, value in (("activity_no", f"{n + 1:02d}"), ("name", f"Actividad {n + 1}"))
        }
        rows = save(
            **answers,
            activities__20__notes=long.replace("ornitorrinco", "axolotl"),
            notes=long,
            general_objective=long.replace("ornitorrinco", "quetzal"),
        )
        assert [row["activity_no"] for row in rows] == [f"{n:02d}" for n in range(1, 41)]
        record = act("package_show", id=milestone["id"])
        assert record["notes"].endswith("ornitorrinco") and len(record["notes"]) > 100_000
        for word in ("ornitorrinco", "quetzal", "axolotl"):
            found = act("package_search", q=word, fq="dataset_type:milestone")["results"]
            assert milestone["id"] in [package["id"] for package in found], word


def make(kind: str, owner: str, **fields: Any) -> dict[str, Any]:
    """Make a record of a kind, with a name of its own."""
    name = factories.Dataset.stub().name
    return act("package_create", type=kind, name=name, title=name, owner_org=owner, **fields)


def clean(value: Any) -> Any:
    """Leave out what is empty: a form sends a field that holds nothing as an empty text."""
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items() if v not in ("", None, [])}
    return [clean(item) for item in value] if isinstance(value, list) else value
