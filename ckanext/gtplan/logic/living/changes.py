"""What follows when the rows of a record have changed.

The rows are written by then: nothing here makes the write fail. What could not be done is
logged, and the commands that make each thing anew repair it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone

from ckan import model
from ckan.lib import search
from ckan.types import Context
from ckanext.datastore.backend import DatastoreBackend

from ..later import enqueue_by_commit
from ..plans.publication import SUPPRESSED, enqueue_rebuild
from ..progress import Progress, ignore_progress
from ..services.index import index_inventory
from .editing import TableDifference
from .resources import find_resource_id

log = logging.getLogger(__name__)


def tell(
    context: Context,
    package_id: str,
    found: Mapping[str, TableDifference],
    progress: Progress = ignore_progress,
) -> None:
    """Tell everybody whom a change of rows concerns.

    Args:
        context: of the change; a load publishes and indexes its records itself.
        package_id: of the record.
        found: what is different, by table; where nothing is, what an earlier write was killed
            before is done all the same.
        progress: is told how far the directory is.
    """
    _try(_mark, package_id, [each for each in found.values() if not each.is_empty])
    if "services" in found:
        keys = found["services"].list_keys()
        _try(index_inventory, package_id, keys and {key[0] for key in keys}, progress)
    _try(_compute, package_id)
    if SUPPRESSED not in context:
        _try(_enqueue, context, package_id)


def _try(step: Callable[..., None], *arguments: object) -> None:
    try:
        step(*arguments)
    except Exception:
        model.Session.rollback()
        log.exception("Rows were written, but not all that follows of it was done")


def _mark(package_id: str, found: Sequence[TableDifference]) -> None:
    """Have the record and its tables say when they were changed."""
    package = model.Package.get(package_id)
    if package is None or not found:
        return
    backend = DatastoreBackend.get_active_backend()
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    package.metadata_modified = now
    for each in found:
        resource = model.Resource.get(find_resource_id(package_id, each.table))
        if resource is not None:
            resource.last_modified = now
            # CKAN remembers how many rows a table has, and counts them when somebody asks
            backend.clear_table_stats(resource.id)
            if each.list_keys() is None:  # which plans how to read the table, and takes a while
                backend.calculate_record_count(resource.id)
    model.Session.commit()


def _compute(package_id: str) -> None:
    """Have the indicators computed anew that are computed of the rows."""
    from ..indicators.computing import enqueue_recompute  # it writes rows itself

    package = model.Package.get(package_id)
    if package is not None:
        enqueue_recompute(package.name)
    model.Session.commit()


def _enqueue(context: Context, package_id: str) -> None:
    enqueue_rebuild(context, {"id": package_id})
    enqueue_by_commit("index", index_record, [package_id])
    model.Session.commit()


def index_record(package_id: str) -> None:
    """Give a record to the search engine anew.

    Args:
        package_id: of the record; of one that is gone nothing is done.
    """
    if model.Package.get(package_id) is not None:
        search.rebuild(package_id)
