"""Validators of the profile's fields: what a feed could not say is refused on input."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ckan.plugins import toolkit as tk

from ..config import get_main_language
from ..plan.problems import ProblemKind
from ..prm import places, values
from ..prm.profile import Row, rows
from ..prm.vocabulary import vocabulary
from .plans.messages import describe_reason

__all__ = [
    "gtplan_code",
    "gtplan_download",
    "gtplan_list",
    "gtplan_not_before",
    "gtplan_translations",
    "gtplan_value",
]

#: What CKAN hands to a validator of whole records.
Key = tuple[Any, ...]
Flat = dict[Key, Any]

#: The sentences are marked for the catalogues where they stand, in ``prm.reasons``.
_translate = tk._

_READERS: dict[str, Callable[[Any], Any]] = {**values.READERS, "iri": values.read_iri}


def gtplan_value(kind: str, part: str | None = None) -> Callable[[Any], Any]:
    """Make a validator that accepts what the feeds can say, and leaves it as it was written.

    A place that is written by its name where a code is expected becomes its code.

    Args:
        kind: a type of ``profile.yaml``.
        part: for a place, which part of it the field holds.

    Returns:
        The validator, whose message tells what would be right.
    """

    def validate(value: Any) -> Any:
        if values.is_blank(value):
            return value
        if (kind, part) == ("place", "code"):
            value = places.find_code(value) or value
        _read(_READERS[kind], {part: value} if kind == "place" and part else value)
        return value

    return validate


def gtplan_code(name: str) -> Callable[[Any], Any]:
    """Make a validator that accepts a value of a code list, and writes it as the list does.

    Args:
        name: a list of ``vocabularies.yaml``; an open one accepts other values, too.

    Returns:
        The validator, whose message names the codes of a closed list.
    """

    def validate(value: Any) -> Any:
        return value if values.is_blank(value) else _read_code(name, value)

    return validate


def gtplan_list(kind: str, key: str) -> Callable[[Key, Flat, Any, Any], None]:
    """Make a validator of several values: each is checked, and they are kept as a JSON list.

    Args:
        kind: a class of the profile.
        key: its field; what a value must be stands in the field's row.

    Returns:
        The validator. An empty value keeps its place only where another field's values
        belong to those of this one by their position.
    """
    row = next(row for row in rows(kind) if row.key == key)

    def validate(data_key: Key, data: Flat, errors: Any, context: Any) -> None:
        value = data.get(data_key)
        given = [] if value is tk.missing or value is None else values.read_list(value)
        if not row.keeps_places:
            given = [item for item in given if not values.is_blank(item)]
        while given and values.is_blank(given[-1]):
            given.pop()
        found: list[Any] = []
        for item in given:
            read = "" if values.is_blank(item) else _read_item(row, item)
            if row.keeps_places or read not in found:
                found.append(read)
        data[data_key] = json.dumps(found, ensure_ascii=False)

    return validate


def gtplan_not_before(start: str) -> Callable[[Key, Flat, Any, Any], None]:
    """Make a validator of the end of a period that refuses one before its start.

    Args:
        start: the field beside it that holds the start.
    """

    def validate(key: Key, data: Flat, errors: Any, context: Any) -> None:
        first, last = data.get((*key[:-1], start)), data.get(key)
        try:
            values.read_period({"start": first or None, "end": last})
        except values.Unsayable as error:
            if error.why == "reversed_period":
                raise tk.Invalid(_translate(str(error))) from error

    return validate


def gtplan_download(key: Key, data: Flat, errors: Any, context: Any) -> None:
    """Refuse an address of a file that no browser could open; an upload's is made by CKAN."""
    kind = data.get((*key[:-1], "url_type"))
    if kind is not tk.missing and kind or values.is_blank(data[key]):
        return
    _read(values.read_url, data[key])


def gtplan_translations(key: Key, data: Flat, errors: Any, context: Any) -> None:
    """Keep a text in several languages as ckanext-fluent does: a JSON object by language.

    What is only said in the portal's main language is said by the field itself.
    """
    value = data.get(key)
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except ValueError as error:
            raise tk.Invalid(_translate(values.REASONS["not_text"])) from error
    if value is tk.missing or values.is_blank(value):
        value = {}
    if not isinstance(value, Mapping):
        raise tk.Invalid(_translate(values.REASONS["not_text"]))
    texts = {language: text for language, text in value.items() if not values.is_blank(text)}
    if texts:
        _read(values.read_text, texts)
    if set(texts) <= {get_main_language()}:
        data.pop(key, None)
        raise tk.StopOnError
    data[key] = json.dumps(texts, ensure_ascii=False)


def _read_item(row: Row, item: Any) -> Any:
    """Read one of several values; the message names it, for they share a field."""
    if row.type == "code":
        return _read_code(row.vocabulary or "", item)
    try:
        _READERS[row.type](item)
    except values.Unsayable as error:
        raise tk.Invalid(f"“{item}”: {_translate(str(error))}") from error
    return item


def _read_code(name: str, value: Any) -> str:
    codes = vocabulary(name)
    row = next(row for kind in _KINDS for row in rows(kind) if row.vocabulary == name)
    try:
        return values.read_code(value, row)
    except values.Unsayable as error:
        if error.why != "not_code":
            raise tk.Invalid(_translate(str(error))) from error
        right = ", ".join(term.code for term in codes.terms)
        message = describe_reason(ProblemKind.UNKNOWN_CODE, str(value), right)
        raise tk.Invalid(message) from error


_KINDS = ("dataset", "distribution", "field")


def _read(reader: Callable[[Any], Any], value: Any) -> Any:
    try:
        return reader(value)
    except values.Unsayable as error:
        raise tk.Invalid(_translate(str(error))) from error
