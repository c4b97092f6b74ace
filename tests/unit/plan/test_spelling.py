"""Words that sound alike, and slips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.spelling import count_slips, is_close, spell_sound

WORDS = st.text("abcghlnñquvyzáé", max_size=12)


@pytest.mark.parametrize(
    "slip, word",
    [
        ("lisensia", "licencia"),
        ("BIBIENDA", "vivienda"),
        ("ijo", "hijo"),
        ("sertificado", "certificado"),
        ("jenerar", "generar"),
        ("yamada", "llamada"),
        ("keja", "queja"),
        ("renobasion", "renovación"),
    ],
)
def test_words_that_sound_alike_are_spelt_alike(slip: str, word: str) -> None:
    assert spell_sound(slip) == spell_sound(word)


def test_sounds_that_differ_are_told_apart() -> None:
    assert len({spell_sound(word) for word in ("chico", "cico", "quico", "gico", "guico")}) == 5


def test_letters_that_are_swapped_are_one_slip() -> None:
    assert count_slips("pasaprote", "pasaporte") == 1
    assert count_slips("visa", "vsa") == 1


def test_a_short_word_is_no_slip_for_another() -> None:
    assert not is_close("dpi", "nit")
    assert is_close("pasaprote", "pasaporte")
    assert not is_close("matrikula", "matrimonio")


@given(WORDS, WORDS)
def test_slips_are_a_distance(one: str, other: str) -> None:
    slips = count_slips(one, other)
    assert slips == count_slips(other, one)
    assert (slips == 0) == (one == other)
    assert abs(len(one) - len(other)) <= slips <= max(len(one), len(other))


@given(st.text())
def test_any_text_can_be_spelt(text: str) -> None:
    assert len(spell_sound(text)) <= 4 * len(text.upper()) + 18 * len(text)
