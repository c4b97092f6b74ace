"""A record that contradicts itself is refused by form and API, at its field; oddities are told."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from reading import Page, act, read_form, visit

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def owner() -> dict[str, Any]:
    return factories.Organization()


@pytest.fixture
def commitment(owner: dict[str, Any]) -> dict[str, Any]:
    plan = make("action_plan", owner["id"])
    return make(
        "commitment",
        owner["id"],
        action_plan=plan["name"],
        start_date="2018-11",
        end_date="2020-08-30",
    )


@pytest.fixture
def create(owner: dict[str, Any], commitment: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    def call(**fields: Any) -> dict[str, Any]:
        return make("milestone", owner["id"], commitment=commitment["name"], **fields)

    return call


def make(kind: str, owner: str, **fields: Any) -> dict[str, Any]:
    """Make a record of a kind, with a name of its own."""
    name = factories.Dataset.stub().name
    return act("package_create", type=kind, name=name, title=name, owner_org=owner, **fields)


def make_rows(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"activity_no": f"{n:02d}", "name": "A", **row} for n, row in enumerate(rows, 1)]


@pytest.mark.usefixtures("request_context")
class TestErrors:
    @pytest.mark.parametrize(
        "fields, field, parts",
        [
            ({"planned_start": "2019-05", "planned_end": "2019-04"}, "planned_end",
             ["2019-04", "2019-05"]),
            ({"weight": "-1"}, "weight", ["-1"]),
            ({"sources": [{"document": "D", "url": "example.org"}]}, ("sources", 0, "url"),
             ["example.org", "https://"]),
            ({"phases": [{"text": "A"}, {"text": "B", "start": "2020", "end": "2019"}]},
             ("phases", 1, "end"), ["2019", "2020"]),
            ({"activities": make_rows({}, {"planned_start": "2019-05", "planned_end": "2019"})},
             None, []),
            ({"activities": make_rows({}, {"planned_start": "2019-05", "planned_end": "2019-04"})},
             ("activities", 1, "planned_end"), ["2019-04"]),
            ({"activities": make_rows({}, {"activity_no": "01"})},
             ("activities", 1, "activity_no"), ["01"]),
            ({"activities": make_rows({}, {"predecessors": "09"})},
             ("activities", 1, "predecessors"), ["09", "01, 02"]),
            ({"activities": make_rows({"predecessors": "02"}, {"predecessors": "01"})},
             ("activities", 0, "predecessors"), ["01 → 02 → 01"]),
            ({"activities": make_rows({"planned_cost": "5.00"})},
             ("activities", 0, "currency"), ["5.00"]),
            ({"expected_deliverables": [{"key": "a", "name": "A"}, {"key": "a", "name": "B"}]},
             ("expected_deliverables", 1, "key"), ["a"]),
        ],
    )  # fmt: skip
    def test_the_message_stands_at_its_field(
        self, create: Callable[..., Any], fields: dict[str, Any], field: Any, parts: list[str]
    ) -> None:
        if field is None:
            assert create(**fields)["name"]
            return
        with pytest.raises(tk.ValidationError) as raised:
            create(**fields)
        found = raised.value.error_dict
        if isinstance(field, tuple):
            rows, number, field = field
            assert not any(found[rows][:number])
            found = found[rows][number]
        (message,) = found.pop(field)
        assert not found
        assert all(part in message for part in parts), message

    def test_wrong_values_and_contradictions_are_told_together(
        self, create: Callable[..., Any]
    ) -> None:
        rows = make_rows({"name": ""}, {"planned_start": "abril"}, {"activity_no": "02"})
        with pytest.raises(tk.ValidationError) as raised:
            create(activities=rows, weight="mucho")
        found = raised.value.error_dict
        assert set(found) == {"activities", "weight"}
        assert [set(row) for row in found["activities"]] == [
            {"name"},
            {"planned_start"},
            {"activity_no"},
        ]

    def test_an_update_and_a_patch_are_judged_too(self, create: Callable[..., Any]) -> None:
        milestone = create(planned_start="2019-05", planned_end="2019-06")
        with pytest.raises(tk.ValidationError) as raised:
            act("package_patch", id=milestone["id"], planned_end="2019-04")
        assert set(raised.value.error_dict) == {"planned_end"}
        assert act("package_show", id=milestone["id"])["planned_end"] == "2019-06"

    def test_code_title_and_plan_are_enough(self, owner: dict[str, Any]) -> None:
        plan = make("action_plan", owner["id"])
        commitment = make("commitment", owner["id"], action_plan=plan["name"])
        milestone = make("milestone", owner["id"], commitment=commitment["name"])
        indicator = make("indicator", owner["id"], milestone=milestone["name"])
        region = make("regional_plan", owner["id"])
        for record in (plan, commitment, milestone, indicator, region):
            assert record["state"] == "active"


class TestForm:
    @pytest.fixture
    def save(self, app: Any, create: Callable[..., Any]) -> Callable[..., Any]:
        """Save the form of a milestone with some answers changed."""
        token = factories.SysadminWithToken()["token"]
        milestone = create(activities=make_rows({}, {}))

        def call(**answers: str) -> Any:
            address = f"/milestone/edit/{milestone['name']}"
            form = read_form(visit(app, "get", address, token, status=200).body)
            changed = {key.replace("__", "-"): value for key, value in answers.items()}
            data = {**form, **changed, "save": ""}
            answer = visit(app, "post", address, token, data=data, follow_redirects=False)
            if answer.status_code != 302:
                return answer
            # the cookie with what is to be told comes with the answer
            cookie = answer.headers["Set-Cookie"].split(";")[0]
            path = answer.headers["Location"].split("/", 3)[3]
            headers = {"Cookie": cookie}
            return Context().run(app.get, f"/{path}", headers={**headers, "Authorization": token})

        return call

    def test_an_error_is_in_the_form(self, save: Callable[..., Any]) -> None:
        answer = save(activities__1__planned_start="2020-02", activities__1__planned_end="2020-01")
        assert answer.status_code == 200
        page = Page(answer.body)
        assert page.text.count("2020-01") >= 1
        assert "(2020-02)" in page.text
        assert read_form(answer.body)["activities-1-planned_end"] == ["2020-01"]

    def test_what_is_odd_is_saved_and_told(self, save: Callable[..., Any]) -> None:
        answer = save(planned_start="2018-01", planned_end="2019-12")
        assert answer.status_code == 200
        assert "2018-01/2019-12" in Page(answer.body).text
        assert "2018-11/2020-08-30" in Page(answer.body).text
