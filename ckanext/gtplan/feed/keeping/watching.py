"""After a commit that changed packages, a job follows: so that the next reader need not wait."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from ckan import model

from .store import enqueue_refresh

__all__ = ["watch"]

_CHANGED = "gtplan_feed_changed"
#: Whose rows are noted in the journal.
_WATCHED = (
    *(model.Package, model.Resource, model.Group),
    *(model.Member, model.PackageTag, model.Tag),
)


@cache  # a portal is configured more than once
def watch() -> None:
    """Listen to CKAN's sessions; what is written beside them, readers follow by themselves."""
    sa.event.listen(model.Session, "after_flush", _remember)
    sa.event.listen(model.Session, "after_commit", _enqueue)
    sa.event.listen(model.Session, "after_rollback", _forget)


def _remember(session: Any, _flushing: Any) -> None:
    changed = (*session.new, *session.dirty, *session.deleted)
    if any(isinstance(row, _WATCHED) for row in changed):
        session.info[_CHANGED] = True


def _enqueue(session: Any) -> None:
    if not session.in_nested_transaction() and session.info.pop(_CHANGED, False):
        enqueue_refresh()


def _forget(session: Any) -> None:
    session.info.pop(_CHANGED, None)
