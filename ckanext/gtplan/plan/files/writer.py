"""From a load to YAML files: what the reader makes of them is the same load.

Keys stand in the order of the entities, records in the order of the load; what is not known,
or is what a reader assumes anyway, is left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..dates import PartialDate
from ..model import Load
from ..shapes import FieldShape, list_shapes
from .layout import list_written
from .scalars import WIDTH, is_plain, write_text
from .tree import MAX_FILE_BYTES

#: A file of a folder is cut before it is larger than this.
MAX_BYTES = MAX_FILE_BYTES // 2
_STEP = 2


def write_load(load: Load, head: str = "") -> str:
    """Write a load as one file.

    Args:
        load: what to write.
        head: comment lines for the top of the file.
    """
    parts = [head + _write_header(load)]
    for name, records in _write_sections(load):
        parts.append(f"\n{name}:\n" + "".join(records))
    return "".join(parts)


def write_folder(load: Load, head: str = "") -> dict[str, str]:
    """Write a load as a folder: ``load.yaml``, and a file for each section that has records.

    Args:
        load: what to write.
        head: comment lines for the top of each file.

    Returns:
        The files' texts by name. A section that is too large for a file has several, whose
        order is that of their names.
    """
    files = {"load.yaml": head + _write_header(load)}
    for name, records in _write_sections(load):
        base = name.replace("_", "-")
        bundles = list(_bundle(records))
        digits = len(str(len(bundles)))
        for number, bundle in enumerate(bundles, start=1):
            ending = f"-{number:0{digits}d}" if len(bundles) > 1 else ""
            files[f"{base}{ending}.yaml"] = f"{head}{name}:\n{bundle}"
    return files


def _write_header(load: Load) -> str:
    publication = "".join(_write_fields(load.publication, _STEP))
    return f"load: {write_text(load.id, _STEP, 6)}\npublication:\n{publication}"


def _write_sections(load: Load) -> Iterator[tuple[str, list[str]]]:
    for shape in list_shapes(Load).values():
        if shape.is_list and (records := getattr(load, shape.name)):
            yield shape.name, [_write_row(record, _STEP) for record in records]


def _bundle(records: list[str]) -> Iterator[str]:
    bundle: list[str] = []
    size = 0
    for record in records:
        length = len(record.encode())
        if bundle and size + length > MAX_BYTES:
            yield "".join(bundle)
            bundle, size = [], 0
        bundle.append(record)
        size += length
    yield "".join(bundle)


def _write_row(row: Any, indent: int) -> str:
    """Write a record or a row as an item of a list, its dash before the first key."""
    text = "".join(_write_fields(row, indent + _STEP))
    return " " * indent + "- " + text[indent + _STEP :]


def _write_fields(entity: Any, indent: int) -> Iterator[str]:
    defaults = {f.name: f.default for f in dataclasses.fields(entity)}
    for shape in list_written(type(entity)).values():
        value = getattr(entity, shape.name)
        if value is not None and value != defaults[shape.name]:
            yield _write_field(shape, value, indent)


def _write_field(shape: FieldShape, value: Any, indent: int) -> str:
    key = " " * indent + shape.name + ":"
    if not shape.is_list:
        return f"{key} {_write_value(value, indent + _STEP, len(key) + 1)}\n"
    if shape.is_entity:
        return f"{key}\n" + "".join(_write_row(row, indent + _STEP) for row in value)
    return _write_list(key, value, indent + _STEP)


def _write_list(key: str, values: tuple[Any, ...], indent: int) -> str:
    """Write values in one line where they are words and have room there, else one a line."""
    words = [_write_word(str(value)) for value in values]
    line = f"{key} [{', '.join(words)}]\n"
    if all(words) and len(line) <= WIDTH + 1:
        return line
    margin = " " * indent + "- "
    items = [_write_value(value, indent + _STEP, len(margin)) for value in values]
    return f"{key}\n" + "".join(f"{margin}{item}\n" for item in items)


def _write_word(text: str) -> str:
    """Write a text that may stand between brackets; an empty one says that it may not."""
    if not text.isascii() or not text.replace("-", "").replace("_", "").replace(".", "").isalnum():
        return ""
    return text if is_plain(text) else f"'{text}'"


def _write_value(value: Any, indent: int, used: int) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"'{value:f}'"  # other readers would make it a number without its cents
    if isinstance(value, PartialDate):
        return f"'{value}'"  # and this a number, or a day
    if isinstance(value, int):
        return str(value)
    return write_text(value, indent, used)
