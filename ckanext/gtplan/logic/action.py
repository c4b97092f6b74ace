"""The actions that the plugin adds to CKAN's API."""

from __future__ import annotations

import dataclasses
from typing import Any

from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ..plan.checks import check_sources
from ..plan.problems import PlanError
from ..plan.tree import SourceFile, check_size
from . import schema
from .feed import dcat_catalog_search, dcat_catalog_show
from .forms import package_create, package_update
from .loading import Progress, write_load
from .log import list_modifications
from .messages import describe_problem
from .publication import gtplan_deliverable_build
from .unloading import remove_load
from .validators import is_known

__all__ = [
    "dcat_catalog_search",
    "dcat_catalog_show",
    "gtplan_deliverable_build",
    "gtplan_load",
    "gtplan_modification_list",
    "gtplan_unload",
    "package_create",
    "package_update",
]


def _ignore(step: str, done: int, total: int) -> None:
    """Report progress to nobody: the API answers at the end."""


def _get_progress(context: Context) -> Progress:
    return context.get("gtplan_progress") or _ignore  # type: ignore[return-value]


@validate(schema.load)
def gtplan_load(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Load a plan from YAML files: checked whole, written whole or not at all.

    Args:
        context: of a sysadmin.
        data_dict: ``id`` of the load unless the files name it, and ``files``, a list of
            ``{"name": ..., "content": ...}``.

    Returns:
        Names under ``created``, ``changed``, ``unchanged`` and ``left_over``, what was
        ``published``, and ``warnings`` as sentences.

    Raises:
        toolkit.ValidationError: with a sentence for each problem under ``files``.
    """
    tk.check_access("gtplan_load", context, data_dict)
    try:
        sources = []
        for file in data_dict["files"]:
            data = _encode(file["content"])
            check_size(len(data), file["name"])
            sources.append(SourceFile(name=file["name"], data=data))
        checked = check_sources(sources, data_dict["id"], is_known)
        summary = write_load(context, checked, _get_progress(context))
    except PlanError as error:
        sentences = [describe_problem(problem) for problem in error.problems]
        raise tk.ValidationError({"files": sentences}) from error
    return {
        **dataclasses.asdict(summary),
        "warnings": [describe_problem(problem) for problem in checked.warnings],
    }


def _encode(content: str) -> bytes:
    """Give back the bytes of a file that was sent as a text, even if it is none.

    The command line sends bytes that are not UTF-8 as lone surrogates, and JSON can hold
    any: either way the check of the file must see them, and name their line.
    """
    try:
        return content.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return content.encode("utf-8", "surrogatepass")


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
        target=None if is_plan else record["name"],
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
