"""The rules of the reports of a load: what they are on, and that they go one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from ..follow.objections import Issue, IssueKind, check_report
from ..follow.reporting import NOTHING, State, Target, get_target, lay_one, order_report
from ..model import Milestone, Report
from ..moments import parse_moment
from ..problems import ProblemKind

#: Path of a report, field, kind of problem, what stands there and what would be right.
Finding = tuple[str, str, ProblemKind, str, str]


def check_in_order(
    new: Iterable[tuple[str, Report]],
    before: Iterable[Report],
    milestones: Mapping[str, Milestone],
    today: date,
) -> Iterator[tuple[str, Issue]]:
    """Check reports, each against what those before it in time say of the same.

    One that says when it was recorded was taken by a portal already: it is held against itself
    only. What it went with then may have been returned, unloaded or reported otherwise since,
    and what was exported must not be refused for that.

    Args:
        new: the reports to check, each with its path.
        before: others, that are right.
        milestones: those that are known, by id.
        today: nothing that is reported may be later.

    Returns:
        Pairs of the report's path and what is wrong or odd.
    """
    states: dict[Target, State] = {}
    pairs = [*(("", report) for report in before), *new]
    for path, report in sorted(pairs, key=lambda pair: order_report(pair[1])):
        target = get_target(report)
        state = states.get(target, NOTHING)
        if path and report.recorded is not None:
            for issue in check_report(report, NOTHING, today):
                if issue.kind is not IssueKind.STATUS_MISSING:
                    yield path, issue
        elif path:
            milestone = milestones.get(report.milestone)
            has_activities = bool(milestone and milestone.activities)
            for issue in check_report(report, state, today, has_activities=has_activities):
                yield path, issue
        states[target] = lay_one(state, report)


def check_statements(
    reports: Sequence[tuple[str, Report]], milestones: Mapping[str, Milestone]
) -> Iterator[Finding]:
    """Check what reports are on, and the moment that each was recorded at.

    Args:
        reports: each with its path.
        milestones: those that are known, by id.
    """
    for path, report in reports:
        if report.recorded is not None and not _is_moment(report.recorded):
            yield path, "recorded", ProblemKind.BAD_MOMENT, report.recorded, ""
        milestone = milestones.get(report.milestone)
        if milestone is not None:
            yield from _check_row(path, report, milestone)


def _is_moment(text: str) -> bool:
    try:
        parse_moment(text)
    except ValueError:
        return False
    return True


def _check_row(path: str, report: Report, milestone: Milestone) -> Iterator[Finding]:
    activities = [row.activity_no for row in milestone.activities]
    keys = [row.key for row in milestone.expected_deliverables]
    for field, value, known in (
        ("activity_no", report.activity_no, activities),
        ("deliverable", report.deliverable, keys),
    ):
        if value is not None and value not in known:
            expected = ", ".join(known) or "—"
            yield path, field, ProblemKind.UNKNOWN_CODE, value, expected
