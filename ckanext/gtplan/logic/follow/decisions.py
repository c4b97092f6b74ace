"""Deciding on reports that wait for the coordinator's approval."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ckan import model
from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...model.report import APPROVED, ReportDecision
from .. import schema
from .intake import check_or_refuse, show_outcome
from .renewal import lock_milestones, renew_milestones
from .reports import PENDING, StoredReport, read_reports, read_stored
from .roles import find_report


@validate(schema.report_decide)
def gtplan_report_decide(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Approve a report that waits for it, so that it counts, or return it with the reason.

    A report is decided on once: what was approved is corrected by a new report, what was
    returned is reported anew. The same decision again writes nothing.

    Args:
        context: of somebody of the body that coordinates the plan, or of a sysadmin.
        data_dict: ``id`` of the report, ``decision`` (approved or returned) and ``reason``.

    Returns:
        The ``report``, and the ``state`` of its target by all that counts.

    Raises:
        toolkit.ValidationError: the report was decided otherwise, waits for nothing, or says
            what does not go with the reports that count.
    """
    tk.check_access("gtplan_report_decide", context, data_dict)
    data_dict["reason"] = (data_dict.get("reason") or "").strip() or None
    stored, milestone = find_report(context, data_dict["id"])
    with model.Session.begin_nested():
        lock_milestones([stored.milestone_id])
        (stored,) = read_stored(ids=[stored.report.id])
        is_new = _check_decision(stored, data_dict)
        if is_new:
            if data_dict["decision"] == APPROVED:
                check_or_refuse(stored.report, read_reports([milestone["name"]]), milestone)
            _add(context, data_dict)
    if is_new and not context.get("defer_commit"):
        renew_milestones(context, [stored.milestone_id])
    return show_outcome(stored.report.id)


def _check_decision(stored: StoredReport, data: dict[str, Any]) -> bool:
    """Tell whether a decision is still to be written.

    Raises:
        toolkit.ValidationError: it cannot be.
    """
    if data["decision"] != APPROVED and not data["reason"]:
        raise tk.ValidationError({"reason": [tk._("say why it is returned")]})
    if stored.standing == PENDING:
        return True
    if stored.decided is None:
        sentence = tk._("the report counts already: it waits for no decision")
    elif stored.decision == data["decision"]:
        return False
    else:
        sentence = tk._("it was decided already, and otherwise: what is wrong is reported anew")
    raise tk.ValidationError({"decision": [sentence]})


def _add(context: Context, data: dict[str, Any]) -> None:
    user = model.User.get(context.get("user") or "")
    decision = ReportDecision(
        report_id=data["id"],
        decision=data["decision"],
        reason=data["reason"],
        user_id=user.id if user else None,
        decided=datetime.now(timezone.utc).replace(microsecond=0),
    )
    model.Session.add(decision)
    model.Session.flush()
