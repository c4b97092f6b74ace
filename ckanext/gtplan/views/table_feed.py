"""Rows of living tables as RDF: services in CPSV-AP's terms, observations as Data Cubes."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ..logic.exchange import cube_feed, service_feed
from ..rdf.feed import SYNTAXES
from .answers import answer_graph, answer_pages, refuse
from .negotiation import negotiate

__all__ = ["table_feed"]

table_feed = Blueprint("gtplan_table_feed", __name__)


def read_service(organization: str, service_id: str, ending: str) -> Response:
    """Answer one service of an institution's current inventory.

    Args:
        organization: name of the institution.
        service_id: code of the service.
        ending: names the syntax.
    """
    graph = service_feed.service_page(organization, service_id)
    if graph is None:
        return refuse(404, tk._("There is no public service at this address."))
    if isinstance(graph, service_feed.Gone):
        message = tk._("The institution no longer lists this service; it last did in {year}.")
        return refuse(410, message.format(year=graph.inventory["reference_year"]))
    return answer_graph(graph, ending)


def read_services(ending: str) -> Response:
    """Answer the current services of all institutions.

    Args:
        ending: names the syntax.
    """
    return answer_pages(service_feed.directory_pages(), ending)


def read_inventory(id: str, ending: str) -> Response:
    """Answer the services of one inventory.

    Args:
        id: its id or name.
        ending: names the syntax.
    """
    pages = service_feed.inventory_pages(id)
    return _missing() if pages is None else answer_pages(pages, ending)


def read_observations(id: str, ending: str) -> Response:
    """Answer the observations of one indicator.

    Args:
        id: its id or name.
        ending: names the syntax.
    """
    pages = cube_feed.indicator_pages(id)
    return _missing() if pages is None else answer_pages(pages, ending)


def read_indicators(ending: str) -> Response:
    """Answer the observations of all indicators.

    Args:
        ending: names the syntax.
    """
    return answer_pages(cube_feed.cube_pages(), ending)


def _missing() -> Response:
    return refuse(404, tk._("There is no public record at this address."))


def _answer_service(given: Any, ending: str) -> Response:
    return read_service(given["organization"], given["service_id"], ending)


negotiate(table_feed, {"gtplan_services.read": _answer_service})

_VIEWS = {
    "/services": read_services,
    "/services/<organization>/<service_id>": read_service,
    "/service_inventory/<id>/services": read_inventory,
    "/indicators": read_indicators,
    "/indicator/<id>/observations": read_observations,
}
# Written out for each syntax, as those of the catalogue: no rule with a placeholder wins.
for _ending in SYNTAXES:
    for _rule, _view in _VIEWS.items():
        table_feed.add_url_rule(
            f"{_rule}.{_ending}",
            endpoint=f"{_view.__name__}_{_ending}",
            view_func=_view,
            defaults={"ending": _ending},
        )
