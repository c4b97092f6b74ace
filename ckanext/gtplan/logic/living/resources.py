"""The resources that stand for living tables: made by the portal, and kept as it made them.

A record of a living type has, for each of its tables, a resource of that name. It is made with
the record and stays through every change of it: whoever writes the record need not send it, and
cannot rename or remove it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...plan.living import LIVING_TABLES, LIVING_TYPES, LivingTable, list_living_tables
from ..ids import make_resource_id
from ..reading import show_package

#: CKAN's word for a resource whose rows are edited in the portal.
URL_TYPE = "tabledesigner"
#: What nobody may say otherwise of such a resource.
_PINNED = ("id", "name", "url", "url_type", "format", "datastore_active")


class Living(NamedTuple):
    """A living table of a record."""

    package: model.Package
    table: LivingTable
    resource_id: str


def find_living(resource_id: Any) -> Living | None:
    """Find the living table that a resource stands for.

    Returns:
        None where the resource is none, or stands for something else.
    """
    resource = model.Resource.get(resource_id) if isinstance(resource_id, str) else None
    if resource is None or resource.url_type != URL_TYPE:
        return None
    table = LIVING_TABLES.get(resource.name or "")
    if table is None or table.record_type != resource.package.type:
        return None
    return Living(resource.package, table, resource.id)


def list_living(package: model.Package) -> list[Living]:
    """List the living tables that a record has resources for."""
    found = (find_living(resource.id) for resource in package.resources_all)
    return [living for living in found if living]


def find_resource_id(package_id: str, table_name: str) -> str | None:
    """Find the resource of a record's living table, None where it has none."""
    resource = (
        model.Session.query(model.Resource)
        .filter_by(package_id=package_id, name=table_name, url_type=URL_TYPE)
        .filter(model.Resource.state != model.State.DELETED)
        .first()
    )
    return str(resource.id) if resource and find_living(resource.id) else None


def add_resources(data: dict[str, Any]) -> None:
    """Give a record that is to be created the resources of its tables.

    Args:
        data: what was sent, changed in place.

    Raises:
        toolkit.ValidationError: it brings a table of its own.
    """
    if data.get("type") in LIVING_TYPES:
        sent = _list_sent(data)
        _refuse_others(sent, set())
        data["resources"] = [*_make_missing(data, ()), *sent]


def keep_resources(context: Context, data: dict[str, Any]) -> str | None:
    """Keep the resources of a record's tables in what the record is to be.

    Args:
        context: of the action.
        data: what was sent, changed in place.

    Returns:
        The id of the record; None for one without living tables.

    Raises:
        toolkit.ValidationError: a table would be renamed, or one added; or a register would be
            of another kind.
    """
    name = data.get("id") or data.get("name")
    package = model.Package.get(name) if isinstance(name, str) else None
    if package is None or package.type not in LIVING_TYPES:
        return None
    tk.check_access("package_update", context, data)
    _check_kind(package, data)
    shown = show_package(context, package.id)
    stored = {resource["id"]: resource for resource in shown["resources"]}
    kept = {living.resource_id: stored[living.resource_id] for living in list_living(package)}
    sent = _list_sent(data)
    _refuse_others(sent, kept)
    _refuse_names(sent, kept)
    known = {resource.get("id") for resource in sent}
    data["resources"] = [
        *_make_missing(describe_record(package), [resource["name"] for resource in kept.values()]),
        *(resource for key, resource in kept.items() if key not in known),
        *(_pin(resource, kept.get(resource.get("id"))) for resource in sent),
    ]
    _keep_held(package, data)
    return str(package.id)


def refuse_deletion(context: Context, data: dict[str, Any]) -> None:
    """Refuse to have the resource of a table deleted.

    Raises:
        toolkit.ValidationError: it would be.
    """
    if find_living(data.get("id")) is not None:
        tk.check_access("resource_delete", context, data)
        sentence = tk._("This table belongs to its record, and goes only with it")
        raise tk.ValidationError({"id": [sentence]})


def _keep_held(package: model.Package, data: dict[str, Any]) -> None:
    """Keep the rows that a record has held itself since before there were living tables."""
    extras = data.get("extras")
    sent = [extra for extra in extras if isinstance(extra, dict)] if extras else []
    keys = {extra.get("key") for extra in sent}
    held = [
        {"key": table.name, "value": package.extras[table.name]}
        for table in list_living_tables(describe_record(package))
        if table.name in package.extras and table.name not in keys
    ]
    if held:
        data["extras"] = [*sent, *held]


def describe_record(package: model.Package) -> dict[str, Any]:
    """Describe a record as far as its tables depend on it, and those who write them."""
    fields = {name: getattr(package, name) for name in ("id", "name", "type", "owner_org")}
    return {**package.extras, **fields}


def _list_sent(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the resources that were sent: what says nothing is none."""
    sent = data.get("resources")
    return [r for r in sent if r and isinstance(r, dict)] if isinstance(sent, list) else []


def _make_missing(record: Mapping[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
    tables = [table for table in list_living_tables(record) if table.name not in names]
    return [make_resource(str(record.get("name")), table) for table in tables]


def make_resource(record_name: str, table: LivingTable) -> dict[str, Any]:
    """Make the resource of a table; its id is made of the names, where that one is free."""
    resource = {
        "name": table.name,
        "url": "",
        "url_type": URL_TYPE,
        "format": "",
        # said here, so that making the table need not change the record once more
        "datastore_active": True,
    }
    resource_id = make_resource_id(record_name, table.name)
    # of a record that was renamed, or only marked as deleted
    return resource if model.Resource.get(resource_id) else {"id": resource_id, **resource}


def _pin(sent: dict[str, Any], kept: Mapping[str, Any] | None) -> dict[str, Any]:
    if not kept:
        return sent
    rest = {name: value for name, value in sent.items() if name not in ("upload", "clear_upload")}
    return {**rest, **{name: kept[name] for name in _PINNED if name in kept}}


def _check_kind(package: model.Package, data: Mapping[str, Any]) -> None:
    kind = package.extras.get("register_kind")
    if kind and data.get("register_kind", kind) != kind:
        sentence = tk._("The kind of a register stays as it was made: its tables depend on it")
        raise tk.ValidationError({"register_kind": [sentence]})


def _refuse_others(sent: list[dict[str, Any]], kept: Any) -> None:
    """Refuse a table beside the portal's own: its rows would pass unchecked."""
    sentence = tk._("The tables of this record are made by the portal: no other can be added")
    _refuse(
        sent,
        lambda r: {"url_type": [sentence]}
        if r.get("url_type") == URL_TYPE and r.get("id") not in kept
        else {},
    )


def _refuse_names(sent: list[dict[str, Any]], kept: Mapping[str, Mapping[str, Any]]) -> None:
    def find(resource: dict[str, Any]) -> dict[str, list[str]]:
        own = kept.get(resource.get("id", ""), {})
        name = own.get("name")
        if own and resource.get("name", name) != name:
            sentence = tk._("This table is called “{name}”, and keeps its name")
            return {"name": [sentence.format(name=name)]}
        if own and resource.get("upload"):
            sentence = tk._("A file for this table is uploaded on the page of the table")
            return {"upload": [sentence]}
        return {}

    _refuse(sent, find)


def _refuse(sent: list[dict[str, Any]], find: Any) -> None:
    errors = [find(resource) for resource in sent]
    if any(errors):
        raise tk.ValidationError({"resources": errors})
