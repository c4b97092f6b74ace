"""Inventories and registers as open datasets, from the first row on."""

from __future__ import annotations

import io
import resource as process
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import frictionless
import openpyxl
import pytest
from ckan.lib import jobs
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from publishing import (
    build,
    create,
    download,
    fetch,
    get_resource,
    patch,
    read_csv,
    show,
    site_user,
    write,
)

from ckanext.gtplan.logic.ids import make_resource_id
from ckanext.gtplan.logic.living.resources import find_resource_id
from ckanext.gtplan.logic.plans import dataset as dataset_module
from ckanext.gtplan.logic.plans import publication
from ckanext.gtplan.logic.plans.storage import read_file
from ckanext.gtplan.plan.living import LIVING_TABLES

SERVICES = LIVING_TABLES["services"]
DATASET = "inventario-2026-datos"
CSV, XLSX, API, CPSV = (
    make_resource_id(DATASET, f"services.{ending}") for ending in ("csv", "xlsx", "api", "cpsv")
)
FIRST = {
    "service_id": "partida",
    "name": "Partida de nacimiento",
    "description": "=Certifica un nacimiento",
    "channels": "ONL|PERSON",
    "online_url": "https://example.org/partida",
    "cost_amount": "12.50",
    "cost_currency": "GTQ",
    "contact_phone": "+502 2222 2222",
    "volume_total": "1200",
    "is_free": "false",
    "reviewed_on": "2026-01",
}
@pytest.fixture(autouse=True)
def empty(clean: None, request_context: None) -> None:
    """Each test has a portal of its own."""


@pytest.fixture
def inventory() -> dict[str, Any]:
    return create(
        {"services": [FIRST]},
        type="service_inventory",
        name="inventario-2026",
        title="Inventario 2026",
        reference_year=2026,
    )


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """People may upload very little: what the portal makes itself may be larger."""
    monkeypatch.setitem(tk.config, "ckan.max_resource_size", 0)
    yield


class TestInventory:
    """An inventory that an institution makes in the portal."""

    def test_its_dataset_is_public_from_the_first_row(
        self, app: Any, inventory: dict[str, Any]
    ) -> None:
        assert build("inventario-2026") == {"dataset": DATASET, "status": "created"}
        dataset = show(DATASET)
        assert (dataset["private"], dataset["state"]) == (False, "active")
        assert dataset["organization"]["name"] == "min-uno"
        assert dataset["deliverable_type"] == "inventory"
        assert dataset["contact"] == [{"name": "Ministerio Uno", "email": "datos@example.org"}]
        assert dataset["temporal_coverage"] == [{"start": "2026", "end": "2026"}]
        assert dataset["frequency"] and dataset["issued"]
        assert [r["id"] for r in dataset["resources"]] == [CSV, XLSX, API, CPSV]
        assert [r["format"] for r in dataset["resources"]] == ["CSV", "XLSX", "JSON", "TTL"]
        assert app.get(f"/dataset/{DATASET}").status_code == 200

    def test_without_rows_there_is_none(self, inventory: dict[str, Any]) -> None:
        build("inventario-2026")
        write(inventory, [], mode="replace")
        assert build("inventario-2026") == {"dataset": DATASET, "status": "removed"}
        write(inventory, [FIRST])
        assert build("inventario-2026") == {"dataset": DATASET, "status": "created"}

    def test_the_files_say_what_the_table_says(self, app: Any, inventory: dict[str, Any]) -> None:
        write(inventory, [{"service_id": "otra", "name": "Otra"}])
        build("inventario-2026")
        dataset = show(DATASET)
        rows = read_csv(fetch(app, get_resource(dataset, CSV)))
        assert rows[0] == list(SERVICES.column_names)
        assert [row[0] for row in rows[1:]] == ["partida", "otra"]
        first = dict(zip(rows[0], rows[1], strict=True))
        assert first["description"] == "'=Certifica un nacimiento"
        assert first["contact_phone"] == "'+502 2222 2222"
        assert {name: first[name] for name in ("cost_amount", "is_free", "reviewed_on")} == {
            "cost_amount": "12.50",
            "is_free": "false",
            "reviewed_on": "2026-01",
        }
        data = fetch(app, get_resource(dataset, XLSX))
        sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
        cells = list(sheet.iter_rows(values_only=True))
        assert list(cells[0]) == rows[0]
        assert cells[1][rows[0].index("cost_amount")] == 12.5
        assert cells[1][rows[0].index("description")] == "'=Certifica un nacimiento"

    @pytest.mark.parametrize("resource_id", [CSV, XLSX])
    def test_the_table_schema_fits_the_bytes(
        self, app: Any, inventory: dict[str, Any], resource_id: str, tmp_path: Any
    ) -> None:
        build("inventario-2026")
        resource = get_resource(show(DATASET), resource_id)
        (address,) = resource["codelist_links"]
        assert urlsplit(address).path == "/ns/gtp/tables/services.json"
        schema = frictionless.Schema.from_descriptor(app.get(urlsplit(address).path).json)
        file = tmp_path / f"services.{resource['format'].lower()}"
        file.write_bytes(fetch(app, resource))
        report = frictionless.Resource(path=file.name, basepath=str(tmp_path), schema=schema)
        assert report.validate().flatten(["rowNumber", "fieldName", "message"]) == []

    def test_columns_are_the_profiles_fields(self, inventory: dict[str, Any]) -> None:
        build("inventario-2026")
        for resource_id in (CSV, XLSX, API):
            fields = get_resource(show(DATASET), resource_id)["fields"]
            assert [field["title"] for field in fields] == list(SERVICES.column_names)
            types = {field["title"]: field["type"] for field in fields}
            assert types["cost_amount"] == "number"
            assert types["is_free"] == "boolean"
            assert types["volume_total"] == "integer"
            assert types["reviewed_on"] == types["channels"] == "string"
            assert all(field["description"] for field in fields)

    def test_the_api_leads_to_the_rows_as_they_are(
        self, app: Any, inventory: dict[str, Any]
    ) -> None:
        build("inventario-2026")
        resource = get_resource(show(DATASET), API)
        assert resource["resource_type"] == "api"
        write(inventory, [{"service_id": "nueva", "name": "Nueva"}])
        address = urlsplit(resource["url"])
        answer = app.get(f"{address.path}?{address.query}").json["result"]
        assert [record["service_id"] for record in answer["records"]] == ["partida", "nueva"]
        # the files have no second copy in the DataStore
        for resource_id in (CSV, XLSX):
            with pytest.raises(tk.ObjectNotFound):
                tk.get_action("datastore_info")(site_user(), {"id": resource_id})

    def test_built_again_nothing_is_written(
        self, inventory: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        build("inventario-2026")
        before = show(DATASET)
        monkeypatch.setattr(dataset_module, "_get_now", lambda: "2031-01-01T00:00:00+00:00")
        assert build("inventario-2026") == {"dataset": DATASET, "status": "unchanged"}
        patch("inventario-2026", title="Otro título")
        assert build("inventario-2026") == {"dataset": DATASET, "status": "updated"}
        renamed = show(DATASET)
        assert renamed["title"] == "Otro título"
        assert renamed["data_modified"] == before["data_modified"]
        assert renamed["resources"] == before["resources"]
        write(inventory, [{**FIRST, "name": "Otra"}])
        assert build("inventario-2026") == {"dataset": DATASET, "status": "updated"}
        after = show(DATASET)
        assert after["data_modified"] == "2031-01-01T00:00:00+00:00"
        for resource_id in (CSV, XLSX):
            new, old = get_resource(after, resource_id), get_resource(before, resource_id)
            assert new["data_modified"] == "2031-01-01T00:00:00+00:00"
            assert (new["url"], new["issued"]) == (old["url"], old["issued"])

    def test_what_people_set_stays(self, inventory: dict[str, Any]) -> None:
        build("inventario-2026")
        patch(DATASET, license_id="odc-odbl", frequency="R/P1M")
        write(inventory, [{**FIRST, "name": "Otra"}])
        build("inventario-2026")
        dataset = show(DATASET)
        assert (dataset["license_id"], dataset["frequency"]) == ("odc-odbl", "R/P1M")

    def test_the_next_year_is_published_as_the_last_one(
        self, app: Any, inventory: dict[str, Any]
    ) -> None:
        build("inventario-2026")
        contact = [{"name": "Unidad", "email": "unidad@example.org"}]
        patch(DATASET, license_id="odc-odbl", frequency="R/P1M", contact=contact)
        create(
            {"services": [FIRST]},
            type="service_inventory",
            name="inventario-2027",
            reference_year=2027,
        )
        build("inventario-2027")
        dataset = show("inventario-2027-datos")
        assert (dataset["license_id"], dataset["frequency"]) == ("odc-odbl", "R/P1M")
        assert dataset["contact"] == contact
        page = app.get("/service_inventory/inventario-2027").body
        assert "/tables/inventario-2027/services/compare?with=inventario-2026" in page

    @pytest.mark.usefixtures("small_limit")
    def test_the_limit_of_uploads_is_not_for_the_portal(
        self, app: Any, inventory: dict[str, Any]
    ) -> None:
        text = "Un texto largo. " * 100
        write(
            inventory,
            ({"service_id": f"s{n}", "name": f"S{n}", "description": text} for n in range(2000)),
        )
        build("inventario-2026")
        data = fetch(app, get_resource(show(DATASET), CSV))
        assert len(data) > 2 << 20
        assert read_file(CSV) == data

    def test_a_dataset_that_cannot_be_written_keeps_its_files(
        self, app: Any, inventory: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        build("inventario-2026")
        before = show(DATASET)
        old = [read_file(resource_id) for resource_id in (CSV, XLSX)]
        write(inventory, [{**FIRST, "name": "Otra"}])

        def fail(*args: Any) -> None:
            raise ConnectionError("no search index")

        with monkeypatch.context() as patched:
            patched.setattr("ckan.logic.index_update_package_dicts", fail)
            with pytest.raises(ConnectionError):
                build("inventario-2026")
        assert show(DATASET) == before
        assert [read_file(resource_id) for resource_id in (CSV, XLSX)] == old
        assert build("inventario-2026") == {"dataset": DATASET, "status": "updated"}
        assert read_file(CSV) != old[0]

    def test_what_it_adds_up_to(self, app: Any, inventory: dict[str, Any]) -> None:
        def ask(user: str = "") -> list[dict[str, Any]]:
            figures = tk.get_action("gtplan_inventory_figures")
            return list(figures({"user": user}, {"id": "inventario-2026"}))

        (whole, own) = ask()
        assert (whole["organization"], own["organization"]) == (None, "min-uno")
        assert (whole["services"], whole["online"], whole["hybrid"]) == (1, 1, 1)
        assert (whole["with_cost"], whole["free"], whole["take_up"]) == (1, 0, None)
        write(inventory, [{"service_id": "otra", "name": "Otra", "is_free": "true"}])
        assert (ask()[0]["services"], ask()[0]["free"]) == (2, 1)
        page = app.get("/service_inventory/inventario-2026").body
        assert "Partida de nacimiento" in page and "/services/min-uno/partida" in page
        patch("inventario-2026", private=True)
        with pytest.raises(tk.NotAuthorized):
            ask()
        with pytest.raises(tk.NotAuthorized):
            ask(factories.User()["name"])
        assert ask(factories.Sysadmin()["name"])[0]["services"] == 2

    def test_what_an_older_version_published_goes(self, inventory: dict[str, Any]) -> None:
        build("inventario-2026")
        old = make_resource_id(DATASET, "servicios")
        dataset = show(DATASET)
        stale = {"id": old, "name": "Servicios", "url": "https://example.org/x.csv"}
        patch(DATASET, resources=[stale, *dataset["resources"]])
        build("inventario-2026")
        assert [r["id"] for r in show(DATASET)["resources"]] == [CSV, XLSX, API, CPSV]


class TestPrivacy:
    """Nothing of a hidden inventory is published."""

    @pytest.mark.parametrize("hidden", [{"private": True}, {"state": "draft"}])
    def test_a_hidden_record_has_a_private_dataset(
        self, app: Any, inventory: dict[str, Any], hidden: dict[str, Any]
    ) -> None:
        build("inventario-2026")
        resource = get_resource(show(DATASET), CSV)
        patch("inventario-2026", **hidden)
        build("inventario-2026")
        assert show(DATASET)["private"] is True
        assert app.get(f"/dataset/{DATASET}").status_code == 404
        assert download(app, resource).status_code in (403, 404)
        with pytest.raises(tk.NotAuthorized):
            live = find_resource_id(inventory["id"], "services")
            tk.get_action("datastore_search")({"user": ""}, {"resource_id": live})

    @pytest.mark.parametrize("how", ["private", "draft", "deleted", "purged"])
    def test_it_is_hidden_before_any_job_runs(
        self, app: Any, inventory: dict[str, Any], how: str
    ) -> None:
        build("inventario-2026")
        resource = get_resource(show(DATASET), CSV)
        assert download(app, resource).status_code == 200
        if how in ("private", "draft"):
            change = {"private": True} if how == "private" else {"state": "draft"}
            tk.get_action("package_patch")(site_user(), {"id": "inventario-2026", **change})
        else:
            action = "package_delete" if how == "deleted" else "dataset_purge"
            tk.get_action(action)(site_user(), {"id": "inventario-2026"})
        assert app.get(f"/dataset/{DATASET}").status_code == 404
        assert download(app, resource).status_code in (403, 404)
        found = tk.get_action("package_search")({"user": ""}, {"q": "*:*"})
        assert [package["name"] for package in found["results"]] == []
        publication.rebuild_deliverable("inventario-2026")  # as the job does
        gone = how in ("deleted", "purged")
        assert (show(DATASET)["state"] == "deleted") is gone
        assert show(DATASET)["private"] is True
        if how == "private":
            patch("inventario-2026", private=False)
            build("inventario-2026")
            assert show(DATASET)["private"] is False
            assert download(app, resource).status_code == 200

    def test_nothing_is_left_under_a_name_that_was_changed(
        self, app: Any, inventory: dict[str, Any]
    ) -> None:
        build("inventario-2026")
        resource = get_resource(show(DATASET), CSV)
        jobs.get_queue().empty()
        change = {"id": "inventario-2026", "name": "inventario-otro"}
        tk.get_action("package_patch")(site_user(), change)
        assert download(app, resource).status_code in (403, 404)
        waiting = {job.meta["title"] for job in jobs.get_queue().jobs}
        assert {f"gtplan rebuild inventario-{n}" for n in ("2026", "otro")} <= waiting
        for name in ("inventario-2026", "inventario-otro"):
            publication.rebuild_deliverable(name)
        assert show(DATASET)["state"] == "deleted"
        assert show("inventario-otro-datos")["private"] is False

    def test_a_record_that_moves_takes_its_dataset_along(
        self, inventory: dict[str, Any]
    ) -> None:
        build("inventario-2026")
        other = factories.Organization()
        jobs.get_queue().empty()
        move = {"id": inventory["id"], "organization_id": other["id"]}
        tk.get_action("package_owner_org_update")(site_user(), move)
        (job,) = [j for j in jobs.get_queue().jobs if "rebuild" in j.meta["title"]]
        job.func(*job.args)
        assert show(DATASET)["owner_org"] == other["id"]

    def test_the_feeds_show_what_is_public(self, app: Any, inventory: dict[str, Any]) -> None:
        build("inventario-2026")
        (found,) = [d for d in app.get("/data.json").json["dataset"] if d["title"]]
        kinds = {d["title"]: d for d in found["distribution"]}
        assert len(kinds) == 4
        api = next(d for title, d in kinds.items() if title == "Servicios, API")
        assert api["downloadURL"].endswith(str(find_resource_id(inventory["id"], "services")))
        files = [d for d in kinds.values() if d["downloadURL"].endswith((".csv", ".xlsx"))]
        assert len(files) == 2
        assert all(len(d["field"]) == len(SERVICES.columns) for d in files)
        assert all(d["codelistlink"].endswith("/ns/gtp/tables/services.json") for d in files)
        turtle = app.get(f"/dataset/{DATASET}.ttl").body
        assert "/ns/gtp/tables/services.json" in turtle
        assert "PublicService" not in turtle
        patch("inventario-2026", private=True)
        build("inventario-2026")
        assert app.get("/data.json").json["dataset"] == []


class TestJobs:
    """Rows that change have the dataset rebuilt, a hundred of them not a hundred times."""

    def test_a_hundred_rows_one_by_one_are_one_job(
        self, inventory: dict[str, Any], app: Any
    ) -> None:
        jobs.get_queue().empty()
        for number in range(100):
            write(inventory, [{"service_id": f"s{number}", "name": f"Servicio {number}"}])
        titles = [job.meta["title"] for job in jobs.get_queue().jobs]
        assert titles.count("gtplan rebuild inventario-2026") == 1
        publication.rebuild_deliverable("inventario-2026")
        rows = read_csv(fetch(app, get_resource(show(DATASET), CSV)))
        assert len(rows) == 1 + 1 + 100
        jobs.get_queue().empty()


@pytest.mark.long
def test_fifty_thousand_rows_in_bounded_memory(app: Any, inventory: dict[str, Any]) -> None:
    text = "Un texto de los que tiene una fila de verdad. " * 4
    cells = {**dict.fromkeys(("requirements", "steps", "output", "cost_note"), text), **FIRST}
    write(inventory, ({**cells, "service_id": f"s{n}"} for n in range(50_000)))
    before = process.getrusage(process.RUSAGE_SELF).ru_maxrss
    publication.rebuild_deliverable("inventario-2026")
    grown = (process.getrusage(process.RUSAGE_SELF).ru_maxrss - before) << 10
    size = int(get_resource(show(DATASET), CSV)["size"])
    assert size > 40 << 20
    assert grown < size  # the file is never whole in memory, let alone its rows
    lines = (read_file(CSV) or b"").count(b"\r\n")
    assert lines == 1 + 1 + 50_000
