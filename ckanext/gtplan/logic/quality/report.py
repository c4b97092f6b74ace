"""The report on conformance: what it adds up from the history, and who may read what of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from ckan import authz, model
from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context
from sqlalchemy.dialects.postgresql import JSONB

from ...config import get_language
from ...model.conformance import (
    DATASET,
    FIGURES,
    ConformanceEntry,
    Organizations,
    select_at,
    select_changes,
)
from ...plan.shapes import CONTROL
from ...prm.conformance import Conformance, Gap
from ...prm.profile import load
from .. import schema

__all__ = [
    "FIGURES",
    "find_organization",
    "gtplan_conformance_report",
    "gtplan_conformance_report_auth",
    "list_allowed",
]

#: What an editor may do, and a member may not.
_PERMISSION = "update_dataset"
#: A required field that says nothing: what a public dataset must not have.
_LACKING = [{"obligation": "Si", "is_said": False}]
#: Days that a history spans -> how it is told; the points stay few enough to be read.
_UNITS = ((31, "day"), (182, "week"))
_LAST_POINTS = 36
#: More than any portal has: the database takes no greater numbers for a limit.
_ALL = 1_000_000

Rows = list[dict[str, Any]]


def gtplan_conformance_report_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Who edits datasets of an organization may see its report; sysadmins see all."""
    user = context.get("user")
    if not user:
        return {"success": False}
    if not data_dict.get("organization"):
        return {"success": authz.has_user_permission_for_some_org(user, _PERMISSION)}
    group = find_organization(data_dict["organization"])
    allowed = authz.has_user_permission_for_group_or_org(group.id, user, _PERMISSION)
    return {"success": allowed}


def find_organization(name: str) -> model.Group:
    """Find an organization that there is.

    Args:
        name: or id.

    Raises:
        toolkit.ObjectNotFound: there is none.
    """
    # no database can be asked for control characters
    group = None if CONTROL.search(name) else model.Group.get(name)
    if group is None or not group.is_organization or group.state != model.State.ACTIVE:
        raise tk.ObjectNotFound("organization")
    return group


@tk.side_effect_free
@validate(schema.conformance_report)
def gtplan_conformance_report(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Report how far the datasets fulfil the profile, now or at the end of a day.

    Args:
        context: of a sysadmin, or of an editor or admin of an organization, who is told of
            the organizations that he or she edits.
        data_dict: all optional: ``organization``, id or name; ``date``, a day (UTC) whose
            end the figures are of; ``public_lacking``, to list only datasets that are public
            and lack a required field; ``limit`` (100) and ``offset`` of the list of datasets.

    Returns:
        ``organization``, ``date`` and ``public_lacking`` as asked, ``totals``, ``fields``
        (how many datasets lack each), ``organizations``, ``datasets`` (the worst first) with
        their ``count``, and ``history``.
    """
    tk.check_access("gtplan_conformance_report", context, data_dict)
    name = data_dict.get("organization")
    group = find_organization(name) if name else None
    allowed = [group.id] if group else list_allowed(context)
    day: date | None = data_dict["date"].date() if data_dict.get("date") else None
    moment = _end_of(day) if day else None
    rows = select_at(moment, allowed).subquery()
    datasets = _join_packages(moment, allowed)
    if data_dict["public_lacking"]:
        datasets = datasets.where(_is_public_lacking(datasets.selected_columns))
    return {
        "organization": _describe_group(group) if group else None,
        "date": day.isoformat() if day else None,
        "public_lacking": data_dict["public_lacking"],
        "totals": _add_up(rows, moment, allowed),
        "fields": _count_fields(moment, allowed),
        "organizations": [] if group else _list_organizations(rows),
        "datasets": _list_datasets(datasets, data_dict["limit"], data_dict["offset"]),
        "count": model.Session.scalar(sa.select(sa.func.count()).select_from(datasets.subquery())),
        "history": _tell_history(allowed),
    }


def list_allowed(context: Context) -> Organizations:
    """List the organizations that a user edits; None when that is no matter."""
    user = context.get("user") or ""
    if context.get("ignore_auth") or authz.is_sysadmin(user):
        return None
    own = tk.get_action("organization_list_for_user")(
        tk.fresh_context(context), {"permission": _PERMISSION}
    )
    return [organization["id"] for organization in own]


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, timezone.utc)


def _describe_group(group: Any) -> dict[str, str]:
    return {"id": group.id, "name": group.name, "title": group.title or group.name}


def _rate(row: Mapping[str, Any]) -> dict[str, int]:
    """Give the figures of a row, or sums of figures, with their share in percent."""
    figures = {name: int(row[name] or 0) for name in FIGURES}
    return {**figures, "percent": Conformance(**figures, gaps=()).percent}


def _sums(rows: Any) -> list[Any]:
    """Make the columns that are added up over datasets."""
    is_public = rows.c.visibility == "public"
    return [
        sa.func.count().label("datasets"),
        sa.func.count().filter(is_public).label("public"),
        sa.func.count().filter(_is_public_lacking(rows.c)).label("public_lacking"),
        *(sa.func.sum(rows.c[name]).label(name) for name in FIGURES),
    ]


def _is_public_lacking(columns: Any) -> Any:
    return (columns.visibility == "public") & columns.gaps.contains(_LACKING)


def _add_up(rows: Any, moment: datetime | None, allowed: Organizations) -> dict[str, int]:
    sums = model.Session.execute(sa.select(*_sums(rows))).mappings().one()
    counts = {name: sums[name] for name in ("datasets", "public", "public_lacking")}
    pending = _join_packages(None, allowed).subquery()
    not_assessed = sa.select(sa.func.count()).where(pending.c.visibility.is_(None))
    return {
        **counts,
        "not_assessed": 0 if moment else model.Session.scalar(not_assessed),
        **_rate(sums),
    }


def _join_packages(moment: datetime | None, allowed: Organizations) -> sa.Select[Any]:
    """Select the datasets that there are now, each with its row of a moment.

    Who may read is asked of the dataset as it is: what was an organization's once is not its
    editors' to see now. Those that were not assessed yet have no row.
    """
    package, group = model.Package, model.Group
    rows = select_at(moment).subquery()
    query = (
        sa.select(
            package.id.label("id"),
            package.name.label("name"),
            package.title.label("title"),
            group.name.label("organization"),
            *(rows.c[name] for name in ("visibility", *FIGURES, "gaps")),
        )
        .outerjoin(rows, rows.c.package_id == package.id)
        .outerjoin(group, group.id == package.owner_org)
        .where(package.type == DATASET, package.state != model.State.DELETED)
    )
    if moment is not None:
        query = query.where(rows.c.package_id.is_not(None))
    return query if allowed is None else query.where(package.owner_org.in_(allowed))


def _list_datasets(query: sa.Select[Any], limit: int, offset: int) -> Rows:
    """List datasets: not assessed ones, public ones that lack a required field, the worst."""
    columns = query.selected_columns
    lacking = columns.required_total - columns.required_filled
    wanting = columns.recommended_total - columns.recommended_filled
    found = model.Session.execute(
        query.order_by(
            columns.visibility.is_not(None),
            _is_public_lacking(columns).desc(),
            lacking.desc(),
            wanting.desc(),
            columns.name,
        )
        .limit(min(limit, _ALL))
        .offset(min(offset, _ALL))
    ).mappings()
    described = ("id", "name", "title", "organization", "visibility")
    return [
        {
            **{name: row[name] for name in described},
            **(_rate(row) if row["visibility"] else dict.fromkeys((*FIGURES, "percent"))),
            "gaps": [_describe_gap(gap) for gap in row["gaps"] or ()],
        }
        for row in found
    ]


def _describe_gap(gap: Mapping[str, Any]) -> dict[str, Any]:
    """Give a gap of a row with the label of its field, in the reader's language."""
    found = Gap(**{name: gap[name] for name in ("kind", "key", "obligation", "why", "is_said")})
    language = get_language()
    classes = load()["classes"]
    return {
        "kind": found.kind,
        "key": found.key,
        "obligation": found.obligation,
        "why": found.why,
        "class": classes[found.kind]["label"][language],
        "label": found.row.label[language],
    }


def _count_fields(moment: datetime | None, allowed: Organizations) -> Rows:
    """Count how many datasets lack each field, or have no valid value in it: Si first."""
    rows = _join_packages(moment, allowed).subquery()
    each = sa.func.jsonb_array_elements(rows.c.gaps, type_=JSONB).label("gap")
    gaps = sa.select(each).correlate(rows).lateral()
    names = ("obligation", "kind", "key")
    keys = [gaps.c.gap[name].astext.label(name) for name in names]
    count = sa.func.count(sa.distinct(rows.c.id)).label("datasets")
    query = sa.select(*keys, count).select_from(rows.join(gaps, sa.true())).group_by(*keys)
    found = [dict(row) for row in model.Session.execute(query).mappings()]
    order = ("Si", "R", "No")
    found.sort(key=lambda row: (order.index(row["obligation"]), -row["datasets"], row["key"]))
    return [_label_field(row) for row in found]


def _label_field(row: dict[str, Any]) -> dict[str, Any]:
    described = _describe_gap({**row, "why": "", "is_said": False})
    return {**row, "class": described["class"], "label": described["label"]}


def _list_organizations(rows: Any) -> Rows:
    """List the organizations, the worst first; datasets of none, and of those that are gone."""
    group = model.Group
    names = [group.id, group.name, group.title]
    query = (
        sa.select(*names, *_sums(rows))
        .select_from(rows)
        .outerjoin(group, group.id == rows.c.organization_id)
        .group_by(*names)
    )
    found = [
        {
            "id": row["id"],
            "name": row["name"],
            "title": row["title"] or row["name"],
            **{name: row[name] for name in ("datasets", "public", "public_lacking")},
            **_rate(row),
        }
        for row in model.Session.execute(query).mappings()
    ]
    return sorted(found, key=lambda row: (row["percent"], row["name"] or ""))


def _tell_history(allowed: Organizations) -> Rows:
    """Tell the sums at the end of each day, week or month in which they moved; today last."""
    today = datetime.now(timezone.utc).date()
    first = model.Session.scalar(sa.select(sa.func.min(ConformanceEntry.moment)))
    if first is None:
        return []
    span = (today - first.date()).days
    unit = next((unit for days, unit in _UNITS if span <= days), "month")
    changes = model.Session.execute(select_changes(unit, allowed)).mappings().all()
    return list(_cumulate(changes, unit, today))[-_LAST_POINTS:]


def _cumulate(changes: Sequence[Mapping[str, Any]], unit: str, today: date) -> Iterator[
    dict[str, Any]
]:
    names = ("datasets", *FIGURES)
    sums = dict.fromkeys(names, 0)
    for change in changes:
        before = dict(sums)
        sums = {name: sums[name] + int(change[name]) for name in names}
        if sums != before:
            end = min(_last_day(change["period"].date(), unit), today)
            yield {"date": end.isoformat(), "datasets": sums["datasets"], **_rate(sums)}


def _last_day(start: date, unit: str) -> date:
    if unit == "month":
        return (start.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return start + timedelta(days=6 if unit == "week" else 0)
