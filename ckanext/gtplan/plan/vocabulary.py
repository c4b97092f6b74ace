"""The code lists of the plan and their labels, read from ``vocabularies.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

LANGUAGES = ("es", "en", "pt_BR")


@cache
def _vocabularies() -> dict[str, dict[str, dict[str, str]]]:
    text = files(__package__).joinpath("vocabularies.yaml").read_text("utf-8")
    return {
        name: {
            str(code): dict(zip(LANGUAGES, labels, strict=True)) for code, labels in codes.items()
        }
        for name, codes in yaml.safe_load(text).items()
    }


def list_codes(vocabulary: str) -> tuple[str, ...]:
    """List the codes of a vocabulary, in the order in which people choose them.

    Raises:
        KeyError: no vocabulary has that name.
    """
    return tuple(_vocabularies()[vocabulary])


def list_names() -> tuple[str, ...]:
    """List the names of the vocabularies."""
    return tuple(_vocabularies())


def get_labels(vocabulary: str, code: str) -> dict[str, str]:
    """Give a code's labels by language; a code that is not of the list is its own label.

    A record that was written before the list changed must still be shown.
    """
    return _vocabularies()[vocabulary].get(code) or dict.fromkeys(LANGUAGES, code)


def get_label(vocabulary: str, code: str, language: str) -> str:
    """Give a code's label in a language: Spanish where that language has none.

    Args:
        vocabulary: the name of the list.
        code: the code.
        language: ``es``, ``en``, ``pt_BR``, or a relative of these (``pt_PT``).
    """
    labels = get_labels(vocabulary, code)
    if language in labels:
        return labels[language]
    close = next((key for key in labels if key[:2] == language[:2]), "es")
    return labels[close]
