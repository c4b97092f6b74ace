"""Install what is missing: Debian's packages, the virtual environment, Solr's jars."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path

from stack.console import StackError, Step
from stack.processes import installer_environment, run
from stack.settings import ROOT, Settings

REQUIREMENTS = ROOT / "stack" / "requirements.txt"
DEVELOPMENT = ROOT / "stack" / "requirements-dev.txt"
SOLR_FILES = ROOT / "stack" / "solr"
JAVA = 17
POSTGRES_FOLDERS = Path("/usr/lib/postgresql")


def find_missing_packages(settings: Settings, has_tests: bool) -> list[str]:
    """List Debian's packages for what this machine lacks.

    Args:
        settings: services that run elsewhere need no package.
        has_tests: whether git is needed, too (tests work on copies of what it lists), and the
            browser that they open pages in.
    """
    python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    wanted = {
        "libmagic1": not has_library("libmagic.so.1"),
        "libpq-dev": shutil.which("pg_config") is None,
        "gcc": shutil.which("gcc") is None,
        f"{python}-dev": not (Path(sysconfig.get_path("include")) / "Python.h").exists(),
        "postgresql": settings.has_own_database and find_postgres_folder() is None,
        "redis-server": "CKAN_REDIS_URL" not in settings.external
        and shutil.which("redis-server") is None,
    }
    if has_python_module("psycopg2", settings):
        wanted.update({"libpq-dev": False, "gcc": False, f"{python}-dev": False})
    if "CKAN_SOLR_URL" not in settings.external:
        wanted[f"openjdk-{JAVA}-jre-headless"] = not has_java()
        wanted["maven"] = shutil.which("mvn") is None
    if has_tests:
        wanted["git"] = shutil.which("git") is None
        wanted["chromium"] = shutil.which("chromium") is None
    return [name for name, is_missing in wanted.items() if is_missing]


def find_postgres_folder(version: str | None = None) -> Path | None:
    """Find the newest PostgreSQL's programs, or those of one version."""

    def has_server(folder: Path) -> bool:
        return (folder / "initdb").exists() and (folder / "postgres").exists()

    folders = [
        path / "bin"
        for path in POSTGRES_FOLDERS.glob("[0-9]*")
        if has_server(path / "bin") and version in (None, path.name)
    ]
    if folders:
        return max(folders, key=lambda folder: int(folder.parent.name.partition(".")[0]))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb and version is None else None


def has_library(name: str) -> bool:
    """Tell whether the dynamic linker knows a library."""
    folders = [Path("/usr/lib"), Path("/lib"), *Path("/usr/lib").glob("*-linux-gnu")]
    return any((folder / name).exists() for folder in folders)


def has_python_module(name: str, settings: Settings) -> bool:
    """Tell whether the virtual environment has a module already."""
    return any(settings.venv.glob(f"lib/python3.*/site-packages/{name}/__init__.py"))


def has_java() -> bool:
    """Tell whether a Java runtime of a version that Solr takes is on the path."""
    if shutil.which("java") is None:
        return False
    done = subprocess.run(
        ["java", "-version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    found = re.search(r'version "(\d+)', done.stderr)
    return found is not None and int(found[1]) >= JAVA


def install_packages(names: Sequence[str], settings: Settings, step: Step) -> None:
    """Install Debian's packages, as root or by sudo.

    Raises:
        StackError: neither root nor sudo, no apt-get, or apt-get failed.
    """
    by_hand = f"install by hand: apt-get install {' '.join(names)}"
    if shutil.which("apt-get") is None:
        raise StackError("Packages", "there is no apt-get here", next_step=by_hand)
    prefix: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            reason = f"neither root nor sudo, and missing: {', '.join(names)}"
            raise StackError("Packages", reason, next_step=f"as root, {by_hand}")
        prefix = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    log = settings.logs / "packages.log"
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y"]
    patience = ["-o", "DPkg::Lock::Timeout=300"]
    step.doing("apt-get update", log)
    run("Packages", [*apt, "update"], installer_environment(), log=log, next_step=by_hand)
    step.doing(f"installing {len(names)} of Debian's packages", log)
    run(
        "Packages",
        [*apt, *patience, "install", "--no-install-recommends", *names],
        installer_environment(),
        log=log,
        next_step=by_hand,
    )


def hash_files(paths: Iterable[Path], *more: str) -> str:
    """Make a short mark of files' contents, to notice when they change."""
    digest = hashlib.sha256("\0".join(more).encode())
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def mark_venv(has_tests: bool) -> str:
    """Make the mark of what is installed in the virtual environment."""
    files = [REQUIREMENTS, *([DEVELOPMENT] if has_tests else [])]
    files += [ROOT / "pyproject.toml", ROOT / "setup.py"]
    return hash_files(path for path in files if path.exists())


def mark_place(settings: Settings) -> str:
    """Make the mark of where a virtual environment stands: it can't be moved.

    Which Python made it is left out: it goes on with its own, whichever runs this module.
    """
    return hash_files([], str(settings.venv), str(ROOT))


def is_venv_complete(settings: Settings, has_tests: bool) -> bool:
    """Tell whether the virtual environment has what today's requirements ask."""
    stamp = settings.venv / ("complete-test" if has_tests else "complete")
    return _is_place_ours(settings) and _reads(stamp, mark_venv(has_tests))


def _is_place_ours(settings: Settings) -> bool:
    python = settings.venv / "bin" / "python"
    return python.exists() and _reads(settings.venv / "place", mark_place(settings))


def _reads(stamp: Path, mark: str) -> bool:
    return stamp.exists() and stamp.read_text("ascii") == mark


def make_venv(settings: Settings, has_tests: bool, step: Step) -> None:
    """Make the virtual environment, or bring it up to the requirements."""
    log = settings.logs / "python.log"
    environment = installer_environment(PIP_DISABLE_PIP_VERSION_CHECK="1")
    again = "when the network was the reason, run the same command again"
    if not _is_place_ours(settings):
        step.doing("making the virtual environment", log)
        make = [sys.executable, "-m", "venv", "--clear", str(settings.venv)]
        run("Python", make, environment, log=log, next_step=again)
        (settings.venv / "place").write_text(mark_place(settings), "ascii")
    step.doing("installing CKAN and the plugin by pip", log)
    files = [REQUIREMENTS, *([DEVELOPMENT] if has_tests else [])]
    named = [part for file in files for part in ("-r", str(file))]
    pip = [str(settings.venv / "bin" / "python"), "-m", "pip", "install", "--no-input"]
    pip += ["--progress-bar", "off", *named, "--editable", str(ROOT)]
    run("Python", pip, environment, log=log, next_step=again)
    (settings.venv / "complete").write_text(mark_venv(False), "ascii")
    if has_tests:
        (settings.venv / "complete-test").write_text(mark_venv(True), "ascii")


def is_solr_complete(settings: Settings) -> bool:
    """Tell whether Solr's jars are those of today's pom."""
    stamp = settings.state / "solr" / "lib" / "complete"
    return _reads(stamp, hash_files([SOLR_FILES / "pom.xml"]))


def fetch_solr(settings: Settings, step: Step) -> None:
    """Let Maven resolve Solr's jars into the state folder."""
    log = settings.logs / "maven.log"
    solr = settings.state / "solr"
    new = solr / "lib.new"
    shutil.rmtree(new, ignore_errors=True)
    solr.mkdir(exist_ok=True)
    step.doing("fetching its jars by Maven", log)
    run(
        "Solr",
        [
            "mvn",
            "--batch-mode",
            "--file",
            SOLR_FILES / "pom.xml",
            "dependency:copy-dependencies",
            f"-DoutputDirectory={new}",
            "-DincludeScope=runtime",
        ],
        installer_environment(),
        log=log,
        next_step="when the network was the reason, run the same command again",
    )
    (new / "complete").write_text(hash_files([SOLR_FILES / "pom.xml"]), "ascii")
    shutil.rmtree(solr / "lib", ignore_errors=True)
    new.rename(solr / "lib")
