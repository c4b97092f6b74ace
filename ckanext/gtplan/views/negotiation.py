"""At an IRI the page or a document: what its reader asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response
from werkzeug.datastructures import MIMEAccept

from ..config import get_base_uri
from ..rdf.feed import SYNTAXES
from .answers import refuse

__all__ = ["PAGE_TYPES", "list_accepted", "negotiate", "tell_place"]

#: Of the pages for people.
PAGE_TYPES = ("text/html", "application/xhtml+xml")
#: The first ending of each media type: `xml` and `rdf` are one.
_ENDINGS = {syntax.media_type: ending for ending, syntax in reversed(SYNTAXES.items())}

#: Answers the document of a page: the arguments of its route, and the ending.
Answer = Callable[[Mapping[str, Any], str], Response]


def negotiate(blueprint: Blueprint, pages: Mapping[str, Answer]) -> None:
    """Answer at the addresses of pages what their reader asks for.

    Args:
        blueprint: that this is registered with.
        pages: by the endpoint of a page, its documents.
    """

    def choose() -> Response | None:
        answer = pages.get(tk.request.endpoint or "")
        if answer is None or tk.request.method not in ("GET", "HEAD"):
            return None
        wanted = _choose_type()
        if wanted in PAGE_TYPES:
            return None
        if wanted is None:
            message = tk._("There is this record as a page and in these syntaxes: {types}.")
            return refuse(406, message.format(types=", ".join(_ENDINGS)))
        response = answer(tk.request.view_args or {}, _ENDINGS[wanted])
        # CKAN takes the language out of the path
        place = f"{get_base_uri()}{quote(tk.request.path)}.{_ENDINGS[wanted]}"
        return tell_place(response, place)

    def tell_of_choice(response: Response) -> Response:
        """Tell caches that the answer depends on what was asked for."""
        if tk.request.endpoint in pages:
            response.vary.add("Accept")
        return response

    blueprint.before_app_request(choose)
    blueprint.after_app_request(tell_of_choice)


def list_accepted() -> MIMEAccept:
    """List the media types that the reader takes, without their parameters.

    Who asks for a profile of JSON-LD or for UTF-8 is served better with what there is.
    """
    accepted = tk.request.accept_mimetypes
    return MIMEAccept([(name.partition(";")[0].strip(), quality) for name, quality in accepted])


def tell_place(response: Response, address: str) -> Response:
    """Tell at which address of its own a document is that was chosen.

    Args:
        response: with the document, or confirming it (RFC 9110, 15.4.5).
        address: of the document, without what is asked behind it.
    """
    if response.status_code in (200, 304):
        query = quote(tk.request.query_string, safe="%&=+,:;@!$'()*/?~")
        response.content_location = f"{address}?{query}" if query else address
    return response


def _choose_type() -> str | None:
    """Choose a media type; None when there is none of those that are accepted."""
    accepted = list_accepted()
    if not accepted or any(accepted.quality(name) for name in PAGE_TYPES):
        return accepted.best_match([*PAGE_TYPES, *_ENDINGS], PAGE_TYPES[0])
    return accepted.best_match(list(_ENDINGS))
