"""Records whose place in lists follows from a change of another: they are indexed anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ckan import model
from ckan.lib import search
from ckan.types import Context

from ..later import enqueue_by_commit
from ..plans.publication import SUPPRESSED, list_below

_FOLLOWED_BY = ("action_plan", "commitment", "milestone")


def enqueue_reindex(context: Context, record: dict[str, Any]) -> None:
    """Have the records indexed anew, by a job, whose place in lists a record's change moves.

    Args:
        context: of the change; a load indexes its records itself.
        record: the record or dataset as it is now, or its ``id``.
    """
    package = None if context.get(SUPPRESSED) else model.Package.get(record["id"])
    if package is None:
        return
    is_deliverable = package.type == "dataset" and bool(package.extras.get("deliverable"))
    if package.type in _FOLLOWED_BY or is_deliverable:
        enqueue_by_commit("reindex", reindex_relatives, [package.name])


def reindex_relatives(name: str) -> None:
    """Index the records anew that a record shows in: those below a plan, those above the rest.

    Args:
        name: of the record; of one that is gone nothing is done.
    """
    package = model.Package.get(name)
    names = sorted(set(_list_relatives(package))) if package else []
    if names:
        search.rebuild(package_ids=names, defer_commit=True)
        search.commit()


def _list_relatives(package: model.Package) -> Iterator[str]:
    if package.type == "action_plan":
        commitments = list_below("commitment", "action_plan", [package.name])
        yield from commitments
        yield from list_below("milestone", "commitment", commitments)
    elif package.type == "commitment":
        yield from list_below("milestone", "commitment", [package.name])
    else:
        for field in ("milestone", "commitment"):
            above = model.Package.get(package.extras.get(field))
            if above is not None and above.state != model.State.DELETED:
                yield above.name
                package = above
