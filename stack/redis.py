"""Redis: a server of our own with a password, kept on disk."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Mapping

from stack.console import StackError
from stack.ports import check_port
from stack.processes import Daemon, service_environment
from stack.settings import HOST, Settings, write_private


class Redis:
    """The queue and cache server in the state folder."""

    label = "Redis"

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        self.settings = settings
        self.folder = settings.state / "redis"
        self.daemon = Daemon("redis", settings.state)
        self._password = secrets["redis"]

    @property
    def port(self) -> int:
        """The port of the running server, or the one it would be given."""
        return int(self.daemon.facts().get("port", self.settings.ports["redis"]))

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"{HOST}:{self.port}"

    def url(self, port: int, number: int = 0) -> str:
        """Give the address of one of its numbered databases."""
        return f"redis://:{self._password}@{HOST}:{port}/{number}"

    def is_ready(self) -> bool:
        """Tell whether it lets us in and answers."""
        return self.daemon.find() is not None and self.command("PING") == "+PONG"

    def command(self, *commands: str) -> str:
        """Send commands after the password; the last one's answer is returned."""
        lines = [f"AUTH {self._password}", *commands]
        try:
            with socket.create_connection((HOST, self.port), timeout=5) as connection:
                connection.sendall("".join(f"{line}\r\n" for line in lines).encode("ascii"))
                with connection.makefile("r", encoding="utf-8", newline="\r\n") as answers:
                    return [answers.readline().strip() for _ in lines][-1]
        except OSError:
            return ""

    def start(self) -> None:
        """Start it, unless it runs at its port."""
        port = self.settings.ports["redis"]
        if self.is_ready() and self.port == port:
            return
        self.daemon.stop()
        check_port(self.label, port, "redis_port")
        self.folder.mkdir(mode=0o700, exist_ok=True)
        configuration = self.folder / "redis.conf"
        write_private(configuration, self._configuration(port))
        server = shutil.which("redis-server")
        if server is None:
            raise StackError(
                self.label, "redis-server is not installed", next_step="run ./portal up"
            )
        self.daemon.start(
            [server, configuration],
            service_environment(),
            facts={"port": str(port)},
            folder=self.folder,
        )
        self.daemon.wait(self.is_ready, 60, "read the log, then run ./portal up again")

    def _configuration(self, port: int) -> str:
        options = {
            "bind": HOST,
            "port": port,
            "daemonize": "no",
            "dir": self.folder,
            "appendonly": "yes",
            "requirepass": self._password,
        }
        return "".join(f'{name} "{value}"\n' for name, value in options.items())

    def stop(self) -> bool:
        """Stop it; it saves what it has first."""
        return self.daemon.stop()
