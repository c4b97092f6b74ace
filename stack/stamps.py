"""Which set-up steps are done, and for which state of what they depend on."""

from __future__ import annotations

import json
from pathlib import Path

from stack.settings import write_private


class Stamps:
    """Marks of finished steps, kept in the state folder; a step whose mark differs runs again."""

    def __init__(self, state: Path) -> None:
        self._path = state / "stamps.json"

    def get(self, step: str) -> str:
        """Read a step's mark; empty when it was never finished."""
        return self._read().get(step, "")

    def set(self, step: str, mark: str) -> None:
        """Write down that a step is finished."""
        write_private(self._path, json.dumps({**self._read(), step: mark}, indent=2) + "\n")

    def _read(self) -> dict[str, str]:
        try:
            data = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            # Every step can be repeated: a lost or damaged file costs time only.
            return {}
        return data if isinstance(data, dict) else {}
