"""Moments in UTC, to the second, as files and answers write them."""

from __future__ import annotations

import re
from datetime import datetime, timezone

_FORM = "%Y-%m-%dT%H:%M:%SZ"
#: strptime() takes one digit for two
_DIGITS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")


def parse_moment(text: str) -> datetime:
    """Read a moment as ``format_moment`` writes it.

    Args:
        text: for example ``2019-03-31T14:05:00Z``.

    Raises:
        ValueError: the text has another form, or names a moment that does not exist.
    """
    if not _DIGITS.match(text):
        raise ValueError(text)
    return datetime.strptime(text, _FORM).replace(tzinfo=timezone.utc)


def format_moment(moment: datetime) -> str:
    """Write a moment in UTC, for example ``2019-03-31T14:05:00Z``; texts sort as moments do."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
