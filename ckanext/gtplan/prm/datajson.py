"""Write records as data.json, and read data.json: the profile's keys and the plan's links.

What JSON can't hold, and so doesn't come back: the record's IRI; a text in
several languages (one is chosen); a publisher's type and address; which of
several forms of places are of one place, and a name, code or address that
looks like another of these; spaces at the ends of the values of a list that is
separated by commas.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

from .builder import Builder, Lookup, Part, Several
from .foreign import split, understand
from .profile import Row, load, rows
from .record import Link, Record, fragment
from .values import Period, Place, Unsayable, in_language, is_blank, read_iri, read_list
from .vocabulary import vocabulary


def to_json(record: Record, language: str = "es") -> dict[str, Any]:
    """Write a catalogue, dataset, distribution, field or theme.

    Args:
        record: what is to be said.
        language: for a text that is there in several languages.

    Returns:
        An object whose keys are those of the profile, in its order; the
        extensions `milestone`, `commitment`, `actionPlan` and `regionalPlan`
        are objects with identifier, title and url.
    """
    document: dict[str, Any] = {}
    for row, parents, last in _list_places(record.kind):
        if row.key in record.values:
            place = document
            for name in parents:
                place = place.setdefault(name, {})
            place[last] = _value(row, record.values[row.key], language)
    return document


@cache
def _list_places(kind: str) -> tuple[tuple[Row, tuple[str, ...], str], ...]:
    """List the rows that JSON has, each with the names of the objects that its key is in."""
    return tuple((row, row.path[:-1], row.path[-1]) for row in rows(kind) if row.json is not None)


def _value(row: Row, value: Any, language: str) -> Any:
    if not row.many:
        return _item(row, value, language)
    items = [
        "" if item is None else _item(row, item, language)
        for item in value
        if item is not None or row.json == "String"  # its place tells what it belongs to
    ]
    if row.type == "place":
        flat = [form for item in items for form in (item if _is_forms(item) else [item])]
        return flat[0] if len(flat) == 1 else flat
    return items if row.json == "Array" else _join(items)


def _item(row: Row, value: Any, language: str) -> Any:
    if isinstance(value, str):
        return _code(row, value) if row.type == "code" else value
    if isinstance(value, Record):
        return to_json(value, language)
    if isinstance(value, Period):
        return f"{value.start or '..'}/{value.end}" if value.end else value.start
    if isinstance(value, Place):
        forms = _forms(value)
        return forms[0] if len(forms) == 1 else forms
    if isinstance(value, Link):
        return {"identifier": value.identifier, "title": value.title, "url": value.iri}
    return in_language(value, language) if isinstance(value, Mapping) else value


def _code(row: Row, code: str) -> str:
    """Write a code: as the profile asks, a licence by its document, a format by its IANA type."""
    term = vocabulary(row.vocabulary or "").find(code)
    if term is None:
        return code
    return term.url or term.media_type or term.code


def _forms(place: Place) -> list[Any]:
    """List a place's forms: the profile's JSON has room for one in a value."""
    coordinates = [list(numbers) for numbers in (place.bbox, place.centroid) if numbers]
    return [form for form in (place.code, place.uri, place.name) if form] + coordinates


def _is_forms(item: Any) -> bool:
    return isinstance(item, list) and not all(isinstance(part, float) for part in item)


def _join(items: Sequence[str]) -> str:
    """Separate by commas, as the profile asks; quoted where a value has one itself."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(items)
    return line.getvalue()


# No data.json nests its values deeper: catalogue, datasets, distributions, fields, geometries.
_DEPTH = 16
_CUT = "…"


def from_json(document: Any, iri: str) -> Record:
    """Read a data.json, of this portal or of any other.

    Args:
        document: what the JSON says: a catalogue, a dataset, or a list of datasets.
        iri: identifier of the catalogue or dataset, for a portal that gives none.

    Returns:
        The record, a catalogue if the document has datasets; what could not be kept, and keys
        that the profile doesn't have, are its problems. The problems of a catalogue's datasets
        are theirs.
    """
    document = _cut(document, _DEPTH)
    if isinstance(document, list):
        document = {"dataset": document}
    builder = Builder()
    if not isinstance(document, Mapping):
        builder.report(iri, "", document, "not_record")
        document = {}
    kind = "catalog" if "dataset" in document else "dataset"
    return builder.build(kind, iri, _Object(builder, kind, iri, document, {}))


def _cut(value: Any, depth: int) -> Any:
    """Cut off what is nested deeper than any data.json, and numbers that are none."""
    if isinstance(value, (dict, list)) and depth == 0:
        return _CUT
    if isinstance(value, dict):
        return {str(key): _cut(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_cut(item, depth - 1) for item in value]
    is_huge = isinstance(value, int) and value.bit_length() > 1000
    is_none = isinstance(value, float) and not math.isfinite(value)
    return _CUT if is_huge or is_none else value


class _Object:
    """Looks rows up in an object of a data.json, under the profile's keys and others."""

    def __init__(
        self,
        builder: Builder,
        kind: str,
        iri: str,
        data: Mapping[str, Any],
        inherited: Mapping[str, Any],
    ) -> None:
        self._builder = builder
        self._iri = iri
        self._data = data
        self._inherited = inherited
        for path, value in _list_unknown(kind, data):
            builder.report(iri, path, value, "not_in_profile")

    def __call__(self, row: Row, found: Mapping[str, Any]) -> Iterator[Any]:
        if row.json is not None:
            given = [
                value for path in _list_paths(row) if not is_blank(value := _find(self._data, path))
            ]
            if row.type == "records":
                yield [part for value in given for part in self._parts(row, value, found)]
            elif row.many:
                yield [item for value in given for item in _take_apart(row, value)]
            else:
                yield from (_choose(row, value) for value in given)
        yield from (self._inherited.get(source) for source in row.sources)

    def _parts(self, row: Row, raw: Any, found: Mapping[str, Any]) -> Iterator[Any]:
        kind = row.vocabulary or ""
        inherited = {"@license": found.get("license"), "@dataset": found.get("identifier")}
        seen: set[str] = set()
        for number, item in enumerate(raw if isinstance(raw, list) else [raw], 1):
            if not isinstance(item, Mapping):
                yield item
                continue
            iri = _make_iri(kind, self._iri, item, number)
            iri = f"{iri}-{number}" if iri in seen else iri
            seen.add(iri)
            if kind == "dataset":
                # a builder of its own: its problems are not the catalogue's
                own = Builder()
                yield own.build(kind, iri, _Object(own, kind, iri, item, inherited))
            else:
                lookup: Lookup = _Object(self._builder, kind, iri, item, inherited)
                yield Part(iri=iri, lookup=lookup)


def _make_iri(kind: str, parent: str, item: Mapping[str, Any], number: int) -> str:
    """Take an identifier that is an IRI itself, else make one below that of the whole."""
    given = next((item[key] for key in ("@id", "identifier", "id") if item.get(key)), number)
    try:
        if "://" in str(given):
            return read_iri(given)
    except Unsayable:
        pass
    return fragment(parent, f"{kind}-{quote(str(given).encode('utf-8', 'replace'), safe='')}")


def _list_paths(row: Row) -> list[tuple[str, ...]]:
    others = load("datajson.yaml").get(row.kind, {}).get(row.key, ())
    return [row.path, *(tuple(key.split("->")) for key in others)]


def _list_unknown(kind: str, data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """List the keys for which the profile has no field, and no other portal's name of one."""
    known = {path for row in rows(kind) if row.json for path in _list_paths(row)}
    parents = {path[:1] for path in known if len(path) > 1}
    for key, value in data.items():
        if (key,) in parents and isinstance(value, Mapping):
            for part, inner in value.items():
                if (key, part) not in known and not is_blank(inner):
                    yield f"{key}->{part}", inner
        elif (key,) not in known | parents and not is_blank(value):
            yield key, value


def _find(data: Any, path: tuple[str, ...]) -> Any:
    """Follow a path; an agent that is only a text is its name, or its e-mail."""
    value = data
    for name in path:
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, Mapping):
            value = value.get(name)
        elif not (isinstance(value, str) and ("@" in value) is (name in ("mbox", "hasEmail"))):
            return None
    return value


def _take_apart(row: Row, raw: Any) -> list[Any]:
    """List the values of a field that has several, however they are written."""
    if row.type == "place" and (isinstance(raw, (str, Mapping)) or _is_coordinates(raw)):
        return [understand(row, raw)]
    items = raw if isinstance(raw, list) else split(raw)
    return [understand(row, item) for item in items]


def _is_coordinates(raw: Any) -> bool:
    return isinstance(raw, list) and all(isinstance(part, (int, float)) for part in raw)


def _choose(row: Row, raw: Any) -> Any:
    """Give the one value of a field; of several, all, so that the first good one is kept."""
    if not isinstance(raw, list) or _is_coordinates(raw):
        return understand(row, raw)
    whole = understand(row, raw)
    if whole is not raw and row.type in ("place", "period"):
        return whole
    return Several(understand(row, item) for item in read_list(raw))
