"""What the feeds cost where datasets are written: in a save, and when all is made anew."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from statistics import median

import sqlalchemy as sa
from catalogue import TEMPLATES, name_copy
from ckan import model
from ckan.plugins import toolkit as tk
from ckanext.dcat.processors import RDFSerializer
from servers import Server

from ckanext.gtplan.feed.keeping import rebuild, store
from ckanext.gtplan.feed.keeping.database import get_engine
from ckanext.gtplan.feed.making.fragment import Maker

#: The tables that have the journal's triggers.
TABLES = ("package", "resource", "package_tag", "tag", "member", "group")
#: Saves in a row, before it is the other server's turn.
TURN = 5
ADMIN = "bench-admin"


def make_token() -> str:
    """Make the token of a sysadmin of the bench."""
    if model.User.get(ADMIN) is None:
        model.Session.add(model.User(name=ADMIN, email="bench@example.org", sysadmin=True))
        model.Session.commit()
    asked = {"user": ADMIN, "name": "bench"}
    made = tk.get_action("api_token_create")({"ignore_auth": True, "user": ADMIN}, asked)
    return str(made["token"])


def save(server: Server, name: str, token: str) -> float:
    """Change the description of a dataset over the API.

    Returns:
        Seconds that it took.
    """
    body = {"id": name, "notes": f"De qué trata {name}, cambiado en {time.time_ns()}."}
    headers = {"Authorization": token, "Content-Type": "application/json"}
    answer = server.ask(
        "/api/3/action/package_patch", headers, method="POST", body=json.dumps(body).encode()
    )
    if answer.status != 200:
        raise SystemExit(f"package_patch answered {answer.status}: {answer.body[:500]!r}")
    return answer.seconds


@contextmanager
def switch_triggers_off() -> Iterator[None]:
    """Keep the journal from noting what is written meanwhile."""
    _switch_triggers("DISABLE")
    try:
        yield
    finally:
        _switch_triggers("ENABLE")


def _switch_triggers(verb: str) -> None:
    for table in TABLES:
        statement = f'ALTER TABLE "{table}" {verb} TRIGGER gtplan_note_{table}'
        model.Session.execute(sa.text(statement))
    model.Session.commit()


def compare_saves(ours: Server, bare: Server, token: str, turns: int = 40) -> tuple[float, float]:
    """Save datasets with and without what the feeds add to it, in turn.

    Args:
        ours: the portal.
        bare: the same, whose saves tell the feeds nothing.
        token: of a sysadmin.
        turns: of some saves of each; the first save of a turn warms up.

    Returns:
        Median seconds of a save, with and without.
    """
    taken: dict[Server, list[float]] = {ours: [], bare: []}
    first = 10
    for turn in range(turns):
        # each begins as often as the other, and with datasets that nobody has read before it
        for server in (ours, bare) if turn % 2 else (bare, ours):
            names = [name_copy(2, first + place) for place in range(TURN)]
            first += TURN
            with switch_triggers_off() if server is bare else nullcontext():
                taken[server].extend([save(server, name, token) for name in names][1:])
    return median(taken[ours]), median(taken[bare])


def follow_writes() -> float:
    """Bring the feeds up to what was written, as the job after a save does.

    Returns:
        Seconds that it took.
    """
    # where the portal's options have changed since the last run, all is made anew first
    rebuild.renew(sys.maxsize)
    start = time.perf_counter()
    store.follow_changes()
    return time.perf_counter() - start


def make_anew() -> float:
    """Make all fragments and ready blocks anew, and take them into service, in this one process.

    Returns:
        Seconds that it took.
    """
    start = time.perf_counter()
    rebuild.build(rebuild.begin().id)
    return time.perf_counter() - start


def make_fragments(datasets: int) -> float:
    """Make fragments in every syntax, and store nothing.

    Returns:
        Seconds that one took.
    """
    ids = _list_some(datasets)
    with get_engine().connect() as connection:
        next(Maker(connection).make(ids[:1]))
        start = time.perf_counter()
        made = sum(1 for _ in Maker(connection).make(ids))
    return (time.perf_counter() - start) / made


def serialize_datasets(datasets: int) -> tuple[float, float]:
    """Let stock write datasets in Turtle, of what ``package_show`` gave before.

    Returns:
        Seconds that ``serialize_dataset`` took for one; and with the serializer, which stock makes
        for each, and which looks for its profiles among all that is installed.
    """
    show = tk.get_action("package_show")
    shown = [show({"ignore_auth": True}, {"id": one}) for one in _list_some(datasets)]
    taken, start = 0.0, time.perf_counter()
    for package in shown:
        serializer = RDFSerializer(profiles=["euro_dcat_ap_3"])
        begun = time.perf_counter()
        serializer.serialize_dataset(package, _format="ttl")
        taken += time.perf_counter() - begun
    return taken / len(shown), (time.perf_counter() - start) / len(shown)


def _list_some(datasets: int) -> list[str]:
    names = [name_copy(place % TEMPLATES, place // TEMPLATES) for place in range(datasets)]
    found = sa.select(model.Package.id).where(model.Package.name.in_(names))
    return list(model.Session.scalars(found.order_by(model.Package.id)))
