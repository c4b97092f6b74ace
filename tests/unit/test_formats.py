"""Dates, amounts and countries as the reader's language and the plan's country write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.formats import (
    format_amount,
    format_country,
    format_number,
    format_partial_date,
    list_months,
    list_quarters,
)
from ckanext.gtplan.plan.dates import PartialDate

AMOUNT = Decimal("570075.00")


@pytest.mark.parametrize(
    ("language", "country", "expected"),
    [
        ("es", "GTM", "GTQ 570,075.00"),
        ("es", "GT", "GTQ 570,075.00"),
        ("es", "ESP", "GTQ 570.075,00"),
        ("en", "GTM", "GTQ 570,075.00"),
        ("pt_BR", "GTM", "GTQ 570.075,00"),
        ("es", "XXX", "GTQ 570.075,00"),
        ("es", "no country", "GTQ 570.075,00"),
        ("xx", None, "GTQ 570.075,00"),
    ],
)
def test_an_amount_has_the_separators_of_language_and_country(
    language: str, country: str | None, expected: str
) -> None:
    assert format_amount(AMOUNT, "GTQ", language, country) == expected


@given(st.integers(min_value=0, max_value=10**17))
def test_no_cent_is_lost(cents: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    text = format_amount(amount, "GTQ", "es", "GTM").removeprefix("GTQ ")
    assert Decimal(text.replace(",", "")) == amount


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_no_digit_of_a_quantity_is_lost(number: Decimal) -> None:
    assert Decimal(format_number(number, "es", "GTM").replace(",", "")) == number


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("2018", "es", "2018"),
        ("2019-04", "es", "abril de 2019"),
        ("2019-04", "en", "April 2019"),
        ("2019-04", "pt_BR", "abril de 2019"),
        ("2020-08-30", "es", "30 de agosto de 2020"),
        ("2020-08-30", "en", "August 30, 2020"),
    ],
)
def test_a_date_is_as_precise_as_it_is_known(text: str, language: str, expected: str) -> None:
    assert format_partial_date(PartialDate.parse(text), language) == expected


@given(st.dates(), st.sampled_from(["es", "en", "pt_BR"]), st.sampled_from([4, 7, 10]))
def test_every_date_can_be_written(date: object, language: str, length: int) -> None:
    parsed = PartialDate.parse(str(date)[:length])
    assert str(parsed.year) in format_partial_date(parsed, language)


@pytest.mark.parametrize(
    ("code", "language", "expected"),
    [
        ("GTM", "es", "Guatemala"),
        ("BRA", "pt_BR", "Brasil"),
        ("BR", "en", "Brazil"),
        ("QQQ", "es", "QQQ"),
    ],
)
def test_a_country_is_named_in_the_language(code: str, language: str, expected: str) -> None:
    assert format_country(code, language) == expected


@pytest.mark.parametrize(
    ("language", "april", "second"),
    [("es", "abr", "T2"), ("en", "Apr", "Q2"), ("pt_BR", "abr", "T2")],
)
def test_months_and_quarters_have_short_names(language: str, april: str, second: str) -> None:
    months, quarters = list_months(language), list_quarters(language)
    assert (len(months), months[3]) == (12, april)
    assert (len(quarters), quarters[1]) == (4, second)
