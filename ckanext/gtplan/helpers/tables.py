"""What pages and forms of living tables ask: the questions of a row, cells for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ckan.plugins import toolkit as tk

from ..logic.living.questions import (
    Question,
    choose_words,
    list_names,
    make_question,
    name_column,
    show_cell,
    write_cells,
)
from ..plan.dictionary import get_table_labels
from ..plan.living import LIVING_TABLES, LIVING_TYPES, LivingTable, split_cell
from ..plan.shapes import FieldShape

#: The questions on a service in groups; of other tables all are asked together.
_GROUPS: tuple[tuple[Callable[[], str], tuple[str, ...]], ...] = (
    (
        lambda: tk._("What it is and who gives it"),
        ("service_id", "name", "description", "competent_authority", "service_type", "stage"),
    ),
    (
        lambda: tk._("Whom it is for"),
        ("audience", "life_event", "thematic_area", "sector", "languages", "spatial", "keywords"),
    ),
    (
        lambda: tk._("How it is done"),
        (
            *("channels", "online_url", "office_address", "opening_hours", "requirements"),
            *("input_documents", "steps", "output", "processing_time", "processing_time_verbatim"),
        ),
    ),
    (lambda: tk._("What it costs"), ("is_free", "cost_amount", "cost_currency", "cost_note")),
    (
        lambda: tk._("What can be done online"),
        (
            *("os_registration", "os_authentication", "os_application", "os_decision"),
            *("os_issuance", "os_feedback", "e_signature", "interoperable"),
        ),
    ),
    (
        lambda: tk._("Use and satisfaction in the year"),
        (
            *("volume_online", "volume_total", "satisfaction"),
            *("std_target", "std_volume", "std_met"),
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question of a form with what is answered so far.

    Attributes:
        question: what is asked; None of a column that only goes along.
        name: of the control.
        id: of the control.
        text: the answer as one text, a list with an item in each line.
        items: the answer as a list.
        errors: sentences on what is wrong with it.
    """

    question: Question | None
    name: str
    id: str
    text: str
    items: tuple[str, ...]
    errors: tuple[str, ...]


def gtplan_living_table(package: Mapping[str, Any], resource: Mapping[str, Any]) -> str | None:
    """Tell the name of the living table that a resource is; None of any other resource."""
    name = resource.get("name") or ""
    is_living = package.get("type") in LIVING_TYPES and name in LIVING_TABLES
    return name if is_living and resource.get("url_type") == "tabledesigner" else None


def gtplan_row_form(
    table: str,
    fields: Iterable[Mapping[str, Any]],
    row: Mapping[str, Any],
    errors: Mapping[str, Any],
) -> list[tuple[str, list[Asked]]]:
    """Put the questions on a row into groups.

    Args:
        table: the name of a living table.
        fields: the columns as the DataStore has them: a form's names count them.
        row: what is stored, or was sent.
        errors: sentences by column.

    Returns:
        Heading (empty of what has none) and questions of each group.
    """
    known = LIVING_TABLES[table]
    cells = write_cells(known, row)
    columns = {column.name: column for column in known.columns}
    asked = {
        str(field["id"]): _ask(known, columns.get(field["id"]), position, cells, errors)
        for position, field in enumerate(fields, start=1)
    }
    return list(_group(table, asked))


def _ask(
    table: LivingTable,
    column: FieldShape | None,
    position: int,
    cells: Mapping[str, str],
    errors: Mapping[str, Any],
) -> Asked:
    name, number = f"col__{position}__value", f"field-{position}"
    if column is None or column.name in table.computed:
        return Asked(question=None, name=name, id=number, text="", items=(), errors=())
    text = cells.get(column.name, "")
    items = tuple(split_cell(text)) if column.is_list else (text,) if text else ()
    question = make_question(table, column)
    if column.reference:
        question = replace(question, choices=list_names(column))
    return Asked(
        question=question,
        name=name,
        id=number,
        text="\n".join(items),
        items=items,
        errors=tuple(errors.get(column.name) or ()),
    )


def _group(table: str, asked: Mapping[str, Asked]) -> Iterator[tuple[str, list[Asked]]]:
    left = dict(asked)
    for heading, names in _GROUPS if table == "services" else ():
        found = [left.pop(name) for name in names if name in left]
        if found:
            yield heading(), found
    if left:
        yield tk._("Further information") if len(left) < len(asked) else "", list(left.values())


def gtplan_table_name(name: str) -> str:
    """Give the title of a living table in the language of the page."""
    return choose_words(get_table_labels(name))


def gtplan_column_name(name: str) -> str:
    """Give the label of a column of a living table in the language of the page."""
    return name_column(name)


def gtplan_cell(table: str, column: str, text: Any) -> list[str]:
    """Write a cell of a living table for people: its items, with the labels of codes."""
    known = LIVING_TABLES[table]
    shape = next((shape for shape in known.columns if shape.name == column), None)
    if shape is None:
        return [] if text is None else [str(text)]
    return show_cell(shape, write_cells(known, {column: text}).get(column))


@tk.chained_helper  # type: ignore[untyped-decorator]
def tabledesigner_column_type_options(next_helper: Callable[[], Any]) -> list[dict[str, Any]]:
    """Offer who designs a table of their own CKAN's types only: ours are of living tables."""
    return [type_ for type_ in next_helper() if not type_["value"].startswith("gtplan_")]
