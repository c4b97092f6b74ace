"""How a record's dataset is published: licence, contact, frequency.

A load says it for its records and those below them. What an institution makes in the portal
itself, an inventory or a register, is published as the one that it made before, and the first
as the portal's catalogue and the institution's own data say.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ...config import get_main_language, get_option
from ...model.load import select_run_of
from ...plan.model import Publication
from ...plan.records import from_record
from ...plan.tables.deliverables import name_dataset
from ...plan.tables.living import LIVING_DATASETS
from ..ids import make_package_id
from ..reading import show_package
from .sources import read_ancestors

#: Rows are changed when there is something to change (code list frequency of the profile).
_FREQUENCY = "eventual"


def find_publication(context: Context, record: dict[str, Any]) -> Publication | None:
    """Find how a record is to be published that has no dataset yet.

    Args:
        context: of somebody who may see everything.
        record: the record, as ``package_show`` gives it.

    Returns:
        None when nothing says it.
    """
    above = read_ancestors(context, record).values()
    for name in (record["name"], *(package["name"] for package in above)):
        run = model.Session.scalar(select_run_of(name))
        if run is not None:
            return from_record(Publication, run.publication)
    if record["type"] not in LIVING_DATASETS:
        return None
    owner = model.Group.get(record["owner_org"])
    return owner and (_repeat(context, record, owner) or introduce(owner))


def _repeat(context: Context, record: dict[str, Any], owner: model.Group) -> Publication | None:
    """Publish as the institution published the latest of its records of this type."""
    package = model.Package
    query = (
        sa.select(package.name)
        .where(package.type == record["type"], package.owner_org == owner.id)
        .where(package.state == model.State.ACTIVE, package.name != record["name"])
        .order_by(package.metadata_created.desc())
    )
    for name in model.Session.scalars(query):
        found = model.Package.get(make_package_id(name_dataset(name)))
        if found is None or found.state != model.State.ACTIVE:
            continue
        dataset = show_package(context, found.id)
        contact = (dataset.get("contact") or [{}])[0]
        return Publication(
            owner=owner.name,
            license_id=dataset.get("license_id") or "",
            frequency=dataset.get("frequency") or _FREQUENCY,
            contact_name=contact.get("name") or "",
            contact_email=contact.get("email") or "",
            language=(dataset.get("language") or [get_main_language()])[0],
            country=next((p["code"] for p in dataset.get("spatial_coverage") or ()), None),
        )
    return None


def introduce(owner: model.Group) -> Publication:
    """Publish as the catalogue does: its licence, and whom to write to at the institution."""
    license_id, email = get_option("catalog.license"), owner.extras.get("email")
    is_known = license_id in model.Package.get_license_register()
    return Publication(
        owner=owner.name,
        license_id=license_id if is_known else "",
        frequency=_FREQUENCY,
        contact_name=(owner.title if email else get_option("catalog.publisher_name")) or "",
        contact_email=email or get_option("catalog.publisher_email") or "",
        language=get_main_language(),
        country=next(iter(get_option("country") or ()), None),
    )
