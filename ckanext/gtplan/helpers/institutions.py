"""Institutions, as records name them and as their own pages and forms show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk

from ..config import get_language, get_option
from ..logic.institutions import FIELDS, follow_successors
from ..plan.vocabulary import get_label, list_codes
from ..prm.places import list_places
from .records import remember

Body = dict[str, Any]
Option = dict[str, str]


def gtplan_body(name: str) -> Body:
    """Describe an organisation for a link: title, acronym, address; of one that is gone, its id.

    Returns:
        Where another body has followed it, that is ``today``, and the address is its address: a
        record keeps the name that the body had then.
    """
    unknown = {"name": name, "title": name, "acronym": None, "url": None, "today": None}
    return _get_bodies().get(name) or unknown


def gtplan_institution(name: str) -> Body:
    """Describe an institution for its own page.

    Returns:
        As ``gtplan_body``, and under ``predecessors`` the bodies that it followed, by title.
    """
    before = [body for body in _get_bodies().values() if body["successor"] == name]
    predecessors = sorted(before, key=lambda body: str(body["title"]))
    return {**gtplan_body(name), "predecessors": [b for b in predecessors if b["name"] != name]}


def gtplan_institution_options(field: str, own: str | None) -> list[Option]:
    """List the choices of a field of an institution's form, first that of none.

    Args:
        field: ``institution_type``, ``country`` or ``successor``.
        own: the name of the institution, which does not follow itself.
    """
    language = get_language()
    options: list[Option] = [{"value": "", "text": "\u2013"}]
    if field == "institution_type":
        codes = list_codes(field)
        options += ({"value": c, "text": get_label(field, c, language)} for c in codes)
    elif field == "country":
        places = list_places(language, get_option("country"))
        # the departments of a country have a hyphen in their codes
        options += ({"value": p.code, "text": p.label} for p in places if p.code.isalpha())
    else:
        bodies = sorted(_get_bodies().values(), key=lambda body: str(body["title"]).casefold())
        options += ({"value": b["name"], "text": _write(b)} for b in bodies if b["name"] != own)
    return options


def _write(body: Mapping[str, Any]) -> str:
    return f"{body['title']} ({body['acronym']})" if body["acronym"] else str(body["title"])


def _get_bodies() -> dict[str, Body]:
    bodies: dict[str, Body] = remember("gtplan_bodies", "all", _read_bodies)
    return bodies


def _read_bodies() -> dict[str, Body]:
    group = model.Group
    query = model.Session.query(group.name, group.title, group.extras)
    active = query.filter(group.is_organization, group.state == "active")
    bodies = {
        name: {
            "name": name,
            "title": title or name,
            **{field: extras.get(field) or None for field in FIELDS},
            "url": tk.h.url_for("organization.read", id=name),
            "today": None,
        }
        for name, title, extras in active
    }
    successors = {n: str(b["successor"]) for n, b in bodies.items() if b["successor"] in bodies}
    for name, body in bodies.items():
        chain = list(follow_successors(name, successors))
        if chain:
            body |= {"today": bodies[chain[-1]], "url": bodies[chain[-1]]["url"]}
    return bodies
