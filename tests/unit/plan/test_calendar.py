"""Calendars as a program that follows RFC 5545 reads them."""

from __future__ import annotations

from datetime import date, datetime, timezone

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.calendar import Event, write_calendar

CHANGED = datetime(2020, 6, 15, 12, 30, tzinfo=timezone.utc)
#: What people write, controls and other planes of Unicode among it; no lone surrogates.
TEXTS = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=300)


def make_event(**values: object) -> Event:
    given_: dict[str, object] = {
        "source": "https://datos.example.gt/m#deliverable/datos",
        "day": date(2020, 4, 30),
        "summary": "Entregable: Los datos",
        "description": "Vence: abril de 2020",
        "address": "https://datos.example.gt/milestone/m#entregable-datos",
        "category": "Entregable",
        "changed": CHANGED,
    }
    return Event(**{**given_, **values})  # type: ignore[arg-type]


def parse(text: str) -> icalendar.Calendar:
    return icalendar.Calendar.from_ical(text)


def clean(text: str) -> str:
    """Leave out what no value of RFC 5545 may hold; an end of a line is one."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or not (c < " " or c == "\x7f"))


def test_a_whole_day_that_keeps_nobody_busy() -> None:
    (event,) = parse(write_calendar("Plan", "Lo que vence", [make_event()])).events
    assert event["DTSTART"].dt == date(2020, 4, 30)
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert (event["TRANSP"], event["CATEGORIES"].cats) == ("TRANSPARENT", ["Entregable"])
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == CHANGED
    assert event["URL"] == "https://datos.example.gt/milestone/m#entregable-datos"


def test_its_name_is_what_calendars_show() -> None:
    found = parse(write_calendar("Plan; de acción, 2018", "Lo que vence", []))
    assert found["X-WR-CALNAME"] == found["NAME"] == "Plan; de acción, 2018"
    assert str(found["REFRESH-INTERVAL"]) == "PT12H"
    assert not found.events


def test_an_event_keeps_its_identifier_whatever_is_said_of_it() -> None:
    first, again, other = (
        parse(write_calendar("a", "", [event])).events[0]["UID"]
        for event in (
            make_event(),
            make_event(summary="Otro título", day=date(2021, 1, 1), description=""),
            make_event(source="https://datos.example.gt/m#deliverable/informe"),
        )
    )
    assert first == again != other


@given(TEXTS, TEXTS, st.dates(), st.datetimes(timezones=st.just(timezone.utc)))
def test_any_text_and_day_come_back(
    summary: str, description: str, day: date, changed: datetime
) -> None:
    changed = changed.replace(microsecond=0)
    event = make_event(summary=summary, description=description, day=day, changed=changed)
    text = write_calendar(summary, description, [event])
    assert text == write_calendar(summary, description, [event])
    lines = text.split("\r\n")
    assert lines[-1] == "" and not any("\n" in line or "\r" in line for line in lines)
    assert all(len(line.encode()) <= 75 for line in lines)
    (found,) = parse(text).events
    assert str(found["SUMMARY"]) == clean(summary)
    assert str(found["DESCRIPTION"]) == clean(description)
    assert (found["DTSTART"].dt, found["LAST-MODIFIED"].dt) == (day, changed)


@given(TEXTS)
def test_no_address_ends_its_line(address: str) -> None:
    (found,) = parse(write_calendar("a", "", [make_event(address=address)])).events
    assert found["TRANSP"] == "TRANSPARENT"
