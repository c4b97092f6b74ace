"""Records by their names, as links and breadcrumbs show them: a title and a number, no more.

A page names the same few records over and over, and a list those above each of its rows. They are
read of the database, all that are wanted in one query, where CKAN's own action asks the search and
parses the whole record for each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from .follow.sight import has_own_labels

Package = dict[str, Any]

#: The fields that name the record right above, the nearest first.
LINKS = ("milestone", "commitment", "action_plan", "regional_plan")
#: What is read of a record, beside what every package has.
_FIELDS = (
    *LINKS,
    *("commitment_number", "number", "ogp_id", "letter", "country", "cycle_year", "plan_year"),
    *("status", "is_title_translated", "title_original", "title_original_language"),
)
_READ = sa.text(
    "SELECT package.name, package.id, title, type, state, private, fields.* FROM package"
    " LEFT JOIN LATERAL jsonb_to_record(extras) AS"
    f" fields({', '.join(f'{name} text' for name in _FIELDS)}) ON true"
    " WHERE package.name IN :names AND type <> 'dataset'"
).bindparams(sa.bindparam("names", expanding=True))


def read_named(context: Context, names: Collection[str]) -> dict[str, Package]:
    """Read the records that have one of some names, of those that a reader may see.

    Args:
        context: of the reader.
        names: of records; datasets are passed over.

    Returns:
        By name: id, name, title, type, state and private, and what numbers and links a record;
        texts, as the database keeps them.
    """
    if not names:
        return {}
    rows = model.Session.execute(_READ, {"names": list(names)}).mappings()
    found = [{key: value for key, value in row.items() if value is not None} for row in rows]
    return {record["name"]: record for record in found if _is_visible(context, record)}


def _is_visible(context: Context, record: Mapping[str, Any]) -> bool:
    """Tell whether a reader may see a record; what is public by CKAN's rule needs no question."""
    if record["state"] == model.State.ACTIVE and not record["private"] and not has_own_labels():
        return True
    try:
        own = tk.fresh_context(context)
        return bool(tk.check_access("package_show", own, {"id": record["name"]}))
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False


def read_above(context: Context, records: Collection[Mapping[str, Any]]) -> dict[str, Package]:
    """Read all records above some others, in as many queries as there are levels.

    Args:
        context: of the reader.
        records: records or datasets.

    Returns:
        Those that the reader may see, by name; empty for names of others.
    """
    found: dict[str, Package] = {}
    below: Collection[Mapping[str, Any]] = records
    while wanted := {str(one[link]) for one in below for link in LINKS if one.get(link)}:
        wanted -= found.keys()
        read = read_named(context, wanted)
        found |= {name: read.get(name, {}) for name in wanted}
        below = list(read.values())
    return found
