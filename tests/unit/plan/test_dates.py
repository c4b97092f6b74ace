"""Dates keep the precision of their document, and only dates are dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.dates import DateError, PartialDate, is_inverted, is_outside


def _make(day: date, precision: str) -> PartialDate:
    return PartialDate(
        year=day.year,
        month=None if precision == "year" else day.month,
        day=day.day if precision == "day" else None,
    )


dates = st.builds(_make, st.dates(), st.sampled_from(["year", "month", "day"]))
near_dates = st.builds(
    _make,
    st.dates(date(2018, 1, 1), date(2020, 12, 31)),
    st.sampled_from(["year", "month", "day"]),
)
maybe_dates = st.none() | near_dates


class TestParse:
    @given(dates)
    def test_text_and_date_are_the_same(self, value: PartialDate) -> None:
        assert PartialDate.parse(str(value)) == value
        assert str(PartialDate.parse(str(value))) == str(value)

    @given(dates)
    def test_length_is_the_precision(self, value: PartialDate) -> None:
        assert {4: "year", 7: "month", 10: "day"}[len(str(value))] == value.precision

    def test_space_around_is_no_part_of_a_date(self) -> None:
        assert PartialDate.parse(" 2018-11\n") == PartialDate(year=2018, month=11)

    @pytest.mark.parametrize("year", [1900, 2000, 2019, 2020])
    def test_days_are_those_of_the_calendar(self, year: int) -> None:
        for month in range(14):
            for day in range(33):
                try:
                    known = str(date(year, month, day))
                except ValueError:
                    with pytest.raises(DateError):
                        PartialDate.parse(f"{year}-{month:02d}-{day:02d}")
                else:
                    assert str(PartialDate.parse(known)) == known

    @pytest.mark.parametrize(
        "text",
        ["2020-02-31", "2019-02-29", "1900-02-29", "2018-04-31", "2018-13", "2018-00", "0000"],
    )
    def test_day_that_does_not_exist(self, text: str) -> None:
        with pytest.raises(DateError) as raised:
            PartialDate.parse(text)
        assert (raised.value.text, raised.value.reason) == (text, "calendar")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "31.2.2020",
            "10.1.2022",
            "16-11-2018",
            "2018/11/30",
            "20181130",
            "2018-1",
            "2018-11-3",
            "2018-11-",
            "2018-",
            "-2018",
            "+2018",
            "18",
            "12018",
            "2018-W10",
            "2018-334",
            "2018-11-30T00:00:00",
            "2018-11-30 x",
            "2018-11\n-30",
            "2018\u201311",
            "２０１８",
            "٢٠١٨",
            "Abril 2019",
            "2018.0",
            "null",
        ],
    )
    def test_other_forms(self, text: str) -> None:
        with pytest.raises(DateError) as raised:
            PartialDate.parse(text)
        assert (raised.value.text, raised.value.reason) == (text, "form")

    @given(st.text() | st.text(alphabet="0123456789-. ", max_size=12))
    def test_any_text_is_the_date_that_it_says_or_refused(self, text: str) -> None:
        try:
            value = PartialDate.parse(text)
        except DateError:
            return
        assert str(value) == text.strip()
        assert text.isascii()


class TestDays:
    @given(dates)
    def test_first_is_not_after_last(self, value: PartialDate) -> None:
        assert value.first_day <= value.last_day
        assert (value.first_day == value.last_day) == (value.precision == "day")

    @given(st.dates(max_value=date(9998, 12, 31)), st.sampled_from(["year", "month", "day"]))
    def test_last_is_the_day_before_the_next_begins(self, day: date, precision: str) -> None:
        value = _make(day, precision)
        after = value.last_day + timedelta(days=1)
        assert _make(after, precision).first_day == after
        assert _make(value.last_day, precision) == value

    @given(st.dates())
    def test_day_lies_in_its_month_and_year(self, day: date) -> None:
        for precision in ("year", "month", "day"):
            value = _make(day, precision)
            assert value.first_day <= day <= value.last_day

    @pytest.mark.parametrize(
        "text, first, last",
        [
            ("2020-02", "2020-02-01", "2020-02-29"),
            ("2019-02", "2019-02-01", "2019-02-28"),
            ("2019-04", "2019-04-01", "2019-04-30"),
            ("2018", "2018-01-01", "2018-12-31"),
            ("2018-11-16", "2018-11-16", "2018-11-16"),
            ("9999-12", "9999-12-01", "9999-12-31"),
        ],
    )
    def test_month_of_a_work_plan(self, text: str, first: str, last: str) -> None:
        value = PartialDate.parse(text)
        assert (str(value.first_day), str(value.last_day)) == (first, last)

    def test_dates_of_unlike_precision_have_no_order(self) -> None:
        with pytest.raises(TypeError):
            sorted([PartialDate(year=2019), PartialDate(year=2019, month=3)])  # type: ignore


class TestInverted:
    @given(near_dates, near_dates)
    def test_only_when_every_day_is_before_every_day(
        self, start: PartialDate, end: PartialDate
    ) -> None:
        assert is_inverted(start, end) == (end.last_day < start.first_day)
        assert not (is_inverted(start, end) and is_inverted(end, start))

    @given(maybe_dates)
    def test_never_against_itself_or_the_unknown(self, value: PartialDate | None) -> None:
        assert not is_inverted(value, value)
        assert not is_inverted(value, None)
        assert not is_inverted(None, value)

    @given(near_dates, near_dates, near_dates)
    def test_carries_on(self, a: PartialDate, b: PartialDate, c: PartialDate) -> None:
        if is_inverted(a, b) and is_inverted(b, c):
            assert is_inverted(a, c)

    @pytest.mark.parametrize(
        "start, end, inverted",
        [
            ("2022-01", "2022-01-10", False),
            ("2022-01-10", "2022-01", False),
            ("2022-01-10", "2022", False),
            ("2022-01-10", "2022-01-10", False),
            ("2022-01-10", "2022-01-09", True),
            ("2022-02", "2022-01-31", True),
            ("2022-02-01", "2022-01", True),
            ("2022", "2021-12-31", True),
        ],
    )
    def test_mixed_precision(self, start: str, end: str, inverted: bool) -> None:
        assert is_inverted(PartialDate.parse(start), PartialDate.parse(end)) is inverted


class TestOutside:
    @given(maybe_dates, maybe_dates)
    def test_period_lies_in_itself_and_in_the_unknown(
        self, start: PartialDate | None, end: PartialDate | None
    ) -> None:
        assert not is_outside(start, end, start, end)
        assert not is_outside(start, end, None, None)
        assert not is_outside(None, None, start, end)

    @given(maybe_dates, maybe_dates, maybe_dates, maybe_dates)
    def test_wider_period_holds_what_the_narrow_one_holds(
        self,
        start: PartialDate | None,
        end: PartialDate | None,
        outer_start: PartialDate | None,
        outer_end: PartialDate | None,
    ) -> None:
        wide = PartialDate(year=2017), PartialDate(year=2021)
        assert not is_outside(start, end, *wide)
        if not is_outside(start, end, outer_start, outer_end):
            assert not is_outside(start, end, None, outer_end)
            assert not is_outside(start, end, outer_start, None)

    def test_what_the_documents_contradict(self) -> None:
        commitment = PartialDate.parse("2018-11"), PartialDate.parse("2020-08-30")
        first, last = PartialDate.parse("2018-11"), PartialDate.parse("2020-08")
        assert not is_outside(first, last, *commitment)
        assert is_outside(None, PartialDate.parse("2020-12"), *commitment)
        assert is_outside(PartialDate.parse("2018-10"), None, *commitment)
