"""How much each part counts in its whole: one rule for the whole, and the reason for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

_ONE = Decimal(1)
_ZERO = Decimal(0)


class Weighable(NamedTuple):
    """What a part can be weighed by.

    Attributes:
        weight: as the plan states it.
        days: its planned days; None without both dates.
        is_doubtful: one of its dates is in doubt.
    """

    weight: Decimal | None
    days: int | None
    is_doubtful: bool


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """The rule, why it is that one, and the weight of each part.

    Attributes:
        rule: ``weights``, ``days`` or ``equal``.
        reason: ``all_weighted``, ``all_dated``, ``doubtful_dates``, ``missing_dates`` or
            ``no_rows``.
    """

    rule: str
    reason: str
    weights: tuple[Decimal, ...]


def weigh(parts: Sequence[Weighable]) -> Weighing:
    """Choose the weights of the parts of one whole (design: plan model, section 4).

    The stated weights where every part has one; else the planned days where every part has
    both dates and none is in doubt; else all count the same.

    Args:
        parts: without the cancelled ones, which weigh nothing.
    """
    if not parts:
        return Weighing(rule="equal", reason="no_rows", weights=())
    stated = [p.weight for p in parts if p.weight is not None and p.weight >= 0]
    if len(stated) == len(parts) and any(stated):
        return Weighing(rule="weights", reason="all_weighted", weights=tuple(stated))
    days = [Decimal(p.days) for p in parts if p.days is not None]
    is_doubtful = any(p.is_doubtful for p in parts)
    if len(days) == len(parts) and not is_doubtful:
        return Weighing(rule="days", reason="all_dated", weights=tuple(days))
    return Weighing(
        rule="equal",
        reason="doubtful_dates" if is_doubtful else "missing_dates",
        weights=(_ONE,) * len(parts),
    )


def compute_mean(values: Iterable[tuple[Decimal | None, Decimal]]) -> Decimal | None:
    """Compute the mean of values with their weights; a value that is None is left out.

    Returns:
        None when nothing is known, or nothing that is known weighs anything.
    """
    total = weight = _ZERO
    for value, each in values:
        if value is not None:
            total += value * each
            weight += each
    return total / weight if weight else None
