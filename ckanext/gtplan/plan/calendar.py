"""Calendars of due dates (RFC 5545, and the names of RFC 7986), written to be subscribed to.

The same events make the same bytes: nothing in a calendar is of the moment it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timezone
from uuid import NAMESPACE_URL, uuid5

#: RFC 5545, 3.1: octets of a line, without its end.
_WIDTH = 75
_PRODUCT = "-//ckanext-gtplan//due dates//EN"
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that falls due on a day.

    Attributes:
        source: what it is, as an address that stays: the identifier is made of it.
        address: the page that tells of it.
        changed: when what it says last changed, in UTC.
    """

    source: str
    day: date
    summary: str
    description: str
    address: str
    category: str
    changed: datetime


def write_calendar(name: str, description: str, events: Iterable[Event]) -> str:
    """Write a calendar.

    Args:
        name: what it is called in a list of calendars.
        description: what is in it.
        events: what falls due; each is a whole day that keeps nobody busy.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"NAME:{_escape(name)}",
        f"X-WR-CALNAME:{_escape(name)}",
        f"DESCRIPTION:{_escape(description)}",
        f"X-WR-CALDESC:{_escape(description)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-PUBLISHED-TTL:PT12H",
    ]
    for event in events:
        lines += _list_lines(event)
    lines.append("END:VCALENDAR")
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _list_lines(event: Event) -> Iterator[str]:
    moment = event.changed.astimezone(timezone.utc)
    stamp = f"{moment.year:04d}{moment:%m%dT%H%M%SZ}"
    yield "BEGIN:VEVENT"
    yield f"UID:{uuid5(NAMESPACE_URL, event.source)}"
    yield f"DTSTAMP:{stamp}"
    yield f"LAST-MODIFIED:{stamp}"
    yield f"DTSTART;VALUE=DATE:{event.day.year:04d}{event.day:%m%d}"
    yield f"SUMMARY:{_escape(event.summary)}"
    yield f"DESCRIPTION:{_escape(event.description)}"
    yield f"CATEGORIES:{_escape(event.category)}"
    yield f"URL:{_drop_control(event.address)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _escape(text: str) -> str:
    """Write a text as a value (RFC 5545, 3.3.11); what no value may hold is left out."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_ESCAPES)


def _drop_control(address: str) -> str:
    return _CONTROL.sub("", address).replace("\n", "").replace("\t", "")


def _fold(line: str) -> str:
    """Break a line where it is too long, and never within a character (RFC 5545, 3.1)."""
    data, parts, width = line.encode("utf-8", "replace"), [], _WIDTH
    while len(data) > width:
        end = width
        while data[end] & 0xC0 == 0x80:  # the middle of a character
            end -= 1
        parts.append(data[:end].decode())
        data, width = data[end:], _WIDTH - 1  # the blank that begins a further line counts
    return "\r\n ".join([*parts, data.decode()])
