"""Write records as data.json: the keys of the profile, and the plan's links beside them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from .profile import Row, rows
from .record import Link, Record
from .values import Period, Place
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
    for row in rows(record.kind):
        if row.json is None or row.key not in record.values:
            continue
        *parents, last = row.path
        place = document
        for name in parents:
            place = place.setdefault(name, {})
        place[last] = _value(row, record.values[row.key], language)
    return document


def _value(row: Row, value: Any, language: str) -> Any:
    if not row.many:
        return _item(row, value, language)
    items = [_item(row, item, language) for item in value if item is not None]
    if row.type == "place":
        flat = [form for item in items for form in (item if _is_forms(item) else [item])]
        return flat[0] if len(flat) == 1 else flat
    return items if row.json == "Array" else _join(items)


def _item(row: Row, value: Any, language: str) -> Any:
    if isinstance(value, Record):
        return to_json(value, language)
    if isinstance(value, Period):
        return f"{value.start or '..'}/{value.end}" if value.end else value.start
    if isinstance(value, Place):
        forms = _forms(value)
        return forms[0] if len(forms) == 1 else forms
    if isinstance(value, Link):
        return {"identifier": value.identifier, "title": value.title, "url": value.iri}
    if isinstance(value, Mapping):
        return _in_language(value, language)
    if row.type == "code":
        return _code(row, value)
    return value


def _in_language(texts: Mapping[str, str], language: str) -> str:
    """Choose the text in a language, `pt` for `pt_BR` too, else the first that there is."""
    wanted = language.replace("-", "_").partition("_")[0]
    return next(
        (text for key, text in texts.items() if key.partition("_")[0] == wanted),
        next(iter(texts.values())),
    )


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
