"""Whose what is late, on time or not reported is: the institutions that answer for the work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..model import Milestone
from .measures import ActivityMeasures, Measures
from .reporting import UNREPORTED

#: How a unit of work may stand, the most pressing first.
STANDINGS = ("late", UNREPORTED, "on_time")
#: Under this name stands the work for which the documents name nobody.
NOBODY = ""

#: How much of the work of each institution is late, on time and not reported.
Owners = Mapping[str, Counter[str]]


def name_standing(part: ActivityMeasures | Measures) -> str:
    """Tell how an activity, or a milestone without activities, stands.

    Args:
        part: its figures.

    Returns:
        ``late``, ``unreported`` or ``on_time``. What is late though nobody reports on it, since
        the institution does on others, is late.
    """
    if part.schedule.is_overdue:
        return "late"
    return UNREPORTED if part.status == UNREPORTED else "on_time"


def count_standings(measures: Measures) -> Counter[str]:
    """Count the activities of a milestone, or itself where it has none, by how they stand."""
    units = measures.activities or (measures,)
    return Counter(name_standing(unit) for unit in units if unit.status != "cancelled")


def count_owners(milestone: Milestone, measures: Measures) -> dict[str, Counter[str]]:
    """Count the work of a milestone by who answers for it.

    Args:
        milestone: what is planned: each activity names who does it, else the milestone does.
        measures: its figures.

    Returns:
        For each institution, and for ``NOBODY``, how many activities that are not cancelled are
        late, on time and not reported. What two institutions share is counted of each.
    """
    general = tuple(a.organization for a in milestone.responsibles if a.organization)
    named = {row.activity_no: row.responsibles for row in milestone.activities}
    found: dict[str, Counter[str]] = {}
    for part in measures.activities or (measures,):
        if part.status == "cancelled":
            continue
        number = getattr(part, "activity_no", None)
        standing = name_standing(part)
        for name in dict.fromkeys(named.get(number or "", ()) or general or (NOBODY,)):
            found.setdefault(name, Counter())[standing] += 1
    return found
