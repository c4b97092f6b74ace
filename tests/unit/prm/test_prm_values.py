"""Single values: what passes, and what is refused with which reason."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.prm import texts
from ckanext.gtplan.prm import values as v

TIMES = st.datetimes(timezones=st.sampled_from([None, timezone.utc, timezone(timedelta(hours=-6))]))


@given(st.dates() | TIMES)
def test_a_date_is_read_as_it_was_written(when: date) -> None:
    assert v.read_date(when.isoformat()) == when.isoformat()


@given(st.dates())
def test_years_and_months_keep_their_precision(day: date) -> None:
    assert v.read_date(day.isoformat()[:4]) == day.isoformat()[:4]
    assert v.read_date(day.isoformat()[:7]) == day.isoformat()[:7]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2016-04-14 19:48", "2016-04-14T19:48:00"),
        ("2016-04-14T19:48:05Z", "2016-04-14T19:48:05+00:00"),
        ("2016-04-14T19:48:05.5-0600", "2016-04-14T19:48:05.500000-06:00"),
        (" 2018 ", "2018"),
    ],
)
def test_moments_are_written_in_one_form(written: str, read: str) -> None:
    assert v.read_date(written) == read
    assert v.read_date(read) == read


@pytest.mark.parametrize(
    "written",
    ["0000", "0000-13-45", "2020-02-31", "2018-13", "18", "2018-11-30T25:00", "ayer", "２０１８"]
    + ["2018-11-30T10:00:00+15:00", "2018-1-1", ["2018"], 2018, True, date(2018, 1, 1), "2018\x00"],
)
def test_impossible_dates_are_refused(written: Any) -> None:
    with pytest.raises(v.Unsayable) as refused:
        v.read_date(written)
    assert refused.value.why == "not_date"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://a.org/x y.csv", "https://a.org/x%20y.csv"),
        ("HTTPS://A.org/año?q=á#ñ", "https://a.org/a%C3%B1o?q=%C3%A1#%C3%B1"),
        ("http://a.org/100%", "http://a.org/100%25"),
        ("http://a.org/%7Ex?a=[1]", "http://a.org/%7Ex?a=%5B1%5D"),
        ("http://españa.es/", "http://xn--espaa-rta.es/"),
        ("http://[::1]:5000/x", "http://[::1]:5000/x"),
        ("ftp://a.org", "ftp://a.org"),
    ],
)
def test_addresses_are_read_as_a_browser_sends_them(written: str, read: str) -> None:
    assert v.read_url(written) == read
    assert v.read_url(read) == read


@pytest.mark.parametrize(
    "written",
    ["www.example.org", "javascript:alert(1)", "mailto:a@example.org", "http://", "http://a b/"]
    + ["http://a.org:port/", "http://[::1", "http://user:secret@a.org/", "http://a.org/\nx", 5, []]
    + ["http://a<b>.org/", "file:///etc/passwd", "http://" + "a" * 50_000 + "!/"],
)
def test_what_is_no_address_is_refused(written: Any) -> None:
    with pytest.raises(v.Unsayable):
        v.read_url(written)


@given(st.text())
def test_a_text_is_said_without_what_xml_cannot_hold(written: str) -> None:
    try:
        said = v.read_text(written)
    except v.Unsayable as problem:
        said = problem.kept
        if said is None:
            return
    assert isinstance(said, str)
    assert not set(said) & {chr(c) for c in range(32)} - {"\t", "\n"}
    assert v.read_text(said) == said


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2015-01-01/2015-12-31", v.Period(start="2015-01-01", end="2015-12-31")),
        ("2015", v.Period(start="2015")),
        ("2015/..", v.Period(start="2015")),
        ("../2015-06", v.Period(end="2015-06")),
        ({"start": "2018-11", "end": "2018"}, v.Period(start="2018-11", end="2018")),
        ("2018-11-30/2018-11", v.Period(start="2018-11-30", end="2018-11")),
    ],
)
def test_periods(written: Any, read: v.Period) -> None:
    assert v.read_period(written) == read


@pytest.mark.parametrize("written", ["2015-02/2015-01", {"start": "2019", "end": "2018-12-31"}])
def test_a_period_that_ends_before_it_starts_is_refused(written: Any) -> None:
    with pytest.raises(v.Unsayable) as refused:
        v.read_period(written)
    assert refused.value.why == "reversed_period"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ARG", v.Place(code="ARG")),
        ("gt", v.Place(code="GTM")),
        ("GT-01", v.Place(code="GT-01")),
        ("06007", v.Place(code="06007")),
        ("Antigua Guatemala", v.Place(name="Antigua Guatemala")),
        ("http://sws.geonames.org/6255146", v.Place(uri="http://sws.geonames.org/6255146")),
        ("[-58.1, -35.1, -57.1, -33.1]", v.Place(bbox=(-58.1, -35.1, -57.1, -33.1))),
        ("-58.1,-35.1", v.Place(centroid=(-58.1, -35.1))),
        ([-58, -35], v.Place(centroid=(-58.0, -35.0))),
        ({"code": "GT", "text": "Guate"}, v.Place(code="GTM", name="Guate")),
    ],
)
def test_places_in_every_form_of_the_profile(written: Any, read: v.Place) -> None:
    assert v.read_place(written) == read


@pytest.mark.parametrize(
    "written", ["[1]", "[200, 0]", "[nan, 0]", "[0, 10, 0, 5]", {"bbox": "x"}, {}, 5, [None, 1]]
)
def test_impossible_places_are_refused(written: Any) -> None:
    with pytest.raises(v.Unsayable):
        v.read_place(written)


@pytest.mark.parametrize(
    "written, why, kept",
    [
        ("Anti\x08gua", "control_characters", v.Place(name="Antigua")),
        ({"code": "GT-01", "uri": "nowhere"}, "not_url", v.Place(code="GT-01")),
        ({"uri": "nowhere"}, "not_url", None),
    ],
)
def test_what_is_right_of_a_place_is_kept(written: Any, why: str, kept: v.Place | None) -> None:
    with pytest.raises(v.Unsayable) as refused:
        v.read_place(written)
    assert (refused.value.why, refused.value.kept) == (why, kept)


@given(TIMES)
def test_python_reads_back_every_moment(when: datetime) -> None:
    assert datetime.fromisoformat(v.read_date(when.isoformat())) == when


_ADDRESS = r"(http|https|ftp)://[a-zA-Z0-9_.-]{1,9}(:[0-9]{1,3})?(/[A-Za-z0-9._~/% áñ-]{0,9})?"


@given(st.from_regex(_ADDRESS, fullmatch=True))
def test_an_address_that_needs_no_change_is_read_as_any_other(written: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_PLAIN_URL", re.compile("(?!)"))
        expected = _try(v.read_url, written)
    assert _try(v.read_url, written) == expected


@given(st.text())
def test_a_text_that_needs_no_change_is_read_as_any_other(written: str) -> None:
    # a text by its language is looked at letter by letter
    assert _try(v.read_text, written) == _try(v.read_text, {"es": written})


def _try(read: Any, written: Any) -> Any:
    """Read a value; of one that cannot be said, why and what is kept."""
    try:
        return _take_out(read(written))
    except v.Unsayable as problem:
        return problem.why, _take_out(problem.kept)


def _take_out(read: Any) -> Any:
    return read["es"] if isinstance(read, dict) else read
