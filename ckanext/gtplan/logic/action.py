"""The actions that the plugin adds to CKAN's API."""

from __future__ import annotations

import dataclasses
from typing import Any

from ckan.logic import validate
from ckan.plugins import plugin_loaded
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ..plan.files.checks import check_sources
from ..plan.files.tree import SourceFile, check_size
from ..plan.problems import PlanError
from . import schema
from .dictionary import datastore_create, datastore_delete
from .exchange.importing import find_organization, import_records, read_records
from .exchange.legacy import package_show
from .exchange.omissions import gtplan_feed_report
from .exchange.pulls import gtplan_feed_pull_list
from .exchange.stock import (
    dcat_catalog_search,
    dcat_catalog_show,
    dcat_dataset_show,
    dcat_datasets_list,
)
from .follow.decisions import gtplan_report_decide
from .follow.history import gtplan_report_list
from .follow.intake import gtplan_report_create
from .follow.progress import gtplan_progress
from .follow.spreadsheet import gtplan_report_load
from .indicators.series import gtplan_indicator_list, gtplan_indicator_series
from .institutions import organization_create, organization_update
from .living.actions import gtplan_table_compare, gtplan_table_history, gtplan_table_upload
from .living.gate import datastore_upsert
from .living.renewal import gtplan_inventory_renew
from .living.totals import gtplan_inventory_figures
from .packages import (
    bulk_update_public,
    dataset_purge,
    package_create,
    package_owner_org_update,
    package_update,
    resource_create,
    resource_delete,
    resource_update,
)
from .plans.files import gtplan_export
from .plans.loading import write_load
from .plans.log import list_modifications
from .plans.messages import describe_problem
from .plans.preview import Preview, describe_refusals, preview_load, write_agreed
from .plans.publication import gtplan_deliverable_build
from .plans.unloading import remove_load
from .progress import Progress, ignore_progress
from .quality.report import gtplan_conformance_report
from .services.actions import gtplan_service_search, gtplan_service_show
from .validators import is_known

__all__ = [
    "bulk_update_public",
    "dataset_purge",
    "datastore_create",
    "datastore_delete",
    "datastore_upsert",
    "dcat_catalog_search",
    "dcat_catalog_show",
    "dcat_dataset_show",
    "gtplan_conformance_report",
    "gtplan_deliverable_build",
    "gtplan_export",
    "gtplan_feed_pull_list",
    "gtplan_feed_report",
    "gtplan_import",
    "gtplan_indicator_list",
    "gtplan_indicator_series",
    "gtplan_inventory_figures",
    "gtplan_inventory_renew",
    "gtplan_load",
    "gtplan_modification_list",
    "gtplan_report_create",
    "gtplan_report_decide",
    "gtplan_report_list",
    "gtplan_report_load",
    "gtplan_progress",
    "gtplan_service_search",
    "gtplan_service_show",
    "gtplan_table_compare",
    "gtplan_table_history",
    "gtplan_table_upload",
    "gtplan_unload",
    "organization_create",
    "organization_update",
    "package_create",
    "package_owner_org_update",
    "package_show",
    "package_update",
    "resource_create",
    "resource_delete",
    "resource_update",
]


def list_actions() -> dict[str, Any]:
    """List the actions: that of a plugin of ckanext-dcat's only where it is enabled."""
    found = {name: globals()[name] for name in __all__}
    if plugin_loaded("dcat_json_interface"):
        found["dcat_datasets_list"] = dcat_datasets_list
    return found


def _get_progress(context: Context) -> Progress:
    return context.get("gtplan_progress") or ignore_progress  # type: ignore[return-value]


@validate(schema.load)
def gtplan_load(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Load a plan from YAML files: checked whole, written whole or not at all.

    Args:
        context: of a sysadmin.
        data_dict: ``id`` of the load unless the files name it; ``files``, a list of
            ``{"name": ..., "content": ...}``; ``dry_run`` to write nothing; ``fingerprint`` of a
            dry run, to write only what that one has told.

    Returns:
        Names under ``created``, ``changed``, ``unchanged`` and ``left_over``, ``rows`` (of each
        table that changed how many were ``added``, ``changed`` and ``removed``), what was
        ``published``, ``unfinished`` (sentences on what is to be done by repeating the load)
        and ``warnings`` as sentences. Of a dry run ``difference``, its ``fingerprint`` and
        ``warnings``; what would be refused is in the difference.

    Raises:
        toolkit.ValidationError: with a sentence for each problem under ``files``; under
            ``fingerprint`` when the difference is another one by now.
    """
    tk.check_access("gtplan_load", context, data_dict)
    progress = _get_progress(context)
    try:
        checked = check_sources(_read_sources(data_dict), data_dict["id"], is_known)
        if data_dict["dry_run"]:
            result = _describe_preview(preview_load(context, checked, progress))
        elif data_dict.get("fingerprint"):
            shown = data_dict["fingerprint"]
            result = dataclasses.asdict(write_agreed(context, checked, shown, progress))
        else:
            result = dataclasses.asdict(write_load(context, checked, progress))
    except PlanError as error:
        if data_dict["dry_run"]:
            preview = Preview(load=data_dict["id"], refused=describe_refusals(error))
            return {**_describe_preview(preview), "warnings": []}
        sentences = [describe_problem(problem) for problem in error.problems]
        raise tk.ValidationError({"files": sentences}) from error
    return {**result, "warnings": [describe_problem(problem) for problem in checked.warnings]}


def _describe_preview(preview: Preview) -> dict[str, Any]:
    return {"difference": dataclasses.asdict(preview), "fingerprint": preview.fingerprint}


def _read_sources(data_dict: dict[str, Any]) -> list[SourceFile]:
    sources = []
    for file in data_dict["files"]:
        data = _encode(file["content"])
        check_size(len(data), file["name"])
        sources.append(SourceFile(name=file["name"], data=data))
    return sources


def _encode(content: str) -> bytes:
    """Give back the bytes of a file that was sent as a text, even if it is none.

    The command line sends bytes that are not UTF-8 as lone surrogates, and JSON can hold
    any: either way the check of the file must see them, and name their line.
    """
    try:
        return content.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return content.encode("utf-8", "surrogatepass")


@validate(schema.data_import)
def gtplan_import(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Bring the datasets of another portal's data.json into an organization.

    Args:
        context: of somebody who may create datasets there.
        data_dict: ``organization`` by name or id, ``content`` of the data.json, ``source`` (its
            address or file name, by which datasets without an identifier of their own are known
            again), and ``dry_run`` to write nothing.

    Returns:
        Names under ``created``, ``changed``, ``unchanged`` and ``deleted``, ``private`` with the
        required fields that each lacks, ``refused`` with the reasons, and ``dropped`` values.

    Raises:
        toolkit.ValidationError: the content holds no dataset; then nothing is written.
    """
    organization = find_organization(data_dict["organization"])
    wanted = {**data_dict, "organization": organization.id}
    tk.check_access("gtplan_import", context, wanted)
    source, datasets = read_records(data_dict["content"], data_dict["source"])
    progress, is_dry = _get_progress(context), data_dict["dry_run"]
    summary = import_records(context, source, datasets, organization, progress, is_dry=is_dry)
    return dataclasses.asdict(summary)


@validate(schema.unload)
def gtplan_unload(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a load away again, with the datasets made of it, and nothing else.

    Args:
        context: of a sysadmin.
        data_dict: ``id`` of the load.

    Returns:
        Names under ``removed`` and ``kept`` (what was there before the load, and
        organisations that other datasets belong to).
    """
    tk.check_access("gtplan_unload", context, data_dict)
    removal = remove_load(context, data_dict["id"], _get_progress(context))
    return dataclasses.asdict(removal)


@tk.side_effect_free
@validate(schema.modification_list)
def gtplan_modification_list(
    context: Context, data_dict: dict[str, Any]
) -> list[dict[str, Any]]:
    """List the log of modifications of a record: a whole plan's, or one commitment's.

    Args:
        context: of a user who may see the record.
        data_dict: ``id`` or name of an action plan, commitment or milestone.
    """
    tk.check_access("gtplan_modification_list", context, data_dict)
    record = tk.get_action("package_show")(tk.fresh_context(context), {"id": data_dict["id"]})
    is_plan = record["type"] == "action_plan"
    entries = list_modifications(
        plan_name=record["name"] if is_plan else None,
        targets=None if is_plan else [record["name"]],
    )
    visible = {target: _is_visible(context, target) for target in {e["target"] for e in entries}}
    return [entry for entry in entries if visible[entry["target"]]]


def _is_visible(context: Context, name: str) -> bool:
    """Tell whether the user may see a record: the plan's log must not tell of a hidden one."""
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": name})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True
