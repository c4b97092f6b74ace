"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

from ckan.plugins import toolkit as tk

Progress = Callable[[str, int, int], None]
"""Is told the step, and how many of how many things of it are done."""


def ignore_progress(step: str, done: int, total: int) -> None:
    """Show nothing: where nobody waits, or a program reads the output."""


def name_step(step: str) -> str:
    """Name a step for people; the steps are those of the actions, jobs and commands."""
    names = {
        "assess": tk._("Assessing datasets"),
        "write": tk._("Writing records"),
        "check": tk._("Checking rows"),
        "rows": tk._("Writing tables"),
        "feed": tk._("Writing the feeds"),
        "import": tk._("Importing datasets"),
        "indicators": tk._("Computing indicators"),
        "index": tk._("Updating the search"),
        "migrate": tk._("Going through datasets"),
        "publish": tk._("Publishing datasets"),
        "remove": tk._("Removing records"),
    }
    return names.get(step, "")
