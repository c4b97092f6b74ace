"""The JSON Schema (2020-12) of plan files, made of the entities: for editors.

It accepts what the reader accepts, as far as a schema can tell. An editor takes ``2018`` and
``570075.00`` for numbers and ``true`` for a yes, where the reader reads texts: a text may be
any of them, and a number may be a text.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..dates import PartialDate
from ..model import Load
from ..shapes import FieldShape, list_shapes
from ..vocabulary import get_label, list_codes
from .help import choose_language, describe_section, explain_field, name_field
from .layout import list_written

MEDIA_TYPE = "application/schema+json"
#: What the reader takes for no value at all: it may stand at any field that is not required.
_NOTHING = {"type": ["null", "string"], "pattern": r"^\s*$"}
_DAY = r"(0[1-9]|[12][0-9]|3[01])"
_DATE = rf"^\s*(?!0000)[0-9]{{4}}(-(0[1-9]|1[0-2])(-{_DAY})?)?\s*$"
_ID = r"^\s*(?!(new|edit|search)\s*$)[a-z0-9_-]{2,100}\s*$"
_QUANTITY = r"^\s*-?[0-9]{1,15}(\.[0-9]{1,9})?\s*$"
_VALUES: dict[type, dict[str, Any]] = {
    str: {"type": ["string", "number", "boolean"], "pattern": r"\S"},
    int: {
        "type": ["integer", "string"],
        "minimum": -999_999_999,
        "maximum": 999_999_999,
        "pattern": r"^\s*-?[0-9]{1,9}\s*$",
    },
    bool: {"enum": [True, False, "true", "false"]},
    Decimal: {
        "type": ["number", "string"],
        "exclusiveMinimum": -(10**15),
        "exclusiveMaximum": 10**15,
        "pattern": r"^\s*-?[0-9]{1,15}(\.[0-9]{1,2})?\s*$",
    },
    PartialDate: {
        "type": ["string", "integer"],
        "minimum": 1000,
        "maximum": 9999,
        "pattern": _DATE,
    },
}


def make_json_schema(address: str, language: str) -> dict[str, Any]:
    """Make the schema.

    Args:
        address: where it is published, which is its ``$id``.
        language: of titles and descriptions.
    """
    language = choose_language(language)
    definitions: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for shape in list_shapes(Load).values():
        name = "load" if shape.name == "id" else shape.name
        if shape.is_entity:
            properties[name] = _make_section(shape, language)
            _define(shape.type, language, definitions)
        else:
            properties[name] = {**_describe(name, language), **_make_value(shape, language)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": "Open Government action plan",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": dict(sorted(definitions.items())),
    }


def _make_section(shape: FieldShape, language: str) -> dict[str, Any]:
    what = {"description": describe_section(shape.name, language)}
    if not shape.is_list:
        return {**what, "$ref": f"#/$defs/{shape.type.__name__}"}
    items = {"$ref": f"#/$defs/{shape.type.__name__}"}
    return {**what, "anyOf": [{"type": "array", "items": items}, _NOTHING]}


def _define(entity: type[Any], language: str, definitions: dict[str, Any]) -> None:
    """Add the definition of an entity, and of the rows that it holds."""
    if entity.__name__ in definitions:
        return
    shapes = list_written(entity).values()
    definitions[entity.__name__] = {
        "type": "object",
        "properties": {shape.name: _make_field(entity, shape, language) for shape in shapes},
        "required": [shape.name for shape in shapes if shape.is_required],
        "additionalProperties": False,
    }
    for shape in shapes:
        if shape.is_entity:
            _define(shape.type, language, definitions)


def _make_field(entity: type[Any], shape: FieldShape, language: str) -> dict[str, Any]:
    what = _describe(shape.name, language, entity.__name__)
    if shape.is_entity:
        value: dict[str, Any] = {"$ref": f"#/$defs/{shape.type.__name__}"}
    else:
        value = _make_value(shape, language)
    if shape.is_list:
        value = {"type": "array", "items": value}
    if shape.is_required:
        return {**what, **value}
    return {**what, "anyOf": [value, _NOTHING]}


def _describe(name: str, language: str, entity: str = "") -> dict[str, Any]:
    what = {"title": name_field(name, language, entity)}
    if text := explain_field(name, language, entity):
        what["description"] = text
    return what


def _make_value(shape: FieldShape, language: str) -> dict[str, Any]:
    if shape.vocabulary:
        codes = list_codes(shape.vocabulary)
        labels = [get_label(shape.vocabulary, code, language) for code in codes]
        return {"enum": list(codes), "enumDescriptions": labels}
    if shape.name == "id":
        digit = {"type": "integer", "minimum": 0, "maximum": 9}  # an id has two characters
        return {"type": ["string", "integer", "boolean"], "not": digit, "pattern": _ID}
    if shape.is_quantity:
        return {**_VALUES[Decimal], "pattern": _QUANTITY}
    return {**_VALUES[shape.type], **({"format": "uri"} if shape.is_link else {})}
