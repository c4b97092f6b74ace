"""Dates, amounts and countries as people of a language and a country write them."""

from __future__ import annotations

from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from .plan.dates import PartialDate

_FALLBACK = "es"


def find_locale(language: str, country: str | None = None) -> Locale:
    """Find the locale of a language as it is written in a country.

    Args:
        language: ``es``, ``en``, ``pt_BR``.
        country: ISO 3166 code of two or three letters.

    Returns:
        The language's own locale where the country has none of that language, Spanish for a
        language that is not known.
    """
    alpha2 = _shorten_country(country) if country else None
    names = [f"{language[:2]}_{alpha2}"] if alpha2 else []
    for name in (*names, language, language[:2]):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale(_FALLBACK)


def _shorten_country(code: str) -> str:
    """Give the code of two letters, by which Unicode's CLDR knows a country."""
    return str(get_global("territory_aliases").get(code, [code])[0])


def format_partial_date(date: PartialDate, language: str) -> str:
    """Write a date as precisely as it is known: ``2018``, ``abril de 2019``.

    Args:
        date: the date.
        language: the language to write in.
    """
    locale = find_locale(language)
    if date.precision == "year":
        return str(date.year)
    if date.precision == "month":
        return format_skeleton("yMMMM", date.first_day, locale=locale)
    return format_date(date.first_day, format="long", locale=locale)


def format_number(
    number: Decimal, language: str, country: str | None = None, *, decimals: int = 0
) -> str:
    """Write a quantity with the separators of language and country, no digit lost.

    Args:
        number: the quantity.
        language: the language to write in.
        country: the country whose separators are used.
        decimals: as many are written at least.
    """
    pattern = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    locale = find_locale(language, country)
    return format_decimal(number, pattern, locale=locale, decimal_quantization=False)


def format_amount(amount: Decimal, currency: str, language: str, country: str | None = None) -> str:
    """Write an amount of money: ``GTQ 570,075.00`` for Spanish in Guatemala.

    Args:
        amount: the amount.
        currency: ISO 4217 code, which stands before the amount.
        language: the language to write in.
        country: the country whose separators of thousands and decimals are used.
    """
    locale = find_locale(language, country)
    return f"{currency} {format_decimal(amount, '#,##0.00', locale=locale)}"


def format_country(code: str, language: str) -> str:
    """Name a country; a code that is not known is its own name."""
    return str(find_locale(language).territories.get(_shorten_country(code), code))


def list_months(language: str) -> tuple[str, ...]:
    """List the months' short names: ``ene``, ``feb``."""
    names = find_locale(language).months["stand-alone"]["abbreviated"]
    return tuple(names[number].rstrip(".") for number in range(1, 13))


def list_quarters(language: str) -> tuple[str, ...]:
    """List the quarters' short names: ``T1``, ``T2``."""
    names = find_locale(language).quarters["stand-alone"]["abbreviated"]
    return tuple(names[number] for number in range(1, 5))
