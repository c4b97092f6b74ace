"""Reporting in the portal: a form for each row of a plan, a spreadsheet for many, the history."""

from __future__ import annotations

from functools import partial
from typing import Any

from ckan.lib.helpers import Page
from ckan.plugins import toolkit as tk
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from .. import config
from ..logic.follow.items import (
    Item,
    find_milestones,
    list_items,
    make_requests,
    send_requests,
)
from ..logic.follow.opening import LARGEST
from ..logic.follow.roles import find_milestone
from ..logic.follow.template import write_template
from ..logic.follow.wording import describe_answer, describe_changed
from ..plan.follow.answers import AnswerError, find_changes, read_back, write_answer

__all__ = ["reports"]

reports = Blueprint("gtplan_reports", __name__, url_prefix="/reports")

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PAGE = 50
#: What a form sends beside the file.
_ROOM = 2**20


@reports.before_request
def limit_size() -> None:
    """Refuse what is larger than any form or spreadsheet before it is read."""
    if (tk.request.content_length or 0) > LARGEST + _ROOM:
        tk.abort(413, tk._("The file is too large."))


def _context() -> Any:
    user = tk.current_user
    return {"user": user.name if user.is_authenticated else ""}


def _find_or_abort(find: Any, *arguments: Any) -> Any:
    """Ask for what an address names; it is as if it were not there for who may not see it."""
    try:
        return find(_context(), *arguments)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("There is no such record."))


def _send_to_login() -> ResponseReturnValue | None:
    """Let a visitor log in first, and come back."""
    if tk.current_user.is_authenticated:
        return None
    return tk.h.redirect_to("user.login", came_from=tk.request.full_path)


# The history


@reports.route("/<id>")
def read(id: str) -> str:
    """Show what was reported on a milestone, a commitment or a plan, the newest first.

    Args:
        id: name or id of the record.
    """
    number = tk.h.get_page_number(tk.request.args)
    standing = tk.request.args.get("standing", "")
    standing = standing if standing in ("counted", "pending", "returned") else ""
    package = _find_or_abort(_show_record, id)
    asked = {
        "id": id,
        "limit": _PAGE,
        "offset": (number - 1) * _PAGE,
        "standing": standing,
        **{name: tk.request.args.get(name, "") for name in ("activity_no", "deliverable")},
    }
    found = tk.get_action("gtplan_report_list")(_context(), asked)
    page = Page(
        collection=found["results"],
        page=number,
        url=partial(tk.h.url_for, "gtplan_reports.read", id=id, standing=standing or None),
        item_count=found["count"],
        items_per_page=_PAGE,
    )
    page.items = found["results"]
    return str(
        tk.render("gtplan/reports.html", {"pkg": package, "page": page, "standing": standing})
    )


def _show_record(context: Any, id: str) -> dict[str, Any]:
    try:
        tk.check_access("gtplan_report_list", dict(context), {"id": id})
        return dict(tk.get_action("package_show")(context, {"id": id}))
    except tk.NotAuthorized as error:
        raise tk.ObjectNotFound() from error


@reports.route("/<id>/decision", methods=["POST"])
def decide(id: str) -> ResponseReturnValue:
    """Approve or return a report, and go back to those that wait.

    Args:
        id: name or id of the record whose reports are looked at.
    """
    sent = {name: tk.request.form.get(name, "").strip() for name in ("decision", "reason")}
    report = tk.request.form.get("report", "")
    back = tk.h.url_for("gtplan_reports.read", id=id, standing="pending")
    try:
        tk.get_action("gtplan_report_decide")(_context(), {"id": report, **sent})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("Only the body that coordinates the plan decides on reports."))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("There is no such report."))
    except tk.ValidationError as error:
        for sentences in error.error_dict.values():
            tk.h.flash_error("; ".join(map(str, sentences)))
        return tk.h.redirect_to(f"{back}#{report}")
    is_approved = sent["decision"] == "approved"
    tk.h.flash_success(tk._("Approved.") if is_approved else tk._("Returned."))
    return tk.h.redirect_to(back)


# The form


@reports.route("/<id>/new", methods=["GET", "POST"])
def create(id: str) -> ResponseReturnValue:
    """Report on an activity, an expected deliverable or a milestone.

    Args:
        id: name or id of the milestone; ``?activity_no=`` or ``?deliverable=`` names its row.
    """
    login = _send_to_login()
    if login is not None:
        return login
    item = _find_item(_find_or_abort(find_milestone, id))
    if tk.request.method == "POST":
        return _save(item)
    today = config.get_today().isoformat()
    return _render(item, item.shown, {**item.shown, "as_of": today}, {})


def _find_item(package: dict[str, Any]) -> Item:
    activity_no = tk.request.args.get("activity_no") or None
    deliverable = tk.request.args.get("deliverable") or None
    for item in list_items(_context(), [package]):
        if item.target == (package["name"], activity_no, deliverable):
            return item
    if activity_no or deliverable:
        return tk.abort(403, tk._("You may not report on this, or the plan no longer has it."))
    return tk.abort(403, tk._("You may not report on this milestone as a whole."))


def _render(
    item: Item, shown: dict[str, str], values: dict[str, str], errors: dict[str, Any]
) -> str:
    return str(
        tk.render(
            "gtplan/report_form.html",
            {
                "item": item,
                "pkg": tk.h.gtplan_package(item.target.milestone),
                "shown": shown,
                "values": values,
                "errors": errors,
            },
        )
    )


def _save(item: Item) -> ResponseReturnValue:
    form = tk.request.form
    # browsers change the line ends of what was put before the person
    shown = {name: write_answer(name, form.get(f"shown-{name}", "")) for name in item.fields}
    typed = {name: form.get(name, "") for name in (*item.fields, "as_of", "organization")}
    found: dict[str, str] = {}
    errors: dict[str, Any] = {}
    for name in (*item.fields, "as_of"):
        try:
            found[name] = read_back(name, shown.get(name, ""), typed[name])
        except AnswerError as error:
            errors[name] = [describe_answer(error)]
    changes = find_changes(shown, {name: found[name] for name in item.fields if name in found})
    if not errors and not changes:
        errors[""] = [tk._("Nothing was changed: there is nothing to report yet.")]
    if not errors:
        requests = make_requests(
            item,
            shown,
            changes,
            as_of=found["as_of"],
            organization=typed["organization"] or None,
        )
        try:
            results = send_requests(_context(), requests)
        except tk.ValidationError as error:
            errors = dict(error.error_dict)
        else:
            _tell(item, shown, results)
            return tk.h.redirect_to(f"{_address(item)}#{item.anchor}")
    return _render(item, shown, typed, errors)


def _tell(item: Item, shown: dict[str, str], results: list[dict[str, Any]]) -> None:
    """Tell what became of a report, on the next page."""
    is_pending = any(result["report"]["standing"] == "pending" for result in results)
    tk.h.flash_success(
        tk._("Your report was received, and waits for the coordinator’s approval.")
        if is_pending
        else tk._("Your report was published.")
    )
    for sentence in describe_changed(item, shown).values():
        tk.h.flash_notice(sentence)
    for result in results:
        for name, sentences in result["warnings"].items():
            label = tk.h.gtplan_report_field(name, item.kind)["label"]
            tk.h.flash_notice(f"{label}: {'; '.join(sentences)}")


def _address(item: Item) -> str:
    return str(tk.h.url_for("milestone.read", id=item.target.milestone))


# The spreadsheet


@reports.route("/<id>/template.xlsx")
def read_template(id: str) -> ResponseReturnValue:
    """Answer the spreadsheet of a record for what the user may report on.

    Args:
        id: of a milestone, a commitment, a plan or an organization.
    """
    login = _send_to_login()
    if login is not None:
        return login
    organization = tk.request.args.get("organization") or None
    template = _find_or_abort(write_template, id, organization)
    if template is None:
        return tk.abort(403, tk._("There is nothing here that you may report on."))
    response = Response(template.data, mimetype=_XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{template.name}"'
    return response


@reports.route("/<id>/spreadsheet", methods=["GET", "POST"])
def load(id: str) -> ResponseReturnValue:
    """Show where the spreadsheet of a record is downloaded, and sent back filled in.

    Args:
        id: of a milestone, a commitment, a plan or an organization.
    """
    login = _send_to_login()
    if login is not None:
        return login
    title, packages = _find_or_abort(find_milestones, id)
    items = list(list_items(_context(), packages))
    if not items:
        return tk.abort(403, tk._("There is nothing here that you may report on."))
    bodies = list(dict.fromkeys(name for item in items for name in item.bodies))
    outcome: dict[str, Any] = {}
    errors: list[str] = []
    if tk.request.method == "POST":
        try:
            outcome = _load(id)
        except tk.ValidationError as error:
            errors = [str(text) for texts in error.error_dict.values() for text in texts]
    values = {"id": id, "title": title, "bodies": bodies, "errors": errors, "outcome": outcome}
    return str(tk.render("gtplan/report_spreadsheet.html", values))


def _load(id: str) -> dict[str, Any]:
    file = tk.request.files.get("content") or FileStorage()
    if not file.filename:
        raise tk.ValidationError({"content": [tk._("Choose the file that you filled in.")]})
    request = {
        "content": file.read(),
        "organization": tk.request.form.get("organization") or None,
        "dry_run": bool(tk.request.form.get("dry_run")),
    }
    found: dict[str, Any] = tk.get_action("gtplan_report_load")(_context(), request)
    return {**found, "is_dry": request["dry_run"]}
