"""Propose the profile's values for datasets that are older than the plugin.

Where to look is told in ``proposals.yaml``. A field that holds a valid value is
never proposed for; a value that no field can hold is put aside, not lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from . import values as v
from .foreign import adapt, find_label, guess_extension, parse_json, split, understand
from .profile import Row, load, rows
from .vocabulary import vocabulary

#: An extra with this before a field's name keeps what the field could not hold.
ASIDE = "old_"

# What CKAN itself keeps: a wrong value there is for somebody to correct.
_NEVER_ASIDE = {"title", "name", "url"}
_SERVICES = {"WMS", "WFS"}


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A value for a field; None where what stands there is only put aside.

    Args:
        field: name of the CKAN field.
        old: what it holds now.
        new: what it should hold.
        source: the field, extra or fact that the value is from.
        is_sure: that nobody has to look at it.
        resource: id of the resource, None for the dataset's own field.
    """

    field: str
    old: Any
    new: Any
    source: str
    is_sure: bool
    resource: str | None = None


def propose(package: Mapping[str, Any], language: str | None = None) -> list[Proposal]:
    """Propose values for a dataset and its resources.

    Args:
        package: the dataset as CKAN stores it, with its extras as a list or as fields.
        language: the portal's default language.

    Returns:
        The proposals in the order of the profile; of several for one field the
        one to put aside comes first.
    """
    found = list(_propose_all("dataset", _Old(package, language), None))
    resources = package.get("resources")
    for resource in resources if isinstance(resources, list) else []:
        if isinstance(resource, Mapping):
            number = resource.get("id")
            found += _propose_all("distribution", _Old(resource), str(number))
    return found


def _propose_all(kind: str, old: _Old, resource: str | None) -> Iterator[Proposal]:
    for name, sources in load("proposals.yaml")[kind].items():
        own = old.get(name)
        if _is_valid(kind, name, own):
            continue
        proposal = _propose_one(kind, name, sources, old, resource)
        is_kept = proposal is not None and proposal.is_sure and proposal.source == name
        if not v.is_blank(own) and not is_kept and _can_be_put_aside(kind, name):
            yield Proposal(
                field=name, old=own, new=None, source=name, is_sure=True, resource=resource
            )
        if proposal is not None:
            yield proposal


def _can_be_put_aside(kind: str, name: str) -> bool:
    return name not in _NEVER_ASIDE or (kind == "dataset" and name == "url")


def _propose_one(
    kind: str, name: str, sources: Mapping[str, Any], old: _Old, resource: str | None
) -> Proposal | None:
    candidates: list[tuple[Any, bool]] = [(sources.get("own", name), True), (ASIDE + name, True)]
    candidates += [(source, True) for source in sources.get("sure", ())]
    candidates += [(source, False) for source in sources.get("check", ())]
    for source, is_sure in candidates:
        raw = old.read(source)
        if v.is_blank(raw):
            continue
        new, is_whole = _understand(kind, name, raw)
        if v.is_blank(new):
            continue
        return Proposal(
            field=name,
            old=old.get(name),
            new=new,
            source=name if source == sources.get("own") else _describe(source),
            is_sure=is_sure and (is_whole or source == "@groups"),
            resource=resource,
        )
    return None


def _describe(source: Any) -> str:
    return ", ".join(source.values()) if isinstance(source, Mapping) else str(source)


class _Old:
    """What a dataset or resource holds, by the name of a field, an extra or a fact."""

    def __init__(self, thing: Mapping[str, Any], language: str | None = None) -> None:
        self._values = dict(thing)
        extras = thing.get("extras")
        for extra in extras if isinstance(extras, list) else []:
            if isinstance(extra, Mapping) and isinstance(extra.get("key"), str):
                self._values.setdefault(extra["key"], extra.get("value"))
        self._language = language

    def get(self, name: str) -> Any:
        """Give what a field or an extra holds."""
        return self._values.get(name)

    def read(self, source: str | Mapping[str, str]) -> Any:
        """Give what a source of ``proposals.yaml`` holds."""
        if isinstance(source, Mapping):
            return {part: self._values.get(name) for part, name in source.items()}
        fact = self._facts.get(source)
        return fact(self) if fact else self._values.get(source)

    def _is_public(self) -> bool:
        return self._values.get("private") is False

    def _names(self, field: str) -> list[Any]:
        things = self._values.get(field)
        keys = ("display_name", "title", "name")
        return [
            next((thing[key] for key in keys if thing.get(key)), None)
            for thing in (things if isinstance(things, list) else ())
            if isinstance(thing, Mapping)
        ]

    def _extension(self) -> str | None:
        """Tell the format by the file's ending, if the code list knows it."""
        term = vocabulary("format").find(guess_extension(self._values.get("url")))
        return term.code if term else None

    def _format(self) -> str | None:
        """Tell the format; the file's ending says more than a word as Excel does."""
        written = self._values.get("format")
        term = find_label("format", written) if isinstance(written, str) else None
        if term is None:
            return self._extension()
        is_word = str(written).strip().casefold() != term.code.casefold()
        return (self._extension() if is_word else None) or term.code

    def _media_type(self) -> str | None:
        term = vocabulary("format").find(self._format() or "")
        return term.media_type if term else None

    def _kind(self) -> str | None:
        known = self._format()
        if known in _SERVICES or str(self._values.get("format")).casefold() == "api":
            return "api"
        return "file" if known or self._values.get("url_type") == "upload" else None

    def _file(self) -> str | None:
        url = self._values.get("url")
        try:
            return unquote(urlsplit(url).path).rpartition("/")[2] if isinstance(url, str) else None
        except ValueError:
            return None

    _facts: Mapping[str, Callable[[_Old], Any]] = {
        "@groups": lambda old: old._names("groups"),
        "@tags": lambda old: old._names("tags"),
        "@public_since": lambda old: old.get("metadata_created") if old._is_public() else None,
        "@language": lambda old: old._language,
        "@extension": _extension,
        "@format": _format,
        "@media_type": _media_type,
        "@kind": _kind,
        "@file": _file,
    }


@cache
def _rows(kind: str) -> Mapping[str, Mapping[str, Row]]:
    """List the rows by CKAN field; the parts of a composite by their name."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows(kind):
        field, _, part = row.sources[0].partition(".")
        found.setdefault(field, {})[part] = row
    return found


def _is_valid(kind: str, name: str, own: Any) -> bool:
    """Tell whether a field holds what the schema accepts and the feeds can say."""
    if v.is_blank(own):
        return False
    parts = _rows(kind)[name]
    is_composite = name in load()["composites"]
    is_list = is_composite or parts[""].many
    given = [item for item in (v.read_list(own) if is_list else [own]) if not v.is_blank(item)]
    if is_composite and not all(isinstance(item, Mapping) for item in given):
        return False
    return bool(given) and all(
        part in parts and _is_said(parts[part], value)
        for item in given
        for part, value in (item.items() if "" not in parts else [("", item)])
        if not v.is_blank(value)
    )


def _is_said(row: Row, value: Any) -> bool:
    try:
        read = v.read_value(row, value)
    except v.Unsayable:
        return False
    if row.type == "code":
        # in an open list a text is valid, but not another word for one of its codes
        term = find_label(row.vocabulary or "", value)
        return read == value and (term is None or term.code == value)
    return row.type != "media_type" or read == value


def _understand(kind: str, name: str, raw: Any) -> tuple[Any, bool]:
    """Read what another field holds into what this one should, and whether all was understood."""
    parts = _rows(kind)[name]
    row = parts.get("")
    if row is None:
        return _understand_composite(parts, raw)
    if not row.many:
        value = _try(row, raw)
        return _store(name, value), value is not None
    items = v.read_list(raw)
    if len(items) == 1 and row.type != "place":
        items = split(items[0])
    elif row.type == "place" and all(isinstance(item, (int, float)) for item in items):
        items = [items]
    given = [item for item in items if not v.is_blank(item)]
    read = [value for item in given if (value := _try(row, item)) is not None]
    unique = [value for number, value in enumerate(read) if value not in read[:number]]
    return _store(name, unique), len(read) == len(given)


def _understand_composite(parts: Mapping[str, Row], raw: Any) -> tuple[Any, bool]:
    if isinstance(raw, str):
        said = parse_json(raw)
        raw = said if isinstance(said, (list, Mapping)) else _name_or_email(raw)
    if isinstance(raw, list):
        raw = next((item for item in raw if isinstance(item, Mapping)), None)
    if not isinstance(raw, Mapping):
        return None, False
    given = {part: value for part, value in raw.items() if part in parts and not v.is_blank(value)}
    read = {part: _try(parts[part], value) for part, value in given.items()}
    known = {part: value for part, value in read.items() if value is not None}
    # An address alone says nothing that people could read.
    is_enough = "name" in known or "email" in known
    return ([known] if is_enough else None), len(known) == len(given)


def _name_or_email(text: str) -> Mapping[str, str]:
    try:
        return {"email": v.read_email(text)}
    except v.Unsayable:
        return {"name": text}


def _try(row: Row, raw: Any) -> Any:
    """Read a value, as it is or in the profile's form; None if it can't be understood."""
    if row.type == "code":
        raw = adapt(row, raw)
    try:
        read = v.read_value(row, understand(row, raw))
    except v.Unsayable as problem:
        return problem.kept
    is_unknown = row.type == "code" and not vocabulary(row.vocabulary or "").find(str(read))
    return None if is_unknown else read


def _store(name: str, value: Any) -> Any:
    """Write a value as the CKAN field stores it."""
    if isinstance(value, v.Period):
        ends = {"start": value.start, "end": value.end}
        if name == "temporal":
            return f"{value.start or '..'}/{value.end}" if value.end else value.start
        return [{end: text for end, text in ends.items() if text}]
    if isinstance(value, v.Place):
        parts = {"code": value.code, "uri": value.uri, "text": value.name}
        for part, numbers in (("bbox", value.bbox), ("centroid", value.centroid)):
            parts[part] = ",".join(f"{number:g}" for number in numbers) if numbers else None
        said = {part: text for part, text in parts.items() if text}
        return next(iter(said.values())) if name == "spatial" else said
    if isinstance(value, list):
        return [_store(name, item) for item in value]
    return value
