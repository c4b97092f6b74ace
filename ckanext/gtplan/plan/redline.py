"""What changed between two texts, word by word, and between two dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from operator import attrgetter

from .dates import DateError, PartialDate

#: Comparing takes about as long as the words of one text times those of the other.
_MOST_PAIRS = 250_000
#: As many words between two changes stand for no agreement: «de la» is in any two sentences.
_FEWEST_WORDS = 3
#: Below this share of common words, the new text is another text.
_LEAST_LIKENESS = 0.3
#: Words that are left around a change, to read it in its sentence.
_CONTEXT = 8
#: A word with the blanks after it, so that the words together are the text again.
_WORD = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True)
class Piece:
    """A stretch of a text that was compared with another.

    Attributes:
        kind: ``same``; ``removed``, only in the old text; ``added``, only in the new one;
            ``unshown``, the same in both and too far from any change to be worth reading.
        text: its words, with the blanks between them.
    """

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Slip:
    """By how much a date moved: ``count`` is negative when it is earlier now.

    Attributes:
        unit: ``day``, ``month`` or ``year``, as precise as both dates are.
    """

    count: int
    unit: str


def compare_texts(before: str, after: str) -> tuple[Piece, ...]:
    """Compare two texts word by word.

    Returns:
        The pieces in order: those that are not ``added`` are the old text to the letter, those
        that are not ``removed`` the new one.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    head = _count_common(old, new)
    tail = _count_common(old[head:][::-1], new[head:][::-1])
    middle = _compare_words(old[head : len(old) - tail], new[head : len(new) - tail])
    pieces = [Piece("same", "".join(new[:head])), *middle, Piece("same", "".join(new[-tail:]))]
    whole = tuple(_join(pieces if tail else pieces[:-1]))
    kept = sum(len(piece.text) for piece in whole if piece.kind == "same")
    if kept < _LEAST_LIKENESS * max(len(before), len(after)):
        whole = tuple(_join([Piece("removed", before), Piece("added", after)]))
    return whole


def shorten_pieces(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Set aside what is far from any change, so that a long text is read where it changed.

    Returns:
        The pieces, with the middle of long common ones as ``unshown``.
    """
    found: list[Piece] = []
    for index, piece in enumerate(pieces):
        words = _WORD.findall(piece.text)
        first = _CONTEXT if index > 0 else 0
        last = _CONTEXT if index < len(pieces) - 1 else 0
        # a gap that stands for a few words takes as much room as they do
        if piece.kind != "same" or len(words) <= first + last + _CONTEXT:
            found.append(piece)
            continue
        cut = len(words) - last
        for kind, part in (
            ("same", words[:first]),
            ("unshown", words[first:cut]),
            ("same", words[cut:]),
        ):
            found += [Piece(kind, "".join(part))] if part else []
    return tuple(found)


def measure_slip(before: str, after: str) -> Slip | None:
    """Measure by how much a date moved.

    Args:
        before: an ISO date of any precision.
        after: another.

    Returns:
        None when one is no date, when they are not equally precise, and when nothing moved.
    """
    try:
        old, new = PartialDate.parse(before), PartialDate.parse(after)
    except DateError:
        return None
    if old.precision != new.precision or old == new:
        return None
    years = new.year - old.year
    counts = {
        "year": years,
        "month": years * 12 + (new.month or 0) - (old.month or 0),
        "day": (new.first_day - old.first_day).days,
    }
    return Slip(count=counts[new.precision], unit=new.precision)


def _count_common(old: Sequence[str], new: Sequence[str]) -> int:
    pairs = zip(old, new, strict=False)
    unlike = (index for index, (one, other) in enumerate(pairs) if one != other)
    return next(unlike, min(len(old), len(new)))


def _compare_words(old: list[str], new: list[str]) -> Iterator[Piece]:
    """Compare the words between what both texts begin and end with."""
    removed, added = "", ""
    if len(old) * len(new) > _MOST_PAIRS:
        yield from (Piece("removed", "".join(old)), Piece("added", "".join(new)))
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal" and end - start >= _FEWEST_WORDS:
            yield from (Piece("removed", removed), Piece("added", added))
            yield Piece("same", "".join(old[start:end]))
            removed, added = "", ""
        else:
            removed += "".join(old[start:end])
            added += "".join(new[new_start:new_end])
    yield from (Piece("removed", removed), Piece("added", added))


def _join(pieces: Sequence[Piece]) -> Iterator[Piece]:
    said = (piece for piece in pieces if piece.text)
    for kind, group in groupby(said, key=attrgetter("kind")):
        yield Piece(kind, "".join(piece.text for piece in group))
