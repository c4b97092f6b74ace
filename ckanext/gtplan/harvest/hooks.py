"""What the plugin does when ckanext-dcat's harvester reads another portal's feed.

Each dataset is read by itself and keeps its name; one that has not changed is left alone; what
could not be kept, and what is missing, is said in the report of the harvest job.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from typing import Any

from ckan import model
from ckan.lib.munge import munge_title_to_name
from ckan.plugins import toolkit as tk
from ckanext.dcat.interfaces import IDCATRDFHarvester
from ckanext.dcat.processors import RDFParser
from rdflib.namespace import DCTERMS
from rdflib.term import Node

from ..logic.quality.conformance import title_gap
from ..logic.quality.gate import make_private_if_incomplete
from ..logic.reading import show_package
from ..rdf.document import is_growing
from ..rdf.profile import PROBLEMS
from .report import describe_dropped, describe_private, portal_language

__all__ = ["HarvestHooks", "IDCATRDFHarvester", "repair_harvester"]

log = logging.getLogger(__name__)

#: Where a dataset that could not be read carries the reason.
UNREADABLE = "gtplan_unreadable"

# Room for the numbers that the harvester puts after a name that is taken.
_NAME_LENGTH = 90
_SHORTEST_NAME = 2


class DatasetReader(RDFParser):  # type: ignore[misc]
    """Reads each dataset of a graph by itself, in an order that stays.

    One that can't be read does not end the harvest of the others, and is not taken for one
    that the source has withdrawn.
    """

    def __init__(self, parser: RDFParser) -> None:
        # goes on with the graph, the profiles and the modes of the parser
        vars(self).update(vars(parser))

    def datasets(self) -> Iterator[dict[str, Any]]:
        """Read the datasets.

        Yields:
            A package for each, with a name made of its title.
        """
        for subject in sorted(self._datasets(), key=self._order):
            package = self._read(subject)
            package["name"] = make_name(str(package["title"]), str(subject))
            yield package

    def _order(self, subject: Node) -> tuple[str, str]:
        title = self.g.value(subject, DCTERMS.title, any=True)
        # a blank node has another name each time
        return subject.n3() if subject.n3().startswith("<") else "", str(title)

    def _read(self, subject: Node) -> dict[str, Any]:
        package: dict[str, Any] = {}
        try:
            for profile in self._profiles:
                profile(self.g, self.dataset_type, self.compatibility_mode).parse_dataset(
                    package, subject
                )
        except Exception as error:
            log.exception("the dataset %s can't be read", subject)
            uri = {"key": "uri", "value": str(subject)}
            package = {"extras": [uri], UNREADABLE: f"{type(error).__name__}: {error}"}
        package.setdefault("extras", [])
        for resource in package.setdefault("resources", []):
            # ckanext-dcat's mark for its own profiles: of a blank node another one each time
            resource.pop("distribution_ref", None)
        if not package.get("title"):
            package["title"] = str(subject)
        return package


class HarvestHooks:
    """The hooks of ckanext-dcat's RDF harvester, as the interface describes them."""

    def after_download(
        self, content: str | None, harvest_job: Any
    ) -> tuple[str | None, list[str]]:
        """Refuse XML that would grow without end in the memory of who reads it."""
        if content and is_growing(content):
            with portal_language():
                return None, [tk._("The document has XML entities that grow without end.")]
        return content, []

    def after_parsing(self, parser: RDFParser, job: Any) -> tuple[RDFParser, list[str]]:
        """Let every dataset be read by itself."""
        return DatasetReader(parser), []

    def before_create(
        self, harvest_object: Any, package: dict[str, Any], notes: dict[str, Any]
    ) -> None:
        """Give a name that is free, and decide whether the dataset can be public."""
        if _is_unreadable(harvest_object, package):
            # without a dataset there is nothing to delete when the source withdraws it
            harvest_object.current = False
            package.clear()
            return
        package["name"] = _find_free_name(package["name"])
        notes["messages"] = _prepare(package)

    def before_update(
        self, harvest_object: Any, package: dict[str, Any], notes: dict[str, Any]
    ) -> None:
        """Leave alone what has not changed at the source; bring back what was withdrawn."""
        if _is_of_others(harvest_object, package):
            harvest_object.current = False
            package.clear()
            return
        if _is_unreadable(harvest_object, package) or _is_unchanged(harvest_object, package["id"]):
            # by it the harvester finds the dataset when the source withdraws it
            harvest_object.package_id = package["id"]
            package.clear()
            return
        package["state"] = "active"
        notes["messages"] = _prepare(package)

    def after_create(
        self, harvest_object: Any, package: dict[str, Any], notes: dict[str, Any]
    ) -> None:
        """Put what was left out into the job's report."""
        _report(harvest_object, notes["messages"])

    def after_update(
        self, harvest_object: Any, package: dict[str, Any], notes: dict[str, Any]
    ) -> None:
        """Put what was left out into the job's report."""
        _report(harvest_object, notes["messages"])


def repair_harvester() -> None:
    """Let ckanext-dcat's harvester find the private and deleted datasets that it has written.

    It looks for them as nobody (2.4.4, ``_get_existing_dataset``): the process that imports would
    end at the second harvest of a private one.
    """
    from ckanext.dcat.harvesters.base import DCATHarvester

    def find_existing(self: Any, guid: str) -> dict[str, Any] | None:
        found = self._read_datasets_from_db(guid)
        return show_package({"ignore_auth": True}, found[0][0]) if found else None

    DCATHarvester._get_existing_dataset = find_existing


def make_name(title: str, identifier: str) -> str:
    """Make a dataset's name of its title, the same at every harvest.

    Args:
        title: in any script.
        identifier: what names the dataset when its title has no letters of the alphabet.
    """
    name = str(munge_title_to_name(title)).strip("-_")[:_NAME_LENGTH].rstrip("-_")
    if len(name) >= _SHORTEST_NAME:
        return name
    return f"dataset-{hashlib.sha256((title + identifier).encode()).hexdigest()[:12]}"


def _find_free_name(name: str) -> str:
    """Number a name that another package has."""
    number, free = 2, name
    while model.Package.get(free) is not None:
        number, free = number + 1, f"{name}-{number}"
    return free


def _prepare(package: dict[str, Any]) -> list[str]:
    """Make a dataset private that can't be public, and say what is missing and left out."""
    with portal_language():
        messages = [_describe(problem) for problem in package.pop(PROBLEMS, [])]
        package["private"] = False
        missing = make_private_if_incomplete(package).missing("Si")
        if package["private"]:
            messages.append(describe_private(title_gap(gap) for gap in missing))
    if package["private"] and not package.get("owner_org"):
        # without an organization nothing can be private
        package.update(private=False, state="draft")
    return messages


def _describe(problem: dict[str, str]) -> str:
    """Say what was left out: of which thing, which field, which value and why."""
    dropped = describe_dropped(problem["field"], problem["value"], problem["why"])
    return f"{problem['iri']}: {dropped}"


def _is_unreadable(harvest_object: Any, package: dict[str, Any]) -> bool:
    reason = package.get(UNREADABLE)
    if reason is not None:
        with portal_language():
            message = tk._("The dataset can't be read and stays as it is: {reason}")
            _report(harvest_object, [message.format(reason=reason)])
    return reason is not None


def _is_of_others(harvest_object: Any, package: dict[str, Any]) -> bool:
    """Tell whether a dataset is another organization's than the source's.

    It is found by its IRI alone, and whoever may make a source could say it in a feed.
    """
    stored = model.Package.get(package["id"])
    wanted = package.get("owner_org")
    is_of_others = bool(stored and stored.owner_org and wanted and stored.owner_org != wanted)
    if is_of_others:
        with portal_language():
            _report(harvest_object, [tk._("it is already here, in another organization")])
    return is_of_others


def _is_unchanged(harvest_object: Any, package_id: str) -> bool:
    """Tell whether the source says the same as when the dataset was last written."""
    from ckanext.harvest.model import HarvestObject

    earlier = (
        model.Session.query(HarvestObject)
        .filter_by(guid=harvest_object.guid, package_id=package_id, state="COMPLETE")
        .filter(HarvestObject.id != harvest_object.id)
        .order_by(HarvestObject.import_finished.desc())
        .first()
    )
    stored = model.Package.get(package_id)
    return bool(
        earlier is not None
        and earlier.content
        and stored is not None
        and stored.state != model.State.DELETED
        and _read_content(earlier) == _read_content(harvest_object)
    )


def _read_content(harvest_object: Any) -> Any:
    content = json.loads(harvest_object.content)
    return _sort({key: value for key, value in content.items() if key != "name"})


def _sort(value: Any) -> Any:
    """Put lists in an order of their own: that of a graph's statements is by chance."""
    if isinstance(value, dict):
        return {key: _sort(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((_sort(item) for item in value), key=lambda item: json.dumps(item))
    return value


def _report(harvest_object: Any, messages: list[str]) -> None:
    """Write messages into the report of a harvest job, beside the dataset that they are about."""
    from ckanext.harvest.model import HarvestObjectError

    for message in messages:
        HarvestObjectError.create(message, harvest_object, "Import")
