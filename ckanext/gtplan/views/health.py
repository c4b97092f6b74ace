"""Whether the portal is well, for who watches over it: /health.

It is answered before CKAN, which asks the database a question at the beginning of every request:
where the database hangs, so would the answer that it does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Request, Response

from ..logic.health import examine

__all__ = ["HealthAnswer"]

_ADDRESS = "/health"


class HealthAnswer:
    """Answers how each service is: status 200 when all are well, else 503.

    Args:
        app: the WSGI application, for all other addresses.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        request = Request(environ)
        if request.path != _ADDRESS or request.method not in ("GET", "HEAD"):
            return self._app(environ, start_response)
        return _answer()(environ, start_response)


def _answer() -> Response:
    checks = examine()
    is_well = all(check["status"] == "ok" for check in checks.values())
    answer = {"status": "ok" if is_well else "failed", "checks": checks}
    response = Response(json.dumps(answer, indent=2), mimetype="application/json")
    response.status_code = 200 if is_well else 503
    response.headers["Cache-Control"] = "no-store"
    return response
