"""Headers of the feeds, set where nothing sets them after: CKAN and Flask add theirs to any answer.

CKAN lets caches keep what it answers; Flask's sessions have it vary by cookie, so that no shared
cache could keep a feed. A feed is the same for everybody, whoever asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ckan.plugins import toolkit as tk
from werkzeug.datastructures import Headers
from werkzeug.http import parse_set_header
from werkzeug.routing import Rule

from ..feed.pulls import note_pull

__all__ = ["FeedHeaders", "mark_feed"]

#: Where in the environment of a request its feed stands: the rule of its address, and for how
#: long caches may keep the answer.
_KEY = "ckanext.gtplan.feed"
#: Kept, but asked about before each use: an answer without news costs next to nothing.
_REVALIDATED = "no-cache"
#: For who sends a login: a proxy before the portal must not keep what came with one.
_PRIVATE = "private, no-store"
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Location, ETag, Link, Retry-After",
}
#: What is told of an answer that broke off.
_BROKEN = 599

Environ = dict[str, Any]


def mark_feed(kept: str = _REVALIDATED, rule: Rule | None = None) -> None:
    """Say that the answer to this request is a feed.

    Args:
        kept: its Cache-Control, for who sends no login.
        rule: of its address, where the request is not led to a view.
    """
    rule = rule or tk.request.url_rule
    tk.request.environ[_KEY] = (rule.rule if rule else tk.request.path, kept)


class FeedHeaders:
    """Sets the headers of feeds, and counts them for the administrator.

    Args:
        app: the WSGI application.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        started, statuses = time.monotonic(), [0]

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            statuses[0] = int(status[:3])
            if _KEY in environ:
                headers = _settle(Headers(headers), environ)
            return start_response(status, headers, *error)

        body = self._app(environ, start)
        return _Counted(body, environ, statuses[0], started) if _KEY in environ else body


class _Counted:
    """The body of a feed, counted when it has been sent or broke off."""

    def __init__(
        self, body: Iterable[bytes], environ: Mapping[str, Any], status: int, started: float
    ) -> None:
        self._body, self._environ = body, environ
        self._status, self._started = status, started
        self._size = 0
        self._is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._body:
            yield piece
            self._size += len(piece)
        self._is_whole = True

    def close(self) -> None:
        if hasattr(self._body, "close"):
            self._body.close()
        note_pull(
            self._environ.get("HTTP_USER_AGENT", ""),
            self._environ[_KEY][0],
            self._status if self._is_whole else _BROKEN,
            self._size,
            time.monotonic() - self._started,
        )


def _settle(headers: Headers, environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    kept = _PRIVATE if _has_login(environ) else environ[_KEY][1]
    headers["Cache-Control"] = kept
    varying = parse_set_header(", ".join(headers.getlist("Vary")))
    varying.discard("cookie")
    varying.add("Accept-Encoding")
    headers["Vary"] = varying.to_header()
    for name, value in _CORS.items():
        headers[name] = value
    return headers.to_wsgi_list()


def _has_login(environ: Mapping[str, Any]) -> bool:
    """Tell whether a request came with a session or a token, be it valid or not."""
    token = str(tk.config["apitoken_header_name"]).upper().replace("-", "_")
    if environ.get("HTTP_AUTHORIZATION") or environ.get(f"HTTP_{token}"):
        return True
    names = {part.partition("=")[0].strip() for part in environ.get("HTTP_COOKIE", "").split(";")}
    cookies = (tk.config.get("SESSION_COOKIE_NAME"), tk.config.get("REMEMBER_COOKIE_NAME"))
    return any(name in names for name in cookies if name)
