"""The ckanext-scheming schemas of the plan's record types, made of the entities.

``schemas/*.yaml`` are written from here (``python -m ckanext.gtplan.plan.scheming``) and a
test holds them equal: what a field is stands in ``model.py``, its names in ``fields.yaml``,
and nowhere else.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from .dates import PartialDate
from .labels import get_field_labels, is_long
from .records import PACKAGE_TYPES, get_ckan_name
from .shapes import FieldShape, list_shapes

_HEADER = """\
# Made by `python -m ckanext.gtplan.plan.scheming` from plan/model.py and plan/fields.yaml:
# change those, and run it again.
"""
#: What a value must be, by the type of the field. CKAN's own validators where it has one.
_VALIDATORS: dict[type, str] = {
    str: "ignore_empty unicode_safe gtplan_text",
    # zero and false are values, which CKAN's ignore_empty takes for none
    int: "gtplan_optional int_validator",
    bool: "gtplan_optional boolean_validator",
    Decimal: "ignore_empty unicode_safe gtplan_amount",
    PartialDate: "ignore_empty unicode_safe gtplan_plan_date",
}
_QUANTITY = "ignore_empty unicode_safe gtplan_quantity"
#: Fields that the portal fills in by itself, and forms do not ask for.
_UNASKED = ("baseline_start", "baseline_end")
#: Fields that scheming has a preset for.
_PRESETS = {
    # the preset's validators, and ours: CKAN takes characters that PostgreSQL refuses
    "title": {
        "preset": "title",
        "validators": "if_empty_same_as(name) unicode_safe gtplan_text",
    },
    "name": {"preset": "dataset_slug"},
}


def make_schema(record_type: str) -> dict[str, Any]:
    """Make the scheming schema of a record type.

    Args:
        record_type: a key of ``records.PACKAGE_TYPES``.

    Returns:
        The schema as ckanext-scheming 3.1 reads it.
    """
    fields_of = list_shapes(PACKAGE_TYPES[record_type]).values()
    # the owner is CKAN's own field, below; rows that live in the DataStore have their own forms
    shapes = [shape for shape in fields_of if shape.name != "owner" and not shape.is_living]
    shapes.sort(key=lambda shape: _CORE_ORDER.get(shape.name, len(_CORE_ORDER)))
    fields = [_make_field(shape, is_row=False) for shape in shapes]
    owner = {
        "field_name": "owner_org",
        "label": get_field_labels("owner_org"),
        "preset": "dataset_organization",
    }
    return {
        "scheming_version": 2,
        "dataset_type": record_type,
        "about": f"{record_type} of an open government action plan",
        # what holds between the fields of a record is judged when each of them was read
        "after_validators": "gtplan_record",
        "dataset_fields": [*fields[:2], owner, *fields[2:]],
        "resource_fields": [
            {"field_name": "name", "label": get_field_labels("name")},
            {
                "field_name": "url",
                "label": get_field_labels("url"),
                "preset": "resource_url_upload",
            },
        ],
    }


#: Title and address first, as in every form of CKAN.
_CORE_ORDER = {"title": 0, "id": 1, "description": 2}


def _make_field(shape: FieldShape, *, is_row: bool) -> dict[str, Any]:
    name = shape.name if is_row else get_ckan_name(shape.name)
    field: dict[str, Any] = {"field_name": name, "label": get_field_labels(shape.name)}
    if shape.is_entity:
        rows = list_shapes(shape.type).values()
        field["repeating_subfields"] = [_make_field(row, is_row=True) for row in rows]
        field |= {"form_snippet": "gtplan_rows.html", "several": True, "is_ordered": True}
    elif name in _PRESETS and not is_row:
        field |= _PRESETS[name]
    else:
        field.update(_make_value(shape, is_row=is_row))
    if shape.is_required and not shape.is_entity:
        field["required"] = True
    if shape.name in _UNASKED:
        field["form_snippet"] = None
    return field


def _make_value(shape: FieldShape, *, is_row: bool) -> dict[str, Any]:
    if shape.is_list and is_row:
        # one text with spaces between the codes or ids: a row of scheming holds texts
        return {"validators": f"{_needed(shape)} unicode_safe gtplan_text"}
    if shape.vocabulary:
        preset = "multiple_checkbox" if shape.is_list else "select"
        return {
            "preset": preset,
            "choices_helper": "gtplan_choices",
            "vocabulary": shape.vocabulary,
        }
    if shape.is_list:
        return {"preset": "multiple_text", "form_snippet": "gtplan_lines.html"}
    validators = _QUANTITY if shape.is_quantity else _VALIDATORS[shape.type]
    if shape.is_required:
        validators = f"not_empty {validators.partition(' ')[2]}"
    if shape.reference:
        validators += f' gtplan_reference("{shape.reference}")'
    value = {"validators": validators}
    if is_long(shape.name):
        value["form_snippet"] = "textarea.html"
    if shape.type is bool:
        value["form_snippet"] = "select.html"
        value["choices_helper"] = "gtplan_yes_or_no"
        value["display_snippet"] = "select.html"
    return value


def _needed(shape: FieldShape) -> str:
    return "not_empty" if shape.is_required else "ignore_empty"


def write_schema(record_type: str) -> str:
    """Write the schema of a record type as YAML text."""
    text = yaml.safe_dump(
        make_schema(record_type), allow_unicode=True, sort_keys=False, width=100
    )
    return _HEADER + text


def main() -> None:
    """Write every schema into ``schemas/``."""
    folder = Path(__file__).parent.parent / "schemas"
    folder.mkdir(exist_ok=True)
    for record_type in PACKAGE_TYPES:
        (folder / f"{record_type}.yaml").write_text(write_schema(record_type), "utf-8")


if __name__ == "__main__":
    main()
