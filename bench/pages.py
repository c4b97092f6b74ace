"""How long the server takes for each page, beside CKAN's own page of a dataset.

    python bench/pages.py CKAN_INI [WORD]

writes a plan of 100 commitments, 500 milestones and 5,000 activities and a record of every other
kind into the portal of that file, unless they are there (``sample``), asks for each page some
times (with WORD for those that have it in their name), in turn with the page of a dataset of
eight files, which CKAN answers in a process without any plugin on the same database and search,
and prints the best of each and their ratio. Use a portal that may be filled: nothing is removed.
"""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from sample import DATASET, INDICATOR, INVENTORY, PLAN, REGION, fill, name_institution

ROUNDS = 12
#: Of the portal without plugins: the page that all others are compared with.
STOCK = "--stock"
_COMMITMENT = f"{PLAN}-c050"
_MILESTONE = f"{_COMMITMENT}-h01"
_BODY = name_institution(1)
PAGES = {
    "page of a dataset with our plugins": f"/dataset/{DATASET}",
    "page of a published deliverable": f"/dataset/{_COMMITMENT}-data",
    "front page": "/",
    "plan: board": f"/action_plan/{PLAN}",
    "plan: board as cards": f"/action_plan/{PLAN}?view=cards",
    "plan: board of an institution": f"/action_plan/{PLAN}?institution={_BODY}",
    "plan: board at a past date": f"/action_plan/{PLAN}?date=2020-07-01",
    "plan: chart": f"/progress/{PLAN}.svg",
    "commitment": f"/commitment/{_COMMITMENT}",
    "milestone": f"/milestone/{_MILESTONE}",
    "milestone: Gantt": f"/gantt/{_MILESTONE}.svg",
    "milestone: reports": f"/reports/{_MILESTONE}",
    "region": f"/regional_plan/{REGION}",
    "institution": f"/organization/{_BODY}",
    "institutions": "/organization/",
    "plans": "/action_plan/",
    "commitments": "/commitment/",
    "milestones": "/milestone/",
    "datasets": "/dataset/",
    "search": "/search?q=registro",
    "services": "/services",
    "services: a search": "/services?q=pasaporte",
    "a service": f"/services/{name_institution(0)}/S-0",
    "inventory of services": f"/service_inventory/{INVENTORY}",
    "indicator": f"/indicator/{INDICATOR}",
    "calendar of the plan": f"/calendar/{PLAN}.ics",
    "calendar of an institution": f"/calendar/{_BODY}.ics",
}
#: Asked for by a sysadmin: what to do next, and what the board costs to who sees everything.
OWN_PAGES = {
    "tasks": "/tasks",
    "conformance": "/conformance",
    "plan: board, to a sysadmin": f"/action_plan/{PLAN}",
}

Taken = tuple[float, float]
Ask = Callable[[], Taken | str]


def ask(client: Any, address: str) -> Taken | str:
    """Ask for a page once.

    Returns:
        Milliseconds: what this process computed, and what one waited; else what was answered.
    """
    start, cpu = time.perf_counter(), time.process_time()
    try:
        answer = client.get(address)
    except Exception as error:  # in the mode of tests; the other pages are measured
        return f"fails: {error!r}"[:100]
    taken = (time.process_time() - cpu) * 1000, (time.perf_counter() - start) * 1000
    return taken if answer.status_code == 200 else f"answered {answer.status}"


def compare(*asks: Ask) -> list[Taken | str]:
    """Ask in turn, so that what else the machine does meets all alike: the best of each.

    What fails is asked no more; the first two answers warm up.
    """
    best: list[Taken | str] = [(math.inf, math.inf)] * len(asks)
    for turn in range(ROUNDS + 2):
        for place, one in enumerate(asks):
            known, taken = best[place], one() if not isinstance(best[place], str) else ""
            if isinstance(taken, str):
                best[place] = known if isinstance(known, str) else taken
            elif turn > 1:
                best[place] = min(known[0], taken[0]), min(known[1], taken[1])
    return best


@contextmanager
def start_stock(ini: str) -> Iterator[Ask]:
    """Start a process that answers CKAN's own page of the dataset, without any plugin."""
    with TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.ini"
        bare.write_text(f"[app:main]\nuse = config:{Path(ini).resolve()}\nckan.plugins =\n")
        command = [sys.executable, __file__, str(bare), STOCK]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
            assert process.stdin and process.stdout

            def ask_stock() -> Taken:
                print(file=process.stdin, flush=True)
                line = next(line for line in process.stdout or () if line.startswith(STOCK))
                computed, waited = line.split()[1:]
                return float(computed), float(waited)

            try:
                yield ask_stock
            finally:
                process.stdin.close()


def answer_stock(ini: str) -> None:
    """Ask for the dataset's page at each line that comes, and tell what it took."""
    client = make_app(load_config(ini)).test_client()
    for _ in sys.stdin:
        print(STOCK, *ask(client, f"/dataset/{DATASET}"), flush=True)


def make_token() -> str:
    """Make the token of a sysadmin of the bench."""
    from ckan.plugins import toolkit as tk

    name = f"{PLAN}-admin"
    if model.User.get(name) is None:
        model.Session.add(model.User(name=name, email="bench@example.org", sysadmin=True))
        model.Session.commit()
    asked = {"user": name, "name": "bench"}
    return str(
        tk.get_action("api_token_create")({"ignore_auth": True, "user": name}, asked)["token"]
    )


def list_pages(app: Any, word: str) -> Iterator[tuple[str, Ask]]:
    """List the pages by name, those for a sysadmin at the end."""
    with app.test_request_context():
        if model.Package.get(PLAN) is None:
            fill()
        token = make_token()
    for pages, key in ((PAGES, ""), (OWN_PAGES, token)):
        client = app.test_client()
        if key:
            client.environ_base["HTTP_AUTHORIZATION"] = key
        for name, address in pages.items():
            if word in name:
                yield name, partial(ask, client, address)


def main(ini: str, word: str = "") -> None:
    """Measure, and print the pages and their ratios to CKAN's own page of a dataset."""
    app = make_app(load_config(ini))
    pages = list(list_pages(app, word))
    print("milliseconds: computed, waited; CKAN's page of a dataset: computed, waited; ratios")
    with start_stock(ini) as ask_stock:
        for name, ask_page in pages:
            taken, stock = compare(ask_page, ask_stock)
            if isinstance(taken, str) or isinstance(stock, str):
                print(f"{name:<36} {taken}", flush=True)
                continue
            ratios = [one / other for one, other in zip(taken, stock, strict=True)]
            figures = (*taken, *stock)
            row = " ".join(f"{figure:7.0f}" for figure in figures)
            print(f"{name:<36} {row} {ratios[0]:7.2f} {ratios[1]:7.2f}", flush=True)


if __name__ == "__main__":
    if sys.argv[2:] == [STOCK]:
        answer_stock(sys.argv[1])
    else:
        main(*sys.argv[1:])
