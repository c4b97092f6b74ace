"""What the actions take."""

from __future__ import annotations

from ckan.logic.schema import validator_args
from ckan.types import Schema, Validator

__all__ = ["load", "modification_list", "unload"]


@validator_args
def load(not_empty: Validator, not_missing: Validator, unicode_safe: Validator) -> Schema:
    """A load as files."""
    return {
        "id": [not_empty, unicode_safe],
        "files": {"name": [not_empty, unicode_safe], "content": [not_missing, unicode_safe]},
    }


@validator_args
def unload(not_empty: Validator, unicode_safe: Validator) -> Schema:
    """A load by its id."""
    return {"id": [not_empty, unicode_safe]}


@validator_args
def modification_list(not_empty: Validator, unicode_safe: Validator) -> Schema:
    """A record by id or name."""
    return {"id": [not_empty, unicode_safe]}
