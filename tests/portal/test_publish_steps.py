"""A deliverable is published in three steps, and nothing of it is seen before the last."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from following import make_milestone, make_plan
from reading import Page, act, read_form, visit
from report_pages import token
from table_pages import read, send

from ckanext.gtplan.logic.plans.drafts import find_draft

INAP, OWNER = "editora-inap", "editora-duena"
COORDINATOR, STRANGER = "editora-gpat", "editora-ajena"
CSV = b"codigo,nombre\n1,Uno\n"
TITLE = "Inventario con un nombre que no hay dos veces"


@pytest.fixture(autouse=True)
def plan(request_context: None) -> Iterator[None]:
    make_plan()
    yield
    for package in model.Session.query(model.Package).filter_by(type="dataset"):
        act("dataset_purge", id=package.id)


@pytest.fixture
def milestone() -> str:
    rows = [{"key": "inventario", "name": TITLE, "responsibles": "inap"}, {"key": "b", "name": "B"}]
    return make_milestone(expected_deliverables=rows, title="Hito que entrega")


def path(milestone: str, key: str = "inventario") -> str:
    return f"/publish/{milestone}/{key}"


def send_file(app: Any, user: str, milestone: str, status: int = 200, **more: Any) -> Page:
    file = (io.BytesIO(more.pop("data", CSV)), more.pop("file", "inventario.csv"))
    values = {"task": "file", "upload": file, **more}
    return send(app, user, path(milestone), values, status)


def draft(milestone: str, user: str = INAP) -> dict[str, Any]:
    found = find_draft({"user": user}, milestone, "inventario")
    assert found is not None
    return found


def describe(app: Any, milestone: str, **changes: Any) -> Page:
    """Send the second step as it is filled in beforehand, but for some changes."""
    page = read(app, INAP, f"{path(milestone)}?step=2")
    values = read_form(page.html, "gtplan-publish")
    return send(app, INAP, path(milestone), {**values, **changes})


def publish(app: Any, milestone: str, audience: str = "everybody") -> Page:
    return send(app, INAP, path(milestone), {"task": "publish", "audience": audience})


class TestSteps:
    def test_from_the_milestone_to_the_download(self, app: Any, milestone: str) -> None:
        page = read(app, INAP, f"/milestone/{milestone}")
        assert f'href="{path(milestone)}"' in page.html
        assert TITLE in read(app, INAP, path(milestone)).text
        page = send_file(app, INAP, milestone)
        values = read_form(page.html, "gtplan-publish")
        assert values["title"] == [TITLE] and values["frequency"] == ["eventual"]
        assert "Hito que entrega" in values["notes"][0]
        page = describe(app, milestone, notes="Los trámites de 2019", license_id="cc-by")
        assert "Todo lo obligatorio está" in page.text and "Los trámites de 2019" in page.text
        page = publish(app, milestone)
        assert "todas las personas pueden descargarlo" in page.text
        (made,) = act("package_search", fq="+dataset_type:dataset")["results"]
        assert (made["state"], made["private"], made["license_id"]) == ("active", False, "cc-by")
        assert (made["milestone"], made["deliverable"]) == (milestone, "inventario")
        assert made["organization"]["name"] == "inap" and made["notes"] == "Los trámites de 2019"
        (resource,) = made["resources"]
        assert resource["url"] in read(app, "", f"/milestone/{milestone}").html
        file = visit(app, "get", resource["url"].partition("test.ckan.net")[2], "")
        assert file.data == CSV

    def test_an_address_instead_of_a_file(self, app: Any, milestone: str) -> None:
        url = "https://example.org/inventario.ods"
        send(app, INAP, path(milestone), {"task": "file", "url": url, "name": "El libro"})
        (resource,) = draft(milestone)["resources"]
        assert (resource["url"], resource["name"], resource["format"]) == (url, "El libro", "ODS")

    def test_going_back_changes_what_was_given(self, app: Any, milestone: str) -> None:
        send_file(app, INAP, milestone)
        first = draft(milestone)
        send(app, INAP, path(milestone), {"task": "file", "name": "Otro nombre"})
        assert draft(milestone)["resources"][0]["name"] == "Otro nombre"
        send_file(app, INAP, milestone, data=b"{}", file="b.geojson")
        describe(app, milestone, title="Otro título", theme=[], tag_string="uno, dos, uno")
        after = draft(milestone)
        assert after["id"] == first["id"] and len(after["resources"]) == 1
        assert after["resources"][0]["format"] == "GeoJSON"
        assert after["title"] == "Otro título" and not after["theme"]
        assert sorted(tag["name"] for tag in after["tags"]) == ["dos", "uno"]
        describe(app, milestone, **{"contact-0-name": "", "contact-0-email": ""})
        assert not draft(milestone).get("contact")

    def test_it_can_be_left_and_taken_up_again(self, app: Any, milestone: str) -> None:
        send_file(app, INAP, milestone)
        assert "Seguir publicando" in read(app, INAP, f"/milestone/{milestone}").text
        assert 'value="describe"' in read(app, INAP, path(milestone)).html
        assert 'value="publish"' in read(app, INAP, f"{path(milestone)}?step=3").html
        for text in ("0", "4", "x", "²", "-1", "9" * 5000):
            assert 'value="describe"' in read(app, INAP, f"{path(milestone)}?step={text}").html

    def test_a_draft_can_be_taken_away(self, app: Any, milestone: str) -> None:
        send_file(app, INAP, milestone)
        send(app, INAP, path(milestone), {"task": "discard"})
        assert find_draft({"user": INAP}, milestone, "inventario") is None
        assert model.Session.query(model.Package).filter_by(type="dataset").count() == 0

    def test_it_says_what_was_published_before(self, app: Any, milestone: str) -> None:
        send_file(app, INAP, milestone)
        publish(app, milestone)
        page = read(app, INAP, path(milestone))
        assert "Ya está publicado" in page.text
        send_file(app, INAP, milestone)
        publish(app, milestone)
        assert act("package_search", fq="+dataset_type:dataset")["count"] == 2


class TestRefusals:
    @pytest.mark.parametrize(
        "values, said",
        [
            ({}, "Elija un archivo"),
            ({"url": "javascript:alert(1)"}, "javascript:alert(1)"),
        ],
    )
    def test_a_file_that_is_none(
        self, app: Any, milestone: str, values: dict[str, str], said: str
    ) -> None:
        page = send(app, INAP, path(milestone), {"task": "file", **values})
        assert said in page.html and 'value="file"' in page.html
        assert model.Session.query(model.Package).filter_by(type="dataset").count() == 0

    def test_a_description_that_is_refused_is_shown_again(self, app: Any, milestone: str) -> None:
        send_file(app, INAP, milestone)
        page = describe(app, milestone, title="Otro", notes="Mi texto", frequency="nunca")
        assert "nunca" in page.html and "Mi texto" in page.html
        assert draft(milestone)["title"] == TITLE

    def test_no_title_is_made_of_the_address(self, app: Any, milestone: str) -> None:
        send_file(app, INAP, milestone)
        page = describe(app, milestone, title=" ", notes="Mi texto")
        assert "Hace falta un título" in page.text and "Mi texto" in page.html
        assert draft(milestone)["title"] == TITLE

    def test_what_is_incomplete_is_not_public(self, app: Any, milestone: str) -> None:
        send_file(app, INAP, milestone)
        page = describe(app, milestone, notes="")
        assert "Falta algo obligatorio" in page.text and "disabled" in page.html
        page = publish(app, milestone)
        assert "Todavía no es público" in page.text and "Descripción" in page.text
        assert draft(milestone)["state"] == "draft"
        publish(app, milestone, audience="institution")
        (package,) = model.Session.query(model.Package).filter_by(type="dataset")
        assert (package.state, package.private) == ("active", True)

    def test_what_a_hidden_milestone_delivers_stays_hidden(self, app: Any, milestone: str) -> None:
        act("package_patch", id=milestone, private=True, owner_org="inap")
        send_file(app, INAP, milestone)
        assert "no es público" in read(app, INAP, f"{path(milestone)}?step=3").text
        publish(app, milestone)
        assert draft(milestone)["state"] == "draft"

    def test_script_is_text(self, app: Any, milestone: str) -> None:
        send_file(app, INAP, milestone, name="<script>alert(1)</script>")
        page = describe(app, milestone, notes="<script>alert(2)</script>")
        assert "<script>alert" not in page.html and "alert(2)" in page.html


class TestRights:
    @pytest.mark.parametrize("user", [COORDINATOR, STRANGER, "miembro-duena"])
    def test_others_may_not(self, app: Any, milestone: str, user: str) -> None:
        send_file(app, INAP, milestone)
        assert "/publish/" not in read(app, user, f"/milestone/{milestone}").html
        read(app, user, path(milestone), status=403)
        for task in ("file", "describe", "publish", "discard"):
            send(app, user, path(milestone), {"task": task}, status=403)
        assert draft(milestone)["state"] == "draft"

    def test_a_visitor_logs_in_first(self, app: Any, milestone: str) -> None:
        assert "/publish/" not in read(app, "", f"/milestone/{milestone}").html
        answer = visit(app, "get", path(milestone), "", follow_redirects=False)
        assert "/user/login" in answer.headers["Location"]

    def test_the_institution_of_the_milestone_may(self, app: Any, milestone: str) -> None:
        send(app, OWNER, path(milestone, "b"), {"task": "file", "url": "https://example.org/b.csv"})
        found = find_draft({"user": OWNER}, milestone, "b")
        assert found is not None and found["organization"]["name"] == "duena"
        read(app, INAP, path(milestone, "b"), status=403)

    def test_on_behalf_of_nobody_else(self, app: Any, milestone: str) -> None:
        send_file(app, INAP, milestone, owner="ajena")
        assert draft(milestone)["organization"]["name"] == "inap"

    def test_what_is_not_there(self, app: Any, milestone: str) -> None:
        read(app, INAP, path(milestone, "otro"), status=404)
        read(app, INAP, path("no-hay"), status=404)
        act("package_patch", id=milestone, private=True)
        read(app, INAP, path(milestone), status=404)

    def test_a_task_without_a_draft_is_the_first_step(self, app: Any, milestone: str) -> None:
        for task in ("describe", "publish", "discard", "x", ""):
            assert 'value="file"' in send(app, INAP, path(milestone), {"task": task}).html


class TestNothingLeaks:
    @pytest.mark.parametrize("user", ["", STRANGER, "miembro-duena"])
    def test_a_draft_is_nowhere(self, app: Any, milestone: str, user: str) -> None:
        send_file(app, INAP, milestone)
        found = draft(milestone)
        resource = found["resources"][0]
        context = {"user": user}
        query = {"q": "nombre dos veces", "include_drafts": True, "include_private": True}
        listed = tk.get_action("package_search")(context, query)["results"]
        assert found["name"] not in {package["name"] for package in listed}
        for address in (
            *("/dataset/", "/data.json", "/catalog.ttl", "/conformance", "/organization/inap"),
            *("/", f"/search?q={TITLE.split()[0]}", f"/milestone/{milestone}"),
        ):
            seen = str(visit(app, "get", address, token(user), status=None).body)
            assert found["name"] not in seen, address
        for address in (
            *(f"/dataset/{found['name']}", f"/dataset/{found['id']}/resource/{resource['id']}"),
            resource["url"].partition("test.ckan.net")[2],
        ):
            answer = visit(app, "get", address, token(user), follow_redirects=False)
            assert answer.status_code != 200, address
        assert "0 de" in read(app, "", f"/milestone/{milestone}").text

    def test_no_activity_tells_of_it(self, app: Any, milestone: str) -> None:
        send_file(app, INAP, milestone)
        describe(app, milestone)
        name = draft(milestone)["name"]
        found = tk.get_action("recently_changed_packages_activity_list")({"user": ""}, {})
        assert name not in str(found)
