"""Achievement of a target: the formula of the plan model, and where there is none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.achievement import compute_achievement

NUMBERS = st.decimals(-1_000_000, 1_000_000, places=3)
DIRECTIONS = st.sampled_from(["increase", "decrease", "maintain", None])


@given(NUMBERS, NUMBERS, DIRECTIONS)
def test_the_baseline_is_0_and_the_target_100(
    baseline: Decimal, target: Decimal, direction: str | None
) -> None:
    if baseline == target:
        return
    assert str(compute_achievement(baseline, baseline, target, direction)) == "0"
    assert compute_achievement(target, baseline, target, direction) == 100


@given(NUMBERS, NUMBERS, NUMBERS, DIRECTIONS)
def test_it_says_the_value_back(
    value: Decimal, baseline: Decimal, target: Decimal, direction: str | None
) -> None:
    if baseline == target:
        return
    percent = compute_achievement(value, baseline, target, direction)
    assert percent is not None
    back = baseline + percent / 100 * (target - baseline)
    assert abs(back - value) < Decimal("0.001")


@given(NUMBERS | st.none(), NUMBERS | st.none(), NUMBERS | st.none(), DIRECTIONS)
def test_without_value_or_target_there_is_none(
    value: Decimal | None, baseline: Decimal | None, target: Decimal | None, direction: str | None
) -> None:
    percent = compute_achievement(value, baseline, target, direction)
    if value is None or target is None:
        assert percent is None


@pytest.mark.parametrize(
    "value, baseline, target, direction, percent",
    [
        ("30", "50", "10", "decrease", "50"),
        ("60", "50", "10", "decrease", "-25"),
        ("80", "0", "40", "increase", "200"),
        # no baseline: only of what should increase towards a target above nothing
        ("30", None, "40", "increase", "75"),
        ("30", None, "40", "decrease", None),
        ("30", None, "40", None, None),
        ("30", None, "0", "increase", None),
        ("30", None, "-5", "increase", None),
        # the baseline is the target: met or not
        ("40", "40", "40", "maintain", "100"),
        ("39", "40", "40", "maintain", None),
        ("41", "40", "40", "increase", "100"),
        ("39", "40", "40", "increase", None),
        ("39", "40", "40", "decrease", "100"),
        ("39", "40", "40", None, None),
    ],
)
def test_examples(
    value: str, baseline: str | None, target: str, direction: str | None, percent: str | None
) -> None:
    known = None if baseline is None else Decimal(baseline)
    found = compute_achievement(Decimal(value), known, Decimal(target), direction)
    assert found == (None if percent is None else Decimal(percent))
