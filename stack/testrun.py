"""``./portal test``: everything that judges the project, on databases of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from stack.console import Console
from stack.portal import prepare_state
from stack.processes import hold_lock, installer_environment
from stack.settings import ROOT
from stack.site import Site
from stack.suites import BESIDE, HALVES, IN_TURN, choose_suites, has_paths, is_narrowed
from stack.testbed import find_folder, hold_services

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
    prepare_state(state)
    with hold_lock(state / "test.lock", console), hold_services(state, console) as portal:
        total = run_suites(rest, portal.site, is_long, console)
    print(total)
    return 1 if total.failed else 0


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


def run_suites(arguments: Sequence[str], site: Site, is_long: bool, console: Console) -> Tally:
    """Run the suites, some beside those in turn; what the former say is shown after these.

    Args:
        arguments: pytest's; without a path the checks are run, too.
        site: whose programs run them.
        is_long: whether the long tests run, too.
        console: says which suite's output follows.
    """
    chosen = choose_suites(arguments)
    can_be_none = is_narrowed(arguments)
    waiting = []
    for suite in filter(chosen.__contains__, BESIDE):
        output = open_output(site, suite)
        waiting.append((suite, start_suite(suite, chosen[suite], site, is_long, output), output))
    tally = Tally()
    try:
        if not has_paths(arguments):
            tally.add(run_checks(site, console))
        for suite in filter(chosen.__contains__, IN_TURN):
            console.say("Test", suite)
            process = start_suite(suite, chosen[suite], site, is_long)
            tally.add(finish_suite(suite, process, site, can_be_none))
        for suite, process, output in waiting:
            console.say("Test", suite)
            show_output(process, Path(output.name))
            tally.add(finish_suite(suite, process, site, can_be_none))
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
    if suite in HALVES:
        command.append(f"--ckan-ini={find_folder(site.settings.state, suite) / 'test.ini'}")
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


def show_output(process: subprocess.Popen[bytes], output: Path) -> None:
    """Show what a suite has written, and what it writes until its end."""
    with output.open(encoding="utf-8", errors="replace") as reader:
        is_over = False
        while not is_over:
            is_over = process.poll() is not None
            shutil.copyfileobj(reader, sys.stdout)
            sys.stdout.flush()
            if not is_over:
                time.sleep(0.5)


def finish_suite(
    suite: str, process: subprocess.Popen[bytes], site: Site, can_be_none: bool
) -> Tally:
    """Wait for a suite, and count its results."""
    status = process.wait()
    results = site.settings.state / "test" / "results" / f"{suite}.xml"
    return count_results(results, status, can_be_none)


def count_results(results: Path, status: int, can_be_none: bool) -> Tally:
    """Count what pytest wrote down; a run that broke off counts as one failure more.

    Args:
        results: the junit file.
        status: pytest's exit status.
        can_be_none: whether arguments may have left no test to run, which is then no failure.
    """
    tally = Tally()
    try:
        suites = ElementTree.parse(results).getroot().iter("testsuite")
    except (OSError, ElementTree.ParseError):
        return tally if status == NO_TESTS and can_be_none else Tally(failed=1)
    for suite in suites:
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        passed = int(suite.get("tests", 0)) - failed - skipped
        tally.add(Tally(passed, failed, skipped))
    is_fine = status == 0 or (status == NO_TESTS and can_be_none)
    if not is_fine and not tally.failed:
        tally.failed += 1
    return tally
