"""How far an indicator came from its baseline to its target (design: plan model, section 4)."""

from __future__ import annotations

from decimal import Decimal

_HUNDRED = Decimal(100)


def compute_achievement(
    value: Decimal | None,
    baseline: Decimal | None,
    target: Decimal | None,
    direction: str | None,
) -> Decimal | None:
    """Compute the achievement in percent, raw: below 0 and above 100 are said as they are.

    ``100·(value − baseline) ÷ (target − baseline)``, which works for decreasing indicators too.
    Where the baseline is the target, 100 when the value meets it. Without a baseline,
    ``100·value ÷ target``, only of what should increase towards a target above nothing.

    Args:
        value: what was observed, None when it is not known.
        baseline: what it was before the plan.
        target: what it should become.
        direction: ``increase``, ``decrease``, ``maintain``, or None when the document says none.

    Returns:
        The percentage, or None where there is none to compute.
    """
    if value is None or target is None:
        return None
    if baseline is None:
        return _HUNDRED * value / target if direction == "increase" and target > 0 else None
    if baseline == target:
        return _HUNDRED if meets_target(value, target, direction) else None
    way = value - baseline
    # nothing of the way down is no minus nothing
    return _HUNDRED * way / (target - baseline) if way else Decimal(0)


def meets_target(value: Decimal, target: Decimal, direction: str | None) -> bool:
    """Tell whether a value is what the target asks for; without a direction, exactly it."""
    if direction == "increase":
        return value >= target
    if direction == "decrease":
        return value <= target
    return value == target
