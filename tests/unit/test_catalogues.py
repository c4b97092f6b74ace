"""Every text that people see is in every catalogue: the texts are extracted again and compared.

How a catalogue is brought up to date stands in babel.cfg.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes
from jinja2.ext import Extension, extract_from_ast
from jinja2.parser import Parser

PACKAGE = Path(__file__).parents[2] / "ckanext" / "gtplan"
LANGUAGES = ("es", "pt_BR")
NO_LITERAL = "not a literal, which nobody can translate"
FUNCTIONS = {"_": None, "N_": None, "ungettext": (1, 2)}


class CkanTags(Extension):
    """CKAN's own tags, as far as texts can stand in them."""

    tags = {"asset", "ckan_extends", "link_for", "snippet", "url_for"}

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        values = []
        while parser.stream.current.type != "block_end":
            if parser.stream.look().type == "assign":
                parser.stream.skip(2)
            values.append(parser.parse_expression())
            parser.stream.skip_if("comma")
        return nodes.Output(values, lineno=line)


@cache
def extract_texts() -> set[Any]:
    """Extract the texts of all templates and modules; of a plural, both forms."""
    environment = Environment(extensions=[CkanTags, "jinja2.ext.do", "jinja2.ext.i18n"])
    texts: set[Any] = set()
    for path in PACKAGE.rglob("templates/**/*.html"):
        tree = environment.parse(path.read_text("utf-8"))
        for line, function, text in extract_from_ast(tree, tuple(FUNCTIONS)):
            message = text[:2] if function == "ungettext" else text
            texts.add(message or f"{path.name}:{line}: {NO_LITERAL}")
    for path in PACKAGE.rglob("*.py"):
        found = extract_from_file("python", path, keywords=FUNCTIONS)
        for line, message, _, _ in found:
            texts.add(message or f"{path.name}:{line}: {NO_LITERAL}")
    return texts


def read_catalogue(language: str, ending: str) -> Catalog:
    """Read a language's catalogue as translators or as the portal reads it."""
    folder = PACKAGE / "i18n" / language / "LC_MESSAGES"
    with (folder / f"ckanext-gtplan.{ending}").open("rb") as file:
        return read_po(file, locale=language) if ending == "po" else read_mo(file)


def list_messages(catalogue: Catalog) -> Iterator[tuple[Any, Any]]:
    """Go through the texts of a catalogue and what stands for them."""
    for message in catalogue:
        if message.id:
            is_plural = isinstance(message.id, (tuple, list))
            yield (
                (tuple(message.id), tuple(message.string))
                if is_plural
                else (message.id, message.string)
            )


def find_placeholders(text: str) -> set[str]:
    """Find the names between braces."""
    return set(re.findall(r"{(\w*)}", text))


def as_tuple(value: Any) -> tuple[str, ...]:
    """Give the forms of a text: one, or those of a plural."""
    return value if isinstance(value, tuple) else (value,)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_there_are_texts_in_templates_and_modules() -> None:
    texts = extract_texts()
    assert {"Not reported", "No data", "Nothing was written."} <= texts
    assert ("commitment", "commitments") in texts


def test_every_text_is_translated(language: str) -> None:
    messages = list_messages(read_catalogue(language, "po"))
    known = {text for text, string in messages if all(as_tuple(string))}
    assert extract_texts() - known == set()


def test_nothing_is_translated_that_nobody_says(language: str) -> None:
    known = {text for text, _ in list_messages(read_catalogue(language, "po"))}
    assert known - extract_texts() == set()


def test_no_translation_is_a_guess(language: str) -> None:
    assert [m.id for m in read_catalogue(language, "po") if m.id and m.fuzzy] == []


def test_placeholders_are_the_same(language: str) -> None:
    for text, string in list_messages(read_catalogue(language, "po")):
        expected = {frozenset(find_placeholders(form)) for form in as_tuple(text)}
        assert {frozenset(find_placeholders(form)) for form in as_tuple(string)} <= expected


def test_the_portal_reads_what_the_translators_wrote(language: str) -> None:
    written = dict(list_messages(read_catalogue(language, "po")))
    assert dict(list_messages(read_catalogue(language, "mo"))) == written


def test_plurals_have_the_forms_of_the_language(language: str) -> None:
    catalogue = read_catalogue(language, "po")
    plurals = [string for text, string in list_messages(catalogue) if isinstance(text, tuple)]
    assert plurals and {len(string) for string in plurals} == {catalogue.num_plurals}


def test_no_text_stands_where_the_extraction_does_not_look() -> None:
    """Before Python 3.12 an f-string is one token: a text within is in no catalogue."""
    hidden = [
        f"{path.name}:{call.lineno}"
        for path in PACKAGE.rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] in FUNCTIONS
    ]
    assert hidden == []
