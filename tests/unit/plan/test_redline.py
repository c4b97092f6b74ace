"""What changed between two texts is read word by word, and the texts come back to the letter."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.redline import (
    Piece,
    Slip,
    compare_texts,
    measure_slip,
    shorten_pieces,
)

#: Texts that share words, as versions of one sentence do.
WORDS = st.lists(
    st.sampled_from(["el", "hito", "plan", "de", "2021,", "\n", "índice"]), max_size=60
)
TEXTS = WORDS.map(" ".join) | st.text(max_size=60)


def join(pieces: tuple[Piece, ...], left_out: str) -> str:
    return "".join(piece.text for piece in pieces if piece.kind != left_out)


def pick(pieces: tuple[Piece, ...], kind: str) -> list[str]:
    return [piece.text.strip() for piece in pieces if piece.kind == kind]


class TestTexts:
    @given(TEXTS, TEXTS)
    def test_both_texts_come_back_to_the_letter(self, before: str, after: str) -> None:
        for pieces in (found := compare_texts(before, after), shorten_pieces(found)):
            assert join(pieces, "added") == before
            assert join(pieces, "removed") == after
            assert all(piece.text for piece in pieces)

    @given(TEXTS)
    def test_a_text_is_the_same_as_itself(self, text: str) -> None:
        assert [piece.kind for piece in compare_texts(text, text)] == ["same"] * bool(text)

    def test_a_word_in_a_sentence(self) -> None:
        old = "Proceso de actualización del Plan de Gobierno Digital 2022-2025 con la ciudadanía"
        new = old.replace("2022-2025", "2021-2026")
        pieces = compare_texts(old, new)
        assert [piece.kind for piece in pieces] == ["same", "removed", "added", "same"]
        assert pick(pieces, "removed") == ["2022-2025"]
        assert pick(pieces, "added") == ["2021-2026"]

    def test_words_are_taken_away_and_put_in(self) -> None:
        assert compare_texts("un plan de datos", "un plan nuevo de datos")[1] == Piece(
            "added", "nuevo "
        )
        assert pick(compare_texts("un plan viejo de datos", "un plan de datos"), "removed") == [
            "viejo"
        ]

    def test_a_few_common_words_do_not_break_a_change_into_crumbs(self) -> None:
        shared = "El portal publica los inventarios de todas las instituciones, "
        pieces = compare_texts(
            f"{shared}según la ley de acceso", f"{shared}como manda la norma de 2008"
        )
        assert pick(pieces, "removed") == ["según la ley de acceso"]
        assert pick(pieces, "added") == ["como manda la norma de 2008"]

    def test_another_text_is_shown_whole(self) -> None:
        pieces = compare_texts("Cinco foros virtuales", "Lanzamiento en mayo de 2023")
        assert [piece.kind for piece in pieces] == ["removed", "added"]

    @pytest.mark.parametrize(
        ("before", "after", "kind"), [("", "x", "added"), ("x", "", "removed")]
    )
    def test_nothing_on_one_side(self, before: str, after: str, kind: str) -> None:
        assert [piece.kind for piece in compare_texts(before, after)] == [kind]

    def test_long_texts_of_one_word_are_compared_in_no_time(self) -> None:
        before, after = "b " + "a " * 20_000 + "c", "d " + "a " * 15_000 + "e"
        pieces = compare_texts(before, after)
        assert join(pieces, "added") == before


class TestShortening:
    WORDS = " ".join(f"palabra{number}" for number in range(100))

    def test_a_long_text_is_read_where_it_changed(self) -> None:
        after = self.WORDS.replace("palabra50", "otra")
        pieces = shorten_pieces(compare_texts(self.WORDS, after))
        kinds = [piece.kind for piece in pieces]
        assert kinds == ["unshown", "same", "removed", "added", "same", "unshown"]
        shown = join(pieces, "unshown").split()
        assert shown[0] == "palabra42" and shown[-1] == "palabra58"

    def test_between_two_changes_both_keep_their_sentence(self) -> None:
        after = self.WORDS.replace("palabra10", "una").replace("palabra90", "otra")
        pieces = shorten_pieces(compare_texts(self.WORDS, after))
        assert [piece.kind for piece in pieces].count("unshown") == 1
        unshown = next(piece.text.split() for piece in pieces if piece.kind == "unshown")
        assert (unshown[0], unshown[-1]) == ("palabra19", "palabra81")

    def test_what_is_short_stays_whole(self) -> None:
        pieces = compare_texts("uno dos tres cuatro cinco", "uno dos tres cuatro seis")
        assert shorten_pieces(pieces) == pieces


class TestDates:
    @pytest.mark.parametrize(
        ("before", "after", "slip"),
        [
            ("2022-01-01", "2022-01-10", Slip(count=9, unit="day")),
            ("2023-06-30", "2023-05-31", Slip(count=-30, unit="day")),
            ("2023-06", "2023-05", Slip(count=-1, unit="month")),
            ("2019-12", "2021-01", Slip(count=13, unit="month")),
            ("2019", "2021", Slip(count=2, unit="year")),
            ("2019", "2019-05", None),
            ("2019-05", "2019-05", None),
            ("mayo", "2019-05", None),
            ("2019-02-30", "2019-03-01", None),
        ],
    )
    def test_how_far_a_date_moved(self, before: str, after: str, slip: Slip | None) -> None:
        assert measure_slip(before, after) == slip

    @given(st.dates(), st.integers(-400, 400).filter(bool))
    def test_days_are_counted(self, day: date, count: int) -> None:
        try:
            moved = day + timedelta(days=count)
        except OverflowError:
            return
        slip = measure_slip(day.isoformat(), moved.isoformat())
        assert slip == Slip(count=count, unit="day")
