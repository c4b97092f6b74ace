"""Where the portal's state lives, and the addresses it listens on: options, then environment,
then what an earlier ``up`` recorded, then defaults."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stack.console import StackError

ROOT = Path(__file__).resolve().parents[1]
RECORD = "settings.json"
DEFAULT_PORTS = {"web": 5000, "postgres": 5532, "redis": 6479, "solr": 8993}
PORT_OPTIONS = {
    "web": "port",
    "postgres": "postgres_port",
    "redis": "redis_port",
    "solr": "solr_port",
}
DATABASE_VARIABLES = (
    "CKAN_SQLALCHEMY_URL",
    "CKAN_DATASTORE_WRITE_URL",
    "CKAN_DATASTORE_READ_URL",
)
EXTERNAL_VARIABLES = (*DATABASE_VARIABLES, "CKAN_SOLR_URL", "CKAN_REDIS_URL")
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Settings:
    """Everything that an administrator chooses about an installation."""

    state: Path
    ports: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_PORTS))
    chosen_public_url: str | None = None
    workers: int = 2
    threads: int = 4
    external: Mapping[str, str] = field(default_factory=dict)
    is_empty: bool = False

    @property
    def public_url(self) -> str:
        """The address from which every identifier is made."""
        return self.chosen_public_url or f"http://{HOST}:{self.ports['web']}"

    @property
    def logs(self) -> Path:
        """The folder of all logs."""
        return self.state / "logs"

    @property
    def ini(self) -> Path:
        """CKAN's configuration."""
        return self.state / "ckan.ini"

    @property
    def files(self) -> Path:
        """CKAN's storage: uploaded files."""
        return self.state / "files"

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.state / "venv"

    @property
    def has_own_database(self) -> bool:
        """Whether PostgreSQL is ours to run."""
        return not any(name in self.external for name in DATABASE_VARIABLES)

    def with_ports(self, ports: Mapping[str, int]) -> Settings:
        """Return the same settings with other ports."""
        return replace(self, ports={**self.ports, **ports})

    def record(self) -> None:
        """Write the settings into the state folder, for the commands that follow."""
        data = {
            "ports": dict(self.ports),
            "public_url": self.chosen_public_url,
            "workers": self.workers,
            "threads": self.threads,
            "external": dict(self.external),
            "is_empty": self.is_empty,
        }
        write_private(self.state / RECORD, json.dumps(data, indent=2) + "\n")


def read_settings(
    state: Path, environ: Mapping[str, str], options: Mapping[str, str | None] | None = None
) -> Settings:
    """Decide the settings.

    Args:
        state: the state folder.
        environ: the environment: ``PORTAL_*`` and the five ``CKAN_*_URL`` of external services.
            One that is set but empty takes a recorded choice back.
        options: command line options by name: public_url, port, postgres_port, redis_port,
            solr_port, workers, threads, empty.

    Raises:
        StackError: a value that can't be.
    """
    options = options or {}
    recorded = read_record(state)

    def choose(name: str, earlier: object) -> str | None:
        for value in (options.get(name), environ.get(f"PORTAL_{name.upper()}")):
            if value is not None:
                return value
        return None if earlier is None else str(earlier)

    earlier_ports = {**DEFAULT_PORTS, **recorded.get("ports", {})}
    ports = {
        name: parse_number(option, choose(option, earlier_ports[name]), 1, 65535)
        for name, option in PORT_OPTIONS.items()
    }
    check_distinct(ports)
    return Settings(
        state=state,
        ports=ports,
        chosen_public_url=parse_public_url(choose("public_url", recorded.get("public_url"))),
        workers=parse_number("workers", choose("workers", recorded.get("workers", 2)), 1, 64),
        threads=parse_number("threads", choose("threads", recorded.get("threads", 4)), 1, 64),
        external=read_external(environ, recorded.get("external", {})),
        is_empty=bool(choose("empty", recorded.get("is_empty") or None)),
    )


def read_record(state: Path) -> dict[str, Any]:
    """Read what an earlier ``up`` recorded; empty when there was none.

    Raises:
        StackError: it is damaged.
    """
    path = state / RECORD
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StackError(
            "Settings",
            f"{path} can't be read: {error}",
            next_step=f"remove {path} and run ./portal up with the options it had",
        ) from error
    return data if isinstance(data, dict) else {}


def read_external(environ: Mapping[str, str], recorded: Mapping[str, str]) -> dict[str, str]:
    """Read which services run elsewhere; the three databases go together."""
    found = {
        name: environ.get(name, recorded.get(name, ""))
        for name in EXTERNAL_VARIABLES
        if environ.get(name, recorded.get(name, ""))
    }
    databases = [name for name in DATABASE_VARIABLES if name in found]
    if databases and len(databases) < len(DATABASE_VARIABLES):
        missing = ", ".join(name for name in DATABASE_VARIABLES if name not in found)
        raise StackError(
            "Settings",
            f"{', '.join(databases)} says that PostgreSQL runs elsewhere, but {missing} does not",
            next_step="set all three, or none of them",
        )
    for name in databases:
        if "%" in found[name]:
            raise StackError(
                "Settings",
                f"{name} holds a %, at which CKAN's migrations fail",
                next_step="give that role a password of letters and digits",
            )
    return found


def parse_number(name: str, text: str | None, least: int, most: int) -> int:
    """Read a whole number between two limits."""
    try:
        number = int(text or "")
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        option = name.replace("_", "-")
        raise StackError(
            "Settings",
            f"--{option} is {text!r}, which is no number from {least} to {most}",
            next_step=f"choose another with --{option} or PORTAL_{name.upper()}",
        )
    return number


def parse_public_url(text: str | None) -> str | None:
    """Read the public address: http(s), a host, perhaps a port, and nothing after it."""
    if not text:
        return None
    url = text.rstrip("/")
    parts = urlsplit(url)
    try:
        is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_whole = False
    has_rest = bool(parts.path or parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("http", "https") or not is_whole or has_rest or len(url.split()) != 1:
        raise StackError(
            "Settings",
            f"--public-url is {text!r}, which is not like https://datos.example.org",
            next_step="give scheme and host (and port), without a path",
        )
    return url


def check_distinct(ports: Mapping[str, int]) -> None:
    """Refuse the same port for two servers."""
    for name, port in ports.items():
        twins = [other for other in ports if ports[other] == port and other != name]
        if twins:
            option = PORT_OPTIONS[name].replace("_", "-")
            raise StackError(
                "Settings",
                f"port {port} is chosen for {name} and for {twins[0]}",
                next_step=f"choose another with --{option}",
            )


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
