"""Pages of reports as somebody opens them."""

from __future__ import annotations

from typing import Any

from ckan import model
from ckan.tests import factories
from reading import visit

from ckanext.gtplan.logic.follow.reports import read_reports

#: of users by id, who are others once the portal was emptied
_TOKENS: dict[str, str] = {}


def token(user: str) -> str:
    """Give a token of a user, made once while they are there; a visitor has none."""
    found = model.User.get(user)
    if not user or found is None:
        return ""
    if found.id not in _TOKENS:
        _TOKENS[found.id] = factories.APIToken(user=found.id)["token"]
    return _TOKENS[found.id]


def get(app: Any, user: str, path: str, status: int = 200) -> str:
    answer = visit(app, "get", path, token(user), status=status, follow_redirects=False)
    return str(answer.body)


def reports(milestone: str) -> list[Any]:
    model.Session.expire_all()
    return read_reports([milestone], counted_only=False)
