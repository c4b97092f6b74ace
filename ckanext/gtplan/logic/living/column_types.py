"""The types of columns that tabledesigner lacks: codes, several codes, lists, partial dates.

They say what kind of value a cell holds, and which list its codes are of. What a cell may hold is
not checked by them, in SQL, but for forms, files and API alike before a row is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ckan.plugins import toolkit as tk
from ckan.types import Schema, Validator
from ckanext.tabledesigner.column_types import (
    BooleanColumn,
    ColumnType,
    IntegerColumn,
    NumericColumn,
)

from ...config import get_language
from ...plan.dates import PartialDate
from ...plan.labels import is_long
from ...plan.living import LivingTable
from ...plan.shapes import FieldShape
from ...plan.vocabulary import get_label, list_codes


def _(text: str) -> str:
    """Mark a text for the catalogues: the page translates it."""
    return text


class _TextColumn(ColumnType):  # type: ignore[misc]
    table_schema_type = "string"
    table_schema_format = "default"


class LineColumn(_TextColumn):
    """A text of one line."""

    label = _("Text")
    example = "Registro Mercantil"


class LongColumn(_TextColumn):
    """A text of several lines."""

    label = _("Long text")
    example = "Registro Mercantil"


class LinesColumn(_TextColumn):
    """Several texts, with | between them."""

    label = _("Several texts")
    example = "DPI|NIT"


class LinkColumn(_TextColumn):
    """An address of the web."""

    label = _("Web address")
    example = "https://example.org/"


class DateColumn(_TextColumn):
    """A date as precise as it is known."""

    label = _("Date as it is known")
    example = "2018-11"


class NameColumn(_TextColumn):
    """The name of an organization or of a record of the portal."""

    label = _("Name in the portal")
    example = "mineco"


class NamesColumn(NameColumn):
    """Several such names, with | between them."""

    label = _("Names in the portal")
    example = "mineco|inap"


class CodeColumn(_TextColumn):
    """A code of a list."""

    label = _("Code of a list")
    example = "online"
    table_schema_constraint = "enum"
    form_snippet = "choice.html"
    view_snippet = "choice.html"

    def choices(self) -> Mapping[str, str]:
        """Give the labels of the codes in the language of the page."""
        name, language = self.field.get("tdvocabulary"), get_language()
        return {code: get_label(name, code, language) for code in list_codes(name)} if name else {}

    @classmethod
    def datastore_field_schema(cls, td_ignore: Validator, td_pd: Validator) -> Schema:
        """Let the dictionary keep which list it is; the two types share the key."""
        ours = tk.get_validator("tabledesigner_ignore")(["gtplan_code", "gtplan_codes"])
        return {"tdvocabulary": [ours, tk.get_validator("not_empty"), td_pd]}


class CodesColumn(CodeColumn):
    """Several codes of a list, with | between them."""

    label = _("Codes of a list")
    example = "online|in_person"


class YesNoColumn(BooleanColumn):  # type: ignore[misc]
    """True, false, or not known."""

    label = _("Yes or no")


class NumberColumn(NumericColumn):  # type: ignore[misc]
    """A number with decimals, kept as it was given."""

    label = _("Number")


class WholeColumn(IntegerColumn):  # type: ignore[misc]
    """A whole number."""

    label = _("Whole number")


#: By the names that tables' dictionaries keep.
COLUMN_TYPES: dict[str, type[ColumnType]] = {
    "gtplan_text": LineColumn,
    "gtplan_long": LongColumn,
    "gtplan_lines": LinesColumn,
    "gtplan_link": LinkColumn,
    "gtplan_date": DateColumn,
    "gtplan_name": NameColumn,
    "gtplan_names": NamesColumn,
    "gtplan_code": CodeColumn,
    "gtplan_codes": CodesColumn,
    "gtplan_yes_no": YesNoColumn,
    "gtplan_number": NumberColumn,
    "gtplan_whole": WholeColumn,
}
_OF_CLASS = {
    bool: "gtplan_yes_no",
    Decimal: "gtplan_number",
    int: "gtplan_whole",
    PartialDate: "gtplan_date",
}


def choose_column_type(column: FieldShape) -> str:
    """Choose the type of a column by what its field takes."""
    if column.vocabulary:
        return "gtplan_codes" if column.is_list else "gtplan_code"
    if column.reference:
        return "gtplan_names" if column.is_list else "gtplan_name"
    if column.is_list:
        return "gtplan_lines"
    if column.is_link:
        return "gtplan_link"
    return _OF_CLASS.get(column.type) or ("gtplan_long" if is_long(column.name) else "gtplan_text")


def describe_type(table: LivingTable, column: FieldShape) -> dict[str, Any]:
    """Say of a column what tabledesigner keeps in a table's dictionary."""
    required = "pk" if column.name in table.key else "req" if column.is_required else ""
    name = choose_column_type(column)
    described = {"type": COLUMN_TYPES[name].datastore_type, "tdtype": name, "tdpkreq": required}
    return {**described, "tdvocabulary": column.vocabulary} if column.vocabulary else described
