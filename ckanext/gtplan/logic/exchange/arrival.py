"""What a record of another portal becomes here: a package with ids that do not move."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ckan.lib.munge import munge_title_to_name
from ckan.plugins import toolkit as tk

from ...prm.builder import Problem, Record, digest
from ...prm.package import to_package
from ...rdf.portal import find_links
from ...rdf.reception import fit
from ..ids import make_imported_id

_NAME_LENGTH = 90
_SHORTEST_NAME = 2


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A dataset that comes from elsewhere.

    Args:
        id: made of what identifies it at its source.
        data: for ``package_create``.
        digest: of what the source says, to know a change by.
        problems: what this portal can't keep.
    """

    id: str
    data: dict[str, Any]
    digest: str
    problems: Sequence[Problem]


def make_arrival(record: Record, source: Record, owner: str, language: str) -> Arrival:
    """Make the package of a dataset that was read from another portal's data.json.

    Args:
        record: the dataset.
        source: the catalogue that it stands in, or the dataset itself.
        owner: id of the organization that is to own it.
        language: of the texts that are there in several.
    """
    identity = identify(record, source)
    dataset_id = make_imported_id(identity)
    package = to_package(record, language, find_links(record))
    schema = tk.get_action("scheming_dataset_schema_show")({}, {"type": "dataset"})
    fitted, unfit = fit(package, schema)
    _drop_made_iri(fitted, source.iri)
    resources = fitted.get("resources", [])
    for number, resource in enumerate(resources, 1):
        _drop_made_iri(resource, record.iri)
        mark = resource.get("identifier") or resource.get("url") or resource.get("name") or number
        resource["id"] = make_imported_id(f"{identity}/{mark}")
        if resource["id"] in {other["id"] for other in resources[: number - 1]}:
            resource["id"] = make_imported_id(f"{identity}/{mark}/{number}")
    title = fitted.setdefault("title", identity)
    data = {
        **fitted,
        "id": dataset_id,
        "name": _make_name(str(title), identity),
        "type": "dataset",
        "owner_org": owner,
        "private": False,
        "resources": resources,
    }
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Arrival(
        id=dataset_id, data=data, digest=mark, problems=(*record.problems, *unfit)
    )


def identify(record: Record, source: Record) -> str:
    """Tell what a dataset is known by at its source: its IRI, or an identifier in a catalogue.

    A catalogue is known by its front page or identifier before its address, so that a file and
    an address of the same catalogue are the same source.

    Args:
        record: the dataset.
        source: the catalogue that it stands in, or the dataset itself.
    """
    identifier = str(record.values.get("identifier") or record.values.get("title"))
    if "://" in identifier:
        return identifier
    if not _is_made(record.iri, source.iri):
        return record.iri
    known = (source.values.get(key) for key in ("homepage", "identifier"))
    of_catalog = next((value for value in known if value), None) if record is not source else None
    return f"{of_catalog or source.iri}#{identifier}"


def _is_made(iri: str, parent: str) -> bool:
    """Tell whether the reader made an IRI out of that of the whole: the source gave none."""
    return iri == parent or iri.startswith((f"{parent}#", f"{parent}-"))


def _drop_made_iri(thing: dict[str, Any], parent: str) -> None:
    """Keep only an IRI that the source gave, as a field or as an extra."""
    if _is_made(str(thing.get("uri")), parent):
        del thing["uri"]
    if "extras" in thing:
        thing["extras"] = [
            extra
            for extra in thing["extras"]
            if extra["key"] != "uri" or not _is_made(extra["value"], parent)
        ]


def _make_name(title: str, identity: str) -> str:
    """Make a name of a title; one without letters of the alphabet has a mark of its own."""
    name = str(munge_title_to_name(title)).strip("-_")[:_NAME_LENGTH].rstrip("-_")
    return name if len(name) >= _SHORTEST_NAME else f"dataset-{digest(identity)}"
