"""``./portal screenshots``: pictures of each type of page of the running portal, for the docs."""

from __future__ import annotations

from pathlib import Path

from stack.console import Console, StackError
from stack.portal import Portal
from stack.processes import installer_environment, run
from stack.settings import ROOT
from stack.site import ADMIN


def take_screenshots(portal: Portal, folder: Path, console: Console) -> None:
    """Take the tour's pictures of a portal that runs, with the example plan.

    Args:
        portal: the portal.
        folder: where the pictures are written, over those that are there.
        console: shows the step.

    Raises:
        StackError: the portal does not run, or a page could not be pictured.
    """
    if not portal.site.is_web_ready():
        raise StackError("Screenshots", "the portal does not run", next_step="run ./portal up")
    portal.install(has_tests=True)
    folder.mkdir(parents=True, exist_ok=True)
    settings = portal.settings
    password = (settings.state / "admin-password").read_text("utf-8").strip()
    with console.step("Screenshots") as step:
        log = settings.logs / "screenshots.log"
        step.doing("opening the pages in chromium", log)
        written = run(
            "Screenshots",
            [
                portal.site.program("python"),
                "-m",
                "stack.camera",
                settings.public_url,
                folder,
                ADMIN,
            ],
            installer_environment(),
            log=log,
            next_step="see the log; the portal needs the example plan, and the first password of "
            "its administrator",
            input_text=password,
            folder=ROOT,
        )
        step.result = f"{written.count('.jpg')} pictures in {folder}"
