"""What a reader asks a feed for, behind its address: a closed list, and answers in words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, current_app
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from ..feed.keeping.store import Busy
from ..feed.sending.filters import FILTERS, FilterError, Refusal
from ..feed.sending.pages import PageNotFound, Place
from ..feed.sending.stream import NoPlace
from ..prm.vocabulary import vocabulary
from .answers import refuse
from .headers import mark_feed
from .refusal import tell_outage

__all__ = ["QueryError", "answer_query", "list_asked", "read_place", "refuse_writing"]

log = logging.getLogger(__name__)

# Beyond this, the database has no number.
_LAST_THINKABLE = 2**63 - 1
#: Seconds after which to ask again where the database does not answer.
_RETRY = 30
#: What a feed answers to.
_METHODS = "GET, HEAD, OPTIONS"
#: What a page of another site may send beside what any may.
_PREFLIGHT = {
    "Allow": _METHODS,
    "Access-Control-Allow-Methods": _METHODS,
    "Access-Control-Allow-Headers": "If-Modified-Since, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class QueryError(Exception):
    """A query that no feed answers.

    Args:
        message: what is wrong with it, in the reader's language.
        status: of the answer.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status


def answer_query(view: Callable[..., Response]) -> Callable[..., Response]:
    """Have a view's answer sent as a feed, and its refusals told in words.

    Args:
        view: answers GET.
    """

    @wraps(view)
    def answer(**given: Any) -> Response:
        mark_feed()
        if tk.request.method == "OPTIONS":
            return Response(status=204, headers=_PREFLIGHT)
        try:
            return view(**given)
        except QueryError as error:
            return refuse(error.status, error.message)
        except FilterError as error:
            status = 404 if error.why is Refusal.NOT_FOUND else 400
            return refuse(status, _explain(error))
        except PageNotFound as error:
            return refuse(404, _name_last(tk.request.args["page"], error.last))
        except Busy as error:
            return _put_off(_excuse(error), error.retry_after)
        except OperationalError:
            log.exception("%s cannot be answered", tk.request.path)
            return _put_off(tell_outage(), _RETRY)

    return answer


def refuse_writing(blueprint: Blueprint) -> None:
    """Refuse in words what is no reading, at the addresses of a blueprint.

    CKAN's page doesn't say which methods there are (RFC 9110, section 15.5.6).

    Args:
        blueprint: of feeds only.
    """

    def refuse_method() -> Response | None:
        if not isinstance(tk.request.routing_exception, MethodNotAllowed):
            return None
        addresses = current_app.create_url_adapter(tk.request)
        try:
            rule, _ = addresses.match(method="GET", return_rule=True)
        except HTTPException:
            return None
        if not rule.endpoint.startswith(f"{blueprint.name}."):
            return None
        mark_feed(rule=rule)
        sentence = tk._(
            "“{method}” is not answered at this address: it can only be read (GET, HEAD, OPTIONS)."
        )
        response = refuse(405, sentence.format(method=tk.request.method))
        response.headers["Allow"] = _METHODS
        return response

    blueprint.before_app_request(refuse_method)


def _put_off(message: str, seconds: int) -> Response:
    response = refuse(503, message)
    response.retry_after = seconds
    return response


def list_asked(*allowed: str) -> dict[str, list[str]]:
    """List the filters of the request.

    Args:
        allowed: all that its address may be asked.

    Raises:
        QueryError: something else is asked.
    """
    asked = tk.request.args.to_dict(flat=False)
    for name in asked:
        if name not in allowed:
            sentence = (
                tk._("“{value}” is no filter: choose one of {choices}")
                if allowed
                else tk._("“{value}”: nothing can be asked at this address.")
            )
            raise QueryError(sentence.format(value=name, choices=", ".join(allowed)))
    # a document that is no page is its own first and last one
    if "after" not in allowed and asked.get("page", ["1"]) != ["1"]:
        raise QueryError(_name_last(asked["page"][-1], 1), 404)
    return {name: values for name, values in asked.items() if name in FILTERS}


def read_place(address: str) -> Place:
    """Read where a page begins.

    Args:
        address: public address of the feed.

    Raises:
        QueryError: the request says that it begins nowhere, or in two places.
    """
    given = {name: tk.request.args.getlist(name) for name in ("page", "after")}
    if sum(map(len, given.values())) > 1:
        raise QueryError(tk._("A page begins in one place: give page or after, once."))
    page = _read_number(given["page"], 1, tk._("The page number must be a whole number from 1 up."))
    sentence = tk._("What a page begins after is a whole number from 0 up: follow its links.")
    after = _read_number(given["after"], 0, sentence)
    return Place(address=address, size=_get_page_size(), after=after, number=page)


def _get_page_size() -> int:
    """Tell how many datasets a page of the catalogue has, by ckanext-dcat's own option."""
    wanted = int(tk.config.get("ckanext.dcat.datasets_per_page") or 100)
    return max(1, min(wanted, int(tk.config["ckan.search.rows_max"])))


def _read_number(given: list[str], lowest: int, message: str) -> int | None:
    if not given:
        return None
    text = given[0]
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_LAST_THINKABLE))
    if not is_number or not lowest <= int(text) <= _LAST_THINKABLE:
        raise QueryError(message)
    return int(text)


def _name_last(page: str, last: int) -> str:
    message: str = tk._("There is no page {page}: the last one is {last}.")
    return message.format(page=page, last=last)


def _explain(error: FilterError) -> str:
    sentences = {
        Refusal.TWICE: tk._("{name} is given more than once: {value}"),
        Refusal.NO_MOMENT: tk._(
            "{name}: “{value}” is no moment; write 2024-01-31 or 2024-01-31T09:00:00Z"
        ),
        Refusal.NO_THEME: tk._("{name}: “{value}” is no theme: choose one of {choices}"),
        Refusal.NOT_FOUND: tk._("{name}: there is nothing public called “{value}”"),
    }
    codes = ", ".join(term.code for term in vocabulary("theme").terms)
    return sentences[error.why].format(name=error.name, value=error.value, choices=codes)


def _excuse(error: Busy) -> str:
    if isinstance(error, NoPlace):
        return str(tk._("Too many readers are pulling whole feeds just now: ask again later."))
    return str(tk._("The feeds are being brought up to date: ask again later."))
