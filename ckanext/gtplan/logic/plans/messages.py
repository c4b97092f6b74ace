"""Sentences for the problems of the pure core, in the language of who reads them."""

from __future__ import annotations

from collections.abc import Callable

from ckan.plugins import toolkit as tk

from ...plan.follow.objections import IssueKind
from ...plan.living_rules import FindingKind
from ...plan.problems import Problem, ProblemKind
from ..follow.messages import ISSUE_SENTENCES
from ..living.messages import explain_kind

K = ProblemKind
#: What can be wrong with a value is said as of a cell: by its name there.
_OF_CELLS = frozenset(
    {
        K.BAD_AMOUNT,
        K.BAD_BOOLEAN,
        K.BAD_DATE,
        K.BAD_LINK,
        K.BAD_NUMBER,
        K.BAD_QUANTITY,
        K.CONTROL_CHARACTER,
        K.UNKNOWN_CODE,
    }
)

#: One sentence for each kind; ``value`` is what stands there, ``expected`` what would be right.
_SENTENCES: dict[ProblemKind | IssueKind, Callable[[], str]] = {
    **ISSUE_SENTENCES,
    K.FILE_MISSING: lambda: tk._("the file cannot be read: {value}"),
    K.FILE_TOO_LARGE: lambda: tk._(
        "the file has {value}; a plan has at most {expected}: this is another file, or several"
    ),
    K.NOT_ZIP: lambda: tk._("this is no ZIP archive, or it was cut: pack the files again"),
    K.LOCKED_FILE: lambda: tk._("the file has a password: pack it without one"),
    K.NO_PLAN_FILE: lambda: tk._(
        "there is no plan here: a plan is one or several files that end in .yaml or .yml, or a"
        " .zip archive of such"
    ),
    K.TOO_MANY_FILES: lambda: tk._("the archive has {value} plan files; {expected} are the most"),
    K.NOT_TEXT: lambda: tk._("the byte {value} is not UTF-8 text: save the file as UTF-8"),
    K.NOT_YAML: lambda: tk._("this is not YAML, or the file was cut: {value}"),
    K.ALIAS: lambda: tk._("anchors and aliases (& and *) are not accepted: write the value out"),
    K.TOO_DEEP: lambda: tk._("lists and mappings are nested deeper than any plan"),
    K.EMPTY: lambda: tk._("there is no record here: a file holds lists such as `commitments:`"),
    K.NOT_A_MAPPING: lambda: tk._("this must be a record with fields (`field: value`)"),
    K.NOT_A_LIST: lambda: tk._("this must be a list (lines that begin with `- `)"),
    K.NOT_A_VALUE: lambda: tk._("this must be a single value"),
    K.UNKNOWN_KEY: lambda: tk._("there is no field “{value}”; there are: {expected}"),
    K.REPEATED_KEY: lambda: tk._("“{value}” is given twice"),
    K.MISSING_KEY: lambda: tk._("“{value}” is missing"),
    K.BAD_ID: lambda: tk._(
        "“{value}” is no identifier: 2 to 100 of a-z, 0-9, - and _, for example gt-pan4-c11"
    ),
    K.BAD_MOMENT: lambda: tk._(
        "“{value}” is no moment in UTC: write 2020-02-29T14:05:00Z, and one that exists"
    ),
    K.UNKNOWN_REFERENCE: lambda: tk._(
        "there is no {expected} “{value}”, neither in this load nor in the portal"
    ),
    K.DUPLICATE: lambda: tk._("“{value}” is already taken by {expected}"),
    K.END_BEFORE_START: lambda: tk._("it ends on {value}, before it starts ({expected})"),
    K.NEGATIVE: lambda: tk._("{value} is less than nothing: write 0 or more"),
    K.NO_CURRENCY: lambda: tk._("{value} of which currency? Write its code, for example GTQ"),
    K.BAD_CURRENCY: lambda: tk._("“{value}” is no currency: write its code, for example GTQ"),
    K.CYCLE: lambda: tk._("{value} leads back to itself: take one of these links out"),
    K.REFUSED: lambda: tk._("the portal does not accept “{value}”: {expected}"),
    K.NO_PARENT: lambda: tk._(
        "say what it belongs to: a milestone, a commitment or a regional plan"
    ),
    K.SECOND_PARENT: lambda: tk._(
        "it belongs to “{expected}” already: an indicator has one milestone, commitment or"
        " regional plan"
    ),
    K.OTHER_TABLE: lambda: tk._("the record has no such table; it has: {expected}"),
    K.COMPUTED: lambda: tk._("the portal computes this indicator: no observations are given"),
    K.BROKEN_ITEM: lambda: tk._(
        "“{value}”: an item of a list can hold neither | nor a line break, which divide items"
    ),
    K.OTHER_SOURCE: lambda: tk._("“{value}” cannot be what it is computed of: {expected} can"),
    K.SECOND_INVENTORY: lambda: tk._(
        "the institution has an inventory of {value} already: {expected}"
    ),
    K.OUTSIDE_PARENT: lambda: tk._("{value} lies outside of {expected}"),
    K.BUDGET_DIFFERS: lambda: tk._("{value} is stated, the lines give {expected}"),
}


def describe_problem(problem: Problem) -> str:
    """Say a problem as one line: file, line, record and field, what is wrong, what is right.

    Args:
        problem: what the reader or the checks found.

    Returns:
        The line in the current language, for example
        ``plan.yaml:12: commitments/gt-pan4-c11.start_date: “2020-02-31” is no date: ...``.
    """
    sentence = describe_reason(problem.kind, problem.value, problem.expected)
    where = f"{problem.place.file}:{problem.place.line}"
    return ": ".join(part for part in (where, problem.path, sentence) if part)


def describe_reason(
    kind: ProblemKind | IssueKind | FindingKind, value: str, expected: str = ""
) -> str:
    """Say what is wrong with a value, without its place.

    Args:
        kind: what is wrong.
        value: what stands there; a long text is cut.
        expected: what would be right.
    """
    if kind in _OF_CELLS:
        kind = FindingKind(kind.value)
    if isinstance(kind, FindingKind):
        return explain_kind(kind, value, expected)
    shown = value if len(value) <= 80 else value[:79] + "…"
    return _SENTENCES[kind]().format(value=shown, expected=expected)
