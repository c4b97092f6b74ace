"""Start, find again and stop the servers; run the commands that set them up."""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from stack.console import Console, StackError, read_last_lines
from stack.settings import write_private

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
LOG_LIMIT = 10_000_000


@dataclass(frozen=True)
class Identity:
    """What tells a process from a later one with the same number."""

    pid: int
    started: int
    boot: str


def identify(pid: int) -> Identity | None:
    """Find a live process by its number; a zombie is not alive."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return None
    return Identity(pid, int(fields[19]), BOOT_ID.read_text("ascii").strip())


class Daemon:
    """A server of ours, known again by a file with its process number, start and boot."""

    def __init__(self, name: str, state: Path) -> None:
        self.name = name
        self.log = state / "logs" / f"{name}.log"
        self._record = state / "run" / f"{name}.json"

    def find(self) -> Identity | None:
        """Find the running process; a number that another process has by now doesn't count."""
        recorded = self._read()
        try:
            identity = Identity(
                int(str(recorded["pid"])), int(str(recorded["started"])), str(recorded["boot"])
            )
        except (KeyError, ValueError):
            return None
        return identity if identify(identity.pid) == identity else None

    def facts(self) -> dict[str, str]:
        """Read what ``start`` was told about the running process (port, fingerprint)."""
        facts = self._read().get("facts") if self.find() else None
        return facts if isinstance(facts, dict) else {}

    def since(self) -> float | None:
        """Tell when the running process was started, in seconds of the epoch."""
        return self._record.stat().st_mtime if self.find() else None

    def start(
        self,
        arguments: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        facts: Mapping[str, str],
        folder: Path = Path("/"),
        user: str | None = None,
    ) -> None:
        """Start the server in a session of its own, its output going to its log."""
        self.log.parent.mkdir(exist_ok=True)
        self._record.parent.mkdir(exist_ok=True)
        rotate(self.log)
        owner = find_account(user)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(part) for part in arguments],
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=owner.uid,
                group=owner.gid,
                extra_groups=owner.groups,
            )
        identity = identify(process.pid)
        if identity is not None:
            record = {**identity.__dict__, "facts": dict(facts)}
            write_private(self._record, json.dumps(record))

    def wait(self, is_ready: Callable[[], bool], seconds: float, next_step: str) -> None:
        """Wait until the server answers.

        Raises:
            StackError: it ended, or did not answer in time.
        """
        end = time.monotonic() + seconds
        while not is_ready():
            if self.find() is None:
                reason = "it ended right after its start"
            elif time.monotonic() > end:
                reason = f"it did not answer within {seconds:.0f} s"
            else:
                time.sleep(0.1)
                continue
            raise StackError(self.name, reason, next_step=next_step, log=self.log)

    def stop(self, first: signal.Signals = signal.SIGTERM, seconds: float = 40) -> bool:
        """Stop the server, kindly first.

        Returns:
            Whether there was one to stop.
        """
        identity = self.find()
        if identity is None:
            self._record.unlink(missing_ok=True)
            return False
        hurried = min(seconds, 5.0)
        for sign, patience in ((first, seconds), (signal.SIGTERM, hurried), (signal.SIGKILL, 5.0)):
            if identify(identity.pid) != identity:
                break
            os.kill(identity.pid, sign)
            end = time.monotonic() + patience
            while identify(identity.pid) == identity and time.monotonic() < end:
                time.sleep(0.05)
        self._record.unlink(missing_ok=True)
        return True

    def _read(self) -> dict[str, object]:
        try:
            data = json.loads(self._record.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}


@dataclass(frozen=True)
class Account:
    """The system user that a child process runs as; all None is the caller's own."""

    uid: int | None = None
    gid: int | None = None
    groups: Sequence[int] | None = None


def find_account(user: str | None) -> Account:
    """Look a system user up; None is the caller."""
    if user is None:
        return Account()
    entry = pwd.getpwnam(user)
    groups = os.getgrouplist(user, entry.pw_gid)
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, groups=groups)


def service_environment(**more: str) -> dict[str, str]:
    """Build the environment of a server: nothing of the caller's that could configure it."""
    kept = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TERM", "TZ", "JAVA_HOME")
    mine = {name: os.environ[name] for name in kept if name in os.environ}
    mine.setdefault("PATH", "/usr/local/bin:/usr/bin:/bin")
    return {**mine, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **more}


def installer_environment(**more: str) -> dict[str, str]:
    """Build the environment of apt, pip and Maven: the caller's, for proxies and caches, but
    nothing that would change which Python or which CKAN is meant."""
    dropped = ("CKAN_", "PORTAL_", "PYTHON", "VIRTUAL_ENV", "PG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "LC_ALL": "C.UTF-8", **more}


def run(
    component: str,
    arguments: Sequence[str | Path],
    environment: Mapping[str, str],
    *,
    log: Path,
    next_step: str,
    input_text: str = "",
    folder: Path | None = None,
    user: str | None = None,
) -> str:
    """Run a command to its end, its output going to ``log`` as well.

    Returns:
        What it wrote, on both channels.

    Raises:
        StackError: it could not be started, or its exit status is not 0.
    """
    owner = find_account(user)
    begin = write_heading(log, arguments)
    try:
        with log.open("ab") as file:
            status = subprocess.run(
                [str(part) for part in arguments],
                env=dict(environment),
                cwd=folder,
                input=input_text.encode(),
                stdout=file,
                stderr=subprocess.STDOUT,
                # Without a terminal of its own a program reads a password from its input.
                start_new_session=bool(input_text),
                check=False,
                user=owner.uid,
                group=owner.gid,
                extra_groups=owner.groups,
            ).returncode
    except OSError as error:
        raise StackError(component, str(error), next_step=next_step, log=log) from error
    if status != 0:
        reason = f"{Path(str(arguments[0])).name} ended with status {status}"
        raise StackError(component, reason, next_step=next_step, log=log)
    return log.read_bytes()[begin:].decode("utf-8", "replace")


def write_heading(log: Path, arguments: Sequence[str | Path]) -> int:
    """Write a command into a log, before its output.

    Returns:
        Where its output will begin.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    rotate(log)
    with log.open("ab") as file:
        file.write(f"\n$ {' '.join(str(part) for part in arguments)}\n".encode())
        return file.tell()


def rotate(log: Path) -> None:
    """Put a log aside that has grown large; one older part is kept."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


@contextmanager
def hold_lock(path: Path, console: Console) -> Iterator[None]:
    """Let one command at a time change an installation; a second waits for the first."""
    with path.open("a+", encoding="utf-8") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            owner = "".join(read_last_lines(path, 1))
            console.say("Waiting", f"for another ./portal command ({owner})")
            flock(file, LOCK_EX)
        file.truncate(0)
        file.write(f"process {os.getpid()}\n")
        file.flush()
        yield
