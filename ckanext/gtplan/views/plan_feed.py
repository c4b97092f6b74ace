"""The plan as RDF: each record beside its page and at its own IRI, a plan whole, all plans."""

from __future__ import annotations

from functools import partial
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ..logic.exchange import plan_feed as documents
from ..rdf.feed import SYNTAXES
from .answers import answer_graph, answer_pages, refuse
from .negotiation import negotiate

__all__ = ["plan_feed"]

plan_feed = Blueprint("gtplan_plan_feed", __name__)


def read_record(kind: str, id: str, ending: str) -> Response:
    """Answer one public record, or an institution.

    Args:
        kind: the type of the record, or ``organization``.
        id: its id or name.
        ending: names the syntax.
    """
    if kind == "organization":
        graph = documents.body_page(id)
        return _missing() if graph is None else answer_graph(graph, ending)
    pages = documents.record_pages(kind, id)
    return _missing() if pages is None else answer_pages(pages, ending)


def read_plan(id: str, ending: str) -> Response:
    """Answer an action plan with all that is public in it.

    Args:
        id: the plan's id or name.
        ending: names the syntax.
    """
    pages = documents.plan_pages(id)
    return _missing() if pages is None else answer_pages(pages, ending)


def read_plans(ending: str) -> Response:
    """Answer all plans.

    Args:
        ending: names the syntax.
    """
    return answer_pages(documents.plan_pages() or iter(()), ending)


def _missing() -> Response:
    return refuse(404, tk._("There is no public record at this address."))


def _answer_page(kind: str, given: Any, ending: str) -> Response:
    return read_record(kind, given["id"], ending)


# The pages whose address is the IRI of what they show.
_KINDS = (*documents.KINDS, "organization")
negotiate(plan_feed, {f"{kind}.read": partial(_answer_page, kind) for kind in _KINDS})

# Written out for each syntax, as those of the catalogue: no rule with a placeholder wins.
for _ending in SYNTAXES:
    for _kind in _KINDS:
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
