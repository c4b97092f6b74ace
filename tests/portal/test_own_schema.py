"""A portal that has its own schema of dataset, and texts in several languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ckan import model
from ckan.lib import search
from ckan.plugins import core
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from reading import Page, act, read_form, visit

from ckanext.gtplan import config, dataset_schema
from ckanext.gtplan.prm.scheming import build_schema

THEIRS = yaml.safe_load((Path(__file__).parent / "own_portal/dataset.yaml").read_text("utf-8"))
OURS = build_schema()
NAME = "xx-propio"
LANGUAGES = "ckanext.gtplan.languages"


def names(fields: list[dict[str, Any]]) -> list[str]:
    return [field["field_name"] for field in fields]


@pytest.fixture(scope="module")
def restart(shared_app: Any) -> Iterator[Callable[..., list[str]]]:
    """Let the portal read its configuration again; its warnings are what it gives."""
    warnings: list[str] = []
    before = {key: tk.config.get(key) for key in ("scheming.dataset_schemas", LANGUAGES)}
    with pytest.MonkeyPatch.context() as patch:
        log = dataset_schema.log
        patch.setattr(log, "warning", lambda text, *given: warnings.append(text % given))

        def call(**options: str) -> list[str]:
            warnings.clear()
            tk.config.update({key.replace("__", "."): value for key, value in options.items()})
            core.plugins_update()
            return list(warnings)

        yield call
        tk.config.update(before)
        core.plugins_update()


@pytest.fixture(scope="module")
def owner(shared_app: Any) -> Iterator[str]:
    """An organization, and nothing else in the portal."""
    model.repo.delete_all()
    search.clear_all()
    with shared_app.flask_app.test_request_context():
        yield act("organization_create", name="xx-organizacion", title="Organización")["id"]
        model.repo.delete_all()
        search.clear_all()


@pytest.fixture
def admin(owner: str) -> str:
    """The token of a sysadmin."""
    return str(factories.SysadminWithToken()["token"])


@pytest.fixture(scope="class")
def warnings(restart: Callable[..., list[str]]) -> Iterator[list[str]]:
    """What the log says when the portal starts with its own schema, which it has for a class."""
    yield restart(scheming__dataset_schemas="own_portal:dataset.yaml")
    restart(scheming__dataset_schemas="")


@pytest.fixture(scope="class")
def several_languages(restart: Callable[..., list[str]]) -> Iterator[None]:
    """Forms that ask for texts in Spanish, English and Portuguese."""
    restart(**{LANGUAGES: "es en pt"})
    yield
    restart(**{LANGUAGES: ""})


class TestMerge:
    """The portal's fields stay as they are; what is missing of the profile comes after them."""

    @pytest.mark.parametrize("part", ["dataset_fields", "resource_fields"])
    def test_theirs_first_then_ours(self, part: str) -> None:
        merged = names(dataset_schema.merge(THEIRS, OURS)[part])
        theirs, ours = names(THEIRS[part]), names(OURS[part])
        assert merged == theirs + [name for name in ours if name not in theirs]

    def test_their_definitions_stay(self) -> None:
        merged = dataset_schema.merge(THEIRS, OURS)
        found = {field["field_name"]: field for field in merged["dataset_fields"]}
        for field in THEIRS["dataset_fields"]:
            if field["field_name"] != "contact":
                assert found[field["field_name"]] == field
        assert names(found["contact"]["repeating_subfields"]) == ["name", "phone", "email"]
        assert found["contact"]["repeating_subfields"][0]["label"] == "Persona"
        assert merged["about"] == THEIRS["about"]

    def test_each_clash_is_named_once_with_both_sides(self) -> None:
        clashes = list(dataset_schema.find_clashes(THEIRS, OURS))
        expected = {
            "dataset_fields: frequency: it offers siempre": "R/P1Y",
            "dataset_fields: theme: it holds a single value": "several values",
            "dataset_fields: publisher: it holds several values": "rows of several parts",
            "dataset_fields: attribution: it holds rows of several parts": "a single value",
            "resource_fields: fields: it holds a single value": "rows of several parts",
        }
        assert len(clashes) == len(expected)
        for own, right in expected.items():
            assert [own in clash and right in clash for clash in clashes].count(True) == 1, own

    def test_the_same_schema_has_no_clash_and_stays(self) -> None:
        assert not list(dataset_schema.find_clashes(OURS, OURS))
        assert dataset_schema.merge(OURS, OURS) == OURS


@pytest.mark.usefixtures("owner")
class TestPortal:
    """A portal with that schema, from its start to a dataset."""

    def test_the_log_names_the_clashes_and_where_they_stand(self, warnings: list[str]) -> None:
        assert len(warnings) == 5
        assert all("own_portal:dataset.yaml" in warning for warning in warnings)
        assert all("prm/profile.yaml" in w or "prm/vocabularies.yaml" in w for w in warnings)

    def test_the_schema_is_both(self, warnings: list[str]) -> None:
        schema = tk.get_action("scheming_dataset_schema_show")({}, {"type": "dataset"})
        assert {"file_number", "frequency", "temporal_coverage"} <= set(
            names(schema["dataset_fields"])
        )
        assert {"pages", "access_url"} <= set(names(schema["resource_fields"]))

    def test_a_dataset_is_made_by_the_form_with_fields_of_both(
        self, warnings: list[str], app: Any, admin: str, owner: str
    ) -> None:
        page = visit(app, "get", "/dataset/new", admin).body
        assert "Número de expediente" in page
        entered = {"file_number": "7-2020", "identifier": "x1", "contact-0-phone": "101"}
        core_fields = {"title": "Uno", "name": NAME, "owner_org": owner, "private": "True"}
        data = {**read_form(page), **core_fields, **entered, "contact-0-email": "a@example.org"}
        answer = visit(
            app, "post", "/dataset/new", admin, data={**data, "save": ""}, follow_redirects=False
        )
        assert answer.status_code == 302, Page(answer.body).text
        found = act("package_show", id=NAME)
        act("dataset_purge", id=NAME)
        assert (found["file_number"], found["identifier"]) == ("7-2020", "x1")
        assert found["contact"] == [{"name": "", "phone": "101", "email": "a@example.org"}]


@pytest.mark.usefixtures("owner", "several_languages")
class TestLanguages:
    """Titles and descriptions in several languages, in the form of ckanext-fluent."""

    @pytest.fixture
    def dataset(self, owner: str) -> Iterator[dict[str, Any]]:
        """A private dataset in two languages."""
        yield act(
            "package_create",
            name=NAME,
            title="Uno",
            title_translated={"es": "Uno", "en": "One"},
            owner_org=owner,
            private=True,
            resources=[
                {
                    "url": "https://datos.example.org/a.csv",
                    "name": "Tabla",
                    "name_translated": {"en": "Table"},
                }
            ],
        )
        act("dataset_purge", id=NAME)

    def test_they_are_entered_in_the_form(
        self, app: Any, admin: str, dataset: dict[str, Any]
    ) -> None:
        path = f"/dataset/edit/{NAME}"
        form = read_form(visit(app, "get", path, admin).body)
        assert form["title"] == ["Uno"]
        assert form["title_translated-en"] == ["One"]
        data = {
            **form,
            "title": "Nuevo",
            "title_translated-pt": "Novo",
            "notes": "Texto",
            "notes_translated-en": "Text",
            "save": "",
        }
        answer = visit(app, "post", path, admin, data=data, follow_redirects=False)
        assert answer.status_code == 302, Page(answer.body).text
        found = act("package_show", id=NAME)
        assert (found["title"], found["notes"]) == ("Nuevo", "Texto")
        assert found["title_translated"] == {"es": "Nuevo", "en": "One", "pt": "Novo"}
        assert found["notes_translated"] == {"es": "Texto", "en": "Text"}

    def test_of_files_too(self, app: Any, admin: str, dataset: dict[str, Any]) -> None:
        resource = dataset["resources"][0]
        assert resource["name_translated"] == {"es": "Tabla", "en": "Table"}
        path = f"/dataset/{NAME}/resource/{resource['id']}/edit"
        form = read_form(visit(app, "get", path, admin).body, "resource-edit")
        data = {**form, "description": "Filas", "description_translated-en": "Rows", "save": ""}
        answer = visit(app, "post", path, admin, data=data, follow_redirects=False)
        assert answer.status_code == 302, Page(answer.body).text
        found = act("resource_show", id=resource["id"])
        assert found["name_translated"] == {"es": "Tabla", "en": "Table"}
        assert found["description_translated"] == {"es": "Filas", "en": "Rows"}

    def test_a_text_in_one_language_is_the_field_itself(self, dataset: dict[str, Any]) -> None:
        act("package_patch", id=NAME, title_translated={"es": "Uno", "en": ""})
        found = act("package_show", id=NAME)
        assert found["title"] == "Uno"
        assert not found.get("title_translated")

    def test_a_new_title_is_that_of_the_main_language(self, dataset: dict[str, Any]) -> None:
        act("package_patch", id=NAME, title="Dos")
        assert act("package_show", id=NAME)["title_translated"] == {"es": "Dos", "en": "One"}

    @pytest.mark.parametrize("wrong", [["x"], "x", {"english": "One"}, {"en": "con \x0b control"}])
    def test_what_is_no_text_by_language_is_refused(
        self, dataset: dict[str, Any], wrong: Any
    ) -> None:
        with pytest.raises(tk.ValidationError) as refused:
            act("package_patch", id=NAME, title_translated=wrong)
        assert "title_translated" in refused.value.error_dict

    def test_fluent_alone_turns_them_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(tk.config, LANGUAGES, [])
        assert config.list_further_languages() == []
        monkeypatch.setitem(tk.config, "ckan.plugins", ["gtplan", "fluent"])
        assert config.list_further_languages() == ["en", "pt"]
