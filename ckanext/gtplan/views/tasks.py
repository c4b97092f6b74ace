"""What those who edit for an institution have to do next."""

from __future__ import annotations

from ckan.plugins import toolkit as tk
from ckan.types import Context
from flask import Blueprint
from flask.typing import ResponseReturnValue

from ..logic.tasks import SHOWN, list_own_bodies, list_tasks

__all__ = ["tasks"]

tasks = Blueprint("gtplan_tasks", __name__)


@tasks.route("/tasks")
def read() -> ResponseReturnValue:
    """Show what is to be done; ``?organization=`` names one of those that the user edits for."""
    if tk.current_user.is_anonymous:
        return tk.h.redirect_to("user.login", came_from=tk.url_for("gtplan_tasks.read"))
    name = tk.request.args.get("organization", "")
    context: Context = {"user": tk.current_user.name}
    try:
        tk.check_access("gtplan_tasks", context, {"organization": name})
    except tk.NotAuthorized:
        # whether there is such an organization is no matter: it is not theirs
        return tk.abort(403, tk._("This page is for those who edit for an institution."))
    bodies = list_own_bodies(context)
    chosen = [group for group in bodies if name in ("", group.name, group.id)]
    found = list_tasks(context, chosen)
    known = {"bodies": bodies, "chosen": name or None, "limit": SHOWN}
    return str(tk.render("gtplan/tasks.html", {"tasks": found, **known}))
