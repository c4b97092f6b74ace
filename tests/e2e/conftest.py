"""One installation for all files here: making it takes minutes.

The files stand in the order of their names: `test_portal_command` makes and mistreats it,
`test_portal_forms` edits a record in a browser, `test_portal_pages` looks at its pages,
`test_portal_peers` lets another portal harvest it, `test_portal_plain` looks at what the plugin
made of that other portal, `test_portal_reset` removes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from abroad import PLAIN, equip, fill_plain
from installation import Installation, copy_project
from second_portal import SecondPortal
from selenium import webdriver
from selenium.webdriver.chrome.service import Service


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


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium without a window."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    profile = tmp_path_factory.mktemp("chromium")
    for argument in (
        "headless=new",
        "no-sandbox",  # chromium's own sandbox refuses root, and the pages are ours
        "disable-gpu",
        "disable-dev-shm-usage",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "no-first-run",
        "no-proxy-server",
        f"user-data-dir={profile}",
    ):
        options.add_argument(f"--{argument}")
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.set_page_load_timeout(60)
    yield driver
    driver.quit()
