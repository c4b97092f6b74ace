"""What people put into forms and cells is read as what it says, or refused with what is right."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.follow.answers import (
    CHOICES,
    AnswerError,
    AnswerKind,
    find_changes,
    read_answer,
    read_back,
    write_answer,
)
from ckanext.gtplan.plan.vocabulary import LANGUAGES, get_labels, list_codes

K = AnswerKind
MONTH, DAY, YEAR = "mmm\\-yy", "dd/mm/yyyy", "yyyy"


@pytest.mark.parametrize(
    "value, form, read",
    [
        ("2020", "", "2020"),
        (2020, "General", "2020"),
        (2020.0, "General", "2020"),
        (" 2020-03 ", "", "2020-03"),
        ("2020-03-15", "", "2020-03-15"),
        (datetime(2020, 3, 15), DAY, "2020-03-15"),
        (date(2020, 3, 15), "", "2020-03-15"),
        # a spreadsheet stores a month as its first day: what it shows is what was meant
        (datetime(2020, 3, 1), MONTH, "2020-03"),
        (datetime(2020, 3, 1), '[$-80A]mmmm" de "yyyy;@', "2020-03"),
        (datetime(2020, 1, 1), YEAR, "2020"),
        (datetime(2020, 3, 15), '[$-C0A]d" de "mmmm" de "yyyy', "2020-03-15"),
        (None, "", ""),
        ("   ", "", ""),
    ],
)
def test_dates(value: Any, form: str, read: str) -> None:
    assert read_answer("actual_start", value, form) == read


@pytest.mark.parametrize(
    "value",
    ["03/2020", "15/03/2020", "03/04/2020", "2020-13", "2020-02-30", "marzo 2020", 43905]
    + [True, time(10), datetime(2020, 3, 15, 10, 30), "43905"],
)
def test_what_is_no_date(value: Any) -> None:
    with pytest.raises(AnswerError) as refusal:
        read_answer("actual_end", value)
    assert refusal.value.kind is K.BAD_DATE


@pytest.mark.parametrize(
    "value, form, read",
    [
        (60, "General", "60"),
        (60.0, "General", "60"),
        (0.6, "0%", "60"),
        (0.605, "0.00%", "60.5"),
        (1, "0%", "100"),
        (1, "General", "1"),
        (0.30000000000000004, "0%", "30"),
        (0, "General", "0"),
        ("60", "", "60"),
        ("60%", "", "60"),
        ("60 %", "", "60"),
        ("60,5 ", "", "60.5"),
        ("0.6 %", "", "0.6"),
        (60, '0" %"', "60"),
    ],
)
def test_percentages(value: Any, form: str, read: str) -> None:
    assert read_answer("percent_complete", value, form) == read


@pytest.mark.parametrize("value", [0.6, "0.6", "0,6"])
def test_a_share_that_may_be_a_percentage_is_asked_about(value: Any) -> None:
    with pytest.raises(AnswerError) as refusal:
        read_answer("percent_complete", value, "General")
    assert refusal.value.kind is K.UNCLEAR_PERCENT
    assert refusal.value.expected == "60"


@pytest.mark.parametrize(
    "value, read",
    [
        (570075, "570075"),
        (570075.5, "570075.5"),
        ("570075.00", "570075"),
        ("570075,50", "570075.5"),
        ("570,075.00", "570075"),
        ("570.075,00", "570075"),
        ("1,570,075.25", "1570075.25"),
        ("570 075,00", "570075"),
        ("570\u00a0075,00", "570075"),
        ("-5", "-5"),
        (0.1 + 0.2, "0.3"),
        (Decimal("12.30"), "12.3"),
    ],
)
def test_amounts(value: Any, read: str) -> None:
    assert read_answer("executed_amount", value) == read


@pytest.mark.parametrize(
    "value, kind, expected",
    [
        ("570,075", K.UNCLEAR_NUMBER, "570075"),
        ("570.075", K.UNCLEAR_NUMBER, "570075"),
        ("Q 570", K.BAD_NUMBER, ""),
        ("1e3", K.BAD_NUMBER, ""),
        ("1,5,0", K.BAD_NUMBER, ""),
        ("12,34,567.00", K.BAD_NUMBER, ""),
        (True, K.BAD_NUMBER, ""),
        (datetime(2020, 1, 1), K.BAD_NUMBER, ""),
        ("9" * 16, K.BAD_NUMBER, ""),
        (1e18, K.BAD_NUMBER, ""),
        (float("nan"), K.BAD_NUMBER, ""),
        (float("inf"), K.BAD_NUMBER, ""),
        (100 / 3, K.TOO_PRECISE, "33.33"),
        ("1.2345", K.TOO_PRECISE, "1.23"),
    ],
)
def test_what_is_no_amount(value: Any, kind: AnswerKind, expected: str) -> None:
    with pytest.raises(AnswerError) as refusal:
        read_answer("executed_amount", value)
    assert (refusal.value.kind, refusal.value.expected) == (kind, expected)


@pytest.mark.parametrize("field", CHOICES)
def test_every_label_in_every_language_is_understood(field: str) -> None:
    for code in list_codes(CHOICES[field]):
        read = "" if code == "unreported" else code
        for name in (code, *(get_labels(CHOICES[field], code)[key] for key in LANGUAGES)):
            assert read_answer(field, f" {name.upper()}  ") == read


def test_accents_may_be_left_out() -> None:
    assert read_answer("status", "En  ejecucion") == "in_progress"


@pytest.mark.parametrize("value", ["Casi lista", 60, "completed?"])
def test_what_is_not_on_the_list(value: Any) -> None:
    with pytest.raises(AnswerError) as refusal:
        read_answer("status", value)
    assert (refusal.value.kind, refusal.value.expected) == (K.UNKNOWN_CHOICE, "activity_status")


def test_currencies() -> None:
    assert read_answer("currency", " gtq ") == "GTQ"
    for wrong in ("Q", "quetzal", "G T", 5):
        with pytest.raises(AnswerError):
            read_answer("currency", wrong)


def test_evidence_is_one_address_a_line() -> None:
    text = " https://example.org/a ,\r\n\r\nhttps://example.org/b;\n"
    assert read_answer("evidence", text) == "https://example.org/a\nhttps://example.org/b"


@pytest.mark.parametrize(
    "value, text", [("a\x0bb", K.CONTROL_CHARACTER), ("x" * 10_001, K.TOO_LONG)]
)
def test_texts_that_cannot_be_kept(value: str, text: AnswerKind) -> None:
    with pytest.raises(AnswerError) as refusal:
        read_answer("note", value)
    assert refusal.value.kind is text


def test_numbers_and_dates_in_a_text_are_texts() -> None:
    assert read_answer("note", 5.0) == "5"
    assert read_answer("note", datetime(2020, 3, 1), MONTH) == "2020-03"


def test_what_stands_there_untouched_is_not_told_to_be_wrong() -> None:
    # a report by the API may have three decimals
    assert read_back("percent_complete", "0.5", 0.5, "General") == "0.5"
    assert read_back("percent_complete", "33.333", 33.333, "General") == "33.333"
    assert read_back("percent_complete", "0.5", 0.5, "0%") == "50"
    with pytest.raises(AnswerError):
        read_back("percent_complete", "33.333", 33.334, "General")


def test_only_what_differs_is_a_change() -> None:
    shown = {"status": "in_progress", "note": "a", "percent_complete": "60"}
    changes = find_changes(shown, {"status": "completed", "note": "", "percent_complete": "60"})
    assert changes.given == {"status": "completed"}
    assert changes.cleared == ("note",)
    assert not find_changes(shown, shown)
    assert not find_changes(shown, {"status": "in_progress"})  # a column that was deleted


def test_an_amount_goes_with_its_currency() -> None:
    # the currency was proposed, and nobody touched it
    shown = {"executed_amount": "", "currency": "GTQ"}
    both = {"executed_amount": "5", "currency": "GTQ"}
    assert find_changes(shown, both).given == both
    assert not find_changes(shown, {"executed_amount": "", "currency": "USD"})
    other = {"executed_amount": "5", "currency": "USD"}
    assert find_changes(both, other).given == other
    assert find_changes(both, {"executed_amount": "", "currency": "GTQ"}).cleared == (
        "executed_amount",
    )


dates = st.dates(date(1900, 1, 1), date(2100, 12, 31))
amounts = st.decimals(0, 10**13 - 1, places=2)


@given(dates, st.sampled_from([4, 7, 10]))
def test_dates_come_back(day: date, length: int) -> None:
    known = PartialDate.parse(day.isoformat()[:length])
    assert read_answer("actual_end", write_answer("actual_end", known)) == str(known)


@given(amounts)
def test_amounts_come_back(amount: Decimal) -> None:
    text = write_answer("executed_amount", amount)
    assert Decimal(read_answer("executed_amount", text)) == amount
    # a spreadsheet holds a binary number of 15 digits
    assert read_answer("executed_amount", float(text)) == text
    assert read_answer("executed_amount", text.replace(".", ",")) == text


@given(st.decimals(1, 100, places=2))
def test_percentages_come_back_from_a_percent_format(percent: Decimal) -> None:
    text = write_answer("percent_complete", percent)
    assert read_answer("percent_complete", float(percent / 100), "0.00%") == text
    assert read_answer("percent_complete", float(percent), "General") == text


@given(st.text(), st.sampled_from(["note", "difficulties", "evidence"]))
def test_texts_are_read_as_they_are_written(text: str, field: str) -> None:
    written = write_answer(field, text)
    try:
        assert read_answer(field, written) == written
        assert not find_changes({field: written}, {field: read_answer(field, written)})
    except AnswerError as error:
        assert error.kind is K.CONTROL_CHARACTER


@given(st.one_of(st.text(max_size=30), st.integers(), st.floats(), st.datetimes(), st.booleans()))
def test_anything_is_read_or_refused(value: Any) -> None:
    for field in (
        "status",
        "actual_end",
        "percent_complete",
        "executed_amount",
        "currency",
        "note",
    ):
        try:
            read = read_answer(field, value)
        except AnswerError:
            continue
        assert read_answer(field, read) == read or field == "percent_complete"
