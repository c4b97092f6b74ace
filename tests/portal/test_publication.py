"""Plan records as published datasets: whole, described, private when they must be."""

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
    download,
    get_resource,
    keep_plan,
    make_tables,
    patch,
    read_csv,
    read_rows,
    remove_plan,
    rename_activity,
    show,
    site_user,
)

from ckanext.gtplan.logic.ids import make_package_id, make_resource_id
from ckanext.gtplan.logic.plans import publication
from ckanext.gtplan.plan.living import LIVING_TABLES
from ckanext.gtplan.plan.tables.tables import list_columns, to_csv

#: What the profile obliges a dataset and a distribution to say, by CKAN's field.
OBLIGATORY = ("title", "notes", "owner_org", "issued", "frequency", "resources")
OBLIGATORY_OF_RESOURCE = ("name", "url", "issued")


@pytest.fixture
def plan(load: Load) -> Iterator[None]:
    yield from keep_plan(load)


@pytest.fixture(scope="module", autouse=True)
def no_plan_afterwards(shared_app: Any) -> Iterator[None]:
    yield
    remove_plan(shared_app)


@pytest.mark.usefixtures("example", "request_context")
class TestExample:
    """Every dataset of the example is whole, and served as it was made."""

    DATASETS = {
        "gt-pan1-datos": ["compromisos"],
        "gt-pan2-datos": ["compromisos"],
        "gt-pan3-datos": ["compromisos"],
        "gt-pan4-datos": ["compromisos", "hitos"],
        "gt-pan5-datos": ["compromisos", "hitos", "modificaciones"],
        "gt-pan4-c09-h01-datos": ["actividades"],
        "gt-pan4-c11-h01-datos": ["actividades", "presupuesto", "cronograma"],
        "red-gealc-2019-datos": ["areas", "actividades-regionales"],
    }
    #: What grows in the portal: tests/portal/test_living_publication.py has more on it.
    LIVING = {"gt-servicios-digitales-2019-datos": ["services"]}

    def test_these_are_published(self) -> None:
        found = tk.get_action("package_search")(
            {"user": ""}, {"fq": "dataset_type:dataset", "rows": 100}
        )
        assert {p["name"] for p in found["results"]} == {*self.DATASETS, *self.LIVING}

    @pytest.mark.parametrize("name", LIVING)
    def test_living_tables_are_there(self, app: Any, name: str) -> None:
        dataset = show(name)
        for table in self.LIVING[name]:
            resource = get_resource(dataset, make_resource_id(name, f"{table}.csv"))
            rows = read_csv(download(app, resource).data)
            assert rows[0] == list(LIVING_TABLES[table].column_names)
            assert len(rows) > 1
        assert all(dataset[field] for field in OBLIGATORY)
        assert "no es una publicación oficial" in dataset["notes"]

    @pytest.mark.parametrize("name", DATASETS)
    def test_files_and_tables_are_what_the_records_make(self, app: Any, name: str) -> None:
        tables = make_tables(name.removesuffix("-datos"))
        dataset = show(name)
        assert [*tables] == self.DATASETS[name]
        assert [r["id"] for r in dataset["resources"]] == [
            make_resource_id(name, table) for table in tables
        ]
        for resource, table in zip(dataset["resources"], tables.values(), strict=True):
            response = download(app, resource)
            assert response.status_code == 200
            assert response.headers["Content-Type"].startswith("text/csv")
            assert response.data == to_csv(table)
            assert int(resource["size"]) == len(response.data)
            assert read_rows(resource["id"]) == read_csv(response.data)[1:]

    @pytest.mark.parametrize("name", DATASETS)
    def test_obligations_of_the_profile(self, name: str) -> None:
        dataset = show(name)
        assert dataset["id"] == make_package_id(name)
        assert all(dataset[field] for field in OBLIGATORY)
        assert dataset["license_id"] and dataset["theme"] and dataset["tags"]
        assert dataset["contact"][0]["email"] == "datos@example.org"
        assert "no es una publicación oficial" in dataset["notes"]
        for resource in dataset["resources"]:
            assert all(resource[field] for field in OBLIGATORY_OF_RESOURCE)
            assert resource["format"] == "CSV"

    def test_the_dictionary_has_labels(self) -> None:
        for table in self.DATASETS["gt-pan4-c11-h01-datos"]:
            resource_id = make_resource_id("gt-pan4-c11-h01-datos", table)
            fields = tk.get_action("datastore_info")({"user": ""}, {"id": resource_id})["fields"]
            columns = list_columns(table)
            assert [field["id"] for field in fields] == [column.name for column in columns]
            for field, column in zip(fields, columns, strict=True):
                assert field["info"]["label"] == column.labels["es"]
                assert field["info"]["label_en"] == column.labels["en"]
                assert field["info"]["label_pt_BR"] == column.labels["pt_BR"]
                assert field["info"]["notes"] == column.description

    def test_fields_are_the_columns(self) -> None:
        budget = make_resource_id("gt-pan4-c11-h01-datos", "presupuesto")
        resource = get_resource(show("gt-pan4-c11-h01-datos"), budget)
        fields = {field["title"]: field for field in resource["fields"]}
        assert [*fields] == [column.name for column in list_columns("presupuesto")]
        assert fields["monto"]["type"] == "number"
        assert fields["monto"]["units"] == "GTQ"

    def test_who_publishes(self) -> None:
        publishers = {name: show(name)["organization"]["name"] for name in self.DATASETS}
        assert publishers["red-gealc-2019-datos"] == "red-gealc"
        assert publishers["gt-pan4-datos"] == "gpat"
        assert publishers["gt-pan5-datos"] == "gae"
        assert publishers["gt-pan1-datos"] == "gae"  # nobody is named: the load's own
        assert publishers["gt-pan4-c11-h01-datos"] == "inap"

    def test_what_of_the_plan_each_belongs_to(self) -> None:
        inventory = show("gt-servicios-digitales-2019-datos")
        assert inventory["milestone"] == "gt-pan4-c09-h01"
        assert inventory["commitment"] == "gt-pan4-c09"
        assert inventory["action_plan"] == "gt-pan4"
        assert inventory["deliverable"] == "inventario-servicios-en-linea"
        assert show("red-gealc-2019-datos")["regional_plan"] == "red-gealc-2019"

    def test_built_again_nothing_is_written(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = {name: show(name) for name in self.DATASETS}
        monkeypatch.setattr("ckan.logic.index_update_package_dicts", None)
        for name in self.DATASETS:
            built = build(name.removesuffix("-datos"))
            assert built == {"dataset": name, "status": "unchanged"}
        assert {name: show(name) for name in self.DATASETS} == before


@pytest.mark.usefixtures("plan", "request_context")
class TestPrivacy:
    """Nothing is published of what the public may not see."""

    @pytest.mark.parametrize("hidden", [MILESTONE, "uy-pan1-c01", "uy-pan1"])
    def test_a_dataset_is_private_when_a_record_above_it_is(self, app: Any, hidden: str) -> None:
        resource = get_resource(show(DATASET), ACTIVITIES)
        patch(hidden, private=True)
        build(MILESTONE)
        assert show(DATASET)["private"] is True
        assert app.get(f"/dataset/{DATASET}").status_code == 404
        assert download(app, resource).status_code in (403, 404)
        with pytest.raises(tk.NotAuthorized):
            read_rows(ACTIVITIES)
        patch(hidden, private=False)
        build(MILESTONE)
        assert show(DATASET)["private"] is False
        assert read_rows(ACTIVITIES)

    def test_a_draft_is_published_in_private(self) -> None:
        patch(MILESTONE, state="draft")
        build(MILESTONE)
        assert show(DATASET)["private"] is True

    def test_a_public_plan_tells_nothing_of_a_private_commitment(self, app: Any) -> None:
        patch("uy-pan1-c02", private=True)
        build("uy-pan1")
        resources = show("uy-pan1-datos")["resources"]
        for resource in resources:
            assert b"uy-pan1-c02" not in download(app, resource).data
        assert [resource["name"] for resource in resources] == ["Compromisos", "Hitos"]

    def test_a_private_plan_holds_all_of_it(self) -> None:
        patch("uy-pan1-c02", private=True)
        patch("uy-pan1", private=True)
        build("uy-pan1")
        dataset = show("uy-pan1-datos")
        assert dataset["private"] is True
        assert [r["name"] for r in dataset["resources"]] == [
            "Compromisos",
            "Hitos",
            "Modificaciones",
        ]


@pytest.mark.usefixtures("plan", "request_context")
class TestAction:
    """``gtplan_deliverable_build``: for whoever may edit the record."""

    def call(self, user: str, record: str = MILESTONE) -> Any:
        return tk.get_action("gtplan_deliverable_build")({"user": user}, {"id": record})

    def test_an_editor_of_its_institution_may(self) -> None:
        user = factories.User()
        tk.get_action("organization_member_create")(
            site_user(), {"id": "ins-publica", "username": user["name"], "role": "editor"}
        )
        rename_activity("Por API")
        built = self.call(user["name"], show(MILESTONE)["id"])
        assert built == {"dataset": DATASET, "status": "updated"}

    def test_others_may_not(self) -> None:
        with pytest.raises(tk.NotAuthorized):
            self.call(factories.User()["name"])
        with pytest.raises(tk.NotAuthorized):
            self.call("")

    def test_a_record_that_is_not_published(self) -> None:
        admin = factories.Sysadmin()["name"]
        with pytest.raises(tk.ValidationError):
            self.call(admin, "uy-pan1-c01")
        with pytest.raises(tk.ObjectNotFound):
            self.call(admin, "no-such-record")
        with pytest.raises(tk.ValidationError):
            tk.get_action("gtplan_deliverable_build")({"user": admin}, {})

    def test_a_record_of_no_load_is_not_published(self) -> None:
        admin = factories.Sysadmin()["name"]
        data = {
            "type": "action_plan",
            "name": "uy-pan2",
            "title": "Segundo plan",
            "plan_number": 2,
            "country": "URY",
            "cycle_year": 2022,
            "owner_org": "min-publica",
        }
        tk.get_action("package_create")({"user": admin, publication.SUPPRESSED: True}, data)
        try:
            with pytest.raises(tk.ValidationError):
                self.call(admin, "uy-pan2")
            assert model.Package.get("uy-pan2-datos") is None
        finally:
            tk.get_action("dataset_purge")(site_user(), {"id": "uy-pan2"})
