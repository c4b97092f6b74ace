"""What is said of each dataset, made once in every syntax when the dataset changes.

A fragment stands alone: no blank nodes, no prefixes but those of each document's head. Nothing
here raises for what a dataset holds: what cannot be said is left out and listed, and a dataset that
cannot be said at all keeps IRI, title and date of change: a harvester deletes what is missing.
"""

from __future__ import annotations

import gc
import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from threading import Lock
from typing import Any
from urllib.parse import unquote

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context
from rdflib import URIRef

from ckanext.gtplan.config import get_option
from ckanext.gtplan.model.feed import IS_PUBLIC
from ckanext.gtplan.prm.builder import Builder, Problem
from ckanext.gtplan.prm.datajson import to_json
from ckanext.gtplan.prm.profile import nodes
from ckanext.gtplan.prm.record import Link, Record, dataset_record, minimal_record
from ckanext.gtplan.rdf import portal
from ckanext.gtplan.rdf.graph import Writer
from ckanext.gtplan.rdf.profile import write_chain
from ckanext.gtplan.rdf.statements import IsFirst, RecordWriter, Said, mark_node

from . import reading
from .chain import fit_statements
from .fingerprint import step_outside
from .syntax import write_bodies

__all__ = ["Made", "Maker"]

log = logging.getLogger(__name__)

Read = Callable[[list[str]], Sequence[dict[str, Any]]]

#: Datasets that are read with one set of statements.
_AT_ONCE = 100
#: What is said of agents by the fragments of some datasets, and by one of the others.
_OWN_CLAIMS = sa.text(
    "SELECT f.package_id, f.agents FROM gtplan_fragment f"
    " JOIN gtplan_feed_epoch e ON e.id = f.epoch AND e.is_current"
    " WHERE f.package_id = ANY(:ids)"
)
_OTHER_CLAIMS = sa.text(
    "SELECT o.package_id, o.agents FROM unnest(CAST(:iris AS text[])) AS i (iri), LATERAL ("
    " SELECT f.package_id, f.agents FROM gtplan_fragment f"
    " JOIN gtplan_feed_epoch e ON e.id = f.epoch AND e.is_current"
    f" JOIN package p ON p.id = f.package_id AND {IS_PUBLIC}"
    " WHERE f.agents @> ARRAY[i.iri] AND f.package_id <> ALL(:ids) LIMIT 1) AS o"
)


@dataclass(frozen=True, kw_only=True)
class Made:
    """One fragment, not yet stored.

    Attributes:
        version: digest of all that is said.
        modified, created: of CKAN's own record of the dataset.
        data_modified: of its data, as far as it is known.
        themes: codes.
        agents: of each publisher with an IRI that is not the portal's own: the IRI, and the IRI
            with a mark of what is said of it; or only the IRI with ``~`` and the mark, where it got
            a node of its own.
        is_reduced: only IRI, title and date of change could be said.
        problems: what was left out: mappings with ``iri``, ``field``, ``value`` and ``why``, a key
            of ``prm.reasons.REASONS``.
        bodies: the texts by syntax (``model.feed.SYNTAXES``).
    """

    package_id: str
    iri: str
    version: str
    modified: datetime | None
    data_modified: datetime | None
    created: datetime | None
    themes: tuple[str, ...]
    agents: tuple[str, ...]
    is_reduced: bool
    problems: tuple[dict[str, str], ...]
    bodies: Mapping[str, bytes]


class Maker:
    """Makes fragments by the portal's options as they are at the moment.

    Args:
        connection: to CKAN's database; it sees what the fragments say.
        read: reads packages by their ids, those of them that are public datasets now; None: from
            the database itself.
    """

    def __init__(self, connection: sa.Connection, read: Read | None = None) -> None:
        self._connection = connection
        self._read = read or reading.Reader(connection).read
        self._site = portal.site()
        self._profiles: list[str] = tk.aslist(get_option("feed.profiles"))
        self._asks = read is None and (self._profiles != ["prm"] or not reading.is_plain())
        self._writer = RecordWriter(self._site.base)
        catalogue = portal.describe_catalog()
        self._catalogue = catalogue.iri
        self._language: str = catalogue.values.get("language", ["es"])[0]
        publisher = catalogue.values.get("publisher->uri")
        self._fixed = {publisher: _mark(catalogue)} if publisher else {}

    def make(self, package_ids: Sequence[str]) -> Iterator[Made]:
        """Make the fragments of those of some packages that are public datasets now.

        Args:
            package_ids: of packages of any kind and state.

        Yields:
            The fragments, in the same order.
        """
        ids = list(package_ids)
        for start in range(0, len(ids), _AT_ONCE):
            with step_outside(), _pause_collector():
                made = self._make_some(ids[start : start + _AT_ONCE])
            yield from made

    def _make_some(self, ids: list[str]) -> list[Made]:
        packages = self._read(ids)
        visible = reading.list_open(self._connection, (package["id"] for package in packages))
        packages = [package for package in packages if package["id"] in visible]
        if self._asks:
            packages = [_ask(package) for package in packages]
        links = reading.read_links(self._connection, packages, self._site)
        owners = {p["owner_org"] for p in packages if p["owner_org"]}
        organizations = reading.read_organizations(self._connection, owners)
        records = [self._record(p, organizations.get(p["owner_org"]), links) for p in packages]
        claims = self._find_claims(ids, records)
        return [
            self._make(package, record, claims)
            for package, record in zip(packages, records, strict=True)
        ]

    def _record(
        self,
        package: Mapping[str, Any],
        organization: Mapping[str, Any] | None,
        links: Mapping[str, Link],
    ) -> Record:
        try:
            return dataset_record(package, self._site, organization=organization, links=links)
        except Exception:
            log.exception("no record can be made of dataset %s", package["id"])
            return minimal_record(package, self._site)

    def _find_claims(self, ids: list[str], records: Iterable[Record]) -> Claims:
        """Find out what is said of the publishers that some datasets name."""
        named = {iri for r in records if (iri := r.values.get("publisher->uri"))}
        fixed = {**self._mark_organizations(named), **self._fixed}
        claims = Claims(fixed)
        if unknown := sorted(named - set(fixed)):
            for package_id, agents in self._connection.execute(_OWN_CLAIMS, {"ids": ids}):
                claims.remember(package_id, agents)
            wanted = {"iris": unknown, "ids": ids}
            for package_id, agents in self._connection.execute(_OTHER_CLAIMS, wanted):
                claims.remember(package_id, agents)
        return claims

    def _mark_organizations(self, iris: Iterable[str]) -> dict[str, str]:
        """Mark what the portal's own organizations say of themselves: that goes before."""
        start = self._site.iri("organization", "")
        ids = {iri: unquote(iri.removeprefix(start)) for iri in iris if iri.startswith(start)}
        found = reading.read_organizations(self._connection, ids.values())
        return {
            iri: _mark(dataset_record({"id": id_}, self._site, organization=found[id_]))
            for iri, id_ in ids.items()
            if id_ in found
        }

    def _make(self, package: Mapping[str, Any], record: Record, claims: Claims) -> Made:
        builder = Builder()
        try:
            bodies = self._write(package, record, claims.open(package["id"]), builder)
            is_reduced = False
        except Exception:
            # whatever it is: one dataset must not take the others out of the feeds
            log.exception("cannot be said but for its title: %s", record.iri)
            builder.report(record.iri, "", package.get("name"), "not_said")
            bodies = self._write_plainly(record.reduced(), claims.open(package["id"]))
            is_reduced = True
        found = (*_list_misplaced(package, record.iri), *builder.problems, *record.problems)
        return Made(
            package_id=package["id"],
            iri=record.iri,
            version=_digest(bodies),
            modified=_read_moment(package["metadata_modified"]),
            data_modified=_read_moment(record.values.get("dataModified")),
            created=_read_moment(package["metadata_created"]),
            themes=tuple(record.values.get("theme", ())),
            agents=claims.list_said(package["id"]),
            is_reduced=is_reduced,
            problems=tuple({k: _clean(v) for k, v in asdict(one).items()} for one in found),
            bodies=bodies,
        )

    def _write(
        self,
        package: Mapping[str, Any],
        record: Record,
        is_first: IsFirst,
        builder: Builder,
    ) -> dict[str, bytes]:
        """Write a dataset in every syntax, by the profiles of the option."""
        if self._profiles == ["prm"]:
            return self._write_plainly(record, is_first)
        graph = write_chain(self._profiles, package, record, is_first)
        Writer(self._site.base, graph).list_in(URIRef(self._catalogue), URIRef(record.iri))
        said = fit_statements(graph, record.iri, self._site.base, builder)
        return self._write_bodies(said, record)

    def _write_plainly(self, record: Record, is_first: IsFirst) -> dict[str, bytes]:
        """Write a record in every syntax, by our own profile."""
        said = self._writer.write(record, is_first)
        expand, topic = self._writer.expand, (self._writer.expand("foaf:primaryTopic"), record.iri)
        entries = [entry for entry, about in said.items() if topic in about]
        said[self._catalogue] = {(expand("dcat:dataset"), record.iri): None}
        said[self._catalogue] |= {(expand("dcat:record"), entry): None for entry in entries}
        return self._write_bodies(said, record)

    def _write_bodies(self, said: Said, record: Record) -> dict[str, bytes]:
        bodies = write_bodies(said, self._site.base)
        document = to_json(record, self._language)
        return {**bodies, "json": json.dumps(document, ensure_ascii=False).encode()}


class Claims:
    """Who says what of the agents that several datasets name: no IRI gets two names.

    What the catalogue and the portal's own organizations are goes before all. Of other IRIs, what
    was said first goes before what is said later: that gets a node of its own. What a dataset got
    once it keeps as long as it says the same, so that fragments do not depend on each other's turn.

    Args:
        fixed: the marks that go before all, by IRI.
    """

    def __init__(self, fixed: Mapping[str, str]) -> None:
        self._fixed = fixed
        self._before: dict[str, dict[str, tuple[str, bool]]] = {}
        self._now: dict[str, dict[str, tuple[str, bool]]] = {}

    def remember(self, package_id: str, agents: Iterable[str]) -> None:
        """Note what a stored fragment says."""
        before = self._before.setdefault(package_id, {})
        for iri, _, mark in (entry.partition(" ") for entry in agents):
            if mark:
                before[iri] = mark.removeprefix("~"), not mark.startswith("~")

    def open(self, package_id: str) -> IsFirst:
        """Give what decides of a dataset whether an IRI may be called as it does."""
        now = self._now[package_id] = {}
        before = self._before.get(package_id, {})

        def is_first(iri: str, mark: str) -> bool:
            if iri in self._fixed:
                return self._fixed[iri] == mark
            if before.get(iri, ("", False))[0] == mark:
                now[iri] = before[iri]
            else:
                others = self._list_others(package_id, iri)
                now[iri] = mark, not others or mark in others
            return now[iri][1]

        return is_first

    def list_said(self, package_id: str) -> tuple[str, ...]:
        """List what a dataset said, as it is stored."""
        found: list[str] = []
        for iri, (mark, is_named) in sorted(self._now[package_id].items()):
            found += [iri, f"{iri} {mark}"] if is_named else [f"{iri} ~{mark}"]
        return tuple(found)

    def _list_others(self, package_id: str, iri: str) -> set[str]:
        """List the marks that other datasets gave to what they called by an IRI."""
        said = {**self._before, **self._now}
        known = [
            found[iri] for other, found in said.items() if other != package_id and iri in found
        ]
        return {mark for mark, is_named in known if is_named}


_pauses: list[bool] = []
_pausing = Lock()


@contextmanager
def _pause_collector() -> Iterator[None]:
    """Keep Python from looking for cycles, of which records have none, while a batch is made.

    The collector is the process's: whichever of its threads is the last one sets it on again.
    """
    with _pausing:
        _pauses.append(gc.isenabled() or any(_pauses))
        gc.disable()
    try:
        yield
    finally:
        with _pausing:
            was_on = _pauses.pop()
            if was_on and not _pauses:
                gc.enable()


def _mark(record: Record) -> str:
    return mark_node(record, nodes()["publisher"])


def _digest(bodies: Mapping[str, bytes]) -> str:
    lines = sorted(bodies["nt"].split(b"\n"))
    return hashlib.sha256(b"\n".join([*lines, bodies["json"]])).hexdigest()[:32]


def _read_moment(text: str | None) -> datetime | None:
    """Read a date of any precision as the moment (UTC) at which it begins."""
    if not text:
        return None
    whole = text + "-01-01"[len(text) - 4 :] if len(text) < 10 else text
    moment = datetime.fromisoformat(whole)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:
        # the end of the year 9999, as some write "never"
        return moment.replace(tzinfo=timezone.utc)


def _ask(package: dict[str, Any]) -> dict[str, Any]:
    """Show a dataset as other plugins do; as the database has it, where they cannot."""
    context: Context = {"ignore_auth": True, "use_cache": False, "user": "", "auth_user_obj": None}
    model.Session.expire_all()
    try:
        return dict(tk.get_action("package_show")(context, {"id": package["id"]}))
    except Exception:
        log.exception("package_show fails for dataset %s", package["id"])
        return package


def _list_misplaced(package: Mapping[str, Any], iri: str) -> tuple[Problem, ...]:
    """List what stands in fields and cannot be their value."""
    builder = Builder()
    for name, value in package.get(reading.MISPLACED, {}).items():
        builder.report(iri, name, value, "not_stored_so")
    for resource in package.get("resources", ()):
        for name, value in resource.get(reading.MISPLACED, {}).items():
            builder.report(f"{iri}/resource/{resource['id']}", name, value, "not_stored_so")
    return builder.problems


def _clean(text: str) -> str:
    """Write what the database cannot hold as Python does."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
