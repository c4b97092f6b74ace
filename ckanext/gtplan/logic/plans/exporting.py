"""From the portal's records back to a load, of which a portal makes the same records again.

What a load cannot hold (private records and drafts, files attached to a record) is told, never
lost in silence.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk

from ...config import get_option
from ...model import LoadedObject, LoadRun, Modification
from ...model.load import select_run_of
from ...plan import model as plan
from ...plan.files.recovery import Loss, LossKind, Recovery, list_references
from ...plan.files.row_rules import list_tables
from ...plan.files.writer import MAX_BYTES
from ...plan.living import Cells
from ...plan.model import Load, Organization, Publication, Record
from ...plan.records import PACKAGE_TYPES, SECTION_OF_TYPE, from_record
from ..follow.reports import COUNTED, read_stored
from ..living.reading import iterate_cells
from ..living.resources import list_living
from .stored import choose_owner

#: The id of a load that holds all of the portal.
ALL = "plans"
#: Fields that name the record above, in the order in which types come below one another.
_ABOVE = ("action_plan", "regional_plan", "commitment", "milestone")
#: What CKAN keeps of a package beside the fields of its type.
_FURTHER = ("url", "version", "author", "author_email", "maintainer", "maintainer_email",
            "license_id")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Export:
    """A load made of the portal, and what is not in it."""

    load: Load
    losses: list[Loss]


def make_export(name: str | None) -> Export:
    """Make a load of what a load brought, of a record with all below it, or of all.

    What the records refer to comes along, so that an empty portal can load the file.

    Args:
        name: id of a load or name of a plan record; None for all plan records.

    Raises:
        toolkit.ObjectNotFound: there is no such load or record.
        toolkit.ValidationError: nothing says how datasets of these records are published.
    """
    return _Exporter(name).make()


class _Exporter:
    def __init__(self, name: str | None) -> None:
        self._recovery = Recovery()
        self._run = model.Session.get(LoadRun, name) if name else None
        self._id = name or ALL
        self._types, self._below = _read_graph()
        if self._run is None and name is not None and name not in self._types:
            raise tk.ObjectNotFound(
                tk._("there is no load and no plan record “{name}”").format(name=name)
            )

    def make(self) -> Export:
        asked = _descend(self._list_seeds(), self._below)
        packages = self._gather(asked)
        entries = self._read_log(packages, asked)
        reports = self._read_reports(packages)
        publication = self._find_publication(packages)
        owners = self._read_owners(packages)
        named = {*owners.values(), publication.owner, *self._list_loaded("organization")}
        for thing in (*packages.values(), *entries, *reports):
            named |= {name for kind, name in list_references(thing) if kind == "organization"}
        organizations = self._read_organizations(named)
        load = self._settle(packages, organizations, entries, reports, publication)
        return Export(load=_name_owners(load, owners), losses=self._recovery.losses)

    def _lose(self, kind: LossKind, record: str, path: str = "", value: str = "") -> None:
        loss = Loss(kind=kind, record=record, path=path, value=value)
        self._recovery.losses.append(loss)

    def _list_loaded(self, kind: str) -> list[str]:
        """List what the load brought, or every load where all is exported."""
        query = sa.select(LoadedObject.name).where(LoadedObject.kind == kind)
        if self._run is not None:
            query = query.where(LoadedObject.load_id == self._run.id)
        elif self._id != ALL:
            return []
        return list(model.Session.scalars(query))

    def _list_seeds(self) -> list[str]:
        if self._run is not None:
            return [name for name in self._list_loaded("package") if name in self._types]
        return [self._id] if self._id in self._types else list(self._types)

    def _gather(self, wanted: set[str]) -> dict[str, Record]:
        """Read records, and what they refer to."""
        found: dict[str, Record] = {}
        seen: set[str] = set()
        while wanted:
            seen |= wanted
            read = self._read_packages(wanted)
            found |= read
            named = {i for r in read.values() for kind, i in list_references(r)}
            wanted = {name for name in named if name in self._types} - seen
        return dict(sorted(found.items()))

    def _read_packages(self, names: Iterable[str]) -> dict[str, Record]:
        package = model.Package
        query = model.Session.query(package).filter(package.name.in_(names))
        found = {}
        for row in query.order_by(package.name):
            if row.private or row.state != model.State.ACTIVE:
                self._lose(LossKind.HIDDEN, row.name, value=row.title)
                continue
            values = {"name": row.name, "title": row.title, "notes": row.notes, **row.extras}
            record = self._recovery.read(PACKAGE_TYPES[row.type], values)
            self._tell_further(row)
            if record is not None:
                found[row.name] = self._read_rows(row, record)
        return found

    def _read_rows(self, row: model.Package, record: Record) -> Record:
        """Read the rows of a record's living tables; what is computed, a load computes anew."""
        if getattr(record, "computation", None):
            return record
        tables = {}
        room = MAX_BYTES
        for table in list_tables(record):
            cells = list(_take(iterate_cells(row.id, table.name), room))
            room -= sum(map(_measure, cells))
            tables[table.name] = self._recovery.read_rows(row.name, table, cells)
        if room < 0:
            self._lose(LossKind.TABLE, row.name, ", ".join(tables))
            return record
        return dataclasses.replace(record, **tables)  # type: ignore[arg-type]

    def _tell_further(self, row: model.Package) -> None:
        for name in _FURTHER:
            if getattr(row, name):
                self._lose(LossKind.FIELD, row.name, name, str(getattr(row, name)))
        own = {living.resource_id for living in list_living(row)}
        for resource in row.resources:
            if resource.id not in own:
                name = resource.name or resource.url
                self._lose(LossKind.FIELD, row.name, "resources", name)
        for tag in row.get_tags():
            self._lose(LossKind.FIELD, row.name, "tags", tag.name)

    def _read_owners(self, packages: dict[str, Record]) -> dict[str, str]:
        """Read the organisation that owns each record."""
        query = (
            sa.select(model.Package.name, model.Group.name)
            .join(model.Group, model.Group.id == model.Package.owner_org)
            .where(model.Package.name.in_(packages), model.Group.state == model.State.ACTIVE)
        )
        return {row[0]: row[1] for row in model.Session.execute(query)}

    def _read_organizations(self, names: set[str]) -> dict[str, Organization]:
        found: dict[str, Organization] = {}
        while names - found.keys():
            missing, names = names - found.keys(), set()
            group = model.Group
            query = model.Session.query(group).filter(
                group.name.in_(missing), group.is_organization, group.state == model.State.ACTIVE
            )
            for row in query.order_by(group.name):
                values = {**row.extras, "name": row.name, "title": row.title or row.name}
                values |= {"notes": row.description, "image_url": row.image_url}
                organization = self._recovery.read(Organization, values)
                if organization is not None:
                    found[row.name] = organization
                    names.add(organization.successor or row.name)
        return dict(sorted(found.items()))

    def _read_log(self, packages: dict[str, Record], asked: set[str]) -> list[plan.Modification]:
        """Read the log of the records; of a plan that only comes along, no more is missed."""
        query = sa.select(Modification).order_by(Modification.plan, Modification.seq)
        entries = []
        for row in model.Session.scalars(query):
            if row.target in packages:
                values = {name: getattr(row, name) for name in _LOG_FIELDS}
                entry = from_record(plan.Modification, values)
                sources = tuple(_split_sources(row.source))
                entries.append(dataclasses.replace(entry, sources=sources))
            elif row.plan in asked:
                self._lose(LossKind.LOG_ENTRY, row.plan, str(row.seq), row.target)
        return entries

    def _read_reports(self, packages: dict[str, Record]) -> list[plan.Report]:
        rows = {
            name: {row.activity_no for row in record.activities}
            | {row.key for row in record.expected_deliverables}
            for name, record in packages.items()
            if isinstance(record, plan.Milestone)
        }
        reports = []
        for stored in read_stored(milestones=rows.keys()):
            report = stored.report
            row = report.activity_no or report.deliverable
            if stored.standing != COUNTED:
                self._lose(LossKind.REPORT, report.milestone, report.id, stored.standing)
            elif row is not None and row not in rows[report.milestone]:
                self._lose(LossKind.REPORTED_ROW, report.milestone, report.id, row)
            else:
                reports.append(report)
        return reports

    def _find_publication(self, packages: dict[str, Record]) -> Publication:
        """Find how the datasets are published: as the load says, or the loads of the records."""
        runs = [self._run] if self._run else []
        if not runs and packages:
            brought = (
                sa.select(LoadedObject.load_id)
                .where(LoadedObject.kind == "package", LoadedObject.name.in_(packages))
                .distinct()
            )
            query = sa.select(LoadRun).where(LoadRun.id.in_(brought)).order_by(LoadRun.id)
            runs = list(model.Session.scalars(query))
            own = model.Session.scalar(select_run_of(self._id))
            runs.sort(key=lambda run: run is not own)
        for run in runs[1:]:
            if run.publication != runs[0].publication:
                self._lose(LossKind.PUBLICATION, runs[0].id, value=run.id)
        if runs:
            return from_record(Publication, runs[0].publication)
        return self._make_publication(packages)

    def _make_publication(self, packages: dict[str, Record]) -> Publication:
        """Say how datasets of records are published that no load brought: as the catalogue is."""
        owner = next(iter(self._read_owners(packages).values()), None)
        email = get_option("catalog.publisher_email")
        if owner is None or not email:
            sentence = tk._(
                "no load says how datasets of these records are published: set"
                " {option}, or load a file with a `publication`"
            )
            option = "ckanext.gtplan.catalog.publisher_email"
            raise tk.ValidationError({"id": [sentence.format(option=option)]})
        group = model.Group.get(owner)
        return Publication(
            owner=owner,
            license_id="notspecified",
            frequency="eventual",
            contact_name=get_option("catalog.publisher_name") or group.title or owner,
            contact_email=email,
        )

    def _settle(
        self,
        packages: dict[str, Record],
        organizations: dict[str, Organization],
        entries: list[plan.Modification],
        reports: list[plan.Report],
        publication: Publication,
    ) -> Load:
        """Put the load together, without references to what is not in it."""
        is_settled = False
        while not is_settled:
            kept = self._settle_all(packages, packages, organizations)
            is_settled = kept.keys() == packages.keys()
            packages = kept
        sections: dict[str, list[Any]] = {name: [] for name in SECTION_OF_TYPE.values()}
        for record in packages.values():
            sections[SECTION_OF_TYPE[self._types[record.id]]].append(record)
        for section in sections.values():
            section.sort(key=_order)
        log = {f"{e.target} {e.seq}": e for e in entries}
        said = {r.id: r for r in reports}
        return Load(
            id=self._id,
            publication=publication,
            organizations=tuple(self._settle_all(organizations, packages, organizations).values()),
            modifications=tuple(self._settle_all(log, packages, organizations).values()),
            reports=tuple(self._settle_all(said, packages, organizations).values()),
            **{name: tuple(records) for name, records in sections.items()},
        )

    def _settle_all(
        self, things: dict[str, Any], packages: dict[str, Any], organizations: dict[str, Any]
    ) -> dict[str, Any]:
        def is_known(kind: str, name: str) -> bool:
            if kind == "organization":
                return name in organizations
            return name in packages and kind in ("record", self._types[name])

        settled = {
            name: self._recovery.settle(thing, name, is_known) for name, thing in things.items()
        }
        return {name: thing for name, thing in settled.items() if thing is not None}


def _take(rows: Iterable[Cells], room: int) -> Iterator[Cells]:
    """Take rows until there is no room for more: one more than that is enough to know it."""
    for cells in rows:
        yield cells
        room -= _measure(cells)
        if room < 0:
            return


def _measure(cells: Cells) -> int:
    """Guess how many bytes a row has in a file."""
    return sum(len(name) + len(cell.encode()) + 12 for name, cell in cells.items() if cell)


_LOG_FIELDS = [f.name for f in dataclasses.fields(plan.Modification) if f.name != "sources"]


def _read_graph() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Read the type of each plan record, and the names of those right below it."""
    package = model.Package
    query = sa.select(
        package.name, package.type, *(package.extras[field].astext for field in _ABOVE)
    ).where(package.type.in_(PACKAGE_TYPES), package.state != model.State.DELETED)
    types: dict[str, str] = {}
    below: dict[str, list[str]] = {}
    for name, record_type, *parents in model.Session.execute(query.order_by(package.name)):
        types[name] = record_type
        for parent in filter(None, parents):
            below.setdefault(parent, []).append(name)
    return types, below


def _descend(seeds: Iterable[str], below: dict[str, list[str]]) -> set[str]:
    """List the records and all that is below them."""
    found: set[str] = set()
    todo = list(seeds)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += below.get(name, ())
    return found


def _name_owners(load: Load, owners: dict[str, str]) -> Load:
    """Name the owner of each record whose owner loading would not choose by itself."""
    for section in SECTION_OF_TYPE.values():
        records = []
        for record in getattr(load, section):
            owner = owners.get(record.id)
            is_other = owner is not None and choose_owner(record, load) != owner
            records.append(dataclasses.replace(record, owner=owner) if is_other else record)
        load = dataclasses.replace(load, **{section: tuple(records)})
    return load


def _order(record: Any) -> tuple[Any, ...]:
    """Sort records as a plan has them: by the record above, then by number."""
    above = next((getattr(record, f) for f in reversed(_ABOVE) if getattr(record, f, None)), "")
    number = getattr(record, "number", None) or getattr(record, "commitment_number", None)
    return _natural(above), number is None, _natural(str(number or "")), _natural(record.id)


def _natural(text: str) -> Sequence[tuple[bool, int, str]]:
    """Make a key by which 2 comes before 10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return [(p.isdigit(), int(p) if p.isdigit() else 0, p) for p in parts]


def _split_sources(text: str | None) -> Iterator[plan.Source]:
    """Split the text that the log keeps of an entry's sources, if it was joined of them."""
    pieces = [piece.split(" — ", 1) for piece in (text or "").split("; ")]
    if text and any(not part.strip() or part != part.strip() for p in pieces for part in p):
        pieces = [[text]]
    for document, *place in pieces:
        if document:
            yield plan.Source(document=document, place=place[0] if place else None)
