"""From YAML files to the entities of ``model``: every problem at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..model import Load, Record
from ..problems import Place, Problem, ProblemKind
from ..shapes import (
    CONTROL,
    ID_FORM,
    FieldShape,
    ValueProblem,
    find_control_character,
    list_shapes,
    read_value,
)
from .layout import list_written
from .tree import Mapping, Node, Scalar, Sequence, SourceFile, TreeError, parse_tree


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
        wanted = list_written(entity)
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
