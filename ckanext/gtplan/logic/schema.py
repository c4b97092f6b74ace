"""What the actions take."""

from __future__ import annotations

from typing import Any

from ckan.logic.schema import validator_args
from ckan.types import Schema, Validator

__all__ = ["conformance_report", "data_import", "load", "modification_list", "unload"]


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


@validator_args
def data_import(
    not_empty: Validator, unicode_safe: Validator, default: Any, boolean_validator: Validator
) -> Schema:
    """A data.json as a text, and whose its datasets are to be."""
    return {
        "organization": [not_empty, unicode_safe],
        "content": [not_empty, unicode_safe],
        "source": [not_empty, unicode_safe],
        "dry_run": [default(False), boolean_validator],
    }


@validator_args
def conformance_report(
    ignore_empty: Validator,
    unicode_safe: Validator,
    isodate: Validator,
    default: Any,
    boolean_validator: Validator,
    natural_number_validator: Validator,
) -> Schema:
    """A report, narrowed by organization, day and page."""
    return {
        "organization": [ignore_empty, unicode_safe],
        "date": [ignore_empty, isodate],
        "public_lacking": [default(False), boolean_validator],
        "limit": [default(100), natural_number_validator],
        "offset": [default(0), natural_number_validator],
    }
