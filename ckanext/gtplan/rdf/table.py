"""The tables of the plan's records in RDF: which term says which field.

``plan.yaml`` explains how they are written; ``cpsv.yaml`` is of the services, ``registers.yaml`` of
the rows of registers, ``cube.yaml`` of the observations of indicators.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_FILES = ("plan.yaml", "cpsv.yaml", "registers.yaml", "cube.yaml")
_STEP = re.compile(r"^(?P<inverse>\^?)(?P<predicate>[a-z-]+:\w[\w-]*)(\[(?P<node>[a-z-]+)\])?$")
_SAYING = re.compile(
    r"^(?P<path>\S+)(?: as (?P<kind>\w+))?(?: to (?P<part>\w+))?"
    r"(?: if (?P<given>\w+))?(?: unless (?P<absent>\w+))?$"
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a path: a predicate, and the node that it leads to."""

    predicate: str
    node: str | None = None
    is_inverse: bool = False


@dataclass(frozen=True, kw_only=True)
class Saying:
    """How a field is said; the meaning of each part is told in ``plan.yaml``."""

    steps: tuple[Step, ...]
    kind: str | None = None
    part: str | None = None
    given: str | None = None
    absent: str | None = None


@dataclass(frozen=True, kw_only=True)
class PlanNode:
    """An intermediate node of a path."""

    rdf_class: str
    say: Mapping[str, str] = field(default_factory=dict)
    is_each: bool = False
    is_identified: bool = False
    is_ordered: bool = False


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What the table says of an entity."""

    classes: tuple[str, ...]
    fields: Mapping[str, tuple[Saying, ...]]
    unsaid: Mapping[str, str]
    node: str | None = None
    key: str | None = None
    is_ordered: bool = False


@cache
def load_table() -> Mapping[str, Any]:
    """Read the tables as one; the same object at each call, not to be changed."""
    whole: dict[str, dict[str, Any]] = {"namespaces": {}, "nodes": {}, "entities": {}}
    for name in _FILES:
        data = yaml.safe_load(files(__package__).joinpath(name).read_text("utf-8"))
        for section, rows in data.items():
            whole[section].update(rows)
    return whole


@cache
def get_sheet(entity: str) -> Sheet:
    """Give what the table says of an entity.

    Args:
        entity: name of a class of ``plan/model.py`` or ``plan/parts.py``, or of what is made of
            reports: ``Execution``, ``Result``; or of ``plan/registers.py``.

    Raises:
        KeyError: the table has no such entity.
    """
    raw = load_table()["entities"][entity]
    return Sheet(
        classes=tuple(raw["classes"]),
        fields={name: _parse(said) for name, said in raw["fields"].items()},
        unsaid=raw.get("unsaid", {}),
        node=raw.get("node"),
        key=raw.get("key"),
        is_ordered=raw.get("ordered", False),
    )


@cache
def get_node(name: str) -> PlanNode:
    """Describe an intermediate node of the paths."""
    raw = load_table()["nodes"][name]
    return PlanNode(
        rdf_class=raw["class"],
        say=raw.get("say", {}),
        is_each=raw.get("each", False) or raw.get("ordered", False),
        is_identified=raw.get("identified", False),
        is_ordered=raw.get("ordered", False),
    )


def _parse(said: str | list[str]) -> tuple[Saying, ...]:
    return tuple(_parse_one(text) for text in ([said] if isinstance(said, str) else said))


def _parse_one(text: str) -> Saying:
    match = _SAYING.match(text)
    if not match:
        raise ValueError(f"not a way to say a field: {text!r}")
    return Saying(
        steps=tuple(_parse_step(step) for step in match["path"].split("/")),
        kind=match["kind"],
        part=match["part"],
        given=match["given"],
        absent=match["absent"],
    )


def _parse_step(text: str) -> Step:
    match = _STEP.match(text)
    if not match:
        raise ValueError(f"not a step of a path: {text!r}")
    return Step(predicate=match["predicate"], node=match["node"], is_inverse=bool(match["inverse"]))
