"""What the directory keeps of a service: its words by weight, filters, and what a list shows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ...plan.inventory import costs_something
from ...plan.living import LIVING_TABLES, SEPARATOR, write_cell
from ...plan.maturity import is_online
from ...plan.registers import Service
from ...plan.spelling import spell_sound
from ...plan.vocabulary import get_label

#: The filters of the directory, in the order in which they are offered; each is a column of the
#: search table, whose values have ``|`` between them.
FILTERS = ("institution", "online", "cost", "channel", "audience", "life_event")
#: The vocabulary that a filter's values are of; those of ``online`` and ``cost`` are ours.
VOCABULARIES = {
    "channel": "service_channel",
    "audience": "audience",
    "life_event": "life_event",
}
#: What is shown of a service in a list, as its cells have it.
SHOWN = (
    *("name", "description", "stage", "channels", "online_url", "is_free"),
    *("cost_amount", "cost_currency", "cost_note"),
    *("processing_time", "processing_time_verbatim", "maturity_level"),
)
#: Columns of codes whose labels are words to find a service by, with their vocabularies.
_NAMED = {
    "service_type": "service_type",
    "thematic_area": "theme",
    "audience": "audience",
    "life_event": "life_event",
}
_LISTS = ("output", "requirements", "input_documents", "legal_basis")
#: Characters; of a text that is longer, the rest is not searched or not shown in lists.
_LONGEST, _EXCERPT = 20_000, 400
_WORD = re.compile(r"[^\W\d_]{3,30}")
#: The language of the services, which the stemming is of.
_LANGUAGE = "es"


def make_entry(service: Service, bodies: Mapping[str, str], owner: str) -> dict[str, Any]:
    """Make what the directory keeps of a service.

    Args:
        service: of an inventory.
        bodies: what institutions are called, title and acronym, by name.
        owner: what the inventory's institution is called.
    """
    labels = [
        get_label(vocabulary, code, _LANGUAGE)
        for column, vocabulary in _NAMED.items()
        for code in getattr(service, column)
    ]
    named = [bodies.get(name, name) for name in service.competent_authority]
    texts = [text for column in _LISTS for text in getattr(service, column)]
    return {
        "service_id": service.service_id,
        "name": service.name[:_LONGEST],
        "keywords": " ".join(service.keywords)[:_LONGEST],
        "description": (service.description or "")[:_LONGEST],
        "rest": " ".join([service.service_id, owner, *named, *labels, *texts])[:_LONGEST],
        "volume": service.volume_total,
        **list_values(service),
        "shown": _excerpt(service),
    }


def list_values(service: Service) -> dict[str, str]:
    """List what a service has of each filter; of what is not known, nothing."""
    found = {
        "institution": service.competent_authority,
        "online": ("yes" if is_online(service) else "no",) if service.channels else (),
        "cost": _tell_cost(service),
        "channel": service.channels,
        "audience": service.audience,
        "life_event": service.life_event,
    }
    # in one order, since equal texts are counted together
    return {name: SEPARATOR.join(sorted(set(values))) for name, values in found.items()}


def _tell_cost(service: Service) -> tuple[str, ...]:
    if costs_something(service):
        return ("paid",)
    return ("free",) if service.is_free or service.cost_amount == 0 else ()


def _excerpt(service: Service) -> dict[str, str]:
    columns = (column for column in LIVING_TABLES["services"].columns if column.name in SHOWN)
    cells = {column.name: write_cell(column, getattr(service, column.name)) for column in columns}
    shown = {name: value for name in SHOWN if (value := cells[name])}
    if len(shown.get("description", "")) > _EXCERPT:
        shown["description"] = shown["description"][:_EXCERPT].rpartition(" ")[0] + " …"
    return shown


def digest_entry(entry: Mapping[str, Any]) -> str:
    """Tell what is made of a row from what was made of it before."""
    text = json.dumps(entry, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def spell_words(entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """List the words of some entries, each with how it sounds."""
    words = {
        word
        for entry in entries
        for part in ("name", "keywords", "description", "rest")
        for word in _WORD.findall(entry[part].lower())
    }
    return {word: spell_sound(word) for word in words}
