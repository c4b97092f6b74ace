"""What follows from a report or a decision: the index and the datasets show it."""

from __future__ import annotations

import logging
from collections.abc import Collection

import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.types import Context
from pysolr import SolrError

from ...search import find_ancestors
from ..indicators.computing import enqueue_recompute
from ..plans.publication import enqueue_rebuild

log = logging.getLogger(__name__)


def lock_milestones(milestone_ids: Collection[str]) -> None:
    """Wait until nobody else writes reports on milestones, and keep others waiting.

    The lock ends with the transaction: whoever comes next sees what was written, and judges by
    it. The moments of the reports of a milestone follow one another for the same reason.

    Args:
        milestone_ids: ids of packages.
    """
    for name in sorted(milestone_ids):  # one order in which they are locked
        key = sa.func.hashtextextended(f"gtplan report {name}", 0)
        model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def renew_milestones(context: Context, names_or_ids: Collection[str]) -> None:
    """Commit, index milestones with what is above them, and have their datasets rebuilt.

    What was reported is saved even when the search engine does not answer: it is not refused
    for that, and ``ckan search-index rebuild`` brings the index up to date.

    Args:
        context: of the change.
        names_or_ids: of packages; those that are gone are passed over.
    """
    names: dict[str, None] = {}
    for key in names_or_ids:
        package = model.Package.get(key)
        if package is not None and package.state != model.State.DELETED:
            enqueue_rebuild(context, {"id": package.id})
            enqueue_recompute(package.name)
            names |= dict.fromkeys(list_with_ancestors(package.name))
    model.Session.commit()
    try:
        search.rebuild(package_ids=list(names))
        search.commit()
    except (search.SearchError, search.SearchIndexError, SolrError):
        log.exception("The reports are saved, and not in the index yet: %s", ", ".join(names))


def list_with_ancestors(milestone: str) -> list[str]:
    """List a milestone, its commitment and its plan by name, as far as they are there."""
    above = find_ancestors({"milestone": milestone})
    found = [above[name] for name in ("milestone", "commitment", "action_plan") if name in above]
    packages = [model.Package.get(name) for name in found]
    return [p.name for p in packages if p is not None and p.state != model.State.DELETED]
