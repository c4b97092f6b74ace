"""Content at its extremes: titles as long as they get, no dates, markup in every field, a crowd.

Made for tests of pages: what stands in a record that somebody wrote badly, or in bad faith, is
shown as it is, escaped, on a page that answers.
"""

from __future__ import annotations

import json
from typing import Any

from ckan import model
from ckan.lib import search
from ckan.tests import factories

from ckanext.gtplan.plan.records import PACKAGE_TYPES, get_ckan_name
from ckanext.gtplan.plan.shapes import list_shapes

#: Markup that would run if any field were written into a page as it is.
SCRIPT = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>"
#: The longest title of OGP's list has 304 characters.
LONG = ("Fortalecer la transparencia y la rendición de cuentas de las instituciones " * 5)[:304]
PLAN, EMPTY, CROWDED = "xx-pan1", "xx-pan2", "xx-pan3"


def fill_fields(entity: type[Any], **links: str) -> dict[str, Any]:
    """Write markup into every field of a record, rows and lists, too, as the database keeps it."""
    values: dict[str, Any] = {}
    for name, shape in list_shapes(entity).items():
        if shape.is_living or name in ("id", "title"):
            continue
        value: Any = SCRIPT
        if shape.is_entity:
            value = [dict.fromkeys(list_shapes(shape.type), SCRIPT)]
        elif shape.is_list:
            value = [SCRIPT]
        values[get_ckan_name(name)] = value if isinstance(value, str) else json.dumps(value)
    return {**values, **links}


def write(kind: str, name: str, owner: str, title: str, extras: dict[str, Any]) -> model.Package:
    """Write a record as the database has it: the forms would refuse most of it."""
    notes = extras.pop("notes", None)
    package = model.Package(name=name, type=kind, title=title, owner_org=owner, extras=extras)
    package.notes = notes
    model.Session.add(package)
    return package


def make_extremes(crowd: int) -> list[str]:
    """Make the extreme records and index them.

    Args:
        crowd: how many milestones the commitment of the crowded plan has.

    Returns:
        The addresses of their pages.
    """
    owner = factories.Organization(name="xx-org", title=SCRIPT)["id"]
    links = {"action_plan": PLAN, "commitment": f"{PLAN}-c01"}
    names = {"action_plan": PLAN, "commitment": f"{PLAN}-c01"}
    for kind, entity in PACKAGE_TYPES.items():
        name = names.get(kind, f"{PLAN}-{kind.replace('_', '-')}")
        above = {key: value for key, value in links.items() if key in list_shapes(entity)}
        write(kind, name, owner, SCRIPT, fill_fields(entity, **above))
        names[kind] = name
    write("action_plan", EMPTY, owner, LONG, {})
    write("action_plan", CROWDED, owner, LONG, {})
    write("commitment", f"{CROWDED}-c01", owner, LONG, {"action_plan": CROWDED})
    for number in range(crowd):
        extras = {"commitment": f"{CROWDED}-c01", "number": str(number)}
        write("milestone", f"{CROWDED}-h{number:03}", owner, LONG, extras)
    model.Session.commit()
    rows = model.Session.query(model.Package.name).filter(model.Package.name.like("xx-pan%"))
    search.rebuild(package_ids=[name for (name,) in rows], defer_commit=True)
    search.commit()
    addresses = [f"/{kind}/{name}" for kind, name in names.items()]
    crowded = [f"/action_plan/{CROWDED}", f"/commitment/{CROWDED}-c01"]
    lists = ["/", "/action_plan/", "/commitment/", "/milestone/", "/search", "/organization/"]
    return [*addresses, f"/action_plan/{EMPTY}", *crowded, *lists, "/organization/xx-org"]
