"""Who pulled the feeds and when, as administrators ask for it."""

from __future__ import annotations

from datetime import timezone
from typing import Any

from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from ...feed.keeping.database import get_engine
from ...feed.pulls import KEPT_DAYS, list_days, list_harvesters
from ...plan.shapes import CONTROL
from .. import schema

__all__ = ["gtplan_feed_pull_list", "gtplan_feed_pull_list_auth"]


def gtplan_feed_pull_list_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """What others read is the administrator's matter: sysadmins only."""
    return {"success": False}


@tk.side_effect_free
@validate(schema.feed_pull_list)
def gtplan_feed_pull_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List who pulled the feeds, what and when.

    Args:
        context: of a sysadmin.
        data_dict: all optional: ``days`` (30; no more than 90 are kept), ``harvester``, as the
            list names it.

    Returns:
        ``harvesters``, the latest first, each with the sums of its pulls; ``days`` with those of
        each day and address. Sums are ``pulls``, ``unchanged`` (304), ``failed``, ``size`` (bytes)
        and ``seconds`` (of one pull, on average); ``latest`` and ``status`` are of the last one.
    """
    tk.check_access("gtplan_feed_pull_list", context, data_dict)
    days = min(max(data_dict["days"], 1), KEPT_DAYS)
    harvester = CONTROL.sub("", data_dict.get("harvester") or "")
    with get_engine().connect() as connection:
        harvesters = list_harvesters(connection, days)
        found = list_days(connection, days, harvester)
    return {
        "harvesters": [
            _tell(one) for one in harvesters if harvester in ("", one["harvester"])
        ],
        "days": [_tell(one) for one in found],
    }


def _tell(row: Any) -> dict[str, Any]:
    numbers = {name: int(row[name]) for name in ("pulls", "unchanged", "failed", "size")}
    latest = row["latest"].astimezone(timezone.utc)
    moments = {"latest": latest.isoformat(timespec="seconds")}
    days = {name: row[name].isoformat() for name in ("day", "first") if name in row}
    return {**row, **numbers, **moments, **days, "seconds": round(row["seconds"], 3)}
