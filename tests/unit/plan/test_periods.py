"""Periods of observations: written, read, put in order and named."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.periods import GRANULARITIES, Period, PeriodError

YEARS = st.integers(1, 9999).map(lambda year: f"{year:04d}")
TEXTS = st.one_of(
    YEARS,
    st.tuples(YEARS, st.sampled_from(["S1", "S2", "Q1", "Q2", "Q3", "Q4"])).map("-".join),
    st.dates().map(lambda day: day.isoformat()[:7]),
    st.dates().map(date.isoformat),
)


@given(TEXTS)
def test_what_is_read_is_written_as_it_was(text: str) -> None:
    assert str(Period.parse(text)) == text


@given(TEXTS)
def test_a_period_lies_in_its_year_and_starts_before_it_ends(text: str) -> None:
    period = Period.parse(text)
    assert period.start <= period.end
    assert period.start.year == period.end.year == int(text[:4])
    assert period.granularity in GRANULARITIES


@given(YEARS.filter(lambda year: year != "9999"), st.sampled_from(["S", "Q"]))
def test_the_parts_of_a_year_follow_each_other_and_fill_it(year: str, letter: str) -> None:
    count = 2 if letter == "S" else 4
    parts = [Period.parse(f"{year}-{letter}{number}") for number in range(1, count + 1)]
    whole = Period.parse(year)
    assert (parts[0].start, parts[-1].end) == (whole.start, whole.end)
    for earlier, later in zip(parts, parts[1:], strict=False):
        assert later.start == earlier.end + timedelta(days=1)
        assert earlier.sort_key < later.sort_key
    assert [part.number for part in parts] == list(range(1, count + 1))


def test_the_longer_period_comes_first() -> None:
    texts = ["2019-01-01", "2019-01", "2018-12-31", "2019-Q1", "2019-S1", "2019"]
    ordered = sorted(texts, key=lambda text: Period.parse(text).sort_key)
    assert ordered == ["2018-12-31", "2019", "2019-S1", "2019-Q1", "2019-01", "2019-01-01"]


@pytest.mark.parametrize(
    "text",
    ["", "19", "2019-S3", "2019-Q0", "2019-Q5", "2019-q1", "2019-13", "2019-02-30", "0000",
     "0000-S1", "2019-W01", "2019/01", "２０１９", "2019-S1-01", "2019-S1\n2019", "abc"],
)  # fmt: skip
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(PeriodError) as error:
        Period.parse(text)
    assert error.value.text == text


@given(st.text(max_size=12))
def test_any_text_is_a_period_or_refused(text: str) -> None:
    with suppress(PeriodError):
        assert str(Period.parse(text)) == text.strip()


@pytest.mark.parametrize(
    "text, es, en, pt",
    [
        ("2019", "2019", "2019", "2019"),
        ("2019-S2", "semestre 2 de 2019", "H2 2019", "2º semestre de 2019"),
        ("2019-Q3", "trimestre 3 de 2019", "Q3 2019", "3º trimestre de 2019"),
        ("2019-09", "sept. 2019", "Sept 2019", "set. 2019"),
        ("2019-07-31", "31 jul. 2019", "31 Jul 2019", "31 jul. 2019"),
    ],
)
def test_labels(text: str, es: str, en: str, pt: str) -> None:
    period = Period.parse(text)
    assert period.get_label("es") == period.get_label("es_GT") == period.get_label("fr") == es
    assert period.get_label("en") == en
    assert period.get_label("pt_BR") == period.get_label("pt_PT") == pt
