"""Packages of a batch straight from the database, in the shape that ``package_show`` gives them.

A few statements read what the profile's table needs of any number of packages: no search index, no
action and no validation, which take most of the time that ``package_show`` needs. Where a plugin of
the portal changes what that action gives, the action itself is asked.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import sqlalchemy as sa
from ckan import model
from ckan.lib.munge import munge_filename
from ckan.lib.navl.dictization_functions import convert
from ckan.lib.plugins import DefaultPermissionLabels, get_permission_labels
from ckan.plugins import PluginImplementations
from ckan.plugins import toolkit as tk
from ckan.plugins.interfaces import IPackageController, IResourceController
from ckanext.scheming.helpers import scheming_get_dataset_schema
from ckanext.scheming.validation import validators_from_string
from sqlalchemy import orm

from ckanext.gtplan.model.feed import IS_PUBLIC
from ckanext.gtplan.prm.builder import Link
from ckanext.gtplan.prm.package import is_misplaced, list_lists
from ckanext.gtplan.prm.profile import extensions
from ckanext.gtplan.prm.record import Site

__all__ = ["MISPLACED", "Reader", "is_plain", "list_open", "read_links", "read_organizations"]

log = logging.getLogger(__name__)

Package = dict[str, Any]
#: Where a package or a resource carries what stands in its fields and cannot be their value.
MISPLACED = "@misplaced"

#: The JSON among them a driver would read for nothing.
_COLUMNS = ", ".join(
    f"p.{column.name}"
    for column in model.Package.__table__.c
    if column.name not in ("extras", "plugin_data")
)
_PACKAGES = sa.text(
    f"SELECT {_COLUMNS}, p.extras::text AS said FROM package p"
    f" WHERE p.id = ANY(:ids) AND {IS_PUBLIC}"
)
_RESOURCES = sa.text(
    "SELECT * FROM resource WHERE package_id = ANY(:ids) AND state = 'active'"
    " ORDER BY package_id, position, id"
)
_TAGS = sa.text(
    "SELECT pt.package_id, t.name FROM package_tag pt JOIN tag t ON t.id = pt.tag_id"
    " WHERE pt.package_id = ANY(:ids) AND pt.state = 'active'"
)
_ORGANIZATIONS = sa.text(
    'SELECT id, name, title, extras::text AS said FROM "group"'
    " WHERE id = ANY(:ids) AND state = 'active' AND is_organization"
)
_LINKS = sa.text(
    "SELECT id, name, title, type FROM package WHERE name = ANY(:names) AND type = ANY(:kinds)"
    " AND state = 'active' AND private IS FALSE"
)
#: The columns that ``package_show`` gives as texts.
_MOMENTS = frozenset(
    ("metadata_created", "metadata_modified", "created", "last_modified", "cache_last_updated")
)
#: What scheming does to a stored field that is not said here is left to its own validators.
_LOAD = ("scheming_load_json",)
#: Whose changes to what ``package_show`` gives leave alone all that a feed says.
_HARMLESS = re.compile(r"(ckan|ckanext\.(dcat|gtplan|harvest|scheming|tracking|xloader))(\.|$)")
_MARKS = ("gtplan-package", "gtplan-resource", "gtplan-file")


class Way(NamedTuple):
    """How scheming shows what is stored of a field: as its JSON says, and changed by a function."""

    is_json: bool
    show: Callable[[Any], Any] | None = None

    def __call__(self, stored: Any) -> Any:
        """Show what is stored."""
        given = _load_or_keep(stored) if self.is_json else stored
        return self.show(given) if self.show else given


class Reader:
    """Reads packages; made anew for each batch, within the application.

    Args:
        connection: to CKAN's database.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        schema = scheming_get_dataset_schema("dataset") or {}
        columns = set(model.Package.__table__.c.keys())
        fields = schema.get("dataset_fields", ())
        self._fields = [(f["field_name"], _find_way(f, schema)) for f in fields]
        self._fields = [pair for pair in self._fields if pair[0] not in columns]
        self._resource_fields = [
            (field["field_name"], way)
            for field in schema.get("resource_fields", ())
            if (way := _find_way(field, schema))
            or field["field_name"] in list_lists("distribution")
        ]
        self._hooks = [
            plugin.before_resource_show
            for plugin in PluginImplementations(IResourceController)
            if _is_own(plugin, IResourceController, "before_resource_show")
        ]

    def read(self, package_ids: Sequence[str]) -> list[Package]:
        """Read those of some packages that are datasets everybody may see.

        Args:
            package_ids: of packages of any kind and state.

        Returns:
            The packages in the order of their ids.
        """
        ids = list(package_ids)
        found = {row["id"]: self._package(row) for row in self._select(_PACKAGES, ids)}
        for row in self._select(_RESOURCES, list(found)):
            found[row["package_id"]]["resources"].append(self._resource(row))
        for row in self._select(_TAGS, list(found)):
            found[row["package_id"]]["tags"].append({"name": row["name"]})
        for package in found.values():
            package["tags"].sort(key=lambda tag: tag["name"])
        return [found[one] for one in dict.fromkeys(ids) if one in found]

    def _select(self, statement: sa.TextClause, ids: list[str]) -> Iterator[dict[str, Any]]:
        result = self._connection.execute(statement, {"ids": ids})
        names = tuple(result.keys())
        moments = [name for name in names if name in _MOMENTS]
        for values in result:
            row = dict(zip(names, values, strict=True))
            for name in moments:
                if row[name] is not None:
                    row[name] = row[name].isoformat()
            yield row

    def _package(self, row: dict[str, Any]) -> Package:
        extras = _load(row["said"]) or {}
        package = {**row, "resources": [], "tags": []}
        del package["said"]
        package["title"] = (row["title"] or "").strip()
        if row["license_id"]:
            package["license_url"] = self._licenses.get(row["license_id"])
        for name, way in self._fields:
            if name in extras:
                self._show(package, "dataset", name, extras[name], way)
        return package

    def _resource(self, row: dict[str, Any]) -> dict[str, Any]:
        extras = _load(row.pop("extras")) if row["extras"] else {}
        resource = {**row, **extras} if isinstance(extras, dict) else row
        url = resource["url"] if isinstance(resource["url"], str) else ""
        if resource.get("url_type") == "upload":
            resource["url"] = self._name_upload(row["package_id"], row["id"], url)
        elif url and not _has_scheme(url):
            resource["url"] = f"http://{url.lstrip('/')}"
        for hook in self._hooks:
            try:
                hook(resource)
            except Exception:
                # another plugin's: what it would have changed stays as it is
                log.exception("resource %s: a plugin could not show it", row["id"])
        for name, way in self._resource_fields:
            if name in resource:
                self._show(resource, "distribution", name, resource.pop(name), way)
        return resource

    def _show(
        self, thing: dict[str, Any], kind: str, name: str, stored: Any, way: Way | None
    ) -> None:
        """Show a field as scheming does; what it cannot show is put aside (``MISPLACED``)."""
        given = _load_or_keep(stored) if way and way.is_json else stored
        if is_misplaced(kind, name, given if isinstance(given, list) else stored):
            thing.setdefault(MISPLACED, {})[name] = stored
        else:
            thing[name] = way.show(given) if way and way.show else given

    def _name_upload(self, package_id: str, resource_id: str, url: str) -> str:
        name = munge_filename(url.rsplit("/")[-1])
        address = self._download
        for mark, part in zip(_MARKS, (package_id, resource_id, name), strict=True):
            address = address.replace(mark, quote(part, safe="!$&'()*+,:;=@~"))
        return address

    @cached_property
    def _download(self) -> str:
        """Give the address of an uploaded file, the same in every language of the pages."""
        package, resource, name = _MARKS
        parts = {"id": package, "resource_id": resource, "filename": name}
        address = tk.h.url_for(
            "dataset_resource.download", **parts, qualified=True, locale="default"
        )
        return str(address)

    @cached_property
    def _licenses(self) -> Mapping[str, str | None]:
        return read_licenses()


def read_licenses() -> dict[str, str | None]:
    """List the addresses of the licences that CKAN knows, by id."""
    register = model.Package.get_license_register()
    return {license.id: license.url or None for license in register.values()}


def read_organizations(
    connection: sa.Connection, ids: Iterable[str]
) -> dict[str, Mapping[str, Any]]:
    """Read organizations that everybody may see.

    Args:
        connection: to CKAN's database.
        ids: theirs; those of others are passed over.

    Returns:
        By id, as ``organization_show`` gives them, with what else is known as extras.
    """
    rows = connection.execute(_ORGANIZATIONS, {"ids": sorted(set(ids))}).mappings()
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        extras = _load(row["said"]) or {}
        said = [{"key": key, "value": value} for key, value in extras.items()]
        shown = {key: row[key] for key in ("id", "name", "title")}
        found[row["id"]] = {**shown, "extras": said}
    return found


def read_links(
    connection: sa.Connection, packages: Iterable[Mapping[str, Any]], site: Site
) -> dict[str, Link]:
    """Find the plan records that datasets name and everybody may see.

    Args:
        connection: to CKAN's database.
        packages: the datasets.
        site: the portal.

    Returns:
        The records by name.
    """
    rows = [row for row in extensions("dataset") if row.type == "link"]
    given = [package.get(row.sources[0]) for package in packages for row in rows]
    names = sorted({name for name in given if isinstance(name, str)})
    if not names:
        return {}
    kinds = [row.vocabulary for row in rows]
    answer = connection.execute(_LINKS, {"names": names, "kinds": kinds}).mappings()
    found = {row["id"]: row for row in answer}
    visible = list_open(connection, found)
    return {
        row["name"]: Link(
            identifier=row["name"],
            title=row["title"] or row["name"],
            iri=site.iri(row["type"], row["id"]),
        )
        for id_, row in found.items()
        if id_ in visible
    }


def list_open(connection: sa.Connection, package_ids: Iterable[str]) -> set[str]:
    """Tell which of some public packages other plugins leave open to everybody.

    Args:
        connection: to CKAN's database.
        package_ids: of active packages that are not private.

    Returns:
        All of them, unless a plugin of the portal has permission labels of its own.
    """
    labels = get_permission_labels()
    if type(labels) is DefaultPermissionLabels:
        return set(package_ids)
    visitor = set(labels.get_user_dataset_labels(None))
    query = sa.select(model.Package).where(model.Package.id.in_(list(package_ids)))
    with orm.Session(connection) as session:
        packages = session.scalars(query)
        return {p.id for p in packages if visitor & set(labels.get_dataset_labels(p))}


def is_plain() -> bool:
    """Tell whether no plugin of the portal changes what ``package_show`` gives of a dataset."""
    return not any(
        _is_own(plugin, IPackageController, "after_dataset_show")
        and not _HARMLESS.match(type(plugin).__module__)
        for plugin in PluginImplementations(IPackageController)
    )


def _is_own(plugin: Any, interface: type[Any], name: str) -> bool:
    """Tell whether a plugin has a hook of its own, not the interface's that does nothing."""
    own = getattr(type(plugin), name, None)
    return own is not None and own is not getattr(interface, name)


def _has_scheme(url: str) -> bool:
    try:
        return url.startswith(("http://", "https://")) or bool(urlsplit(url).scheme)
    except ValueError:
        return True  # it is no address: it stays as it is, and is reported


def _load(text: str | None) -> Any:
    """Read a stored JSON; a broken one says nothing."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def _load_or_keep(value: Any) -> Any:
    """Read the JSON of a field as scheming does: what is none stays the text that it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _find_way(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Way | None:
    """Find how scheming shows what is stored of a field; None: as it is."""
    if "repeating_subfields" in field:
        parts = {sub["field_name"]: _find_way(sub, schema) for sub in field["repeating_subfields"]}
        return Way(is_json=True, show=lambda value: _show_rows(value, parts))
    given = str(field.get("output_validators") or "")
    if not given:
        return None
    if tuple(given.split()) == _LOAD:
        return Way(is_json=True)
    validators = validators_from_string(given, field, schema)
    return Way(False, lambda value: _convert(field["field_name"], value, validators))


def _show_rows(value: Any, parts: Mapping[str, Way | None]) -> Any:
    if not isinstance(value, list):
        return value
    return [
        {k: way(v) if (way := parts[k]) else v for k, v in row.items() if k in parts}
        if isinstance(row, dict)
        else row
        for row in value
    ]


def _convert(name: str, value: Any, validators: Sequence[Any]) -> Any:
    data: dict[Any, Any] = {(name,): value}
    errors: dict[Any, list[Any]] = {(name,): []}
    for validator in validators:
        try:
            convert(validator, (name,), data, errors, {})
        except tk.StopOnError:
            break
        except Exception:
            log.exception("field %s: a validator of the portal's own failed", name)
            break
    return data.get((name,))
