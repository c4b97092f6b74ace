"""Places by country and department, in the reader's language."""

from __future__ import annotations

import pycountry
import pytest

from ckanext.gtplan.prm.places import find_code, list_places, name_place


def test_the_first_countries_come_with_their_departments() -> None:
    places = list_places("es", ["GTM", "br"])
    codes = [place.code for place in places]
    assert codes[0] == "GTM"
    assert all(code.startswith("GT-") for code in codes[1:23])
    assert codes[23] == "BRA"
    assert all(code.startswith("BR-") for code in codes[24:51])
    assert not any("-" in code for code in codes[51:])


def test_every_country_is_offered_once() -> None:
    for first in ([], ["GTM"], ["XXX"]):
        codes = [place.code for place in list_places("es", first)]
        assert len(codes) == len(set(codes))
        assert {country.alpha_3 for country in pycountry.countries} <= set(codes)


def test_without_a_country_those_of_the_network_come_first() -> None:
    codes = [place.code for place in list_places("es")]
    assert {"GT-01", "UY-MO", "BR-SP", "CR-SJ"} <= set(codes)
    assert "DE-BE" not in codes
    assert codes.index("GT-01") < codes.index("DEU")


@pytest.mark.parametrize(
    "text, code",
    [
        ("gt", "GTM"),
        ("GTM", "GTM"),
        (" gt-17 ", "GT-17"),
        ("Guatemala", "GTM"),
        ("Brazil", "BRA"),
        ("brasil", "BRA"),
        ("Petén, Guatemala", "GT-17"),
        ("São Paulo, Brazil", "BR-SP"),
        ("Lago de Atitlán", None),
        ("", None),
    ],
)
def test_a_place_is_found_by_code_or_name(text: str, code: str | None) -> None:
    assert find_code(text) == code


@pytest.mark.parametrize("language", ["es", "en", "pt_BR"])
def test_what_is_offered_is_found(language: str) -> None:
    for place in list_places(language, ["GTM", "URY"]):
        assert find_code(place.code) == place.code
        assert find_code(place.label) is not None


@pytest.mark.parametrize("language", ["es", "en", "pt_BR"])
def test_a_place_is_named_as_it_is_offered(language: str) -> None:
    for place in list_places(language, ["GTM", "URY"]):
        assert name_place(place.code, language) == place.label


@pytest.mark.parametrize("text", ["", "XX", "GT-99", "Lago de Atitlán", "-91.2, 14.7"])
def test_what_is_no_code_has_no_name(text: str) -> None:
    assert name_place(text, "es") is None
