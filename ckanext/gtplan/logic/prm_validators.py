"""Validators of the profile's fields: what a feed could not say is refused on input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckan.plugins import toolkit as tk

from ..prm import values

__all__ = ["gtplan_value"]

#: The sentences are marked for the catalogues where they stand, in ``prm.values``.
_translate = tk._

_READERS: dict[str, Callable[[Any], Any]] = {
    "date": values.read_date,
    "email": values.read_email,
    "period": values.read_period,
    "place": values.read_place,
    "url": values.read_url,
}


def gtplan_value(kind: str, part: str | None = None) -> Callable[[Any], Any]:
    """Make a validator that accepts what the feeds can say, and leaves it as it was written.

    Args:
        kind: a type of ``profile.yaml``.
        part: for a place, which part of it the field holds.

    Returns:
        The validator, whose message tells what would be right.
    """

    def validate(value: Any) -> Any:
        try:
            _READERS[kind]({part: value} if kind == "place" and part else value)
        except values.Unsayable as error:
            raise tk.Invalid(_translate(str(error))) from error
        return value

    return validate
