"""The stream of changes at its addresses: its entrance, and its pages by position."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ..config import get_base_uri
from ..feed.changes import (
    ENDINGS,
    FORM,
    Point,
    find_end,
    make_address,
    read_moment,
    write_page,
    write_root,
)
from ..feed.events import PointNotFound, read_page, read_reach
from .answers import refuse
from .conditional import Version, answer_body
from .headers import mark_feed
from .negotiation import list_accepted
from .queries import QueryError, answer_query, list_asked, read_place, refuse_writing

__all__ = ["changes"]

changes = Blueprint("gtplan_changes", __name__)

#: What is said of a page that is full, where its address is that of one stream: ask no more.
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
    """Answer the stream's entrance or, with ``?after=``, the events after a point.

    Args:
        ending: names the syntax.
    """
    list_asked("after", "at")
    base = get_base_uri()
    after = _read_point(make_address(base, ending))
    try:
        reach = read_reach(after)
    except PointNotFound as error:
        raise QueryError(_tell_of_restoring(error.last), 410) from error
    links = {"first": Point(0), "last": reach.last}
    if after is not None:
        links = {"first": Point(0), "next": reach.end}
        if after.moment and reach.end.position == find_end(after.position):
            mark_feed(_NEVER_CHANGES)
    version = Version(ending, (FORM, base, after, reach.end), reach.end.moment)
    response = version.confirm() if version.is_known() else None
    if response is None:
        if after is None:
            body = write_root(base, ending, reach.last.position)
        else:
            body = write_page(base, ending, read_page(after, reach.end.position))
        response = answer_body(body, ENDINGS[ending], version)
    response.headers["Link"] = ", ".join(
        f'<{make_address(base, ending, point)}>; rel="{name}"' for name, point in links.items()
    )
    return response


def _read_point(address: str) -> Point | None:
    """Read where a page begins, as the stream's links have it."""
    position, given = read_place(address).after, tk.request.args.getlist("at")
    moments = [read_moment(text) for text in given]
    if None in moments or len(given) > (0 if position is None else 1):
        message = tk._("“at” goes with “after”, once, and as the links have it: follow them.")
        raise QueryError(message)
    if not position:
        return None if position is None else Point(0)
    return Point(position, *moments)


def _tell_of_restoring(last: int) -> str:
    """Say what to do to a harvester that knows more of the stream than the portal."""
    message = tk._(
        "The stream of changes has no such position: the last one is {last}. If the portal has"
        " told you of it, it was restored from an older backup: read the whole catalogue again,"
        " {address}, and go on where its header Link leads."
    )
    return str(message.format(last=last, address=f"{get_base_uri()}/catalog-full.nt"))


refuse_writing(changes)
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
