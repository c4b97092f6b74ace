"""``./portal test``: everything that judges the project, on databases of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from stack.console import Console
from stack.ini import OPTIONS, SECTION, escape, read_addresses
from stack.isolation import check_isolation
from stack.portal import Portal, prepare_state
from stack.ports import find_free_port, is_free
from stack.postgres import test_databases
from stack.processes import hold_lock, installer_environment
from stack.redis import TEST_NUMBER
from stack.settings import (
    EXTERNAL_VARIABLES,
    ROOT,
    Settings,
    read_settings,
    write_private,
)
from stack.site import Site
from stack.solr import empty_core

SUITES = ("unit", "portal", "e2e")
#: Suites that run one after the other, beside those of the other lane: the end-to-end tests wait
#: more than they work, on an installation of their own.
LANES = (("unit", "portal"), ("e2e",))
STRICT = (
    "ckanext/gtplan/plan",
    "ckanext/gtplan/prm",
    "ckanext/gtplan/uploads",
    "ckanext/gtplan/charts",
    "stack",
)
NO_TESTS = 5


@dataclass
class Tally:
    """How many tests passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Tally) -> None:
        """Add another's counts."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run_tests(state: Path, arguments: Sequence[str], console: Console) -> int:
    """Run checks and tests; the last line says how many.

    Args:
        state: the state folder; a portal that runs in it goes on undisturbed.
        arguments: ``--long``, and pytest's. Paths choose the suites.

    Returns:
        0 when nothing failed.
    """
    is_long = "--long" in arguments
    rest = [argument for argument in arguments if argument != "--long"]
    chosen = choose_suites(rest)
    prepare_state(state)
    total = Tally()
    with hold_lock(state / "test.lock", console), services(state, console) as portal:
        if not has_paths(rest):
            total.add(run_checks(portal.site, console))
        total.add(run_suites(chosen, portal.site, is_long, console))
    print(total)
    return 1 if total.failed else 0


@contextmanager
def services(state: Path, console: Console) -> Iterator[Portal]:
    """Have the services with empty test databases; stop in the end what was started here."""
    # CKAN's variables and services elsewhere are for a portal, never for its tests.
    settings = replace(read_settings(state, {}), external={})
    used = {
        "the environment": {name: os.environ.get(name, "") for name in EXTERNAL_VARIABLES},
        f"the portal of {state}": read_addresses(settings.ini),
        "the settings of an earlier ./portal up": dict(read_settings(state, {}).external),
    }
    with hold_lock(state / "lock", console):
        portal = Portal(choose_ports(settings, console), console)
        check_isolation(test_addresses(portal), used)
        portal.install(has_tests=True)
        # installing takes minutes: a port that was free before it may be taken by now
        portal = Portal(choose_ports(settings, console), console)
        addresses = test_addresses(portal)
        check_isolation(addresses, used)
        started = portal.start_services()
    try:
        prepare_databases(portal, addresses, console)
        yield portal
    finally:
        with hold_lock(state / "lock", console):
            # An up that came meanwhile uses them now.
            has_portal = portal.site.web.find() or portal.site.worker.find()
            for service in (portal.solr, portal.redis, portal.postgres):
                if service is not None and service.label in started and not has_portal:
                    service.stop()


def choose_ports(settings: Settings, console: Console) -> Settings:
    """Take the ports of what runs already, and free ones for the rest."""
    portal = Portal(settings, console)
    ports = {}
    for name, service in (
        ("postgres", portal.postgres),
        ("redis", portal.redis),
        ("solr", portal.solr),
    ):
        if service is not None:
            is_usable = service.daemon.find() is not None or is_free(service.port)
            ports[name] = service.port if is_usable else find_free_port()
    return settings.with_ports(ports)


def test_addresses(portal: Portal) -> dict[str, str]:
    """Give the tests' addresses by the names of CKAN's environment variables."""
    ports = portal.settings.ports
    assert portal.redis is not None and portal.solr is not None
    return {
        **test_databases(portal.secrets).urls(ports["postgres"]),
        "CKAN_REDIS_URL": portal.redis.url(ports["redis"], TEST_NUMBER),
        "CKAN_SOLR_URL": portal.solr.url(ports["solr"], "ckan_test"),
    }


def prepare_databases(portal: Portal, addresses: dict[str, str], console: Console) -> None:
    """Make the tests' databases anew, with CKAN's and the plugin's tables."""
    assert portal.postgres is not None and portal.redis is not None
    state = portal.settings.state
    files = state / "test"
    with console.step("Test databases") as step:
        step.doing("making them anew")
        pair = test_databases(portal.secrets)
        portal.postgres.drop_databases(pair)
        portal.postgres.make_databases(pair)
        portal.redis.command(f"SELECT {TEST_NUMBER}", "FLUSHDB")
        empty_core(addresses["CKAN_SOLR_URL"])
        shutil.rmtree(files, ignore_errors=True)
        for folder in ("files", "webassets", "results"):
            (files / folder).mkdir(parents=True)
        ini = write_test_ini(state, addresses)
        step.doing("running the migrations", portal.settings.logs / "ckan.log")
        portal.site.ckan("-c", str(ini), "db", "upgrade", component="Test databases")
        sql = portal.site.ckan("-c", str(ini), "datastore", "set-permissions")
        portal.postgres.execute(sql[sql.index("/*") :])
        step.result = "ready"


def write_test_ini(state: Path, addresses: dict[str, str]) -> Path:
    """Write the ini that puts the chosen addresses over the repository's test.ini."""
    options = {OPTIONS[name]: escape(address) for name, address in addresses.items()}
    options["ckan.storage_path"] = escape(str(state / "test" / "files"))
    options["ckan.webassets.path"] = escape(str(state / "test" / "webassets"))
    lines = [f"[{SECTION}]", f"use = config:{ROOT / 'test.ini'}"]
    lines += [f"{name} = {value}" for name, value in options.items()]
    path = state / "test.ini"
    write_private(path, "\n".join(lines) + "\n")
    return path


def has_paths(arguments: Sequence[str]) -> bool:
    """Tell whether pytest's arguments name files."""
    return any(find_path(argument) for argument in arguments)


def find_path(argument: str) -> Path | None:
    """Read an argument as a file or folder below tests/, if it is one."""
    path = (ROOT / argument.partition("::")[0]).resolve()
    is_test = (ROOT / "tests") in path.parents and path.exists()
    return path if is_test and not argument.startswith("-") else None


def choose_suites(arguments: Sequence[str]) -> dict[str, list[str]]:
    """Sort pytest's arguments to the suites: a path to its own, all else to each."""
    shared = [argument for argument in arguments if not find_path(argument)]
    if not has_paths(arguments):
        return {suite: [str(ROOT / "tests" / suite), *shared] for suite in SUITES}
    chosen: dict[str, list[str]] = {}
    for suite in SUITES:
        folder = ROOT / "tests" / suite
        paths = []
        for argument in arguments:
            path = find_path(argument)
            if path is not None and (folder == path or folder in path.parents):
                paths.append(str(path) + argument[len(argument.partition("::")[0]) :])
        if paths:
            chosen[suite] = [*paths, *shared]
    return chosen


def run_checks(site: Site, console: Console) -> Tally:
    """Run ruff and mypy, each counted as one test."""
    strict = [folder for folder in STRICT if (ROOT / folder).is_dir()]
    checks = {
        "ruff": ["ruff", "check", "."],
        "mypy": [
            "mypy",
            "--strict",
            "--explicit-package-bases",
            "--ignore-missing-imports",
            *strict,
        ],
    }
    tally = Tally()
    for name, arguments in checks.items():
        console.say("Test", name)
        program = site.program(arguments[0])
        command = [str(program), *arguments[1:]]
        done = subprocess.run(command, cwd=ROOT, env=installer_environment(), check=False)
        tally.add(Tally(failed=1) if done.returncode else Tally(passed=1))
    return tally


def run_suites(
    chosen: dict[str, list[str]], site: Site, is_long: bool, console: Console
) -> Tally:
    """Run the suites, lane beside lane; what a later lane says is shown when it is its turn.

    Args:
        chosen: pytest's arguments by suite.
        site: whose programs run them.
        is_long: whether the long tests run, too.
        console: says which suite's output follows.
    """
    waiting = []
    for lane in LANES[1:]:
        for suite in filter(chosen.__contains__, lane):
            output = open_output(site, suite)
            process = start_suite(suite, chosen[suite], site, is_long, output)
            waiting.append((suite, process, output))
    tally = Tally()
    try:
        for suite in filter(chosen.__contains__, LANES[0]):
            console.say("Test", suite)
            process = start_suite(suite, chosen[suite], site, is_long)
            tally.add(finish_suite(suite, process, site, chosen))
        for suite, process, output in waiting:
            console.say("Test", suite)
            tally.add(follow_suite(suite, process, output, site, chosen))
    finally:
        for _, process, output in waiting:
            process.wait()  # interrupted, too, it takes its installation away again
            output.close()
    return tally


def open_output(site: Site, suite: str) -> IO[str]:
    """Open the file into which a suite writes that runs beside others."""
    path = site.settings.state / "test" / "results" / f"{suite}.log"
    return path.open("w+", encoding="utf-8", errors="replace")


def start_suite(
    suite: str,
    arguments: Sequence[str],
    site: Site,
    is_long: bool,
    output: IO[str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start one suite by pytest; without an output it writes to the terminal."""
    results = site.settings.state / "test" / "results" / f"{suite}.xml"
    command = [str(site.program("python")), "-m", "pytest", "-q", f"--junitxml={results}"]
    if not is_long:
        command += ["-m", "not long"]
    if suite == "portal":
        command.append(f"--ckan-ini={site.settings.state / 'test.ini'}")
    else:
        command += ["-p", "no:ckan", "-p", "no:ckan_fixtures"]
    # two at once must not write one folder
    command += ["-o", f"cache_dir={site.settings.state / 'test' / 'cache' / suite}"]
    return subprocess.Popen(
        [*command, *arguments],
        cwd=ROOT / "tests" / "unit" if suite == "unit" else ROOT,
        # The e2e tests run ./portal, which shall find the Python that runs this.
        env=installer_environment(PORTAL_PYTHON=sys.executable),
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
    )


def follow_suite(
    suite: str,
    process: subprocess.Popen[bytes],
    output: IO[str],
    site: Site,
    chosen: dict[str, list[str]],
) -> Tally:
    """Show what a suite has written and writes, and count its results."""
    with Path(output.name).open(encoding="utf-8", errors="replace") as reader:
        is_over = False
        while not is_over:
            is_over = process.poll() is not None
            shutil.copyfileobj(reader, sys.stdout)
            sys.stdout.flush()
            if not is_over:
                time.sleep(0.5)
    return finish_suite(suite, process, site, chosen)


def finish_suite(
    suite: str,
    process: subprocess.Popen[bytes],
    site: Site,
    chosen: dict[str, list[str]],
) -> Tally:
    """Wait for a suite, and count its results."""
    status = process.wait()
    results = site.settings.state / "test" / "results" / f"{suite}.xml"
    return count_results(results, status, is_narrowed=len(chosen[suite]) > 1)


def count_results(results: Path, status: int, is_narrowed: bool) -> Tally:
    """Count what pytest wrote down; a run that broke off counts as one failure more.

    Args:
        results: the junit file.
        status: pytest's exit status.
        is_narrowed: whether arguments may have left no test to run, which is then no failure.
    """
    tally = Tally()
    try:
        suites = ElementTree.parse(results).getroot().iter("testsuite")
    except (OSError, ElementTree.ParseError):
        return tally if status == NO_TESTS and is_narrowed else Tally(failed=1)
    for suite in suites:
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        passed = int(suite.get("tests", 0)) - failed - skipped
        tally.add(Tally(passed, failed, skipped))
    is_fine = status == 0 or (status == NO_TESTS and is_narrowed)
    if not is_fine and not tally.failed:
        tally.failed += 1
    return tally
