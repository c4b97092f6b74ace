"""How fast a plan is loaded: ``python bench/load.py ckan.ini``, see README.md."""

from __future__ import annotations

import argparse
import cProfile
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import yaml
from ckan.cli import load_config
from ckan.config.middleware import make_app

LOAD = "bench-load"


def make_plan(commitments: int, milestones: int, activities: int) -> str:
    """Make the YAML of a plan that holds what real ones hold, as often as is asked for."""
    body = f"{LOAD}-body"
    bodies = [f"{body}-{n}" for n in range(10)]
    return yaml.safe_dump(
        {
            "load": LOAD,
            "publication": {
                "owner": bodies[0],
                "license_id": "cc-by",
                "frequency": "eventual",
                "contact_name": "Bench",
                "contact_email": "bench@example.org",
            },
            "organizations": [
                {"id": name, "title": name, "acronym": name[-3:], "country": "GTM"}
                for name in bodies
            ],
            "action_plans": [
                {
                    "id": f"{LOAD}-plan",
                    "title": "Bench",
                    "plan_number": 999,
                    "country": "GTM",
                    "cycle_year": 2030,
                    "coordinating_body": bodies[0],
                }
            ],
            "commitments": [_make_commitment(c, bodies) for c in range(commitments)],
            "milestones": [
                _make_milestone(c, m, activities, bodies)
                for c in range(commitments)
                for m in range(milestones)
            ],
        },
        allow_unicode=True,
        sort_keys=False,
    )


def _make_commitment(number: int, bodies: list[str]) -> dict[str, Any]:
    return {
        "id": f"{LOAD}-c{number:03}",
        "title": f"Compromiso {number}",
        "action_plan": f"{LOAD}-plan",
        "commitment_number": number,
        "lead_institution": bodies[number % len(bodies)],
        "start_date": "2030-01-01",
        "end_date": "2031-12-31",
        "problem": "Lo que hoy falta. " * 20,
        "objective": "Lo que se busca. " * 10,
    }


def _make_milestone(
    commitment: int, number: int, activities: int, bodies: list[str]
) -> dict[str, Any]:
    return {
        "id": f"{LOAD}-c{commitment:03}-m{number}",
        "title": f"Hito {number}",
        "commitment": f"{LOAD}-c{commitment:03}",
        "number": str(number),
        "planned_start": "2030-01-01",
        "planned_end": "2030-12-31",
        "responsibles": [{"name": "Bench", "organization": bodies[commitment % len(bodies)]}],
        "general_objective": "Un objetivo. " * 10,
        "activities": [
            {
                "activity_no": f"{n + 1:02}",
                "name": f"Actividad {n} de este hito",
                "planned_start": f"2030-{n % 12 + 1:02}-01",
                "planned_end": f"2030-{n % 12 + 1:02}-28",
                "responsibles": [bodies[n % len(bodies)]],
            }
            for n in range(activities)
        ],
    }


class Seconds(NamedTuple):
    """How long something took: what this process computed, and what one waited."""

    cpu: float = 0.0
    wall: float = 0.0

    def plus(self, other: Seconds) -> Seconds:
        """Add another time."""
        return Seconds(self.cpu + other.cpu, self.wall + other.wall)

    def write(self, count: int, single: Seconds | None = None) -> str:
        """Write the milliseconds of each of some records, and how many times as fast that is."""
        text = f"{self.cpu / count * 1000:8.1f} ms CPU {self.wall / count * 1000:8.1f} ms wall"
        if single is None:
            return text
        cpu, wall = single.cpu * count / self.cpu, single.wall * count / self.wall
        return f"{text}   {cpu:6.1f} and {wall:6.1f} times as fast"


class Clock:
    """Adds up the time of each step of a load."""

    def __init__(self) -> None:
        self.steps: dict[str, Seconds] = {}
        self._first = self._last = self._read()

    @staticmethod
    def _read() -> Seconds:
        return Seconds(time.process_time(), time.perf_counter())

    def _count_since(self, then: Seconds) -> Seconds:
        now = self._read()
        return Seconds(now.cpu - then.cpu, now.wall - then.wall)

    def tell(self, step: str, done: int, total: int) -> None:
        """Take the time since the last call for that step's."""
        since = self._count_since(self._last)
        self.steps[step] = self.steps.get(step, Seconds()).plus(since)
        self._last = self._read()

    @property
    def total(self) -> Seconds:
        """Give the time since the clock was made."""
        return self._count_since(self._first)


def call(action: str, data: dict[str, Any], clock: Clock | None = None) -> Any:
    """Call an action as the site's own user."""
    from ckan.plugins import toolkit as tk

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    context: Any = {"user": user["name"], "ignore_auth": True}
    if clock:
        context["gtplan_progress"] = clock.tell
    return tk.get_action(action)(context, data)


def load(text: str) -> tuple[dict[str, Any], Clock]:
    """Load the plan."""
    clock = Clock()
    data = {"id": LOAD, "files": [{"name": "bench.yaml", "content": text}]}
    return call("gtplan_load", data, clock), clock


def create_one_by_one(text: str) -> Seconds:
    """Create each record with an action of its own.

    Returns:
        The time that a record took; institutions are not counted.
    """
    taken, count = Seconds(), 0
    try:
        for kind, data in _list_data(text):
            clock = Clock()
            call(f"{kind}_create", data)
            if kind == "package":
                taken, count = taken.plus(clock.total), count + 1
    finally:
        for kind, data in reversed(list(_list_data(text))):
            _purge(kind, data["name"])
        _forget_jobs()
    return Seconds(taken.cpu / count, taken.wall / count)


def _list_data(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    from ckanext.gtplan.logic.plans import stored
    from ckanext.gtplan.plan.files.checks import check_sources
    from ckanext.gtplan.plan.files.tree import SourceFile
    from ckanext.gtplan.plan.records import iterate_load

    checked = check_sources([SourceFile(name="bench", data=text.encode())], LOAD).load
    for _, record in iterate_load(checked):
        kind = stored.get_kind(record)
        if kind == "organization":
            yield kind, stored.make_organization(record)  # type: ignore[arg-type]
        else:
            yield kind, stored.make_package(record, checked)


def _purge(kind: str, name: str) -> None:
    from ckan.plugins import toolkit as tk

    with suppress(tk.ObjectNotFound):
        call("dataset_purge" if kind == "package" else "organization_purge", {"id": name})


def _forget_jobs() -> None:
    from ckan.lib import jobs

    for job in jobs.get_queue().jobs:
        if f"{LOAD}-" in str(job.meta.get("title")):
            job.delete()


def _unload() -> None:
    from ckan.plugins import toolkit as tk

    with suppress(tk.ObjectNotFound):
        call("gtplan_unload", {"id": LOAD})


def measure(commitments: int, milestones: int, activities: int, sample: int) -> None:
    """Print the figures of one run."""
    text = make_plan(commitments, milestones, activities)
    records = 1 + commitments * (1 + milestones)
    single = create_one_by_one(make_plan(sample, milestones, activities))
    try:
        summary, first = load(text)
        assert not summary["unfinished"], summary["unfinished"]
        published = first.steps.pop("publish", Seconds())
        again, unchanged = load(text)
        repeated = unchanged.total
        assert not again["created"] + again["changed"], again
    finally:
        _unload()
    whole = Seconds()
    for taken in first.steps.values():
        whole = whole.plus(taken)
    print(f"records: {records}, with {commitments * milestones * activities} activities")
    print(f"package_create one by one  {single.write(1)}")
    for name, taken in first.steps.items():
        print(f"  of a first load, {name:8} {taken.write(records)}")
    print(f"first load                 {whole.write(records, single)}")
    print(f"unchanged load             {repeated.write(records, single)}")
    datasets = len(summary["published"])
    if datasets:
        print(f"each of {datasets:4} datasets      {published.write(datasets)}")


def main() -> None:
    """Read what is asked for, and measure in an application of the portal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ini", help="configuration of a portal that is running")
    parser.add_argument("--commitments", type=int, default=100)
    parser.add_argument("--milestones", type=int, default=5, help="of each commitment")
    parser.add_argument("--activities", type=int, default=10, help="of each milestone")
    parser.add_argument("--sample", type=int, default=10, help="commitments for one by one")
    parser.add_argument("--profile", metavar="FILE", help="write what cProfile finds")
    given = parser.parse_args()
    sizes = given.commitments, given.milestones, given.activities, given.sample
    app = make_app(load_config(given.ini))
    profile = cProfile.Profile()
    with app._wsgi_app.test_request_context():
        if given.profile:
            profile.runcall(measure, *sizes)
            profile.dump_stats(given.profile)
        else:
            measure(*sizes)


if __name__ == "__main__":
    sys.exit(main())
