"""What was reported, and what the reader may report on, as pages show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ckan.plugins import toolkit as tk

from ..logic.follow.items import make_anchor
from ..logic.follow.reading import Reader
from ..logic.follow.roles import Rights, find_milestone, read_rights
from ..logic.follow.wording import explain_field, label_answer, list_choices, name_field
from ..plan.follow.answers import CHOICES
from ..plan.follow.reporting import REPORTED_FIELDS, Target
from ..plan.model import Milestone
from .records import gtplan_country, gtplan_named, remember
from .words import gtplan_date, gtplan_label, gtplan_money, gtplan_number

_DATES = ("actual_start", "actual_end")
#: The rows of a milestone that are reported on: the field of the report, the rows, their key.
_ROWS = (
    ("activity_no", "activities", "activity_no"),
    ("deliverable", "expected_deliverables", "key"),
)


def gtplan_reports(name: str, limit: int = 5) -> dict[str, Any]:
    """List the latest reports on a milestone, a commitment or a plan, and count them."""
    asked = {"id": name, "limit": limit}
    found: dict[str, Any] = tk.get_action("gtplan_report_list")(_context(), asked)
    return found


def gtplan_report_rights(milestone: str) -> Rights:
    """Tell what the reader may report on in a milestone, and whether they approve reports."""

    def read() -> Rights:
        if not tk.current_user.is_authenticated:
            return Rights()
        try:
            return read_rights(_context(), find_milestone(_context(), milestone))
        except tk.ObjectNotFound:
            return Rights()

    found: Rights = remember("gtplan_report_rights", milestone, read)
    return found


def gtplan_may_report(
    milestone: str, activity_no: str | None = None, deliverable: str | None = None
) -> bool:
    """Tell whether the reader may report on a row of a milestone, or on all of it."""
    target = Target(milestone, activity_no, deliverable)
    return target in gtplan_report_rights(milestone).bodies


def gtplan_report_anchor(activity_no: str | None = None, deliverable: str | None = None) -> str:
    """Give the id of a row's place on the page of its milestone."""
    return make_anchor(activity_no, deliverable)


def gtplan_report_values(report: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """List what a report says: field, its name, and the value as people of the country write it.

    Args:
        report: as ``gtplan_report_list`` gives it. Evidence stays a list of addresses.
    """
    kind = "deliverable" if report["deliverable"] else "activity"
    milestone = gtplan_named(report["milestone"])
    country = gtplan_country(milestone) if milestone else None
    for field in REPORTED_FIELDS:
        value = report[field]
        if value not in (None, "", []) and field != "currency":
            yield field, name_field(field, kind), _write(field, value, report, country)


def _write(field: str, value: Any, report: Mapping[str, Any], country: str | None) -> Any:
    if field in CHOICES:
        return gtplan_label(CHOICES[field], value)
    if field in _DATES:
        return gtplan_date(value)
    if field == "percent_complete":
        return f"{gtplan_number(Decimal(value), country)} %"
    if field == "executed_amount":
        return gtplan_money(Decimal(value), report["currency"] or "", country)
    return value


def gtplan_report_field(field: str, kind: str) -> dict[str, Any]:
    """Describe a field of the form: its name, help and choices."""
    choices = list_choices(CHOICES[field]) if field in CHOICES else []
    return {
        "label": name_field(field, kind),
        "help": explain_field(field),
        "choices": [(code, label_answer(field, code)) for code in choices],
    }


def gtplan_report_row(report: Mapping[str, Any]) -> str:
    """Name what a report is on, within its milestone; empty for the milestone itself."""
    name = report["milestone"]
    # who is shown a report may see its milestone
    found = remember("gtplan_reported", name, lambda: Reader().list(Milestone, [name]))
    for field, rows, key in _ROWS:
        wanted = report[field]
        if wanted:
            parts = (part for one in found for part in getattr(one, rows))
            title = next((part.name for part in parts if getattr(part, key) == wanted), "")
            return f"{wanted}. {title}" if field == "activity_no" else title or str(wanted)
    return ""


def _context() -> Any:
    user = tk.current_user
    return {"user": user.name if user.is_authenticated else ""}
