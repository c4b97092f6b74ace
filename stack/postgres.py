"""PostgreSQL: a cluster of our own, its roles and databases."""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets as random
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from stack.console import StackError
from stack.packages import find_postgres_folder
from stack.ports import check_port
from stack.processes import Daemon, find_account, run, service_environment
from stack.settings import HOST, Settings

SYSTEM_USER = "postgres"
SUPERUSER = "postgres"
OUTSIDE = Path("/var/lib/ckanext-gtplan")
AGAIN = "read the log, then run ./portal up again"


@dataclass(frozen=True)
class Databases:
    """A pair of databases: CKAN's and the DataStore's, their owner and the read-only role."""

    name: str
    owner: str
    owner_password: str
    reader: str
    reader_password: str

    @property
    def datastore(self) -> str:
        """The DataStore's database."""
        return f"{self.name}_datastore"

    def urls(self, port: int) -> dict[str, str]:
        """Give the three addresses that CKAN asks for, by their variables' names."""
        server = f"{HOST}:{port}"
        owner = f"postgresql://{self.owner}:{self.owner_password}@{server}"
        reader = f"postgresql://{self.reader}:{self.reader_password}@{server}"
        return {
            "CKAN_SQLALCHEMY_URL": f"{owner}/{self.name}",
            "CKAN_DATASTORE_WRITE_URL": f"{owner}/{self.datastore}",
            "CKAN_DATASTORE_READ_URL": f"{reader}/{self.datastore}",
        }


def portal_databases(secrets: Mapping[str, str]) -> Databases:
    """Name the portal's databases."""
    return Databases(
        "gtplan", "gtplan", secrets["database"], "gtplan_read", secrets["datastore_read"]
    )


def test_databases(secrets: Mapping[str, str], name: str) -> Databases:
    """Name a pair of the tests' databases, which have roles of their own."""
    return Databases(
        name,
        "gtplan_test",
        secrets["test_database"],
        "gtplan_test_read",
        secrets["test_datastore_read"],
    )


class Postgres:
    """The database server in the state folder."""

    label = "PostgreSQL"

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        self.settings = settings
        self.folder = settings.state / "postgresql"
        self.daemon = Daemon("postgresql", settings.state)
        self._password = secrets["postgres"]
        # PostgreSQL's server refuses to run as root.
        self._user = SYSTEM_USER if os.geteuid() == 0 else None

    @property
    def data(self) -> Path:
        """The cluster itself, by the path that its system user can follow."""
        return self.folder.resolve() / "data"

    @property
    def port(self) -> int:
        """The port of the running server, or the one it would be given."""
        return int(self.daemon.facts().get("port", self.settings.ports["postgres"]))

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"{HOST}:{self.port}"

    @property
    def cluster(self) -> str:
        """A mark of this cluster: a new one has none of the old one's databases."""
        path = self.folder / "mark"
        return path.read_text("ascii") if path.exists() else ""

    def program(self, name: str) -> Path:
        """Find one of PostgreSQL's programs, of the version that made the data."""
        version_file = self.data / "PG_VERSION"
        version = version_file.read_text("ascii").strip() if version_file.exists() else None
        folder = find_postgres_folder(version) or (find_postgres_folder() if not version else None)
        if folder is None:
            wanted = f"postgresql-{version}" if version else "postgresql"
            raise StackError(
                self.label,
                f"{wanted} is not installed",
                next_step=f"install it: apt-get install {wanted}",
            )
        return folder / name

    def is_ready(self) -> bool:
        """Tell whether it accepts connections."""
        if self.daemon.find() is None:
            return False
        check = [str(self.program("pg_isready")), "-q", "-h", HOST, "-p", str(self.port)]
        return subprocess.run(check, env=service_environment(), check=False).returncode == 0

    def start(self) -> None:
        """Start it, made first when there is none, unless it runs at its port."""
        port = self.settings.ports["postgres"]
        if self.port == port and self.is_ready():
            return
        self.stop()
        check_port(self.label, port, "postgres_port")
        if not self.data.exists():
            self._make_cluster()
        remove_stale_lock(self.data)
        arguments = ["-D", str(self.data), "-p", str(port), "-c", f"listen_addresses={HOST}"]
        self.daemon.start(
            [self.program("postgres"), *arguments, "-c", "unix_socket_directories="],
            service_environment(),
            facts={"port": str(port)},
            user=self._user,
        )
        self.daemon.wait(self.is_ready, 120, AGAIN)

    def stop(self) -> bool:
        """Stop it in the fast way: transactions are rolled back, nothing is lost."""
        return self.daemon.stop(first=signal.SIGINT)

    def remove(self) -> None:
        """Remove the cluster, wherever it is."""
        if self.folder.is_symlink():
            shutil.rmtree(self.folder.resolve(), ignore_errors=True)
            self.folder.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_cluster(self) -> None:
        """Run initdb beside the final place and move it there when it is whole."""
        self._make_folder()
        folder = self.folder.resolve()
        new, password = folder / "data.new", folder / "password"
        shutil.rmtree(new, ignore_errors=True)
        password.write_text(self._password + "\n", "ascii")
        self._give_away(password)
        options = ["--encoding=UTF8", "--locale=C.UTF-8", f"--username={SUPERUSER}"]
        options += ["--auth=scram-sha-256", f"--pwfile={password}", "--no-instructions"]
        run(
            self.label,
            [self.program("initdb"), *options, f"--pgdata={new}"],
            service_environment(),
            log=self.settings.logs / "setup.log",
            next_step=AGAIN,
            folder=Path("/"),
            user=self._user,
        )
        password.unlink()
        rule = f"host all all {HOST}/32 scram-sha-256\n"
        (new / "pg_hba.conf").write_text(f"# Written by ./portal\n{rule}", "ascii")
        (self.folder / "mark").write_text(random.token_hex(8), "ascii")
        new.rename(self.data)

    def _make_folder(self) -> None:
        """Make the cluster's folder where its system user can reach it."""
        if self.folder.exists():
            return
        self.folder.unlink(missing_ok=True)
        if self._user is None or can_reach(self.settings.state, self._user):
            self.folder.mkdir(mode=0o700)
        else:
            name = hashlib.sha256(str(self.settings.state).encode()).hexdigest()[:12]
            outside = OUTSIDE / name
            OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
            outside.mkdir(mode=0o700, exist_ok=True)
            self.folder.symlink_to(outside)
        self._give_away(self.folder)

    def _give_away(self, path: Path) -> None:
        path.chmod(0o700 if path.is_dir() else 0o600)
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            os.chown(path, account.pw_uid, account.pw_gid)

    def execute(self, sql: str, database: str = "postgres") -> None:
        """Run SQL as the superuser; psql's own commands (\\connect) work."""
        self.run_client("psql", [*PSQL, "-d", database], sql)

    def ask(self, sql: str, database: str = "postgres") -> str:
        """Run a query as the superuser and return its one value."""
        return self.run_client("psql", [*PSQL, "-At", "-d", database], sql).strip()

    def run_client(self, name: str, arguments: list[str], sql: str) -> str:
        """Run one of PostgreSQL's client programs as the superuser."""
        connect = ["-h", HOST, "-p", str(self.port), "-U", SUPERUSER]
        return run(
            self.label,
            [self.program(name), *connect, *arguments],
            service_environment(PGPASSWORD=self._password),
            log=self.settings.logs / "setup.log",
            next_step=AGAIN,
            input_text=sql,
        )

    def make_databases(self, pair: Databases) -> None:
        """Create the roles and the two databases that are not there yet."""
        for role, password in (
            (pair.owner, pair.owner_password),
            (pair.reader, pair.reader_password),
        ):
            known = self.ask(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'")
            verb = "ALTER" if known else "CREATE"
            self.execute(f"{verb} ROLE {role} LOGIN PASSWORD '{password}'")
        for database in (pair.name, pair.datastore):
            if not self.ask(f"SELECT 1 FROM pg_database WHERE datname = '{database}'"):
                self.execute(
                    f"CREATE DATABASE {database} OWNER {pair.owner} "
                    "TEMPLATE template0 ENCODING 'UTF8'"
                )

    def copy_databases(self, pair: Databases, copy: Databases) -> None:
        """Make a second pair with all that is in the first, which nobody may use meanwhile."""
        for old, new in ((pair.name, copy.name), (pair.datastore, copy.datastore)):
            self.execute(f"CREATE DATABASE {new} OWNER {copy.owner} TEMPLATE {old}")

    def hurry_databases(self, pair: Databases) -> None:
        """Let a pair answer before it has written to disk: a crash may cost the last moment."""
        for database in (pair.name, pair.datastore):
            self.execute(f"ALTER DATABASE {database} SET synchronous_commit = off")

    def drop_databases(self, pair: Databases) -> None:
        """Drop both databases of a pair."""
        for database in (pair.name, pair.datastore):
            self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


def remove_stale_lock(data: Path, seconds: float = 20) -> None:
    """Remove the lock that a crash or a reboot left in a cluster's folder.

    PostgreSQL refuses to start while any process of its user has the number in the lock: one
    that got the number after a reboot, or a dead server whose exit nobody has collected (a
    container's first process may never do it). A server and its children work in the cluster's
    folder, which tells them from others; the lock stays while one of them does.

    Args:
        data: the cluster's folder.
        seconds: how long to wait for the children of a dead server.
    """
    lock = data / "postmaster.pid"
    end = time.monotonic() + seconds
    while lock.exists():
        workers = find_workers(data)
        if not workers:
            lock.unlink(missing_ok=True)
        elif read_lock(lock) in workers or time.monotonic() > end:
            return
        time.sleep(0.05)


def read_lock(lock: Path) -> int | None:
    """Read the server's number from a cluster's lock, None when it holds none."""
    try:
        return int(lock.read_text("ascii").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def find_workers(folder: Path) -> set[int]:
    """Find the processes whose working folder this is; a dead one has none."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if link.readlink() == folder:
                found.add(int(link.parent.name))
    return found


def find_client(name: str) -> Path:
    """Find one of PostgreSQL's client programs for a server that runs elsewhere.

    Raises:
        StackError: it is not installed.
    """
    folder = find_postgres_folder()
    found = folder / name if folder else shutil.which(name)
    if found is None:
        raise StackError(
            "PostgreSQL",
            f"{name} is not installed",
            next_step="install it: apt-get install postgresql-client",
        )
    return Path(found)


def split_address(address: str) -> tuple[str, dict[str, str]]:
    """Take the password out of a database's address: a command line is not the place for it.

    Returns:
        The address without it, and an environment that has it.
    """
    parts = urlsplit(address)
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    bare = f"postgresql://{user}{parts.hostname or ''}{port}{parts.path}"
    return bare, service_environment(PGPASSWORD=unquote(parts.password or ""))


PSQL = ["-X", "-q", "-v", "ON_ERROR_STOP=1"]


def can_reach(folder: Path, user: str) -> bool:
    """Tell whether a system user can enter a folder."""
    account = find_account(user)
    done = subprocess.run(
        ["test", "-x", folder],
        user=account.uid,
        group=account.gid,
        extra_groups=account.groups,
        check=False,
    )
    return done.returncode == 0
