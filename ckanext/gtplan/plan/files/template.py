"""An empty plan file that explains each field, made of the entities.

A field that is not filled in stands behind a ``#`` right before its name, an explanation behind
a ``#`` and a space: taking away the first kind leaves a file with every field of the model.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from ..labels import list_expected
from ..model import Load
from ..records import SECTION_OF_TYPE
from ..shapes import FieldShape, list_shapes
from ..vocabulary import get_label, list_codes
from .help import choose_language, describe_section, explain_field, name_field, say
from .layout import list_written
from .scalars import WIDTH

#: The sections that a first plan has; the others stand behind ``#`` as a whole.
_FIRST = ("publication", "organizations", "action_plans", "commitments")
_TYPE_OF_SECTION = {section: name for name, section in SECTION_OF_TYPE.items()}
_STEP = 2


def write_template(language: str, head: str = "") -> str:
    """Write the template.

    Args:
        language: of the explanations; Spanish where we have none of it.
        head: comment lines for the top of the file.
    """
    return head + "\n".join(_Template(choose_language(language)).write()) + "\n"


class _Template:
    def __init__(self, language: str) -> None:
        self._language = language

    def write(self) -> Iterator[str]:
        yield from self._comment(say("introduction", self._language), 0)
        yield ""
        for shape in list_shapes(Load).values():
            if shape.is_entity:
                yield ""
                yield from self._write_section(shape)
            else:
                yield from self._explain(shape, "load", 0, ())
                yield "load:"

    def _write_section(self, shape: FieldShape) -> Iterator[str]:
        is_active = shape.name in _FIRST
        record_type = _TYPE_OF_SECTION.get(shape.name)
        expected = list_expected(record_type) if record_type else {}
        yield from self._comment(describe_section(shape.name, self._language), 0)
        yield _hide(f"{shape.name}:", 0, not is_active)
        indent = _STEP * 2 if shape.is_list else _STEP
        yield from self._write_fields(shape, indent, is_active, expected)

    def _write_fields(
        self, holder: FieldShape, indent: int, is_active: bool, expected: Any
    ) -> Iterator[str]:
        """Write the fields of an entity; the first of a row has the dash before it."""
        is_first = holder.is_list
        for shape in list_written(holder.type).values():
            # the explanation of a row's first field stands before its dash
            own = indent - _STEP if is_first else indent
            is_hidden = not (is_active and shape.is_required)
            yield from self._explain(shape, shape.name, own, expected, holder.type.__name__)
            yield _hide(("- " if is_first else "") + f"{shape.name}:", own, is_hidden)
            is_first = False
            if shape.is_entity:
                parts = expected.get(shape.name, ()) if isinstance(expected, dict) else ()
                deeper = indent + _STEP * 2
                yield from self._write_fields(shape, deeper, is_active=False, expected=parts)

    def _explain(
        self, shape: FieldShape, name: str, indent: int, expected: Any, entity: str = ""
    ) -> Iterator[str]:
        """Say what a field is: its label, whether it is needed, the form of its value."""
        language = self._language
        facts = []
        if shape.is_required:
            facts.append(say("required", language))
        elif shape.name in expected:
            facts.append(say("expected", language))
        if shape.is_list:
            facts.append(say("several", language))
        if shape.reference:
            facts.append(say("reference", language).format(kind=shape.reference))
        elif shape.is_quantity:
            facts.append(say("quantity", language))
        elif not shape.is_entity and shape.type is not str:
            facts.append(say(shape.type.__name__, language))
        label = name_field(name, language, entity)
        text = label + (f" ({'; '.join(facts)})" if facts else "") + "."
        if shape.vocabulary:
            codes = ", ".join(
                f"{code} = {get_label(shape.vocabulary, code, language)}"
                for code in list_codes(shape.vocabulary)
            )
            text += f" {say('codes', language).capitalize()}: {codes}."
        help_text = explain_field(name, language, entity)
        yield from self._comment(f"{text} {help_text}".replace("?.", "?").strip(), indent)

    def _comment(self, text: str, indent: int) -> list[str]:
        margin = " " * indent + "# "
        return textwrap.wrap(
            text, WIDTH, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False
        )


def _hide(line: str, indent: int, is_hidden: bool) -> str:
    return " " * indent + ("#" if is_hidden else "") + line
