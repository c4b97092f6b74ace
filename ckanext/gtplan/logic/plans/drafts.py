"""Publishing a deliverable by hand: a draft of a dataset, filled in step by step, then public.

Until the last step the dataset is a draft in CKAN's own sense, and private besides: nobody sees
it but who may edit it, and whoever finishes it by another way does not publish it by accident.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import PurePosixPath
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib.munge import munge_title_to_name
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...config import get_main_language
from ...plan import parts
from ...plan.model import Publication
from ...plan.records import from_record
from ...plan.tables.deliverables import name_dataset
from ...plan.vocabulary import get_label
from ..follow.roles import Speaker
from ..ids import make_package_id
from ..reading import show_package
from .dataset import make_metadata
from .sources import is_hidden, read_ancestors, read_deliverable
from .terms import find_publication, introduce

__all__ = [
    "date_draft",
    "discard_draft",
    "find_deliverable",
    "find_draft",
    "find_published",
    "is_reserved",
    "list_drafted",
    "list_publishers",
    "publish_draft",
    "start_draft",
    "store_file",
]

_NAME_LENGTH = 90
_DATASET = "dataset"


def list_publishers(context: Context, milestone: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """List the deliverables of a milestone that the user may publish.

    Args:
        context: of the user.
        milestone: as ``package_show`` gives it to that user.

    Returns:
        Names of the organisations on whose behalf, by the deliverable's key.
    """
    return Speaker(context).list_publishers(milestone)


def find_deliverable(milestone: dict[str, Any], key: str) -> parts.ExpectedDeliverable | None:
    """Find an expected deliverable of a milestone; None too for a row that cannot be read."""
    for row in milestone.get("expected_deliverables") or ():
        if row.get("key") == key:
            try:
                return from_record(parts.ExpectedDeliverable, row)
            except KeyError:
                return None
    return None


def _find(context: Context, milestone: str, state: str) -> Iterator[model.Package]:
    """Find the datasets of a milestone's deliverables that the user may edit, the latest first.

    Those that the portal makes of its own records are nobody's to publish.
    """
    package = model.Package
    query = (
        sa.select(package)
        .where(package.type == _DATASET, package.state == state)
        .where(package.extras["milestone"].astext == milestone)
        .order_by(package.metadata_modified.desc(), package.name)
    )
    for found in model.Session.scalars(query):
        is_own = found.id == make_package_id(found.name)
        if found.extras.get("deliverable") and not is_own and _may_edit(context, found.id):
            yield found


def _may_edit(context: Context, package_id: str) -> bool:
    try:
        tk.check_access("package_update", tk.fresh_context(context), {"id": package_id})
    except tk.NotAuthorized:
        return False
    return True


def list_drafted(context: Context, milestone: str) -> set[str]:
    """List the deliverables of a milestone of which a draft waits that the user may finish."""
    return {str(found.extras["deliverable"]) for found in _find(context, milestone, "draft")}


def find_draft(context: Context, milestone: str, key: str) -> dict[str, Any] | None:
    """Find the draft that the user may go on with; another's is as if it were not there."""
    return next(_show(context, milestone, key, "draft"), None)


def find_published(context: Context, milestone: str, key: str) -> list[dict[str, Any]]:
    """Find the datasets that a deliverable was published as and that the user may edit."""
    return list(_show(context, milestone, key, "active"))


def _show(context: Context, milestone: str, key: str, state: str) -> Iterator[dict[str, Any]]:
    for found in _find(context, milestone, state):
        if found.extras["deliverable"] == key:
            own = tk.fresh_context(context, use_cache=False)
            yield tk.get_action("package_show")(own, {"id": found.id})


def is_reserved(milestone: dict[str, Any]) -> bool:
    """Tell whether a milestone, or a record above it, is hidden: so must be what it delivers."""
    above = read_ancestors({"ignore_auth": True}, milestone).values()
    return any(is_hidden(package) for package in (milestone, *above))


def start_draft(
    context: Context, milestone: dict[str, Any], key: str, owner: str, resource: dict[str, Any]
) -> dict[str, Any]:
    """Make the draft of a dataset with its first file, or nothing.

    Args:
        context: of the user.
        milestone: as ``package_show`` gives it to that user.
        key: of the deliverable.
        owner: name of the institution that publishes it.
        resource: ``name``, ``url`` (of an upload the file's name), and ``upload`` if it is one.

    Returns:
        The dataset, with title, description, licence, frequency, contact and the like as
        milestone and institution have them.

    Raises:
        toolkit.ValidationError: the file or its address is refused.
    """
    data = _propose(milestone, key, owner)
    own = tk.fresh_context(context, allow_state_change=True)
    created = tk.get_action("package_create")(own, data)
    try:
        store_file(context, created, resource)
    except BaseException:
        model.Session.rollback()
        own = tk.fresh_context(context, ignore_auth=True)
        tk.get_action("dataset_purge")(own, {"id": created["id"]})
        raise
    return show_package(context, created["id"])


def _propose(milestone: dict[str, Any], key: str, owner: str) -> dict[str, Any]:
    everything: Context = {"ignore_auth": True}
    expected = find_deliverable(milestone, key)
    if expected is None:
        raise tk.ObjectNotFound(key)
    body = model.Group.get(owner)
    record = show_package(everything, milestone["id"])
    described, _ = read_deliverable(everything, record)
    publication = _find_terms(everything, record) or introduce(body)
    data = make_metadata(described, None, publication)
    email = body.extras.get("email")
    if email:
        data["contact"] = [{"name": body.title, "email": email}]
    commitment = read_ancestors(everything, record).get("commitment", {})
    language, areas = get_main_language(), commitment.get("policy_areas") or ()
    subjects = [get_label("ogp_policy_area", area, language).lower() for area in areas]
    sentence = tk._("“{deliverable}” is a deliverable of the milestone “{milestone}”.")
    return {
        **data,
        "name": _name(milestone["name"], key),
        "type": _DATASET,
        "title": expected.name,
        "notes": sentence.format(deliverable=expected.name, milestone=milestone["title"]),
        "owner_org": body.id,
        "deliverable": key,
        "deliverable_type": expected.deliverable_type or "",
        # those of the milestone's own dataset tell of its work plan
        "tags": [{"name": subject} for subject in subjects],
        "temporal_coverage": [],
        "private": True,
        "state": "draft",
    }


def _find_terms(context: Context, record: dict[str, Any]) -> Publication | None:
    """Find how the milestone's own dataset is published, else how its load says."""
    publication = find_publication(context, record)
    own = model.Package.get(make_package_id(name_dataset(record["name"])))
    if publication is None or own is None or own.state != model.State.ACTIVE:
        return publication
    dataset = show_package(context, own.id)
    edited = {f: dataset[f] for f in ("license_id", "frequency") if dataset.get(f)}
    return replace(publication, **edited)


def _name(milestone: str, key: str) -> str:
    """Make a name that no package has."""
    base = munge_title_to_name(f"{milestone}-{key}")[:_NAME_LENGTH].strip("-")
    name, number = base, 1
    while model.Package.get(name) is not None:
        number += 1
        name = f"{base}-{number}"
    return name


def store_file(context: Context, dataset: dict[str, Any], resource: dict[str, Any]) -> None:
    """Give a draft its file or address; another one takes the place of the first.

    Raises:
        toolkit.ValidationError: the file or its address is refused.
    """
    own = tk.fresh_context(context)
    # CKAN does not guess anew the format of a file that takes the place of another
    given = {"resource_type": "file", "format": _guess_format(resource["url"]), **resource}
    present = dataset.get("resources") or []
    if not present:
        tk.get_action("resource_create")(own, {**given, "package_id": dataset["id"]})
        return
    kept = {k: v for k, v in present[0].items() if k in ("id", "package_id", "description")}
    tk.get_action("resource_update")(own, {**kept, **given})


def _guess_format(address: str) -> str:
    """Tell the format of a file by how its name ends, if CKAN knows it."""
    ending = PurePosixPath(re.split("[?#]", address)[0]).suffix.lstrip(".").lower()
    known = tk.h.resource_formats().get(ending)
    return known[1] if known else ""


def date_draft(dataset: dict[str, Any]) -> dict[str, Any]:
    """Give a draft the date of publication that it would get today, and judge it by that."""
    today = datetime.now(timezone.utc).date().isoformat()
    return {**dataset, "issued": dataset.get("issued") or today}


def publish_draft(context: Context, dataset: dict[str, Any], *, is_private: bool) -> None:
    """Make a draft a dataset of the catalogue.

    Args:
        context: of the user.
        dataset: the draft.
        is_private: only the institution is to see it.

    Raises:
        toolkit.ValidationError: it lacks what the profile requires of a public dataset.
    """
    own = tk.fresh_context(context, allow_state_change=True)
    data = {"id": dataset["id"], "state": "active", "private": is_private}
    tk.get_action("package_patch")(own, data)


def discard_draft(context: Context, dataset: dict[str, Any]) -> None:
    """Take a draft away with its file: nobody else has seen it."""
    tk.check_access("package_delete", tk.fresh_context(context), {"id": dataset["id"]})
    own = tk.fresh_context(context, ignore_auth=True)
    tk.get_action("dataset_purge")(own, {"id": dataset["id"]})
