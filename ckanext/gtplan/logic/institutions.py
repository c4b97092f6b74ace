"""Institutions: CKAN organisations with acronym, type, country and the body that followed them.

CKAN keeps what it has no field for as extras, and so are these four. They may be sent as extras
or by their names, as the form does; either way they are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ..plan.problems import ProblemKind
from ..plan.shapes import find_control_character
from ..plan.vocabulary import list_codes
from ..prm.places import find_code
from ..prm.values import is_blank
from .plans.messages import describe_reason
from .plans.publication import SUPPRESSED

__all__ = [
    "FIELDS",
    "follow_successors",
    "organization_create",
    "organization_update",
    "read_successors",
]

#: The extras that the plugin knows, in the order of the form.
FIELDS = ("acronym", "institution_type", "country", "successor")

Action = Callable[[Context, dict[str, Any]], Any]


@tk.chained_action  # type: ignore[untyped-decorator]
def organization_create(
    next_action: Action, context: Context, data_dict: dict[str, Any]
) -> dict[str, Any]:
    """Create an institution, with its own fields checked and kept as extras."""
    return _write("organization_create", next_action, context, data_dict)


@tk.chained_action  # type: ignore[untyped-decorator]
def organization_update(
    next_action: Action, context: Context, data_dict: dict[str, Any]
) -> dict[str, Any]:
    """Update an institution, with its own fields checked and kept as extras; a patch does, too."""
    return _write("organization_update", next_action, context, data_dict)


def _write(name: str, action: Action, context: Context, data: dict[str, Any]) -> dict[str, Any]:
    """Write an institution.

    Raises:
        toolkit.ValidationError: with a message for each field that is wrong, by its name.
    """
    if not isinstance(data.get("extras") or [], list):
        return dict(action(context, data))  # CKAN says what is wrong with it
    fields, others = _split(data)
    # a load was checked whole, and may name an institution that it has yet to write
    values, errors = (fields, {}) if SUPPRESSED in context else _check(fields, _find_own(data))
    if errors:
        tk.check_access(name, context, data)
        model.Session.rollback()
        raise tk.ValidationError(errors)
    sent = {key: value for key, value in data.items() if key not in FIELDS}
    if fields or "extras" in data:
        kept = [{"key": key, "value": value} for key, value in values.items() if value]
        sent["extras"] = [*others, *kept]
    written = action(context, sent)
    return written if isinstance(written, str) else dict(written)


def _split(data: Mapping[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """Take the institution's fields from the extras; what is sent by its name comes first."""
    fields: dict[str, Any] = {}
    others = []
    for extra in data.get("extras") or ():
        key = extra.get("key") if isinstance(extra, Mapping) else None
        if key in FIELDS:
            if not extra.get("deleted"):
                fields[str(key)] = extra.get("value")
        else:
            others.append(extra)
    fields |= {name: data[name] for name in FIELDS if name in data}
    return fields, others


def _find_own(data: Mapping[str, Any]) -> str | None:
    """Find the name of the institution that is written, which may be about to change."""
    group = model.Group.get(data["id"]) if isinstance(data.get("id"), str) else None
    name = group.name if group else data.get("name")
    return str(name) if name else None


def _check(
    fields: Mapping[str, Any], own: str | None
) -> tuple[dict[str, str], dict[str, list[str]]]:
    values: dict[str, str] = {}
    errors: dict[str, list[str]] = {}
    for name, value in fields.items():
        try:
            values[name] = _check_field(name, value, own)
        except tk.Invalid as error:
            errors[name] = [error.error]
    return values, errors


def _check_field(name: str, value: Any, own: str | None) -> str:
    if is_blank(value):
        return ""
    if not isinstance(value, str):
        raise tk.Invalid(describe_reason(ProblemKind.NOT_A_VALUE, str(value)))
    text = value.strip()
    if control := find_control_character(text):
        raise tk.Invalid(describe_reason(ProblemKind.CONTROL_CHARACTER, control))
    if name == "institution_type" and text not in list_codes(name):
        right = ", ".join(list_codes(name))
        raise tk.Invalid(describe_reason(ProblemKind.UNKNOWN_CODE, text, right))
    if name == "country":
        return _check_country(text)
    return _check_successor(text, own) if name == "successor" else text


def _check_country(text: str) -> str:
    code = find_code(text)
    if code is None or not code.isalpha():  # GT-01 is a department
        right = tk._("a country by its code of ISO 3166, for example GTM")
        raise tk.Invalid(describe_reason(ProblemKind.UNKNOWN_CODE, text, right))
    return code


def _check_successor(text: str, own: str | None) -> str:
    group = model.Group.get(text)
    if group is None or not group.is_organization or group.state != "active":
        raise tk.Invalid(describe_reason(ProblemKind.UNKNOWN_REFERENCE, text, "organization"))
    successors = read_successors()
    chain = [group.name, *follow_successors(group.name, successors)]
    if own in chain:
        circle = " → ".join([own, *chain[: chain.index(own) + 1]])
        raise tk.Invalid(describe_reason(ProblemKind.CYCLE, circle))
    return str(group.name)


def read_successors() -> dict[str, str]:
    """Read which institution follows which."""
    group = model.Group
    query = model.Session.query(group.name, group.extras)
    active = query.filter(group.is_organization, group.state == "active")
    return {name: str(extras["successor"]) for name, extras in active if extras.get("successor")}


def follow_successors(name: str, successors: Mapping[str, str]) -> Iterator[str]:
    """Go through the institutions that followed one, in order.

    Args:
        name: the institution's.
        successors: which follows which; one that leads back to itself is gone through once.
    """
    seen = {name}
    while (following := successors.get(name)) and following not in seen:
        seen.add(following)
        yield following
        name = following
