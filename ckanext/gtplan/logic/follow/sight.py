"""Whose sight it is: which records a reader may see, as a condition of the database.

CKAN's search goes by permission labels (``DefaultPermissionLabels``), and so does this, without the
search: what was hidden a moment ago is hidden here at once. Where a plugin of the portal has labels
of its own, only the search knows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import authz, model
from ckan.lib.plugins import DefaultPermissionLabels, get_permission_labels
from ckan.plugins import toolkit as tk
from ckan.types import Context
from flask import has_request_context

_IS_ACTIVE = model.Package.state == model.State.ACTIVE
#: What everybody may see.
IS_PUBLIC = (_IS_ACTIVE, model.Package.private.is_(False))


@dataclass(frozen=True)
class Sight:
    """What a reader may see.

    Attributes:
        key: the same for all who see the same.
        condition: holds of the packages that they may see.
    """

    key: tuple[str, ...]
    condition: Any


def has_own_labels() -> bool:
    """Tell whether a plugin of the portal says otherwise than CKAN who may see what."""
    return type(get_permission_labels()) is not DefaultPermissionLabels


def is_visitor(context: Context) -> bool:
    """Tell whether a reader sees what everybody sees: nobody in person, by CKAN's own rule."""
    is_nobody = not context.get("ignore_auth") and not _name_user(context)
    return is_nobody and not has_own_labels()


def find_sight(context: Context) -> Sight | None:
    """Find what a reader may see in lists; None where only the search knows."""
    if has_own_labels():
        return None
    user = _name_user(context)
    if context.get("ignore_auth") or authz.is_sysadmin(user):
        return Sight(("everything",), _IS_ACTIVE)
    if not user:
        return Sight(("public",), sa.and_(*IS_PUBLIC))
    labels = get_permission_labels().get_user_dataset_labels(model.User.get(user))
    return Sight(tuple(sorted(labels)), sa.and_(_IS_ACTIVE, _make_condition(labels)))


def _name_user(context: Context) -> str:
    if "user" in context:
        return str(context["user"] or "")
    return str(getattr(tk.g, "user", "") or "") if has_request_context() else ""


def _make_condition(labels: Iterable[str]) -> Any:
    """Say of the active packages which of them have one of some labels, as CKAN gives them out."""
    ids: dict[str, list[str]] = {"member": [], "creator": [], "collaborator": []}
    for label in labels:
        kind, _, about = label.partition("-")
        ids.setdefault(kind, []).append(about)
    package = model.Package
    is_owned = sa.func.coalesce(package.owner_org, "") != ""
    return sa.or_(
        package.private.is_(False),
        sa.and_(is_owned, package.owner_org.in_(ids["member"])),
        sa.and_(~is_owned, package.creator_user_id.in_(ids["creator"])),
        package.id.in_(ids["collaborator"]),
    )
