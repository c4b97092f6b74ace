"""Save an installation's databases and files in one archive, and put them back."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from stack.console import StackError
from stack.portal import REPLACED, Portal
from stack.postgres import split_address
from stack.processes import run, service_environment

FORMAT = 1
MANIFEST = "manifest.json"
DUMPS = {"ckan.dump": "CKAN_SQLALCHEMY_URL", "datastore.dump": "CKAN_DATASTORE_WRITE_URL"}
FILES = "files"
VERSIONED = ("ckan", "ckanext_gtplan")
AGAIN = "see the log, then run the same command again"


def make_backup(portal: Portal, archive: Path) -> None:
    """Write an archive: it appears under its name only when it is whole.

    Each dump is one snapshot of its database, and the files are read after both: an upload
    that comes meanwhile is in the archive without its record, never the other way round.
    """
    settings = portal.settings
    with portal.console.step("Backup") as step, work_folder(portal) as folder:
        started = start_databases(portal)
        try:
            for name, variable in DUMPS.items():
                step.doing(f"saving {name.partition('.')[0]}'s database")
                dump_database(portal, variable, folder / name)
        finally:
            stop_databases(portal, started)
        step.doing("packing the files")
        manifest = {
            "format": FORMAT,
            "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "public_url": settings.public_url,
            "versions": find_versions(portal),
            "sha256": {name: hash_file(folder / name) for name in DUMPS},
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
        write_archive(archive, folder, settings.files)
        step.result = f"{archive} ({archive.stat().st_size / 1e6:.1f} MB)"


def write_archive(archive: Path, folder: Path, files: Path) -> None:
    """Pack manifest, dumps and files; readable by their owner only."""
    new = archive.with_name(archive.name + ".part")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with (
            os.fdopen(descriptor, "wb") as target,
            tarfile.open(fileobj=target, mode="w:gz") as tar,
        ):
            for name in (MANIFEST, *DUMPS):
                tar.add(folder / name, name)
            add_files(tar, files)
        new.replace(archive)
    except OSError as error:
        raise StackError(
            "Backup", f"{archive} can't be written: {error}", next_step="choose another file"
        ) from error
    finally:
        new.unlink(missing_ok=True)


def add_files(tar: tarfile.TarFile, files: Path) -> None:
    """Add the storage folder; what a running portal removes meanwhile is left out."""
    tar.add(files, FILES, recursive=False)
    for path in sorted(files.rglob("*")):
        with suppress(FileNotFoundError):
            tar.add(path, f"{FILES}/{path.relative_to(files)}", recursive=False)


def restore_backup(portal: Portal, archive: Path, is_agreed: Callable[[], bool]) -> None:
    """Put an archive back in place of the portal's data.

    The whole archive is read and checked before anything is changed. Each database is
    exchanged in one transaction, the files by renaming their folder.

    Args:
        portal: the installation; it may be running.
        archive: what ``make_backup`` wrote.
        is_agreed: asks the person, after the check and before the first change.
    """
    with work_folder(portal) as folder:
        with portal.console.step("Archive") as step:
            step.doing("checking")
            manifest = unpack(archive, folder)
            step.result = f"whole, made {manifest['made']} at {manifest['public_url']}"
        if not is_agreed():
            portal.console.say("Restore", "nothing was changed")
            return
        was_running = portal.site.stop()
        started = portal.start_services()
        with portal.console.step("Restore") as step:
            # First of all, so that the next up builds on whatever is there then.
            portal.stamps.set("schema", "")
            portal.stamps.set("index", REPLACED)
            for name, variable in DUMPS.items():
                step.doing(f"putting {name} back")
                replace_database(portal, variable, folder / name)
            replace_files(portal.settings.files, folder / FILES)
            step.result = "databases and files are as in the archive"
    portal.prepare_databases()
    portal.build_index()
    if was_running:
        portal.start_site()
    else:
        stop_databases(portal, started)
    portal.console.say("Passwords", "are those of the archive, the administrator's, too")


@contextmanager
def work_folder(portal: Portal) -> Iterator[Path]:
    """Have a folder beside the data for a while."""
    with tempfile.TemporaryDirectory(prefix="archive-", dir=portal.settings.state) as folder:
        yield Path(folder)


def start_databases(portal: Portal) -> list[str]:
    """Start PostgreSQL when it is ours and down."""
    if portal.postgres is None or portal.postgres.is_ready():
        return []
    portal.postgres.start()
    return [portal.postgres.label]


def stop_databases(portal: Portal, started: list[str]) -> None:
    """Stop those services that had been started for the occasion."""
    for service in (portal.solr, portal.redis, portal.postgres):
        if service is not None and service.label in started:
            service.stop()


def find_versions(portal: Portal) -> dict[str, str]:
    """Find the versions of what made the data: CKAN, the plugin and PostgreSQL's programs."""
    packages = portal.settings.venv.glob("lib/python3.*/site-packages/*.dist-info")
    names = (path.name.removesuffix(".dist-info").partition("-") for path in packages)
    versions = {name: version for name, _, version in names if name in VERSIONED}
    written = run(
        "Backup",
        [portal.client("pg_dump"), "--version"],
        service_environment(),
        log=portal.settings.logs / "backup.log",
        next_step=AGAIN,
    )
    return {**versions, "postgresql": written.split()[2]}


def dump_database(portal: Portal, variable: str, target: Path) -> None:
    """Write one database in pg_dump's own format, without owners and rights."""
    address, environment = split_address(portal.addresses()[variable])
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"]
    run(
        "Backup",
        [portal.client("pg_dump"), *options, f"--dbname={address}"],
        environment,
        log=portal.settings.logs / "backup.log",
        next_step=AGAIN,
    )


def replace_database(portal: Portal, variable: str, dump: Path) -> None:
    """Exchange what is in a database for a dump, in one transaction."""
    log = portal.settings.logs / "backup.log"
    address, environment = split_address(portal.addresses()[variable])
    script = dump.with_suffix(".sql")
    run(
        "Restore",
        [portal.client("pg_restore"), "--no-owner", "--no-privileges", f"--file={script}", dump],
        environment,
        log=log,
        next_step=AGAIN,
    )
    options = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction"]
    empty = ["-c", "DROP SCHEMA public CASCADE", "-c", "CREATE SCHEMA public"]
    psql = [str(portal.client("psql")), *options, *empty, "-f", str(script), "-d", address]
    run("Restore", psql, environment, log=log, next_step=AGAIN)


def replace_files(files: Path, new: Path) -> None:
    """Exchange the storage folder for another one."""
    old = files.with_name(files.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    files.rename(old)
    new.rename(files)
    shutil.rmtree(old)


def hash_file(path: Path) -> str:
    """Compute a file's SHA-256."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def unpack(archive: Path, folder: Path) -> dict[str, str]:
    """Unpack an archive beside the data and check that it is whole.

    Returns:
        Its manifest.

    Raises:
        StackError: it is damaged, or nothing that ``make_backup`` wrote.
    """
    try:
        with gzip.open(archive) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                check_member(member)
                tar.extract(member, folder, set_attrs=False)
            # To the very end, where gzip keeps its checksum.
            while stream.read(1 << 20):
                pass
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        sums = manifest["sha256"]
        is_whole = manifest["format"] == FORMAT and (folder / FILES).is_dir()
        is_whole = is_whole and all(hash_file(folder / name) == sums[name] for name in DUMPS)
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, KeyError) as error:
        raise damaged(archive, str(error)) from error
    if not is_whole:
        raise damaged(archive, "its parts don't match its manifest")
    return {"made": str(manifest["made"]), "public_url": str(manifest["public_url"])}


def check_member(member: tarfile.TarInfo) -> None:
    """Refuse what a backup never has: links, devices, names that lead outside."""
    path = PurePosixPath(member.name)
    is_known = path.parts[:1] == (FILES,) or member.name in (MANIFEST, *DUMPS)
    if not is_known or path.is_absolute() or ".." in path.parts:
        raise ValueError(f"it holds {member.name!r}")
    if not (member.isfile() or member.isdir()):
        raise ValueError(f"{member.name!r} is neither a file nor a folder")


def damaged(archive: Path, reason: str) -> StackError:
    """Make the error for an archive that can't be used."""
    return StackError(
        "Archive",
        f"{archive} can't be used: {reason}",
        next_step="use another backup; nothing was changed",
    )
