"""Completion, as OGP's reviewers say it: our suggestion, and how far two opinions are apart."""

from __future__ import annotations

from decimal import Decimal

#: The steps that can be counted; pending, no data and no evidence are none.
_STEPS = {"not_started": 0, "limited": 1, "substantial": 2, "complete": 3}


def suggest_completion(progress: Decimal) -> str:
    """Suggest a code of ``completion``: the portal's convention, never the reviewers' word.

    Args:
        progress: 0 is not started, below 50 limited, below 100 substantial, 100 complete
            (design: plan model, section 4).
    """
    if progress <= 0:
        return "not_started"
    if progress < 50:
        return "limited"
    return "substantial" if progress < 100 else "complete"


def suggest_within(least: Decimal, most: Decimal) -> str | None:
    """Suggest the code that holds however much of what is not reported is done; else None.

    Args:
        least: progress if nothing of it is done.
        most: progress if all of it is.
    """
    suggested = suggest_completion(least)
    return suggested if suggested == suggest_completion(most) else None


def compare_completion(own: str | None, reviewed: str | None) -> int | None:
    """Count the steps by which the institution's own word is above the reviewers'.

    Returns:
        From -3 to 3; None when one of the two is no step.
    """
    if own not in _STEPS or reviewed not in _STEPS:
        return None
    return _STEPS[own] - _STEPS[reviewed]
