"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Is told the step, and how many of how many things of it are done."""


def ignore_progress(step: str, done: int, total: int) -> None:
    """Show nothing: where nobody waits, or a program reads the output."""
