"""What a field of an entity takes, and how its text is read."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from .dates import DateError, PartialDate
from .money import parse_amount
from .problems import ProblemKind
from .quantities import parse_quantity
from .vocabulary import list_codes

#: CKAN's own rule for names of datasets and organisations: 100 characters at most, and not
#: the words that its addresses use.
ID_FORM = re.compile(r"(?!(?:new|edit|search)\Z)[a-z0-9_-]{2,100}\Z")
#: What neither XML nor PostgreSQL can hold (halves of a UTF-16 pair, too, which YAML's escapes
#: can write); line ends and tabs are fine.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class FieldShape:
    """What a field of an entity takes."""

    name: str
    type: Any
    is_list: bool
    is_required: bool
    vocabulary: str | None
    reference: str | None
    is_link: bool
    #: rows that are kept in a table of the DataStore, and not in the record itself
    is_living: bool = False
    #: a number with as many decimals as it has, and no amount of money
    is_quantity: bool = False

    @property
    def is_entity(self) -> bool:
        """Tell whether the field holds rows of their own, and not a value."""
        return self.type not in _CONVERSIONS


def list_shapes(entity: type[Any]) -> dict[str, FieldShape]:
    """List what the fields of an entity take, in order, by name."""
    if entity not in _SHAPES:
        hints = typing.get_type_hints(entity)
        _SHAPES[entity] = {
            f.name: _describe(f, hints[f.name]) for f in dataclasses.fields(entity)
        }
    return _SHAPES[entity]


_SHAPES: dict[type[Any], dict[str, FieldShape]] = {}


def _describe(f: dataclasses.Field[Any], hint: Any) -> FieldShape:
    is_list = typing.get_origin(hint) is tuple
    if is_list:
        hint = typing.get_args(hint)[0]
    elif isinstance(hint, types.UnionType):
        hint = next(a for a in typing.get_args(hint) if a is not type(None))
    return FieldShape(
        name=f.name,
        type=hint,
        is_list=is_list,
        is_required=f.default is dataclasses.MISSING,
        vocabulary=f.metadata.get("code"),
        reference=f.metadata.get("ref"),
        is_link=f.metadata.get("is_link", False),
        is_living=f.metadata.get("is_living", False),
        is_quantity=f.metadata.get("is_quantity", False),
    )


def _parse_bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


_WHOLE = re.compile(r"-?[0-9]{1,9}\Z")


def _parse_int(text: str) -> int:
    if not _WHOLE.match(text):  # int() would take 1_000 and other scripts' digits
        raise ValueError(text)
    return int(text)


_CONVERSIONS: dict[type, tuple[Callable[[str], Any], ProblemKind]] = {
    str: (str, ProblemKind.NOT_A_VALUE),
    int: (_parse_int, ProblemKind.BAD_NUMBER),
    bool: (_parse_bool, ProblemKind.BAD_BOOLEAN),
    Decimal: (parse_amount, ProblemKind.BAD_AMOUNT),
    PartialDate: (PartialDate.parse, ProblemKind.BAD_DATE),
}


def find_control_character(text: str) -> str | None:
    """Find a character that neither XML nor PostgreSQL can hold.

    Returns:
        Its code point (``U+000B``), or None.
    """
    found = CONTROL.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def is_web_address(text: str) -> bool:
    """Tell whether a text is an address that a browser could open."""
    if any(character.isspace() for character in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # brackets that are no address of IPv6
        return False


class ValueProblem(ValueError):
    """A text that is not what a field takes.

    Attributes:
        kind: what is wrong.
        value: what of it, where that is not the whole text.
        expected: what would be right.
    """

    def __init__(self, kind: ProblemKind, *, value: str = "", expected: str = "") -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.value = value
        self.expected = expected


def read_value(f: FieldShape, text: str) -> Any:
    """Read the text of a field, or of one item of its list.

    Args:
        f: what the field takes; whether what it refers to exists is not asked here.
        text: without blanks around it.

    Raises:
        ValueProblem: the field does not take it.
    """
    control = find_control_character(text)
    if control:
        raise ValueProblem(ProblemKind.CONTROL_CHARACTER, value=control)
    if f.vocabulary and text not in list_codes(f.vocabulary):
        expected = ", ".join(list_codes(f.vocabulary))
        raise ValueProblem(ProblemKind.UNKNOWN_CODE, expected=expected)
    if f.name == "id" and not ID_FORM.match(text):
        raise ValueProblem(ProblemKind.BAD_ID)
    try:
        return convert_text(f, text)
    except ValueError as error:
        expected = error.reason if isinstance(error, DateError) else ""
        kind = ProblemKind.BAD_QUANTITY if f.is_quantity else _CONVERSIONS[f.type][1]
        raise ValueProblem(kind, expected=expected) from error


def convert_text(f: FieldShape, text: str) -> Any:
    """Convert a text to the type of a field.

    Raises:
        ValueError: the text does not say a value of that type.
    """
    return parse_quantity(text) if f.is_quantity else _CONVERSIONS[f.type][0](text)
