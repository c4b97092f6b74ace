"""Make of a CKAN package a neutral record: the profile's keys, each with what can be said.

Nothing here raises for what a package holds: a value that no feed can say is
left out and listed as a problem of the record.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from . import values as v
from .profile import Row, rows, version
from .vocabulary import vocabulary

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


@dataclass(frozen=True, kw_only=True)
class Link:
    """A plan record that a deliverable names: its CKAN name, title and IRI."""

    identifier: str
    title: str
    iri: str


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A value that was left out, or shortened, because no feed can say it."""

    iri: str
    field: str
    value: str
    why: str

    def __str__(self) -> str:
        return f"{self.iri}: {self.field}: {self.value}: {v.REASONS[self.why]}"


@dataclass(frozen=True, kw_only=True)
class Record:
    """A catalogue, dataset, distribution, field or theme by the profile's keys."""

    kind: str
    iri: str
    values: Mapping[str, Any]
    problems: Sequence[Problem] = field(default=(), compare=False)

    def reduced(self) -> Record:
        """Keep identifier, title and date of change: what a harvester needs to keep a dataset."""
        kept = ("identifier", "title", "modified")
        return replace(self, values={k: self.values[k] for k in kept if k in self.values})


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
    builder = _Builder(links or {})
    local = _local_id(package)
    iri = iri or site.iri("dataset", local)
    scope = _with_utc(package)
    for part in ("publisher", "contact", "temporal_coverage"):
        scope[part] = builder.first(iri, part, package.get(part))
    owner = organization or package.get("organization")
    scope["publisher"] = _publisher(scope["publisher"], owner, site)
    scope["tags"] = _tag_names(package.get("tags"))
    scope["license_id"] = _license(package)
    scope["@license"] = site.license
    scope["@page"] = site.iri("dataset", _local_id({"id": package.get("name")}, local))
    return builder.build("dataset", iri, scope)


def minimal_record(package: Mapping[str, Any], site: Site) -> Record:
    """Make the record of a dataset that can't be said at all: a harvester must still see it.

    Args:
        package: the dataset.
        site: the portal.

    Returns:
        Identifier, title and date of change.
    """
    known = ("id", "name", "title", "modified", "metadata_modified", "identifier")
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
    return _Builder({}).build("catalog", iri or site.iri("catalog"), scope)


def digest(text: str) -> str:
    """Shorten a text to a stable mark for identifiers."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def fragment(iri: str, name: str) -> str:
    """Make the identifier of a part of a thing."""
    return f"{iri}-{name}" if "#" in iri else f"{iri}#{name}"


class _Builder:
    """Reads the rows of a class one after the other and collects what can't be said."""

    def __init__(self, links: Mapping[str, Link]) -> None:
        self._links = links
        self._problems: list[Problem] = []
        self._readers: Mapping[str, Callable[[Any, Row], Any]] = {
            "text": lambda raw, row: v.read_text(raw),
            "url": lambda raw, row: v.read_url(raw),
            "email": lambda raw, row: v.read_email(raw),
            "date": lambda raw, row: v.read_date(raw),
            "integer": lambda raw, row: v.read_integer(raw),
            "code": v.read_code,
            "media_type": lambda raw, row: v.read_media_type(raw),
            "period": lambda raw, row: v.read_period(raw),
            "place": lambda raw, row: v.read_place(raw),
            "link": lambda raw, row: self._read_link(raw),
        }

    def build(self, kind: str, iri: str, scope: Mapping[str, Any]) -> Record:
        """Read everything that a record of a class can hold, in the order of the table."""
        found: dict[str, Any] = {}
        # Records last: a distribution inherits what the dataset was found to hold.
        for row in sorted(rows(kind), key=lambda row: row.type == "records"):
            value = self._value(row, iri, scope, found)
            if value is not None:
                found[row.key] = value
        ordered = {row.key: found[row.key] for row in rows(kind) if row.key in found}
        return Record(kind=kind, iri=iri, values=ordered, problems=tuple(self._problems))

    def first(self, iri: str, name: str, raw: Any) -> Any:
        """Take the one row of a repeating field of which the profile knows only one."""
        if v.is_blank(raw):
            return {}
        rows_given = [row for row in v.read_list(raw) if not v.is_blank(row)]
        for extra in rows_given[1:]:
            self._report(iri, name, extra, "only_one")
        given = rows_given[0] if rows_given else {}
        if not isinstance(given, (Mapping, str) if name == "temporal_coverage" else Mapping):
            self._report(iri, name, given, "not_record")
            return {}
        return given

    def _value(
        self, row: Row, iri: str, scope: Mapping[str, Any], found: Mapping[str, Any]
    ) -> Any | None:
        for source in row.sources:
            raw = _look_up(scope, source)
            if v.is_blank(raw) or _is_absent(row, raw):
                continue
            if row.type == "records":
                value: Any = self._records(row, raw, iri, scope, found)
            elif row.many:
                value = self._several(row, raw, iri)
            else:
                value = self._single(row, raw, iri)
            if value is not None and value != []:
                return value
        return None

    def _single(self, row: Row, raw: Any, iri: str) -> Any | None:
        try:
            return self._readers[row.type](raw, row)
        except v.Unsayable as problem:
            self._report(iri, row.key, raw, problem.why)
            return problem.kept

    def _several(self, row: Row, raw: Any, iri: str) -> list[Any]:
        items = v.read_list(raw)
        if row.type == "place" and all(isinstance(item, (int, float)) for item in items):
            items = [items]
        read: list[Any] = []
        for item in items:
            value = None if v.is_blank(item) else self._single(row, item, iri)
            if row.keeps_places or (value is not None and value not in read):
                read.append(value)
        return read if any(value is not None for value in read) else []

    def _records(
        self, row: Row, raw: Any, iri: str, scope: Mapping[str, Any], found: Mapping[str, Any]
    ) -> list[Record]:
        children = []
        for number, item in enumerate(v.read_list(raw), 1):
            if isinstance(item, Record):
                children.append(item)
            elif not isinstance(item, Mapping):
                self._report(iri, row.key, item, "not_record")
            elif not v.is_blank(item):
                child_iri, child_scope = _child(row, item, number, iri, scope)
                child_scope["@dataset"] = found.get("identifier")
                child_scope["@license"] = found.get("license")
                children.append(self.build(row.vocabulary or "", child_iri, child_scope))
        return children

    def _read_link(self, raw: Any) -> Link:
        name = v.read_text(raw)
        link = self._links.get(name) if isinstance(name, str) else None
        if link is None:
            raise v.Unsayable("no_public_record")
        return link

    def _report(self, iri: str, name: str, raw: Any, why: str) -> None:
        shown = repr(raw)
        shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
        self._problems.append(Problem(iri=iri, field=name, value=shown, why=why))


def _child(
    row: Row, item: Mapping[str, Any], number: int, iri: str, scope: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Tell identifier and context of a record within another."""
    child = _with_utc(item)
    if row.vocabulary == "distribution":
        local = quote(_local_id(item, str(number)), safe="")
        child["@page"] = f"{scope['@page']}/resource/{local}"
        return f"{iri}/resource/{local}", child
    if row.vocabulary == "theme":
        return fragment(iri, f"theme-{item['code']}"), child
    return fragment(iri, f"{row.vocabulary}-{number}"), child


def _local_id(thing: Mapping[str, Any], otherwise: str | None = None) -> str:
    value = thing.get("id")
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value
    return otherwise or digest(repr(thing))


def _look_up(scope: Mapping[str, Any], source: str) -> Any:
    head, _, part = source.partition(".")
    value = scope.get(head)
    if not part:
        return value
    return value.get(part) if isinstance(value, Mapping) else None


def _is_absent(row: Row, raw: Any) -> bool:
    """Tell whether a code says that nothing was chosen, as CKAN's ``notspecified``."""
    return row.type == "code" and raw in vocabulary(row.vocabulary or "").absent


def _with_utc(thing: Mapping[str, Any]) -> dict[str, Any]:
    scope = dict(thing)
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
    if "name" in named and named["name"] != own["name"]:
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
