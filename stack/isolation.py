"""Keep the tests away from a portal's data: they empty whatever they are pointed at."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from stack.console import StackError

DEFAULT_PORTS = {"postgresql": 5432, "redis": 6379, "rediss": 6379, "http": 80, "https": 443}
LOOPBACK = ("", "localhost", "::1", "0.0.0.0")


class IsolationError(StackError):
    """A test address is one that a portal uses."""

    def __init__(self, variable: str, source: str, where: str) -> None:
        super().__init__(
            "Tests",
            f"the tests' {variable} ({where}) is the one of {source}, and tests empty it",
            next_step=f"change {variable} of one of them",
        )


def check_isolation(tests: Mapping[str, str], portals: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse to run when a test address is also a portal's.

    CKAN reads its ``CKAN_*`` variables over any ini, so the addresses that the tests really
    get are compared, not those that they should get.

    Args:
        tests: the tests' addresses, by CKAN's variables.
        portals: addresses in use, by where they are configured.

    Raises:
        IsolationError: two addresses mean the same database, queue or core.
    """
    for source, addresses in portals.items():
        used = {locate(address): name for name, address in addresses.items() if address}
        for variable, address in tests.items():
            if locate(address) in used:
                raise IsolationError(variable, source, describe(address))


def locate(address: str) -> tuple[str, str, int | None, str]:
    """Reduce an address to the place it means, whoever logs in and however it is spelled."""
    parts = urlsplit(address)
    kind = parts.scheme.partition("+")[0].replace("postgres", "postgresql")
    kind = kind.replace("postgresqlql", "postgresql")
    host = (parts.hostname or "").lower()
    if host in LOOPBACK or host.startswith("127."):
        host = "loopback"
    path = parts.path.strip("/")
    if kind.startswith("redis"):
        kind, path = "redis", path or "0"
    return kind, host, parts.port or DEFAULT_PORTS.get(parts.scheme.partition("+")[0]), path


def describe(address: str) -> str:
    """Write a place for a person."""
    _, host, port, path = locate(address)
    return f"{host}:{port}/{path}"
