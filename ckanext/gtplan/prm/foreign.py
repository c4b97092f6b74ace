"""Understand values as other portals and older datasets write them.

What is understood is given in the profile's own form, for the strict readers of
``values``; anything else is given back as it was, so that they name it.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from . import values as v
from .profile import Row
from .values import Unsayable, is_blank
from .vocabulary import Term, vocabulary

_DAY_FIRST = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$", re.ASCII)
_YEAR_FIRST = re.compile(r"^(\d{4})[/.](\d{1,2})(?:[/.](\d{1,2}))?$", re.ASCII)
_DURATION = re.compile(r"^P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?$", re.ASCII)
_SIZE = re.compile(r"^(\d{1,12}(?:[.,]\d{1,3})?)\s*([kmgt]?)i?b(?:ytes?)?$", re.IGNORECASE)
_LOCALE = re.compile(r"^([A-Za-z]{2,3})[-_][A-Za-z0-9]{2,8}$")
_ENDS = (("start", ("start", "startDate", "from", "desde")), ("end", ("end", "endDate", "hasta")))
_PLACE_PARTS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "id"),
    "uri": ("uri", "@id"),
    "text": ("text", "name", "label", "prefLabel"),
    "bbox": ("bbox",),
    "centroid": ("centroid",),
}


def adapt(row: Row, raw: Any) -> Any:
    """Give a single value in the profile's own form, if it is understood.

    Args:
        row: the field.
        raw: what another portal or an old dataset holds for it.

    Returns:
        The value in a form that the strict readers know, or what was given.
    """
    if row.type == "code":
        return _adapt_code(row.vocabulary or "", raw)
    change = _ADAPTERS.get(row.type)
    return change(raw) if change else raw


def understand(row: Row, raw: Any) -> Any:
    """Leave a value that the strict readers know as it is, and adapt any other.

    Args:
        row: the field.
        raw: what another portal holds for it.

    Returns:
        What the strict readers can read or name.
    """
    try:
        v.read_value(row, raw)
    except Unsayable:
        return adapt(row, raw)
    is_geometry = row.type == "place" and isinstance(raw, str) and raw.lstrip().startswith("{")
    return adapt(row, raw) if is_geometry else raw


def split(raw: Any) -> list[Any]:
    """Take a text apart at its commas, or at its semicolons; quotes hold a value together.

    Args:
        raw: a text; anything else is a value of its own.

    Returns:
        The values, without spaces at their ends; an empty place stays.
    """
    if not isinstance(raw, str):
        return [raw]
    delimiter = ";" if ";" in raw and "," not in raw else ","
    try:
        lines = list(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter))
    except csv.Error:
        return [raw]
    return [value.strip() for line in lines for value in line]


def parse_json(text: str) -> Any:
    """Give what a text says as JSON, or the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def find_label(name: str, text: str) -> Term | None:
    """Find the term of a code list by what people read for it, in any language.

    Args:
        name: the code list.
        text: what was written; accents and capitals don't matter.

    Returns:
        The term, or None.
    """
    return _labels(name).get(_fold(text))


@cache
def _labels(name: str) -> Mapping[str, Term]:
    found: dict[str, Term] = {}
    for term in vocabulary(name).terms:
        for text in (*term.spellings, *term.label.values()):
            found.setdefault(_fold(text), term)
    return found


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.replace("_", " ").casefold().split())


def _adapt_code(name: str, raw: Any) -> Any:
    if isinstance(raw, Mapping):
        raw = next((raw[key] for key in ("code", "id", "@id", "uri") if key in raw), raw)
    if not isinstance(raw, str):
        return raw
    text = raw.strip()
    tail = re.split(r"[/#]", text.rstrip("/"))[-1] if "://" in text else ""
    locale = _LOCALE.match(text) if name == "language" else None
    guesses = (text, text.partition(";")[0], f"R/{text}", tail, locale[1] if locale else "")
    for guess in guesses:
        if term := find_label(name, guess.lstrip(".") if name == "format" else guess):
            return term.code
    return raw


def _adapt_text(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        raw = next((raw[key] for key in ("name", "@value", "title", "label") if key in raw), raw)
    is_number = isinstance(raw, (int, float)) and not isinstance(raw, bool)
    return str(raw) if is_number else raw


def _adapt_date(raw: Any) -> Any:
    if isinstance(raw, int) and not isinstance(raw, bool) and 1000 <= raw <= 9999:
        return str(raw)
    text = raw.strip() if isinstance(raw, str) else ""
    if match := _DAY_FIRST.match(text):
        day, month, year = match.groups()
        return f"{year}-{month:0>2}-{day:0>2}"
    if match := _YEAR_FIRST.match(text):
        return "-".join(f"{part:0>2}" for part in match.groups() if part)
    return raw


def _adapt_period(raw: Any) -> Any:
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        if len(raw) == 1:
            return _adapt_period(raw[0])
        raw = {"start": raw[0], "end": raw[1]} if len(raw) == 2 else raw
    if isinstance(raw, str):
        first, slash, last = (part.strip() for part in raw.partition("/"))
        start = _adapt_date(first)
        end = _add_duration(start, last) or _adapt_date(last)
        return {"start": start, "end": end if slash else None}
    if isinstance(raw, Mapping):
        ends = {
            end: next((raw[name] for name in names if not is_blank(raw.get(name))), None)
            for end, names in _ENDS
        }
        return {end: _adapt_date(value) for end, value in ends.items()}
    return _adapt_date(raw)


def _add_duration(start: str, duration: str) -> str | None:
    """Tell the last day of what begins on a day and lasts as long (ISO 8601-1, 5.5)."""
    match = _DURATION.match(duration)
    try:
        first = date.fromisoformat(f"{start}-01-01"[:10])
        if match is None or not any(match.groups()):
            return None
        years, months, weeks, days = (int(part or 0) for part in match.groups())
        month = first.month - 1 + months
        moved = first.replace(year=first.year + years + month // 12, month=month % 12 + 1)
        return str(moved + timedelta(weeks=weeks, days=days - 1))
    except (ValueError, OverflowError):
        return None


def _adapt_place(raw: Any) -> Any:
    """Read GeoJSON, a list of several forms of one place, or a mapping under other names."""
    if isinstance(raw, str) and raw.lstrip().startswith("{"):
        raw = parse_json(raw)
    if isinstance(raw, (list, tuple)):
        return _merge_forms(raw)
    if not isinstance(raw, Mapping):
        return raw
    if "coordinates" in raw:
        return _adapt_geometry(raw)
    parts = {
        part: next((raw[name] for name in names if not is_blank(raw.get(name))), None)
        for part, names in _PLACE_PARTS.items()
    }
    return {part: value for part, value in parts.items() if value is not None} or raw


def _merge_forms(forms: Sequence[Any]) -> Any:
    merged: dict[str, Any] = {}
    for form in forms:
        if isinstance(form, (list, tuple)):
            part = {4: "bbox", 2: "centroid"}.get(len(form), "")
        elif isinstance(form, str):
            part = "uri" if "://" in form else "text"
            if re.fullmatch(r"[A-Z]{2,3}(-[A-Z0-9]{1,3})?", form):
                part = "code"
        else:
            return forms
        if not part or part in merged:
            return forms
        merged[part] = form
    return merged


def _adapt_geometry(geometry: Mapping[str, Any]) -> Any:
    """Take a point as it is, and of another geometry the box around it (RFC 7946)."""
    points = list(_list_points(geometry["coordinates"]))
    if not points:
        return geometry
    if geometry.get("type") == "Point":
        return {"centroid": list(points[0])}
    longitudes, latitudes = zip(*points, strict=True)
    return {"bbox": [min(longitudes), min(latitudes), max(longitudes), max(latitudes)]}


def _list_points(value: Any, depth: int = 6) -> Sequence[tuple[float, float]]:
    if not isinstance(value, (list, tuple)) or depth == 0:
        return ()
    if len(value) in (2, 3) and all(_is_number(part) for part in value):
        return [(value[0], value[1])]
    return [point for part in value for point in _list_points(part, depth - 1)]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _adapt_media_type(raw: Any) -> Any:
    term = vocabulary("format").find(raw.strip().lstrip(".")) if isinstance(raw, str) else None
    return term.media_type if term and term.media_type else raw


def _adapt_integer(raw: Any) -> Any:
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)
    match = _SIZE.match(raw.strip()) if isinstance(raw, str) else None
    if match is None:
        return raw
    exponent = " kmgt".index(match[2].lower() or " ")
    return round(float(match[1].replace(",", ".")) * 1024**exponent)


def _adapt_email(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        raw = next((raw[key] for key in ("@id", "email", "value") if key in raw), raw)
    return raw.strip().removeprefix("MAILTO:") if isinstance(raw, str) else raw


def _adapt_url(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        raw = next((raw[key] for key in ("@id", "url", "uri") if key in raw), raw)
    return raw


def _adapt_link(raw: Any) -> Any:
    """Give the parts of a plan record of another portal as the builder knows them."""
    if not isinstance(raw, Mapping):
        return raw
    iri = next((raw[key] for key in ("url", "uri", "@id") if key in raw), None)
    return {"identifier": raw.get("identifier"), "title": raw.get("title"), "uri": iri}


def guess_extension(url: Any) -> str:
    """Tell the ending of the file that an address delivers, or an empty text."""
    try:
        path = urlsplit(url if isinstance(url, str) else "").path
    except ValueError:
        return ""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2] if "." in name else ""


_ADAPTERS: Mapping[str, Callable[[Any], Any]] = {
    "text": _adapt_text,
    "date": _adapt_date,
    "period": _adapt_period,
    "place": _adapt_place,
    "media_type": _adapt_media_type,
    "integer": _adapt_integer,
    "email": _adapt_email,
    "url": _adapt_url,
    "link": _adapt_link,
}
