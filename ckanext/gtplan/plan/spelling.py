"""How Spanish words sound, and how far a misspelt word is from one that there is.

Most slips are of the ear: ``lisensia`` for «licencia», ``bibienda`` for «vivienda», an ``h``
left out. Two words that sound alike are written alike here; other slips are counted.
"""

from __future__ import annotations

import re
import unicodedata

#: Letters that sound alike, in the order in which they are replaced.
_SOUNDS = (
    (r"ph", "f"),
    (r"sch|sh", "ch"),
    (r"ch", "C"),
    (r"h", ""),
    (r"ll", "y"),
    (r"y\b", "i"),
    (r"qu(?=[ei])|q", "k"),
    (r"gu(?=[ei])", "G"),
    (r"g(?=[ei])", "j"),
    (r"sc(?=[ei])|c(?=[ei])|z|x", "s"),
    (r"c", "k"),
    (r"v|w", "b"),
    (r"G", "g"),
    (r"C", "ch"),
    (r"(.)\1", r"\1"),
)
_REPLACED = tuple((re.compile(pattern), sound) for pattern, sound in _SOUNDS)


def spell_sound(word: str) -> str:
    """Spell a word as it sounds in the Spanish of America.

    Args:
        word: of any case, with its accents or without.
    """
    word = "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if c.isalnum())
    for pattern, sound in _REPLACED:
        word = pattern.sub(sound, word)
    return word


def count_slips(one: str, other: str) -> int:
    """Count the letters that are wrong, missing, too many or swapped between two words."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, another in enumerate(other, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != another))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == another:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def is_close(one: str, other: str) -> bool:
    """Tell whether one word may be a slip for another: about a letter in four, three at most.

    Args:
        one: how a word sounds; a short one is no slip for what sounds otherwise.
        other: how another does.
    """
    allowed = min(3, (len(one) + 1) // 4) if len(one) > 3 else 0
    return count_slips(one, other) <= allowed
