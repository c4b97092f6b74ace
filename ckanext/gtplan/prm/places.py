"""Places by ISO 3166: countries and their departments, with names in a reader's language."""

from __future__ import annotations

import gettext
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pycountry
from babel import Locale, UnknownLocaleError

from .vocabulary import vocabulary

# pycountry makes the attributes of its records as it runs: no type knows them.
_COUNTRIES: Any = pycountry.countries
_DEPARTMENTS: Any = pycountry.subdivisions
#: Languages in which a place is recognised by its name.
_LANGUAGES = ("es", "en", "pt_BR")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A place to choose: its code, and what people read for it."""

    code: str
    label: str


def list_places(language: str, first: Iterable[str] = ()) -> list[Choice]:
    """List the countries, and the departments of those that matter most.

    Args:
        language: ``es``, ``en``, ``pt_BR``.
        first: countries that stand first, by ISO 3166-1 code of two or three letters; without
            any, those of the code list ``country``.

    Returns:
        The first countries, each with its departments, then all other countries, by name.
    """
    codes = list(first) or [term.code for term in vocabulary("country").terms]
    chosen = [country for code in codes if (country := _find_country(code))]
    names = _name_countries(language)
    found: list[Choice] = []
    for country in chosen:
        found.append(Choice(code=country.alpha_3, label=names[country.alpha_2]))
        found += _list_departments(country.alpha_2, names[country.alpha_2], language)
    others = [country for country in _COUNTRIES if country not in chosen]
    others.sort(key=lambda country: names[country.alpha_2])
    return found + [Choice(code=c.alpha_3, label=names[c.alpha_2]) for c in others]


def find_code(text: str) -> str | None:
    """Find the code of a place that is written by its code or its name.

    Args:
        text: ``GT``, ``GTM``, ``gt-01``, ``Brasil``, ``Petén, Guatemala``.

    Returns:
        The ISO 3166-1 code of three letters or the ISO 3166-2 code; None for anything else.
    """
    if not isinstance(text, str):
        return None
    if country := _find_country(text):
        return str(country.alpha_3)
    if department := _DEPARTMENTS.get(code=text.strip().upper()):
        return str(department.code)
    return _codes_by_name().get(text.strip().casefold())


def name_place(code: str, language: str) -> str | None:
    """Name a place by its code.

    Args:
        code: of ISO 3166-1 or ISO 3166-2.
        language: ``es``, ``en``, ``pt_BR``.

    Returns:
        ``Guatemala``, ``Petén, Guatemala``; None for what is no such code.
    """
    names = _name_countries(language)
    if country := _find_country(code):
        return names[country.alpha_2]
    department = _DEPARTMENTS.get(code=code.strip().upper())
    if department is None:
        return None
    return _name_department(department, names[department.country_code], language)


def _name_department(department: Any, country: str, language: str) -> str:
    return f"{_translations(language).gettext(department.name)}, {country}"


def _find_country(code: str) -> Any | None:
    text = code.strip().upper()
    if len(text) not in (2, 3) or not text.isalpha():
        return None
    return _COUNTRIES.get(**{f"alpha_{len(text)}": text})


def _list_departments(alpha_2: str, country: str, language: str) -> list[Choice]:
    found = [
        Choice(code=department.code, label=_name_department(department, country, language))
        for department in _DEPARTMENTS.get(country_code=alpha_2) or ()
    ]
    return sorted(found, key=lambda choice: choice.label)


@cache
def _name_countries(language: str) -> Mapping[str, str]:
    """Name every country; ISO's own name where Unicode's CLDR has none."""
    try:
        known = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        known = Locale("es").territories
    return {c.alpha_2: known.get(c.alpha_2, c.name) for c in _COUNTRIES}


@cache
def _translations(language: str) -> gettext.NullTranslations:
    return gettext.translation(
        "iso3166-2", pycountry.LOCALES_DIR, [language, language[:2]], fallback=True
    )


@cache
def _codes_by_name() -> Mapping[str, str]:
    """Index the names of places; a country's comes before that of a department like it.

    A department is found with its country's name: departments of two countries share theirs.
    """
    found: dict[str, str] = {}
    for language in _LANGUAGES:
        for alpha_2, name in _name_countries(language).items():
            found.setdefault(name.casefold(), _COUNTRIES.get(alpha_2=alpha_2).alpha_3)
        for alpha_2 in {department.country_code for department in _DEPARTMENTS}:
            country = _name_countries(language)[alpha_2]
            for choice in _list_departments(alpha_2, country, language):
                found.setdefault(choice.label.casefold(), choice.code)
    return found
