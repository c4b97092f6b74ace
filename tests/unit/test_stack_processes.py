"""Servers are started, found again and stopped, and nobody else's process is touched."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stack.console import Console, StackError
from stack.ports import check_port, find_free_port, is_free
from stack.processes import (
    Daemon,
    identify,
    installer_environment,
    run,
    service_environment,
)

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


@pytest.fixture
def daemon(tmp_path: Path):  # type: ignore[no-untyped-def]
    daemon = Daemon("sleeper", tmp_path)
    yield daemon
    daemon.stop()


class TestDaemon:
    """A server is known by number, start and boot, not by its number alone."""

    def record(self, tmp_path: Path) -> Path:
        return tmp_path / "run" / "sleeper.json"

    def test_start_find_stop(self, daemon: Daemon, tmp_path: Path) -> None:
        daemon.start(SLEEPER, service_environment(), facts={"port": "1"})
        found = Daemon("sleeper", tmp_path).find()
        assert found is not None and daemon.facts() == {"port": "1"}
        daemon.wait(lambda: daemon.log.read_text() == "up\n", 10, "")
        assert daemon.stop()
        assert daemon.find() is None and identify(found.pid) is None
        assert not daemon.stop()

    @pytest.mark.parametrize("other", [{"started": 1}, {"boot": "an earlier one"}])
    def test_number_that_another_process_has_now(
        self, daemon: Daemon, tmp_path: Path, other: dict[str, object]
    ) -> None:
        stranger = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL)
        try:
            mine = identify(stranger.pid)
            assert mine is not None
            self.record(tmp_path).parent.mkdir()
            self.record(tmp_path).write_text(json.dumps({**mine.__dict__, **other}))
            assert daemon.find() is None
            assert not daemon.stop()
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait()

    def test_damaged_record_is_no_server(self, daemon: Daemon, tmp_path: Path) -> None:
        self.record(tmp_path).parent.mkdir()
        self.record(tmp_path).write_text("{")
        assert daemon.find() is None

    def test_end_right_after_start_shows_the_log(self, daemon: Daemon) -> None:
        daemon.start([sys.executable, "-c", "raise SystemExit('no luck')"], {}, facts={})
        with pytest.raises(StackError) as caught:
            daemon.wait(lambda: False, 10, "try again")
        message = caught.value.render()
        assert "no luck" in message and str(daemon.log) in message and "try again" in message

    def test_one_that_does_not_listen_is_stopped(self, daemon: Daemon) -> None:
        stubborn = "import signal; signal.signal(15, signal.SIG_IGN); "
        program = stubborn + "print('up', flush=True); signal.pause()"
        daemon.start([sys.executable, "-c", program], {}, facts={})
        daemon.wait(lambda: "up" in daemon.log.read_text(), 10, "")
        found = daemon.find()
        assert found is not None
        assert daemon.stop(seconds=0.2)
        assert identify(found.pid) is None


class TestRun:
    """Commands that set up: their output is kept, their failure explained."""

    def test_output(self, tmp_path: Path) -> None:
        log = tmp_path / "x.log"
        written = run("Part", ["echo", "hola"], service_environment(), log=log, next_step="")
        assert written == "hola\n"
        assert "$ echo hola" in log.read_text()

    @pytest.mark.parametrize("command", [["false"], ["no-such-command"]])
    def test_failure(self, tmp_path: Path, command: list[str]) -> None:
        with pytest.raises(StackError, match="Part"):
            run("Part", command, service_environment(), log=tmp_path / "x.log", next_step="")

    def test_environment_of_a_service(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("CKAN_SQLALCHEMY_URL", "PGHOST", "PYTHONPATH", "GUNICORN_CMD_ARGS"):
            monkeypatch.setenv(name, "mine")
        monkeypatch.setenv("PIP_CERT", "mine")
        assert "mine" not in service_environment().values()
        installer = installer_environment()
        assert "CKAN_SQLALCHEMY_URL" not in installer and installer["PIP_CERT"] == "mine"


class TestPorts:
    """A taken port is named, with who has it and what to do."""

    def test_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            assert not is_free(port)
            with pytest.raises(StackError) as caught:
                check_port("Redis", port, "redis_port")
        message = caught.value.render()
        assert str(port) in message and f"process {os.getpid()}" in message
        assert "--redis-port" in message

    def test_free(self) -> None:
        check_port("Redis", find_free_port(), "redis_port")


class TestConsole:
    """One line for a step; a failed one says so."""

    def test_lines(self) -> None:
        stream = io.StringIO()
        console = Console(stream)
        with console.step("Redis") as step:
            step.result = "running"
        with pytest.raises(ValueError, match="x"), console.step("Solr"):
            raise ValueError("x")
        assert [line.split() for line in stream.getvalue().splitlines()] == [
            ["Redis", "running"],
            ["Solr", "failed"],
        ]
