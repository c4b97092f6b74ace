"""A budget is checked against its own lines, and what is not stated is not zero."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.follow.budget import (
    check_budget,
    check_milestone_budget,
    compute_line_amount,
)
from ckanext.gtplan.plan.model import BudgetLine, Milestone
from ckanext.gtplan.plan.money import Money

factors = st.decimals(0, 10**6, places=2)


def _make_line(
    amount: str, *factors: str | None, line_no: str = "1", currency: str = "GTQ"
) -> BudgetLine:
    quantity, unit_cost, periods = (
        Decimal(f) if f is not None else None for f in (*factors, None, None, None)[:3]
    )
    return BudgetLine(
        line_no=line_no,
        description="line",
        amount=Decimal(amount),
        currency=currency,
        quantity=quantity,
        unit_cost=unit_cost,
        periods=periods,
    )


class TestLine:
    def test_advisers_of_commitment_11(self) -> None:
        line = _make_line("544000.00", "2", "16000.00", "17")
        assert compute_line_amount(line) == Decimal("544000.00")

    @pytest.mark.parametrize(
        "factors", [(None, None, None), ("15", None, "17"), (None, "5", "17"), ("15", "65", None)]
    )
    def test_unknown_factor_is_neither_one_nor_zero(self, factors: tuple[str | None, ...]) -> None:
        assert compute_line_amount(_make_line("16575.00", *factors)) is None

    def test_zero_is_a_factor(self) -> None:
        assert compute_line_amount(_make_line("0", "0", "16000", "17")) == 0


class TestCheck:
    @given(st.lists(st.tuples(factors, factors), min_size=1, max_size=6))
    def test_lines_that_are_computed_agree_with_their_sum(
        self, pairs: list[tuple[Decimal, Decimal]]
    ) -> None:
        lines = [_make_line(str(a * b), str(a), str(b), "1") for a, b in pairs]
        check = check_budget(lines, sum((line.amount for line in lines), Decimal(0)), "GTQ")
        assert check.is_consistent is True
        assert check.wrong_lines == ()

    @pytest.mark.parametrize(
        "stated, consistent", [("30.00", True), ("30.005", True), ("30.01", False), ("0", False)]
    )
    def test_total(self, stated: str, consistent: bool) -> None:
        lines = [_make_line("10"), _make_line("20")]
        assert check_budget(lines, Decimal(stated), "GTQ").is_consistent is consistent

    def test_wrong_line_is_named(self) -> None:
        lines = [
            _make_line("10", "2", "5", "1", line_no="A"),
            _make_line("20", "2", "5", "1", line_no="B"),
        ]
        check = check_budget(lines, Decimal(30), "GTQ")
        assert check.wrong_lines == ("B",)
        assert check.is_consistent is False

    def test_currencies_are_never_added(self) -> None:
        lines = [_make_line("10"), _make_line("20", currency="USD")]
        check = check_budget(lines, Decimal(30), None)
        assert (check.total, check.stated, check.is_consistent) == (None, None, None)

    def test_total_in_another_currency_differs(self) -> None:
        assert check_budget([_make_line("10")], Decimal(10), "USD").is_consistent is False

    def test_stated_total_takes_the_currency_of_the_lines(self) -> None:
        check = check_budget([_make_line("10")], Decimal(10), None)
        assert check.stated == Money(amount=Decimal(10), currency="GTQ")

    def test_nothing_to_compare(self) -> None:
        assert check_budget([], Decimal(10), "GTQ").is_consistent is None
        assert check_budget([_make_line("10")], None, "GTQ").is_consistent is None
        assert check_budget([], None, None).total is None

    def test_milestone_gives_its_own_lines_total_and_currency(self) -> None:
        milestone = Milestone(
            id="m1",
            title="M",
            commitment="c1",
            number="1",
            budget_lines=(_make_line("544000"), _make_line("16575"), _make_line("9500")),
            budget_total=Decimal("570075.00"),
            budget_currency="GTQ",
        )
        assert check_milestone_budget(milestone).is_consistent is True
