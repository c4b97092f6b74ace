"""The forms of datasets and their files: what a person enters is kept, or refused beside it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from filling import (
    DATASET,
    KEPT,
    NAME,
    RESOURCE,
    RESOURCE_KEPT,
    choose,
    find_error,
    translate,
)
from reading import Page, act, read_form, visit

from ckanext.gtplan.prm.profile import load
from ckanext.gtplan.prm.values import REASONS

LANGUAGES = {"es": "", "en": "/en", "pt_BR": "/pt_BR"}
DATASET_GROUPS = ("what", "who", "when", "where", "how_often", "license", "plan")
FILE_GROUPS = ("file", "when", "where", "license", "columns")


@pytest.fixture(scope="module", autouse=True)
def owner(shared_app: Any) -> Iterator[str]:
    """An organization, and nothing else in the portal."""
    model.repo.delete_all()
    search.clear_all()
    with shared_app.flask_app.test_request_context():
        yield act("organization_create", name="xx-organizacion", title="Organización")["id"]
        model.repo.delete_all()
        search.clear_all()


@pytest.fixture(scope="module")
def admin(owner: str) -> str:
    """The token of a sysadmin."""
    return str(factories.SysadminWithToken()["token"])


@pytest.fixture
def send(app: Any, admin: str) -> Callable[..., Any]:
    """Send a form, as a browser does."""

    def call(path: str, data: dict[str, Any]) -> Any:
        return visit(app, "post", path, admin, data={"save": "", **data}, follow_redirects=False)

    return call


@pytest.fixture
def get(app: Any, admin: str) -> Callable[[str], str]:
    """Fetch a form."""
    return lambda path: str(visit(app, "get", path, admin).body)


@pytest.fixture
def dataset(owner: str) -> Iterator[dict[str, Any]]:
    """A private dataset with a file and little else."""
    made = act(
        "package_create",
        name=NAME,
        title="Uno",
        owner_org=owner,
        private=True,
        resources=[{"name": "a", "url": "https://datos.example.org/a.csv", "format": "CSV"}],
    )
    yield made
    remove()


def remove() -> None:
    if model.Package.get(NAME):
        act("dataset_purge", id=NAME)


def show() -> dict[str, Any]:
    found: dict[str, Any] = act("package_show", id=NAME)
    found["tag_string"] = ",".join(sorted(tag["name"] for tag in found["tags"]))
    return found


class TestEverything:
    """Every field filled, saved, opened and saved again."""

    def test_a_dataset_and_its_file_keep_all_that_was_entered(
        self, send: Callable[..., Any], get: Callable[[str], str], owner: str
    ) -> None:
        form = read_form(get("/dataset/new"))
        assert set(DATASET) - set(form) <= {
            "theme",
            "language",
            *(key for key in DATASET if re.search("-[1-9]-", key)),
        }  # boxes that are not ticked, and rows that are not there yet
        answer = send("/dataset/new", {**form, **DATASET, "owner_org": owner, "private": "True"})
        assert answer.status_code == 302, Page(answer.body).text
        added = send(f"/dataset/{NAME}/resource/new", {"id": "", **RESOURCE, "save": "go-metadata"})
        assert added.status_code == 302, Page(added.body).text
        found = show()
        assert choose(found, KEPT) == KEPT
        assert choose(found["resources"][0], RESOURCE_KEPT) == RESOURCE_KEPT

        again = send(f"/dataset/edit/{NAME}", read_form(get(f"/dataset/edit/{NAME}")))
        assert again.status_code == 302, Page(again.body).text
        path = f"/dataset/{NAME}/resource/{found['resources'][0]['id']}/edit"
        assert send(path, read_form(get(path), "resource-edit")).status_code == 302
        found = show()
        remove()
        assert choose(found, KEPT) == KEPT
        assert choose(found["resources"][0], RESOURCE_KEPT) == RESOURCE_KEPT

    def test_what_is_emptied_is_gone(
        self, send: Callable[..., Any], get: Callable[[str], str], dataset: dict[str, Any]
    ) -> None:
        act(
            "package_patch",
            id=NAME,
            notes="x",
            frequency="R/P1Y",
            license_id="cc-by",
            url="https://datos.example.org",
            contact=[{"name": "Oficina"}],
            theme=["GOVE"],
        )
        form = read_form(get(f"/dataset/edit/{NAME}"))
        empty = ("notes", "frequency", "license_id", "url", "contact-0-name", "theme")
        send(f"/dataset/edit/{NAME}", {**form, **dict.fromkeys(empty, "")})
        found = show()
        assert not any(found.get(key) for key in (*empty[:4], "contact", "theme"))

    def test_a_new_file_gets_its_media_type_and_size_from_ckan(
        self, send: Callable[..., Any], get: Callable[[str], str], dataset: dict[str, Any]
    ) -> None:
        path = f"/dataset/{NAME}/resource/{dataset['resources'][0]['id']}/edit"
        form = read_form(get(path), "resource-edit")
        form |= {"mimetype": "text/plain", "size": "1", "url_type": "upload"}
        upload = (io.BytesIO(b"<a/>"), "b.xml")
        assert send(path, {**form, "upload": upload}).status_code == 302
        resource = show()["resources"][0]
        assert (resource["mimetype"], resource["size"]) == ("application/xml", 4)


class TestQuestions:
    """How the forms ask."""

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("path", ["/dataset/new", f"/dataset/{NAME}/resource/new"])
    def test_groups_and_obligation_are_in_the_readers_language(
        self, get: Callable[[str], str], dataset: dict[str, Any], language: str, path: str
    ) -> None:
        page = get(f"{LANGUAGES[language]}{path}")
        is_file = path != "/dataset/new"
        asked = FILE_GROUPS if is_file else DATASET_GROUPS
        legends = re.findall(r'<fieldset class="gtplan-group"><legend>(.*?)</legend>', page)
        assert legends == [
            labels[language] for name, labels in load()["groups"].items() if name in asked
        ]
        for text in ("Required to publish", "Recommended", "Optional"):
            assert f"{translate(text, language)}</span>" in page

    @pytest.mark.parametrize("path", ["/dataset/new", f"/dataset/{NAME}/resource/new"])
    def test_every_element_has_a_label_and_its_help(
        self, get: Callable[[str], str], dataset: dict[str, Any], path: str
    ) -> None:
        page = get(path)
        page = page[page.index('class="gtplan-group"') : page.index('id="gtplan-places"')]
        page = re.sub("<template>.*?</template>", "", page, flags=re.S)
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(set(ids)) == len(ids)
        elements = re.findall(r"<(?:input|select|textarea)\b[^>]*>", page)
        for element in elements:
            if 'type="hidden"' in element or "resource-" in element:  # CKAN's own for the file
                continue
            name = re.search(r'\bid="([^"]+)"', element)
            assert name, element
            assert "aria-label=" in element or f'for="{name[1]}"' in page, element
        for described in re.findall(r'aria-describedby="([^"]+)"', page):
            assert set(described.split()) <= set(ids), described

    def test_choices_are_in_the_readers_language(self, get: Callable[[str], str]) -> None:
        for prefix, label in {"": "Cada año", "/en": "Every year", "/pt_BR": "Anual"}.items():
            assert f'<option value="R/P1Y">{label}</option>' in get(f"{prefix}/dataset/new")

    def test_who_reads_another_portuguese_reads_that_of_brazil(self) -> None:
        labels = {"es": "Cada año", "en": "Every year", "pt_BR": "Anual"}
        assert tk.h.scheming_language_text(labels, "pt_PT") == "Anual"
        assert tk.h.scheming_language_text(labels, "fr") == "Cada año"

    def test_places_are_offered_by_country_and_department(
        self, get: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(tk.config, "ckanext.gtplan.country", ["GTM"])
        page = get("/en/dataset/new")
        assert '<option value="GT-17" label="Petén, Guatemala">' in page
        assert '<option value="BRA" label="Brazil">' in page
        assert '"BR-SP"' not in page
        assert page.index('value="GTM"') < page.index('value="GT-17"') < page.index('value="BRA"')
        assert '<option value="DEU" label="Alemanha">' in get("/pt_BR/dataset/new")

    def test_the_page_of_a_dataset_names_its_places(
        self, get: Callable[[str], str], dataset: dict[str, Any]
    ) -> None:
        act("package_patch", id=NAME, spatial_coverage=[{"code": "GT-17"}, {"code": "DEU"}])
        text = Page(get(f"/pt_BR/dataset/{NAME}")).text
        assert "Petén, Guatemala (GT-17)" in text
        assert "Alemanha (DEU)" in text

    def test_an_empty_row_stands_ready_where_several_are_meant(
        self, get: Callable[[str], str], dataset: dict[str, Any]
    ) -> None:
        act("package_patch", id=NAME, spatial_coverage=[{"code": "GTM"}])
        page = get(f"/dataset/edit/{NAME}")
        assert 'name="spatial_coverage-1-code"' in page
        assert 'name="contact-0-email"' in page
        assert 'name="contact-1-email"' not in page


class TestKept:
    """What a harvest brought and the form does not ask for, or has no choice for."""

    HIDDEN = {
        "uri": "https://otro.example.org/dataset/1",
        "source_metadata_modified": "2018-11-30T09:00:00+00:00",
        "source_metadata_issued": "2018-11",
        "title_translated": {"es": "Uno", "en": "One"},
        "part_of": [
            {
                "kind": "milestone",
                "identifier": "m1",
                "title": "Hito",
                "uri": "https://otro.example.org/milestone/m1",
            }
        ],
        "jurisdiction": "insular",
        "license_id": "https://otro.example.org/licencia",
    }
    OF_FILES = {
        "uri": "urn:uuid:7f8c2a1e-0b5d-5c1f-9d53-2f4f3f6f8a11",
        "identifier": "f1",
        "source_metadata_modified": "2018",
        "license": "https://otro.example.org/licencia",
        "format": "Libro de cálculo",
    }

    def test_an_edit_by_form_keeps_it(
        self, send: Callable[..., Any], get: Callable[[str], str], dataset: dict[str, Any]
    ) -> None:
        resource = {**dataset["resources"][0], **self.OF_FILES}
        act("package_patch", id=NAME, **self.HIDDEN, resources=[resource])
        form = read_form(get(f"/dataset/edit/{NAME}"))
        assert send(f"/dataset/edit/{NAME}", {**form, "notes": "y"}).status_code == 302
        path = f"/dataset/{NAME}/resource/{resource['id']}/edit"
        form = read_form(get(path), "resource-edit")
        assert send(path, {**form, "description": "y"}).status_code == 302
        found = show()
        assert found["notes"] == found["resources"][0]["description"] == "y"
        assert choose(found, self.HIDDEN) == self.HIDDEN
        assert choose(found["resources"][0], self.OF_FILES) == self.OF_FILES

    def test_a_name_of_a_code_becomes_the_code(self, dataset: dict[str, Any]) -> None:
        act("package_patch", id=NAME, license_id="CC-BY-4.0", language=["spa"])
        assert (show()["license_id"], show()["language"]) == ("cc-by", ["es"])


class TestRefusals:
    """A wrong value is refused with a message beside its field."""

    WRONG = {
        "url": ("ftp//example", "not_url"),
        "publisher-0-email": ("nadie", "not_email"),
        "publisher-0-uri": ("x y", "not_url"),
        "issued": ("2018-02-30", "not_date"),
        "modified": ("ayer", "not_date"),
        "temporal_coverage-0-start": ("30/11/2018", "not_date"),
        "spatial_coverage-0-uri": ("geonames", "not_url"),
        "spatial_coverage-0-bbox": ("1,2,3", "not_place"),
        "spatial_coverage-0-centroid": ("500,1", "not_place"),
        "contributor": (["bien", "con \x0b control"], "control_characters"),
    }
    OF_FILES = {
        "access_url": ("www", "not_url"),
        "mimetype": ("csv", "not_media_type"),
        "size": ("mucho", "not_number"),
        "issued": ("2018-13", "not_date"),
        "temporal": ("2020/2018", "reversed_period"),
        "spatial": ("[1,2,3]", "not_place"),
        "codelist_links": (["x"], "not_url"),
        "fields-1-spatial": ("[1]", "not_place"),
    }
    CODES = {
        "publisher-0-type": "King",
        "frequency": "a veces",
        "theme": "MAGIC",
        "language": "xx",
    }
    CODES_OF_FILES = {"resource_type": "film", "fields-1-type": "color"}

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_in_a_dataset(
        self, send: Callable[..., Any], dataset: dict[str, Any], owner: str, language: str
    ) -> None:
        data = {"title": "x", "name": NAME, "owner_org": owner}
        wrong = {name: value for name, (value, _) in self.WRONG.items()}
        answer = send(f"{LANGUAGES[language]}/dataset/edit/{NAME}", {**data, **wrong, **self.CODES})
        assert answer.status_code == 200
        for field, (_, why) in self.WRONG.items():
            assert translate(REASONS[why], language) in find_error(answer.body, field), field
        for field, value in self.CODES.items():
            assert value in find_error(answer.body, field), field
        assert "R/P10Y, R/P4Y" in find_error(answer.body, "frequency")
        assert show()["title"] == "Uno"

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_in_a_file(
        self, send: Callable[..., Any], dataset: dict[str, Any], language: str
    ) -> None:
        path = f"{LANGUAGES[language]}/dataset/{NAME}/resource/new"
        wrong = {name: value for name, (value, _) in self.OF_FILES.items()}
        data = {"id": "", "name": "b", "url": "", "fields-0-title": "uno"}
        answer = send(path, {**data, **wrong, **self.CODES_OF_FILES})
        assert answer.status_code == 200
        for field, (_, why) in self.OF_FILES.items():
            assert translate(REASONS[why], language) in find_error(answer.body, field), field
        for field, value in self.CODES_OF_FILES.items():
            assert value in find_error(answer.body, field), field
        assert len(show()["resources"]) == 1

    def test_a_period_that_ends_before_it_starts(
        self, send: Callable[..., Any], dataset: dict[str, Any], owner: str
    ) -> None:
        data = {"title": "x", "name": NAME, "owner_org": owner}
        period = {"temporal_coverage-0-start": "2020-02", "temporal_coverage-0-end": "2019"}
        answer = send(f"/dataset/edit/{NAME}", {**data, **period})
        error = find_error(answer.body, "temporal_coverage-0-end")
        assert translate(REASONS["reversed_period"], "es") in error
        period["temporal_coverage-0-end"] = "2020"
        assert send(f"/dataset/edit/{NAME}", {**data, **period}).status_code == 302

    def test_an_error_of_a_whole_row_stands_at_its_question(
        self, app: Any, request_context: None
    ) -> None:
        schema = tk.h.scheming_get_dataset_schema("dataset")
        field = tk.h.scheming_field_by_name(schema["dataset_fields"], "temporal_coverage")
        page = tk.render_snippet(
            "scheming/form_snippets/gtplan_rows.html",
            {
                "field": field,
                "data": {"temporal_coverage": [{"start": "2018"}]},
                "errors": {"temporal_coverage": ["Falta el período"]},
                "entity_type": "dataset",
                "object_type": "dataset",
            },
        )
        assert find_error(page, "temporal_coverage") == "Falta el período"
        assert 'value="2018"' in page

    @pytest.mark.parametrize("field", ["title", "notes", "attribution", "publisher-0-name"])
    def test_control_characters(
        self, send: Callable[..., Any], dataset: dict[str, Any], owner: str, field: str
    ) -> None:
        data = {"title": "x", "name": NAME, "owner_org": owner, field: "con \x0b control"}
        answer = send(f"/dataset/edit/{NAME}", data)
        assert "U+000B" in find_error(answer.body, field)

    def test_a_download_address_that_no_browser_opens(
        self, send: Callable[..., Any], dataset: dict[str, Any]
    ) -> None:
        data = {"id": "", "name": "b", "url": "no es", "url_type": ""}
        answer = send(f"/dataset/{NAME}/resource/new", data)
        assert answer.status_code == 200
        assert translate(REASONS["not_url"], "es") in Page(answer.body).text
