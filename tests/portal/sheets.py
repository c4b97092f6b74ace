"""Spreadsheets of reports as a person fills them in."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
from ckan.plugins import toolkit as tk

from ckanext.gtplan.logic.follow.template import write_template

#: Cells by the hidden names of row and column, the row by the end of its key.
Cells = dict[tuple[str, str], Any]


def write(user: str, record: str, organization: str | None = None) -> bytes:
    """Write the template of a record as a user."""
    template = write_template({"user": user}, record, organization)
    assert template is not None
    return template.data


def find_cell(file: Any, row: str, column: str) -> Any:
    """Find a cell by its row and column."""
    for sheet in file.worksheets:
        names = {cell.value: cell.column for cell in sheet[1]}
        for cell in sheet["A"]:
            is_row = str(cell.value).endswith(f"|{row}") and sheet.sheet_state == "visible"
            if is_row and f"gtplan:{column}" in names:
                return sheet.cell(cell.row, names[f"gtplan:{column}"])
    raise LookupError(row, column)


def fill(data: bytes, cells: Cells, formats: dict[tuple[str, str], str] | None = None) -> bytes:
    """Fill in cells, and save the file."""
    file = openpyxl.load_workbook(io.BytesIO(data))
    for (row, column), value in cells.items():
        cell = find_cell(file, row, column)
        cell.value = value
        cell.number_format = (formats or {}).get((row, column), cell.number_format)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def locate(data: bytes, row: str, column: str) -> str:
    """Say where a cell stands: ``Actividades!F7``."""
    cell = find_cell(openpyxl.load_workbook(io.BytesIO(data)), row, column)
    return f"{cell.parent.title}!{cell.coordinate}"


def load(user: str, data: bytes, **more: Any) -> Any:
    """Send a file as a user."""
    return tk.get_action("gtplan_report_load")({"user": user}, {"content": data, **more})


def refuse(user: str, data: bytes, **more: Any) -> list[str]:
    """Send a file that is refused, and give the sentences."""
    try:
        load(user, data, **more)
    except tk.ValidationError as error:
        return list(error.error_dict["content"])
    raise AssertionError("the file was taken")
