"""Web servers of a bench, and the client that asks them: the same kind for all that is compared.

Each is a gunicorn of one process (threads as ``./portal up`` has them) on a port of this machine,
with the portal's ini and some options more.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

THREADS = 4
#: Bytes that the client takes at a time.
CHUNK = 1 << 20
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was answered.

    Attributes:
        size: bytes of the body, as they were sent.
        first: seconds until its first byte was there; of an empty body, until its end was known.
        seconds: until its last one.
        body: the beginning of it, or all that was asked to be kept.
    """

    status: int
    headers: Mapping[str, str]
    size: int
    first: float
    seconds: float
    body: bytes


@dataclass(frozen=True)
class Server:
    """A web server that runs.

    Attributes:
        port: of this machine.
        process: number of gunicorn's own process.
    """

    port: int
    process: int

    def ask(
        self,
        address: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        body: bytes | None = None,
        is_kept: bool = False,
    ) -> Answer:
        """Ask for an address over a new connection, and read the answer to its end.

        Args:
            address: a path, or an address of the portal whose host is not looked at.
            headers: of the request.
            method: of the request.
            body: of the request.
            is_kept: the body is wanted, and not only how large it is.
        """
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=900)
        start = time.perf_counter()
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            kept = [response.read1(CHUNK)]
            first, size, buffer = time.perf_counter() - start, len(kept[0]), bytearray(CHUNK)
            while count := response.readinto(buffer):
                size += count
                if is_kept:
                    kept.append(bytes(buffer[:count]))
            seconds = time.perf_counter() - start
        finally:
            connection.close()
        return Answer(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            size=size,
            first=first,
            seconds=seconds,
            body=b"".join(kept),
        )

    def list_workers(self) -> list[int]:
        """List the processes that answer."""
        tasks = Path(f"/proc/{self.process}/task").iterdir()
        return [int(one) for task in tasks for one in (task / "children").read_text().split()]

    def forget_peak(self) -> None:
        """Let the system measure anew how large the workers grow."""
        for worker in self.list_workers():
            Path(f"/proc/{worker}/clear_refs").write_text("5")

    def measure_memory(self, key: str = "VmHWM") -> int:
        """Measure the largest worker, in bytes: ``VmHWM`` at its peak, ``VmRSS`` now."""
        sizes = []
        for worker in self.list_workers():
            lines = Path(f"/proc/{worker}/status").read_text().splitlines()
            sizes += [int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{key}:")]
        return max(sizes)


@contextmanager
def start_server(
    ini: str | Path, options: Mapping[str, str], folder: Path, module: str = "stack.wsgi"
) -> Iterator[Server]:
    """Start a web server, and end it.

    Args:
        ini: of the portal.
        options: that it has besides.
        folder: for its own ini and its log.
        module: whose ``application`` it serves; made of the ini that ``CKAN_INI`` names.

    Raises:
        RuntimeError: it does not answer.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = folder / f"{port}.ini"
    lines = [f"{name} = {value}" for name, value in options.items()]
    own.write_text("\n".join([f"[app:main]\nuse = config:{Path(ini).resolve()}", *lines]))
    command = [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{port}", "--workers=1"]
    command += [
        "--worker-class=gthread",
        f"--threads={THREADS}",
        "--timeout=900",
        "--no-control-socket",
    ]
    environment = {**os.environ, "CKAN_INI": str(own)}
    environment["PYTHONPATH"] = os.pathsep.join((str(_ROOT), str(Path(__file__).parent)))
    with (folder / f"{port}.log").open("w") as log:
        process = subprocess.Popen(
            [*command, f"{module}:application"], cwd=_ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            server = Server(port, process.pid)
            _wait(server, process, folder / f"{port}.log")
            yield server
        finally:
            process.terminate()
            process.wait(30)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            if server.ask("/api/3/action/status_show").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server does not answer:\n{log.read_text()[-2000:]}")
