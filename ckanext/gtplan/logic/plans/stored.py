"""A record of a load as CKAN keeps it: made of the file, and read back from the portal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any, TypeVar

from ckan import model
from ckan.types import Context

from ...plan.model import Load, Organization, OwnedRecord, Publication, Record
from ...plan.records import from_record, get_ckan_name, get_record_type, to_record
from ...plan.shapes import list_shapes
from ..ids import make_organization_id, make_package_id
from ..reading import show_package

ThingT = TypeVar("ThingT")

#: Fields that the portal keeps by itself: what it has comes before what a file says.
_KEPT = ("baseline_start", "baseline_end")
#: What an organisation of CKAN has no field for.
_ORGANIZATION_EXTRAS = ("acronym", "institution_type", "country", "url", "email", "successor")
_PARENTS = {
    "milestone": "milestones",
    "commitment": "commitments",
    "action_plan": "action_plans",
    "regional_plan": "regional_plans",
}


def get_kind(record: Record) -> str:
    """Tell what a record becomes in CKAN: ``organization`` or ``package``."""
    return "organization" if isinstance(record, Organization) else "package"


def make_digest(record: Record, publication: Publication) -> str:
    """Make a digest of what decides how a record is written.

    A field that the file does not use leaves it as it is, so that a later version of the
    plugin, with more fields, finds the records of an old file unchanged.
    """
    text = json.dumps([to_record(record), publication.owner], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def make_organization(organization: Organization) -> dict[str, Any]:
    """Make the dictionary of a CKAN organisation; what CKAN has no field for are extras."""
    extras = {name: getattr(organization, name) for name in _ORGANIZATION_EXTRAS}
    return {
        "id": make_organization_id(organization.id),
        "name": organization.id,
        "title": organization.title,
        "description": organization.description or "",
        "extras": [{"key": k, "value": v} for k, v in extras.items() if v],
    }


def make_package(record: Record, load: Load) -> dict[str, Any]:
    """Make the dictionary of a CKAN package: every field, so that what is gone is emptied."""
    data: dict[str, Any] = {
        get_ckan_name(shape.name): [] if shape.is_list else ""
        for shape in list_shapes(type(record)).values()
        if not shape.is_living
    }
    data |= to_record(record)
    data |= {
        "id": make_package_id(record.id),
        "type": get_record_type(record),
        "owner_org": choose_owner(record, load),
        "private": False,
    }
    return data


def choose_owner(record: Record, load: Load) -> str:
    """Choose the organisation that owns a record.

    The one that the file names; else the body that answers for it; where the documents name
    none, the one of the record above; in the end the load's own.
    """
    for name in ("owner", "lead_institution", "coordinating_body", "publisher"):
        if value := getattr(record, name, None):
            return str(value)
    for actor in getattr(record, "responsibles", ()):
        if actor.organization:
            return str(actor.organization)
    for name, section in _PARENTS.items():
        parent_id = getattr(record, name, None)
        for parent in getattr(load, section):
            if parent.id == parent_id:
                return choose_owner(parent, load)
    return load.publication.owner


def read_stored(context: Context, record: Record) -> tuple[Record, dict[str, Any]] | None:
    """Read from the portal what a file has a record of.

    Args:
        context: of somebody who may see everything.
        record: what the file says of it.

    Returns:
        The record as the portal has it, and what CKAN keeps beside it: ``owner_org`` (a name),
        ``private`` and ``state``. None when it cannot be read as such a record.
    """
    if isinstance(record, Organization):
        return _read_organization(record)
    package = show_package(context, record.id)
    owner = package.get("organization") or {}
    beside = {
        "owner_org": owner.get("name"),
        "private": package["private"],
        "state": package["state"],
    }
    try:
        return from_record(type(record), {**package, "owner_org": None}), beside
    except KeyError:
        return None


def _read_organization(record: Organization) -> tuple[Record, dict[str, Any]]:
    group = model.Group.get(record.id)
    assert group is not None  # it was looked up
    said = {name: group.extras.get(name) or None for name in _ORGANIZATION_EXTRAS}
    title, description = group.title or group.name, group.description or None
    # CKAN has no place for the sources of an organisation: they are no difference
    stored = replace(record, title=title, description=description, **said)
    return stored, {"state": group.state}


def make_beside(record: Record, load: Load) -> dict[str, Any]:
    """Make what CKAN keeps beside a record, as ``read_stored`` gives it, of a load."""
    if isinstance(record, Organization):
        return {"state": "active"}
    return {"owner_org": choose_owner(record, load), "private": False, "state": "active"}


def keep_from(stored: Record, record: Record) -> Record:
    """Give a record of a file what the portal keeps by itself, so that the rest can be compared.

    These are the dates first published, and the order of codes, which CKAN sorts. Its owner is
    kept beside it, see ``make_beside``, and the rows of its living tables in the DataStore.

    Args:
        stored: the record as the portal has it.
        record: as the file has it.
    """
    if isinstance(record, OwnedRecord):
        record = replace(record, owner=None)
    for shape in list_shapes(type(record)).values():
        codes = getattr(stored, shape.name)
        if shape.is_living:
            record = replace(record, **{shape.name: ()})  # type: ignore[arg-type]
        elif shape.vocabulary and shape.is_list and set(codes) == set(getattr(record, shape.name)):
            record = replace(record, **{shape.name: codes})  # type: ignore[arg-type]
    rows = {row.activity_no: row for row in getattr(stored, "activities", ())}
    kept = _keep(stored, record)
    if not rows:
        return kept
    activities = tuple(_keep(rows.get(row.activity_no), row) for row in kept.activities)  # type: ignore[attr-defined]
    return replace(kept, activities=activities)  # type: ignore[call-arg]


def _keep(stored: Any, thing: ThingT) -> ThingT:
    values = {name: getattr(stored, name, None) for name in _KEPT}
    return replace(thing, **values) if any(values.values()) else thing  # type: ignore[type-var]
