"""Passwords and keys: made once at random, kept in one private file of the state folder."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from stack.console import StackError
from stack.settings import write_private

# In bytes. The administrator's password is typed by a person.
SIZES = {
    "postgres": 24,
    "database": 24,
    "datastore_read": 24,
    "test_database": 24,
    "test_datastore_read": 24,
    "redis": 24,
    "secret_key": 32,
    "api_token": 32,
    "loader": 16,
    "admin": 10,
}


def read_secrets(state: Path) -> dict[str, str]:
    """Read the installation's secrets by name; those that are missing are made and kept.

    Raises:
        StackError: the file is there but can't be read.
    """
    path = state / "secrets.json"
    try:
        known: dict[str, str] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        known = {}
    except (OSError, ValueError) as error:
        raise StackError(
            "Secrets",
            f"{path} can't be read: {error}",
            next_step="put it back from a copy: the databases know these passwords",
        ) from error
    values = {name: known.get(name) or secrets.token_hex(size) for name, size in SIZES.items()}
    if values != known:
        write_private(path, json.dumps(values, indent=2) + "\n")
    return values
