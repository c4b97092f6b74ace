"""The plan as RDF: each record beside its page and at its own IRI, a plan whole, all plans."""

from __future__ import annotations

from collections.abc import Iterator

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response
from rdflib import Graph

from ..config import get_base_uri
from ..logic.exchange import plan_feed as documents
from ..rdf.feed import SYNTAXES
from ..rdf.joining import join
from .feed import answer_graph, open_to_all, refuse

__all__ = ["plan_feed"]

plan_feed = Blueprint("gtplan_plan_feed", __name__)

_PAGE_TYPES = ("text/html", "application/xhtml+xml")
#: The first ending of each media type: `xml` and `rdf` are one.
_ENDINGS = {syntax.media_type: ending for ending, syntax in reversed(SYNTAXES.items())}
#: The pages whose address is the IRI of what they show, by the name of their route.
_PAGES = {f"{kind}.read": kind for kind in (*documents.KINDS, "organization")}


def read_record(kind: str, id: str, ending: str) -> Response:
    """Answer one public record, or an institution.

    Args:
        kind: the type of the record, or ``organization``.
        id: its id or name.
        ending: names the syntax.
    """
    is_body = kind == "organization"
    graph = documents.body_page(id) if is_body else documents.record_page(kind, id)
    return _missing() if graph is None else answer_graph(graph, ending)


def read_plan(id: str, ending: str) -> Response:
    """Answer an action plan with all that is public in it.

    Args:
        id: the plan's id or name.
        ending: names the syntax.
    """
    pages = documents.plan_pages(id)
    return _missing() if pages is None else _answer_pages(pages, ending)


def read_plans(ending: str) -> Response:
    """Answer all plans.

    Args:
        ending: names the syntax.
    """
    return _answer_pages(documents.plan_pages() or iter(()), ending)


@plan_feed.before_app_request
def negotiate() -> Response | None:
    """Answer at a record's IRI what its reader asks for: the page, or a document."""
    kind = _PAGES.get(tk.request.endpoint or "")
    if kind is None or tk.request.method not in ("GET", "HEAD"):
        return None
    accepted = tk.request.accept_mimetypes
    if not accepted or any(accepted.quality(name) for name in _PAGE_TYPES):
        wanted = accepted.best_match([*_PAGE_TYPES, *_ENDINGS], _PAGE_TYPES[0])
    else:
        wanted = accepted.best_match(list(_ENDINGS))
    if wanted in _PAGE_TYPES:
        return None
    id = str((tk.request.view_args or {})["id"])
    if wanted is None:
        message = tk._("There is this record as a page and in these syntaxes: {types}.")
        response = refuse(406, message.format(types=", ".join(_ENDINGS)))
    else:
        response = read_record(kind, id, _ENDINGS[wanted])
        if response.status_code == 200:
            response.content_location = f"{get_base_uri()}/{kind}/{id}.{_ENDINGS[wanted]}"
    return response


@plan_feed.after_app_request
def tell_of_choice(response: Response) -> Response:
    """Tell caches that the answer at a record's IRI depends on what was asked for."""
    if tk.request.endpoint in _PAGES:
        response.vary.add("Accept")
    return response


def _answer_pages(pages: Iterator[Graph], ending: str) -> Response:
    """Answer a document of several pages; as a text it is small beside its statements."""
    syntax = SYNTAXES[ending]
    pieces = [text.encode("utf-8") for text in join(pages, syntax, get_base_uri())]
    return open_to_all(Response(pieces, mimetype=syntax.media_type))


def _missing() -> Response:
    return refuse(404, tk._("There is no public record at this address."))


# Written out for each syntax, as those of the catalogue: no rule with a placeholder wins.
for _ending in SYNTAXES:
    for _kind in (*documents.KINDS, "organization"):
        plan_feed.add_url_rule(
            f"/{_kind}/<id>.{_ending}",
            endpoint=f"{_kind}_{_ending}",
            view_func=read_record,
            defaults={"kind": _kind, "ending": _ending},
        )
    plan_feed.add_url_rule(
        f"/action_plan/<id>/whole.{_ending}",
        endpoint=f"whole_{_ending}",
        view_func=read_plan,
        defaults={"ending": _ending},
    )
    plan_feed.add_url_rule(
        f"/plans.{_ending}",
        endpoint=f"plans_{_ending}",
        view_func=read_plans,
        defaults={"ending": _ending},
    )
