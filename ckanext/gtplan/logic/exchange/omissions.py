"""The report of what the feeds leave out: each value that could not be said, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from ...config import get_language
from ...feed.keeping.store import Busy, bring_up_to_date
from ...model.feed import IS_PUBLIC
from ...prm.profile import rows
from ...prm.reasons import REASONS
from .. import schema
from ..quality.report import find_organization, gtplan_conformance_report_auth, list_allowed

__all__ = ["gtplan_feed_report", "gtplan_feed_report_auth"]

#: The reasons are marked for the catalogues where they stand.
_translate = tk._
#: More than any portal has: the database takes no greater numbers for a limit.
_ALL = 1_000_000
#: Whose fields are looked through for the name of one.
_KINDS = ("distribution", "dataset", "field")
_FOUND = f"""
    SELECT p.id, p.name, p.title, g.name AS organization, g.title AS organization_title,
        problem.said, problem.place, r.id AS resource, r.name AS resource_name
    FROM gtplan_fragment f
    JOIN gtplan_feed_epoch e ON e.id = f.epoch AND e.is_current
    JOIN package p ON p.id = f.package_id
    LEFT JOIN "group" g ON g.id = p.owner_org
    CROSS JOIN LATERAL jsonb_array_elements(f.problems) WITH ORDINALITY AS problem (said, place)
    LEFT JOIN resource r ON r.package_id = p.id
        AND r.id = split_part(split_part(problem.said ->> 'iri', '/resource/', 2), '#', 1)
    WHERE {IS_PUBLIC} AND f.problems <> '[]'
    AND (:is_all OR p.owner_org = ANY(:organizations))
"""
_COUNTS = sa.text(
    "SELECT said ->> 'why' AS why, count(*) AS values, count(DISTINCT id) AS datasets"
    f" FROM ({_FOUND}) AS found GROUP BY 1 ORDER BY 2 DESC, 1"
)
_DATASETS = sa.text(f"SELECT count(DISTINCT id) FROM ({_FOUND}) AS found")
_ROWS = sa.text(f"{_FOUND} ORDER BY p.name, problem.place LIMIT :limit OFFSET :offset")


def gtplan_feed_report_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Who edits datasets of an organization is told of its own; sysadmins of all."""
    return gtplan_conformance_report_auth(context, data_dict)


@tk.side_effect_free
@validate(schema.feed_report)
def gtplan_feed_report(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Report which values of public datasets the feeds leave out, why, and how to mend them.

    Args:
        context: of a sysadmin, or of somebody who edits for an organization.
        data_dict: all optional: ``organization``, id or name; ``limit`` (100) and ``offset`` of
            the list.

    Returns:
        ``datasets``, how many have such values; ``reasons`` with how many ``values`` and
        ``datasets`` each; ``results`` with their ``count``: the dataset, its organization and
        file, the field, its ``label``, the ``value`` as it was given, ``why`` as a code and
        ``mend`` as a sentence. ``is_behind`` where what changed lately is still being followed.
    """
    tk.check_access("gtplan_feed_report", context, data_dict)
    name = data_dict.get("organization")
    allowed = [find_organization(name).id] if name else list_allowed(context)
    is_behind = not _catch_up()
    asked = {
        "is_all": allowed is None,
        "organizations": list(allowed or ()),
        "limit": min(data_dict["limit"], _ALL),
        "offset": min(data_dict["offset"], _ALL),
    }
    counts = [dict(row) for row in model.Session.execute(_COUNTS, asked).mappings()]
    return {
        "is_behind": is_behind,
        "datasets": model.Session.scalar(_DATASETS, asked),
        "reasons": [{**row, "mend": _explain(row["why"])} for row in counts],
        "count": sum(row["values"] for row in counts),
        "results": [_describe(row) for row in model.Session.execute(_ROWS, asked).mappings()],
    }


def _catch_up() -> bool:
    """Have what changed lately followed first, so that a value that was mended is not listed."""
    try:
        bring_up_to_date()
    except Busy:
        return False
    return True


def _describe(row: Mapping[str, Any]) -> dict[str, Any]:
    said = row["said"]
    field = said.get("field") or ""
    return {
        "id": row["id"],
        "name": row["name"],
        "title": row["title"] or row["name"],
        "organization": row["organization"],
        "organization_title": row["organization_title"] or row["organization"],
        "resource": row["resource"],
        "resource_name": row["resource_name"] or row["resource"],
        "iri": said.get("iri") or "",
        "field": field,
        "label": _name(field, _KINDS if row["resource"] else ("dataset", *_KINDS)),
        "value": _strip(said.get("value") or ""),
        "why": said["why"],
        "mend": _explain(said["why"]),
    }


def _name(field: str, kinds: Iterable[str]) -> str:
    """Name a field as forms do; one that the profile has not by what stands in the record."""
    for kind in kinds:
        for row in rows(kind):
            if row.key == field:
                return row.label[get_language()]
    return field


def _strip(value: str) -> str:
    """Take the quotes from a text; what cannot be seen in it stays as it is spelt."""
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if is_quoted else value


def _explain(why: str) -> str:
    return str(_translate(REASONS[why])) if why in REASONS else why
