"""What forms ask, in groups and in the reader's language, and the choices that they offer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk

from ..config import get_language, get_option
from ..plan.vocabulary import LANGUAGES, get_labels, list_codes
from ..prm.places import Choice, list_places, name_place
from ..prm.profile import Labels, load
from ..prm.vocabulary import vocabulary

Field = dict[str, Any]


def gtplan_form_groups(fields: Iterable[Field]) -> list[tuple[Labels | None, list[Field]]]:
    """Put the fields of a form into the groups in which it asks for them.

    Args:
        fields: those of a schema or of one of its pages, expanded.

    Returns:
        Label and fields of each group; first, without a label, the fields that are in none:
        the portal's own, and those that are kept without being asked for.
    """
    labels = load()["groups"]
    groups: dict[str | None, list[Field]] = {}
    for field in fields:
        if field.get("form_snippet", "") is not None:
            name = field.get("group")
            groups.setdefault(name if name in labels else None, []).append(field)
    return [(labels.get(name), groups[name]) for name in (None, *labels) if name in groups]


def gtplan_choices(field: dict[str, Any]) -> list[dict[str, Any]]:
    """List the choices of a scheming field that names a vocabulary."""
    vocabulary = field["vocabulary"]
    return [
        {"value": code, "label": get_labels(vocabulary, code)} for code in list_codes(vocabulary)
    ]


def gtplan_row_title(field: Field, row: Mapping[str, Any]) -> str:
    """Name a row of a form by the first two texts that it holds: number and name of an activity."""
    texts = [row.get(part["field_name"]) for part in field["repeating_subfields"]]
    return " ".join([text for text in texts if text and isinstance(text, str)][:2])


def gtplan_yes_or_no(field: dict[str, Any]) -> list[dict[str, Any]]:
    """List the choices of a scheming field that is true or false."""
    yes = dict(zip(LANGUAGES, ("Sí", "Yes", "Sim"), strict=True))
    no = dict(zip(LANGUAGES, ("No", "No", "Não"), strict=True))
    # as CKAN keeps them: what no choice equals, a form would empty
    return [{"value": "true", "label": yes}, {"value": "false", "label": no}]


def gtplan_places() -> list[Choice]:
    """List the places that a form offers, those of the portal's countries first."""
    return list_places(get_language(), get_option("country"))


def gtplan_place_name(value: str) -> str:
    """Name a place that is told by its code, with the code; anything else is as it was written."""
    name = name_place(value, get_language())
    return f"{name} ({value})" if name else value


def gtplan_licenses(field: Field) -> list[dict[str, Any]]:
    """List the licences that CKAN knows, by their names in the profile's list where it has one."""
    codes = vocabulary("license")
    found = []
    for title, code in model.Package.get_license_options():
        if code not in codes.absent:
            term = codes.find(code)
            found.append({"value": code, "label": term.label if term else title})
    return found


def gtplan_language_name(code: str) -> str:
    """Name a language; a code that is not of the list is its own name."""
    term = vocabulary("language").find(code)
    return str(tk.h.scheming_language_text(term.label)) if term else code


@tk.chained_helper  # type: ignore[untyped-decorator]
def scheming_language_text(
    next_helper: Callable[..., str], text: Any, prefer_lang: str | None = None
) -> str:
    """Let readers of a relative of a language read that: Portuguese of Portugal, of Brazil."""
    return next_helper(_choose_relative(text, prefer_lang), prefer_lang)


@tk.chained_helper  # type: ignore[untyped-decorator]
def scheming_choices_label(
    next_helper: Callable[..., str], choices: Iterable[dict[str, Any]], value: str
) -> str:
    """Do the same for the labels of choices, which scheming looks up by itself."""
    relative = [
        {**choice, "label": _choose_relative(choice.get("label", choice["value"]), None)}
        for choice in choices
        if choice["value"] == value
    ]
    return next_helper(relative, value)


def _choose_relative(text: Any, language: str | None) -> Any:
    language = language or get_language()
    if not isinstance(text, Mapping) or language in text:
        return text
    close = next((key for key in text if key[:2] == language[:2]), None)
    return {**text, language: text[close]} if close else text
