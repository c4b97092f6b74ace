"""ckanext-dcat's own addresses and actions: what may be asked there, and what it answers.

They stay for who has configured them (``ckanext.dcat.catalog_endpoint``, content negotiation) and
for who calls the actions. They list what our feeds list, by a closed list of questions: no query
and no profile of a visitor's reaches the search or the serializer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timezone
from typing import Any

from ckan.plugins import toolkit as tk
from ckan.types import Context
from dateutil.parser import parse

from ...feed.sending.filters import FILTERS
from ...rdf import portal

__all__ = [
    "ENDINGS",
    "dcat_catalog_search",
    "dcat_catalog_show",
    "dcat_dataset_show",
    "dcat_datasets_list",
    "find_refusal",
]

Action = Callable[[Context, dict[str, Any]], Any]

#: The endings that ckanext-dcat serves; others end in an error of its own.
ENDINGS = ("ttl", "rdf", "xml", "n3", "jsonld")
# The syntaxes as its actions know them, by endings and by rdflib's names.
_FORMATS = (*ENDINGS, "nt", "turtle", "pretty-xml", "json-ld")
_CLOSED = ("q", "fq", "profiles")
#: Beyond this, Solr's row numbers would overflow.
_LAST_PAGE = 1_000_000


def find_refusal(asked: Mapping[str, Any]) -> tuple[str, str] | None:
    """Say in words why a question is not answered, naming what can be asked.

    Args:
        asked: of the query of an address, or of the data of an action.

    Returns:
        What cannot be asked, and the sentence; None when all of it can.
    """
    for name in _CLOSED:
        if asked.get(name):
            message = tk._(
                "{name} cannot be asked here. The catalogue is narrowed by {filters}, at"
                " /catalog.ttl and the other addresses of its feeds."
            )
            return name, message.format(name=name, filters=", ".join(FILTERS))
    if asked.get("page") and _read_page(asked["page"]) is None:
        return "page", tk._("The page number must be a whole number from 1 up.")
    if asked.get("modified_since") and _read_moment(asked["modified_since"]) is None:
        message = tk._("{value} is not a date: write 2018-11-30 or 2018-11-30T09:00:00.")
        return "modified_since", message.format(value=asked["modified_since"])
    if asked.get("format") and asked["format"] not in _FORMATS:
        message = tk._("There are these syntaxes: {endings}.")
        return "format", message.format(endings=", ".join(ENDINGS))
    return None


def _read_page(given: Any) -> int | None:
    text = str(given)
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_LAST_PAGE))
    return int(text) if is_number and 1 <= int(text) <= _LAST_PAGE else None


def _read_moment(given: Any) -> str | None:
    """Read a date as ckanext-dcat does, which takes no zone; of one that has it, give UTC."""
    try:
        moment = parse(str(given))
        if moment.tzinfo:
            moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return moment.isoformat()


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "page": _read_page,
    "modified_since": _read_moment,
    "format": str,
}


def _narrow(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Ask for nothing but deliverables: ckanext-dcat takes every type for a dataset."""
    if context.get("ignore_auth"):  # code of the portal, which may search as it likes
        return {**data_dict, "fq": f"{data_dict.get('fq') or ''} {portal.DATASETS}".strip()}
    _check(data_dict)
    asked = {name: read(data_dict[name]) for name, read in _READERS.items() if data_dict.get(name)}
    return {**asked, "fq": portal.DATASETS}


def _check(data_dict: Mapping[str, Any]) -> None:
    refusal = find_refusal(data_dict)
    if refusal:
        raise tk.ValidationError({refusal[0]: [refusal[1]]})


@tk.chained_action  # type: ignore[untyped-decorator]
@tk.side_effect_free
def dcat_catalog_show(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Serialize ckanext-dcat's own catalogue: of deliverables, without the plan's records."""
    return next_action(context, _narrow(context, data_dict))


@tk.chained_action  # type: ignore[untyped-decorator]
@tk.side_effect_free
def dcat_catalog_search(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Serialize the same: what this action would search for, no visitor may say."""
    return next_action(context, _narrow(context, data_dict))


@tk.chained_action  # type: ignore[untyped-decorator]
@tk.side_effect_free
def dcat_datasets_list(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """List the same in ckanext-dcat's JSON of old, where its plugin is enabled."""
    return next_action(context, _narrow(context, data_dict))


@tk.chained_action  # type: ignore[untyped-decorator]
def dcat_dataset_show(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Serialize one dataset, by the portal's own profiles."""
    if context.get("ignore_auth"):
        return next_action(context, data_dict)
    _check(data_dict)
    asked = {name: data_dict[name] for name in ("id", "format") if data_dict.get(name)}
    return next_action(context, asked)
