"""One installation for all files here: making it takes minutes.

The files stand in the order of their names: `test_portal_command` makes and mistreats it,
`test_portal_forms` edits a record in a browser, `test_portal_journeys` goes its visitors' ways,
`test_portal_keyboard` and `test_portal_pages` look at its pages, `test_portal_peers` lets another
portal harvest it, `test_portal_plain` looks at what the plugin made of that other portal,
`test_portal_replica` has many clients use it while it is killed, `test_portal_reset` removes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from abroad import PLAIN, equip, fill_plain
from installation import Installation, copy_project
from looking import sign_in
from playwright.sync_api import Browser, sync_playwright
from second_portal import SecondPortal


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    base = tmp_path_factory.mktemp("newcomer")
    installation = Installation(base / "clone", base / "state")
    copy_project(installation.folder)
    try:
        yield installation
    finally:
        if installation.state.exists():
            installation.run("reset", "--yes")


@pytest.fixture(scope="session")
def first_words(portal: Installation) -> str:
    """What the first ``up`` says."""
    return portal.up()


@pytest.fixture(scope="session")
def running(portal: Installation, first_words: str) -> Installation:
    """The installation, up."""
    return portal


@pytest.fixture(scope="session")
def abroad(
    running: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecondPortal]:
    """A plain CKAN with ordinary datasets, on the same servers."""
    portal = SecondPortal(tmp_path_factory.mktemp("abroad"), running)
    try:
        portal.configure(PLAIN)
        portal.make()
        portal.start()
        fill_plain(portal)
        yield portal
    finally:
        portal.remove()


@pytest.fixture(scope="session")
def equipped(abroad: SecondPortal) -> SecondPortal:
    """The same portal after the plugin was put into it."""
    equip(abroad)
    return abroad


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium without a window."""
    with sync_playwright() as playwright:
        # chromium's own sandbox refuses root, and the pages are ours
        arguments = ["--no-sandbox", "--disable-background-networking", "--no-proxy-server"]
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=arguments
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def administrator(browser: Browser, running: Installation) -> Any:
    """The cookies of the administrator."""
    password = (running.state / "admin-password").read_text().strip()
    return sign_in(browser, running, "admin", password)
