"""A small plan for tests that change it, and published data as visitors read them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.gtplan.logic.ids import make_resource_id
from ckanext.gtplan.logic.living.writing import write_rows
from ckanext.gtplan.logic.plans import publication, sources
from ckanext.gtplan.model import LoadRun
from ckanext.gtplan.plan.living import LIVING_TABLES
from ckanext.gtplan.plan.tables.tables import Table

Load = Callable[..., dict[str, Any]]

#: A plan with one commitment and a work plan, small enough for tests that change it.
PLAN = """\
load: publicada
publication:
  owner: min-publica
  license_id: cc-by
  frequency: R/P1Y
  contact_name: Oficina de datos
  contact_email: datos@example.org
  country: URY
  note: Una nota.
organizations:
  - {id: min-publica, title: Ministerio de Prueba, acronym: MP, country: URY}
  - {id: ins-publica, title: Instituto de Prueba, acronym: IP, country: URY}
action_plans:
  - id: uy-pan1
    title: Primer plan
    plan_number: 1
    country: URY
    cycle_year: 2020
    coordinating_body: min-publica
commitments:
  - id: uy-pan1-c01
    title: Datos para todos
    action_plan: uy-pan1
    commitment_number: 1
    lead_institution: ins-publica
    policy_areas: [health]
  - id: uy-pan1-c02
    title: Otro compromiso
    action_plan: uy-pan1
    commitment_number: 2
milestones:
  - id: uy-pan1-c01-h01
    title: Primer hito
    commitment: uy-pan1-c01
    number: '1'
    planned_start: 2020-01
    planned_end: 2020-06
    activities:
      - {activity_no: '01', name: Reunir, planned_start: 2020-01, planned_end: 2020-02}
      - {activity_no: '02', name: '=Publicar', responsibles: [ins-publica, min-publica]}
    budget_lines:
      - {line_no: '01', description: Papel, amount: '10.50', currency: UYU}
modifications:
  - {seq: 1, target: uy-pan1-c02, change_type: added, summary: Se agrega el compromiso 2}
"""
MILESTONE = "uy-pan1-c01-h01"
RECORDS = ("uy-pan1", "uy-pan1-c01", "uy-pan1-c02", MILESTONE)
DATASET = "uy-pan1-c01-h01-datos"
ACTIVITIES = make_resource_id(DATASET, "actividades")
BUDGET = make_resource_id(DATASET, "presupuesto")


def site_user() -> dict[str, Any]:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": user["name"], "ignore_auth": True}


def show(name: str) -> dict[str, Any]:
    context = {"ignore_auth": True, "use_cache": False}
    return dict(tk.get_action("package_show")(context, {"id": name}))


def patch(name: str, **fields: Any) -> None:
    context = {**site_user(), publication.SUPPRESSED: True}
    tk.get_action("package_patch")(context, {"id": name, **fields})


def rename_activity(name: str) -> None:
    activities = show(MILESTONE)["activities"]
    patch(MILESTONE, activities=[{**activities[0], "name": name}, *activities[1:]])


def create(rows: dict[str, list[dict[str, Any]]], **fields: Any) -> dict[str, Any]:
    """Make a record of an institution as a form does, with rows of its tables."""
    owner = model.Group.get("min-uno")
    if owner is None:
        extras = [{"key": "email", "value": "datos@example.org"}]
        factories.Organization(name="min-uno", title="Ministerio Uno", extras=extras)
    context = {"user": factories.Sysadmin()["name"]}
    data = {"owner_org": "min-uno", "title": "Un registro", **fields}
    record = dict(tk.get_action("package_create")(context, data))
    for name, cells in rows.items():
        write(record, cells, name)
    return record


def write(record: dict[str, Any], rows: Any, table: str = "services", **more: Any) -> None:
    """Write rows of a living table."""
    cells = ({str(k): v for k, v in row.items()} for row in rows)
    write_rows(site_user(), record, LIVING_TABLES[table], cells, origin="api", **more)


def build(record: str) -> dict[str, str] | None:
    """Build the dataset of a record as a worker does, whose session remembers nothing."""
    model.Session.expire_all()
    return publication.build_deliverable(site_user(), record)


def get_resource(dataset: dict[str, Any], resource_id: str) -> dict[str, Any]:
    return next(resource for resource in dataset["resources"] if resource["id"] == resource_id)


def download(app: Any, resource: dict[str, Any], **options: Any) -> Any:
    return app.get(urlsplit(resource["url"]).path, **options)


def fetch(app: Any, resource: dict[str, Any]) -> bytes:
    """Download a file that must be there."""
    response = download(app, resource)
    assert response.status_code == 200
    return bytes(response.data)


def read_rows(resource_id: str) -> list[list[str]]:
    """Read the rows of a DataStore table as the public reads them."""
    table = tk.get_action("datastore_search")(
        {"user": ""},
        {"resource_id": resource_id, "records_format": "csv", "sort": "_id", "limit": 1000},
    )
    return [row[1:] for row in csv.reader(io.StringIO(table["records"]))]


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def make_tables(record: str) -> dict[str, Table]:
    """Make the tables of a record by the pure core."""
    deliverable, _ = sources.read_deliverable(site_user(), show(record))
    return {table.name: table for table in deliverable.tables}


def keep_plan(load: Load) -> Iterator[None]:
    """Load the small plan for a test, once for all; put back what the test changes."""
    load({"plan.yaml": PLAN})
    before = {name: show(name) for name in RECORDS}
    yield
    model.Session.rollback()
    for name, record in before.items():
        if show(name) != record:
            del record["metadata_modified"]
            context = {**site_user(), publication.SUPPRESSED: True}
            tk.get_action("package_update")(context, record)
    # a load that finds its records as it left them does not look at what was made of them
    for name in before:
        build_again(name)


def build_again(name: str) -> None:
    """Build the dataset of a record, if it has one."""
    package = model.Package.get(name)
    if package and package.type in publication.PUBLISHED_TYPES:
        build(name)


def remove_plan(app: Any) -> None:
    """Take the small plan away, so that the tests of other modules do not find it."""
    with app.flask_app.test_request_context():
        if model.Session.get(LoadRun, "publicada") is not None:
            tk.get_action("gtplan_unload")(site_user(), {"id": "publicada"})
