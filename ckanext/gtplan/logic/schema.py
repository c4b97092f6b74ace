"""What the actions take."""

from __future__ import annotations

from typing import Any

from ckan.logic.schema import validator_args
from ckan.types import Schema, Validator

from .services.entries import FILTERS
from .services.statement import ORDERS

__all__ = [
    "conformance_report",
    "data_import",
    "export",
    "feed_pull_list",
    "feed_report",
    "indicator_list",
    "indicator_series",
    "inventory_figures",
    "inventory_renew",
    "load",
    "modification_list",
    "progress",
    "report_decide",
    "report_list",
    "report_load",
    "service_search",
    "service_show",
    "table_compare",
    "table_history",
    "table_upload",
    "unload",
]


@validator_args
def load(
    not_empty: Validator,
    not_missing: Validator,
    unicode_safe: Validator,
    ignore_missing: Validator,
    default: Any,
    boolean_validator: Validator,
) -> Schema:
    """A load as files, whether to write nothing, and what was agreed to."""
    return {
        "fingerprint": [ignore_missing, unicode_safe],
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
def inventory_renew(
    not_empty: Validator,
    unicode_safe: Validator,
    int_validator: Validator,
    ignore_empty: Validator,
) -> Schema:
    """An inventory, and what the one of the new year is called."""
    return {
        "id": [not_empty, unicode_safe],
        "reference_year": [not_empty, int_validator],
        "name": [ignore_empty, unicode_safe],
        "title": [ignore_empty, unicode_safe],
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
def indicator_series(not_empty: Validator, unicode_safe: Validator) -> Schema:
    """An indicator by id or name."""
    return {"id": [not_empty, unicode_safe]}


@validator_args
def indicator_list(
    ignore_empty: Validator,
    unicode_safe: Validator,
    default: Any,
    natural_number_validator: Validator,
) -> Schema:
    """The indicators of a record, and a page of them."""
    parents = ("milestone", "commitment", "regional_plan")
    return {
        **{name: [ignore_empty, unicode_safe] for name in parents},
        "limit": [default(100), natural_number_validator],
        "offset": [default(0), natural_number_validator],
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
def feed_report(
    ignore_empty: Validator,
    unicode_safe: Validator,
    default: Any,
    natural_number_validator: Validator,
) -> Schema:
    """What the feeds leave out, narrowed by organization, and a page of it."""
    return {
        "organization": [ignore_empty, unicode_safe],
        "limit": [default(100), natural_number_validator],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def feed_pull_list(
    ignore_empty: Validator,
    unicode_safe: Validator,
    default: Any,
    natural_number_validator: Validator,
) -> Schema:
    """The pulls of the last days, and whose."""
    return {
        "days": [default(30), natural_number_validator],
        "harvester": [ignore_empty, unicode_safe],
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


@validator_args
def service_search(
    ignore_missing: Validator,
    unicode_safe: Validator,
    default: Any,
    one_of: Any,
    natural_number_validator: Validator,
    convert_to_list_if_string: Validator,
    list_of_strings: Validator,
) -> Schema:
    """Words, filters of one value or several, an order and a page."""
    several = [ignore_missing, convert_to_list_if_string, list_of_strings]
    return {
        "q": [ignore_missing, unicode_safe],
        **dict.fromkeys(FILTERS, several),
        "sort": [default("relevance"), one_of(list(ORDERS))],
        "limit": [default(20), natural_number_validator],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def service_show(not_empty: Validator, unicode_safe: Validator) -> Schema:
    """A service by the name of its institution and its own code."""
    return {
        "organization": [not_empty, unicode_safe],
        "service_id": [not_empty, unicode_safe],
    }


@validator_args
def table_upload(
    not_empty: Validator,
    unicode_safe: Validator,
    ignore_empty: Validator,
    ignore_missing: Validator,
    default: Any,
    one_of: Any,
    boolean_validator: Validator,
) -> Schema:
    """A table of a record, and a file or a list of rows for it."""
    return {
        "id": [not_empty, unicode_safe],
        "table": [ignore_empty, unicode_safe],
        "upload": [ignore_missing],
        "records": [ignore_missing],
        "mode": [default("merge"), one_of(["merge", "replace"])],
        "dry_run": [default(False), boolean_validator],
    }


@validator_args
def table_history(
    not_empty: Validator,
    unicode_safe: Validator,
    ignore_empty: Validator,
    ignore_missing: Validator,
    list_of_strings: Validator,
    default: Any,
    natural_number_validator: Validator,
) -> Schema:
    """A table of a record, one of its rows, and a page."""
    return {
        "id": [not_empty, unicode_safe],
        "table": [ignore_empty, unicode_safe],
        "key": [ignore_missing, list_of_strings],
        "limit": [default(100), natural_number_validator],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def table_compare(
    not_empty: Validator,
    unicode_safe: Validator,
    ignore_empty: Validator,
    default: Any,
    natural_number_validator: Validator,
) -> Schema:
    """A table of two records, and a page."""
    return {
        "id": [not_empty, unicode_safe],
        "with": [not_empty, unicode_safe],
        "table": [ignore_empty, unicode_safe],
        "limit": [default(100), natural_number_validator],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def inventory_figures(not_empty: Validator, unicode_safe: Validator) -> Schema:
    """An inventory."""
    return {"id": [not_empty, unicode_safe]}
