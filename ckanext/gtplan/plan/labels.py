"""The names that people see for the fields of plan records, read from ``fields.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from .vocabulary import LANGUAGES


@cache
def _table() -> dict[str, Any]:
    text = files(__package__).joinpath("fields.yaml").read_text("utf-8")
    return dict(yaml.safe_load(text))


def get_field_labels(field: str) -> dict[str, str]:
    """Give a field's labels by language.

    Raises:
        KeyError: the field has none.
    """
    return dict(zip(LANGUAGES, _table()["labels"][field], strict=True))


def list_labelled_fields() -> tuple[str, ...]:
    """List the fields that have labels."""
    return tuple(_table()["labels"])


def is_long(field: str) -> bool:
    """Tell whether a field holds texts of more than a line."""
    return field in _table()["long"]


def list_facets(record_type: str) -> tuple[str, ...]:
    """List the fields that a list of records of that type is narrowed by."""
    return tuple(_table()["facets"].get(record_type, ()))


def list_expected(record_type: str) -> dict[str, tuple[str, ...]]:
    """List the fields that are expected of a record of that type.

    Returns:
        For each field, in order, the fields that are expected of each of its rows; empty for a
        field that has none.
    """
    expected: dict[str, tuple[str, ...]] = {}
    for item in _table()["expected"].get(record_type, ()):
        expected |= {k: tuple(v) for k, v in item.items()} if isinstance(item, dict) else {item: ()}
    return expected
