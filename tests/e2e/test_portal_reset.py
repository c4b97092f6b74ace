"""``./portal reset`` asks, and leaves nothing behind: the last that befalls the installation."""

from __future__ import annotations

from installation import Installation

from stack.ports import is_free


def test_reset_asks_and_leaves_nothing(running: Installation) -> None:
    assert "--yes" in running.run("reset", status=1).stdout
    assert running.state.exists()
    outside = (running.state / "postgresql").resolve()
    running.run("reset", "--yes")
    assert not running.state.exists() and not outside.exists()
    assert all(is_free(port) for port in running.ports.values())
