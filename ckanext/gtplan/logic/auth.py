"""Who may do what."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from .exchange.omissions import gtplan_feed_report_auth as gtplan_feed_report
from .exchange.pulls import gtplan_feed_pull_list_auth as gtplan_feed_pull_list
from .follow.progress import gtplan_progress_auth as gtplan_progress
from .follow.roles import gtplan_report_create_auth as gtplan_report_create
from .follow.roles import gtplan_report_decide_auth as gtplan_report_decide
from .follow.roles import gtplan_report_list_auth as gtplan_report_list
from .follow.spreadsheet import gtplan_report_load_auth as gtplan_report_load
from .indicators.series import gtplan_indicator_list_auth as gtplan_indicator_list
from .indicators.series import gtplan_indicator_series_auth as gtplan_indicator_series
from .living.actions import gtplan_table_compare_auth as gtplan_table_compare
from .living.actions import gtplan_table_history_auth as gtplan_table_history
from .living.actions import gtplan_table_upload_auth as gtplan_table_upload
from .living.renewal import gtplan_inventory_renew_auth as gtplan_inventory_renew
from .living.totals import gtplan_inventory_figures_auth as gtplan_inventory_figures
from .plans.files import gtplan_export_auth as gtplan_export
from .plans.publication import gtplan_deliverable_build_auth as gtplan_deliverable_build
from .quality.report import gtplan_conformance_report_auth as gtplan_conformance_report
from .services.actions import gtplan_service_search_auth as gtplan_service_search
from .services.actions import gtplan_service_show_auth as gtplan_service_show
from .tasks import gtplan_tasks_auth as gtplan_tasks

__all__ = [
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
    "gtplan_tasks",
    "gtplan_unload",
]


def gtplan_import(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may create datasets in the organization may import into it."""
    wanted = {"owner_org": data_dict["organization"], "type": "dataset"}
    try:
        tk.check_access("package_create", tk.fresh_context(context), wanted)
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}


def gtplan_load(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Loading makes organisations and records of all of them: sysadmins only."""
    return {"success": False}


def gtplan_unload(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Unloading purges: sysadmins only."""
    return {"success": False}


@tk.auth_allow_anonymous_access
def gtplan_modification_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may see the record may see its log."""
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": data_dict["id"]})
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}
