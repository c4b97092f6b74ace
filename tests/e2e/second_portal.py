"""A second CKAN on the servers of an installation, with data, settings and queue of its own."""

from __future__ import annotations

import io
import json
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from installation import OPENER, Installation

from stack.console import Console
from stack.ini import OPTIONS, SECTION, TEMPLATE, escape
from stack.portal import Portal
from stack.ports import find_free_port
from stack.postgres import Databases
from stack.processes import Daemon
from stack.settings import ROOT, Settings, read_settings, write_private
from stack.site import Site

REDIS_NUMBER = 7
CONSUMERS = {"gather": "gather-consumer", "fetch": "fetch-consumer"}


@dataclass
class SecondPortal:
    """CKAN as an administrator has it elsewhere: plugins and options are what a test says."""

    folder: Path
    first: Installation
    port: int = field(default_factory=find_free_port)
    token: str = ""

    def __post_init__(self) -> None:
        self.servers = Portal(read_settings(self.first.state, {}), Console(io.StringIO()))
        password = secrets.token_hex(16)
        self.pair = Databases("abroad", "abroad", password, "abroad_read", password)
        settings = Settings(self.folder, {"web": self.port})
        # what the tests run in has ckanext-harvest, the first portal has not
        (self.folder / "venv").symlink_to(sys.prefix)
        self.site = Site(settings, self.servers.secrets, self._addresses())
        self.daemons = {name: Daemon(name, self.folder) for name in ("web", *CONSUMERS)}

    def _addresses(self) -> dict[str, str]:
        ports = self.servers.settings.ports
        assert self.servers.redis is not None
        redis = self.servers.redis.url(ports["redis"], REDIS_NUMBER)
        return {
            **self.servers.addresses(),
            **self.pair.urls(ports["postgres"]),
            # redis-py 8 gives up after 5 s, and ckanext-harvest's consumers end with it
            "CKAN_REDIS_URL": f"{redis}?socket_timeout=86400",
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def configure(self, plugins: str, **options: str) -> None:
        """Write the ini anew; underscores of an option's name are its dots but for the last."""
        values = {
            "ckan.plugins": plugins,
            "ckan.site_id": "abroad",
            "ckan.site_url": self.url,
            "SECRET_KEY": "only-for-tests",
            "api_token.jwt.encode.secret": "string:only-for-tests-and-long-enough-for-them",
            "api_token.jwt.decode.secret": "string:only-for-tests-and-long-enough-for-them",
            "ckan.storage_path": str(self.folder / "files"),
            "ckan.webassets.path": str(self.folder / "webassets"),
            **{OPTIONS[name]: value for name, value in self.site.addresses.items()},
            **options,
        }
        lines = [f"[{SECTION}]", *(f"{name} = {escape(value)}" for name, value in values.items())]
        logging = TEMPLATE.read_text("utf-8").partition("\n[loggers]")
        write_private(self.site.settings.ini, "\n".join(lines) + "\n" + "".join(logging[1:]))

    def make(self) -> None:
        """Make databases, tables, the administrator and a token."""
        postgres = self.servers.postgres
        assert postgres is not None
        postgres.drop_databases(self.pair)
        postgres.make_databases(self.pair)
        self._empty_index()
        self.site.ckan("db", "upgrade")
        sql = self.site.ckan("datastore", "set-permissions")
        postgres.execute(sql[sql.index("/*") :])
        self.site.make_administrator()
        written = self.site.ckan("user", "token", "add", "admin", "tests", "-q")
        self.token = written.split()[-1]

    def start(self) -> None:
        """Start the web server and the two consumers, again when they run."""
        self.stop()
        gunicorn = [self.site.program("gunicorn"), f"--bind=127.0.0.1:{self.port}"]
        gunicorn += ["--worker-class=gthread", "--threads=4", "stack.wsgi:application"]
        commands = {"web": gunicorn}
        for name, command in CONSUMERS.items():
            commands[name] = [self.site.program("ckan"), "harvester", command]
        for name, command in commands.items():
            self.daemons[name].start(command, self.site.environment, facts={}, folder=ROOT)
        status = f"{self.url}/api/3/action/status_show"
        self.daemons["web"].wait(lambda: bool(self.read(status)), 120, "read the log")

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run CKAN's command line: the status it ends with, and what it prints."""
        done = subprocess.run(
            [self.site.program("ckan"), *arguments],
            env=self.site.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def stop(self) -> None:
        """Stop what runs."""
        for daemon in self.daemons.values():
            daemon.stop()

    def remove(self) -> None:
        """Stop everything and drop the databases."""
        self.stop()
        if self.servers.postgres is not None and self.servers.postgres.is_ready():
            self.servers.postgres.drop_databases(self.pair)
            self._empty_index()

    def _empty_index(self) -> None:
        """Take this portal's documents, and no others, out of the core that both use."""
        request = urllib.request.Request(
            f"{self.site.addresses['CKAN_SOLR_URL']}/update?commit=true",
            data=b"<delete><query>+site_id:abroad</query></delete>",
            headers={"Content-Type": "text/xml"},
        )
        OPENER.open(request, timeout=30).close()

    def read(self, url: str) -> bytes:
        """Read an address, nothing when there is no answer yet."""
        try:
            return self.get(url)
        except OSError:
            return b""

    def get(self, path: str, token: str = "") -> bytes:
        """Read a page, as a visitor or as the owner of a token."""
        url = path if path.startswith("http") else self.url + path
        request = urllib.request.Request(url, headers={"Authorization": token} if token else {})
        with OPENER.open(request, timeout=60) as answer:
            return bytes(answer.read())

    def act(self, action: str, /, **parameters: Any) -> Any:
        """Call an action as the administrator."""
        return call(self.url, self.token, action, **parameters)

    def datasets(self) -> dict[str, dict[str, Any]]:
        """Every dataset by its title, private ones, too."""
        found = self.act(
            "package_search", fq="dataset_type:dataset", rows=1000, include_private=True
        )
        return {package["title"]: package for package in found["results"]}

    def harvest(self, source: str) -> dict[str, Any]:
        """Run one harvest job to its end.

        Returns:
            The job as the administrator's report has it.
        """
        job = self.act("harvest_job_create", source_id=source)["id"]
        wait_for(lambda: self._is_through(job), 120)
        # not before: while objects wait, it puts them into the queue a second time
        self.act("harvest_jobs_run", source_id=source)
        report: dict[str, Any] = self.act("harvest_job_report", id=job)
        return {**report, **self.act("harvest_job_show", id=job)}

    def _is_through(self, job: str) -> bool:
        """Tell whether a job has gathered, and each of its objects has come to its end."""
        for name in CONSUMERS:
            daemon = self.daemons[name]
            assert daemon.find() is not None, daemon.log.read_text("utf-8")
        assert self.servers.postgres is not None
        left = self.servers.postgres.ask(
            "SELECT count(*) FROM harvest_job LEFT JOIN harvest_object"
            " ON harvest_job_id = harvest_job.id"
            f" WHERE harvest_job.id = '{job}' AND (gather_finished IS NULL"
            " OR harvest_object.id IS NOT NULL AND report_status IS NULL)",
            self.pair.name,
        )
        return left == "0"


def call(url: str, token: str, action: str, /, **parameters: Any) -> Any:
    """Call an action of a portal; a refusal is an error that says why."""
    request = urllib.request.Request(
        f"{url}/api/3/action/{action}",
        data=json.dumps(parameters).encode(),
        headers={"Content-Type": "application/json", "Authorization": token},
    )
    try:
        with OPENER.open(request, timeout=60) as answer:
            return json.loads(answer.read())["result"]
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{action}: {error.read().decode()}") from error


def wait_for(is_done: Callable[[], bool], seconds: float) -> None:
    """Wait until something is so.

    Raises:
        AssertionError: it was not in time.
    """
    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end, f"not within {seconds:.0f} s"
        time.sleep(0.2)
