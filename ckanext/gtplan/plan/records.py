"""Between entities and the flat dictionaries that CKAN keeps as packages.

Rows that live in a table of the DataStore (``living``) are no part of the package.

The names are the same on both sides, but for what CKAN has a name of its own for: the id
is its ``name``, the description its ``notes``. A list inside a row is one text, for a row of
scheming holds texts: ids and codes (the bodies that answer for an activity) with spaces between
them, words of the document (the numbers of other activities) with commas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from . import model
from .dates import PartialDate
from .model import Load, Record
from .shapes import FieldShape, convert_text, list_shapes

#: CKAN package type -> entity. Organisations are CKAN organisations, not packages.
PACKAGE_TYPES: dict[str, type[Record]] = {
    "action_plan": model.ActionPlan,
    "commitment": model.Commitment,
    "milestone": model.Milestone,
    "indicator": model.Indicator,
    "regional_plan": model.RegionalPlan,
    "service_inventory": model.ServiceInventory,
    "register": model.Register,
}
#: The section of a load that holds the records of a type.
SECTION_OF_TYPE = {
    "action_plan": "action_plans",
    "commitment": "commitments",
    "milestone": "milestones",
    "indicator": "indicators",
    "regional_plan": "regional_plans",
    "service_inventory": "service_inventories",
    "register": "registers",
}
_CKAN_NAMES = {"id": "name", "description": "notes", "owner": "owner_org"}

EntityT = TypeVar("EntityT")


def iterate_load(load: Load) -> Iterator[tuple[str, Record]]:
    """Go through the records of a load in the order in which they can be written.

    Returns:
        Pairs of the path in messages and the record: organisations first, then each kind
        of package after the kind that it refers to.
    """
    sections = ["organizations", *(SECTION_OF_TYPE[name] for name in PACKAGE_TYPES)]
    for section in sections:
        for record in getattr(load, section):
            yield f"{section}/{record.id}", record


def get_record_type(record: Record) -> str:
    """Give the package type of a record; of an institution, which is none, ``organization``."""
    found = (name for name, entity in PACKAGE_TYPES.items() if entity is type(record))
    return next(found, "organization")


def get_ckan_name(field: str) -> str:
    """Give the name that CKAN has for a field of a record."""
    return _CKAN_NAMES.get(field, field)


def to_record(record: Record) -> dict[str, Any]:
    """Turn an entity into the fields of a CKAN package.

    Returns:
        A dictionary without the fields that hold nothing.
    """
    return {
        get_ckan_name(shape.name): value
        for shape in list_shapes(type(record)).values()
        if not shape.is_living
        and (value := _to_plain(shape, getattr(record, shape.name), is_row=False)) is not None
    }


def _to_plain(shape: FieldShape, value: Any, *, is_row: bool) -> Any:
    if value is None or value == ():
        return None
    if not shape.is_list:
        return _to_text(value)
    if shape.is_entity:
        return [_to_row(row) for row in value]
    return _separator(shape).join(value) if is_row else list(value)


def _separator(shape: FieldShape) -> str:
    """Choose what stands between the items of a list in a row: ids and codes hold no spaces."""
    return " " if shape.reference or shape.vocabulary else ", "


def _to_row(row: Any) -> dict[str, Any]:
    return {
        shape.name: plain
        for shape in list_shapes(type(row)).values()
        if (plain := _to_plain(shape, getattr(row, shape.name), is_row=True)) is not None
    }


def _to_text(value: Any) -> Any:
    if isinstance(value, (PartialDate, Decimal)):
        return str(value)
    return value


def from_record(entity: type[EntityT], record: Mapping[str, Any]) -> EntityT:
    """Turn the fields of a CKAN package back into an entity.

    A value that is not what the field holds (written through the API years ago) is left
    out: a page or a table must be made of what can be read.

    Args:
        entity: the class to make.
        record: the package, or a row of one.

    Raises:
        KeyError: a field without which the entity cannot be is missing.
    """
    given = {}
    for name, shape in _list_named(entity):
        value = record.get(name)
        if value is not None and (read := _from_plain(shape, value)) is not None:
            given[shape.name] = read
        elif shape.is_required:
            raise KeyError(shape.name)
    return entity(**given)


def _list_named(entity: type[Any]) -> list[tuple[str, FieldShape]]:
    """List the fields of an entity, each after the name that a package or a row has for it."""
    if entity not in _NAMED:
        is_package = issubclass(entity, Record)
        _NAMED[entity] = [
            (get_ckan_name(name) if is_package else name, shape)
            for name, shape in list_shapes(entity).items()
            if not shape.is_living
        ]
    return _NAMED[entity]


_NAMED: dict[type[Any], list[tuple[str, FieldShape]]] = {}


def _from_plain(shape: FieldShape, value: Any) -> Any:
    if not shape.is_list:
        return _from_text(shape, value)
    items: Any = split_items(shape, value) if isinstance(value, str) else value
    if not isinstance(items, list):
        return None
    if not shape.is_entity:
        return tuple(item for item in items if item and isinstance(item, str))
    rows = []
    for item in items:
        try:
            rows.append(from_record(shape.type, item if isinstance(item, Mapping) else {}))
        except KeyError:
            continue  # a row that names nothing cannot be shown
    return tuple(rows)


def split_items(shape: FieldShape, text: str) -> list[str]:
    """Split the text that a list inside a row is."""
    separator = _separator(shape).strip() or None
    return [item for part in text.split(separator) if (item := part.strip())]


def _from_text(shape: FieldShape, value: Any) -> Any:
    if value == "" or not isinstance(value, (str, int, float)):
        return None
    try:
        return convert_text(shape, str(value).lower() if shape.type is bool else str(value))
    except ValueError:
        return None
