"""Editing a record in a browser: the forms open, and lose and shuffle nothing."""

from __future__ import annotations

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


def clean(value: Any) -> Any:
    """Leave out what is empty: a form sends a field that holds nothing as an empty text."""
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items() if v not in ("", None, [])}
    return [clean(item) for item in value] if isinstance(value, list) else value
