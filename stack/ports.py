"""Ports of this machine: which are free, and who has the others."""

from __future__ import annotations

import socket
from pathlib import Path

from stack.console import StackError
from stack.settings import HOST


def is_listening(port: int) -> bool:
    """Tell whether something on this machine accepts connections at a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def is_free(port: int) -> bool:
    """Tell whether a server of ours could listen on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def find_free_port() -> int:
    """Find a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def find_holder(port: int) -> str | None:
    """Name the process that listens on a port, when the system lets us see it."""
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in read_table(Path(table)):
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                sockets.add(f"socket:[{fields[9]}]")
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) in sockets:
                process = link.parents[1]
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:
            continue
    return None


def read_table(path: Path) -> list[str]:
    """Read a table of the kernel's without its heading."""
    try:
        return path.read_text("ascii").splitlines()[1:]
    except OSError:
        return []


def check_port(component: str, port: int, option: str) -> None:
    """Refuse a port that somebody else has.

    Raises:
        StackError: names the holder and the option with which to choose another port.
    """
    if is_free(port):
        return
    holder = find_holder(port) or "another program"
    raise StackError(
        component,
        f"port {port} on {HOST} is taken by {holder}",
        next_step=f"stop it, or choose another port: ./portal up --{option.replace('_', '-')} N",
    )
