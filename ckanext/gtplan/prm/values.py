"""Read single values by their type: dates, codes, numbers, periods and places."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote

from .profile import Row
from .reasons import REASONS, Unsayable
from .texts import in_language, is_blank, read_email, read_iri, read_line, read_text, read_url
from .vocabulary import vocabulary

__all__ = [
    "READERS",
    "REASONS",
    "Period",
    "Place",
    "Unsayable",
    "in_language",
    "is_blank",
    "read_code",
    "read_date",
    "read_email",
    "read_integer",
    "read_iri",
    "read_list",
    "read_media_type",
    "read_period",
    "read_place",
    "read_text",
    "read_url",
    "read_value",
]

_DATE = re.compile(r"^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$", re.ASCII)
_DATETIME = re.compile(
    r"^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$",
    re.ASCII,
)
_MEDIA_TYPE = re.compile(r"^[a-z]+/[a-z0-9][a-z0-9!#$&^_.+-]*$")
_PLACE_CODE = re.compile(r"^([A-Z]{2}-[A-Z0-9]{1,3}|\d{2,10})$")


@dataclass(frozen=True, kw_only=True)
class Period:
    """A stretch of time; an end that is None stays open."""

    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place by one or more of code, address, name, box (W, S, E, N) and point (lon, lat)."""

    code: str | None = None
    uri: str | None = None
    name: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    centroid: tuple[float, float] | None = None


def read_date(value: Any) -> str:
    """Read a date as precise as it is given: year, month, day, or day and time.

    Args:
        value: text as ``2018``, ``2018-11``, ``2018-11-30``, ``2018-11-30T09:00:00-06:00``.

    Returns:
        The same, in the form of XML Schema; fractions of seconds to six digits.

    Raises:
        Unsayable: no date, or a day that the calendar doesn't have.
    """
    return _read_date(read_line(value, "not_date"))


# the same dates come again and again, in a dataset and in others
@lru_cache(1024)
def _read_date(text: str) -> str:
    try:
        if match := _DATE.match(text):
            date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
            return text
        if match := _DATETIME.match(text):
            return _read_moment(match)
    except ValueError as error:
        raise Unsayable("not_date") from error
    raise Unsayable("not_date")


def _read_moment(match: re.Match[str]) -> str:
    *parts, fraction, zone = match.groups("")
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    micro = int(fraction.ljust(6, "0")[:6])
    return datetime(
        year, month, day, hour, minute, second, micro, tzinfo=_read_zone(zone)
    ).isoformat()


@cache
def _read_zone(zone: str) -> timezone | None:
    if zone in ("", "Z"):
        return timezone.utc if zone else None
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if minutes > 14 * 60 or int(digits[2:]) > 59:
        raise ValueError(zone)
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))


def read_integer(value: Any) -> int:
    """Read a whole number from 0 up.

    Raises:
        Unsayable: no such number.
    """
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,18}\s*", value, re.ASCII):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
        return value
    raise Unsayable("not_number")


def read_code(value: Any, row: Row) -> str:
    """Read a code of the row's code list.

    Args:
        value: the code or another spelling of it.
        row: the field, which names the code list.

    Returns:
        The code; in an open list, an address or text that the list doesn't know.

    Raises:
        Unsayable: the list is closed and doesn't know the value.
    """
    codes = vocabulary(row.vocabulary or "")
    text = read_line(value, "not_code")
    if term := codes.find(text):
        return term.code
    if not codes.is_open:
        raise Unsayable("not_code")
    return read_url(text) if "://" in text else text


def read_media_type(value: Any) -> str:
    """Read an IANA media type, by its name or its address.

    Raises:
        Unsayable: no media type.
    """
    text = read_line(value, "not_media_type").lower()
    name = unquote(text.rpartition("iana.org/assignments/media-types/")[2])
    name = name.partition(";")[0].strip().lower()
    if not _MEDIA_TYPE.match(name):
        raise Unsayable("not_media_type")
    return name


def _first_day(text: str) -> str:
    return text[:10] if len(text) > 7 else f"{text}-01-01"[:10]


def _last_day(text: str) -> str:
    return {4: f"{text}-12-31", 7: f"{text}-31"}.get(len(text), text[:10])


def read_period(value: Any) -> Period:
    """Read a period: ``start/end``, a single start, or a mapping with both.

    An unknown start is ``..``, as in ISO 8601-2.

    Raises:
        Unsayable: no period, or one that ends before it starts.
    """
    if isinstance(value, str):
        start, slash, end = value.partition("/")
        value = {"start": start, "end": end if slash else None}
    if not isinstance(value, Mapping):
        raise Unsayable("not_period")
    ends = [value.get(part) for part in ("start", "end")]
    if all(is_blank(part) or part == ".." for part in ends):
        raise Unsayable("not_period")
    first, last = (None if is_blank(p) or p == ".." else read_date(p) for p in ends)
    if first and last and _first_day(first) > _last_day(last):
        raise Unsayable("reversed_period")
    return Period(start=first, end=last)


def _read_numbers(value: Any, count: int) -> tuple[float, ...]:
    if isinstance(value, str):
        value = value.strip().strip("[]").split(",")
    try:
        numbers = tuple(float(part) for part in value)
    except (TypeError, ValueError) as error:
        raise Unsayable("not_place") from error
    limits = (180, 90) * (count // 2)
    if len(numbers) != count or not all(
        abs(number) <= limit for number, limit in zip(numbers, limits, strict=True)
    ):
        raise Unsayable("not_place")
    if count == 4 and numbers[1] > numbers[3]:
        raise Unsayable("not_place")
    return numbers


def _read_place_code(value: Any) -> str:
    text = read_line(value, "not_place")
    if country := vocabulary("country").find(text):
        return country.code
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}", text):
        raise Unsayable("not_place")
    return text


def _read_place_text(text: str) -> Mapping[str, Any]:
    """Find out which of the profile's forms of a place a single text has."""
    text = text.strip()
    if text.startswith("{"):
        parts = read_list(f"[{text}]")[0]
        return parts if isinstance(parts, Mapping) else {"text": text}
    if text.startswith("[") or re.fullmatch(r"[-+.\d]+(\s*,\s*[-+.\d]+)+", text):
        return {"bbox" if text.count(",") == 3 else "centroid": text}
    if "://" in text:
        return {"uri": text}
    if vocabulary("country").find(text) or _PLACE_CODE.match(text):
        return {"code": text}
    return {"text": text}


_PLACE_PARTS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "code": ("code", _read_place_code),
    "uri": ("uri", read_url),
    "text": ("name", read_text),
    "bbox": ("bbox", lambda value: _read_numbers(value, 4)),
    "centroid": ("centroid", lambda value: _read_numbers(value, 2)),
}


def read_place(value: Any) -> Place:
    """Read a place: a text in any of the profile's forms, or a mapping of its parts.

    Args:
        value: a code, name, address, ``[lon, lat]`` or ``[W, S, E, N]``; or a mapping (or
            JSON object) with ``code``, ``uri``, ``text``, ``bbox``, ``centroid``.

    Raises:
        Unsayable: no place; or one with a part that can't be said, `kept` without it.
    """
    if isinstance(value, str):
        value = _read_place_text(value)
    elif isinstance(value, list):
        value = {"bbox" if len(value) == 4 else "centroid": value}
    if not isinstance(value, Mapping):
        raise Unsayable("not_place")
    parts: dict[str, Any] = {}
    wrong: Unsayable | None = None
    for key, (name, read) in _PLACE_PARTS.items():
        if not is_blank(value.get(key)):
            try:
                parts[name] = read(value[key])
            except Unsayable as problem:
                wrong = wrong or problem
                if problem.kept:
                    parts[name] = problem.kept
    place = _make_place(parts)
    if wrong or place is None:
        raise Unsayable(wrong.why if wrong else "not_place", kept=place)
    return place


def _make_place(parts: dict[str, Any]) -> Place | None:
    """Make a place of its parts, if they are of one; a country's address is its code."""
    if not parts or isinstance(parts.get("name"), Mapping):
        return None
    country = vocabulary("country").find(parts.get("uri", ""))
    if country and "code" not in parts:
        parts = {**parts, "code": country.code}
        del parts["uri"]
    return Place(**parts)


def read_list(value: Any) -> list[Any]:
    """Read several values: a list, a JSON list in a text, or a single one."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
    return list(value) if isinstance(value, (list, tuple)) else [value]


def read_value(row: Row, raw: Any) -> Any:
    """Read a single value by the type of its field.

    Args:
        row: the field, of any type but records; of a link only the text that names it is read.
        raw: the value.

    Returns:
        What the feeds say.

    Raises:
        Unsayable: no feed can say it.
    """
    return read_code(raw, row) if row.type == "code" else READERS[row.type](raw)


#: How a value is read, by the type of its field; what a code may be, the row says.
READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": read_text,
    "url": read_url,
    "email": read_email,
    "date": read_date,
    "integer": read_integer,
    "media_type": read_media_type,
    "period": read_period,
    "place": read_place,
    "link": read_text,
}
