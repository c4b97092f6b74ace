"""What the feeds leave out is told value by value to those who can mend it, and to nobody else."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from reading import Page, act, visit

from ckanext.gtplan.feed.keeping import store
from ckanext.gtplan.feed.making import fragment
from ckanext.gtplan.logic.exchange import omissions

pytestmark = pytest.mark.usefixtures("request_context", "clean")


@pytest.fixture
def broken(dataset: Any) -> dict[str, Any]:
    """A public dataset with values that somebody wrote past the forms."""
    made: dict[str, Any] = dataset(title="Mapa de pozos", name="mapa-pozos")
    damage(made["id"], issued="ayer", data_modified="=1+1")
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE resource SET url = 'no es una dirección' WHERE package_id = :id"),
            {"id": made["id"]},
        )
    return made


def damage(package_id: str, **values: str) -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE package SET extras = extras || CAST(:values AS jsonb) WHERE id = :id"),
            {"id": package_id, "values": json.dumps(values)},
        )


def report(**asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = act("gtplan_feed_report", **asked)
    return found


def test_each_value_is_told_with_field_reason_and_what_to_write(broken: dict[str, Any]) -> None:
    found = report()
    assert found["datasets"] == 1 and found["count"] == len(found["results"]) >= 3
    assert not found["is_behind"]
    by_value = {row["value"]: row for row in found["results"]}
    issued = by_value["ayer"]
    assert issued["name"] == "mapa-pozos" and issued["title"] == "Mapa de pozos"
    assert issued["why"] == "not_date" and "2018-11-30" in issued["mend"]
    assert issued["label"] != issued["field"] and issued["resource"] is None
    file = by_value["http://no es una dirección"]
    assert file["resource"] and file["resource_name"] == "Tabla" and file["why"] == "not_url"
    assert sum(reason["values"] for reason in found["reasons"]) == found["count"]


def test_what_was_mended_is_not_told_any_more(broken: dict[str, Any]) -> None:
    before = report()["count"]
    damage(broken["id"], issued="2018-11")
    assert report()["count"] == before - 1


def test_what_is_not_public_is_not_in_the_feeds_and_not_told(broken: dict[str, Any]) -> None:
    assert report()["count"]
    act("package_patch", id=broken["id"], private=True)
    assert report() == {
        "is_behind": False, "datasets": 0, "reasons": [], "count": 0, "results": []
    }  # fmt: skip


def test_a_dataset_of_which_only_the_title_could_be_said(
    dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset(title="Irreparable")
    write, calls = fragment.Maker._write, []

    def fail_once(self: Any, *given: Any) -> Any:
        calls.append(given)
        if len(calls) == 1:
            raise ValueError("broken")
        return write(self, *given)

    monkeypatch.setattr(fragment.Maker, "_write", fail_once)
    (row,) = report()["results"]
    assert row["title"] == "Irreparable" and row["why"] == "not_said" and row["mend"]


def test_what_is_being_followed_yet_is_said(
    broken: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_busy() -> Any:
        raise store.Busy

    monkeypatch.setattr(omissions, "bring_up_to_date", be_busy)
    assert report()["is_behind"]


def test_pages_of_the_list(broken: dict[str, Any]) -> None:
    whole = report()["results"]
    parts = [report(limit=1, offset=number)["results"] for number in range(len(whole))]
    assert [row for part in parts for row in part] == whole
    assert not report(limit=10**12, offset=10**12)["results"]


class TestReaders:
    @pytest.fixture
    def editor(self, organization: dict[str, Any], broken: dict[str, Any]) -> str:
        """Somebody who edits for the organization of the dataset."""
        user = factories.UserWithToken()
        act(
            "organization_member_create",
            id=organization["id"], username=user["name"], role="editor",
        )  # fmt: skip
        return str(user["token"])

    @pytest.fixture
    def stranger(self) -> str:
        user = factories.UserWithToken()
        factories.Organization(users=[{"name": user["name"], "capacity": "editor"}])
        return str(user["token"])

    def test_editors_are_told_of_their_own(
        self, app: Any, editor: str, stranger: str, organization: dict[str, Any]
    ) -> None:
        page = Page(visit(app, "get", "/en/feeds/report", editor, status=200).body)
        assert "Mapa de pozos" in page.text and "ayer" in page.text
        assert "/dataset/edit/mapa-pozos" in page.html and "/resource/" in page.html
        other = Page(visit(app, "get", "/en/feeds/report", stranger, status=200).body)
        assert "Nothing:" in other.text and "Mapa" not in other.text
        path = f"/feeds/report?organization={organization['name']}"
        visit(app, "get", path, editor, status=200)
        assert "Mapa" not in visit(app, "get", path, stranger, status=403).body

    def test_the_table_is_whole_and_holds_no_formula(self, app: Any, editor: str) -> None:
        answer = visit(app, "get", "/feeds/report.csv", editor, status=200)
        rows = list(csv.DictReader(answer.body.splitlines()))
        assert len(rows) == report()["count"]
        assert "'=1+1" in [row["value"] for row in rows]
        assert all(row["mend"] and row["name"] == "mapa-pozos" for row in rows)

    @pytest.mark.parametrize("path", ["/feeds/report", "/feeds/report.csv"])
    def test_visitors_and_members_are_told_nothing(
        self, app: Any, broken: dict[str, Any], path: str
    ) -> None:
        member = factories.UserWithToken()
        factories.Organization(users=[{"name": member["name"], "capacity": "member"}])
        for token in ("", member["token"]):
            assert "Mapa" not in visit(app, "get", path, token, status=403).body
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("gtplan_feed_report")({"user": ""}, {})

    @pytest.mark.parametrize("name", ["no-hay", "%00", "a'b"])
    def test_an_organization_that_there_is_not(self, app: Any, editor: str, name: str) -> None:
        visit(app, "get", f"/feeds/report?organization={name}", editor, status=404)

    def test_the_tasks_lead_there(self, app: Any, editor: str) -> None:
        page = visit(app, "get", "/tasks", editor, status=200).body
        assert "/feeds/report" in page
