"""Publishing a deliverable in three steps: the file, its description, and who is to see it.

Each step is a form of its own that works without JavaScript. What is filled in is kept in a draft
of a dataset, so that it can be left and taken up again; nothing is public before the last step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ckan.lib.navl import dictization_functions as forms
from ckan.logic import clean_dict, parse_params, tuplize_dict
from ckan.plugins import toolkit as tk
from flask import Blueprint
from flask.typing import ResponseReturnValue

from ..logic.follow.roles import find_milestone
from ..logic.forms import gather_rows
from ..logic.plans import drafts
from ..logic.quality.gate import Refusal, find_lacking
from ..plan.parts import ExpectedDeliverable
from .table import make_context, send_to_login

__all__ = ["publishing"]

publishing = Blueprint("gtplan_publishing", __name__, url_prefix="/publish")

_STEPS = (1, 2, 3)
#: What the second step asks: first what the profile requires or recommends, then the rest.
_FIRST = ("title", "notes", "frequency", "license_id", "contact", "theme", "tag_string")
_MORE = ("temporal_coverage", "spatial_coverage", "language", "contributor", "url")
#: Fields of several parts, or of several values, which a form does not send when they are empty.
_LISTS = frozenset({"contact", "theme", "temporal_coverage", "spatial_coverage"})
_LISTS |= {"language", "contributor"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A deliverable that the user may publish, and the draft that waits for it, if there is one."""

    milestone: dict[str, Any]
    expected: ExpectedDeliverable
    bodies: tuple[str, ...]
    draft: dict[str, Any] | None


@publishing.route("/<id>/<key>", methods=["GET", "POST"])
def publish(id: str, key: str) -> ResponseReturnValue:
    """Show a step of publishing a deliverable, and take what was filled in.

    Args:
        id: name or id of the milestone.
        key: of the deliverable.
    """
    login = send_to_login()
    if login is not None:
        return login
    place = _find_place(id, key)
    if tk.request.method == "GET":
        return _render(place, _choose_step(place, tk.request.args.get("step", "")))
    task = _TASKS.get(tk.request.form.get("task", ""))
    if task is None or (place.draft is None and task is not _take_file):
        return _lead(place)
    try:
        return task(place)
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not publish this deliverable."))


def _find_place(id: str, key: str) -> Place:
    try:
        milestone = find_milestone(make_context(), id)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("There is no such record."))
    expected = drafts.find_deliverable(milestone, key)
    if expected is None:
        return tk.abort(404, tk._("The milestone has no such deliverable."))
    bodies = drafts.list_publishers(make_context(), milestone).get(key, ())
    if not bodies:
        sentence = tk._(
            "Deliverables are published by the editors of the institutions that answer for them."
        )
        return tk.abort(403, sentence)
    draft = drafts.find_draft(make_context(), milestone["name"], key)
    return Place(milestone=milestone, expected=expected, bodies=bodies, draft=draft)


def _choose_step(place: Place, text: str) -> int:
    """Choose the step that is asked for; without a draft it is the first."""
    if place.draft is None or not place.draft["resources"]:
        return 1
    return next((step for step in _STEPS if str(step) == text), 2)


def _render(place: Place, step: int, **more: Any) -> str:
    name, key = place.milestone["name"], place.expected.key
    given: dict[str, Any] = {
        "pkg": place.milestone,
        "place": place,
        "draft": place.draft,
        "step": step,
        "errors": {},
        "error_summary": {},
        "values": {},
        "published": drafts.find_published(make_context(), name, key) if step == 1 else [],
        "is_reserved": drafts.is_reserved(place.milestone),
        "fields": {"first": _FIRST, "more": _MORE},
    }
    if step == 3 and place.draft is not None:
        given["judged"] = drafts.date_draft(place.draft)
        given["lacking"] = find_lacking(given["judged"], None)
    return str(tk.render(f"gtplan/publish_{step}.html", {**given, **more}))


def _lead(place: Place, step: int | None = None) -> ResponseReturnValue:
    address = {"id": place.milestone["name"], "key": place.expected.key, "step": step}
    return tk.h.redirect_to("gtplan_publishing.publish", **address)


# The first step


def _take_file(place: Place) -> ResponseReturnValue:
    """Take a file or an address; a draft that has one may keep it."""
    form = tk.request.form
    upload = tk.request.files.get("upload")
    values = {name: form.get(name, "").strip() for name in ("url", "name", "owner")}
    resource: dict[str, Any] = {"name": values["name"] or place.expected.name}
    if upload and upload.filename:
        resource |= {"upload": upload, "url": upload.filename, "url_type": "upload"}
    elif values["url"]:
        resource |= {"url": values["url"], "url_type": ""}
    elif place.draft and place.draft["resources"]:
        return _keep_file(place, resource)
    else:
        errors = {"upload": [tk._("Choose a file, or write the address where it can be had.")]}
        return _render(place, 1, errors=errors, values=values)
    try:
        if place.draft is None:
            owner = values["owner"] if values["owner"] in place.bodies else place.bodies[0]
            context = make_context()
            drafts.start_draft(context, place.milestone, place.expected.key, owner, resource)
        else:
            drafts.store_file(make_context(), place.draft, resource)
    except tk.ValidationError as error:
        return _render(place, 1, errors=_flatten(error.error_dict), values=values)
    except (tk.ObjectNotFound, KeyError):
        sentence = tk._("The milestone lacks what it belongs to: put it right first.")
        return _render(place, 1, errors={"milestone": [sentence]}, values=values)
    return _lead(place, 2)


def _keep_file(place: Place, resource: dict[str, Any]) -> ResponseReturnValue:
    assert place.draft is not None
    present = place.draft["resources"][0]
    if resource["name"] != present.get("name"):
        data = {"id": present["id"], "name": resource["name"]}
        tk.get_action("resource_patch")(make_context(), data)
    return _lead(place, 2)


def _flatten(errors: dict[str, Any]) -> dict[str, Any]:
    """Put the sentences on a file together, whichever field CKAN tells them of."""
    rows = [row for row in errors.get("resources", []) if isinstance(row, dict)]
    found = {**errors, **{name: said for row in rows for name, said in row.items()}}
    found.pop("resources", None)
    return found


# The second step


def _describe(place: Place) -> ResponseReturnValue:
    """Take the description: what is asked and left empty is emptied."""
    assert place.draft is not None
    data = clean_dict(forms.unflatten(tuplize_dict(parse_params(tk.request.form))))
    gather_rows(data)
    asked = {name: data.get(name, [] if name in _LISTS else "") for name in (*_FIRST, *_MORE)}
    tags = [tag.strip() for tag in str(asked.pop("tag_string")).split(",")]
    asked["tags"] = [{"name": tag} for tag in dict.fromkeys(tags) if tag]
    try:
        if not str(asked["title"]).strip():  # CKAN would take the name in the address for it
            message = tk._("A title is needed: people find the data by it.")
            raise tk.ValidationError({"title": [message]})
        change = {"id": place.draft["id"], **asked}
        tk.get_action("package_patch")(make_context(), change)
    except tk.ValidationError as error:
        shown = {**place.draft, **asked, "tag_string": ", ".join(filter(None, tags))}
        told = {"errors": error.error_dict, "error_summary": error.error_summary}
        return _render(place, 2, values=shown, **told)
    return _lead(place, 3)


# The third step


def _open(place: Place) -> ResponseReturnValue:
    """Publish the draft, for everybody or for the institution alone."""
    assert place.draft is not None
    is_private = tk.request.form.get("audience") == "institution"
    if drafts.is_reserved(place.milestone) and not is_private:
        return _lead(place, 3)
    try:
        drafts.publish_draft(make_context(), place.draft, is_private=is_private)
    except Refusal as refusal:
        return _render(place, 3, refused=refusal.sentences)
    except tk.ValidationError as error:
        told = [f"{name}: {said}" for name, said in error.error_summary.items()]
        return _render(place, 3, refused=told)
    text = (
        tk._("“{title}” is published for your institution. Nobody else sees it yet.")
        if is_private
        else tk._("“{title}” is published: everybody can download it.")
    )
    tk.h.flash_success(text.format(title=place.draft["title"]))
    return _return(place)


def _discard(place: Place) -> ResponseReturnValue:
    """Take the draft away."""
    assert place.draft is not None
    drafts.discard_draft(make_context(), place.draft)
    tk.h.flash_notice(tk._("The draft was taken away."))
    return _return(place)


def _return(place: Place) -> ResponseReturnValue:
    address = tk.h.url_for("milestone.read", id=place.milestone["name"])
    return tk.h.redirect_to(f"{address}#entregable-{place.expected.key}")


_TASKS = {"file": _take_file, "describe": _describe, "publish": _open, "discard": _discard}
