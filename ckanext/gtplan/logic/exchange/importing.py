"""Bring another portal's data.json into this one, and repeat that without harm.

A dataset's id is made of what identifies it at its source, so that no dataset that came
otherwise can have it. What was written last is remembered beside the dataset (``plugin_data``):
an unchanged source changes nothing, and what people added here stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.attributes import flag_modified

from ...config import get_language
from ...prm.builder import Problem, Record
from ...prm.datajson import from_json
from ...prm.reasons import REASONS
from ..progress import Progress
from ..quality.conformance import title_gap
from ..quality.gate import make_private_if_incomplete
from ..reading import show_package
from .arrival import Arrival, make_arrival

#: No data.json of a country is as large.
LARGEST = 32 * 2**20

_PLUGIN = "gtplan_import"
_LONGEST_CALL = 200
#: The reasons are marked for the catalogues where they stand.
_translate = tk._


@dataclass(kw_only=True)
class Summary:
    """What an import did, by the datasets' names."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    #: deleted here since they were imported; they stay deleted
    deleted: list[str] = field(default_factory=list)
    #: private, and the titles of the required fields that they lack
    private: dict[str, list[str]] = field(default_factory=dict)
    #: not written, and why
    refused: dict[str, list[str]] = field(default_factory=dict)
    #: values that this portal can't keep: dataset, field, value, why
    dropped: list[dict[str, str]] = field(default_factory=list)


class _Refused(Exception):
    """A dataset that can't be written; its text is for people."""


def find_organization(name: str) -> model.Group:
    """Find an organization by its name or id.

    Raises:
        toolkit.ObjectNotFound: there is none.
    """
    group = model.Group.get(name)
    if group is None or not group.is_organization or group.state != model.State.ACTIVE:
        raise tk.ObjectNotFound(
            tk._("There is no organization “{name}”.").format(name=name)
        )
    return group


def read_records(content: str, source: str) -> tuple[Record, Sequence[Record]]:
    """Read the datasets of a data.json.

    Args:
        content: the text of the document.
        source: its address or the name of the file.

    Returns:
        What the document is, a catalogue or a dataset, and the datasets.

    Raises:
        toolkit.ValidationError: there is no JSON, or no dataset in it.
    """
    if len(content) > LARGEST:
        text = tk._("it has more than {limit} MB: this is no data.json, or several")
        raise _fail(source, text.format(limit=LARGEST // 2**20))
    try:
        document = json.loads(content.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        text = tk._("it is no JSON, or it was cut: {detail}")
        raise _fail(f"{source}:{error.lineno}", text.format(detail=error.msg)) from error
    except (RecursionError, ValueError) as error:
        raise _fail(source, tk._("it is no data.json: {detail}").format(detail=error)) from error
    record = from_json(document, make_iri(source))
    datasets = record.values.get("dataset", ()) if record.kind == "catalog" else (record,)
    if not datasets or (record.kind == "dataset" and not record.values.get("title")):
        raise _fail(source, tk._("there is no dataset in it"))
    return record, datasets


def _fail(place: str, why: str) -> tk.ValidationError:
    text = tk._("{place} cannot be read: {why}").format(place=place, why=why)
    return tk.ValidationError({"content": [text]})


def make_iri(source: str) -> str:
    """Make an identifier for a document; a file has none that another machine would know."""
    return source if "://" in source else f"urn:gtplan:import:{quote(Path(source).name)}"


def import_records(
    context: Context,
    source: Record,
    datasets: Sequence[Record],
    organization: model.Group,
    progress: Progress,
    *,
    is_dry: bool = False,
) -> Summary:
    """Write datasets, each by itself.

    Args:
        context: of somebody who may create datasets in the organization.
        source: what the datasets were read from.
        datasets: as ``read_records`` gives them.
        organization: that owns the datasets.
        progress: told of each dataset.
        is_dry: write nothing.

    Returns:
        What was done; what one dataset lacks does not keep the others from being written.
    """
    summary = Summary()
    if source.kind == "catalog":
        _note(summary, source.values.get("title") or source.iri, source.problems)
    seen: set[str] = set()
    for number, record in enumerate(datasets, 1):
        title = _call(record)
        try:
            arrival = _make_arrival(record, source, organization, seen)
            _import_one(context, arrival, summary, is_dry)
            _note(summary, arrival.data["name"], arrival.problems)
        except tk.ValidationError as error:
            model.Session.rollback()
            summary.refused[title] = [f"{k}: {v}" for k, v in error.error_summary.items()]
        except (tk.NotAuthorized, _Refused) as error:
            model.Session.rollback()
            summary.refused[title] = [str(error)]
        except DBAPIError as error:
            # a title, for one, that is longer than the database's index of titles takes
            model.Session.rollback()
            summary.refused[title] = [str(error.orig).partition("\n")[0]]
        progress("import", number, len(datasets))
    return summary


def _call(record: Record) -> str:
    """Give what a dataset is called in the summary."""
    name = str(record.values.get("title") or record.values.get("identifier") or record.iri)
    return name if len(name) <= _LONGEST_CALL else f"{name[:_LONGEST_CALL]}…"


def _make_arrival(
    record: Record, source: Record, organization: model.Group, seen: set[str]
) -> Arrival:
    if not (record.values.get("title") or record.values.get("identifier")):
        raise _Refused(tk._("it has neither title nor identifier"))
    arrival = make_arrival(record, source, organization.id, get_language())
    if arrival.id in seen:
        raise _Refused(tk._("another dataset of the document has the same identifier"))
    seen.add(arrival.id)
    return arrival


def withdraw(context: Context, package_id: str) -> None:
    """Delete a dataset that its source no longer has; it comes back when the source has it again.

    Args:
        context: of somebody who may delete it.
        package_id: of a dataset that was imported.
    """
    tk.get_action("package_delete")(tk.fresh_context(context), {"id": package_id})
    package = model.Package.get(package_id)
    if package is not None:
        memory = (package.plugin_data or {}).get(_PLUGIN, {})
        _remember(package, {**memory, "is_withdrawn": True})


def _remember(package: model.Package, memory: Mapping[str, Any]) -> None:
    package.plugin_data = {**(package.plugin_data or {}), _PLUGIN: memory}
    flag_modified(package, "plugin_data")
    model.Session.commit()


def _note(summary: Summary, dataset: Any, problems: Any) -> None:
    summary.dropped += [_describe(str(dataset), problem) for problem in problems]


def _describe(dataset: str, problem: Problem) -> dict[str, str]:
    return {
        "dataset": dataset,
        "field": problem.field,
        "value": problem.value,
        "why": _translate(REASONS[problem.why]),
    }


def _import_one(context: Context, arrival: Arrival, summary: Summary, is_dry: bool) -> None:
    package = model.Package.get(arrival.id)
    if package is None:
        arrival.data["name"] = _find_free_name(arrival.data["name"], arrival.id)
        _write(context, "create", arrival, arrival.data, summary, is_dry)
        summary.created.append(arrival.data["name"])
        return
    if package.owner_org != arrival.data["owner_org"]:
        raise _Refused(tk._("it is already here, in another organization"))
    arrival.data["name"] = package.name
    memory = (package.plugin_data or {}).get(_PLUGIN, {})
    is_withdrawn = bool(memory.get("is_withdrawn"))
    if package.state == model.State.DELETED and not is_withdrawn:
        summary.deleted.append(package.name)
    elif memory.get("digest") == arrival.digest and not is_withdrawn:
        summary.unchanged.append(package.name)
    else:
        tk.check_access("package_update", tk.fresh_context(context), {"id": package.id})
        before = show_package(context, arrival.id)
        data = _merge(before, arrival, memory)
        _write(context, "update", arrival, data, summary, is_dry)
        summary.changed.append(package.name)


def _find_free_name(name: str, dataset_id: str) -> str:
    """Keep a name that nobody has; the same import finds the same name again by its id."""
    return name if model.Package.get(name) is None else f"{name}-{dataset_id[:8]}"


def _merge(before: dict[str, Any], arrival: Arrival, memory: Mapping[str, Any]) -> dict[str, Any]:
    """Put what the source says now in the place of what it said last; the rest is the portal's."""
    withdrawn = set(memory.get("fields", ())) - set(arrival.data)
    kept = {key: value for key, value in before.items() if key != "metadata_modified"}
    known = {resource["id"]: resource for resource in before["resources"]}
    gone = set(memory.get("resources", ()))
    own = [{**known.pop(item["id"], {}), **item} for item in arrival.data["resources"]]
    extras = {extra["key"]: extra["value"] for extra in before.get("extras") or ()}
    extras |= {extra["key"]: extra["value"] for extra in arrival.data["extras"]}
    return {
        **kept,
        **{key: [] if isinstance(before.get(key), list) else "" for key in withdrawn},
        **arrival.data,
        "state": "active" if memory.get("is_withdrawn") else before["state"],
        "private": before["private"] and not memory.get("is_incomplete"),
        "resources": [*own, *(r for key, r in known.items() if key not in gone)],
        "extras": [{"key": key, "value": value} for key, value in extras.items()],
    }


def _write(
    context: Context,
    verb: str,
    arrival: Arrival,
    data: dict[str, Any],
    summary: Summary,
    is_dry: bool,
) -> None:
    was_private = data["private"]
    conformance = make_private_if_incomplete(data)
    is_incomplete = bool(data["private"]) and not was_private
    if not is_dry:
        _save(context, verb, arrival, data, is_incomplete)
    if is_incomplete:
        missing = conformance.missing("Si")
        summary.private[data["name"]] = [title_gap(gap) for gap in missing]


def _save(
    context: Context, verb: str, arrival: Arrival, data: dict[str, Any], is_incomplete: bool
) -> None:
    # whether the user may has been checked; CKAN lets only sysadmins choose an id
    tk.get_action(f"package_{verb}")(tk.fresh_context(context, ignore_auth=True), data)
    package = model.Package.get(arrival.id)
    assert package is not None  # it was written
    written = {
        "digest": arrival.digest,
        "fields": sorted(arrival.data),
        "resources": [resource["id"] for resource in arrival.data["resources"]],
        "is_incomplete": is_incomplete,
    }
    _remember(package, written)
