"""The reference of the YAML format in docs/, made of the entities.

``python -m ckanext.gtplan.plan.files.reference > docs/plan-format.md``; a test holds it equal.
"""

from __future__ import annotations

import sys
from decimal import Decimal

from ..dates import PartialDate
from ..labels import get_field_labels, list_labelled_fields
from ..model import Load
from ..shapes import FieldShape, list_shapes
from ..vocabulary import list_codes, list_names
from .layout import list_written

_INTRODUCTION = """\
# The format of plan files

Made by `python -m ckanext.gtplan.plan.files.reference`; how to write and load files is in
[load-a-plan.md](load-a-plan.md).

A load is a YAML file, or a folder of them whose lists are joined in the order of the file
names. At the top of a file stand `load` (the id of the load; without it the name of the file
or folder) and the sections below. A field that is **bold** is required; all else may be left
out, and what is left out is shown as not known.

The rows of `services`, `observations` and the tables of a register grow in the portal
([tables.md](tables.md) says what their columns mean). A record that has none of its tables in
the file leaves them as they are in the portal; one that has a table, even an empty one (`[]`),
makes its tables what the file says. What the portal computes cannot stand in a file.

| in the column *value* | write |
| --- | --- |
| text | any text, in as many lines as you like |
| number | a whole number |
| amount | `570075.00`: a decimal point and no separators |
| decimal | `12.5`: the same, with up to nine decimals |
| date | `2020`, `2020-02` or `2020-02-29`: as precise as the document is |
| yes or no | `true` or `false` |
| id of ... | the `id` of a record in the same load or in the portal |
| code | one of the list at the end |
| list of ... | a YAML list: lines that begin with `- `, or `[a, b]` |
| rows | a list of records with the fields of the table of that name |

"""
_VALUES: dict[type, str] = {
    str: "text",
    int: "number",
    bool: "yes or no",
    Decimal: "amount",
    PartialDate: "date",
}


def write_reference() -> str:
    """Write the reference page as Markdown."""
    parts = [_INTRODUCTION, "## Sections\n"]
    entities: dict[str, type] = {}
    for shape in list_shapes(Load).values():
        if shape.is_entity:
            parts.append(_write_entity(f"`{shape.name}`", shape.type, entities))
    parts.append("## Rows\n")
    done: set[str] = set()
    while todo := [name for name in entities if name not in done]:
        for name in todo:
            done.add(name)
            parts.append(_write_entity(f"{name}", entities[name], entities))
    parts.append("## Codes\n")
    for name in list_names():
        codes = ", ".join(f"`{code}`" for code in list_codes(name))
        parts.append(f"**{name}**: {codes}\n")
    return "\n".join(parts)


def _write_entity(title: str, entity: type, found: dict[str, type]) -> str:
    summary = (entity.__doc__ or "").splitlines()[0]
    lines = [f"### {title}\n", f"{summary}\n", "| field | value | in the portal |"]
    lines.append("| --- | --- | --- |")
    for shape in list_written(entity).values():
        name = f"**`{shape.name}`**" if shape.is_required else f"`{shape.name}`"
        label = ""
        if shape.name in list_labelled_fields():
            label = get_field_labels(shape.name)["es"]
        lines.append(f"| {name} | {_describe(shape, found)} | {label} |")
    return "\n".join(lines) + "\n"


def _describe(shape: FieldShape, found: dict[str, type]) -> str:
    if shape.is_entity:
        found.setdefault(shape.type.__name__, shape.type)
        return f"rows of {shape.type.__name__}"
    value = "decimal" if shape.is_quantity else _VALUES[shape.type]
    if shape.vocabulary:
        value = f"code of {shape.vocabulary}"
    elif shape.reference:
        value = f"id of {shape.reference}"
    return f"list of {value}" if shape.is_list else value


if __name__ == "__main__":
    sys.stdout.write(write_reference())
