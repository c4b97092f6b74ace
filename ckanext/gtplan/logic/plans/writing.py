"""Writing the records of a load through CKAN's actions, in one transaction.

Each record passes CKAN's validation, permissions, the hooks of all plugins and the stream of
activities, as ``package_create`` and ``package_patch`` have them. Two steps of these are left to
who calls: the commit, and the search index, which must not show what is not committed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...model import LoadedObject, LoadRun
from ...model.load import select_objects
from ...plan.files.checks import CheckedLoad
from ...plan.model import Organization, Record
from ...plan.problems import PlanError, Problem
from ...plan.records import get_record_type, iterate_load
from ..progress import Progress
from ..validators import KNOWN
from .publication import SUPPRESSED
from .stored import (
    get_kind,
    keep_from,
    make_beside,
    make_digest,
    make_organization,
    make_package,
    read_stored,
)


@dataclass(kw_only=True)
class Summary:
    """What a load did, by name."""

    load: str
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    #: written by an earlier version of the file, which no longer names them
    left_over: list[str] = field(default_factory=list)
    #: of each table of which rows were added, changed or removed, how many
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    published: dict[str, str] = field(default_factory=dict)
    #: sentences on what remains to be done, though the records are written
    unfinished: list[str] = field(default_factory=list)


class Existing(NamedTuple):
    """What the portal has under the name of a record."""

    id: str
    type: str


class Writer:
    """Writes the organisations and packages of one load, and remembers what it did."""

    def __init__(self, context: Context, checked: CheckedLoad) -> None:
        self.load = checked.load
        self.summary = Summary(load=self.load.id)
        self.problems: list[Problem] = []
        self.context = context
        self.checked = checked
        run = model.Session.get(LoadRun, self.load.id)
        self.is_finished = bool(run and run.finished)
        self.run = run or LoadRun(id=self.load.id)
        self._before = {
            (row.kind, row.name): row
            for row in model.Session.scalars(select_objects(self.load.id))
        }
        self._records = list(iterate_load(self.load))
        self.existing = _find_existing([record for _, record in self._records])
        # the checks have found each of them: a validator need not look once more
        self._known = {
            (kind, record.id)
            for _, record in self._records
            for kind in (get_record_type(record), get_kind(record).replace("package", "record"))
        }
        #: CKAN looks the same organisations up for each record: they stay in the session
        self._owners: dict[str, Any] = {}

    def write(self, progress: Progress) -> None:
        """Write the records; nothing is committed.

        Raises:
            PlanError: with all that the portal refuses.
        """
        self._write_run()
        for number, (path, record) in enumerate(self._records, start=1):
            try:
                self.write_one(path, record)
            except PlanError as error:
                self.problems += error.problems
            except tk.ValidationError as error:
                self.problems += self._explain(path, record, error)
                self._begin_again()
            progress("write", number, len(self._records))
        named = {(get_kind(record), record.id) for _, record in self._records}
        self.summary.left_over = sorted(
            name
            for kind, name in self._before.keys() - named
            if kind in ("organization", "package")
        )
        if self.problems:
            raise PlanError(sorted(self.problems, key=lambda p: (p.place.file, p.place.line)))

    def confirm(self) -> None:
        """Look at what is written before it is committed; what this raises takes it back."""

    def _write_run(self) -> None:
        publication = json.loads(json.dumps(asdict(self.load.publication), default=str))
        if self.is_finished and self.run.publication == publication:
            return
        self.run.publication, self.run.finished = publication, None
        model.Session.add(self.run)
        model.Session.flush()

    def write_one(self, path: str, record: Record) -> str:
        """Write a record, unless the file says of it what it said before.

        Returns:
            ``created``, ``changed`` or ``unchanged``.

        Raises:
            PlanError: another kind of thing has the name.
            toolkit.ValidationError: CKAN refuses it, and has rolled the transaction back.
        """
        kind = get_kind(record)
        digest = make_digest(record, self.load.publication)
        existing = self.existing.get((kind, record.id))
        if existing and existing.type != get_record_type(record):
            why = tk._("it is the name of another record, of type {type}")
            text = why.format(type=existing.type)
            raise PlanError([self.checked.refuse(path, "id", record.id, text)])
        before = self._before.get((kind, record.id))
        status = "unchanged"
        if not existing:
            status = "created"
            self._call(kind, "create", self._make(record))
        elif (before is None or before.digest != digest) and self._is_different(record, before):
            status = "changed"
            self._call(kind, "patch", {**self._make(record), "id": existing.id})
        getattr(self.summary, status).append(record.id)
        if not self.problems and (before is None or not existing or before.digest != digest):
            self._remember(kind, record.id, digest, is_created=not existing)
        return status

    def _is_different(self, record: Record, before: LoadedObject | None) -> bool:
        """Tell whether the portal says something else; its own organisation is not renamed."""
        if isinstance(record, Organization) and before is None:
            return False
        stored = read_stored(self.context, record)
        if stored is None:
            return True
        beside = {**make_beside(record, self.load), "state": stored[1]["state"]}
        return (keep_from(stored[0], record), beside) != stored

    def _make(self, record: Record) -> dict[str, Any]:
        if isinstance(record, Organization):
            return make_organization(record)
        data = make_package(record, self.load)
        owner = self._owners.get(data["owner_org"]) or model.Group.get(data["owner_org"])
        if owner:
            self._owners[data["owner_org"]] = owner
            data["owner_org"] = owner.id
        return data

    def _remember(self, kind: str, name: str, digest: str, *, is_created: bool) -> None:
        row = self._before.get((kind, name)) or LoadedObject(
            load_id=self.load.id, kind=kind, name=name, is_created=is_created
        )
        row.digest = digest
        row.is_created = row.is_created or is_created
        model.Session.add(row)
        self.reopen()

    def reopen(self) -> None:
        """Note that index and datasets must be brought up to date."""
        self.run.finished = None
        model.Session.add(self.run)

    def _call(self, kind: str, verb: str, data: dict[str, Any]) -> None:
        # a context is used up by the action that it was given to
        context: Any = tk.fresh_context(self.context, defer_commit=True)
        context |= {SUPPRESSED: True, KNOWN: self._known}
        if kind == "package":
            context["return_id_only"] = True
            # CKAN tells the stream of activities of a change only once it has indexed it
            context["changed_entities"] = {"packages": {data["id"]}}
        tk.get_action(f"{kind}_{verb}")(context, data)

    def _begin_again(self) -> None:
        """Bring back the owners of the records that follow, so that these are checked, too.

        CKAN rolls the whole transaction back when it refuses something.
        """
        self._owners.clear()
        for name in self.summary.created:
            for organization in self.load.organizations:
                if organization.id == name:
                    self._call("organization", "create", make_organization(organization))

    def _explain(
        self, path: str, record: Record, error: tk.ValidationError
    ) -> Iterable[Problem]:
        for name, why in _flatten(error.error_dict):
            value = str(getattr(record, name.split("[")[0], "") or "")
            yield self.checked.refuse(path, name, value if "[" not in name else "", why)


def _find_existing(records: list[Record]) -> dict[tuple[str, str], Existing]:
    """Find what the portal has under the names of records, by kind and name."""
    found = {}
    for kind, table in (("organization", model.Group), ("package", model.Package)):
        names = [record.id for record in records if get_kind(record) == kind]
        rows = sa.select(table.name, table.id, table.type).where(table.name.in_(names))
        for name, thing_id, thing_type in model.Session.execute(rows):
            found[kind, name] = Existing(thing_id, thing_type)
    return found


def _flatten(errors: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Name each message of a ValidationError by its field, rows counted from 1."""
    for name, messages in errors.items():
        own = {"name": "id", "notes": "description"}.get(name, name)
        for number, message in enumerate(messages if isinstance(messages, list) else [messages]):
            if isinstance(message, dict):
                yield from _flatten(message, f"{prefix}{own}[{number + 1}].")
            else:
                yield f"{prefix}{own}", str(message)
