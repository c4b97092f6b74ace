"""Datasets that are older than the plugin: shown, exported, and completed by what they hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from publishing import show, site_user
from rdflib import Graph

from ckanext.gtplan.logic.exchange.legacy import put_aside

EXTRAS = {
    "accrualPeriodicity": "Mensual",
    "temporal_start": "2015-01-01",
    "temporal_end": "2015-12-31",
    "nota propia": "se queda",
}
#: What stood in free extras under names that are the schema's now.
STRANGE = {
    "publisher": "INE",
    "contact": "datos@example.org",
    "spatial_coverage": '{"type": "Point"}',
    "temporal_coverage": "[1, 2]",
    "frequency": "cuando se pueda",
    "theme": "Salud",
    "language": "2019",
    "issued": "el año pasado",
    "jurisdiction": "[",
}


def make_old(name: str, extras: dict[str, str], organization: str, **fields: Any) -> model.Package:
    """Make a dataset as CKAN stored it without the plugin: through the model, by no schema."""
    package = model.Package(
        name=name, title=f"Datos {name}", type="dataset", state="active", owner_org=organization
    )
    package.private = False
    package.extras = dict(extras)
    for key, value in {"notes": "Descripción", "maintainer": "Oficina", **fields}.items():
        setattr(package, key, value)
    package.maintainer_email = "datos@example.org"
    package.license_id = "cc-by"
    resource = model.Resource(url="https://otro.example.org/a.xlsx", format="Excel")
    resource.name = "Tabla"
    resource.extras = {"fields": "a, b", "size": "?"} if "publisher" in extras else {}
    package.resources_all.append(resource)
    model.Session.add(package)
    model.Session.commit()
    search.rebuild(package.id)
    return package


@pytest.fixture
def organization(app: Any, clean: None) -> Iterator[str]:
    yield factories.Organization(name="ine", title="Instituto de Estadística")["id"]
    model.repo.delete_all()
    search.clear_all()


@pytest.fixture
def run(cli: Any, command: Any, organization: str) -> Any:
    """Run ``ckan gtplan migrate-metadata ...``."""
    return lambda *arguments: cli.invoke(command, ["gtplan", "migrate-metadata", *arguments])


class TestExport:
    """Whatever stands in extras, the dataset is in every feed."""

    @pytest.mark.parametrize("extras", [EXTRAS, STRANGE], ids=["ordinary", "strange"])
    def test_an_old_dataset_is_shown_and_exported(
        self, app: Any, organization: str, extras: dict[str, str]
    ) -> None:
        old = make_old("vieja", extras, organization)
        assert app.get("/dataset/vieja").status_code == 200
        for address in ("/catalog.ttl", f"/dataset/{old.id}.ttl"):
            graph = Graph().parse(data=app.get(address).body, format="turtle")
            assert "Datos vieja" in {str(value) for value in graph.objects()}
        (dataset,) = app.get("/data.json").json["dataset"]
        assert dataset["title"] == "Datos vieja"
        shown = show("vieja")
        kept = {extra["key"]: extra["value"] for extra in shown["extras"]}
        if extras is STRANGE:
            assert kept["old_publisher"] == "INE" and "publisher" not in kept
            assert shown["resources"][0]["old_fields"] == "a, b"

    def test_each_strange_extra_alone(self, app: Any, organization: str) -> None:
        for number, (key, value) in enumerate(STRANGE.items()):
            make_old(f"vieja-{number}", {key: value}, organization)
            assert show(f"vieja-{number}")["title"]
        assert len(app.get("/data.json").json["dataset"]) == len(STRANGE)

    def test_one_without_strange_extras_is_left_as_it_is(self) -> None:
        extras = [{"key": "publisher", "value": '[{"name": "INE"}]'}]
        package = {"type": "dataset", "extras": extras, "resources": [{"codelists": ["ISO"]}]}
        assert put_aside(package) == package
        record = {"type": "milestone", "extras": [{"key": "publisher", "value": "INE"}]}
        assert put_aside(record) == record

    def test_a_missing_dataset_is_still_missing(self, organization: str) -> None:
        with pytest.raises(tk.ObjectNotFound):
            show("no-hay")


class TestMigration:
    """``ckan gtplan migrate-metadata``."""

    def test_nothing_is_written_at_first(self, run: Any, organization: str) -> None:
        make_old("vieja", EXTRAS, organization)
        before = show("vieja")["metadata_modified"]
        done = run()
        assert done.exit_code == 0, done.output
        assert "frequency" in done.output and "R/P1M" in done.output
        assert show("vieja")["metadata_modified"] == before
        assert "frequency" not in model.Package.get("vieja").extras

    def test_the_sure_values_are_written_once(self, run: Any, organization: str) -> None:
        make_old("vieja", EXTRAS, organization)
        done = run("--apply", "--format", "json")
        assert done.exit_code == 0, done.output
        (migration,) = json.loads(done.output)
        assert migration["is_written"] and migration["errors"] == []
        dataset = show("vieja")
        assert dataset["frequency"] == "R/P1M"
        assert dataset["contact"] == [{"name": "Oficina", "email": "datos@example.org"}]
        assert dataset["temporal_coverage"] == [{"start": "2015-01-01", "end": "2015-12-31"}]
        assert dataset["issued"].startswith(dataset["metadata_created"][:10])
        assert not dataset.get("language")  # the portal's language is a guess
        assert {e["key"]: e["value"] for e in dataset["extras"]} == EXTRAS
        (resource,) = dataset["resources"]
        assert (resource["format"], resource["resource_type"]) == ("XLSX", "file")
        (again,) = json.loads(run("--apply", "--format", "json").output)
        assert not again["is_written"] and not [p for p in again["proposals"] if p["is_sure"]]
        assert show("vieja") == dataset

    def test_what_is_to_be_checked_is_written_when_asked_for(
        self, run: Any, organization: str
    ) -> None:
        make_old("vieja", EXTRAS, organization)
        assert run("--apply", "--all").exit_code == 0
        assert show("vieja")["language"] == ["es"]

    def test_strange_values_are_understood_or_put_aside(self, run: Any, organization: str) -> None:
        make_old("vieja", STRANGE, organization)
        done = run("--apply")
        assert done.exit_code == 0, done.output
        dataset = show("vieja")
        kept = {extra["key"]: extra["value"] for extra in dataset["extras"]}
        assert dataset["publisher"] == [{"name": "INE"}]
        assert dataset["contact"] == [{"email": "datos@example.org"}]
        assert dataset["theme"] == ["HEAL"]
        assert not dataset.get("frequency") and kept["old_frequency"] == "cuando se pueda"
        assert kept["old_issued"] == "el año pasado" and kept["old_publisher"] == "INE"
        tk.get_action("package_patch")(site_user(), {"id": "vieja", "notes": "Otra"})
        assert show("vieja")["notes"] == "Otra"

    def test_what_remains_is_said(self, run: Any, organization: str) -> None:
        make_old("vieja", {}, organization, notes="")
        (migration,) = json.loads(run("--format", "json").output)
        assert "Descripción" in migration["required"]
        assert any("Frecuencia" in title for title in migration["required"])
        assert "Etiquetas" in migration["recommended"]

    def test_one_that_is_refused_does_not_stop_the_others(
        self, run: Any, organization: str
    ) -> None:
        make_old("a-vieja", EXTRAS, organization, title="mala \x0b")
        old = make_old("b-vieja", EXTRAS, organization)
        bad = make_old("c-vieja", EXTRAS, organization)
        bad.url = "\x0b"
        bad.owner_org = None
        model.Session.commit()
        done = run("--apply", "--format", "json")
        assert done.exit_code == 1
        first, second, third = json.loads(done.output)
        assert show(old.id)["frequency"] == "R/P1M" and second["is_written"]
        assert third["errors"] and not third["is_written"]
        assert first["is_written"] and show("a-vieja")["title"] == "mala"

    def test_datasets_can_be_chosen(self, run: Any, organization: str) -> None:
        other = factories.Organization(name="otra")["id"]
        make_old("a-vieja", EXTRAS, organization)
        make_old("b-vieja", EXTRAS, other)
        listed = json.loads(run("--format", "json", "--organization", "otra").output)
        assert [migration["dataset"] for migration in listed] == ["b-vieja"]
        listed = json.loads(run("--format", "json", "a-vieja").output)
        assert [migration["dataset"] for migration in listed] == ["a-vieja"]
        missing = run("no-hay")
        assert missing.exit_code == 1 and "no-hay" in missing.output
        assert run("--organization", "no-hay").exit_code == 1
