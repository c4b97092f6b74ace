"""From YAML files to the entities of ``model``: every problem at once, each with its line."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .dates import DateError, PartialDate
from .model import Load, Record
from .money import parse_amount
from .problems import Place, Problem, ProblemKind
from .tree import Mapping, Node, Scalar, Sequence, SourceFile, TreeError, parse_tree
from .vocabulary import list_codes

#: CKAN's own rule for names of datasets and organisations: 100 characters at most, and not
#: the words that its addresses use.
ID_FORM = re.compile(r"(?!(?:new|edit|search)\Z)[a-z0-9_-]{2,100}\Z")
#: What neither XML nor PostgreSQL can hold (halves of a UTF-16 pair, too, which YAML's escapes
#: can write); line ends and tabs are fine.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A reference that a record makes: to be resolved in the load or in the portal."""

    kind: str
    id: str
    path: str
    place: Place


@dataclass(kw_only=True)
class Reading:
    """What was read, and everything that is needed to check it.

    Attributes:
        values: what a load says once, by name.
        records: what the lists of a load hold: for each section the records by path, with
            None for one that is broken.
        problems: what is wrong so far.
        mentions: all references.
        places: where each path stands.
    """

    values: dict[str, Any] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)

    def iterate(self, section: str) -> Iterator[tuple[str, Any]]:
        """Go through the records of a section that are not broken, with their paths."""
        for path, record in self.records.get(section, {}).items():
            if record is not None:
                yield path, record

    def locate(self, path: str) -> str:
        """Say where a path stands, for people: ``indicators/x.letter (plan.yaml:12)``."""
        return f"{path} ({self.places[path].file}:{self.places[path].line})"

    def report(
        self, kind: ProblemKind, path: str, value: object = "", expected: object = ""
    ) -> None:
        """Add a problem at a path that was read."""
        self.problems.append(
            Problem(
                kind=kind,
                place=self.places[path],
                path=path,
                value=str(value),
                expected=str(expected),
            )
        )


def read_sources(sources: Iterable[SourceFile]) -> Reading:
    """Read files as one load.

    Args:
        sources: the YAML files; lists of several files are joined.

    Returns:
        The reading; nothing is raised for what is wrong in a file.
    """
    reading = Reading()
    for source in sources:
        try:
            root = parse_tree(source)
        except TreeError as error:
            reading.problems.append(error.problem)
        else:
            _Reader(reading).read_root(root)
    return reading


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
    )


class _Reader:
    """Reads one file into a reading that several files share."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def read_root(self, root: Node) -> None:
        if not isinstance(root, Mapping):
            self._report(ProblemKind.NOT_A_MAPPING, root, "")
            return
        sections = list_shapes(Load)
        seen = set(self.reading.values)
        for key, node in root.items:
            name = "id" if key.text == "load" else key.text
            section = sections.get(name)
            if section is None or key.text == "id":
                known = ["load", *(s for s in sections if s != "id")]
                self._report(ProblemKind.UNKNOWN_KEY, key, "", expected=", ".join(known))
            elif name in seen:
                self._report(ProblemKind.REPEATED_KEY, key, key.text)
            elif section.is_list:
                records = self.reading.records.setdefault(name, {})
                records |= self._read_list(section, node, name, first=len(records) + 1)
            else:
                self.reading.values[name] = self._read_one(section, node, name)
            seen.add(name)

    def _read_list(
        self, f: FieldShape, node: Node, path: str, *, first: int = 1
    ) -> dict[str, Any]:
        """Read a list into its items by path, with None for one that is broken."""
        if isinstance(node, Scalar) and node.is_null:
            return {}
        if not isinstance(node, Sequence):
            self._report(ProblemKind.NOT_A_LIST, node, path)
            return {}
        values: dict[str, Any] = {}
        for number, item in enumerate(node.items, start=first):
            here = _item_path(f, item, path, number)
            if here in self.reading.places:
                other, record_id = self.reading.locate(here), here.rpartition("/")[2]
                self._report(
                    ProblemKind.DUPLICATE, item, here, value=record_id, expected=other
                )
            else:
                values[here] = self._read_one(f, item, here)
        return values

    def _read_one(self, f: FieldShape, node: Node, path: str) -> Any:
        self.reading.places[path] = node.place
        if f.is_entity:
            return self._read_entity(f.type, node, path)
        if not isinstance(node, Scalar) or node.is_null:
            self._report(ProblemKind.NOT_A_VALUE, node, path)
            return None
        return self._read_scalar(f, node, path)

    def _read_entity(self, entity: type, node: Node, path: str) -> Any:
        if not isinstance(node, Mapping):
            self._report(ProblemKind.NOT_A_MAPPING, node, path)
            return None
        wanted = list_shapes(entity)
        given: dict[str, Any] = {}
        seen = set()
        before = len(self.reading.problems)
        for key, value in node.items:
            f = wanted.get(key.text)
            if f is None:
                self._report(ProblemKind.UNKNOWN_KEY, key, path, expected=", ".join(wanted))
            elif key.text in seen:
                self._report(ProblemKind.REPEATED_KEY, key, path)
            elif not (isinstance(value, Scalar) and value.is_null):
                here = f"{path}.{key.text}"
                self.reading.places[here] = value.place
                if f.is_list:
                    given[key.text] = tuple(self._read_list(f, value, here).values())
                else:
                    given[key.text] = self._read_one(f, value, here)
            seen.add(key.text)
        for name, f in wanted.items():
            if f.is_required and name not in given:
                self._report(ProblemKind.MISSING_KEY, node, path, value=name)
        if len(self.reading.problems) > before:
            return None
        return entity(**given)

    def _read_scalar(self, f: FieldShape, node: Scalar, path: str) -> Any:
        text = node.text.strip()
        if f.reference and not find_control_character(text):
            mention = Mention(kind=f.reference, id=text, path=path, place=node.place)
            self.reading.mentions.append(mention)
        try:
            return read_value(f, text)
        except ValueProblem as problem:
            self._report(
                problem.kind, node, path, value=problem.value, expected=problem.expected
            )
            return None

    def _report(
        self, kind: ProblemKind, node: Node, path: str, *, value: str = "", expected: str = ""
    ) -> None:
        if not value and isinstance(node, Scalar):
            value = CONTROL.sub("\N{REPLACEMENT CHARACTER}", node.text)
        self.reading.problems.append(
            Problem(kind=kind, place=node.place, path=path, value=value, expected=expected)
        )


def _item_path(f: FieldShape, item: Node, path: str, number: int) -> str:
    """Name an item of a list by its id where it has one: that is what people search for."""
    if isinstance(item, Mapping) and issubclass(f.type, Record):
        for key, value in item.items:
            if key.text == "id" and isinstance(value, Scalar):
                record_id = value.text.strip()
                return f"{path}/{record_id}" if ID_FORM.match(record_id) else f"{path}[{number}]"
    return f"{path}[{number}]"


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
        return convert_text(f.type, text)
    except ValueError as error:
        expected = error.reason if isinstance(error, DateError) else ""
        raise ValueProblem(_CONVERSIONS[f.type][1], expected=expected) from error


def convert_text(wanted: type, text: str) -> Any:
    """Convert a text to the type of a field.

    Raises:
        ValueError: the text does not say a value of that type.
    """
    return _CONVERSIONS[wanted][0](text)
