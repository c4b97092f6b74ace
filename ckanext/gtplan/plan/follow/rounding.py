"""How computed figures are rounded (design: plan model, section 4, progress)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

TENTH = Decimal("0.1")
HUNDREDTH = Decimal("0.01")
_NEARLY_ALL = Decimal("99.9")
#: Thirds and the like are kept to 28 digits: what they lack must not turn a half downward.
_NOISE = Decimal("1e-12")


def round_half_up(value: Decimal, step: Decimal = TENTH) -> Decimal:
    """Round as people do: the half goes away from zero.

    Args:
        value: what was computed.
        step: one of the last digit that is shown.
    """
    return value.quantize(_NOISE, ROUND_HALF_UP).quantize(step, ROUND_HALF_UP)


def round_percent(value: Decimal, *, is_all: bool, is_none: bool) -> Decimal:
    """Round a percentage so that 100 says "all" and 0 says "none".

    Args:
        value: what was computed.
        is_all: every part is whole; otherwise 99.9 is the most that is shown.
        is_none: no part is begun; otherwise 0.1 is the least.
    """
    shown = round_half_up(value)
    if not is_all:
        shown = min(shown, _NEARLY_ALL)
    return shown if is_none else max(shown, TENTH)


def compute_rate(part: int, whole: int) -> Decimal | None:
    """Compute the percentage of things counted; None of no things."""
    if whole == 0:
        return None
    return round_percent(Decimal(100 * part) / whole, is_all=part == whole, is_none=part == 0)
