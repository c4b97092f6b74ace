"""The budget of a work plan: checked against its own lines, and beside what was spent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..model import BudgetLine, Milestone
from ..money import CurrencyError, Money, sum_money
from .rounding import round_half_up


@dataclass(frozen=True, kw_only=True)
class BudgetCheck:
    """What the lines add up to, beside what the document states.

    Attributes:
        total: sum of the lines; None without lines, or with lines in several currencies.
        stated: the total that the document prints, None when it prints none.
        wrong_lines: numbers of the lines whose amount is not quantity x unit x periods.
    """

    total: Money | None
    stated: Money | None
    wrong_lines: tuple[str, ...]

    @property
    def is_consistent(self) -> bool | None:
        """Tell whether total and lines agree; None when there is nothing to compare."""
        if self.total is None or self.stated is None:
            return None
        return self.total.is_close(self.stated) and not self.wrong_lines


def compute_line_amount(line: BudgetLine) -> Decimal | None:
    """Compute quantity x unit cost x periods where the document states all three."""
    if line.quantity is None or line.unit_cost is None or line.periods is None:
        return None
    return line.quantity * line.unit_cost * line.periods


def check_budget(
    lines: Sequence[BudgetLine], stated: Decimal | None, currency: str | None
) -> BudgetCheck:
    """Check a budget (design: plan model, section 4, budget).

    Args:
        lines: the lines of the work plan.
        stated: the total that is printed under them.
        currency: ISO 4217 code of the stated total; that of the lines when None.

    Returns:
        The sums; nothing is raised: a document that contradicts itself is shown as such.
    """
    wrong = []
    for line in lines:
        computed = compute_line_amount(line)
        amount = Money(amount=line.amount, currency=line.currency)
        if computed is not None and not amount.is_close(
            Money(amount=computed, currency=line.currency)
        ):
            wrong.append(line.line_no)
    try:
        total = sum_money(Money(amount=line.amount, currency=line.currency) for line in lines)
    except CurrencyError:
        total = None
    known = currency or (total.currency if total else None)
    money = Money(amount=stated, currency=known) if stated is not None and known else None
    return BudgetCheck(total=total, stated=money, wrong_lines=tuple(wrong))


def check_milestone_budget(milestone: Milestone) -> BudgetCheck:
    """Check the budget that a milestone's work plan states."""
    return check_budget(milestone.budget_lines, milestone.budget_total, milestone.budget_currency)


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What was planned and what was spent, in one currency.

    A milestone of which only one of the two is known is in ``planned`` or ``executed`` and not
    in the comparison: what is not reported is not zero.

    Attributes:
        planned: None when no plan gives an amount.
        executed: None when nobody has reported one.
        compared_planned: the planned amounts of which the executed one is known.
        compared_executed: those executed amounts.
    """

    planned: Decimal | None = None
    executed: Decimal | None = None
    compared_planned: Decimal | None = None
    compared_executed: Decimal | None = None

    @property
    def variance(self) -> Decimal | None:
        """Give planned less executed: positive when less was spent."""
        if self.compared_planned is None or self.compared_executed is None:
            return None
        return self.compared_planned - self.compared_executed

    @property
    def variance_percent(self) -> Decimal | None:
        """Give the variance as a percentage of what was planned; None of nothing planned."""
        return _compute_share(self.variance, self.compared_planned)

    @property
    def execution_percent(self) -> Decimal | None:
        """Give what was spent as a percentage of what was planned; it may pass 100."""
        return _compute_share(self.compared_executed, self.compared_planned)

    def __add__(self, other: Spending) -> Spending:
        return Spending(
            planned=_add(self.planned, other.planned),
            executed=_add(self.executed, other.executed),
            compared_planned=_add(self.compared_planned, other.compared_planned),
            compared_executed=_add(self.compared_executed, other.compared_executed),
        )


def _compute_share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return round_half_up(100 * part / whole) if part is not None and whole else None


def _add(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


def compare_budget(planned: Iterable[Money], executed: Iterable[Money]) -> dict[str, Spending]:
    """Put what was spent on a milestone beside what was planned for it.

    Returns:
        The comparison in each currency of either.
    """
    plan, done = _sum_by_currency(planned), _sum_by_currency(executed)
    return {
        currency: _compare(plan.get(currency), done.get(currency))
        for currency in sorted({*plan, *done})
    }


def _compare(planned: Decimal | None, executed: Decimal | None) -> Spending:
    if planned is None or executed is None:
        return Spending(planned=planned, executed=executed)
    return Spending(
        planned=planned,
        executed=executed,
        compared_planned=planned,
        compared_executed=executed,
    )


def _sum_by_currency(amounts: Iterable[Money]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, Decimal(0)) + money.amount
    return sums


def add_budgets(budgets: Iterable[Mapping[str, Spending]]) -> dict[str, Spending]:
    """Add the budgets of several records, each currency by itself."""
    sums: dict[str, Spending] = {}
    for budget in budgets:
        for currency, spending in budget.items():
            sums[currency] = sums[currency] + spending if currency in sums else spending
    return dict(sorted(sums.items()))


def list_planned(milestone: Milestone) -> list[Money]:
    """List what a milestone plans to spend.

    The lines of its budget; without lines the total that the document states; without that
    the costs of its activities. An amount without a currency is none.
    """
    if milestone.budget_lines:
        return [Money(amount=row.amount, currency=row.currency) for row in milestone.budget_lines]
    currency = milestone.budget_currency
    if milestone.budget_total is not None:
        return [Money(amount=milestone.budget_total, currency=currency)] if currency else []
    return [
        Money(amount=row.planned_cost, currency=row.currency or currency or "")
        for row in milestone.activities
        if row.planned_cost is not None and (row.currency or currency)
    ]
