"""The rules of the plan where a record is written by a form or the API, and not by a file.

What is wrong is refused beside its field, by the same rules and with the same sentences as in a
load; what is only odd is written, and told to who edits the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context
from flask import has_request_context

from ...config import get_language
from ...plan.files.rules import Finding, check_record, check_source, check_within
from ...plan.labels import get_field_labels
from ...plan.model import Commitment, Indicator, Milestone, Record, ServiceInventory
from ...plan.problems import ProblemKind
from ...plan.records import PACKAGE_TYPES, from_record, get_ckan_name
from ...plan.shapes import list_shapes
from .inventories import find_inventory
from .messages import describe_reason
from .publication import SUPPRESSED

__all__ = ["describe_finding", "flash_remarks", "gtplan_record", "list_remarks", "read_record"]

Key = tuple[Any, ...]
#: Fields that name a row of the record above: the field of that record, its own, the rows there,
#: and what they are known by.
_NAMED_ROWS = (
    ("milestone", "deliverable", "expected_deliverables", "key"),
    ("regional_plan", "regional_activity", "regional_activities", "activity_key"),
)
#: So many remarks are told after saving; the record's page has them all.
_TOLD = 3


def gtplan_record(key: Key, data: dict[Key, Any], errors: dict[Key, Any], context: Context) -> None:
    """Refuse a record whose fields contradict each other, with each message at its field.

    A load was checked whole, with the lines of its files, before anything of it is written.
    """
    if SUPPRESSED in context:
        return
    fields, places = _gather(data)
    record = read_record(fields)
    found = [*check_record(record), *_check_relatives(context, record, fields)] if record else []
    for finding in found:
        if not finding.is_warning:
            place = places.get((finding.rows, finding.number))
            errors.setdefault(_make_key(finding, place), []).append(_describe(finding))


def _check_relatives(
    context: Context, record: Record, fields: Mapping[str, Any]
) -> Iterator[Finding]:
    """Check a record against others of the portal, as a load is checked against its own."""
    if isinstance(record, ServiceInventory) and fields.get("owner_org"):
        own = fields.get("id") or record.id
        other = find_inventory(fields["owner_org"], record.reference_year, own)
        if other is not None:
            yield Finding(
                kind=ProblemKind.SECOND_INVENTORY,
                field="reference_year",
                value=str(record.reference_year),
                expected=_name(context, other),
            )
    if isinstance(record, Indicator) and record.computed_from:
        source = model.Package.get(record.computed_from)
        if source is not None:
            yield from check_source(record, {"type": source.type, **source.extras})
    for above, field, rows, key in _NAMED_ROWS:
        package = model.Package.get(getattr(record, above, None) or "")
        value = getattr(record, field, None)
        if value and package is not None and _is_visible(context, package):
            known = [row.get(key) for row in json.loads(package.extras.get(rows) or "[]")]
            if value not in known:
                expected = ", ".join(filter(None, known))
                kind = ProblemKind.UNKNOWN_CODE
                yield Finding(kind=kind, field=field, value=value, expected=expected)


def _name(context: Context, package: model.Package) -> str:
    """Name a record to who may see it; others are told that there is one, and no more."""
    return package.title if _is_visible(context, package) else tk._("one that is not public")


def _is_visible(context: Context, package: model.Package) -> bool:
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": package.id})
    except tk.NotAuthorized:
        return False
    return True


def _gather(data: Mapping[Key, Any]) -> tuple[dict[str, Any], dict[tuple[Any, Any], int]]:
    """Gather what CKAN has flattened into the fields of a record and its rows.

    Returns:
        The fields, and where each row stands in the form: a row that says too little to be one
        is no row of the record, but the others keep their places.
    """
    known = {key: value for key, value in data.items() if value is not tk.missing}
    fields = {key[0]: value for key, value in known.items() if len(key) == 1}
    places: dict[tuple[Any, Any], int] = {}
    for shape in list_shapes(PACKAGE_TYPES[str(fields["type"])]).values():
        if not shape.is_entity:
            continue
        rows: dict[int, dict[str, Any]] = {}
        for key, value in known.items():
            if len(key) == 3 and key[0] == shape.name:
                rows.setdefault(key[1], {})[key[2]] = value
        whole = [place for place, row in sorted(rows.items()) if _is_whole(shape.type, row)]
        fields[shape.name] = [rows[place] for place in whole]
        places |= {(shape.name, number): place for number, place in enumerate(whole, start=1)}
    return fields, places


def _is_whole(entity: type[Any], row: Mapping[str, Any]) -> bool:
    try:
        from_record(entity, row)
    except KeyError:
        return False
    return True


def read_record(package: Mapping[str, Any]) -> Record | None:
    """Read a package as a record of the plan.

    Returns:
        None for a package of another type, and for one that lacks what makes it a record.
    """
    entity = PACKAGE_TYPES.get(str(package.get("type")))
    try:
        return from_record(entity, package) if entity else None
    except KeyError:
        return None


def _make_key(finding: Finding, place: int | None) -> Key:
    if place is None:
        return (get_ckan_name(finding.field),)
    return (finding.rows, place, finding.field)


def _describe(finding: Finding) -> str:
    expected = finding.expected
    if finding.rows and finding.other:
        expected = f"{_label(finding.rows)} {finding.other}"
    return describe_reason(finding.kind, finding.value, expected)


def describe_finding(finding: Finding) -> str:
    """Say what was found as one line: row and field by their names, and what is wrong."""
    row = f"{_label(finding.rows)} {finding.number}" if finding.rows else ""
    where = ", ".join(part for part in (row, finding.field and _label(finding.field)) if part)
    return ": ".join(part for part in (where, _describe(finding)) if part)


def _label(field: str) -> str:
    labels = get_field_labels(field)
    return labels.get(get_language(), labels["es"])


def list_remarks(record: Record, commitment: Mapping[str, Any] | None) -> list[Finding]:
    """List what is odd in a record, and no reason to refuse it.

    Args:
        record: the record.
        commitment: that of a milestone, None where the reader may not see it.
    """
    found = [finding for finding in check_record(record) if finding.is_warning]
    above = read_record(commitment) if commitment else None
    if isinstance(record, Milestone) and isinstance(above, Commitment):
        found += check_within(record, above)
    return found


def flash_remarks(context: Context, package: Mapping[str, Any]) -> None:
    """Tell who has saved a form what is odd in the record, on the page that comes next."""
    if not has_request_context() or tk.get_endpoint()[0] not in PACKAGE_TYPES:
        return
    record = read_record(package)
    found = list_remarks(record, _find_commitment(context, record)) if record else []
    if found:
        told = [describe_finding(finding) for finding in found[:_TOLD]]
        text = tk.ungettext(
            "Saved. One thing to look at again: {remarks}",
            "Saved. {count} things to look at again: {remarks}",
            len(found),
        )
        more = "; …" if len(found) > _TOLD else ""
        tk.h.flash_notice(text.format(count=len(found), remarks="; ".join(told) + more))


def _find_commitment(context: Context, record: Record) -> dict[str, Any] | None:
    """Find the commitment of a milestone, if the user may see it."""
    if not isinstance(record, Milestone):
        return None
    try:
        own = tk.fresh_context(context)
        return dict(tk.get_action("package_show")(own, {"id": record.commitment}))
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
