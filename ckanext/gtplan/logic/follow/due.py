"""Lists narrowed to what is late, due or not reported: what the search keeps and is asked.

Kept is only what the day does not change: the day from which on a record is late as things are
reported, the months in which something of it falls due. Today is compared with that in the
question, so that tomorrow's list is right though nothing was written. What is kept of a
commitment is made of its public milestones: who may see more sees no more in a list.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from ckan.lib.search import SearchQueryError
from ckan.lib.search.common import make_connection
from ckan.plugins import toolkit as tk

from ... import config
from ...plan import model as plan
from ...plan.dates import PartialDate
from ...plan.follow.measures import Measures
from ...plan.follow.progress import judge_day, measure_commitment, measure_milestone
from ...plan.follow.reporting import lay_over
from .openness import judge_deliverables
from .reading import Reader, read_day
from .reports import read_reports
from .sight import IS_PUBLIC

#: Types of record whose lists can be narrowed.
LISTED = ("commitment", "milestone")
#: The parameter of lists and of ``package_search`` that narrows, and the one that says the day.
PARAMETER = "ext_follow"
DAY_PARAMETER = "ext_date"
#: Fields of the search; that of the months holds several.
LATE_FROM = "gtplan_late_from"
DUE_MONTHS = "vocab_gtplan_due_months"
IS_REPORTED = "gtplan_is_reported"
PROGRESS = "gtplan_progress"
#: What a list can be narrowed to, and what Solr is asked for it on a day.
_FILTERS: Mapping[str, Callable[[date], str]] = {
    "late": lambda day: f'+{LATE_FROM}:[* TO "{day.isoformat()}"]',
    "due_this_month": lambda day: f'+{DUE_MONTHS}:"{day:%Y-%m}"',
    "unreported": lambda day: f'+{IS_REPORTED}:"false"',
}
_LABELS: Mapping[str, Callable[[], str]] = {
    "late": lambda: tk._("Late"),
    "due_this_month": lambda: tk._("Due this month"),
    "unreported": lambda: tk._("Without report"),
}
_FACETS = "facet.field"
_IS_COUNTED = "gtplan_count_follow"
_DONE = ("completed", "cancelled")


# What is kept


def index_due(package: dict[str, Any]) -> dict[str, Any]:
    """Add to what CKAN is about to index how a commitment or milestone stands.

    Args:
        package: as ``search.index_record`` leaves it, with the records above.

    Returns:
        The same dictionary, changed.
    """
    if package["type"] not in LISTED:
        return package
    read = Reader()
    name, commitments = package["name"], []
    if package["type"] == "milestone":
        milestones = read.list(plan.Milestone, [name])
    else:
        commitments = read.list(plan.Commitment, [name])
        milestones = read.list_below(plan.Milestone, "commitment", name)
    above = [package["action_plan"]] if package.get("action_plan") else []
    plans = read.list(plan.ActionPlan, above, *IS_PUBLIC)
    standing = _Standing(plans[0] if plans else None, commitments, milestones)
    return package | standing.describe()


class _Standing:
    """How a commitment with its milestones, or a milestone, stands on any day."""

    def __init__(
        self,
        action_plan: plan.ActionPlan | None,
        commitments: Sequence[plan.Commitment],
        milestones: Sequence[plan.Milestone],
    ) -> None:
        self._plan = action_plan
        self._commitments, self._milestones = commitments, milestones
        self._today = config.get_today()
        reports = read_reports([milestone.id for milestone in milestones])
        self._states = lay_over(reports, judge_day(action_plan, self._today))
        owing = [m.id for m in milestones if any(row.due_date for row in m.expected_deliverables)]
        self._facts = judge_deliverables(owing, self._today)

    def describe(self) -> dict[str, Any]:
        """Give the fields of the search."""
        measures = self._measure(self._today)
        if measures is None:
            return {IS_REPORTED: "false"}
        fields: dict[str, Any] = {
            IS_REPORTED: str(measures.is_reporting).lower(),
            DUE_MONTHS: sorted({f"{day:%Y-%m}" for day in self._list_due()}),
        }
        if measures.progress_floor is not None:
            # the least that is done: a single finished activity makes no record the first of all
            fields[PROGRESS] = f"{measures.progress_floor:05.1f}"
        late_from = self._find_late_from()
        return fields | ({LATE_FROM: late_from.isoformat()} if late_from else {})

    def _measure(self, day: date) -> Measures | None:
        judged = judge_day(self._plan, day)
        measured = [
            measure_milestone(milestone, self._states, judged, self._facts)
            for milestone in self._milestones
        ]
        if self._commitments:
            return measure_commitment(self._commitments[0], measured, judged)
        return measured[0] if measured else None

    def _find_late_from(self) -> date | None:
        """Find the first day on which the record is late, if nothing more is reported."""

        def is_late(day: date) -> bool:
            measures = self._measure(day)
            return bool(measures and measures.is_late)

        days = sorted({end + timedelta(days=1) for end in self._list_ends() if end < date.max})
        place = bisect_left(days, True, key=is_late)
        return days[place] if place < len(days) else None

    def _list_ends(self) -> Iterator[date]:
        ends: list[PartialDate | None] = [one.end_date for one in self._commitments]
        for milestone in self._milestones:
            ends.append(milestone.planned_end)
            ends += [activity.planned_end for activity in milestone.activities]
        yield from (end.last_day for end in ends if end)

    def _list_due(self) -> Iterator[date]:
        """List the days on which something falls due that is not done, as it is reported."""
        closing = judge_day(self._plan, date.max)
        due = [day for milestone in self._milestones for day in self._list_due_of(milestone)]
        if not self._milestones:
            due = list(self._list_ends())
        yield from (day for day in due if day <= closing)

    def _list_due_of(self, milestone: plan.Milestone) -> Iterator[date]:
        measures = measure_milestone(milestone, self._states, self._today, self._facts)
        status = {part.activity_no: part.status for part in measures.activities}
        rows: Iterable[Any] = milestone.activities or (milestone,)
        for row in rows:
            is_done = status.get(getattr(row, "activity_no", None), measures.status) in _DONE
            if row.planned_end and not row.is_date_doubtful and not is_done:
                yield row.planned_end.last_day
        planned = {part.key for part in measures.deliverables if part.status == "planned"}
        for product in milestone.expected_deliverables:
            if product.due_date and product.key in planned:
                yield product.due_date.last_day


# What is asked


def narrow(params: dict[str, Any]) -> dict[str, Any]:
    """Narrow a search to what is late, due or not reported, as its parameters ask.

    Args:
        params: of ``package_search``: ``ext_follow`` is one of the filters, or several of
            which all must hold, ``ext_date`` the day that is compared with, today by default.

    Raises:
        SearchQueryError: there is no such filter, or the day is none.
    """
    extras = params.get("extras") or {}
    if PARAMETER in (params.get(_FACETS) or ()):
        params[_FACETS] = [field for field in params[_FACETS] if field != PARAMETER]
        params["extras"] = extras = {**extras, _IS_COUNTED: True}
    for name in _list_asked(extras):
        if name not in _FILTERS:
            sentence = tk._("“{value}” is no filter: choose one of {choices}")
            raise SearchQueryError(sentence.format(value=name, choices=", ".join(_FILTERS)))
        params["fq"] = f"{params.get('fq') or ''} {_FILTERS[name](_read_day(extras))}".strip()
    return params


def _list_asked(extras: Mapping[str, Any]) -> list[str]:
    asked = extras.get(PARAMETER)
    return [asked] if isinstance(asked, str) else list(asked or ())


def _read_day(extras: Mapping[str, Any]) -> date:
    try:
        return read_day(extras.get(DAY_PARAMETER))
    except tk.ValidationError as error:
        raise SearchQueryError("; ".join(error.error_summary.values())) from error


def count_filters(results: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """Add to the results how many of them each filter would leave, and how each of them stands.

    Args:
        results: of ``package_search``.
        params: those of the search that was made; CKAN's permissions stand among its filters.
    """
    extras = params.get("extras") or {}
    if not extras.get(_IS_COUNTED):
        return results
    day = _read_day(extras)
    queries = {name: make(day).removeprefix("+") for name, make in _FILTERS.items()}
    query = {key: value for key, value in params.items() if key not in ("extras", "fl", "sort")}
    query |= {"rows": 0, "start": 0, "facet": "true", "facet.query": [*queries.values()]}
    query.pop(_FACETS, None)
    counts = make_connection().search(**query).facets["facet_queries"]
    items = [
        {"name": name, "display_name": _LABELS[name](), "count": counts[queries[name]]}
        for name in _FILTERS
        if counts[queries[name]] or name in _list_asked(extras)
    ]
    results["search_facets"][PARAMETER] = {"title": PARAMETER, "items": items}
    _tell_standing(results["results"], day)
    return results


def _tell_standing(records: Sequence[dict[str, Any]], day: date) -> None:
    """Say of the records of a list how far they are and whether late, where that is known."""
    listed = {record["id"]: record for record in records}
    if not listed:
        return
    found = make_connection().search(
        q="*:*",
        fq=f'+site_id:"{tk.config["ckan.site_id"]}" +id:({" OR ".join(listed)})',
        # CKAN has Solr index such fields, and not store them: a function gives them back
        fl=f"id,progress:field({PROGRESS}),late_from:field({LATE_FROM})",
        rows=len(listed),
    )
    for kept in found.docs:
        progress, late_from = kept.get("progress"), kept.get("late_from")
        listed[kept["id"]]["gtplan_standing"] = {
            "progress": float(progress) if progress else None,
            "is_late": bool(late_from) and late_from <= day.isoformat(),
        }


def name_facets(record_type: str) -> dict[str, str]:
    """Give the facet of the filters, for the lists that have it."""
    return {PARAMETER: tk._("Follow-up")} if record_type in LISTED else {}
