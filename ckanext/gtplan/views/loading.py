"""Loading a plan in the browser: the files are checked, what they change is shown, then written.

Everything works without JavaScript; while a job works on a large plan, the page loads itself again.
"""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import Any

from ckan.plugins import toolkit as tk
from flask import Blueprint
from flask.typing import ResponseReturnValue

from ..logic.plans.messages import describe_problem
from ..logic.plans.sending import KeptLoad, keep_load, list_loads, start_check, start_writing
from ..logic.progress import name_step
from ..plan.files.archive import MAX_ALL_BYTES, name_load, unpack_sources
from ..plan.files.tree import SourceFile
from ..plan.problems import PlanError
from .table import make_context, send_to_login

__all__ = ["loading"]

loading = Blueprint("gtplan_loading", __name__, url_prefix="/load-plan")

#: What a form sends beside the files.
_ROOM = 2**20
#: In which order a page tells what becomes of records.
_STATUSES = ("new", "changed", "unchanged", "left_over")
#: So many are told one by one.
_MOST = 200


@loading.before_request
def limit() -> ResponseReturnValue | None:
    """Let only those in who may load, and nothing that is larger than any plan."""
    if (tk.request.content_length or 0) > MAX_ALL_BYTES + _ROOM:
        return tk.abort(413, tk._("The file is too large."))
    login = send_to_login()
    if login is not None:
        return login
    try:
        tk.check_access("gtplan_load", make_context(), {})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("Only administrators of the portal load plans."))
    return None


@loading.route("", methods=["GET", "POST"])
def load() -> ResponseReturnValue:
    """Show where plan files are sent, and receive them."""
    errors: list[str] = []
    load_id = tk.request.form.get("load", "").strip()
    if tk.request.method == "POST":
        sent = _read_sent()
        if not sent:
            errors = [tk._("Choose the file of the plan.")]
        else:
            try:
                sources = unpack_sources(sent)
            except PlanError as error:
                errors = [describe_problem(problem) for problem in error.problems]
            else:
                name = load_id or name_load(sent) or "plan"
                kept = keep_load(tk.current_user.name, name, sources)
                start_check(kept)
                return tk.h.redirect_to("gtplan_loading.follow", id=kept.id)
    given = {"errors": errors, "load_id": load_id, "loads": list_loads()}
    return str(tk.render("gtplan/load_plan.html", given))


def _read_sent() -> list[SourceFile]:
    """Read what was sent; a browser may send the path of a file, too."""
    return [
        SourceFile(name=PurePosixPath(file.filename.replace("\\", "/")).name, data=file.read())
        for file in tk.request.files.getlist("files")
        if file.filename
    ]


@loading.route("/<id>", methods=["GET", "POST"])
def follow(id: str) -> ResponseReturnValue:
    """Show what is known of files that were sent; by POST, agree to what they change.

    Args:
        id: of the files, seen by nobody but who has sent them.
    """
    kept = KeptLoad.find(tk.current_user.name, id)
    if kept is None:
        return tk.abort(404, tk._("This file is not here any more: please send it again."))
    if tk.request.method == "POST":
        # what was agreed to is what the page has shown, and no later difference
        is_same = tk.request.form.get("fingerprint") == kept.fingerprint
        if (kept.stage == "checked" and is_same) or (kept.is_stuck and kept.fingerprint):
            start_writing(kept)
        elif kept.is_stuck:
            start_check(kept)
        return tk.h.redirect_to("gtplan_loading.follow", id=id)
    return str(tk.render("gtplan/load_sent.html", {"kept": kept, **_sort(kept)}))


def _sort(kept: KeptLoad) -> dict[str, Any]:
    """Sort a difference by what becomes of records."""
    records = kept.difference.get("records", [])
    counts = Counter(record["status"] for record in records)
    groups: dict[str, Any] = {
        name: [r for r in records if r["status"] == name] for name in _STATUSES
    }
    others = ("modifications", "reports")
    return {
        "step": name_step(kept.step),
        "counts": counts,
        "groups": groups,
        "edited": [r for r in groups["unchanged"] if r["edited"]],
        "has_changes": any(counts[name] for name in ("new", "changed"))
        or any(kept.difference.get(name) for name in others),
        "is_unfinished": _is_unfinished(kept),
        "most": _MOST,
    }


def _is_unfinished(kept: KeptLoad) -> bool:
    """Tell whether the load was written once, and is to go on where it was left."""
    return any(run["id"] == kept.load and not run["finished"] for run in list_loads())
