"""One installation for all files here: making it takes minutes.

The files stand in the order of their names: `test_portal_command` makes and mistreats it,
`test_portal_pages` looks at it in a browser, `test_portal_reset` removes it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from installation import Installation, copy_project


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
