"""The profile as rows: reads ``profile.yaml``, the one table of the PRM's 69 fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

Labels = Mapping[str, str]

CLASSES = ("catalog", "dataset", "distribution", "field", "theme")

_STEP = re.compile(r"^(?P<inverse>\^?)(?P<predicate>[a-z]+:\w+)(\[(?P<node>\w+)\])?$")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of an RDF path: a predicate, and the node that it leads to."""

    predicate: str
    node: str | None = None
    inverse: bool = False


@dataclass(frozen=True, kw_only=True)
class Node:
    """An intermediate node of an RDF path."""

    rdf_class: str
    name: str
    iri: str | None = None
    each: str | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)
    telling: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """One field of the profile; the meaning of each part is told in ``profile.yaml``."""

    kind: str
    key: str
    type: str
    steps: tuple[Step, ...]
    sources: tuple[str, ...]
    label: Labels
    definition: Labels
    example: str
    json: str | None
    rdf: str
    obligation: str | None = None
    vocabulary: str | None = None
    many: bool = False
    range: str | None = None
    ordered: bool = False
    implied: bool = False
    translated: bool = False
    group: str | None = None

    @cached_property
    def path(self) -> tuple[str, ...]:
        """Tell where data.json holds the value, one name for each level."""
        return tuple(self.key.split("->"))

    @cached_property
    def places(self) -> tuple[tuple[str, str, str], ...]:
        """Tell of each source the CKAN field, its subfield, and the field of its translations."""
        return tuple(
            (*source.partition(".")[::2], f"{source}_translated") for source in self.sources
        )

    @cached_property
    def heads(self) -> frozenset[str]:
        """List the CKAN fields of which one at least is there, where there is a value."""
        translated = [name for *_, name in self.places if self.type == "text"]
        return frozenset([*(head for head, *_ in self.places), *translated])

    @property
    def composite(self) -> str | None:
        """Name the CKAN field with subfields that holds the value, if one does."""
        head, dot, _ = self.sources[0].partition(".")
        return head if dot else None

    @cached_property
    def keeps_places(self) -> bool:
        """Tell whether the position of a value matters, because another row shares its node."""
        return any(s.node and nodes()[s.node].each == "number" for s in self.steps)


def _parse_path(path: str) -> tuple[Step, ...]:
    steps = []
    for part in path.split("/"):
        match = _STEP.match(part)
        if not match:
            raise ValueError(f"profile.yaml: not a step of an RDF path: {part!r} in {path!r}")
        steps.append(
            Step(
                predicate=match["predicate"],
                node=match["node"],
                inverse=bool(match["inverse"]),
            )
        )
    return tuple(steps)


def _parse_row(raw: Mapping[str, Any]) -> Row:
    ckan = raw["ckan"]
    return Row(
        kind=raw["class"],
        key=raw["key"],
        type=raw["type"],
        steps=_parse_path(raw["rdf"]),
        sources=(ckan,) if isinstance(ckan, str) else tuple(ckan),
        label=raw["label"],
        definition=raw["definition"],
        example=raw["example"],
        json=raw["json"],
        rdf=raw["rdf"],
        obligation=raw.get("obligation"),
        vocabulary=raw.get("vocabulary"),
        many=raw.get("many", False),
        range=raw.get("range"),
        ordered=raw.get("ordered", False),
        implied=raw.get("implied", False),
        translated=raw.get("translated", False),
        group=raw.get("group"),
    )


@cache
def load(name: str = "profile.yaml") -> Mapping[str, Any]:
    """Read a data file of this package.

    Args:
        name: the file, beside this module.

    Returns:
        What the file holds; the same object at each call, not to be changed.
    """
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    data: Mapping[str, Any] = yaml.safe_load(text)
    return data


@cache
def fields(kind: str | None = None) -> tuple[Row, ...]:
    """List the profile's own fields.

    Args:
        kind: a class of the profile; without it, all 69 fields.

    Returns:
        The rows, in the order of the profile.
    """
    rows = (_parse_row(raw) for raw in load()["fields"])
    return tuple(row for row in rows if kind is None or row.kind == kind)


@cache
def extensions(kind: str | None = None) -> tuple[Row, ...]:
    """List the fields that this project adds to the profile.

    Args:
        kind: a class of the profile; without it, those of every class.

    Returns:
        The rows, in the order of the table.
    """
    rows = (_parse_row(raw) for raw in load()["extensions"])
    return tuple(row for row in rows if kind is None or row.kind == kind)


@cache
def rows(kind: str) -> tuple[Row, ...]:
    """List everything that a record of a class can hold: its fields, then its extensions."""
    return fields(kind) + extensions(kind)


@cache
def heads(kind: str) -> frozenset[str]:
    """List the CKAN fields that hold what a record of a class says."""
    return frozenset().union(*(row.heads for row in rows(kind)))


@lru_cache(1024)
def reading_order(kind: str, names: frozenset[str] | None = None) -> tuple[Row, ...]:
    """List the rows as a record is read: records last, since they inherit what was found before.

    Args:
        kind: a class of the profile.
        names: the CKAN fields that there are; rows that have none of them are passed over.
    """
    told = [row for row in rows(kind) if names is None or not row.heads.isdisjoint(names)]
    return tuple(sorted(told, key=lambda row: row.type == "records"))


@cache
def nodes() -> Mapping[str, Node]:
    """Describe the intermediate nodes of the RDF paths, by their name in the table."""
    return {
        name: Node(
            rdf_class=raw["class"],
            name=raw["name"],
            iri=raw.get("iri"),
            each=raw.get("each"),
            constants=raw.get("constants", {}),
            telling=raw.get("telling", False),
        )
        for name, raw in load()["nodes"].items()
    }


def version() -> str:
    """Tell which version of the profile the table is."""
    return str(load()["version"])
