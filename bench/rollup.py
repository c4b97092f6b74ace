"""How long a plan's progress takes beside a dataset's page, on a plan of the size that we promise.

    python bench/rollup.py CKAN_INI

writes a plan of 100 commitments, 500 milestones and 5,000 activities, with a report on each, into
the portal of that file, unless it is there (``sample``), and prints the best of some answers of
each and their ratio. Use a portal that may be filled: nothing is removed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from sample import DATASET, PLAN, fill

ROUNDS = 15


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
    from ckanext.gtplan.logic.follow import kept, measuring

    kept.forget()
    measuring.forget()
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
    page = measure(lambda: get(f"/dataset/{DATASET}"))
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
