"""A small plan with the bodies that follow it: made once, with a new milestone for each test."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk
from ckan.tests import factories

#: Body -> the one that succeeded it. GPAT coordinates; two bodies succeed each other in a circle.
BODIES = {"duena": "", "mineco": "", "inap": "", "gpat": "gae", "gae": "", "ajena": ""}
BODIES |= {"uno": "dos", "dos": "uno"}
#: User -> body and capacity there.
USERS = {
    "editora-duena": ("duena", "editor"),
    "miembro-duena": ("duena", "member"),
    "editora-mineco": ("mineco", "editor"),
    "admin-mineco": ("mineco", "admin"),
    "miembro-mineco": ("mineco", "member"),
    "editora-inap": ("inap", "editor"),
    "editora-gpat": ("gpat", "editor"),
    "editora-gae": ("gae", "editor"),
    "miembro-gae": ("gae", "member"),
    "editora-ajena": ("ajena", "editor"),
    "editora-dos": ("dos", "editor"),
}
ACTIVITIES = [
    {"activity_no": "01", "name": "Inventario", "responsibles": "mineco gpat"},
    {"activity_no": "02", "name": "Matriz", "responsibles": "inap"},
    {"activity_no": "03", "name": "Cierre"},
    {"activity_no": "04", "name": "Círculo", "responsibles": "uno"},
]
DELIVERABLES = [{"key": "inventario", "name": "El inventario", "responsibles": "inap"}]


def make_plan() -> None:
    """Make the plan, another one that another body coordinates, and all who follow them."""
    if model.Package.get("gt-pan9") is not None:
        return
    # the example plan has bodies of the same names
    model.repo.delete_all()
    search.clear_all()
    for name in USERS:
        if model.User.get(name) is None:  # users outlive a portal that is emptied
            factories.User(name=name)
    for name in BODIES:
        users = [
            {"name": user, "capacity": capacity}
            for user, (body, capacity) in USERS.items()
            if body == name
        ]
        factories.Organization(name=name, title=f"Ente {name}", users=users)
    for name, successor in BODIES.items():
        # no form takes a circle, and older records may hold one
        group = model.Group.get(name)
        group.extras = {"successor": successor} if successor else {}
    model.repo.commit()
    for plan, body in (("gt-pan9", "gpat"), ("gt-pan8", "ajena")):
        factories.Dataset(
            type="action_plan", name=plan, owner_org="duena", coordinating_body=body, country="GTM"
        )
        factories.Dataset(
            type="commitment", name=f"{plan}-c01", owner_org="duena", action_plan=plan
        )


def make_milestone(**changes: Any) -> str:
    """Make a milestone of the plan, and give its name."""
    name = f"gt-pan9-c01-{uuid4()}"  # others may be there, of tests that ran before
    values = {
        "owner_org": "duena",
        "commitment": "gt-pan9-c01",
        "activities": ACTIVITIES,
        "expected_deliverables": DELIVERABLES,
    }
    made = factories.Dataset(type="milestone", name=name, **{**values, **changes})
    return str(made["name"])


def report(user: str, milestone: str, activity_no: str | None = "01", **values: Any) -> Any:
    """Report as a user; on the first activity where nothing else is said."""
    given = {"milestone": milestone, "activity_no": activity_no, **values}
    return tk.get_action("gtplan_report_create")({"user": user}, given)


def list_reports(user: str, record: str, **narrowed: Any) -> list[dict[str, Any]]:
    """List reports as a user."""
    answer = tk.get_action("gtplan_report_list")({"user": user}, {"id": record, **narrowed})
    assert answer["count"] >= len(answer["results"])
    return list(answer["results"])
