"""Money is a decimal with a currency: sums are exact, currencies never meet."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.money import AmountError, CurrencyError, Money, parse_amount, sum_money

amounts = st.decimals(
    min_value=-(10**15) + 1, max_value=10**15 - 1, places=2, allow_nan=False, allow_infinity=False
)


def _make_gtq(text: str) -> Money:
    return Money(amount=Decimal(text), currency="GTQ")


class TestParse:
    @given(amounts)
    def test_text_and_amount_are_the_same(self, amount: Decimal) -> None:
        assert str(parse_amount(str(amount))) == str(amount)

    @pytest.mark.parametrize("text", ["0", "17", "65.5", "570075.00", "-12.50", " 16575 ", "12\n"])
    def test_amounts(self, text: str) -> None:
        assert parse_amount(text) == Decimal(text.strip())

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "1e3",
            "1E+3",
            "5.",
            ".5",
            "1.234",
            "0.1000000000000000055511151231257827",
            "NaN",
            "sNaN",
            "Infinity",
            "-inf",
            "+5",
            "--5",
            "- 5",
            "1,000.00",
            "1.000,00",
            "1 000",
            "1_000",
            "Q.544,000.00",
            "0x10",
            "1/2",
            "1.5\n2",
            "１２",
            "١٢٣",
            "12٫5",
            "9999999999999999",
        ],
    )
    def test_other_forms(self, text: str) -> None:
        with pytest.raises(AmountError) as raised:
            parse_amount(text)
        assert raised.value.text == text

    @given(st.text() | st.text(alphabet="0123456789.,-+eE_", max_size=20))
    def test_any_text_is_a_plain_decimal_or_refused(self, text: str) -> None:
        try:
            amount = parse_amount(text)
        except AmountError:
            return
        assert amount.is_finite()
        assert re.fullmatch("-?[0-9]+([.][0-9]{1,2})?", text.strip())


class TestSum:
    @given(st.lists(amounts, min_size=1, max_size=20))
    def test_is_exact(self, values: list[Decimal]) -> None:
        total = sum_money(Money(amount=value, currency="GTQ") for value in values)
        cents = sum(int(value * 100) for value in values)
        assert total is not None
        assert total.currency == "GTQ"
        assert total.amount * 100 == cents

    @given(st.lists(amounts, min_size=1, max_size=8), st.randoms())
    def test_order_is_nothing(self, values: list[Decimal], random: object) -> None:
        money = [Money(amount=value, currency="USD") for value in values]
        shuffled = money.copy()
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert sum_money(money) == sum_money(shuffled)

    def test_nothing_is_not_zero(self) -> None:
        assert sum_money([]) is None
        assert sum_money([_make_gtq("0")]) == _make_gtq("0")

    @given(amounts, amounts, st.integers(0, 3))
    def test_currencies_are_never_added(self, one: Decimal, other: Decimal, more: int) -> None:
        money = [Money(amount=one, currency="GTQ")] * (more + 1)
        with pytest.raises(CurrencyError) as raised:
            sum_money([*money, Money(amount=other, currency="USD")])
        assert raised.value.currencies == ("GTQ", "USD")

    def test_a_number_is_no_money(self) -> None:
        with pytest.raises(AttributeError):
            _make_gtq("1") + Decimal(1)  # type: ignore[operator]


class TestClose:
    @given(amounts, amounts)
    def test_is_the_same_both_ways(self, one: Decimal, other: Decimal) -> None:
        a, b = Money(amount=one, currency="GTQ"), Money(amount=other, currency="GTQ")
        assert a.is_close(b) == b.is_close(a) == (one == other)

    def test_less_than_a_cent(self) -> None:
        assert _make_gtq("1.00").is_close(_make_gtq("1.005"))
        assert not _make_gtq("1.00").is_close(_make_gtq("1.01"))

    def test_currencies_are_never_close(self) -> None:
        assert not _make_gtq("0").is_close(Money(amount=Decimal(0), currency="USD"))


def test_text_of_money_names_its_currency() -> None:
    assert str(_make_gtq("570075.00")) == "570075.00 GTQ"
