"""Institutions: their own fields in forms and actions, and who became whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from reading import Page, act, read_form, visit

GPAT = "Comisión Presidencial de Gestión Pública Abierta y Transparencia"
GAE = "Comisión Presidencial de Gobierno Abierto y Electrónico"


def create(**fields: Any) -> dict[str, Any]:
    name = factories.Organization.stub().name
    return act("organization_create", **{"name": name, "title": name, **fields})


def read(name: str) -> dict[str, str]:
    """Read the extras of an organisation as the database has them."""
    return {e["key"]: e["value"] for e in act("organization_show", id=name)["extras"]}


def refuse(action: str, **data: Any) -> dict[str, list[str]]:
    with pytest.raises(tk.ValidationError) as raised:
        act(action, **data)
    return dict(raised.value.error_dict)


pytestmark = pytest.mark.usefixtures("app")
FIELDS = {"acronym": "MP", "institution_type": "executive", "country": "GTM"}


@pytest.mark.usefixtures("request_context")
class TestActions:
    def test_by_their_names(self) -> None:
        later = create()["name"]
        name = create(**FIELDS, successor=later)["name"]
        assert read(name) == {**FIELDS, "successor": later}

    def test_as_extras(self) -> None:
        later = create()
        given = {**FIELDS, "successor": later["id"], "email": "datos@example.org"}
        name = create(extras=[{"key": k, "value": v} for k, v in given.items()])["name"]
        assert read(name) == {**given, "successor": later["name"]}

    def test_a_country_by_its_name_becomes_its_code(self) -> None:
        assert read(create(country="Guatemala")["name"]) == {"country": "GTM"}

    def test_a_patch_changes_what_it_says(self) -> None:
        name = create(**FIELDS, extras=[{"key": "email", "value": "a@example.org"}])["name"]
        act("organization_patch", id=name, acronym="MPP", country="")
        assert read(name) == {
            "acronym": "MPP",
            "institution_type": "executive",
            "email": "a@example.org",
        }

    def test_an_update_by_name_keeps_the_other_extras_that_it_sends(self) -> None:
        organization = create(**FIELDS)
        sent = [{"key": "url", "value": "https://example.org"}]
        act("organization_update", id=organization["id"], name=organization["name"],
            acronym="X", extras=sent)  # fmt: skip
        assert read(organization["name"]) == {"acronym": "X", "url": "https://example.org"}

    @pytest.mark.parametrize(
        "field, value, part",
        [
            ("institution_type", "ministerio", "executive, legislative"),
            ("country", "Atlantis", "GTM"),
            ("country", "GT-01", "GTM"),
            ("successor", "nobody-there", "nobody-there"),
            ("successor", ["a"], ""),
            ("acronym", "M\x00P", "U+0000"),
        ],
    )
    def test_what_is_wrong_is_told_at_its_field(self, field: str, value: Any, part: str) -> None:
        stub = factories.Organization.stub().name
        for sent in ({field: value}, {"extras": [{"key": field, "value": value}]}):
            errors = refuse("organization_create", name=stub, **sent)
            assert list(errors) == [field]
            assert part in errors[field][0]
        assert model.Group.get(stub) is None

    def test_a_group_is_no_successor(self) -> None:
        group = factories.Group()["name"]
        assert "successor" in refuse("organization_create", name="xx-otra", successor=group)

    def test_nobody_follows_itself(self) -> None:
        first = create()["name"]
        second = create(successor=first)["name"]
        third = create(successor=second)["name"]
        assert (
            f"{first} → {first}"
            in refuse("organization_patch", id=first, successor=first)["successor"][0]
        )
        (message,) = refuse("organization_patch", id=first, successor=third)["successor"]
        assert message.startswith(f"{first} → {third} → ")

    def test_who_may_not_write_is_told_just_that(self) -> None:
        user = factories.User()["name"]
        organization = create()
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("organization_patch")(
                {"user": user}, {"id": organization["id"], "successor": "nobody-there"}
            )


class TestForm:
    @pytest.fixture
    def token(self) -> str:
        return str(factories.SysadminWithToken()["token"])

    def test_new_and_edit(self, app: Any, token: str) -> None:
        later, name = create(title="Después")["name"], factories.Organization.stub().name
        page = visit(app, "get", "/organization/new", token, status=200).body
        assert "Tipo de institución" in page and "Organismo Ejecutivo" in page
        form = read_form(page, "organization-edit-form")
        data = {**form, "name": name, "title": "T", **FIELDS, "successor": later, "save": ""}
        answer = visit(app, "post", "/organization/new", token, data=data, follow_redirects=False)
        assert answer.status_code == 302, Page(answer.body).text
        assert read(name) == {**FIELDS, "successor": later}

        address = f"/organization/edit/{name}"
        form = read_form(visit(app, "get", address, token).body, "organization-edit-form")
        kept = {key: form[key] for key in (*FIELDS, "successor")}
        assert kept == {key: [value] for key, value in {**FIELDS, "successor": later}.items()}
        assert not set(FIELDS) & {v for k, vs in form.items() if "extras" in k for v in vs}
        data = {**form, "acronym": "", "extras__0__key": "email", "extras__0__value": "a@e.org"}
        data |= {"save": ""}
        answer = visit(app, "post", address, token, data=data, follow_redirects=False)
        assert answer.status_code == 302, Page(answer.body).text
        rest = {k: v for k, v in FIELDS.items() if k != "acronym"}
        assert read(name) == {**rest, "successor": later, "email": "a@e.org"}

    def test_a_wrong_choice_comes_back_with_its_message(self, app: Any, token: str) -> None:
        name = create(**FIELDS)["name"]
        address = f"/organization/edit/{name}"
        form = read_form(visit(app, "get", address, token).body, "organization-edit-form")
        data = {**form, "acronym": "NUEVA", "successor": name, "save": ""}
        answer = visit(app, "post", address, token, data=data, follow_redirects=False)
        assert answer.status_code == 200
        assert f"{name} → {name}" in Page(answer.body).text
        again = read_form(answer.body, "organization-edit-form")
        assert again["acronym"] == ["NUEVA"]
        assert read(name) == FIELDS


@pytest.mark.usefixtures("example")
class TestPages:
    @pytest.fixture
    def get(self, app: Any) -> Callable[[str], Page]:
        return lambda path: Page(visit(app, "get", path, "", status=200).body)

    @pytest.mark.parametrize("path", ["/organization/gpat", "/organization/about/gpat"])
    def test_what_it_became(self, get: Callable[[str], Page], path: str) -> None:
        page = get(path)
        assert f"Hoy esta institución es {GAE} (GAE)" in page.text
        assert 'href="/organization/gae"' in page.html
        assert "Organismo Ejecutivo" in page.text and "Guatemala" in page.text
        assert "institution_type" not in page.text

    def test_what_it_was(self, get: Callable[[str], Page]) -> None:
        page = get("/organization/gae")
        assert f"Antes {GPAT} (GPAT)" in page.text
        assert "Hoy esta institución" not in page.text

    @pytest.mark.parametrize(
        "path, text", [("/commitment/gt-pan4-c08", GPAT), ("/milestone/gt-pan4-c09-h01", "GPAT")]
    )
    def test_a_record_keeps_the_name_and_leads_to_who_it_is_today(
        self, get: Callable[[str], Page], path: str, text: str
    ) -> None:
        html = get(path).html
        title = f"{GPAT} (hoy {GAE})"
        assert f'<a href="/organization/gae" title="{title}">{text}</a>' in html
        assert 'href="/organization/gpat"' not in html.split('class="gtplan-heading"')[1]


class TestChains:
    @pytest.fixture
    def body(self, request_context: None) -> Callable[[str], dict[str, Any]]:
        return lambda name: dict(tk.h.gtplan_body(name))

    def test_the_last_of_a_long_chain(self, body: Callable[[str], dict[str, Any]]) -> None:
        names = [create()["name"]]
        for _ in range(9):
            names.append(create(successor=names[-1])["name"])
        assert body(names[-1])["today"]["name"] == names[0]
        assert body(names[-1])["url"].endswith(names[0])

    def test_a_circle_in_the_database_is_no_matter(
        self, body: Callable[[str], dict[str, Any]]
    ) -> None:
        first = create()["name"]
        second = create(successor=first)["name"]
        group = model.Group.get(first)
        assert group is not None
        group.extras = {"successor": second}
        model.Session.commit()
        assert body(first)["today"]["name"] == second
        assert tk.h.gtplan_institution(first)["predecessors"][0]["name"] == second

    def test_a_successor_that_is_gone(self, body: Callable[[str], dict[str, Any]]) -> None:
        later = create()["name"]
        name = create(successor=later)["name"]
        act("organization_delete", id=later)
        assert body(name)["today"] is None
        assert body(name)["url"].endswith(name)
