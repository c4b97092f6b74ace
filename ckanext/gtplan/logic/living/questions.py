"""What a column is called and how its cells are filled in, in the user's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk

from ...config import get_language
from ...plan.dictionary import get_column_entry
from ...plan.labels import get_field_labels
from ...plan.living import LivingTable, normalize_cells, split_cell
from ...plan.shapes import FieldShape
from ...plan.vocabulary import LANGUAGES, get_label, list_codes
from .column_types import choose_column_type


@dataclass(frozen=True, kw_only=True)
class Question:
    """A column as a form or a spreadsheet asks for it.

    Attributes:
        name: of the column.
        label: its name for people.
        help: what it holds, in words.
        example: of a cell, where something is typed into it.
        control: the type of the column, without its prefix: ``text``, ``codes``, ``yes_no`` ...
        choices: codes with their labels; empty where anything may be written.
        is_required: a row without it is none.
        is_computed: the portal fills it in.
    """

    name: str
    label: str
    help: str
    example: str
    control: str
    choices: tuple[tuple[str, str], ...]
    is_required: bool
    is_computed: bool


def choose_words(labels: Mapping[str, str]) -> str:
    """Choose among texts by language that of the user: Spanish where theirs is not there."""
    language = get_language()
    close = next((key for key in LANGUAGES if key[:2] == language[:2]), "es")
    return labels.get(language) or labels.get(close) or labels["es"]


def name_column(name: str) -> str:
    """Give the label of a column."""
    try:
        return choose_words(get_field_labels(name))
    except KeyError:
        return name


def make_question(table: LivingTable, column: FieldShape) -> Question:
    """Say what a form asks for a column, without the choices that the portal's data give."""
    return Question(
        name=column.name,
        label=name_column(column.name),
        help=_explain(table, column),
        example=_find_example(table, column),
        control=choose_column_type(column).removeprefix("gtplan_"),
        choices=_list_choices(column),
        is_required=column.is_required,
        is_computed=column.name in table.computed,
    )


def _explain(table: LivingTable, column: FieldShape) -> str:
    entry = get_column_entry(table.name, column.name)
    text = choose_words(entry.description)
    if not entry.unit:
        return text
    unit = tk._("Unit: {unit}.").format(unit=choose_words(entry.unit))
    return f"{text} {unit}"


def _find_example(table: LivingTable, column: FieldShape) -> str:
    is_chosen = bool(column.vocabulary) or column.type is bool
    return "" if is_chosen else get_column_entry(table.name, column.name).example or ""


def _list_choices(column: FieldShape) -> tuple[tuple[str, str], ...]:
    language = get_language()
    if column.vocabulary:
        codes = list_codes(column.vocabulary)
        return tuple((code, get_label(column.vocabulary, code, language)) for code in codes)
    if column.type is bool:
        return ("true", tk._("Yes")), ("false", tk._("No"))
    return ()


def list_names(column: FieldShape) -> tuple[tuple[str, str], ...]:
    """List the records or organizations that a column may name, as the user may see them."""
    if column.reference == "organization":
        group = model.Group
        bodies = model.Session.query(group.name, group.title)
        found = bodies.filter(group.is_organization, group.state == "active")
        return tuple((name, title or name) for name, title in found.order_by(group.title))
    package = model.Package
    records = model.Session.query(package.id, package.name, package.title, package.private)
    active = records.filter(package.type == column.reference, package.state == "active")
    return tuple(
        (name, title or name)
        for id, name, title, is_private in active.order_by(package.name)
        if not is_private or tk.h.check_access("package_show", {"id": id})
    )


def show_cell(column: FieldShape, text: str | None) -> list[str]:
    """Write a cell for people: the labels of its codes, each item of a list by itself."""
    if not text:
        return []
    items = split_cell(text) if column.is_list else [text]
    if column.vocabulary or column.type is bool:
        labels = dict(_list_choices(column))
        return [labels.get(item, item) for item in items]
    return items


def write_cells(table: LivingTable, row: Mapping[str, Any]) -> dict[str, str]:
    """Write a row of the DataStore, or what a form sent, as texts; of nothing an empty one."""
    cells = normalize_cells(table, row)
    given = {**cells, **{name: row.get(name) for name in table.computed}}
    return {name: "" if text is None else str(text) for name, text in given.items()}
