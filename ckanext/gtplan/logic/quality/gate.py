"""What a dataset needs before the public sees it: all that the profile requires (Si).

A dataset that lacks a required field can be a draft or private. It cannot become public, and a
public one cannot lose a required field. One that was public before stays editable: only what
an edit takes away is refused (``ckanext.gtplan.conformance.strictness``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context
from ckanext.datastore.helpers import datastore_rw_resource_url_types
from werkzeug.datastructures import FileStorage

from ...config import get_base_uri, get_option
from ...prm.conformance import Conformance, Gap
from ...prm.profile import extensions
from ...prm.values import is_blank
from ...rdf.portal import Directory
from ..reading import show_package
from .conformance import assess_package, explain_gap, name_field, title_gap

#: The type of the datasets that the profile describes.
DATASET = "dataset"
#: What a save that doesn't say it leaves as it is.
_KEPT = ("id", "name", "owner_org", "resources")
_KEPT_OF_RESOURCE = ("name", "created")


class Refusal(tk.ValidationError):  # type: ignore[misc]
    """A save that would show the public an incomplete dataset; nothing of it was written.

    Args:
        name: the dataset's.
        errors: sentences by the name of the form field, as CKAN's own errors.
        summary: a sentence for each title.
        resource_ids: ids of the resources that the dataset would have, in order.
    """

    def __init__(
        self,
        name: str,
        errors: dict[str, Any],
        summary: dict[str, str],
        resource_ids: Sequence[str] = (),
    ) -> None:
        super().__init__(errors, summary)
        self._name = name
        self._resource_ids = resource_ids

    def __str__(self) -> str:
        return "\n".join(f"{self._name}: {sentence}" for sentence in self.sentences)

    @property
    def sentences(self) -> list[str]:
        """List what is missing, each with the name of its field."""
        return [f"{title}: {sentence}" for title, sentence in self.error_summary.items()]

    def narrow(self, resource_id: str | None) -> Refusal:
        """Make the refusal for the form of one resource: its own fields, and what else is missing.

        Args:
            resource_id: the resource; None for the one that is added.
        """
        errors = dict(self.error_dict)
        rows = errors.get("resources")
        if rows and isinstance(rows[0], dict):
            known = resource_id in self._resource_ids
            place = self._resource_ids.index(resource_id) if known else len(rows) - 1
            errors["resources"] = [{} if n == place else row for n, row in enumerate(rows)]
            if not any(errors["resources"]):
                del errors["resources"]
            errors |= rows[place]
        return Refusal(self._name, errors, self.error_summary, self._resource_ids)


def _refuse(gaps: Sequence[Gap], package: Mapping[str, Any]) -> Refusal:
    resources = package["resources"]
    return Refusal(
        str(package.get("name")),
        _make_errors(gaps, len(resources)),
        {title_gap(gap): explain_gap(gap) for gap in gaps},
        [resource["id"] for resource in resources],
    )


def _make_errors(gaps: Iterable[Gap], resources: int) -> dict[str, Any]:
    """Put each sentence where CKAN's forms and its API look for it."""
    errors: dict[str, Any] = {}
    for gap in gaps:
        place = errors
        if gap.position is not None:
            place = errors.setdefault("resources", [{} for _ in range(resources)])[gap.position]
        head, _, part = name_field(gap).partition(".")
        if part:
            (place,) = place.setdefault(head, [{}])
        place.setdefault(part or head, []).append(explain_gap(gap))
    return errors


def check_create(context: Context, data: dict[str, Any]) -> None:
    """Check a dataset that is to be created, and date it when it becomes public.

    Args:
        context: of the action.
        data: what was sent, changed in place.

    Raises:
        Refusal: it would be public and incomplete.
    """
    if (data.get("type") or DATASET) == DATASET and _becomes_public(context, data, None):
        tk.check_access("package_create", context, data)
        _check(data, {}, was_public=False)


def check_update(context: Context, data: dict[str, Any]) -> dict[str, Any] | None:
    """Check a change of a dataset, and date it when it becomes public.

    Args:
        context: of the action.
        data: what was sent, changed in place.

    Returns:
        The dataset as it was, if it was read: CKAN needs it too.

    Raises:
        Refusal: it would become public while incomplete, or lose what it has.
    """
    package = _find_package(data.get("id") or data.get("name"))
    if package is None or package.type != DATASET:
        return None
    # of two edits at once, the second must see what the first has made of the dataset
    model.Session.refresh(package, with_for_update=True)
    context["package"] = package
    if not _becomes_public(context, data, package):
        return None
    tk.check_access("package_update", context, {**data, "id": package.id})
    before = context.get("original_package") or {}
    if before.get("id") != package.id:
        before = show_package(context, package.id)
    _check(data, before, was_public=_is_public(package))
    return before


def _find_package(name_or_id: Any) -> model.Package | None:
    return model.Package.get(name_or_id) if isinstance(name_or_id, str) else None


def _is_public(package: model.Package) -> bool:
    return not package.private and package.state == model.State.ACTIVE


def _becomes_public(
    context: Context, data: Mapping[str, Any], package: model.Package | None
) -> bool:
    """Tell whether the public will see the dataset, by the rules by which CKAN takes the fields."""
    private = bool(package and package.private)
    if data.get("private") is not None:
        private = tk.get_validator("boolean_validator")(data["private"], context)
    state = package.state if package else model.State.ACTIVE
    if data.get("state") is not None:
        # CKAN ignores the state that a user must not set
        given = {("state",): data["state"]}
        tk.get_validator("ignore_not_package_admin")(("state",), given, {}, context)
        state = given.get(("state",), state)
    return not private and state == model.State.ACTIVE


def _check(data: dict[str, Any], before: Mapping[str, Any], *, was_public: bool) -> None:
    _date(data, before, was_public=was_public)
    after = _merge(data, before)
    lacking = find_lacking(after, _merge(before, before) if was_public else None)
    if lacking:
        model.Session.rollback()
        raise _refuse(lacking, after)


def _date(data: dict[str, Any], before: Mapping[str, Any], *, was_public: bool) -> None:
    """Keep the date of first publication; the portal gives it to what becomes public now."""
    if is_blank(data.get("issued")):
        today = datetime.now(timezone.utc).date().isoformat()
        issued = before.get("issued") or (None if was_public else today)
        if issued:
            data["issued"] = issued


def find_lacking(after: Mapping[str, Any], before: Mapping[str, Any] | None) -> tuple[Gap, ...]:
    """Find what keeps a dataset from being public.

    Args:
        after: the dataset as it would be.
        before: as the public sees it now, None when it does not.

    Returns:
        The gaps for which the portal's strictness refuses it.
    """
    strictness = get_option("conformance.strictness")
    directory = Directory()
    lacking = () if strictness == "report" else _list_missing(after, directory)
    if not lacking or before is None or strictness == "complete":
        return lacking
    known = {_key(gap) for gap in _list_missing(before, directory)}
    return tuple(gap for gap in lacking if _key(gap) not in known)


def _list_missing(package: Mapping[str, Any], directory: Directory) -> tuple[Gap, ...]:
    """List what is required and missing; the feeds' title for want of one, the name, is none."""
    return assess_package({**package, "name": None}, directory).missing("Si")


def _key(gap: Gap) -> tuple[str, str, str | None]:
    return gap.kind, gap.key, gap.resource


def _merge(data: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Make the dataset as CKAN will store it, as far as the required fields go."""
    package = dict(data)
    for key in _KEPT:
        if package.get(key) is None:
            package[key] = before.get(key)
    package["id"] = package["id"] or "new"
    given = package["resources"] if isinstance(package["resources"], list) else []
    known = {r["id"]: r for r in before.get("resources", ())}
    package["resources"] = [
        _complete(resource, number, known)
        for number, resource in enumerate(given)
        if isinstance(resource, Mapping)
    ]
    # the publisher is looked up anew, and links to plan records are no required fields
    package.pop("organization", None)
    for row in extensions("dataset"):
        if row.type == "link":
            package.pop(row.sources[0], None)
    return package


def _complete(
    resource: Mapping[str, Any], number: int, known: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Add what CKAN itself gives a resource: id, date, and the address of its file."""
    given = resource.get("id")
    before = known.get(given, {}) if isinstance(given, str) else {}
    complete = dict(resource)
    for key in _KEPT_OF_RESOURCE:
        if complete.get(key) is None:
            complete[key] = before.get(key)
    complete["id"] = given if isinstance(given, str) and given else f"new-{number}"
    complete["created"] = complete["created"] or datetime.now(timezone.utc).isoformat()
    complete["url"] = _get_address(resource)
    return complete


def _get_address(resource: Mapping[str, Any]) -> Any:
    """Give the address of a resource, or one where CKAN will give it one: a file, a table."""
    upload, url, kind = (resource.get(key) for key in ("upload", "url", "url_type"))
    is_own = kind in ("upload", *datastore_rw_resource_url_types())
    is_kept = is_own and not is_blank(url) and not resource.get("clear_upload")
    if (isinstance(upload, FileStorage) and upload) or is_kept:
        return f"{get_base_uri()}/download"
    return url


def make_private_if_incomplete(data: dict[str, Any]) -> Conformance:
    """Make a dataset private that comes from elsewhere and could not be public.

    Args:
        data: the whole dataset before it is written, with ``owner_org``; ``private`` is set in
            place. With the ``id`` of a public dataset, what it lacked before is no reason.

    Returns:
        What is filled and what is missing, for the report of who writes it.
    """
    package = _find_package(data.get("id"))
    before = show_package({"ignore_auth": True}, package.id) if package else {}
    after = _merge(data, before)
    is_public = package is not None and _is_public(package)
    if find_lacking(after, _merge(before, before) if is_public else None):
        data["private"] = True
    return assess_package(after)
