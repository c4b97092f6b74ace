"""What ``./portal test`` runs on: services, and empty databases for each half of the tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from stack.console import Console
from stack.ini import OPTIONS, SECTION, escape, read_addresses
from stack.isolation import check_isolation
from stack.portal import Portal
from stack.ports import find_free_port, is_free
from stack.postgres import Databases, test_databases
from stack.processes import hold_lock
from stack.settings import (
    EXTERNAL_VARIABLES,
    ROOT,
    Settings,
    read_settings,
    write_private,
)
from stack.solr import TEST_CORES, empty_core
from stack.suites import HALVES

#: Of each half of the portal tests: its database, its number in Redis, its core in Solr.
PLACES = {
    HALVES[0]: ("gtplan_test", 5, TEST_CORES[0]),
    HALVES[1]: ("gtplan_test_2", 6, TEST_CORES[1]),
}


@dataclass(frozen=True)
class Half:
    """What one half of the portal tests has of its own."""

    databases: Databases
    redis: int
    #: By the names of CKAN's environment variables.
    addresses: dict[str, str]
    folder: Path


@contextmanager
def hold_services(state: Path, console: Console) -> Iterator[Portal]:
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
        for half in list_halves(portal):
            check_isolation(half.addresses, used)
        portal.install(has_tests=True)
        # installing takes minutes: a port that was free before it may be taken by now
        portal = Portal(choose_ports(settings, console), console)
        halves = list_halves(portal)
        for half in halves:
            check_isolation(half.addresses, used)
        started = portal.start_services()
    try:
        prepare_databases(portal, halves, console)
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


def list_halves(portal: Portal) -> list[Half]:
    """List what each half of the portal tests has of its own."""
    ports = portal.settings.ports
    assert portal.redis is not None and portal.solr is not None
    halves = []
    for name, (database, number, core) in PLACES.items():
        databases = test_databases(portal.secrets, database)
        addresses = {
            **databases.urls(ports["postgres"]),
            "CKAN_REDIS_URL": portal.redis.url(ports["redis"], number),
            "CKAN_SOLR_URL": portal.solr.url(ports["solr"], core),
        }
        halves.append(Half(databases, number, addresses, find_folder(portal.settings.state, name)))
    return halves


def find_folder(state: Path, half: str) -> Path:
    """Find the folder of a half's files and its ``test.ini``."""
    return state / "test" / half


def prepare_databases(portal: Portal, halves: list[Half], console: Console) -> None:
    """Make the tests' databases anew, with CKAN's and the plugin's tables."""
    assert portal.postgres is not None and portal.redis is not None
    first, *others = halves
    with console.step("Test databases") as step:
        step.doing("making them anew")
        shutil.rmtree(portal.settings.state / "test", ignore_errors=True)
        (portal.settings.state / "test" / "results").mkdir(parents=True)
        for half in halves:
            portal.postgres.drop_databases(half.databases)
            portal.redis.command(f"SELECT {half.redis}", "FLUSHDB")
            empty_core(half.addresses["CKAN_SOLR_URL"])
            for folder in ("files", "webassets"):
                (half.folder / folder).mkdir(parents=True)
            write_test_ini(half)
        portal.postgres.make_databases(first.databases)
        ini = str(first.folder / "test.ini")
        step.doing("running the migrations", portal.settings.logs / "ckan.log")
        portal.site.ckan("-c", ini, "db", "upgrade", component="Test databases")
        sql = portal.site.ckan("-c", ini, "datastore", "set-permissions")
        portal.postgres.execute(sql[sql.index("/*") :])
        for half in others:
            portal.postgres.copy_databases(first.databases, half.databases)
        for half in halves:
            portal.postgres.hurry_databases(half.databases)
        step.result = "ready"


def write_test_ini(half: Half) -> None:
    """Write the ini that puts the chosen addresses over the repository's test.ini."""
    options = {OPTIONS[name]: escape(address) for name, address in half.addresses.items()}
    options["ckan.storage_path"] = escape(str(half.folder / "files"))
    options["ckan.webassets.path"] = escape(str(half.folder / "webassets"))
    lines = [f"[{SECTION}]", f"use = config:{ROOT / 'test.ini'}"]
    lines += [f"{name} = {value}" for name, value in options.items()]
    write_private(half.folder / "test.ini", "\n".join(lines) + "\n")
