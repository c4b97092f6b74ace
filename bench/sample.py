"""A portal to measure: a plan of the size that we promise, and a record of every other kind.

It is written into the database as the forms would write it, without asking them: minutes become
seconds. What is written stays; take a portal that may be filled.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk

PLAN = "bench-plan"
COMMITMENTS, MILESTONES, ACTIVITIES = 100, 5, 10
INSTITUTIONS = 20
#: Commitments whose first milestone has its deliverable published.
PUBLISHED = 50
DATASET = f"{PLAN}-dataset"
REGION, INVENTORY, INDICATOR = f"{PLAN}-region", f"{PLAN}-inventory", f"{PLAN}-indicator"
SERVICES, PERIODS = 500, 12

Record = dict[str, Any]


def name_institution(number: int) -> str:
    """Name one of the institutions in turn."""
    return f"{PLAN}-org-{number % INSTITUTIONS:02}"


def list_records() -> Iterator[Record]:
    """List the records, as the columns and extras of CKAN's packages."""
    extras = {"plan_number": "1", "status": "active", "country": "GTM", "cycle_year": "2020"}
    yield {"name": PLAN, "type": "action_plan", "extras": extras}
    for number in range(1, COMMITMENTS + 1):
        commitment = make_commitment(number)
        yield commitment
        for place in range(1, MILESTONES + 1):
            yield make_milestone(commitment["name"], number, place)
        if number <= PUBLISHED:
            yield make_dataset(f"{commitment['name']}-data", number, f"{commitment['name']}-h01")
    yield make_dataset(DATASET, 1)
    yield {"name": REGION, "type": "regional_plan", "extras": {"plan_year": "2020"}}


def make_commitment(number: int) -> Record:
    """Make a commitment as long as the example's."""
    extras = {
        "action_plan": PLAN,
        "commitment_number": str(number),
        "ogp_id": f"GT{number:04}",
        "status": "in_progress",
        "lead_institution": name_institution(number),
        "policy_areas": json.dumps(["open_data", "e_government"]),
        "sdg_targets": json.dumps(["16.5", "16.6"]),
        "problem": "El problema que se quiere resolver. " * 30,
        "objective": "El objetivo que se quiere lograr. " * 10,
    }
    name = f"{PLAN}-c{number:03}"
    return {"name": name, "type": "commitment", "owner": number, "extras": extras}


def make_milestone(commitment: str, above: int, number: int) -> Record:
    """Make a milestone with a work plan of the size of the example's."""
    institution = name_institution(above + number)
    activities = [
        {
            "activity_no": f"{place:02}",
            "name": f"Actividad {place} del hito {number} con un nombre tan largo como los reales",
            "responsibles": institution,
            "planned_start": f"2020-{place:02}",
            "planned_end": f"2020-{place + 2:02}",
            "date_verbatim": "Enero a marzo de 2020",
            "planned_cost": "1250.50",
            "currency": "GTQ",
            "notes": "Una nota sobre la actividad, de una línea.",
        }
        for place in range(1, ACTIVITIES + 1)
    ]
    deliverable = {"key": "datos", "name": "Los datos", "deliverable_type": "dataset"}
    deliverable |= {"due_date": "2020-12", "responsibles": institution}
    extras = {
        "commitment": commitment,
        "number": str(number),
        "planned_start": "2020-01",
        "planned_end": "2020-12",
        "responsibles": json.dumps([{"organization": institution}]),
        "general_objective": "Objetivo general. " * 50,
        "activities": json.dumps(activities),
        "expected_deliverables": json.dumps([deliverable]),
    }
    name = f"{commitment}-h{number:02}"
    return {"name": name, "type": "milestone", "owner": above + number, "extras": extras}


def make_dataset(name: str, number: int, milestone: str | None = None) -> Record:
    """Make a dataset: of a deliverable, or one of its own with eight files."""
    link = {"milestone": milestone, "deliverable": "datos"} if milestone else {}
    formats = ["CSV"] if milestone else ["CSV", "XLSX", "JSON", "PDF"] * 2
    resources = [
        model.Resource(
            url=f"https://example.org/{place}.{ending.lower()}",
            name=f"Archivo {place}",
            format=ending,
            description="Lo que hay en este archivo. " * 5,
        )
        for place, ending in enumerate(formats)
    ]
    return {
        **{"name": name, "type": "dataset", "owner": number, "license_id": "cc-by"},
        "notes": "De qué trata el conjunto de datos. " * 20,
        "resources_all": resources,
        "extras": {"issued": "2020-06-30", "frequency": "R/P1Y", **link},
    }


def fill() -> None:
    """Write the records, reports, services and observations, and index them."""
    owners = dict(_write_institutions())
    for record in list_records():
        owner = owners[name_institution(record.pop("owner", 0))]
        title = f"Registro {record['name']} con un título tan largo como los de los planes"
        model.Session.add(model.Package(title=title, owner_org=owner, **record))
    model.Session.flush()
    statement = sa.text(
        "INSERT INTO gtplan_report (id, milestone_id, activity_no, as_of, recorded, status,"
        " percent_complete, executed_amount, currency, evidence, cleared, needs_approval)"
        " SELECT p.id || '-' || n, p.id, lpad(n::text, 2, '0'), '2020-06-30', :now,"
        " 'in_progress', 5 * n, 100 * n, 'GTQ', '{}', '{}', false"
        " FROM package p, generate_series(1, :activities) n"
        " WHERE p.type = 'milestone' AND p.name LIKE :plan"
    )
    given = {"now": datetime.now(timezone.utc), "activities": ACTIVITIES, "plan": f"{PLAN}-%"}
    model.Session.execute(statement, given)
    model.Session.commit()
    _write_tables()
    search.rebuild(package_ids=select_names(), defer_commit=True)
    search.commit()


def _write_institutions() -> Iterator[tuple[str, str]]:
    for number in range(INSTITUTIONS):
        name = name_institution(number)
        body = model.Group(name=name, title=f"Institución {number}", type="organization")
        body.is_organization, body.extras = True, {"acronym": f"I{number}"}
        model.Session.add(body)
        model.Session.flush()
        yield name, body.id


def _write_tables() -> None:
    """Write the inventory of services and the indicator, with their tables.

    These come with the records, which only CKAN's action makes. The index has all services, the
    table the first, which has a page.
    """
    from directory import make_services

    from ckanext.gtplan.logic.living.writing import write_rows
    from ckanext.gtplan.logic.services.index import index_services
    from ckanext.gtplan.plan.living import LIVING_TABLES, to_cells

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    context = {"ignore_auth": True, "user": user}
    create = tk.get_action("package_create")
    values = {"title": "Registro", "owner_org": name_institution(0)}
    indicator = {"name": INDICATOR, "type": "indicator", "milestone": f"{PLAN}-c001-h01"}
    package = create(dict(context), {**values, **indicator, "unit": "%"})
    rows = [
        {"ref_period": str(2010 + place), "disaggregation": "", "obs_value": str(place)}
        for place in range(PERIODS)
    ]
    write_rows(context, package, LIVING_TABLES["observations"], rows, origin="api")
    inventory = {"name": INVENTORY, "type": "service_inventory", "reference_year": "2020"}
    package = create(dict(context), {**values, **inventory})
    table, services = LIVING_TABLES["services"], list(make_services(SERVICES, seed=1))
    write_rows(context, package, table, [to_cells(table, services[0])], origin="api")
    index_services(package["id"], services)
    model.Session.commit()


def select_names() -> list[str]:
    """Name what was written, the plan first."""
    package = model.Package
    wanted = sa.select(package.name).where(package.name.like(f"{PLAN}%"))
    return list(model.Session.scalars(wanted.order_by(package.type, package.name)))
