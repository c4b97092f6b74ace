"""An installation as a whole: its services, and bringing them up and down in the right order."""

from __future__ import annotations

import os
from pathlib import Path

from stack import packages
from stack.console import Console, StackError
from stack.passwords import read_secrets
from stack.ports import check_port
from stack.postgres import Postgres, find_client, portal_databases, split_address
from stack.processes import run, service_environment
from stack.redis import Redis
from stack.settings import DATABASE_VARIABLES, PORT_OPTIONS, Settings
from stack.site import ADMIN, PLUGIN, Site
from stack.solr import Solr
from stack.stamps import Stamps

MARKER = "README.txt"
MARKER_TEXT = "State of a portal. ./portal made this folder; ./portal reset removes it.\n"

# The mark of an index whose databases were exchanged by a restore.
REPLACED = "replaced"

ASK_SUPERUSER = (
    "as a superuser of that server: ./portal ckan datastore set-permissions | psql; "
    "then ./portal up again"
)

# Fails unless the DataStore's read-only role can use what set-permissions makes.
READ_CHECK = """
import os, psycopg2
psycopg2.connect(os.environ["URL"]).cursor().execute('SELECT 1 FROM "_table_metadata" LIMIT 1')
"""


def prepare_state(state: Path) -> None:
    """Make the state folder, which only its owner can list.

    Raises:
        StackError: the folder is somebody else's: not empty, and not one of ours.
    """
    if state.exists() and not is_state(state) and any(state.iterdir()):
        raise StackError(
            "State folder",
            f"{state} is not empty and was not made by ./portal",
            next_step="name another with --state",
        )
    state.mkdir(parents=True, exist_ok=True)
    # As root, PostgreSQL runs as a system user that has to pass through.
    state.chmod(0o711 if os.geteuid() == 0 else 0o700)
    (state / MARKER).write_text(MARKER_TEXT, "utf-8")
    (state / "logs").mkdir(mode=0o700, exist_ok=True)


def is_state(folder: Path) -> bool:
    """Tell whether a folder is a state folder of ours, which may be removed as a whole."""
    marker = folder / MARKER
    return marker.is_file() and marker.read_text("utf-8", "replace") == MARKER_TEXT


class Portal:
    """The services of one state folder, those that run elsewhere left out."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self.settings = settings
        self.console = console
        self.secrets = read_secrets(settings.state)
        self.stamps = Stamps(settings.state)
        external = settings.external
        self.postgres = Postgres(settings, self.secrets) if settings.has_own_database else None
        self.redis = None if "CKAN_REDIS_URL" in external else Redis(settings, self.secrets)
        self.solr = None if "CKAN_SOLR_URL" in external else Solr(settings)
        self.site = Site(settings, self.secrets, self.addresses())

    def addresses(self) -> dict[str, str]:
        """Give the services' addresses by the names of CKAN's environment variables."""
        found = dict(self.settings.external)
        ports = self.settings.ports
        if self.postgres is not None:
            found.update(portal_databases(self.secrets).urls(ports["postgres"]))
        if self.redis is not None:
            found["CKAN_REDIS_URL"] = self.redis.url(ports["redis"])
        if self.solr is not None:
            found["CKAN_SOLR_URL"] = self.solr.url(ports["solr"], "ckan")
        return found

    def check_ports(self) -> None:
        """Refuse taken ports before anything is begun."""
        ports = self.settings.ports
        for service, name in (
            (self.postgres, "postgres"),
            (self.redis, "redis"),
            (self.solr, "solr"),
        ):
            if service is not None and service.daemon.find() is None:
                check_port(service.label, ports[name], PORT_OPTIONS[name])
        if self.site.web.find() is None:
            check_port("Web server", ports["web"], PORT_OPTIONS["web"])

    def install(self, has_tests: bool = False) -> None:
        """Install what is missing: packages, the virtual environment, Solr's jars."""
        with self.console.step("Packages") as step:
            missing = packages.find_missing_packages(self.settings, has_tests)
            if missing:
                packages.install_packages(missing, self.settings, step)
            step.result = f"installed {' '.join(missing)}" if missing else "nothing is missing"
        with self.console.step("Python") as step:
            if not packages.is_venv_complete(self.settings, has_tests):
                packages.make_venv(self.settings, has_tests, step)
            step.result = "the virtual environment is complete"
        if self.solr is not None and not packages.is_solr_complete(self.settings):
            with self.console.step("Solr") as step:
                packages.fetch_solr(self.settings, step)
                step.result = "its jars are fetched"

    def start_services(self) -> list[str]:
        """Start PostgreSQL, Redis and Solr where they are ours.

        Returns:
            The names of those that did not run before.
        """
        started = []
        for service in (self.postgres, self.redis, self.solr):
            if service is None:
                continue
            with self.console.step(service.label) as step:
                before = service.daemon.find()
                step.doing("starting", service.daemon.log)
                service.start()
                step.result = f"running at {service.address}"
                if service.daemon.find() != before:
                    started.append(service.label)
        for variable, address in self.settings.external.items():
            self.console.say(
                "Elsewhere", f"{variable.removeprefix('CKAN_')}: {hide_password(address)}"
            )
        return started

    def prepare_databases(self) -> None:
        """Create the databases, run the migrations, give the DataStore's permissions."""
        mark = self.mark_databases()
        with self.console.step("Databases") as step:
            if self.postgres is not None and self.stamps.get("databases") != mark:
                step.doing("creating roles and databases")
                self.postgres.make_databases(portal_databases(self.secrets))
            schema = f"{mark} {self.site.mark_schema()}"
            if self.stamps.get("schema") != schema:
                step.doing("running the migrations", self.settings.logs / "ckan.log")
                self.site.ckan("db", "upgrade", component="Databases")
                step.doing("giving the DataStore's permissions")
                self.give_permissions()
                self.stamps.set("schema", schema)
            self.stamps.set("databases", mark)
            step.result = "up to date"

    def give_permissions(self) -> None:
        """Let the DataStore's read-only role read, as CKAN's own script says."""
        written = self.site.ckan("datastore", "set-permissions", component="Databases")
        sql = written[written.index("/*") :]
        if self.postgres is not None:
            self.postgres.execute(sql)
        elif not self.has_permissions():
            # Elsewhere we are no superuser; the owner of the database may be allowed it all.
            address, environment = split_address(self.addresses()["CKAN_DATASTORE_WRITE_URL"])
            run(
                "Databases",
                [self.client("psql"), "-X", "-q", "-d", address],
                environment,
                log=self.settings.logs / "ckan.log",
                next_step=ASK_SUPERUSER,
                input_text=sql,
            )
            if not self.has_permissions():
                reason = "the DataStore's read-only role has no permissions"
                log = self.settings.logs / "ckan.log"
                raise StackError("Databases", reason, next_step=ASK_SUPERUSER, log=log)

    def has_permissions(self) -> bool:
        """Tell whether the DataStore's read-only role can use what set-permissions makes."""
        try:
            run(
                "Databases",
                [self.site.program("python"), "-c", READ_CHECK],
                service_environment(URL=self.addresses()["CKAN_DATASTORE_READ_URL"]),
                log=self.settings.logs / "ckan.log",
                next_step=ASK_SUPERUSER,
            )
        except StackError:
            return False
        return True

    def client(self, name: str) -> Path:
        """Find one of PostgreSQL's client programs, for our server or one elsewhere."""
        return self.postgres.program(name) if self.postgres is not None else find_client(name)

    def mark_databases(self) -> str:
        """Make the mark of which databases these are."""
        if self.postgres is not None:
            return self.postgres.cluster
        return packages.hash_files([], *(self.settings.external[v] for v in DATABASE_VARIABLES))

    def make_administrator(self) -> None:
        """Create the administrator once, and show the password this once."""
        mark = self.mark_databases()
        if self.stamps.get("administrator") == mark:
            return
        with self.console.step("Administrator") as step:
            step.doing("creating the user", self.settings.logs / "ckan.log")
            if self.site.make_administrator():
                file = self.settings.state / "admin-password"
                step.result = f"{ADMIN}, password {self.secrets['admin']} (also in {file})"
            else:
                step.result = f"{ADMIN} was there already; its password stays"
        self.stamps.set("administrator", mark)

    def load_example(self) -> None:
        """Load the example plan, again when the packaged one has changed."""
        files = sorted(path for path in (PLUGIN / "examples").rglob("*") if path.is_file())
        mark = f"{self.mark_databases()} {packages.hash_files(files)}"
        if self.settings.is_empty or self.stamps.get("example") == mark:
            return
        with self.console.step("Example plan") as step:
            step.doing("loading", self.settings.logs / "ckan.log")
            written = self.site.ckan("gtplan", "load", "example", component="Example plan")
            last = [line for line in written.splitlines() if line.strip()][-1:]
            step.result = f"loaded; {last[0].strip()}" if last else "loaded"
        self.stamps.set("example", mark)

    def build_index(self) -> None:
        """Build the search index again when its schema, or what is in it, has changed."""
        solr = (
            self.solr.mark() if self.solr is not None else self.settings.external["CKAN_SOLR_URL"]
        )
        mark = f"{self.mark_databases()} {packages.hash_files([], solr, self.settings.public_url)}"
        before = self.stamps.get("index")
        if before == mark:
            return
        if before:
            with self.console.step("Search index") as step:
                step.doing("building it again", self.settings.logs / "ckan.log")
                rebuild = ("search-index", "rebuild", "--keep-orphans")
                if before == REPLACED:
                    self.site.ckan("search-index", "clear", component="Search index")
                self.site.ckan(*rebuild, component="Search index")
                step.result = "built again"
        self.stamps.set("index", mark)

    def start_site(self) -> None:
        """Start the web server and the worker, and load the example meanwhile."""
        self.site.grant_loader()
        has_started = self.site.start()
        self.load_example()
        with self.console.step("Web server") as step:
            step.doing("starting" if has_started else "checking", self.site.web.log)
            self.site.wait()
            step.result = f"running at http://127.0.0.1:{self.site.port}"
        self.console.say("Worker", "running")

    def stop(self) -> list[str]:
        """Stop everything of ours.

        Returns:
            The names of what was running.
        """
        stopped = ["Web server and worker"] if self.site.stop() else []
        for service in (self.solr, self.redis, self.postgres):
            if service is not None and service.stop():
                stopped.append(service.label)
        return stopped


def hide_password(address: str) -> str:
    """Write an address without the password in it."""
    head, at, tail = address.rpartition("@")
    scheme, mark, user = head.partition("://")
    return f"{scheme}{mark}{user.partition(':')[0]}@{tail}" if at else address
