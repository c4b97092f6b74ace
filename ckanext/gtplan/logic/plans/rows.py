"""The rows of a load that live in the DataStore: compared, written and remembered.

They are in another database than the records, so they are written once these are committed. A
load that is killed between has not remembered the rows, and writes them when it is repeated.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...model import LoadedObject
from ...plan.files.checks import CheckedLoad
from ...plan.files.row_rules import list_tables
from ...plan.living import Cells, LivingTable, to_cells
from ...plan.model import Load, Record
from ...plan.records import iterate_load
from ..living.tables import ensure_tables
from ..living.writing import TableDifference, write_tables
from ..progress import Progress
from ..reading import show_package
from .publication import SUPPRESSED
from .writing import Summary

#: What a load remembers the rows of a record as, beside organisations and packages.
KIND = "rows"
#: Who is told to have written them.
_ORIGIN = "load"


@dataclass(frozen=True, kw_only=True)
class GivenRows:
    """The rows of all tables of a record, as a file gives them.

    Attributes:
        digest: of the rows, so that a repeated load leaves alone what it says again.
    """

    record: Record
    digest: str


def list_given(checked: CheckedLoad) -> Iterator[GivenRows]:
    """List the records whose rows a load gives.

    A file that has none of a record's tables leaves them as they are; where it has one, they
    all become what the file says.
    """
    for path, record in iterate_load(checked.load):
        names = [table.name for table in list_tables(record)]
        if any(f"{path}.{name}" in checked.places for name in names):
            yield GivenRows(record=record, digest=_make_digest(record))


def _make_digest(record: Record) -> str:
    digest = hashlib.sha256()
    for table in list_tables(record):
        digest.update(f"{table.name}\n".encode())
        for cells in _iterate_cells(record, table):
            digest.update(json.dumps(cells).encode())
    return digest.hexdigest()


def _iterate_cells(record: Record, table: LivingTable) -> Iterator[Cells]:
    return (to_cells(table, row) for row in getattr(record, table.name))


def find_new(checked: CheckedLoad, created: Iterable[str]) -> list[GivenRows]:
    """Find the records of a load whose rows must be compared with the portal's.

    Args:
        checked: the load.
        created: names of the records that it creates: what was remembered of them is forgotten.
    """
    load_id, fresh, found = checked.load.id, set(created), []
    for given in list_given(checked):
        if given.record.id in fresh and (before := _find_remembered(load_id, given)):
            model.Session.delete(before)
            model.Session.flush()
        if is_different(load_id, given):
            found.append(given)
    return found


def is_different(load_id: str, given: GivenRows) -> bool:
    """Tell whether a file gives other rows of a record than when it was loaded last."""
    before = _find_remembered(load_id, given)
    return before is None or before.digest != given.digest


def _find_remembered(load_id: str, given: GivenRows) -> LoadedObject | None:
    return model.Session.get(LoadedObject, (load_id, KIND, given.record.id))


def write_all(
    context: Context, summary: Summary, given: list[GivenRows], progress: Progress
) -> None:
    """Write the rows of records, those of each in one transaction, and remember them.

    Args:
        context: of a sysadmin.
        summary: of the load, which is told what was written, and what could not be.
        given: what ``find_new`` found; the records are committed.
        progress: told of each record.
    """
    for number, one in enumerate(given, start=1):
        try:
            found = write_one(context, one.record)
        except tk.ValidationError as error:
            model.Session.rollback()
            said = "; ".join(f"{name}: {why}" for name, why in error.error_summary.items())
            text = tk._("the rows of {name} could not be written: {reason}")
            summary.unfinished.append(text.format(name=one.record.id, reason=said))
        else:
            summary.rows |= {
                f"{one.record.id}/{name}": count(difference)
                for name, difference in found.items()
                if not difference.is_empty
            }
            _remember(summary.load, one)
        progress("rows", number, len(given))


def count(difference: TableDifference) -> dict[str, int]:
    """Give what changes in a table in numbers."""
    return {name: getattr(difference, name) for name in ("added", "changed", "removed")}


def _remember(load_id: str, given: GivenRows) -> None:
    row = LoadedObject(load_id=load_id, kind=KIND, name=given.record.id)
    row.digest, row.is_created = given.digest, False
    model.Session.merge(row)
    model.Session.commit()


def prepare_tables(context: Context, load: Load, created: Iterable[str]) -> None:
    """Make the tables of a load's records; those of a new record hold nothing.

    Args:
        context: of a sysadmin.
        load: whose records are committed.
        created: names of those that the load has just created.
    """
    fresh = set(created)
    for _, record in iterate_load(load):
        if list_tables(record):
            package = model.Package.get(record.id)
            ensure_tables(context, {"id": package.id}, is_new=record.id in fresh)


def write_one(
    context: Context, record: Record, *, is_dry: bool = False
) -> dict[str, TableDifference]:
    """Make the tables of a record what a file says.

    Args:
        context: of a sysadmin.
        record: as the file has it.
        is_dry: only find out what would change.

    Returns:
        What changes, by the name of the table.
    """
    own: Any = tk.fresh_context(context)
    own[SUPPRESSED] = True
    package = show_package(own, record.id)
    rows = {table.name: _iterate_cells(record, table) for table in list_tables(record)}
    return write_tables(own, package, rows, mode="replace", origin=_ORIGIN, is_dry=is_dry)
