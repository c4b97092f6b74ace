"""What the actions take."""

from __future__ import annotations

from typing import Any

from ckan.logic.schema import validator_args
from ckan.types import Schema, Validator

__all__ = [
    "conformance_report",
    "data_import",
    "export",
    "load",
    "modification_list",
    "progress",
    "report_decide",
    "report_list",
    "report_load",
    "unload",
]


@validator_args
def load(
    not_empty: Validator,
    not_missing: Validator,
    unicode_safe: Validator,
    default: Any,
    boolean_validator: Validator,
) -> Schema:
    """A load as files, and whether to write nothing."""
    return {
        "id": [not_empty, unicode_safe],
        "dry_run": [default(False), boolean_validator],
        "files": {"name": [not_empty, unicode_safe], "content": [not_missing, unicode_safe]},
    }


@validator_args
def export(
    ignore_missing: Validator, unicode_safe: Validator, default: Any, boolean_validator: Validator
) -> Schema:
    """A load or a record, and whether each section is to be a file of its own."""
    return {
        "id": [ignore_missing, unicode_safe],
        "is_folder": [default(False), boolean_validator],
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
def progress(
    not_empty: Validator,
    unicode_safe: Validator,
    ignore_empty: Validator,
    default: Any,
    boolean_validator: Validator,
) -> Schema:
    """A record by id or name, the day at which it is judged, and whether rows are wanted."""
    return {
        "id": [not_empty, unicode_safe],
        "date": [ignore_empty, unicode_safe],
        "activities": [default(False), boolean_validator],
    }


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


@validator_args
def report_list(
    not_empty: Validator,
    unicode_safe: Validator,
    ignore_empty: Validator,
    one_of: Any,
    default: Any,
    natural_number_validator: Validator,
) -> Schema:
    """The reports on a record, narrowed by row, standing and page."""
    return {
        "id": [not_empty, unicode_safe],
        "activity_no": [ignore_empty, unicode_safe],
        "deliverable": [ignore_empty, unicode_safe],
        "standing": [ignore_empty, one_of(["counted", "pending", "returned"])],
        "limit": [default(100), natural_number_validator],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def report_decide(
    not_empty: Validator, unicode_safe: Validator, ignore_empty: Validator, one_of: Any
) -> Schema:
    """A report by its id, and what is decided on it."""
    return {
        "id": [not_empty, unicode_safe],
        "decision": [not_empty, one_of(["approved", "returned"])],
        "reason": [ignore_empty, unicode_safe],
    }


@validator_args
def report_load(
    not_empty: Validator,
    unicode_safe: Validator,
    ignore_empty: Validator,
    default: Any,
    boolean_validator: Validator,
) -> Schema:
    """A spreadsheet, on whose behalf it was filled in, and whether it is only tried."""
    return {
        "content": [not_empty],
        "organization": [ignore_empty, unicode_safe],
        "dry_run": [default(False), boolean_validator],
    }
