"""What is published of the deliverables that milestones promise, and whether it is open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from ckan import model

from ...plan.follow.coverage import DeliverableFacts, judge_datasets
from ...plan.follow.reporting import Target
from .sight import IS_PUBLIC


def judge_deliverables(milestones: Collection[str], day: date) -> dict[Target, DeliverableFacts]:
    """Judge what is published, for everybody, of the expected deliverables of milestones.

    Args:
        milestones: their names.
        day: what was first published later is not there yet.
    """
    if not milestones:
        return {}
    return {
        target: judge_datasets(datasets, day, _is_open)
        for target, datasets in _read_datasets(milestones).items()
    }


def _is_open(license_id: str) -> bool:
    """Tell whether the portal's register has a licence as open by the Open Definition."""
    known = model.Package.get_license_register().get(license_id)
    return bool(known and known.isopen())


def _read_datasets(milestones: Collection[str]) -> dict[Target, list[dict[str, Any]]]:
    """Read the public datasets of deliverables, as far as their openness is judged by it."""
    package, resource = model.Package, model.Resource
    milestone = package.extras["milestone"].astext
    query = (
        sa.select(
            package.name,
            milestone,
            package.extras["deliverable"].astext,
            package.extras["issued"].astext,
            package.license_id,
            resource.format,
            resource.extras,
        )
        .outerjoin(resource, (resource.package_id == package.id) & (resource.state == "active"))
        .where(package.type == "dataset", package.extras.has_key("deliverable"))
        .where(*IS_PUBLIC, milestone.in_(milestones))
        .order_by(package.name)
    )
    datasets: dict[Target, list[dict[str, Any]]] = {}
    rows = model.Session.execute(query)
    for (_, above, key, issued, license_id), files in groupby(rows, lambda row: tuple(row[:5])):
        resources = [
            {"format": row.format, "license": (row.extras or {}).get("license")} for row in files
        ]
        datasets.setdefault(Target(above, None, key), []).append(
            {"issued": issued, "license_id": license_id, "resources": resources}
        )
    return datasets
