"""The columns of a resource and the DataStore's data dictionary say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from publishing import (
    ACTIVITIES,
    DATASET,
    MILESTONE,
    Load,
    build,
    keep_plan,
    remove_plan,
    show,
    site_user,
)
from reading import visit

from ckanext.gtplan.logic import dictionary
from ckanext.gtplan.logic.plans.distribution import drop_datastore

NAME = "con-tabla"
CSV = "https://example.org/tabla.csv"
FIELDS = [
    {"id": "municipio", "type": "text"},
    {"id": "monto", "type": "numeric"},
    {"id": "habitantes", "type": "int8"},
    {"id": "dia", "type": "date"},
    {"id": "momento", "type": "timestamp"},
    {"id": "activo", "type": "bool"},
    {"id": "detalle", "type": "json"},
    {"id": "nombres", "type": "_text"},
]
TYPES = ["string", "number", "integer", "date", "date-time", "boolean", "object", "array"]


def call(action: str, **data: Any) -> Any:
    return tk.get_action(action)(site_user(), data)


@pytest.fixture
def resource_id(request_context: None) -> Iterator[str]:
    """A resource of a dataset, without a table."""
    yield make_resource(NAME)
    model.Session.rollback()
    remove(NAME)


def make_resource(name: str, **package: Any) -> str:
    """Make a dataset that may be public, and give the id of its resource."""
    remove(name)
    if model.Group.get("min-tablas") is None:
        call("organization_create", name="min-tablas", title="Ministerio")
    data = {
        "type": "dataset",
        "title": name,
        "notes": "Una tabla.",
        "owner_org": "min-tablas",
        "frequency": "R/P1Y",
        "license_id": "cc-by",
        "resources": [{"name": "Tabla", "description": "Filas.", "url": CSV, "format": "CSV"}],
    }
    made = call("package_create", **{**data, **package, "name": name})
    return str(made["resources"][0]["id"])


def remove(name: str) -> None:
    """Take a dataset and its tables away, if they are there."""
    package = model.Package.get(name)
    for resource in package.resources_all if package else ():
        drop_datastore(resource.id)
    if package:
        call("dataset_purge", id=name)


def create(resource_id: str, fields: list[dict[str, Any]], **more: Any) -> None:
    fields = [dict(field) for field in fields]
    call("datastore_create", resource_id=resource_id, force=True, fields=fields, **more)


def drop(resource_id: str) -> None:
    call("datastore_delete", resource_id=resource_id, force=True)


def edit_rows(resource_id: str, **edits: dict[str, str]) -> None:
    """Edit rows as the resource's form does."""
    new = [{**row, **edits.get(row["title"], {})} for row in rows(resource_id)]
    call("resource_patch", id=resource_id, fields=new)


def rows(resource_id: str, name: str = NAME) -> list[dict[str, Any]]:
    resource = next(r for r in show(name)["resources"] if r["id"] == resource_id)
    return list(resource.get("fields") or [])


def row(resource_id: str, title: str) -> dict[str, Any]:
    return next(row for row in rows(resource_id) if row["title"] == title)


def infos(resource_id: str) -> dict[str, dict[str, Any]]:
    table = call("datastore_info", id=resource_id)
    return {field["id"]: field.get("info", {}) for field in table["fields"]}


class TestFromTheTable:
    """A table or its dictionary changes, and the rows of the resource follow."""

    def test_a_row_for_each_column_in_order(self, resource_id: str) -> None:
        create(resource_id, FIELDS)
        assert [r["title"] for r in rows(resource_id)] == [field["id"] for field in FIELDS]
        assert [r["type"] for r in rows(resource_id)] == TYPES

    def test_columns_that_only_the_records_name(self, resource_id: str) -> None:
        call(
            "datastore_create",
            resource_id=resource_id,
            force=True,
            records=[{"a": "x", "b": 1}],
        )
        assert [(r["title"], r["type"]) for r in rows(resource_id)] == [
            ("a", "string"),
            ("b", "integer"),
        ]

    def test_the_dictionary_says_description_and_unit(self, resource_id: str) -> None:
        create(resource_id, FIELDS)
        create(
            resource_id,
            [
                {**FIELDS[0], "info": {"label": "Municipio", "notes": ""}},
                {**FIELDS[1], "info": {"label": "Monto", "notes": "Lo gastado", "unit": "GTQ"}},
                *FIELDS[2:],
            ],
        )
        assert row(resource_id, "municipio")["description"] == "Municipio"
        assert row(resource_id, "monto") == {
            "title": "monto",
            "type": "number",
            "description": "Lo gastado",
            "units": "GTQ",
        }

    def test_the_form_of_the_dictionary(self, app: Any, resource_id: str) -> None:
        create(resource_id, [{**FIELDS[0], "info": {"unit": "código", "origen": "INE"}}])
        address = f"/dataset/{NAME}/dictionary/{resource_id}"
        token = factories.SysadminWithToken()["token"]
        page = visit(app, "get", address, token)
        assert 'name="info__1__unit"' in page.body
        assert '<input type="hidden" name="info__1__origen" value="INE">' in page.body
        data = {"info__1__notes": "Del listado oficial", "info__1__unit": "clave"}
        sent = {**data, "info__1__origen": "INE"}
        visit(app, "post", address, token, data=sent)
        found = row(resource_id, "municipio")
        assert (found["description"], found["units"]) == ("Del listado oficial", "clave")
        assert infos(resource_id)["municipio"]["origen"] == "INE"

    @pytest.mark.parametrize("notes", ["uno\r\ndos ", "uno\ndos\x0b", "\nuno\ndos"])
    def test_a_text_that_a_row_keeps_otherwise(self, resource_id: str, notes: str) -> None:
        create(resource_id, [{**FIELDS[0], "info": {"notes": notes}}])
        assert row(resource_id, "municipio")["description"] == "uno\ndos"
        assert dictionary.align(site_user(), resource_id) is None

    @pytest.mark.parametrize("notes", ["\x0b", 5, ["x"], None, "  "])
    def test_a_dictionary_without_a_text(self, resource_id: str, notes: Any) -> None:
        create(resource_id, [{**FIELDS[0], "info": {"notes": notes, "unit": notes}}])
        assert rows(resource_id) == [{"title": "municipio", "type": "string"}]
        assert dictionary.align(site_user(), resource_id) is None

    def test_columns_come_and_go(self, resource_id: str) -> None:
        create(resource_id, FIELDS[:3])
        edit_rows(resource_id, monto={"description": "Lo gastado", "units": "GTQ"})
        create(resource_id, [FIELDS[1], FIELDS[3]], delete_fields=True)
        assert rows(resource_id) == [
            {
                "title": "monto",
                "type": "number",
                "description": "Lo gastado",
                "units": "GTQ",
            },
            {"title": "dia", "type": "date"},
        ]

    def test_nothing_is_written_when_nothing_differs(self, resource_id: str) -> None:
        fields = [{**FIELDS[0], "info": {"notes": "El municipio"}}, FIELDS[1]]
        create(resource_id, fields, records=[{"municipio": "Antigua", "monto": 1}])
        before = show(NAME)
        create(resource_id, fields)
        create(resource_id, fields, records=[{"municipio": "Mixco", "monto": 2}])
        call("datastore_create", resource_id=resource_id, force=True, records=[{"monto": 3}])
        assert show(NAME) == before
        assert dictionary.align(site_user(), resource_id) is None

    def test_a_private_dataset(self, request_context: None) -> None:
        resource_id = make_resource("tabla-privada", private=True)
        create(resource_id, FIELDS[:2])
        assert [r["type"] for r in rows(resource_id, "tabla-privada")] == TYPES[:2]
        assert show("tabla-privada")["private"] is True
        remove("tabla-privada")

    def test_a_package_of_another_type(self, resource_id: str) -> None:
        call(
            "package_create",
            name="pt-pan1",
            type="action_plan",
            title="Plan",
            plan_number=1,
            country="PRT",
            cycle_year=2020,
            owner_org=show(NAME)["owner_org"],
        )
        made = call("resource_create", package_id="pt-pan1", name="Tabla", url=CSV)
        create(made["id"], FIELDS[:2])
        assert "fields" not in show("pt-pan1")["resources"][0]
        remove("pt-pan1")

    def test_a_table_whose_resource_cannot_be_written(
        self, resource_id: str, monkeypatch: pytest.MonkeyPatch, caplog: Any
    ) -> None:
        def refuse(*arguments: Any) -> None:
            raise tk.ValidationError({"name": ["no"]})

        monkeypatch.setattr(dictionary, "align", refuse)
        create(resource_id, FIELDS[:1])
        assert "ckan gtplan dictionary" in caplog.text
        assert list(infos(resource_id)) == ["municipio"]


class TestWhatPeopleWrote:
    """Rows keep what the dictionary does not say, and edits of rows go into it."""

    def test_rows_written_before_there_is_a_table(self, resource_id: str) -> None:
        call(
            "resource_patch",
            id=resource_id,
            fields=[
                {"title": "monto", "type": "integer", "description": "Gasto", "units": "GTQ"},
                {"title": "municipio", "type": "any", "spatial": "GT"},
            ],
        )
        create(resource_id, FIELDS[:2])
        assert rows(resource_id) == [
            {"title": "municipio", "type": "any", "spatial": "GT"},
            {"title": "monto", "type": "integer", "description": "Gasto", "units": "GTQ"},
        ]
        assert infos(resource_id)["monto"] == {"notes": "Gasto", "unit": "GTQ"}

    def test_an_edited_row_goes_into_the_dictionary(self, resource_id: str) -> None:
        create(resource_id, [{**FIELDS[0], "info": {"notes": "Antes", "label": "M"}}, FIELDS[1]])
        edit_rows(resource_id, municipio={"description": "Después", "units": "clave"})
        assert infos(resource_id)["municipio"] == {
            "notes": "Después",
            "label": "M",
            "unit": "clave",
        }
        dictionary.align(site_user(), resource_id)
        assert row(resource_id, "municipio")["description"] == "Después"

    def test_a_text_that_is_removed_stays_removed(self, resource_id: str) -> None:
        create(resource_id, [{**FIELDS[0], "info": {"notes": "Antes"}}])
        edit_rows(resource_id, municipio={"description": ""})
        assert dictionary.align(site_user(), resource_id) is None
        assert "description" not in row(resource_id, "municipio")

    def test_an_edited_type_stays(self, resource_id: str) -> None:
        create(resource_id, FIELDS[:2], records=[{"municipio": "14.6,-90.5", "monto": 101}])
        edit_rows(resource_id, municipio={"type": "geo_point"}, monto={"type": "string"})
        create(resource_id, [*FIELDS[:2], FIELDS[3]])
        assert [r["type"] for r in rows(resource_id)] == ["geo_point", "string", "date"]
        assert infos(resource_id)["monto"]["type_override"] == "text"

    def test_an_edit_that_says_nothing_new_writes_no_dictionary(
        self, resource_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        create(resource_id, FIELDS[:2])
        monkeypatch.setattr(dictionary, "_read_columns", lambda *a: pytest.fail("read"))
        call("resource_patch", id=resource_id, description="Otra cosa")

    def test_a_table_dropped_and_made_anew(self, resource_id: str) -> None:
        create(resource_id, FIELDS[:3])
        edit_rows(
            resource_id,
            municipio={"description": "El municipio", "type": "any", "spatial": "GT"},
            monto={"units": "GTQ"},
        )
        before = rows(resource_id)
        drop(resource_id)
        assert rows(resource_id) == before
        create(resource_id, [FIELDS[0], FIELDS[1], FIELDS[4]])
        assert rows(resource_id) == [
            {
                "title": "municipio",
                "type": "any",
                "description": "El municipio",
                "spatial": "GT",
            },
            {"title": "monto", "type": "number", "units": "GTQ"},
            {"title": "momento", "type": "date-time"},
        ]
        assert infos(resource_id)["municipio"]["notes"] == "El municipio"

    def test_a_column_of_another_type(self, resource_id: str) -> None:
        create(resource_id, [{"id": "x", "type": "int8"}])
        drop(resource_id)
        create(resource_id, [{"id": "x", "type": "text"}], records=[{"x": "no sé"}])
        assert row(resource_id, "x")["type"] == "string"
        drop(resource_id)
        create(resource_id, [{"id": "x", "type": "date"}])
        assert row(resource_id, "x")["type"] == "date"

    @pytest.mark.parametrize(
        ("override", "expected"),
        [("text", "string"), ("numeric", "number"), ("timestamp", "date-time"), ("", "number")],
    )
    def test_the_type_chosen_in_the_dictionary(
        self, resource_id: str, override: str, expected: str
    ) -> None:
        create(resource_id, [FIELDS[1]])
        create(resource_id, [{**FIELDS[1], "info": {"type_override": override}}])
        assert row(resource_id, "monto")["type"] == expected


class TestSweep:
    """What a crash or the time before the plugin left is brought into line."""

    def test_a_resource_that_lags_behind(self, command: Any, resource_id: str, cli: Any) -> None:
        create(resource_id, FIELDS[:2])
        left = [{"title": "municipio", "type": "string"}, {"title": "viejo", "type": "any"}]
        context: Any = {**site_user(), dictionary._ALIGNING: True}
        tk.get_action("resource_patch")(context, {"id": resource_id, "fields": left})
        result = cli.invoke(command, ["gtplan", "dictionary"])
        assert result.exit_code == 0, result.output
        line = next(line for line in result.output.splitlines() if resource_id in line)
        assert NAME in line and "monto" in line and "viejo" in line
        assert [r["title"] for r in rows(resource_id)] == ["municipio", "monto"]
        assert resource_id not in cli.invoke(command, ["gtplan", "dictionary"]).output


class TestPublishedTables:
    """The plugin writes rows and dictionary of its own tables itself."""

    @pytest.fixture
    def plan(self, load: Load, shared_app: Any) -> Iterator[None]:
        yield from keep_plan(load)
        remove_plan(shared_app)

    def test_no_second_write(self, plan: None) -> None:
        before = show(DATASET)
        for resource in before["resources"]:
            assert dictionary.align(site_user(), resource["id"]) is None
        drop(ACTIVITIES)
        assert build(MILESTONE) == {"dataset": DATASET, "status": "updated"}
        fields = [resource["fields"] for resource in before["resources"]]
        assert [resource["fields"] for resource in show(DATASET)["resources"]] == fields

    def test_their_files_are_not_loaded_again(self, plan: None) -> None:
        assert not dictionary.is_loadable(ACTIVITIES)
