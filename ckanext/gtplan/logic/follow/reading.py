"""What progress is computed of: plan records in few queries, with the reader's permissions.

Which records a reader may see is asked of the search, which has CKAN's permission labels; what
everybody may see is known without it. What the records say is read of the database, and of it
only what is computed with or what the board narrows its rows by.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ... import config
from ...plan import model as plan
from ...plan.records import PACKAGE_TYPES, from_record
from ...plan.shapes import FieldShape, list_shapes
from ...plan.tables.rows import split_number
from .kept import keep
from .sight import IS_PUBLIC, Sight, find_sight

log = logging.getLogger(__name__)

RecordT = TypeVar("RecordT", bound=plan.Record)

#: The fields that are computed with, by type of record, beside name and title.
_FACTS: dict[type[plan.Record], tuple[str, ...]] = {
    plan.ActionPlan: ("status", "period_end", "closed_on"),
    plan.Commitment: (
        *("action_plan", "commitment_number", "ogp_id", "status", "weight"),
        *("start_date", "end_date", "baseline_start", "baseline_end"),
        *("self_completion", "irm_completion", "short_title", "is_title_translated"),
        *("lead_institution", "co_lead_institutions", "policy_areas", "sdg_targets"),
    ),
    plan.Milestone: (
        *("commitment", "number", "weight", "planned_start", "planned_end"),
        *("baseline_start", "baseline_end", "is_date_doubtful"),
        *("activities", "expected_deliverables", "responsibles"),
        *("budget_lines", "budget_total", "budget_currency"),
    ),
}
#: Fields of rows that nothing is computed with; some are long.
_UNUSED = ("name_plan", "notes", "date_verbatim", "description", "predecessors")
_TYPE_OF = {entity: name for name, entity in PACKAGE_TYPES.items()}
#: What Solr is asked for at a time.
_PAGE = 1000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_day(text: str | None) -> date:
    """Read the day that is asked for; today where none is.

    Raises:
        toolkit.ValidationError: it is no day of the calendar.
    """
    if not text:
        return config.get_today()
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    sentence = tk._("“{value}” is no day of the calendar: write year, month and day, as {example}")
    example = config.get_today().isoformat()
    raise tk.ValidationError({"date": [sentence.format(value=text, example=example)]})


def list_visible(context: Context, filter_query: str) -> list[str]:
    """List the names of the records that a reader may see, of those that a search finds.

    Args:
        context: of the reader.
        filter_query: what to look for.
    """
    names: list[str] = []
    query = {
        "fq": filter_query,
        "fl": ["name"],
        "rows": _PAGE,
        "sort": "name asc",
        "include_private": True,
    }
    while True:
        own = tk.fresh_context(context)
        page = tk.get_action("package_search")(own, {**query, "start": len(names)})
        names += [found["name"] for found in page["results"]]
        if not page["results"] or len(names) >= page["count"]:
            return names


def list_parts(context: Context, package: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """List what a reader may see of a record.

    Args:
        context: of the reader.
        package: an action plan, a commitment or a milestone that the reader may see.

    Returns:
        Names of commitments and of milestones, the record's own among them. Of a commitment
        that cannot be seen, nothing is.
    """
    name, kind = package["name"], package["type"]
    if kind == "milestone":
        return [], [name]
    sight = find_sight(context)
    if sight:
        return keep(("parts", name, *sight.key), lambda: _list_seen_parts(kind, name, sight))
    if kind == "commitment":
        return [name], list_visible(context, f'+dataset_type:milestone +commitment:"{name}"')
    commitments = list_visible(context, f'+dataset_type:commitment +action_plan:"{name}"')
    milestones = list_visible(context, f'+dataset_type:milestone +action_plan:"{name}"')
    above = model.Package.extras["commitment"].astext
    query = sa.select(model.Package.name).where(
        model.Package.name.in_(milestones), above.in_(commitments)
    )
    return commitments, list(model.Session.scalars(query))


def _list_seen_parts(kind: str, name: str, sight: Sight) -> tuple[list[str], list[str]]:
    """List what one sees of a plan or a commitment, as ``list_parts`` does."""
    is_plan = kind == "action_plan"
    above = _list_seen("commitment", "action_plan", [name], sight) if is_plan else [name]
    return above, _list_seen("milestone", "commitment", above, sight)


def _list_seen(kind: str, field: str, above: Collection[str], sight: Sight) -> list[str]:
    """List the records of a type that one sees and that name one of some others in a field."""
    package = model.Package
    query = sa.select(package.name).where(
        package.type == kind, package.extras[field].astext.in_(above), sight.condition
    )
    return list(model.Session.scalars(query))


def list_hidden(names: Collection[str]) -> frozenset[str]:
    """Tell which of some records not everybody may see: private ones and drafts."""
    package = model.Package
    query = sa.select(package.name).where(package.name.in_(names), ~sa.and_(*IS_PUBLIC))
    return frozenset(model.Session.scalars(query))


def find_plan(context: Context, package: Mapping[str, Any]) -> plan.ActionPlan | None:
    """Find the plan of a record, if the reader may see it and what is between."""
    sight = find_sight(context)
    if sight and package["type"] != "action_plan":
        return _find_seen_plan(package, sight)
    record: Mapping[str, Any] = package
    for field in ("commitment", "action_plan"):
        above = record.get(field)
        if above and record["type"] != "action_plan":
            try:
                show = tk.get_action("package_show")
                record = show(tk.fresh_context(context), {"id": above})
            except (tk.ObjectNotFound, tk.NotAuthorized):
                return None
    found = Reader().list(plan.ActionPlan, [record["name"]])
    return found[0] if found else None


def _find_seen_plan(package: Mapping[str, Any], sight: Sight) -> plan.ActionPlan | None:
    name, read = package.get("action_plan"), Reader()
    if package["type"] == "milestone":
        above = read.list(plan.Commitment, [package.get("commitment", "")], sight.condition)
        name = above[0].action_plan if above else None
    found = read.list(plan.ActionPlan, [name], sight.condition) if name else []
    return found[0] if found else None


class Reader:
    """Reads records of the database, and remembers those that cannot be read."""

    def __init__(self) -> None:
        self.unreadable: list[str] = []

    def list(
        self, entity: type[RecordT], names: Collection[str], *conditions: Any
    ) -> list[RecordT]:
        """Read the records of a type that have one of some names, in the plan's order."""
        return self._read(entity, model.Package.name.in_(names), *conditions)

    def list_below(self, entity: type[RecordT], field: str, name: str) -> list[RecordT]:
        """Read the public records of a type that name a record in a field."""
        return self._read(entity, model.Package.extras[field].astext == name, *IS_PUBLIC)

    def _read(self, entity: type[RecordT], *conditions: Any) -> list[RecordT]:
        rows = model.Session.execute(_select(entity).where(*conditions))
        return sorted(self._make(entity, _FACTS[entity], rows), key=order_record)

    def _make(self, entity: type[RecordT], facts: tuple[str, ...], rows: Any) -> Iterator[RecordT]:
        shapes = list_shapes(entity)
        for name, title, *values in rows:
            record = {"name": name, "title": title}
            try:
                for fact, value in zip(facts, values, strict=True):
                    record[fact] = _parse_list(shapes[fact], value)
                yield from_record(entity, record)
            except (KeyError, ValueError) as error:
                log.warning("%s is in no figure: %r", name, error)
                self.unreadable.append(name)


@cache  # each record that is indexed is read
def _select(entity: type[plan.Record]) -> sa.Select[Any]:
    package = model.Package
    facts = (package.extras[fact].astext for fact in _FACTS[entity])
    query = sa.select(package.name, package.title, *facts)
    return query.where(package.type == _TYPE_OF[entity])


def order_record(record: plan.Record) -> tuple[Any, ...]:
    """Give the place of a record among others: by printed number, then by OGP's code."""
    number = getattr(record, "number", None) or getattr(record, "commitment_number", None)
    code = getattr(record, "ogp_id", None) or ""
    return (number is None, split_number(str(number or "")), code, record.id)


def _parse_list(shape: FieldShape, text: str | None) -> Any:
    """Read rows and lists, which ckanext-scheming keeps as JSON; what are none are passed over."""
    if not shape.is_list:
        return text
    items = json.loads(text) if text else []
    items = items if isinstance(items, list) else []
    if not shape.is_entity:
        return items
    rows = [row for row in items if isinstance(row, dict)]
    return [{key: row[key] for key in row if row[key] and key not in _UNUSED} for row in rows]
