"""Writing a checked load into the portal: one transaction, repeatable at any point.

Records, log entries and reports are written in a single database transaction, so that a load
that fails or is killed leaves nothing. The rows of living tables, search index and datasets
follow; a load that was killed there goes on from there, because its run is not marked as
finished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk
from ckan.types import Context
from pysolr import SolrError

from ...model import LoadedObject, LoadRun
from ...model.load import select_objects
from ...plan.files.checks import CheckedLoad
from ...plan.model import Load, Record
from ...plan.problems import PlanError, ProblemKind
from ...plan.records import iterate_load
from ...plan.tables.deliverables import name_dataset
from ...prm.vocabulary import vocabulary
from ..follow.loads import renew_outside, write_reports
from ..indicators.computing import recompute_records
from ..progress import Progress
from . import rows
from .indexing import index_packages
from .inventories import check_inventories
from .log import write_modifications
from .publication import build_deliverable, is_publishable
from .stored import get_kind
from .writing import Summary, Writer

#: What CKAN and its client of Solr raise when the search engine does not answer.
_SEARCH_ERRORS = (search.SearchError, search.SearchIndexError, SolrError)


def write_load(
    context: Context,
    checked: CheckedLoad,
    progress: Progress,
    make_writer: Callable[[Context, CheckedLoad], Writer] = Writer,
) -> Summary:
    """Write a load: what it says again is left alone, what it says anew is changed.

    Args:
        context: of a sysadmin; nothing is committed when this raises.
        checked: the load.
        progress: told of each record.
        make_writer: makes what writes the records and confirms them.

    Returns:
        What was created, changed and left, and what of the index and the datasets could not be
        brought up to date: that is done when the load is repeated.

    Raises:
        PlanError: the portal refuses a record; then nothing is written.
    """
    with lock_load(checked.load.id):
        check_publication(checked)
        check_inventories(checked)
        writer = make_writer(context, checked)
        try:
            writer.write(progress)
            writer.confirm()
            is_log_new = write_modifications(checked)
            new_rows = rows.find_new(checked, writer.summary.created)
            if write_reports(context, checked) or is_log_new or new_rows:
                writer.reopen()
            model.Session.commit()
        except BaseException:
            model.Session.rollback()
            raise
        _finish(context, writer, new_rows, progress)
    return writer.summary


@contextmanager
def lock_load(load_id: str) -> Iterator[None]:
    """Keep two loads of one id, or a load and its removal, from running at once.

    A process that is killed lets go.
    """
    name = sa.func.hashtextextended(f"gtplan load {load_id}", 0)
    with model.meta.engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(name)))
        yield


def check_publication(checked: CheckedLoad) -> None:
    """Refuse a licence or frequency that the datasets of the load could not have."""
    publication = checked.load.publication
    choices = {
        "license_id": sorted(model.Package.get_license_register().keys()),
        "frequency": [term.code for term in vocabulary("frequency").terms],
    }
    problems = [
        checked.refuse(
            "publication",
            field,
            getattr(publication, field),
            ", ".join(codes),
            ProblemKind.UNKNOWN_CODE,
        )
        for field, codes in choices.items()
        if getattr(publication, field) not in codes
    ]
    if problems:
        raise PlanError(problems)


def _finish(
    context: Context, writer: Writer, new_rows: list[rows.GivenRows], progress: Progress
) -> None:
    """Bring the tables, the index and the datasets up to date, unless they are."""
    load, summary = writer.load, writer.summary
    stored = {} if writer.run.finished is None else _list_published(load)
    records = [record for _, record in iterate_load(load) if is_publishable(record)]
    summary.published = dict.fromkeys(stored, "unchanged")
    left = [record for record in records if name_dataset(record.id) not in stored]
    if writer.run.finished is None:
        rows.prepare_tables(context, load, summary.created)
        rows.write_all(context, summary, new_rows, progress)
        recompute_records([record.id for _, record in iterate_load(load)])
        summary.unfinished += _index(load, progress)
        renew_outside(context, load)
    summary.unfinished += _publish(context, left, writer, progress)
    if writer.run.finished is None and not summary.unfinished:
        run = model.Session.get_one(LoadRun, load.id)
        run.finished = datetime.now(timezone.utc)
        model.Session.add(run)
        model.Session.commit()


def _list_published(load: Load) -> list[str]:
    """List the datasets that were made of a load, and are in the catalogue."""
    query = (
        sa.select(model.Package.name)
        .join(LoadedObject, LoadedObject.name == model.Package.name)
        .where(LoadedObject.load_id == load.id, LoadedObject.kind == "dataset")
        .where(model.Package.state == model.State.ACTIVE)
        .order_by(model.Package.name)
    )
    return list(model.Session.scalars(query))


def _index(load: Load, progress: Progress) -> list[str]:
    names = [record.id for _, record in iterate_load(load) if get_kind(record) == "package"]
    # a commitment stands in lists as its milestones do, those of another load's, too
    names += sorted({milestone.commitment for milestone in load.milestones} - set(names))
    try:
        index_packages(names, progress)
    except _SEARCH_ERRORS as error:
        text = tk._("the search engine did not take the records: {reason}")
        return [text.format(reason=error)]
    return []


def _publish(
    context: Context, records: Iterable[Record], writer: Writer, progress: Progress
) -> list[str]:
    """Build the datasets of records; what cannot be built is told, and the others are built."""
    unfinished, listed = [], list(records)
    remembered = {
        row.name for row in model.Session.scalars(select_objects(writer.load.id))
    }
    for number, record in enumerate(listed, start=1):
        try:
            result = build_deliverable(
                tk.fresh_context(context), record.id, writer.load.publication
            )
        except (tk.ValidationError, *_SEARCH_ERRORS) as error:
            model.Session.rollback()
            text = tk._("the dataset of {name} could not be built: {reason}")
            unfinished.append(text.format(name=record.id, reason=_explain(error)))
        else:
            if result is not None:
                writer.summary.published[result["dataset"]] = result["status"]
                if result["dataset"] not in remembered:
                    _remember(writer.load.id, result["dataset"])
        progress("publish", number, len(listed))
    return unfinished


def _explain(error: Exception) -> str:
    if not isinstance(error, tk.ValidationError):
        return str(error)
    return "; ".join(f"{name}: {said}" for name, said in error.error_summary.items())


def _remember(load_id: str, dataset: str) -> None:
    """Note a dataset made of the load's records, so that it goes when the load goes."""
    row = LoadedObject(load_id=load_id, kind="dataset", name=dataset, is_created=True)
    row.digest = ""
    model.Session.add(row)
    model.Session.commit()
