"""The profile's types of a DataStore table's columns: declared, read from the data, or kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_write_engine

from ..prm.reasons import Unsayable
from ..prm.texts import read_text
from ..prm.vocabulary import vocabulary

#: PostgreSQL's types that the vocabulary does not know by an alias.
_DECLARED = {
    "jsonb": "object",
    "nested": "object",
    "timetz": "time",
    "bytea": "binary",
    "varchar": "string",
    "uuid": "string",
}
#: What a type may be said to be instead, because its values can be; the rest allow themselves.
_FINER = {
    "number": {"integer"},
    "integer": {"number"},
    "date-time": {"date"},
    "object": {"geojson", "geo_point"},
    "array": {"geo_point"},
}
_DAY = (
    "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))"
)
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?"
#: How every text of a column is written when it is of a type, the narrowest type first. A code
#: with zeros before it is no number, and a day as "03/04/2020" could be either of two.
_FORMS = {
    "boolean": "(?i)^(true|false)$",
    "integer": "^-?(0|[1-9][0-9]*)$",
    "number": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$",
    "date": f"^{_DAY}$",
    "date-time": rf"^{_DAY}[T ]{_CLOCK}(Z|[+-][0-9]{{2}}:?[0-9]{{2}})?$",
    "time": f"^{_CLOCK}$",
}
#: The choices that CKAN's dictionary form offers for a type, as far as they say it.
_OVERRIDES = {
    "integer": "numeric",
    "number": "numeric",
    "date": "timestamp",
    "date-time": "timestamp",
    "boolean": "",
    "time": "",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column as the DataStore describes it."""

    name: str
    type: str
    info: Mapping[str, Any]
    stored: Mapping[str, Any] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """Give what the dictionary says of the column."""
        return _read(self.info.get("notes")) or _read(self.info.get("label"))

    @property
    def unit(self) -> str:
        """Give the unit of its values."""
        return _read(self.info.get("unit"))

    @property
    def override(self) -> str:
        """Give the type that was chosen for it in the dictionary, as PostgreSQL names it."""
        return self.info.get("type_override") or ""

    @property
    def declared(self) -> str:
        """Give the profile's type that the dictionary chooses, else that the table has."""
        return _declare(self.override or self.type)

    def allows(self, row_type: str) -> bool:
        """Tell whether the column can be said to be of a type, as far as its own goes."""
        if self.declared in ("string", "any") and row_type != self.declared:
            return not (self.override and row_type in _FORMS)
        return row_type == self.declared or row_type in _FINER.get(self.declared, ())

    def is_open(self, row_type: str, is_loaded: bool) -> bool:
        """Tell whether the data must be read to know the column's type.

        Args:
            row_type: the type that its row says, empty for none.
            is_loaded: whether nobody chose the types of the table.
        """
        if row_type and self.allows(row_type):
            return row_type != self.declared and row_type in _FORMS
        return is_loaded


def _read(text: Any) -> str:
    """Read a text of the dictionary, which CKAN never checked, as a row would keep it."""
    try:
        return str(read_text(text)).strip()
    except Unsayable as unsayable:
        return str(unsayable.kept or "").strip()


def _declare(name: str) -> str:
    types = vocabulary("field_type")
    if name.startswith("_") or name.endswith("[]"):
        return "array"
    term = types.find(name) or types.find(name.rstrip("0123456789"))
    return term.code if term else _DECLARED.get(name, "any")


def choose_type(
    column: Column, row_type: str, facts: Mapping[str, bool | None], *, is_loaded: bool
) -> str:
    """Choose the profile's type of a column.

    A type that its row says already stays while column and data allow it: a person may have
    chosen it. The dictionary's choice wins over what the data look like.

    Args:
        column: the column.
        row_type: the type that its row says, empty for none.
        facts: for types that the data may be of, whether they are; None when there are none.
        is_loaded: whether nobody chose the types of the table.
    """
    if row_type and column.allows(row_type) and facts.get(row_type) is not False:
        return row_type
    if is_loaded:
        fitting = (name for name, fits in facts.items() if fits and column.allows(name))
        return next(fitting, column.declared)
    return column.declared


def choose_override(column: Column, row_type: str) -> str | None:
    """Choose what the dictionary must say, so that a type that a person chose stays.

    Returns:
        One of the choices of CKAN's form, empty for none of them; None when it may stay as it
        is.
    """
    return None if column.allows(row_type) else _OVERRIDES.get(row_type, "text")


def read_types(resource_id: str, columns: Sequence[Column]) -> dict[str, dict[str, bool | None]]:
    """Read from the whole table of which types the values of columns are.

    PostgreSQL compares every value with the forms of the types, in one pass.

    Args:
        resource_id: of the table.
        columns: to look at.

    Returns:
        For each column, for types that its data may be of, whether they are; None when it has
        no values.
    """
    tests = [(column.name, *test) for column in columns for test in _list_tests(column)]
    if not tests:
        return {}
    table = sa.table(resource_id)
    expressions = [test.label(f"t{number}") for number, (_, _, test) in enumerate(tests)]
    with get_write_engine().connect() as connection:
        values = connection.execute(sa.select(*expressions).select_from(table)).one()
    found: dict[str, dict[str, bool | None]] = {}
    for (name, type_name, _), value in zip(tests, values, strict=True):
        found.setdefault(name, {})[type_name] = value
    return found


def _list_tests(column: Column) -> list[tuple[str, Any]]:
    value: Any = sa.column(column.name)
    stored = _declare(column.type)
    if stored == "string":
        has_text = value != ""
        return [
            (name, sa.func.bool_and(value.op("~")(form)).filter(has_text))
            for name, form in _FORMS.items()
        ]
    if stored == "number":
        return [("integer", sa.func.bool_and(value == sa.func.trunc(value)))]
    if stored == "date-time":
        return [("date", sa.func.bool_and(value == sa.func.date_trunc("day", value)))]
    return []
