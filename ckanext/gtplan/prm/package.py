"""Make of a neutral record a CKAN package: the way back of ``prm.record``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from .builder import Link, Record
from .profile import Row, load, rows
from .record import PART_OF
from .values import Period, Place, Unsayable, in_language, read_place

# Only these have an identity that CKAN keeps; a column is known by its place.
_IDENTIFIED = ("dataset", "distribution")


def to_package(
    record: Record, language: str = "es", links: Mapping[str, Link] | None = None
) -> dict[str, Any]:
    """Write a record as a package (or a distribution as a resource) of CKAN.

    Args:
        record: a dataset, distribution, field or the catalogue.
        language: of the texts that are there in several; those are also given
            whole, as ``<field>_translated``.
        links: the public plan records of this portal by name: a link to one of
            them is its name, any other a row of ``part_of``.

    Returns:
        The fields that the table's ``ckan`` column names, and ``uri``; no ``name``.
    """
    names = {link.iri: name for name, link in (links or {}).items()}
    package: dict[str, Any] = {"uri": record.iri} if record.kind in _IDENTIFIED else {}
    for row in rows(record.kind):
        source = row.sources[0]
        if source.startswith("@") or row.key not in record.values:
            continue
        value = record.values[row.key]
        if isinstance(value, Link):
            _add_link(package, row, value, names)
        elif row.composite:
            head, _, part = source.partition(".")
            place = package.setdefault(head, [{}])[0]
            place.update(_fields(row, part, value, language))
        else:
            package.update(_fields(row, source, value, language))
    return package


def is_misplaced(kind: str, name: str, value: Any) -> bool:
    """Tell whether what is stored in a field cannot be its value: no rows, or no list, where it is.

    So it is with what older datasets and other extensions keep under the name of one of our fields.

    Args:
        kind: ``dataset`` or ``distribution``.
        name: the CKAN field.
        value: as it is stored.
    """
    is_rows = name in load()["composites"] or name == PART_OF
    return bool(value) and (
        (is_rows and not is_list(value, Mapping))
        or (name in list_lists(kind) and not is_list(value, str))
    )


def is_list(value: Any, of: type) -> bool:
    """Tell whether a stored value is a list, or its JSON, of things of a type."""
    try:
        items = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return of is str  # scheming takes a text for a list of one
    return isinstance(items, list) and all(isinstance(item, of) for item in items)


@cache
def list_lists(kind: str) -> frozenset[str]:
    """List the CKAN fields of a class that hold several values, other than rows."""
    return frozenset(
        row.sources[0]
        for row in rows(kind)
        if row.many and row.type in ("code", "text", "url") and row.sources[0] != "tags"
    )


def _add_link(package: dict[str, Any], row: Row, link: Link, names: Mapping[str, str]) -> None:
    if link.iri in names:
        package[row.sources[0]] = names[link.iri]
        return
    given = {"identifier": link.identifier, "title": link.title, "uri": link.iri}
    package.setdefault(PART_OF, []).append({"kind": row.vocabulary, **given})


def _fields(row: Row, name: str, value: Any, language: str) -> dict[str, Any]:
    """Write a value as the CKAN field of a name, with its translations beside it."""
    if row.type != "text":
        return {name: _value(row, name, value, language)}
    if not row.many:
        if isinstance(value, Mapping):
            said = {_mark(key): text for key, text in value.items()}
            return {name: in_language(value, language), f"{name}_translated": said}
        return {name: value}
    texts = [in_language(item, language) if isinstance(item, Mapping) else item for item in value]
    texts = ["" if text is None else text for text in texts]
    plain = list(dict.fromkeys(texts)) if not row.keeps_places else texts
    found: dict[str, Any] = {name: [{"name": t} for t in plain] if name == "tags" else plain}
    if all(isinstance(item, Mapping) for item in value):
        found[f"{name}_translated"] = _by_language(value)
    return found


def _by_language(items: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in items:
        for language, text in item.items():
            found.setdefault(_mark(language), []).append(text)
    return found


def _mark(language: str) -> str:
    """Write a language as ckanext-fluent and ckanext-dcat expect it: `pt-BR`."""
    return language.replace("_", "-")


def _value(row: Row, name: str, value: Any, language: str) -> Any:
    if row.type == "records":
        return [to_package(item, language) for item in value]
    if name in load()["composites"]:
        items = value if row.many else [value]
        return [_parts(item) for item in items]
    if row.many:
        return ["" if item is None else _single(item) for item in value]
    return _single(value)


def _single(value: Any) -> Any:
    if isinstance(value, Period):
        start = value.start or ".."
        return f"{start}/{value.end}" if value.end else start
    return _place_text(value) if isinstance(value, Place) else value


def _parts(value: Period | Place) -> dict[str, str]:
    """Write a period or a place as the subfields of its repeating field."""
    if isinstance(value, Period):
        said = {"start": value.start, "end": value.end}
    else:
        numbers = {"bbox": value.bbox, "centroid": value.centroid}
        said = {"code": value.code, "uri": value.uri, "text": value.name}
        said |= {key: json.dumps(list(part)) for key, part in numbers.items() if part}
    return {key: part for key, part in said.items() if part}


def _place_text(place: Place) -> str:
    """Write a place in one text: in the profile's form where that says it all."""
    parts = _parts(place)
    first = next(iter(parts.values()))
    try:
        if read_place(first) == place:
            return first
    except Unsayable:
        pass  # a name that looks like something else
    return json.dumps(parts, ensure_ascii=False)
