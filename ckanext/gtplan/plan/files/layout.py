"""Which fields a plan file has of an entity."""

from __future__ import annotations

from typing import Any

from ..living import LIVING_TABLES
from ..shapes import FieldShape, list_shapes


def list_written(entity: type[Any]) -> dict[str, FieldShape]:
    """List what a file says of an entity: all but what the portal computes by itself.

    Args:
        entity: the class of a record or row.

    Returns:
        The fields in order, by name.
    """
    if entity not in _WRITTEN:
        tables = [table for table in LIVING_TABLES.values() if table.entity is entity]
        computed = {name for table in tables for name in table.computed}
        shapes = list_shapes(entity).items()
        _WRITTEN[entity] = {name: shape for name, shape in shapes if name not in computed}
    return _WRITTEN[entity]


_WRITTEN: dict[type[Any], dict[str, FieldShape]] = {}
