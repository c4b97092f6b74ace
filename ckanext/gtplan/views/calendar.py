"""Calendars of what falls due, to subscribe to: of the portal, of a record, of an institution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ckan.plugins import toolkit as tk
from flask import Blueprint, Response

from ..config import get_language, get_today
from ..logic.follow.dues import find_visible, list_dues
from ..logic.follow.kept import keep
from ..plan.calendar import Event, write_calendar
from ..plan.follow.dues import KINDS, Due
from .answers import refuse

__all__ = ["calendars"]

calendars = Blueprint("gtplan_calendar", __name__)

#: The types of record that have a calendar.
_TYPES = ("action_plan", "commitment", "milestone", "regional_plan")


@calendars.route("/calendar.ics")
def read_all() -> Response:
    """Answer what falls due in all plans; ``?kind=`` says of which kinds."""
    return _answer("due-dates", str(tk.config["ckan.site_title"]))


@calendars.route("/calendar/<name>.ics")
def read_one(name: str) -> Response:
    """Answer what falls due of a plan, a commitment, a milestone, or of an institution."""
    record = _show("package_show", name)
    if record and record["type"] in _TYPES and record["state"] == "active":
        return _answer(record["name"], record["title"], record=record["name"])
    body = _show("organization_show", name)
    if body and body["state"] == "active":
        return _answer(body["name"], body["title"], organization=body["name"])
    # whether there is one that the reader may not see is not told
    return refuse(404, tk._("There is no such record."))


def _show(action: str, name: str) -> dict[str, Any] | None:
    try:
        return dict(tk.get_action(action)({}, {"id": name}))
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None


def _answer(filename: str, title: str, **wanted: str) -> Response:
    kinds = [kind for kind in tk.request.args.getlist("kind") if kind]
    for kind in kinds:
        if kind not in KINDS:
            sentence = tk._("“{value}” is no filter: choose one of {choices}")
            return refuse(400, sentence.format(value=kind, choices=", ".join(KINDS)))

    def write() -> str:
        dues = [due for due in list_dues({}, **wanted) if not kinds or due.kind in kinds]
        name = tk._("{title}: due dates").format(title=title)
        description = tk._(
            "Deliverables, activities, milestones and reports, on the day they fall due"
        )
        return write_calendar(name, description, _list_events(dues))

    # thousands of events are described once until something changes
    asked = (title, *sorted(wanted.items()), *sorted(kinds))
    seen = (get_today(), get_language(), find_visible({}))
    text = keep(("calendar", *asked, *seen), write, measure=lambda made: len(made) // 4000)
    if not tk.current_user.is_anonymous:
        # CKAN then says that only the reader's own browser may keep it
        tk.request.environ["__no_cache__"] = True
    response = Response(text, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'inline; filename="{filename}.ics"'
    response.add_etag()
    return response.make_conditional(tk.request)


def _list_events(dues: Sequence[Due]) -> Iterator[Event]:
    site = tk.config["ckan.site_url"].rstrip("/")
    for due in dues:
        if due.day is not None and due.changed is not None:
            kind = tk.h.gtplan_due_kind(due.kind)
            yield Event(
                source=f"{site}/{due.record.name}#{due.kind}/{due.key}",
                day=due.day,
                summary=f"{kind}: {due.title}",
                description="\n".join(_describe(due)),
                address=f"{site}{due.address}",
                category=kind,
                changed=due.changed,
            )


def _describe(due: Due) -> Iterator[str]:
    """Say of an event what is not in its title, a line each."""
    yield tk._("Due: {date}").format(date=tk.h.gtplan_date(due.due))
    if due.printed:
        yield tk._("In the document: {date}").format(date=due.printed)
    if due.responsibles:
        names = ", ".join(tk.h.gtplan_body(name)["title"] for name in due.responsibles)
        yield tk._("Responsible: {names}").format(names=names)
    if due.is_late or due.is_done:
        yield tk._("Late") if due.is_late else tk._("Completed")
    if status := tk.h.gtplan_due_status(due):
        yield status
    yield " › ".join(place for _, place, _ in tk.h.gtplan_due_place(due))
