"""Make of a CKAN package a neutral record: the profile's keys, each with what can be said.

Nothing here raises for what a package holds: a value that no feed can say is
left out and listed as a problem of the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from . import values as v
from .builder import Builder, Link, Part, Problem, Record, Several, digest, fragment
from .profile import Row, heads, version
from .vocabulary import vocabulary

__all__ = [
    "PART_OF",
    "Link",
    "Problem",
    "Record",
    "Site",
    "catalog_record",
    "dataset_record",
    "digest",
    "fragment",
    "minimal_record",
]

# The CKAN field of links to plan records that are not this portal's.
PART_OF = "part_of"

_NAIVE_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?$")
# CKAN writes these itself, in UTC and without saying so.
_SYSTEM_STAMPS = ("metadata_created", "metadata_modified", "created", "last_modified")


@dataclass(frozen=True, kw_only=True)
class Site:
    """What identifiers are made of and what a dataset inherits.

    Args:
        base: public address of the portal, without a slash at its end.
        license: licence of the catalogue, for datasets that name none.
    """

    base: str
    license: str | None = None

    def iri(self, *parts: str) -> str:
        """Make an identifier below the public address.

        Args:
            parts: kind and ids, in order; each is percent-encoded.

        Returns:
            The identifier.
        """
        return "/".join([self.base.rstrip("/"), *(quote(part, safe="") for part in parts)])


def dataset_record(
    package: Mapping[str, Any],
    site: Site,
    *,
    organization: Mapping[str, Any] | None = None,
    links: Mapping[str, Link] | None = None,
    iri: str | None = None,
) -> Record:
    """Make the record of a dataset with its distributions and their fields.

    Args:
        package: the dataset as CKAN's ``package_show`` gives it.
        site: the portal.
        organization: its organization with extras, for the publisher.
        links: the public plan records by name, for milestone, commitment and plan.
        iri: the dataset's identifier, when the caller has made it.

    Returns:
        The record, with its problems.
    """
    builder = Builder(links)
    local = _local_id(package)
    elsewhere = _own_iri(package)
    iri = iri or elsewhere or site.iri("dataset", local)
    scope = _open_scope("dataset", package)
    # what was added here to a harvested dataset is named here
    scope["@here"] = site.iri("dataset", local) if elsewhere else iri
    for part in ("publisher", "contact", "temporal_coverage"):
        scope[part] = _take_first(builder, iri, part, package.get(part))
    owner = organization or package.get("organization")
    scope["publisher"] = _publisher(scope["publisher"], owner, site)
    scope["tags"] = _tag_names(package.get("tags"))
    scope["license_id"] = _license(package)
    scope["@license"] = site.license
    scope["@page"] = site.iri("dataset", _local_id({"id": package.get("name")}, local))
    return builder.build("dataset", iri, _Scope(iri, scope), frozenset(scope))


def minimal_record(package: Mapping[str, Any], site: Site) -> Record:
    """Make the record of a dataset that can't be said at all: a harvester must still see it.

    Args:
        package: the dataset.
        site: the portal.

    Returns:
        Identifier, title and date of change.
    """
    known = ("id", "uri", "name", "title", "modified", "metadata_modified", "identifier")
    return dataset_record({key: package.get(key) for key in known}, site).reduced()


def catalog_record(
    settings: Mapping[str, Any],
    site: Site,
    datasets: Iterable[Record] = (),
    *,
    newest: str | None = None,
    newest_data: str | None = None,
    iri: str | None = None,
) -> Record:
    """Make the record of the catalogue.

    Args:
        settings: the catalogue's fields by the names in the table's ``ckan`` column.
        site: the portal.
        datasets: the records of its datasets.
        newest: when any dataset last changed.
        newest_data: when the data of any dataset last changed.
        iri: the catalogue's identifier, when the caller has made it.

    Returns:
        The record, with its own problems and not its datasets'.
    """
    themes = [
        {"code": term.code, "label": term.label, "definition": term.definition}
        for term in vocabulary("theme").terms
    ]
    scope = {
        **settings,
        "@datasets": list(datasets),
        "@themes": themes,
        "@version": version(),
        "@newest": newest,
        "@newest_data": newest_data,
    }
    iri = iri or site.iri("catalog")
    return Builder().build("catalog", iri, _Scope(iri, scope))


class _Scope:
    """Looks rows up in a package, a resource, a row of a table or the catalogue's settings."""

    def __init__(self, iri: str, scope: Mapping[str, Any]) -> None:
        self._iri = iri
        self._scope = scope

    def __call__(self, row: Row, found: Mapping[str, Any]) -> list[Any]:
        """Give what each source of the row holds; texts in several languages go first."""
        scope, given = self._scope, []
        for head, part, translated in row.places:
            raw = scope.get(head)
            if part:
                raw = raw.get(part) if isinstance(raw, Mapping) else None
            if row.type == "text":
                if translated in scope:
                    given.append(_texts(row, scope[translated]))
            elif row.type == "records":
                raw = list(self._parts(row, raw, found))
            elif head == PART_OF:
                raw = _links_elsewhere(row, raw)
            given.append(raw)
        return given

    def _parts(self, row: Row, raw: Any, found: Mapping[str, Any]) -> Iterator[Any]:
        for number, item in enumerate([] if v.is_blank(raw) else v.read_list(raw), 1):
            if not isinstance(item, Mapping):
                yield item
            elif not v.is_blank(item):
                iri, scope = _child(row, item, number, self._iri, self._scope)
                scope["@dataset"] = found.get("identifier")
                scope["@license"] = found.get("license")
                yield Part(iri=iri, lookup=_Scope(iri, scope), names=frozenset(scope))


def _texts(row: Row, raw: Any) -> Any:
    """Read ckanext-fluent's texts by language; those of several values are lists by language."""
    if not isinstance(raw, Mapping) or not row.many:
        return raw if isinstance(raw, Mapping) else None
    return [
        {language: text}
        for language, texts in raw.items()
        if isinstance(texts, list)
        for text in texts
    ]


def _links_elsewhere(row: Row, raw: Any) -> Several:
    """Find the links of a kind among those to plan records of another portal."""
    given = [] if v.is_blank(raw) else v.read_list(raw)
    return Several(
        item for item in given if isinstance(item, Mapping) and item.get("kind") == row.vocabulary
    )


def _child(
    row: Row, item: Mapping[str, Any], number: int, iri: str, scope: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Tell identifier and context of a record within another."""
    child = _open_scope(row.vocabulary or "", item)
    if row.vocabulary == "distribution":
        local = quote(_local_id(item, str(number)), safe="")
        child["@page"] = f"{scope['@page']}/resource/{local}"
        return _own_iri(item) or f"{scope['@here']}/resource/{local}", child
    if row.vocabulary == "theme":
        return fragment(iri, f"theme-{item['code']}"), child
    return fragment(iri, f"{row.vocabulary}-{number}"), child


def _take_first(builder: Builder, iri: str, name: str, raw: Any) -> Any:
    """Take the one row of a repeating field of which the profile knows only one."""
    if v.is_blank(raw):
        return {}
    rows_given = [row for row in v.read_list(raw) if not v.is_blank(row)]
    for extra in rows_given[1:]:
        builder.report(iri, name, extra, "only_one")
    given = rows_given[0] if rows_given else {}
    if not isinstance(given, (Mapping, str) if name == "temporal_coverage" else Mapping):
        builder.report(iri, name, given, "not_record")
        return {}
    return given


def _own_iri(thing: Mapping[str, Any]) -> str | None:
    """Give the identifier that a harvested thing has where it comes from."""
    try:
        return v.read_iri(thing["uri"]) if thing.get("uri") else None
    except v.Unsayable:
        return None


def _local_id(thing: Mapping[str, Any], otherwise: str | None = None) -> str:
    value = thing.get("id")
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value
    return otherwise or digest(repr(thing))


def _open_scope(kind: str, thing: Mapping[str, Any]) -> dict[str, Any]:
    """Take the fields of a thing that say something, with the zone of CKAN's own stamps."""
    known = heads(kind)
    scope = {
        key: value
        for key, value in thing.items()
        if key in known and value is not None and value != ""
    }
    for key in _SYSTEM_STAMPS:
        value = scope.get(key)
        if isinstance(value, str) and _NAIVE_MOMENT.match(value):
            scope[key] = f"{value}+00:00"
    return scope


def _publisher(given: Mapping[str, Any], owner: Any, site: Site) -> Mapping[str, Any]:
    """Take the publisher that the dataset names, else its organization, as a whole.

    The organization's e-mail and address are not those of another publisher.
    """
    if not isinstance(owner, Mapping) or not owner:
        return given
    own = {
        "name": owner.get("title") or owner.get("name"),
        "email": _extra(owner, "email"),
        "type": _publisher_type(owner),
        "uri": site.iri("organization", _local_id(owner)),
    }
    named = {key: value for key, value in given.items() if not v.is_blank(value)}
    if any(named.get(key, own[key]) != own[key] for key in ("name", "uri")):
        return named
    return {**own, **named}


def _publisher_type(owner: Mapping[str, Any]) -> Any:
    """Give the organization's publisher type, else that of its institution type, if it has one.

    Not every kind of institution is of an ADMS type (an autonomous body is of none).
    """
    kind = _extra(owner, "institution_type")
    known = isinstance(kind, str) and vocabulary("publisher_type").find(kind)
    return _extra(owner, "publisher_type") or (kind if known else None)


def _extra(thing: Mapping[str, Any], key: str) -> Any:
    if not v.is_blank(thing.get(key)):
        return thing[key]
    extras = thing.get("extras")
    for extra in extras if isinstance(extras, list) else []:
        if isinstance(extra, Mapping) and extra.get("key") == key:
            return extra.get("value")
    return None


def _tag_names(tags: Any) -> list[Any]:
    given = tags if isinstance(tags, list) else []
    return [tag.get("name") if isinstance(tag, Mapping) else tag for tag in given]


def _license(package: Mapping[str, Any]) -> Any:
    """Prefer a licence that the code list knows, then the address that CKAN knows for it."""
    given, address = package.get("license_id"), package.get("license_url")
    codes = vocabulary("license")
    if v.is_blank(given) or given in codes.absent:
        return None
    known = isinstance(given, str) and codes.find(given)
    return given if known or v.is_blank(address) else address
