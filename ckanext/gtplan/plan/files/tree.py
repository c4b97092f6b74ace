"""A YAML file as a tree of texts that know their line.

Values stay texts until a field says what it wants: YAML's own guesses would turn ``01``
into 1, ``no`` into false and ``2018-11-30`` into a date.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ..problems import Place, PlanError, Problem, ProblemKind

#: More than a hundred times the example plan's largest file; what is larger is no plan.
MAX_FILE_BYTES = 8 * 2**20
#: A plan is nested six deep; YAML nested a thousand deep is an attack or an accident.
MAX_DEPTH = 20


@dataclass(kw_only=True)
class Scalar:
    """A text; ``is_plain`` when it stands without quotes."""

    text: str
    is_plain: bool
    place: Place

    @property
    def is_null(self) -> bool:
        """Tell whether the text says that there is no value; a blank one never does."""
        is_word = self.is_plain and self.text in ("~", "null", "Null", "NULL")
        return is_word or not self.text.strip()


@dataclass(kw_only=True)
class Sequence:
    """A list."""

    place: Place
    items: list[Node] = field(default_factory=list)


@dataclass(kw_only=True)
class Mapping:
    """Keys and values, in the order of the file, a repeated key included."""

    place: Place
    items: list[tuple[Scalar, Node]] = field(default_factory=list)


Node = Scalar | Sequence | Mapping
#: LibYAML's parser where PyYAML was built with it: ten times as fast.
_FAST: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TreeError(Exception):
    """A file that is no tree at all."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.kind.value)
        self.problem = problem


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A file as it came: from a folder, or sent by a browser."""

    name: str
    data: bytes


def collect_sources(path: Path) -> list[SourceFile]:
    """Read a YAML file, or all YAML files of a folder, in the order of their names.

    Raises:
        PlanError: there is none, or one cannot be read or is too large to be a plan.
    """
    name = str(path)
    sources = []
    try:
        if not path.is_dir():
            return [_read_file(path, name)]
        for file in sorted(p for p in path.iterdir() if p.suffix in (".yaml", ".yml")):
            name = file.name
            sources.append(_read_file(file, name))
    except OSError as error:
        reason = error.strerror or str(error)
        place = Place(file=name, line=1)
        raise PlanError(
            [Problem(kind=ProblemKind.FILE_MISSING, place=place, value=reason)]
        ) from error
    if not sources:
        raise PlanError([Problem(kind=ProblemKind.EMPTY, place=Place(file=name, line=1))])
    return sources


def _read_file(path: Path, name: str) -> SourceFile:
    check_size(path.stat().st_size, name)
    with path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)  # a device says that it is empty, and never ends
    check_size(len(data), name)
    return SourceFile(name=name, data=data)


def check_size(size: int, name: str) -> None:
    """Refuse a file that is too large to be a plan.

    Args:
        size: in bytes.
        name: what the file is called in messages.

    Raises:
        PlanError: it is larger than ``MAX_FILE_BYTES``.
    """
    if size > MAX_FILE_BYTES:
        raise PlanError(
            [
                Problem(
                    kind=ProblemKind.FILE_TOO_LARGE,
                    place=Place(file=name, line=1),
                    value=f"{size / 2**20:.1f} MB",
                    expected=f"{MAX_FILE_BYTES // 2**20} MB",
                )
            ]
        )


def _decode(source: SourceFile) -> str:
    try:
        return source.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.data.count(b"\n", 0, error.start) + 1
        bad = Problem(
            kind=ProblemKind.NOT_TEXT,
            place=Place(file=source.name, line=line),
            value=f"0x{source.data[error.start]:02x}",
        )
        raise TreeError(bad) from error


def parse_tree(source: SourceFile) -> Node:
    """Make a tree of a YAML file.

    Returns:
        The root.

    Raises:
        TreeError: the file is no UTF-8 text, not YAML or empty, uses anchors, holds several
            documents or is nested deeper than any plan.
    """
    text, name = _decode(source), source.name
    try:
        root = _build(_FAST(text), name)
    except (TreeError, yaml.YAMLError, ValueError, OverflowError):
        # the parser in Python says better what is wrong, and where
        root = _build_slowly(text, name)
    if root is None or (isinstance(root, Scalar) and root.is_null):
        raise TreeError(Problem(kind=ProblemKind.EMPTY, place=Place(file=name, line=1)))
    return root


def _build(parser: Any, name: str) -> Node | None:
    builder = _Builder(name)
    while parser.check_event():
        builder.take(parser.get_event())
    return builder.root


def _build_slowly(text: str, name: str) -> Node | None:
    try:
        loader = yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _not_yaml(name, line, f"U+{ord(text[error.position]):04X}") from error
    try:
        return _build(loader, name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise _not_yaml(name, line, error.problem or "") from error
    except (ValueError, OverflowError) as error:  # an escape past Unicode: "\U00110000"
        raise _not_yaml(name, loader.line + 1, str(error)) from error


def _not_yaml(name: str, line: int, reason: str) -> TreeError:
    return TreeError(
        Problem(kind=ProblemKind.NOT_YAML, place=Place(file=name, line=line), value=reason)
    )


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Builder:
    """Builds the tree from events, so that depth costs no recursion."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Node | None = None
        self._open: list[Sequence | Mapping] = []
        self._keys: list[Scalar | None] = []

    def take(self, event: yaml.Event) -> None:
        place = Place(file=self.name, line=_line(event))
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise TreeError(Problem(kind=ProblemKind.ALIAS, place=place))
        if isinstance(event, yaml.ScalarEvent):
            plain = not event.style  # None, or an empty text: LibYAML's
            self._add(Scalar(text=event.value, is_plain=plain, place=place))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._enter(Sequence(place=place))
        elif isinstance(event, yaml.MappingStartEvent):
            self._enter(Mapping(place=place))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise TreeError(Problem(kind=ProblemKind.NOT_YAML, place=place, value="---"))

    def _enter(self, node: Sequence | Mapping) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise TreeError(Problem(kind=ProblemKind.TOO_DEEP, place=node.place))
        self._add(node)
        self._open.append(node)
        self._keys.append(None)

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return
        key = self._keys[-1]
        if key is not None:
            parent.items.append((key, node))
            self._keys[-1] = None
        elif isinstance(node, Scalar):
            self._keys[-1] = node
        else:
            raise TreeError(Problem(kind=ProblemKind.NOT_A_VALUE, place=node.place))
