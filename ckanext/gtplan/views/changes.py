"""The stream of changes at its addresses: its entrance, and its pages by position."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ..config import get_base_uri
from ..feed.changes import ENDINGS, FORM, find_end, make_address, write_page, write_root
from ..feed.events import read_page, read_reach
from .answers import refuse
from .conditional import Version, answer_body
from .headers import mark_feed
from .negotiation import list_accepted
from .queries import QueryError, answer_query, list_asked, read_place

__all__ = ["changes"]

changes = Blueprint("gtplan_changes", __name__)

#: What is said of a page that is full: ask no more.
_NEVER_CHANGES = "public, max-age=604800, immutable"


def choose_syntax() -> Response:
    """Lead from the stream's IRI to the syntax that its reader asks for: TriG, if for none."""
    types = {media_type: ending for ending, media_type in ENDINGS.items()}
    accepted = list_accepted()
    wanted = accepted.best_match(list(types)) if accepted else next(iter(types))
    if wanted is None:
        message = tk._("The changes are there in these syntaxes: {types}.")
        response = refuse(406, message.format(types=", ".join(types)))
    else:
        query = tk.request.query_string.decode("ascii", "replace")
        address = make_address(get_base_uri(), types[wanted])
        response = Response(status=303, headers={"Location": address + (query and f"?{query}")})
    response.vary.add("Accept")
    return response


def read_changes(ending: str) -> Response:
    """Answer the stream's entrance or, with ``?after=``, the events after a position.

    Args:
        ending: names the syntax.
    """
    list_asked("after")
    base = get_base_uri()
    after = read_place(make_address(base, ending)).after
    position, changed = read_reach(after)
    if after is not None and after > position:
        message = tk._("There is no position {after}: the last one is {last}.")
        raise QueryError(message.format(after=after, last=position), 404)
    links = {"first": 0, "last": position}
    if after is not None:
        if position >= find_end(after):
            mark_feed(_NEVER_CHANGES)
        position = min(position, find_end(after))
        links = {"first": 0, "next": position}
    version = Version(ending, (FORM, base, after, position, changed), changed)
    response = version.confirm() if version.is_known() else None
    if response is None:
        if after is None:
            body = write_root(base, ending, position)
        else:
            body = write_page(base, ending, read_page(after, position))
        response = answer_body(body, ENDINGS[ending], version)
    response.headers["Link"] = ", ".join(
        f'<{make_address(base, ending, number)}>; rel="{name}"' for name, number in links.items()
    )
    return response


_METHODS: dict[str, Any] = {"methods": ["GET", "OPTIONS"], "provide_automatic_options": False}
changes.add_url_rule("/changes", view_func=answer_query(choose_syntax), **_METHODS)
for _ending in ENDINGS:
    changes.add_url_rule(
        f"/changes.{_ending}",
        endpoint=f"changes_{_ending}",
        view_func=answer_query(read_changes),
        defaults={"ending": _ending},
        **_METHODS,
    )
