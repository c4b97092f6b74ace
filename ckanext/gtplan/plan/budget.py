"""The budget of a work plan, checked against its own lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .model import BudgetLine, Milestone
from .money import CurrencyError, Money, sum_money


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
