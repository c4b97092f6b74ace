"""What a person is told who is refused, and where."""

from __future__ import annotations

from typing import Any

import pytest
from ckan.tests import factories
from gating import RESOURCE, lacking, show
from reading import Page, act, read_form, visit

from ckanext.gtplan.logic.quality.conformance import assess_package, describe_gap
from ckanext.gtplan.rdf.portal import Directory

pytestmark = pytest.mark.usefixtures("request_context")


class TestSentences:
    @pytest.mark.parametrize(
        ("language", "label"),
        [("es", "Descripción"), ("en", "Description"), ("pt_BR", "Descrição")],
    )
    def test_a_gap_is_told_to_the_reader(
        self, make: Any, monkeypatch: pytest.MonkeyPatch, language: str, label: str
    ) -> None:
        found = assess_package(make(private=True, notes=""), Directory())
        module = "ckanext.gtplan.logic.quality.conformance"
        monkeypatch.setattr(f"{module}.get_language", lambda: language)
        (gap, *_) = [gap for gap in found.gaps if gap.key == "description"]
        sentence = describe_gap(gap)
        assert sentence.startswith(f"{label}: ")
        assert gap.row.example in sentence

    def test_a_distribution_is_named(self, make: Any) -> None:
        table = {**RESOURCE, "fields": [{"title": "monto", "type": "number"}]}
        found = assess_package(make(private=True, resources=[RESOURCE, table]))
        sentences = [describe_gap(gap) for gap in found.gaps if gap.kind == "field"]
        assert len(sentences) == 1
        assert "2 («Datos»)" in sentences[0] or "2 (“Datos”)" in sentences[0]
        assert "monto" in sentences[0]

    def test_an_invalid_value_is_shown_with_what_would_be_right(self, make: Any) -> None:
        package = {**make(private=True), "frequency": "R/P99Y"}
        (gap,) = assess_package(package).missing("Si")[-1:]
        sentences = [describe_gap(g) for g in assess_package(package).missing("Si")]
        assert any("R/P99Y" in s and "Cada año (R/P1Y)" in s for s in sentences), sentences
        assert gap.row.obligation == "Si"


class TestPages:
    """What a person sees who is refused."""

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("es", "Descripción: falta; un conjunto de datos no puede ser público sin este"),
            ("en", "Description: it is missing; a dataset cannot be public without it."),
            ("pt_BR", "Descrição: falta; um conjunto de dados não pode ser público sem este"),
        ],
    )
    def test_the_edit_form_shows_why_in_the_language_of_its_reader(
        self, app: Any, make: Any, organization: dict[str, Any], language: str, words: str
    ) -> None:
        dataset = make()
        token = organization["editor"]["token"]
        address = f"/{language}/dataset/edit/{dataset['name']}"
        form = read_form(visit(app, "get", address, token).body)
        data = {**form, "notes": "", "save": ""}
        answer = visit(app, "post", address, token, data=data, follow_redirects=False)
        assert answer.status_code == 200
        assert words in Page(answer.body).text
        assert show(dataset["id"]) == dataset

    def test_the_form_of_a_dataset_names_what_its_files_lack(
        self, app: Any, make_old: Any, organization: dict[str, Any], strictness: Any
    ) -> None:
        dataset = make_old(issued="2018", resources=[RESOURCE, {"url": RESOURCE["url"]}])
        strictness("complete")
        token = organization["editor"]["token"]
        address = f"/en/dataset/edit/{dataset['name']}"
        form = read_form(visit(app, "get", address, token).body)
        data = {**form, "title": "Otro", "save": ""}
        answer = visit(app, "post", address, token, data=data, follow_redirects=False)
        assert "Distribution 2: Title: it is missing" in Page(answer.body).text
        assert show(dataset["id"]) == dataset

    def test_the_two_stages_of_a_new_dataset(self, app: Any, organization: dict[str, Any]) -> None:
        token = organization["editor"]["token"]
        name = factories.Dataset.stub().name
        first = {
            **read_form(visit(app, "get", "/dataset/new", token).body),
            "title": "Por formulario",
            "name": name,
            "owner_org": organization["id"],
            "private": "False",
            "_ckan_phase": "1",
            "save": "",
        }
        answer = visit(app, "post", "/dataset/new", token, data=first, follow_redirects=False)
        assert answer.status_code == 302, Page(answer.body).text
        assert show(name)["state"] == "draft"
        second = {"id": "", "url": "https://datos.example.org/x.csv", "save": "go-metadata"}
        address = f"/dataset/{name}/resource/new"
        answer = visit(app, "post", address, token, data=second, follow_redirects=False)
        text = Page(answer.body).text
        assert answer.status_code == 200
        for label in ("Descripción", "Frecuencia de actualización", "Título"):
            assert label in text
        assert f'href="/dataset/edit/{name}#field-frequency"' in answer.body
        dataset = show(name)
        assert dataset["state"] == "draft"
        assert len(dataset["resources"]) == 1
        act("package_patch", id=name, notes="Qué son", frequency="eventual")
        act("resource_patch", id=dataset["resources"][0]["id"], name="Los datos")
        third = {"id": "", "url": "", "save": "go-metadata"}
        answer = visit(app, "post", address, token, data=third, follow_redirects=False)
        assert answer.status_code == 302, Page(answer.body).text
        assert show(name)["state"] == "active"
        assert lacking(name) == set()

    def test_a_form_of_a_file_that_nobody_has_touched_makes_none(
        self, app: Any, make: Any, organization: dict[str, Any]
    ) -> None:
        dataset = make(state="draft", notes="")
        token = organization["editor"]["token"]
        address = f"/dataset/{dataset['name']}/resource/new"
        form = read_form(visit(app, "get", address, token).body, "resource-edit")
        for button, status in (("go-dataset", 302), ("go-metadata", 200)):
            sent = {**form, "save": button}
            answer = visit(app, "post", address, token, data=sent, follow_redirects=False)
            assert answer.status_code == status
        assert len(show(dataset["id"])["resources"]) == len(dataset["resources"])

    def test_deleting_the_last_resource_by_its_page(
        self, app: Any, make: Any, organization: dict[str, Any]
    ) -> None:
        dataset = make()
        token = organization["editor"]["token"]
        resource = dataset["resources"][0]
        address = f"/dataset/{dataset['name']}/resource/{resource['id']}/delete"
        answer = visit(app, "post", address, token, data={}, follow_redirects=False)
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith(address)
        assert show(dataset["id"]) == dataset

    def test_publishing_in_bulk_by_its_page(
        self, app: Any, make: Any, organization: dict[str, Any]
    ) -> None:
        dataset = make(private=True, notes="")
        token = organization["admin"]["token"]
        address = f"/organization/bulk_process/{organization['name']}"
        data = {"bulk_action.public": "public", f"dataset_{dataset['id']}": "on"}
        answer = visit(app, "post", address, token, data=data, follow_redirects=False)
        assert answer.status_code == 302
        assert show(dataset["id"])["private"] is True

    def test_a_refusal_of_the_api_names_field_and_reason(
        self, app: Any, make: Any, organization: dict[str, Any]
    ) -> None:
        dataset = make()
        token = organization["editor"]["token"]
        sent = {"id": dataset["id"], "notes": ""}
        answer = visit(app, "post", "/api/action/package_patch", token, json=sent)
        assert answer.status_code == 409
        assert list(answer.json["error"]["notes"])
