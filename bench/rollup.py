"""How long a plan's progress takes beside a dataset's page, on a plan of the size that we promise.

    python bench/rollup.py CKAN_INI

writes a plan of 100 commitments, 500 milestones and 5,000 activities, with a report on each, into
the portal of that file, unless it is there, and prints the best of some answers of each and
their ratio. Use a portal that may be filled: nothing is removed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.lib import search

PLAN = "bench-rollup"
COMMITMENTS, MILESTONES, ACTIVITIES = 100, 5, 10
ROUNDS = 15


def list_records() -> Iterator[dict[str, Any]]:
    """List the records of the plan, as the columns and extras of CKAN's packages."""
    yield {"name": PLAN, "type": "action_plan", "extras": {"plan_number": "1", "status": "active"}}
    for number in range(1, COMMITMENTS + 1):
        commitment = f"{PLAN}-c{number:03}"
        extras = {"action_plan": PLAN, "commitment_number": str(number)}
        yield {"name": commitment, "type": "commitment", "extras": extras}
        for place in range(1, MILESTONES + 1):
            yield make_milestone(commitment, place)


def make_milestone(commitment: str, number: int) -> dict[str, Any]:
    """Make a milestone with a work plan of the size of the example's."""
    activities = [
        {
            "activity_no": f"{place:02}",
            "name": f"Actividad {place} del hito {number} con un nombre tan largo como los reales",
            "planned_start": f"2020-{place:02}",
            "planned_end": f"2020-{place + 2:02}",
            "date_verbatim": "Enero a marzo de 2020",
            "planned_cost": "1250.50",
            "currency": "GTQ",
            "notes": "Una nota sobre la actividad, de una línea.",
        }
        for place in range(1, ACTIVITIES + 1)
    ]
    deliverables = [{"key": "informe", "name": "Informe", "deliverable_type": "report"}]
    extras = {
        "commitment": commitment,
        "number": str(number),
        "planned_start": "2020-01",
        "planned_end": "2020-12",
        "general_objective": "Objetivo general. " * 50,
        "activities": json.dumps(activities),
        "expected_deliverables": json.dumps(deliverables),
    }
    return {"name": f"{commitment}-h{number:02}", "type": "milestone", "extras": extras}


def fill() -> None:
    """Write the records and reports, without the forms that would check each of them."""
    for record in list_records():
        package = model.Package(title=f"Registro {record['name']}", **record)
        model.Session.add(package)
    model.Session.add(model.Package(name=f"{PLAN}-dataset", type="dataset", title="Conjunto"))
    model.Session.flush()
    statement = sa.text(
        "INSERT INTO gtplan_report (id, milestone_id, activity_no, as_of, recorded, status,"
        " percent_complete, executed_amount, currency, evidence, cleared, needs_approval)"
        " SELECT p.id || '-' || n, p.id, lpad(n::text, 2, '0'), '2020-06-30', :now,"
        " 'in_progress', 5 * n, 100 * n, 'GTQ', '{}', '{}', false"
        " FROM package p, generate_series(1, :activities) n"
        " WHERE p.type = 'milestone' AND p.name LIKE :plan"
    )
    given = {"now": datetime.now(timezone.utc), "activities": ACTIVITIES, "plan": f"{PLAN}-%"}
    model.Session.execute(statement, given)
    model.Session.commit()
    names = select_names()
    search.rebuild(package_ids=names, defer_commit=True)
    search.commit()


def select_names() -> list[str]:
    """Name what was written, the plan first."""
    package = model.Package
    wanted = sa.select(package.name).where(package.name.like(f"{PLAN}%"))
    return list(model.Session.scalars(wanted.order_by(package.type, package.name)))


def measure(ask: Callable[[], Any]) -> tuple[float, float]:
    """Measure the best of some answers, after one that warms up: other work only adds.

    Returns:
        Milliseconds: what this process computed, and what one waited.
    """
    ask()
    times = []
    for _ in range(ROUNDS):
        start, cpu = time.perf_counter(), time.process_time()
        ask()
        times.append((time.process_time() - cpu, time.perf_counter() - start))
    computed, waited = zip(*times, strict=True)
    return min(computed) * 1000, min(waited) * 1000


def forget_and_name() -> str:
    """Name the plan's figures in a process that has read nothing, as one that just started."""
    from ckanext.gtplan.logic.follow import measuring

    measuring._READ.clear()
    measuring._KEPT.clear()
    return f"/progress/{PLAN}.json"


def main(ini: str) -> None:
    """Fill the portal if need be, measure, and print."""
    app = make_app(load_config(ini))
    client = app.test_client()

    def get(address: str) -> None:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status)

    with app.test_request_context():
        if model.Package.get(PLAN) is None:
            fill()
    days = (f"2020-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29))
    page = measure(lambda: get(f"/dataset/{PLAN}-dataset"))
    print(f"{'page of a dataset':<30} {page[0]:6.0f} ms CPU {page[1]:6.0f} ms")
    for what, make_address in (
        ("progress of the plan, unread", forget_and_name),
        ("progress of the plan, new day", lambda: f"/progress/{PLAN}.json?date={next(days)}"),
        ("progress of the plan, JSON", lambda: f"/progress/{PLAN}.json"),
        ("progress of the plan, CSV", lambda: f"/progress/{PLAN}.csv"),
        ("page of the plan", lambda: f"/action_plan/{PLAN}"),
        ("page of a commitment", lambda: f"/commitment/{PLAN}-c001"),
        ("page of a milestone", lambda: f"/milestone/{PLAN}-c001-h01"),
    ):
        taken = measure(lambda make=make_address: get(make()))  # type: ignore[misc]
        ratios = " and ".join(f"{one / other:5.2f}" for one, other in zip(taken, page, strict=True))
        print(f"{what:<30} {taken[0]:6.0f} ms CPU {taken[1]:6.0f} ms   {ratios} times that")


if __name__ == "__main__":
    main(sys.argv[1])
