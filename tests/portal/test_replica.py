"""A harvester's replica, kept by the client of docs/follow-changes.md from the stream alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reading import act, visit

DOCS = Path(__file__).resolve().parents[2] / "docs" / "follow-changes.md"
DCAT_DATASET = "http://www.w3.org/ns/dcat#dataset"

#: What may befall a dataset, by the number of the dataset among those of the test.
ACTS: dict[str, Callable[[str], Any]] = {
    "edit": lambda own: act("package_patch", id=own, notes=datetime.now().isoformat()),
    "hide": lambda own: act("package_patch", id=own, private=True),
    "show": lambda own: act("package_patch", id=own, private=False, state="active"),
    "delete": lambda own: act("package_delete", id=own),
    "purge": lambda own: act("dataset_purge", id=own),
}


class Harvester:
    """The client of docs/follow-changes.md, whose requests go to the test's application."""

    def __init__(self, app: Any) -> None:
        found = re.search(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
        assert found
        self.names: dict[str, Any] = {"__name__": "follow"}
        exec(compile(found[1], "follow.py", "exec"), self.names)
        self.names["fetch"] = self.fetch
        self.app, self.replica, self.address = app, {}, "/changes.jsonld?after=0"

    def fetch(self, address: str) -> tuple[str, str | None]:
        path = re.sub(r"^https?://[^/]*", "", address)
        answer = visit(self.app, "get", path, "")
        if answer.status_code != 200:
            raise HTTPError(address, answer.status_code, "", {}, None)  # type: ignore[arg-type]
        found = re.search(r'<([^>]*)>; rel="next"', answer.headers.get("Link", ""))
        return answer.body, found and re.sub(r"^https?://[^/]*", "", found[1])

    def follow(self) -> None:
        self.address = self.names["follow"](self.address, self.replica)

    def list_statements(self) -> set[str]:
        return {
            str(quad)
            for text in self.replica.values()
            for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)
        }


#: What happens while somebody follows: by name, and to which of the datasets.
STEPS = st.one_of(
    st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 4)),
    st.tuples(st.sampled_from(["follow", "create"]), st.just(0)),
)
#: Shrinking would take minutes.
QUICK = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@settings(QUICK, max_examples=3)
@given(st.lists(STEPS, max_size=10))
def test_a_replica_kept_from_the_stream_alone_is_the_catalogue(
    clean: None, app: Any, dataset: Callable[..., Any], steps: list[tuple[str, int]]
) -> None:
    follow_along(app, dataset, steps)


@pytest.mark.long
@settings(QUICK, max_examples=12)
@given(st.lists(STEPS, max_size=25))
def test_a_replica_is_the_catalogue_after_whatever_happened(
    clean: None, app: Any, dataset: Callable[..., Any], steps: list[tuple[str, int]]
) -> None:
    follow_along(app, dataset, steps)


def follow_along(app: Any, dataset: Callable[..., Any], steps: list[tuple[str, int]]) -> None:
    """Keep a replica while datasets change, and compare it with the whole catalogue."""
    harvester, made = Harvester(app), []
    for step, number in [("create", 0), ("create", 0), *steps]:
        if step == "follow":
            harvester.follow()
        elif step == "create":
            made.append(dataset()["id"])
        elif number < len(made):
            own = made[number]
            ACTS[step](own)
            if step == "purge":
                made.remove(own)
    harvester.follow()
    whole = visit(app, "get", "/catalog-full.nt", "").body
    quads = list(ox.parse(whole, format=ox.RdfFormat.N_TRIPLES))
    listed = [quad.object.value for quad in quads if quad.predicate.value == DCAT_DATASET]
    assert sorted(harvester.replica) == sorted(listed)
    said, kept = set(map(str, quads)), harvester.list_statements()
    assert kept <= said
    # beside that, the catalogue speaks of itself
    assert not [line for line in said - kept if "/dataset/" in line.split()[0]]
