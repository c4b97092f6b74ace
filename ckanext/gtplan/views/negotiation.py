"""At an IRI the page or a document: what its reader asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ..config import get_base_uri
from ..rdf.feed import SYNTAXES
from .answers import refuse

__all__ = ["PAGE_TYPES", "negotiate"]

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
        if response.status_code == 200:
            # CKAN takes the language out of the path
            address = f"{get_base_uri()}{tk.request.path}.{_ENDINGS[wanted]}"
            response.content_location = address
        return response

    def tell_of_choice(response: Response) -> Response:
        """Tell caches that the answer depends on what was asked for."""
        if tk.request.endpoint in pages:
            response.vary.add("Accept")
        return response

    blueprint.before_app_request(choose)
    blueprint.after_app_request(tell_of_choice)


def _choose_type() -> str | None:
    """Choose a media type; None when there is none of those that are accepted."""
    accepted = tk.request.accept_mimetypes
    if not accepted or any(accepted.quality(name) for name in PAGE_TYPES):
        return accepted.best_match([*PAGE_TYPES, *_ENDINGS], PAGE_TYPES[0])
    return accepted.best_match(list(_ENDINGS))
