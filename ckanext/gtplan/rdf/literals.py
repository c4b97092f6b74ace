"""Values of the plan as RDF terms, each as exact as it is, and none that a syntax cannot hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from rdflib import XSD, Literal, URIRef

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.shapes import CONTROL
from ckanext.gtplan.plan.vocabulary import list_codes
from ckanext.gtplan.prm.values import Unsayable, read_date, read_email, read_url
from ckanext.gtplan.prm.vocabulary import vocabulary as profile_vocabulary

from .terms import iri

_DATE_TYPES: Mapping[str, URIRef] = {"year": XSD.gYear, "month": XSD.gYearMonth, "day": XSD.date}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_GOAL = re.compile(r"[0-9]{1,2}(\.[0-9a-d]{1,2}){0,2}\Z")


def clean_text(text: str) -> str:
    """Take out of a text what no syntax can hold, and make its line ends one kind."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def say_text(given: str, language: str | None = None) -> list[Literal]:
    """Say a text; a blank one says nothing.

    Args:
        given: the text.
        language: its language, if it is in one.
    """
    cleaned = clean_text(given)
    tag = (language or "").replace("_", "-")
    return [Literal(cleaned, lang=tag if _LANGUAGE.match(tag) else None)] if cleaned.strip() else []


def say_value(given: Any) -> Literal:
    """Say a date as precise as it is, an amount to its last digit, a number, a yes or no."""
    if isinstance(given, PartialDate):
        return Literal(str(given), datatype=_DATE_TYPES[given.precision], normalize=False)
    if isinstance(given, Decimal):
        # with a point always: in Turtle a bare 100 would be an integer
        digits = format(given, "f")
        written = digits if "." in digits else f"{digits}.0"
        return Literal(written, datatype=XSD.decimal, normalize=False)
    return Literal(given)


def say_year(given: int) -> Literal:
    """Say a year.

    Raises:
        ValueError: it has not four digits.
    """
    if not 1 <= given <= 9999:
        raise ValueError(f"not a year: {given}")
    return Literal(f"{given:04d}", datatype=XSD.gYear, normalize=False)


def say_moment(given: str) -> Literal:
    """Say a moment.

    Raises:
        ValueError: the text is none.
    """
    try:
        written = read_date(given)
    except Unsayable as error:
        raise ValueError(f"not a moment: {given!r}") from error
    return Literal(written, datatype=XSD.dateTime, normalize=False)


def say_address(given: str) -> URIRef:
    """Say an address of the web.

    Raises:
        ValueError: the text is none.
    """
    try:
        return iri(read_url(given))
    except Unsayable as error:
        raise ValueError(f"not an address: {given!r}") from error


def say_mail(given: str) -> URIRef:
    """Say an e-mail address.

    Raises:
        ValueError: the text is none.
    """
    try:
        return iri(f"mailto:{quote(read_email(given), safe='@!$*+')}")
    except Unsayable as error:
        raise ValueError(f"not an e-mail address: {given!r}") from error


def name_goal(given: str) -> str:
    """Name a goal, target or indicator of sustainable development by the United Nations' IRI.

    Raises:
        ValueError: the text is not its number.
    """
    if not _GOAL.match(given.strip()):
        raise ValueError(f"not a goal: {given!r}")
    return f"sdg:{given.strip()}"


def name_country(code: str) -> str | None:
    """Name a country by the EU's authority list, None when the list has no such code."""
    found = profile_vocabulary("country").find(code)
    return found.iri if found else None


def name_concept(vocabulary: str, code: str) -> str | None:
    """Name a code of the plan's lists, None when the list has no such code."""
    return f"gtp:{vocabulary}-{code}" if code in list_codes(vocabulary) else None
