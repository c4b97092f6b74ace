"""What a harvest job's report says: the portal's language, and the sentences of both harvesters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click
from ckan.plugins import toolkit as tk
from flask import has_request_context

from ..prm.reasons import REASONS

#: The reasons are marked for the catalogues where they stand.
_translate = tk._


@contextmanager
def portal_language() -> Iterator[None]:
    """Write in the portal's language: the processes that harvest serve no request."""
    command = click.get_current_context(silent=True)
    if has_request_context() or command is None:
        yield
        return
    with command.meta["flask_app"].test_request_context():
        yield


def describe_dropped(field: str, value: str, why: str) -> str:
    """Say which value was left out, and why.

    Args:
        field: the value's, of the profile.
        value: as it was given.
        why: a key of `REASONS`.
    """
    return f"{field}: {value}: {_translate(REASONS[why])}"


def describe_private(titles: Iterable[str]) -> str:
    """Say why a dataset was kept private: the titles of what is missing."""
    text = tk._("Not public, because required fields are missing: {fields}")
    return str(text.format(fields=", ".join(titles)))
