"""A load that is killed at any moment ends, when it is run again, as one that was not."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.lib.search.common import make_connection
from ckan.plugins import toolkit as tk
from test_loading import COMMITMENT, HEAD, MILESTONE, Load
from test_loading_rows import INVENTORY, REGISTER

from ckanext.gtplan.logic.plans.storage import read_file

ENTRY = """\
modifications:
  - {seq: 1, target: py-pan1-c01, change_type: added, summary: Se agregó}
"""
REPORTS = """\
reports:
  - id: informe-1
    milestone: py-pan1-c01-h01
    activity_no: 1
    organization: ministerio
    as_of: 2020-06-30
    recorded: 2020-07-01T10:00:00Z
    status: in_progress
    percent_complete: 40
"""
SECOND = "".join(
    f"""\
  - id: py-pan1-c01-h0{number}
    title: Hito {number}
    commitment: py-pan1-c01
    number: {number}
    activities:
      - {{activity_no: 1, name: Escribir el plan, planned_start: 2020-03}}
"""
    for number in (2, 3)
)
PLAN = HEAD + COMMITMENT + MILESTONE + SECOND + INVENTORY + REGISTER + ENTRY + REPORTS
#: Fields of an index that tell moments, or are made of them.
_MOMENTS = ("metadata_created", "metadata_modified", "issued", "created", "last_modified",
            "data_modified", "_version_", "indexed_ts", "recorded", "seq", "url",
            "metadata_recorded")  # fmt: skip


def read_portal() -> dict[str, Any]:
    """Read all that a load writes, without the moments in which it did."""
    model.Session.remove()
    return {
        "tables": {name: _read_table(name) for name in _TABLES},
        "index": _read_index(),
        "files": _read_files(),
        "activities": _read_activities(),
    }


_TABLES = {
    "package": "name, type, title, notes, state, private, owner_org, license_id, extras::text",
    '"group"': "name, title, state, extras::text",
    "resource": "id, package_id, position, state, hash, name",
    "gtplan_load": "id, publication::text, finished IS NULL",
    "gtplan_loaded_object": "load_id, kind, name, digest, is_created",
    "gtplan_modification": "plan, seq, target, summary, load_id",
    "gtplan_report": "id, milestone_id, as_of, status, percent_complete, load_id",
}


def _read_table(name: str) -> list[Any]:
    rows = model.Session.execute(sa.text(f"SELECT {_TABLES[name]} FROM {name}")).all()
    return sorted(json.dumps([_settle(cell) for cell in row], default=str) for row in rows)


def _settle(value: Any) -> Any:
    """Take the moments out of a value, which may be JSON."""
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return _settle(json.loads(value))
        except ValueError:
            return value
    if isinstance(value, dict):
        return {key: _settle(said) for key, said in value.items() if key not in _MOMENTS}
    return [_settle(said) for said in value] if isinstance(value, list) else value


def _read_index() -> list[Any]:
    query = f'+site_id:"{tk.config["ckan.site_id"]}"'
    found = make_connection().search(query, rows=1000, fl="validated_data_dict")
    shown = (json.loads(document["validated_data_dict"]) for document in found)
    return sorted(json.dumps(_settle(package), sort_keys=True) for package in shown)


def _read_files() -> dict[str, Any]:
    found = {}
    for resource in model.Session.query(model.Resource).all():
        data = read_file(resource.id)
        found[resource.id] = hashlib.sha256(data).hexdigest() if data is not None else None
        if not resource.extras.get("datastore_active"):
            continue
        table = tk.get_action("datastore_search")(
            {"ignore_auth": True}, {"resource_id": resource.id, "sort": "_id"}
        )
        found[f"{resource.id} table"] = [
            {key: cell for key, cell in row.items() if key != "_id"} for row in table["records"]
        ]
    return found


def _read_activities() -> list[Any]:
    """Read what the stream tells of the plan's records; of a dataset it may tell twice."""
    text = (
        "SELECT package.name, activity.activity_type FROM activity"
        " JOIN package ON package.id = activity.object_id WHERE package.type != 'dataset'"
    )
    return sorted(tuple(row) for row in model.Session.execute(sa.text(text)))


class Process:
    """A real ``ckan gtplan load``."""

    def __init__(self, path: Path, *options: str) -> None:
        ckan = Path(sys.executable).with_name("ckan")
        ini = tk.config["__file__"]
        command = [str(ckan), "-c", ini, "gtplan", "load", str(path), *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def kill_in(self, step: str, delay: float) -> None:
        """Kill it so long after it has begun a step, or after its end."""
        assert self._process.stdout is not None
        for line in iter(self._process.stdout.readline, b""):
            if step in line.decode():
                break
        time.sleep(delay)
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()

    def finish(self) -> int:
        self._process.communicate(timeout=300)
        return self._process.returncode


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "prueba.yaml"
    path.write_text(PLAN, "utf-8")
    return path


@pytest.fixture
def undisturbed(
    clean: None, load: Load, sysadmin: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The portal without the load and with it, when nothing came in between."""
    empty = read_portal()
    load({"prueba.yaml": PLAN})
    loaded = read_portal()
    unload()
    # CKAN leaves what it told of a package that is purged
    model.Session.execute(sa.text("DELETE FROM activity"))
    model.Session.commit()
    assert read_portal() == empty
    yield empty, loaded
    model.Session.remove()
    model.repo.delete_all()
    search.clear_all()


def unload() -> None:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    context: Any = {"user": user["name"], "ignore_auth": True}
    tk.get_action("gtplan_unload")(context, {"id": "prueba"})


STEPS = (
    "Escribiendo registros",
    "Escribiendo tablas",
    "Actualizando la búsqueda",
    "Publicando conjuntos de datos",
)


def kill_at_random(path: Path, rounds: int, chance: random.Random) -> None:
    first = chance.randrange(len(STEPS))
    for number in range(first, first + rounds):
        Process(path).kill_in(STEPS[number % len(STEPS)], chance.uniform(0, 0.6))


@pytest.mark.parametrize(
    "rounds", [1, pytest.param(30, marks=pytest.mark.long)], ids=["few", "many"]
)
def test_killed_at_random_and_run_to_its_end(
    undisturbed: tuple[dict[str, Any], dict[str, Any]], path: Path, rounds: int
) -> None:
    seed = random.randrange(10**6)
    kill_at_random(path, rounds, random.Random(seed))
    assert Process(path).finish() == 0
    assert read_portal() == undisturbed[1], f"seed {seed}"
    unload()
    assert read_portal() == undisturbed[0], f"seed {seed}"


@pytest.mark.long
@pytest.mark.parametrize("step", STEPS)
def test_killed_and_taken_away(
    undisturbed: tuple[dict[str, Any], dict[str, Any]], path: Path, step: str
) -> None:
    Process(path).kill_in(step, random.uniform(0, 0.6))
    model.Session.remove()
    if model.Session.execute(sa.text("SELECT 1 FROM gtplan_load")).first():
        unload()
    assert read_portal() == undisturbed[0]
