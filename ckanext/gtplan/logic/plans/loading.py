"""Writing a checked load into the portal: one transaction, repeatable at any point.

Records and log entries are written in a single database transaction, so that a load that
fails or is killed leaves nothing. Search index and datasets follow; a load that was killed
there goes on from there, because its run is not marked as finished.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...model import LoadedObject, LoadRun
from ...model.load import select_objects
from ...plan.checks import CheckedLoad
from ...plan.model import Load, Organization, Record
from ...plan.problems import PlanError, Problem, ProblemKind
from ...plan.reader import list_shapes
from ...plan.records import PACKAGE_TYPES, get_ckan_name, iterate_load, to_record
from ...prm.vocabulary import vocabulary
from ..ids import make_organization_id, make_package_id
from ..progress import Progress
from .log import write_modifications
from .publication import SUPPRESSED, build_deliverable, is_publishable


@dataclass(kw_only=True)
class Summary:
    """What a load did, by name."""

    load: str
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    #: written by an earlier version of the file, which no longer names them
    left_over: list[str] = field(default_factory=list)
    published: dict[str, str] = field(default_factory=dict)


def write_load(context: Context, checked: CheckedLoad, progress: Progress) -> Summary:
    """Write a load: what it says again is left alone, what it says anew is changed.

    Args:
        context: of a sysadmin; nothing is committed when this raises.
        checked: the load.
        progress: told of each record.

    Returns:
        What was created, changed and left.

    Raises:
        PlanError: the portal refuses a record; then nothing is written.
    """
    load = checked.load
    _check_publication(checked)
    writer = _Writer(context, checked)
    try:
        writer.write(progress)
        write_modifications(checked)
        model.Session.commit()
    except BaseException:
        model.Session.rollback()
        raise
    summary = writer.summary
    if not writer.is_finished or summary.created or summary.changed:
        _index(load, progress)
    else:
        progress("index", 1, 1)
    summary.published = _publish(context, load, progress)
    writer.run.finished = datetime.now(timezone.utc)
    model.Session.add(writer.run)
    model.Session.commit()
    return summary


def _check_publication(checked: CheckedLoad) -> None:
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


class _Writer:
    """Writes the organisations and packages of one load, and remembers what it did."""

    def __init__(self, context: Context, checked: CheckedLoad) -> None:
        self.load = checked.load
        self.summary = Summary(load=self.load.id)
        self._checked = checked
        self._context = context
        run = model.Session.get(LoadRun, self.load.id)
        self.is_finished = bool(run and run.finished)
        self.run = run or LoadRun(id=self.load.id)
        self.run.publication = _to_json(self.load.publication)
        self.run.finished = None
        model.Session.add(self.run)
        model.Session.flush()
        self._before = {
            (row.kind, row.name): row
            for row in model.Session.scalars(select_objects(self.load.id))
        }

    def write(self, progress: Progress) -> None:
        records = list(iterate_load(self.load))
        for number, (path, record) in enumerate(records, start=1):
            try:
                self._write_one(path, record)
            except tk.ValidationError as error:
                raise PlanError(self._explain(path, record, error)) from error
            progress("write", number, len(records))
        named = {(get_kind(record), record.id) for _, record in records}
        self.summary.left_over = sorted(
            name
            for kind, name in self._before.keys() - named
            if kind in ("organization", "package")
        )

    def _write_one(self, path: str, record: Record) -> None:
        kind, digest = get_kind(record), make_digest(record, self.load.publication)
        before = self._before.get((kind, record.id))
        existing = _find(kind, record.id)
        if existing and existing.type != get_type(record):
            why = tk._("it is the name of another record, of type {type}")
            problem = self._checked.refuse(path, "id", record.id, why.format(type=existing.type))
            raise PlanError([problem])
        if existing and before and before.digest == digest:
            self.summary.unchanged.append(record.id)
            return
        if existing and kind == "organization" and before is None:
            # the portal's own organisation: a plan file does not rename it
            self.summary.unchanged.append(record.id)
        else:
            data = (
                make_organization(record)
                if isinstance(record, Organization)
                else make_package(record, self.load)
            )
            if existing:
                data["id"] = existing.id
            self._call(kind, "patch" if existing else "create", data)
            (self.summary.changed if existing else self.summary.created).append(record.id)
        row = before or LoadedObject(
            load_id=self.load.id, kind=kind, name=record.id, is_created=not existing
        )
        row.digest = digest
        if not existing:
            row.is_created = True
        model.Session.add(row)

    def _call(self, kind: str, verb: str, data: dict[str, Any]) -> None:
        # a context is used up by the action that it was given to
        context = tk.fresh_context(self._context)
        context["defer_commit"] = True
        context[SUPPRESSED] = True  # type: ignore[literal-required]
        context["return_id_only"] = kind == "package"
        tk.get_action(f"{kind}_{verb}")(context, data)

    def _explain(
        self, path: str, record: Record, error: tk.ValidationError
    ) -> Iterable[Problem]:
        for name, why in _flatten(error.error_dict):
            value = str(getattr(record, name.split("[")[0], "") or "")
            yield self._checked.refuse(path, name, value if "[" not in name else "", why)


def get_kind(record: Record) -> str:
    """Tell what a record becomes in CKAN: ``organization`` or ``package``."""
    return "organization" if isinstance(record, Organization) else "package"


def get_type(record: Record) -> str:
    """Tell the type that a record has in CKAN, of its organisation or package."""
    if isinstance(record, Organization):
        return "organization"
    (name,) = (name for name, entity in PACKAGE_TYPES.items() if entity is type(record))
    return name


def _find(kind: str, name: str) -> Any:
    return (model.Group if kind == "organization" else model.Package).get(name)


def make_digest(record: Record, publication: Any) -> str:
    """Make a digest of all that decides how a record is written."""
    text = json.dumps([_to_json(record), publication.owner], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _to_json(entity: Any) -> dict[str, Any]:
    """Turn an entity into JSON, with the texts of its dates and amounts."""
    return dict(json.loads(json.dumps(dataclasses.asdict(entity), default=str)))


def make_organization(organization: Organization) -> dict[str, Any]:
    """Make the dictionary of a CKAN organisation; what CKAN has no field for are extras."""
    extras = {
        name: getattr(organization, name)
        for name in ("acronym", "institution_type", "country", "url", "email", "successor")
    }
    return {
        "id": make_organization_id(organization.id),
        "name": organization.id,
        "title": organization.title,
        "description": organization.description or "",
        "extras": [{"key": k, "value": v} for k, v in extras.items() if v],
    }


def make_package(record: Record, load: Load) -> dict[str, Any]:
    """Make the dictionary of a CKAN package: every field, so that what is gone is emptied."""
    data: dict[str, Any] = {
        get_ckan_name(shape.name): [] if shape.is_list else ""
        for shape in list_shapes(type(record)).values()
    }
    data |= to_record(record)
    data |= {
        "id": make_package_id(record.id),
        "type": get_type(record),
        "owner_org": choose_owner(record, load),
        "private": False,
    }
    return data


def choose_owner(record: Record, load: Load) -> str:
    """Choose the organisation that owns a record.

    The body that answers for it; where the documents name none, the one of the record
    above; in the end the load's own.
    """
    for name in ("lead_institution", "coordinating_body", "publisher"):
        if value := getattr(record, name, None):
            return str(value)
    for actor in getattr(record, "responsibles", ()):
        if actor.organization:
            return str(actor.organization)
    for name, section in _PARENTS.items():
        parent_id = getattr(record, name, None)
        for parent in getattr(load, section):
            if parent.id == parent_id:
                return choose_owner(parent, load)
    return load.publication.owner


_PARENTS = {
    "milestone": "milestones",
    "commitment": "commitments",
    "action_plan": "action_plans",
}


def _flatten(errors: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Name each message of a ValidationError by its field, rows counted from 1."""
    for name, messages in errors.items():
        own = {"name": "id", "notes": "description"}.get(name, name)
        for number, message in enumerate(messages if isinstance(messages, list) else [messages]):
            if isinstance(message, dict):
                yield from _flatten(message, f"{prefix}{own}[{number + 1}].")
            else:
                yield f"{prefix}{own}", str(message)


def _index(load: Load, progress: Progress) -> None:
    names = [r.id for _, r in iterate_load(load) if get_kind(r) == "package"]
    for number, name in enumerate(names, start=1):
        search.rebuild(package_ids=[name], defer_commit=True)
        progress("index", number, len(names))
    search.commit()


def _publish(context: Context, load: Load, progress: Progress) -> dict[str, str]:
    records = [r for _, r in iterate_load(load) if is_publishable(r)]
    published = {}
    for number, record in enumerate(records, start=1):
        result = build_deliverable(tk.fresh_context(context), record.id, load.publication)
        if result is not None:
            published[result["dataset"]] = result["status"]
            _remember(load.id, result["dataset"])
        progress("publish", number, len(records))
    return published


def _remember(load_id: str, dataset: str) -> None:
    """Note a dataset made of the load's records, so that it goes when the load goes."""
    key = (load_id, "dataset", dataset)
    if model.Session.get(LoadedObject, key) is None:
        row = LoadedObject(load_id=load_id, kind="dataset", name=dataset, is_created=True)
        row.digest = ""
        model.Session.add(row)
        model.Session.commit()
