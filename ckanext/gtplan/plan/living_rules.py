"""What a row must be that a Table Schema cannot say: real dates, plain numbers, and agreement.

The rules are of one row; that it is the only one of its key, and that what it names exists, is
asked where the other rows are at hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from .dates import PartialDate
from .dictionary import get_column_entry
from .living import Cells, LivingTable, split_cell
from .money import parse_amount
from .periods import Period
from .quantities import parse_quantity
from .shapes import FieldShape, find_control_character, is_web_address
from .vocabulary import list_codes


class FindingKind(Enum):
    """Every way in which a row, a cell or the header of a table can be wrong.

    The finding's ``value`` is the text that was found; ``expected`` is, where it is not empty,
    what this list says.
    """

    #: header: no column of that name was given; one that the table has not (expected: the name
    #: that comes close); one that is given twice (expected: the letter of the first)
    MISSING_COLUMN = "missing_column"
    UNKNOWN_COLUMN = "unknown_column"
    REPEATED_COLUMN = "repeated_column"
    #: cells of a spreadsheet that are joined (value: A2:A4), hold an error (#N/A), or a formula
    #: whose result was not saved (value: the formula)
    MERGED_CELLS = "merged_cells"
    ERROR_VALUE = "error_value"
    NO_RESULT = "no_result"
    #: a cell in a column that has no name; a row of CSV that ends before its last column
    #: (value: how many cells it has; expected: how many the header has)
    EXTRA_CELL = "extra_cell"
    MISSING_CELL = "missing_cell"
    REQUIRED = "required"
    #: value: U+000B
    CONTROL_CHARACTER = "control_character"
    BAD_QUANTITY = "bad_quantity"
    BAD_AMOUNT = "bad_amount"
    BAD_NUMBER = "bad_number"
    BAD_BOOLEAN = "bad_boolean"
    BAD_DATE = "bad_date"
    BAD_PERIOD = "bad_period"
    BAD_LINK = "bad_link"
    #: expected: the dictionary's example of the column
    BAD_FORM = "bad_form"
    #: expected: the limit
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    #: value: how long it is; expected: how long it may be
    TOO_LONG = "too_long"
    #: value: the item; expected: the codes
    UNKNOWN_CODE = "unknown_code"
    #: value: the key; expected: the number of the row that has it, too
    REPEATED_ROW = "repeated_row"
    #: value: the dimension that a disaggregation names twice
    REPEATED_DIMENSION = "repeated_dimension"
    #: expected: the table in which it should be found; the kind of record that it should be
    UNKNOWN_ROW = "unknown_row"
    UNKNOWN_REFERENCE = "unknown_reference"
    #: what contradicts another column (expected: its name)
    CURRENCY_NEEDED = "currency_needed"
    FREE_WITH_COST = "free_with_cost"
    MORE_THAN = "more_than"
    #: an observation without value, text or a status that says why; one with a value and a
    #: status that says that there is none
    VALUE_NEEDED = "value_needed"
    VALUE_AND_MISSING = "value_and_missing"


@dataclass(frozen=True, kw_only=True)
class RowFinding:
    """What is wrong with a cell of a row.

    Attributes:
        column: the name of the column.
        kind: what is wrong.
        value: the text that was found.
        expected: what would be right, as ``FindingKind`` says.
    """

    column: str
    kind: FindingKind
    value: str = ""
    expected: str = ""


#: The statuses of observations that say that there is no value (SDMX: CL_OBS_STATUS).
MISSING_STATUSES = frozenset({"H", "L", "M", "O", "Q"})
_WHOLE = re.compile(r"-?[0-9]{1,9}\Z")
#: Numbers as they are written: neither 1e3 nor NaN, which Python takes for numbers, too.
_NUMBERS: Mapping[FindingKind, Callable[[str], object]] = {
    FindingKind.BAD_QUANTITY: parse_quantity,
    FindingKind.BAD_AMOUNT: parse_amount,
}


def check_row(table: LivingTable, cells: Mapping[str, str | None]) -> Iterator[RowFinding]:
    """Check a row.

    Args:
        table: whose row it is.
        cells: as ``normalize_cells`` gives them; a column that is not there is not checked.

    Yields:
        What is wrong, one finding for a cell at most; cells that are wrong by themselves are in
        no finding about agreement.
    """
    wrong = set()
    for column in table.columns:
        text = cells.get(column.name)
        finding = check_cell(table, column, text) if text else None
        if finding:
            wrong.add(column.name)
            yield finding
    sound = {name: text for name, text in cells.items() if name not in wrong}
    for rule in _RULES.get(table.name, ()):
        yield from rule(sound)


def check_cell(table: LivingTable, column: FieldShape, text: str) -> RowFinding | None:
    """Check the text of one cell, by itself.

    Args:
        table: of the cell.
        column: of the cell.
        text: not empty.
    """
    control = find_control_character(text)
    if control:
        return RowFinding(column=column.name, kind=FindingKind.CONTROL_CHARACTER, value=control)
    longest = get_column_entry(table.name, column.name).max_length
    if len(text) > longest:  # before any pattern is tried on it
        return RowFinding(
            column=column.name,
            kind=FindingKind.TOO_LONG,
            value=str(len(text)),
            expected=str(longest),
        )
    kind = find_number_fault(column, text) or _find_form_fault(table, column, text)
    if kind:
        return RowFinding(
            column=column.name, kind=kind, value=text, expected=_expect(table, column, kind)
        )
    if column.vocabulary:
        return _check_codes(column, text)
    return None


def find_number_fault(column: FieldShape, text: str) -> FindingKind | None:
    """Tell how a text is no number of its column; None when it is, or the column has none."""
    if column.type is int:
        return None if _WHOLE.match(text) else FindingKind.BAD_NUMBER
    if column.type is not Decimal:
        return None
    kind = FindingKind.BAD_QUANTITY if column.is_quantity else FindingKind.BAD_AMOUNT
    try:
        _NUMBERS[kind](text)
    except ValueError:
        return kind
    return None


def _find_form_fault(table: LivingTable, column: FieldShape, text: str) -> FindingKind | None:
    entry = get_column_entry(table.name, column.name)
    items = split_cell(text) if column.is_list else [text]
    if column.type is bool:
        return None if text in ("true", "false") else FindingKind.BAD_BOOLEAN
    try:
        if column.type is PartialDate:
            PartialDate.parse(text)
        if entry.form == "period":
            Period.parse(text)
    except ValueError:
        return FindingKind.BAD_DATE if column.type is PartialDate else FindingKind.BAD_PERIOD
    if column.is_link and not is_web_address(text):
        return FindingKind.BAD_LINK
    if entry.pattern and not all(re.fullmatch(entry.pattern, item) for item in items):
        return FindingKind.BAD_FORM
    return None


def _expect(table: LivingTable, column: FieldShape, kind: FindingKind) -> str:
    entry = get_column_entry(table.name, column.name)
    return entry.example or "" if kind is FindingKind.BAD_FORM else ""


def _check_codes(column: FieldShape, text: str) -> RowFinding | None:
    codes = list_codes(column.vocabulary or "")
    for item in split_cell(text) if column.is_list else [text]:
        if item not in codes:
            return RowFinding(
                column=column.name,
                kind=FindingKind.UNKNOWN_CODE,
                value=item,
                expected=", ".join(codes),
            )
    return None


def _check_service(cells: Mapping[str, str | None]) -> Iterator[RowFinding]:
    """Check what a service's columns say together (design: plan model, section 2.6)."""
    amount = cells.get("cost_amount")
    if amount and not cells.get("cost_currency", "?"):
        yield RowFinding(
            column="cost_currency",
            kind=FindingKind.CURRENCY_NEEDED,
            value=amount,
            expected="cost_amount",
        )
    free = cells.get("is_free")
    if amount and free and (Decimal(amount) == 0) != (free == "true"):
        yield RowFinding(
            column="cost_amount", kind=FindingKind.FREE_WITH_COST, value=amount, expected="is_free"
        )
    for part, whole in (("volume_online", "volume_total"), ("std_met", "std_volume")):
        yield from _check_part(cells, part, whole)


def _check_part(cells: Mapping[str, str | None], part: str, whole: str) -> Iterator[RowFinding]:
    some, all_of_it = cells.get(part), cells.get(whole)
    if some and all_of_it and int(some) > int(all_of_it):
        yield RowFinding(column=part, kind=FindingKind.MORE_THAN, value=some, expected=whole)


def _check_observation(cells: Mapping[str, str | None]) -> Iterator[RowFinding]:
    """Check that an observation says something, or says why it does not."""
    is_missing = cells.get("obs_status") in MISSING_STATUSES
    value = cells.get("obs_value") or cells.get("obs_text")
    is_asked = {"obs_value", "obs_text"} <= cells.keys()
    if is_asked and not value and not is_missing:
        yield RowFinding(
            column="obs_value", kind=FindingKind.VALUE_NEEDED, expected="obs_status"
        )
    if value and is_missing:
        yield RowFinding(
            column="obs_status",
            kind=FindingKind.VALUE_AND_MISSING,
            value=cells["obs_status"] or "",
            expected="obs_value",
        )
    seen = set()
    for pair in split_cell(cells.get("disaggregation") or ""):
        dimension = pair.partition("=")[0]
        if dimension in seen:
            yield RowFinding(
                column="disaggregation",
                kind=FindingKind.REPEATED_DIMENSION,
                value=dimension,
            )
        seen.add(dimension)


def _check_criterion(cells: Mapping[str, str | None]) -> Iterator[RowFinding]:
    """Check that a criterion can be scored by: a share of no score at all is none."""
    highest = cells.get("max_score")
    if highest and Decimal(highest) == 0:
        yield RowFinding(
            column="max_score", kind=FindingKind.TOO_SMALL, value=highest, expected="1"
        )


def check_score(score: str | None, criterion: Cells) -> RowFinding | None:
    """Check a score against its criterion's highest one.

    Args:
        score: the cell; what is no number is found elsewhere.
        criterion: the row of the criterion.
    """
    highest = criterion.get("max_score")
    try:
        is_more = bool(score and highest) and parse_quantity(score or "") > parse_quantity(
            highest or ""
        )
    except ValueError:
        return None
    if not is_more:
        return None
    return RowFinding(
        column="score", kind=FindingKind.TOO_LARGE, value=score or "", expected=highest or ""
    )


_RULES: Mapping[str, tuple[Callable[[Mapping[str, str | None]], Iterator[RowFinding]], ...]] = {
    "services": (_check_service,),
    "observations": (_check_observation,),
    "criteria": (_check_criterion,),
}
