"""What the pages of the directory ask: labels of filters, costs and times in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ckan.plugins import toolkit as tk

from .. import formats
from ..config import get_language, get_option
from ..logic.services.entries import VOCABULARIES
from ..plan.maturity import lacks_link
from ..plan.vocabulary import get_label
from .institutions import gtplan_body

#: An amount of a period, by the letter of ISO 8601; M is minutes after the T, months before.
_DURATION = re.compile(
    r"P(?:(?P<Y>\d+)Y)?(?:(?P<M>\d+)M)?(?:(?P<W>\d+)W)?(?:(?P<D>\d+)D)?"
    r"(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)S)?)?\Z"
)
_ADDRESS = re.compile(r"\s*<?(https?://\S+?)>?\s*\Z")


def gtplan_filter_title(name: str) -> str:
    """Name a filter of the directory."""
    titles = {
        "institution": tk._("Institution"),
        "online": tk._("Can it be done online?"),
        "cost": tk._("Cost"),
        "channel": tk._("Where or how"),
        "audience": tk._("Who it is for"),
        "life_event": tk._("Moment of life"),
    }
    return titles[name]


def gtplan_filter_value(name: str, value: str) -> str:
    """Name a value of a filter of the directory."""
    own = {
        ("online", "yes"): tk._("Yes, online"),
        ("online", "no"): tk._("Not online"),
        ("cost", "free"): tk._("Free of charge"),
        ("cost", "paid"): tk._("With a cost"),
    }
    if name == "institution":
        return str(gtplan_body(value)["title"])
    if name in VOCABULARIES:
        return get_label(VOCABULARIES[name], value, get_language())
    return own.get((name, value), value)


def gtplan_filter_values(
    name: str, counts: Mapping[str, int], chosen: Sequence[str]
) -> list[dict[str, Any]]:
    """List the values of a filter: those that are chosen first, then those that leave most.

    Returns:
        For each ``label``, ``count``, ``is_active``, and ``others``: what is chosen when its
        link was followed.
    """
    values = [*chosen, *(value for value in counts if value not in chosen)]
    items = [
        {
            "label": gtplan_filter_value(name, value),
            "count": counts.get(value, 0),
            "is_active": value in chosen,
            "others": [v for v in chosen if v != value]
            if value in chosen
            else [*chosen, value],
        }
        for value in values
    ]
    return sorted(items, key=lambda i: (not i["is_active"], -i["count"], i["label"].casefold()))


def gtplan_service_cost(service: Any) -> str | None:
    """Say what a service costs: free, an amount, or that it is not free; None if nobody says.

    Args:
        service: a service, or what a list shows of it.
    """
    amount = _read_amount(_get(service, "cost_amount"))
    if _get(service, "is_free") in (True, "true") or (amount is not None and not amount):
        return tk._("Free of charge")
    if amount:
        currency = _get(service, "cost_currency") or ""
        text = formats.format_amount(amount, currency, get_language(), get_option("country"))
        return text.strip()
    if _get(service, "cost_note"):
        return str(_get(service, "cost_note"))
    return tk._("It has a cost") if _get(service, "is_free") in (False, "false") else None


def gtplan_service_time(service: Any) -> str | None:
    """Say how long a service takes, in the institution's words if there are some."""
    given = _get(service, "processing_time_verbatim")
    return str(given) if given else _write_duration(_get(service, "processing_time"))


def gtplan_lacks_link(service: Any) -> bool:
    """Tell whether a service that is done online has no link to do it.

    Args:
        service: a service, or what a list shows of it.
    """
    channels = _get(service, "channels") or ()
    return lacks_link(channels, _get(service, "stage"), _get(service, "online_url"))


def _write_duration(text: str | None) -> str | None:
    """Write a duration of ISO 8601 for people: ``P5D`` is 5 days."""
    match = _DURATION.match(text or "")
    if match is None:
        return text
    words = {
        "Y": lambda n: tk.ungettext("{count} year", "{count} years", n),
        "M": lambda n: tk.ungettext("{count} month", "{count} months", n),
        "W": lambda n: tk.ungettext("{count} week", "{count} weeks", n),
        "D": lambda n: tk.ungettext("{count} day", "{count} days", n),
        "h": lambda n: tk.ungettext("{count} hour", "{count} hours", n),
        "m": lambda n: tk.ungettext("{count} minute", "{count} minutes", n),
        "s": lambda n: tk.ungettext("{count} second", "{count} seconds", n),
    }
    parts = [(words[letter], int(number)) for letter, number in match.groupdict().items() if number]
    return ", ".join(word(count).format(count=count) for word, count in parts) or text


def gtplan_split_norm(text: str) -> tuple[str, str | None]:
    """Split a norm from the address at its end: words and address."""
    words, _, last = text.rpartition(" ")
    match = _ADDRESS.match(last)
    return (words.rstrip(" ,;:(") or last, match[1].rstrip(").")) if match else (text, None)


def _get(service: Any, name: str) -> Any:
    return service.get(name) if isinstance(service, Mapping) else getattr(service, name)


def _read_amount(value: Any) -> Decimal | None:
    try:
        return None if value in (None, "") else Decimal(value)
    except InvalidOperation:
        return None
