"""The addresses that harvesters know: /catalog.ttl and its kin, /dataset/<id>.ttl, /data.json."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ..config import get_base_uri
from ..feed.changes import link_stream
from ..feed.keeping import store
from ..feed.keeping.database import get_engine
from ..feed.making.layout import ENDINGS, TAILS
from ..feed.sending.filters import FILTERS, Filters, read_filters
from ..feed.sending.head import digest_settings, make_bare_head
from ..feed.sending.pages import Place, write_page
from ..feed.sending.selection import Selection, Total, find_single, was_public
from ..feed.sending.snapshot import Snapshot, open_snapshot
from ..feed.sending.stream import take_place
from ..feed.sending.whole import make_narrowed, make_whole, open_blocks
from ..plan.shapes import CONTROL
from ..rdf.feed import SYNTAXES
from .answers import refuse
from .conditional import Version, answer_body, answer_document, is_packed
from .negotiation import PAGE_TYPES, list_accepted, negotiate, tell_place
from .queries import answer_query, list_asked, read_place, refuse_writing

__all__ = ["feed"]

feed = Blueprint("gtplan_feed", __name__)


def read_page(ending: str) -> Response:
    """Answer a page of the catalogue in RDF.

    Args:
        ending: names the syntax.
    """
    asked = list_asked(*FILTERS, "page", "after")
    place = read_place(f"{get_base_uri()}/catalog.{ending}")
    syntax, media_type = ENDINGS[ending]
    filters = _read_filters(asked)
    state = None
    if not filters.given:
        state = store.bring_up_to_date()
        version = _name_version(ending, state, place)
        if version.is_known():
            return version.confirm()
    snapshot = open_snapshot(state)
    try:
        total = Selection(snapshot, syntax, filters).sum_up() if filters.given else None
        version = _name_version(ending, snapshot.state, place, total=total, filters=filters)
        if version.is_known():
            return version.confirm()
        count = None if total is None else total.count
        body = write_page(snapshot, syntax, filters, place, count)
        return _link_changes(answer_body(body, media_type, version), snapshot)
    finally:
        snapshot.close()


def read_whole(ending: str) -> Response:
    """Answer the whole catalogue, or what filters leave of it, as one document.

    Args:
        ending: names the syntax.
    """
    filters = _read_filters(list_asked(*FILTERS, *(("page",) if ending == "json" else ())))
    if filters.given:
        return _answer_narrowed(ending, filters)
    state = store.bring_up_to_date()
    version = _name_version(ending, state)
    if version.is_known():
        return version.confirm()
    syntax, media_type = ENDINGS[ending]
    snapshot, parts = open_blocks(syntax, state)
    try:
        _take_place(snapshot)
        document = make_whole(snapshot, syntax, parts, is_packed=is_packed())
        version = _name_version(ending, snapshot.state)
        return _link_changes(answer_document(document, media_type, version), snapshot)
    except BaseException:
        snapshot.close()
        raise


def _answer_narrowed(ending: str, filters: Filters) -> Response:
    syntax, media_type = ENDINGS[ending]
    snapshot = open_snapshot()
    try:
        total = Selection(snapshot, syntax, filters).sum_up()
        version = _name_version(ending, snapshot.state, total=total, filters=filters)
        if version.is_known():
            snapshot.close()
            return version.confirm()
        _take_place(snapshot)
        document = make_narrowed(snapshot, syntax, filters, total, is_packed=is_packed())
        return _link_changes(answer_document(document, media_type, version), snapshot)
    except BaseException:
        snapshot.close()
        raise


def read_dataset(id: str, ending: str) -> Response:
    """Answer one public dataset.

    Args:
        id: the dataset's id or name.
        ending: names the syntax.
    """
    list_asked()
    if CONTROL.search(id):
        return _missing()
    syntax, media_type = ENDINGS[ending]
    # in one snapshot, as an epoch that has just been followed by another is being deleted
    snapshot = open_snapshot()
    try:
        found = find_single(snapshot.connection, snapshot.epoch, syntax, id)
        is_gone = not found and was_public(snapshot.connection, id)
    finally:
        snapshot.close()
    if is_gone:
        return refuse(410, tk._("This dataset has been withdrawn."))
    if not found:
        return _missing()
    version = Version(ending, (snapshot.epoch, found.version), found.changed)
    if version.is_known():
        return version.confirm()
    head, tail = (b"", b"") if syntax == "json" else (make_bare_head(syntax), TAILS[syntax])
    return answer_body(head + found.body + tail, media_type, version)


def read_catalog() -> Response:
    """Answer the catalogue, at its IRI, as its reader asks for it: Turtle, if in no way."""
    types = {syntax.media_type: ending for ending, syntax in reversed(SYNTAXES.items())}
    accepted = list_accepted()
    names = ["text/turtle", *types, *PAGE_TYPES]
    wanted = accepted.best_match(names) if accepted else names[0]
    if wanted is None:
        message = tk._("There is this record as a page and in these syntaxes: {types}.")
        response = refuse(406, message.format(types=", ".join(types)))
    elif wanted in PAGE_TYPES:
        response = Response(status=303)
        response.location = tk.h.url_for("dataset.search")
    else:
        place = f"{get_base_uri()}/catalog.{types[wanted]}"
        response = tell_place(read_page(types[wanted]), place)
    response.vary.add("Accept")
    return response


def _read_filters(asked: Mapping[str, list[str]]) -> Filters:
    if not asked:
        return Filters()
    with get_engine().connect() as connection:
        return read_filters(connection, asked)


def _name_version(
    ending: str,
    state: store.State,
    place: Place | None = None,
    *,
    total: Total | None = None,
    filters: Filters | None = None,
) -> Version:
    """Name the text of a document: by what was followed, as what is not public has no part in it.

    Not each revision has an event: the catalogue has dates that no dataset says of itself.
    """
    known = (state.epoch, state.revision, state.position, state.published, digest_settings())
    # until the next revision, what is public may change, but it can't be told apart
    is_unsettled = (datetime.now(timezone.utc),) if state.is_open else ()
    if total is None:
        return Version(ending, (*known, place, *is_unsettled), state.published)
    # members of a group come and go without an event: no date tells of it
    return Version(ending, (*known, place, filters, total, *is_unsettled), None)


def _take_place(snapshot: Snapshot) -> None:
    if tk.request.method != "HEAD":
        take_place(snapshot)


def _link_changes(response: Response, snapshot: Snapshot) -> Response:
    response.headers["Link"] = link_stream(get_base_uri(), snapshot.state.point)
    return response


def _missing() -> Response:
    return refuse(404, tk._("There is no public dataset at this address."))


def _answer_dataset(given: Mapping[str, Any], ending: str) -> Response:
    # ckanext-dcat has its own rule for this address, if it is to negotiate there
    return answer_query(read_dataset)(id=given.get("id") or given["_id"], ending=ending)


refuse_writing(feed)
negotiate(feed, dict.fromkeys(("dataset.read", "dcat.read_dataset"), _answer_dataset))


def _add_rule(rule: str, endpoint: str, view: Any, **defaults: str) -> None:
    feed.add_url_rule(
        rule,
        endpoint=endpoint,
        view_func=answer_query(view),
        defaults=defaults,
        methods=["GET", "OPTIONS"],
        provide_automatic_options=False,
    )


# An address for each syntax: written out, it wins over ckanext-dcat's rule
# with a placeholder, wherever the two stand in ckan.plugins.
for _ending in SYNTAXES:
    _add_rule(f"/catalog.{_ending}", f"catalog_{_ending}", read_page, ending=_ending)
    _add_rule(f"/catalog-full.{_ending}", f"whole_{_ending}", read_whole, ending=_ending)
    _add_rule(f"/dataset/<id>.{_ending}", f"dataset_{_ending}", read_dataset, ending=_ending)
_add_rule("/data.json", "whole_json", read_whole, ending="json")
_add_rule("/dataset/<id>/data.json", "dataset_json", read_dataset, ending="json")
_add_rule("/catalog", "catalog", read_catalog)
