"""The actions of the directory: everybody may call them, and is given the same."""

from __future__ import annotations

import dataclasses
from typing import Any

from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from ...plan.living import LIVING_TABLES, to_cells
from ...plan.registers import Service
from ...plan.shapes import CONTROL
from .. import schema
from .entries import FILTERS
from .reading import Gone, find_service
from .search import search_services
from .statement import Question

#: Results of one answer at most.
MOST = 100
_FARTHEST = 1_000_000


@tk.side_effect_free
@validate(schema.service_search)
def gtplan_service_search(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Search the services of all institutions.

    Args:
        context: of anybody.
        data_dict: ``q``, words; the filters ``institution``, ``online`` (``yes``, ``no``),
            ``cost`` (``free``, ``paid``), ``channel``, ``audience`` and ``life_event``, each a
            value or a list of which a service has one at least; ``sort`` (``relevance``,
            ``name``, ``institution``, ``use``), ``limit`` and ``offset``.

    Returns:
        ``count`` of the list, ``total`` without the filters, ``results``, ``search_facets`` (by
        filter, its values with the length of the list that each gives) and ``understood``: how
        the words were read.

    Raises:
        toolkit.ValidationError: of a value that cannot be, or of what takes too long.
    """
    tk.check_access("gtplan_service_search", context, data_dict)
    question = Question(
        filters={name: _clean(data_dict.get(name)) for name in FILTERS},
        order=data_dict["sort"],
        limit=min(data_dict["limit"], MOST),
        offset=min(data_dict["offset"], _FARTHEST),
    )
    answer = search_services(data_dict.get("q") or "", question)
    return {
        "count": answer.found.count,
        "total": answer.found.total,
        "results": answer.found.results,
        "search_facets": answer.found.facets,
        "understood": dataclasses.asdict(answer.understood),
    }


def _clean(values: list[str] | None) -> list[str]:
    """Take from what was sent what PostgreSQL cannot hold, and what nobody asks for at once."""
    return [CONTROL.sub("", value) for value in (values or ())[:MOST]]


@tk.side_effect_free
@validate(schema.service_show)
def gtplan_service_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Show a service of the directory.

    Args:
        context: of anybody.
        data_dict: ``organization``, the name of the institution, and ``service_id``.

    Returns:
        The columns of the service, lists as lists and all else as texts, with ``organization``,
        ``inventory`` (its name), ``reference_year``, and ``is_gone`` where the institution's
        newest inventory no longer has it.

    Raises:
        toolkit.ObjectNotFound: no inventory that everybody may see has it.
    """
    tk.check_access("gtplan_service_show", context, data_dict)
    names = [data_dict[name] for name in ("organization", "service_id")]
    found = None if any(map(CONTROL.search, names)) else find_service(*names)
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such service."))
    inventory, service = (
        (found.inventory, found.service) if isinstance(found, Gone) else found
    )
    return {
        **_write(service),
        "organization": data_dict["organization"],
        "inventory": inventory["name"],
        "reference_year": inventory["reference_year"],
        "is_gone": isinstance(found, Gone),
    }


def _write(service: Service) -> dict[str, Any]:
    table = LIVING_TABLES["services"]
    cells = to_cells(table, service)
    lists = {c.name: list(getattr(service, c.name)) for c in table.columns if c.is_list}
    return {**cells, **lists}


@tk.auth_allow_anonymous_access
def gtplan_service_search_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody may search; what is found is what everybody may see."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def gtplan_service_show_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Everybody may read; what is read is what everybody may see."""
    return {"success": True}
