"""What can be wrong with a file, as data: the sentence is made at the edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from .follow import objections
from .follow.objections import IssueKind

if TYPE_CHECKING:
    from .living_rules import FindingKind


class ProblemKind(Enum):
    """Every kind of problem that reading or checking a load can find."""

    FILE_MISSING = "file_missing"
    FILE_TOO_LARGE = "file_too_large"
    NOT_ZIP = "not_zip"
    LOCKED_FILE = "locked_file"
    NO_PLAN_FILE = "no_plan_file"
    TOO_MANY_FILES = "too_many_files"
    NOT_TEXT = "not_text"
    NOT_YAML = "not_yaml"
    ALIAS = "alias"
    TOO_DEEP = "too_deep"
    EMPTY = "empty"
    NOT_A_MAPPING = "not_a_mapping"
    NOT_A_LIST = "not_a_list"
    NOT_A_VALUE = "not_a_value"
    UNKNOWN_KEY = "unknown_key"
    REPEATED_KEY = "repeated_key"
    MISSING_KEY = "missing_key"
    BAD_ID = "bad_id"
    BAD_DATE = "bad_date"
    BAD_MOMENT = "bad_moment"
    BAD_AMOUNT = "bad_amount"
    BAD_QUANTITY = "bad_quantity"
    BAD_NUMBER = "bad_number"
    BAD_BOOLEAN = "bad_boolean"
    CONTROL_CHARACTER = "control_character"
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_REFERENCE = "unknown_reference"
    DUPLICATE = "duplicate"
    END_BEFORE_START = "end_before_start"
    BAD_LINK = "bad_link"
    NEGATIVE = "negative"
    NO_CURRENCY = "no_currency"
    BAD_CURRENCY = "bad_currency"
    CYCLE = "cycle"
    REFUSED = "refused"
    NO_PARENT = "no_parent"
    SECOND_PARENT = "second_parent"
    OTHER_TABLE = "other_table"
    COMPUTED = "computed"
    BROKEN_ITEM = "broken_item"
    OTHER_SOURCE = "other_source"
    SECOND_INVENTORY = "second_inventory"
    OUTSIDE_PARENT = "outside_parent"
    BUDGET_DIFFERS = "budget_differs"


#: Real plans break these rules (OGP's own sheet of GT0092 does): they are told, not refused.
WARNINGS = frozenset({ProblemKind.OUTSIDE_PARENT, ProblemKind.BUDGET_DIFFERS})
_WARNINGS = WARNINGS | objections.WARNINGS


@dataclass(frozen=True, kw_only=True)
class Place:
    """A line of a file; lines count from 1."""

    file: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong, where, and what would be right.

    Attributes:
        kind: what is wrong, of a report or a row that grows by the rules of those.
        place: file and line.
        path: the record and field, for example ``commitments/gt-pan4-c11.start_date``.
        value: the text that was found.
        expected: what would be right: a form, a list of codes, another place.
    """

    kind: ProblemKind | IssueKind | FindingKind
    place: Place
    path: str = ""
    value: str = ""
    expected: str = ""

    @property
    def is_warning(self) -> bool:
        """Tell whether the record can be loaded all the same."""
        return self.kind in _WARNINGS


class PlanError(Exception):
    """A load that must not be written, with every problem that was found in it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(
            f"{len(self.problems)} problems, the first: {first.kind.value} in "
            f"{first.place.file}:{first.place.line} {first.path} {first.value!r}"
        )
