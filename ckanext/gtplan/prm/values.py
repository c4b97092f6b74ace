"""Read single values: what a feed can say passes, anything else is named and left out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from .profile import Row
from .vocabulary import vocabulary


def N_(text: str) -> str:
    """Mark a text that is translated where it is shown."""
    return text


# Why a value can't be said.
REASONS: Mapping[str, str] = {
    "control_characters": N_("It has control characters, which no feed can hold."),
    "not_text": N_("It is not text."),
    "not_url": N_("It is not a web address (http, https or ftp)."),
    "not_email": N_("It is not an e-mail address."),
    "not_date": N_("It is not a date: write 2018, 2018-11, 2018-11-30 or 2018-11-30T09:00:00."),
    "not_number": N_("It is not a whole number from 0 up."),
    "not_code": N_("It is not in the code list."),
    "not_media_type": N_("It is not a media type such as text/csv."),
    "not_period": N_("It is not a period: write 2018-11/2020-10, or only its start."),
    "reversed_period": N_("It ends before it starts."),
    "not_place": N_("It is not a place: a code, a name, an address or coordinates."),
    "not_record": N_("It is not a record."),
    "only_one": N_("It is one too many: only the first can be said."),
    "no_public_record": N_("It names no public record."),
}

# What XML 1.0 can't hold, and so no feed can: C0 controls but tab and line
# ends, lone surrogates, the two noncharacters.
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LANGUAGE = re.compile(r"^[a-z]{2,3}([_-][A-Za-z]{2,4})?$")
_DATE = re.compile(r"^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$", re.ASCII)
_DATETIME = re.compile(
    r"^(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$",
    re.ASCII,
)
_EMAIL = re.compile(r"^[^\s@<>\"(),:;\\\[\]]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
_MEDIA_TYPE = re.compile(r"^[a-z]+/[a-z0-9][a-z0-9!#$&^_.+-]*$")
_HOST = re.compile(r"^([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\])$")
_PLACE_CODE = re.compile(r"^([A-Z]{2}-[A-Z0-9]{1,3}|\d{2,10})$")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Unsayable(ValueError):
    """A value that no feed can say.

    Args:
        why: a key of REASONS.
        kept: what can still be said of it, if anything.
    """

    def __init__(self, why: str, kept: Any = None) -> None:
        super().__init__(REASONS[why])
        self.why = why
        self.kept = kept


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


def is_blank(value: Any) -> bool:
    """Tell whether a value says nothing at all, and so is no problem either."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, Mapping):
        return all(is_blank(part) for part in value.values())
    return value is None or value == []


def read_text(value: Any) -> str | Mapping[str, str]:
    """Read a text, or texts by language.

    Args:
        value: what the record holds.

    Returns:
        The text with line ends as ``\\n``.

    Raises:
        Unsayable: no text; or with control characters, `kept` without them.
    """
    texts = value if isinstance(value, Mapping) else {"und": value}
    if not all(
        isinstance(language, str) and _LANGUAGE.match(language) and isinstance(text, str)
        for language, text in texts.items()
    ):
        raise Unsayable("not_text")
    lines = {k: v.replace("\r\n", "\n").replace("\r", "\n") for k, v in texts.items()}
    clean = {k: _UNSAYABLE.sub("", text) for k, text in lines.items()}
    said = {k: text for k, text in clean.items() if text.strip()}
    read = said if isinstance(value, Mapping) else said.get("und")
    if clean != lines:
        raise Unsayable("control_characters", kept=read or None)
    if not read:
        raise Unsayable("not_text")
    return read


def _read_line(value: Any, why: str) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text or _UNSAYABLE.search(text) or set(text) & set("\t\n\r"):
        raise Unsayable(why)
    return text


def read_url(value: Any) -> str:
    """Read a web address into the form that a browser would send.

    Args:
        value: what the record holds.

    Returns:
        The address in ASCII; what RFC 3986 doesn't allow is percent-encoded.

    Raises:
        Unsayable: no address that a browser would open.
    """
    text = _read_line(value, "not_url")
    try:
        parts = urlsplit(text)
        host, port, userinfo = parts.hostname or "", parts.port, parts.username
        if ":" in host:
            host = f"[{host}]"
        elif not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError as error:
        raise Unsayable("not_url") from error
    known = parts.scheme in ("http", "https", "ftp")
    if not known or userinfo is not None or not _HOST.match(host):
        raise Unsayable("not_url")

    def encode(part: str, safe: str) -> str:
        return quote(_STRAY_PERCENT.sub("%25", part), safe=f"%!$&'()*+,;=:@/{safe}")

    netloc = host if port is None else f"{host}:{port}"
    path, query = encode(parts.path, ""), encode(parts.query, "?")
    return urlunsplit((parts.scheme, netloc, path, query, encode(parts.fragment, "?")))


def read_email(value: Any) -> str:
    """Read an e-mail address, with or without ``mailto:``.

    Raises:
        Unsayable: no address.
    """
    text = _read_line(value, "not_email").removeprefix("mailto:")
    if not _EMAIL.match(text):
        raise Unsayable("not_email")
    return text


def read_date(value: Any) -> str:
    """Read a date as precise as it is given: year, month, day, or day and time.

    Args:
        value: text as ``2018``, ``2018-11``, ``2018-11-30``, ``2018-11-30T09:00:00-06:00``.

    Returns:
        The same, in the form of XML Schema; fractions of seconds to six digits.

    Raises:
        Unsayable: no date, or a day that the calendar doesn't have.
    """
    text = _read_line(value, "not_date")
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
    day, hour, minute, second, fraction, zone = match.groups()
    offset = None
    if zone == "Z":
        offset = timezone.utc
    elif zone:
        digits = zone[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        if minutes > 14 * 60 or int(digits[2:]) > 59:
            raise ValueError(zone)
        offset = timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
    year, month, monthday = (int(part) for part in day.split("-"))
    moment = datetime(
        year,
        month,
        monthday,
        int(hour),
        int(minute),
        int(second or 0),
        int((fraction or "").ljust(6, "0")[:6]),
        tzinfo=offset,
    )
    return moment.isoformat()


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
    text = _read_line(value, "not_code")
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
    text = _read_line(value, "not_media_type").lower()
    name = text.rpartition("iana.org/assignments/media-types/")[2].partition(";")[0].strip()
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
    text = _read_line(value, "not_place")
    if country := vocabulary("country").find(text):
        return country.code
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}", text):
        raise Unsayable("not_place")
    return text


def _read_place_text(text: str) -> Mapping[str, Any]:
    """Find out which of the profile's forms of a place a single text has."""
    text = text.strip()
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
        value: a code, name, address, ``[lon, lat]`` or ``[W, S, E, N]``; or a
            mapping with ``code``, ``uri``, ``text``, ``bbox``, ``centroid``.

    Raises:
        Unsayable: no place.
    """
    if isinstance(value, str):
        value = _read_place_text(value)
    elif isinstance(value, list):
        value = {"bbox" if len(value) == 4 else "centroid": value}
    if not isinstance(value, Mapping):
        raise Unsayable("not_place")
    parts: dict[str, Any] = {}
    for key, (name, read) in _PLACE_PARTS.items():
        if not is_blank(value.get(key)):
            parts[name] = read(value[key])
    if not parts or isinstance(parts.get("name"), Mapping):
        raise Unsayable("not_place")
    return Place(**parts)


def read_list(value: Any) -> list[Any]:
    """Read several values: a list, a JSON list in a text, or a single one."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
    return list(value) if isinstance(value, (list, tuple)) else [value]
