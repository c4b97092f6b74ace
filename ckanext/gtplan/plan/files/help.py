"""What is said of the sections and fields of a plan file, read from ``help.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ..dictionary import get_column_entry
from ..labels import get_field_labels, list_labelled_fields
from ..living import LIVING_TABLES
from ..vocabulary import LANGUAGES


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    return dict(yaml.safe_load(files(__package__).joinpath("help.yaml").read_text("utf-8")))


def _choose(texts: Any, language: str) -> str:
    labels = texts if isinstance(texts, dict) else dict(zip(LANGUAGES, texts, strict=True))
    return str(labels[choose_language(language)])


def choose_language(language: str) -> str:
    """Choose the language of ours that is closest: Spanish where none is."""
    if language in LANGUAGES:
        return language
    return next((own for own in LANGUAGES if own[:2] == language[:2]), LANGUAGES[0])


def describe_section(name: str, language: str) -> str:
    """Say what a section of a file holds."""
    return _choose(_table()["sections"][name], language)


def name_field(name: str, language: str, entity: str = "") -> str:
    """Give the label of a field, in an entity where it has another there.

    Raises:
        KeyError: it has none.
    """
    own = _table()["labels"]
    if texts := own.get(f"{entity}.{name}"):
        return _choose(texts, language)
    known = name in list_labelled_fields()
    return _choose(get_field_labels(name) if known else own[name], language)


def explain_field(name: str, language: str, entity: str = "") -> str:
    """Say what a field's label does not, as a sentence; nothing where that is enough.

    Args:
        name: of the field.
        language: of the sentence.
        entity: name of the class that has it: of a column of a living table the data dictionary
            says more than the label.
    """
    for table in LIVING_TABLES.values():
        if table.entity.__name__ == entity:
            return _choose(get_column_entry(table.name, name).description, language)
    texts = _table()["fields"]
    found = texts.get(f"{entity}.{name}") or texts.get(name)
    return _choose(found, language) if found else ""


def say(word: str, language: str) -> str:
    """Give a word or sentence that the template says of every field."""
    return _choose(_table()["template"][word], language)
