"""A harvester of other portals' data.json: stages of ckanext-harvest, written by the import.

Only a portal with ckanext-harvest can load this module.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import requests
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckanext.dcat.harvesters.base import DCATHarvester

from ..config import get_language
from ..logic.exchange.arrival import identify, make_arrival
from ..logic.exchange.importing import import_records, read_records, withdraw
from ..logic.progress import ignore_progress
from .report import describe_dropped, describe_private, portal_language

# What a dataset takes from its catalogue: the licence, and what tells its identifiers apart.
_OF_CATALOG = ("@id", "homepage", "identifier", "license", "url")


class DataJSONHarvester(DCATHarvester):  # type: ignore[misc]
    """Reads a data.json by the profile's table; what can't be kept is in the job's report."""

    def info(self) -> dict[str, str]:
        """Describe the harvester for the form of a source."""
        return {
            "name": "gtplan_json",
            "title": "data.json (PRM)",
            "description": "data.json of any portal, by the Perfil Regional de Metadatos",
        }

    def gather_stage(self, harvest_job: Any) -> list[str]:
        """List the datasets; a document that can't be read withdraws nothing."""
        address = str(harvest_job.source.url)
        with portal_language():
            try:
                # what can't be fetched is reported there, but for a server's own failure
                content, _ = self._get_content_and_type(address, harvest_job)
                given = dict(self._read(content, harvest_job)) if content else {}
            except (requests.RequestException, UnicodeDecodeError) as error:
                self._save_gather_error(f"{address}: {error}", harvest_job)
                given = {}
            except tk.ValidationError as error:
                self._save_gather_error("; ".join(error.error_dict["content"]), harvest_job)
                given = {}
        return list(_list_objects(harvest_job, given)) if given else []

    def _read(self, content: str, harvest_job: Any) -> Iterator[tuple[str, str]]:
        """Give each dataset, with what it takes from its catalogue, by what identifies it."""
        source, records = read_records(content, str(harvest_job.source.url))
        if source.kind == "catalog":
            for problem in source.problems:
                message = describe_dropped(problem.field, problem.value, problem.why)
                self._save_gather_error(message, harvest_job)
        catalog, given = _split(json.loads(content.removeprefix("\ufeff")))
        seen: set[str] = set()
        for record, dataset in zip(records, given, strict=True):
            guid = identify(record, source)
            if guid in seen:
                text = tk._("another dataset of the document has the same identifier")
                self._save_gather_error(f"{guid}: {text}", harvest_job)
                continue
            seen.add(guid)
            # a document that is one dataset stays one: it is known by the document's address
            own = {**catalog, "dataset": [dataset]} if source.kind == "catalog" else dataset
            yield guid, json.dumps(own)

    def fetch_stage(self, harvest_object: Any) -> bool:
        """Do nothing: the document holds everything."""
        return True

    def import_stage(self, harvest_object: Any) -> bool | str:
        """Write a dataset as ``ckan gtplan import`` does, or withdraw it."""
        context = {"user": self._get_user_name(), "ignore_auth": True}
        if self._get_object_extra(harvest_object, "status") == "delete":
            withdraw(context, harvest_object.package_id)
            _replace_current(harvest_object)
            harvest_object.save()
            return True
        with portal_language():
            return self._import(context, harvest_object)

    def _import(self, context: Any, harvest_object: Any) -> bool | str:
        owner = model.Package.get(harvest_object.source.id)
        organization = model.Group.get(owner.owner_org) if owner and owner.owner_org else None
        if organization is None:
            text = tk._("the source belongs to no organization: choose one in its form")
            self._save_object_error(text, harvest_object, "Import")
            return False
        source, records = read_records(harvest_object.content, harvest_object.source.url)
        (record,) = records
        _connect(harvest_object, make_arrival(record, source, organization.id, get_language()).id)
        summary = import_records(context, source, records, organization, ignore_progress)
        messages = [f"{i['field']}: {i['value']}: {i['why']}" for i in summary.dropped]
        for titles in summary.private.values():
            messages.append(describe_private(titles))
        refused = [why for reasons in summary.refused.values() for why in reasons]
        if refused:
            harvest_object.current = False
            harvest_object.package_id = None
        harvest_object.save()
        for message in refused or ([] if summary.unchanged else messages):
            self._save_object_error(message, harvest_object, "Import")
        if refused:
            return False
        return "unchanged" if summary.unchanged or summary.deleted else True


def _list_objects(harvest_job: Any, given: Mapping[str, str]) -> Iterator[str]:
    """Make an object for each dataset that the source has, and for each that it has no more."""
    from ckanext.harvest.model import HarvestObject, HarvestObjectExtra

    current = (
        model.Session.query(HarvestObject.guid, HarvestObject.package_id)
        .filter_by(current=True, harvest_source_id=harvest_job.source.id)
        .filter(HarvestObject.package_id.isnot(None))
    )
    known = dict(row._tuple() for row in current)
    for guid in [*given, *(guid for guid in known if guid not in given)]:
        status = "delete" if guid not in given else "change" if guid in known else "new"
        item = HarvestObject(
            guid=guid,
            job=harvest_job,
            package_id=known.get(guid),
            content=given.get(guid),
            extras=[HarvestObjectExtra(key="status", value=status)],
        )
        item.save()
        yield item.id


def _split(document: Any) -> tuple[dict[str, Any], list[Any]]:
    """Take a document apart into what datasets take from it, and the datasets."""
    if isinstance(document, list):
        document = {"dataset": document}
    if "dataset" not in document:
        return {}, [document]
    given = document["dataset"]
    listed = given if isinstance(given, list) else [given]
    catalog = {key: document[key] for key in _OF_CATALOG if key in document}
    return catalog, [dataset for dataset in listed if isinstance(dataset, dict)]


def _connect(harvest_object: Any, package_id: str) -> None:
    """Make the object that of the dataset, before CKAN indexes the dataset with its source."""
    deferred = "SET CONSTRAINTS harvest_object_package_id_fkey DEFERRED"
    model.Session.execute(sa.text(deferred))
    _replace_current(harvest_object)
    harvest_object.current = True
    harvest_object.package_id = package_id
    harvest_object.add()
    model.Session.flush()


def _replace_current(harvest_object: Any) -> None:
    """Let no earlier object stand for what the object stands for."""
    from ckanext.harvest.model import HarvestObject

    model.Session.query(HarvestObject).filter_by(guid=harvest_object.guid, current=True).filter_by(
        harvest_source_id=harvest_object.harvest_source_id
    ).update({"current": False}, False)
