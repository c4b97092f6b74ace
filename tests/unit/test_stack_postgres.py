"""A cluster that was left by a crash starts again; one that is in use keeps its lock."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.postgres import remove_stale_lock
from stack.processes import identify

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def worker(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that works in the cluster's folder, as a server and its children do."""
    with subprocess.Popen(SLEEPER, cwd=data) as process:
        yield process
        process.kill()


def write_lock(data: Path, pid: object) -> Path:
    lock = data / "postmaster.pid"
    lock.write_text(f"{pid}\n{data}\n", "ascii")
    return lock


def test_a_dead_server_that_nobody_collected_holds_no_lock(data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        while identify(dead.pid):
            time.sleep(0.01)
        assert Path(f"/proc/{dead.pid}").exists()
        lock = write_lock(data, dead.pid)
        remove_stale_lock(data)
        assert not lock.exists()


@pytest.mark.parametrize("number", [1, 2**22 + 1, "nonsense"])
def test_a_number_that_is_not_the_servers_holds_no_lock(data: Path, number: object) -> None:
    lock = write_lock(data, number)
    remove_stale_lock(data)
    assert not lock.exists()


def test_a_running_server_keeps_its_lock(data: Path, worker: subprocess.Popen[bytes]) -> None:
    lock = write_lock(data, worker.pid)
    remove_stale_lock(data)
    assert lock.exists()


def test_the_lock_stays_while_a_child_of_a_dead_server_works(
    data: Path, worker: subprocess.Popen[bytes]
) -> None:
    lock = write_lock(data, 1)
    remove_stale_lock(data, seconds=0.2)
    assert lock.exists()
    worker.kill()
    worker.wait()
    remove_stale_lock(data)
    assert not lock.exists()
