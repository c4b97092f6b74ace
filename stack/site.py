"""CKAN itself: its ini, its command line, the web server and the job worker."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from stack.ini import read_local, render_ini
from stack.packages import hash_files, mark_venv
from stack.ports import check_port
from stack.processes import Daemon, run, service_environment
from stack.settings import HOST, ROOT, Settings, write_private
from stack.solr import answers

PLUGIN = ROOT / "ckanext" / "gtplan"
STATUS = "/api/3/action/status_show"
AGAIN = "read the log, then run ./portal up again"
ADMIN = "admin"

# Gives the loader's token to a sysadmin, the portal's administrator before others.
GRANT = """
import os, psycopg2
with psycopg2.connect(os.environ["URL"]) as connection:
    connection.cursor().execute(
        'INSERT INTO api_token (id, name, user_id, created_at)'
        ' SELECT %(TOKEN)s, %(NAME)s, id, now() FROM "user" WHERE sysadmin AND state = %(STATE)s'
        ' ORDER BY name = %(ADMIN)s DESC LIMIT 1 ON CONFLICT DO NOTHING',
        {**os.environ, "NAME": "xloader", "STATE": "active"},
    )
"""


class Site:
    """The portal's CKAN."""

    def __init__(
        self, settings: Settings, secrets: Mapping[str, str], addresses: Mapping[str, str]
    ) -> None:
        self.settings = settings
        self.secrets = secrets
        self.addresses = addresses
        self.web = Daemon("web", settings.state)
        self.worker = Daemon("worker", settings.state)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of CKAN's processes: its ini, and no CKAN_* of the caller's."""
        return service_environment(CKAN_INI=str(self.settings.ini))

    def program(self, name: str) -> Path:
        """Name a program of the virtual environment."""
        return self.settings.venv / "bin" / name

    def write_ini(self) -> None:
        """Write CKAN's ini when it would differ, and make the folders it names."""
        text = render_ini(
            addresses=self.addresses,
            public_url=self.settings.public_url,
            web_url=f"http://{HOST}:{self.settings.ports['web']}",
            state=self.settings.state,
            secrets=self.secrets,
            local=read_local(self.settings.state / "local.ini"),
            has_example=not self.settings.is_empty,
        )
        for folder in (self.settings.files, self.settings.state / "webassets"):
            folder.mkdir(exist_ok=True)
        ini = self.settings.ini
        if not ini.exists() or ini.read_text("utf-8") != text:
            write_private(ini, text)

    def ckan(self, *arguments: str, component: str = "CKAN", input_text: str = "") -> str:
        """Run CKAN's command line to its end and return what it wrote."""
        return run(
            component,
            [self.program("ckan"), *arguments],
            self.environment,
            log=self.settings.logs / "ckan.log",
            next_step=AGAIN,
            input_text=input_text,
            folder=ROOT,
        )

    def mark_schema(self) -> str:
        """Make the mark of what the databases' tables depend on."""
        return hash_files(
            [self.settings.ini, *sorted(PLUGIN.glob("migration/**/*.py"))], mark_venv(False)
        )

    def mark_code(self) -> str:
        """Make the mark of what a running process has read at its start."""
        files = [
            f"{path}:{path.stat().st_mtime_ns}"
            for folder, _, names in sorted(os.walk(PLUGIN))
            for path in (Path(folder) / name for name in sorted(names))
            if path.suffix in (".py", ".yaml", ".html", ".mo", ".json")
        ]
        return hash_files([self.settings.ini], mark_venv(False), *files)

    def make_administrator(self) -> bool:
        """Create the administrator, or make sure that the one there is one.

        Returns:
            Whether the user was created now.
        """
        password = self.secrets["admin"]
        write_private(self.settings.state / "admin-password", password + "\n")
        written = self.ckan(
            "sysadmin",
            "add",
            ADMIN,
            "--create",
            "email=admin@example.org",
            input_text=f"{password}\n{password}\n",
        )
        return "Successfully created user" in written

    def grant_loader(self) -> None:
        """Make CKAN know the token by which ckanext-xloader reads files and reports."""
        run(
            "Loader",
            [self.program("python"), "-c", GRANT],
            service_environment(
                URL=self.addresses["CKAN_SQLALCHEMY_URL"], TOKEN=self.secrets["loader"], ADMIN=ADMIN
            ),
            log=self.settings.logs / "ckan.log",
            next_step=AGAIN,
        )

    def is_web_ready(self) -> bool:
        """Tell whether the web server answers."""
        return self.web.find() is not None and answers(f"http://{HOST}:{self.port}{STATUS}", 30)

    @property
    def port(self) -> int:
        """The port of the running web server, or the one it would be given."""
        return int(self.web.facts().get("port", self.settings.ports["web"]))

    def start(self) -> bool:
        """Start the web server and the worker, again when what they have read has changed.

        Returns:
            Whether something had to be started.
        """
        web, worker = self._start_web(), self._start_worker()
        return web or worker

    def _start_web(self) -> bool:
        settings = self.settings
        port = settings.ports["web"]
        size = f"{settings.workers}x{settings.threads}"
        facts = {"port": str(port), "mark": f"{self.mark_code()} {size}"}
        if self.web.facts() == facts and self.is_web_ready():
            return False
        self.web.stop()
        check_port("Web server", port, "port")
        options = {
            "bind": f"{HOST}:{port}",
            "worker-class": "gthread",
            "workers": settings.workers,
            "threads": settings.threads,
            "timeout": 120,
            "graceful-timeout": 30,
            "access-logfile": settings.logs / "access.log",
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        gunicorn = [str(self.program("gunicorn")), *arguments, "stack.wsgi:application"]
        self.web.start(gunicorn, self.environment, facts=facts, folder=ROOT)
        return True

    def _start_worker(self) -> bool:
        facts = {"mark": self.mark_code()}
        if self.worker.facts() == facts:
            return False
        self.worker.stop()
        command = [str(self.program("ckan")), "jobs", "worker"]
        self.worker.start(command, self.environment, facts=facts, folder=ROOT)
        return True

    def wait(self) -> None:
        """Wait until the web server answers and the worker has not ended at once."""
        self.web.wait(self.is_web_ready, 180, AGAIN)
        self.worker.wait(lambda: self.worker.find() is not None, 1, AGAIN)

    def stop(self) -> bool:
        """Stop the web server and the worker."""
        stopped = [self.worker.stop(), self.web.stop()]
        return any(stopped)
