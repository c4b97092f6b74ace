"""Amounts of money: a decimal and its currency, never a float."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?\Z")
#: Two amounts that differ by less than a cent are the same (design: plan model, section 4).
TOLERANCE = Decimal("0.005")


class AmountError(ValueError):
    """A text that is not an amount of money."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no amount")
        self.text = text


class CurrencyError(ValueError):
    """Amounts of several currencies were to be added."""

    def __init__(self, currencies: Iterable[str]) -> None:
        self.currencies = tuple(sorted(set(currencies)))
        super().__init__(f"currencies are never added together: {', '.join(self.currencies)}")


def parse_amount(text: str) -> Decimal:
    """Read an amount written with a decimal point and without separators.

    Args:
        text: for example ``570075.00``; at most 15 digits and 2 decimals.

    Raises:
        AmountError: the text has another form (``Q.1,000.00``, ``1e3``, ``NaN``).
    """
    if not _AMOUNT.match(text.strip()):
        raise AmountError(text)
    return Decimal(text.strip())


@dataclass(frozen=True, kw_only=True)
class Money:
    """An amount in a currency (ISO 4217)."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyError((self.currency, other.currency))
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def is_close(self, other: Money) -> bool:
        """Tell whether two amounts are the same to the cent."""
        return self.currency == other.currency and abs(self.amount - other.amount) <= TOLERANCE


def sum_money(amounts: Iterable[Money]) -> Money | None:
    """Add amounts of one currency.

    Returns:
        The sum, or None when there is nothing to add (no amount is not zero).

    Raises:
        CurrencyError: the amounts are of several currencies.
    """
    total: Money | None = None
    for amount in amounts:
        total = amount if total is None else total + amount
    return total
