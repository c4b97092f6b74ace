"""When the conformance of a dataset moves, and what it was: keeps ``model.conformance``."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...model.conformance import (
    DATASET,
    DELETED,
    FIGURES,
    ConformanceEntry,
    select_at,
    select_last,
)
from ...rdf.portal import Directory
from ..progress import Progress
from .conformance import assess_package

__all__ = [
    "assess_datasets",
    "record_conformance",
    "record_deletion",
    "select_unassessed",
]

#: Datasets that are assessed between two commits.
_AT_ONCE = 100


def record_conformance(package_id: str, directory: Directory | None = None) -> bool:
    """Add a row to the history of a dataset if its figures, its gaps or who sees it changed.

    It is part of the caller's transaction: what is not saved is not in the history.

    Args:
        package_id: id of any package; of one that is no dataset there is no history.
        directory: what is known of the portal already, for several datasets in a row.

    Returns:
        Whether a row was added.
    """
    package = model.Package.get(package_id)
    if package is None or package.state == model.State.DELETED:
        return record_deletion(package_id)
    if package.type != DATASET:
        return False
    context: Context = {"ignore_auth": True, "use_cache": False}
    shown = tk.get_action("package_show")(context, {"id": package.id})
    conformance = assess_package(shown, directory)
    figures = {name: getattr(conformance, name) for name in FIGURES}
    gaps = _list_fields(conformance.gaps)
    return _add(package.id, package.owner_org, _get_visibility(package), figures, gaps)


def record_deletion(package_id: str) -> bool:
    """Close the history of a dataset that is deleted or purged.

    Args:
        package_id: its id; its name too, while it is there.

    Returns:
        Whether a row was added: a dataset without history gets none.
    """
    package = model.Package.get(package_id)
    package_id = package.id if package else package_id
    last = model.Session.scalars(select_last(package_id)).first()
    if last is None:
        return False
    return _add(package_id, last.organization_id, DELETED, dict.fromkeys(FIGURES, 0), [])


def _get_visibility(package: model.Package) -> str:
    if package.state != model.State.ACTIVE:
        return "draft"
    return "private" if package.private else "public"


def _list_fields(gaps: Any) -> list[dict[str, Any]]:
    """List each field once for each reason, however many distributions it lacks in."""
    fields: list[dict[str, Any]] = []
    for gap in gaps:
        names = ("kind", "key", "obligation", "why", "is_said")
        field = {name: getattr(gap, name) for name in names}
        if field not in fields:
            fields.append(field)
    return fields


def _add(
    package_id: str,
    organization_id: str | None,
    visibility: str,
    figures: dict[str, int],
    gaps: list[dict[str, Any]],
) -> bool:
    says = {"organization_id": organization_id, "visibility": visibility, "gaps": gaps, **figures}
    last = model.Session.scalars(select_last(package_id)).first()
    if last is not None and all(getattr(last, name) == value for name, value in says.items()):
        return False
    moment = datetime.now(timezone.utc)
    model.Session.add(ConformanceEntry(package_id=package_id, moment=moment, **says))
    model.Session.flush()
    return True


def select_unassessed() -> sa.Select[tuple[str]]:
    """Select the ids of the datasets without history: they were there before the plugin."""
    package, entry = model.Package, ConformanceEntry
    return (
        sa.select(package.id)
        .where(package.type == DATASET, package.state != model.State.DELETED)
        .where(~sa.exists().where(entry.package_id == package.id))
        .order_by(package.id)
    )


def _select_all() -> sa.Select[tuple[str]]:
    """Select what there is, and what the history still takes to be there."""
    package, rows = model.Package, select_at(None).subquery()
    existing = sa.select(package.id).where(
        package.type == DATASET, package.state != model.State.DELETED
    )
    ids = existing.union(sa.select(rows.c.package_id)).subquery()
    return sa.select(ids.c[0]).order_by(ids.c[0])


def assess_datasets(progress: Progress, *, is_rebuild: bool) -> int:
    """Assess the datasets that have no history yet, or all of them anew, and commit.

    All of them are to be assessed again after what no dataset's save tells of: another
    e-mail of an organization, another option, another version of the profile.

    Args:
        progress: told the step, what is done and the total.
        is_rebuild: assess all.

    Returns:
        How many rows were added.
    """
    ids = model.Session.scalars(_select_all() if is_rebuild else select_unassessed()).all()
    added = 0
    directory = Directory()
    for number, package_id in enumerate(ids, 1):
        added += record_conformance(package_id, directory)
        if number % _AT_ONCE == 0 or number == len(ids):
            model.repo.commit()
            # what was read of the datasets so far would fill the memory
            model.Session.expunge_all()
            progress("assess", number, len(ids))
    return added
