"""Sentences for what can be wrong with a report, in the language of who reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ckan.plugins import toolkit as tk

from ...config import get_language
from ...plan.follow.objections import Issue, IssueKind
from ...plan.vocabulary import get_label, list_codes

K = IssueKind

#: One sentence for each kind; ``value`` is what was reported, ``expected`` what would be right.
ISSUE_SENTENCES: dict[IssueKind, Callable[[], str]] = {
    K.NOTHING_SAID: lambda: tk._(
        "the report says nothing: give a status, a date, an amount or a note"
    ),
    K.TWO_TARGETS: lambda: tk._(
        "a report is on an activity or on an expected deliverable, not on both"
    ),
    K.NOT_A_DAY: lambda: tk._("“{value}” is no day: write 2020-02-29"),
    K.IN_FUTURE: lambda: tk._("{value} is still to come: {expected} at the latest"),
    K.UNKNOWN_CODE: lambda: tk._("“{value}” is not on the list: {expected}"),
    K.UNKNOWN_FIELD: lambda: tk._("there is no field “{value}”; there are: {expected}"),
    K.GIVEN_AND_CLEARED: lambda: tk._("it is given and taken back at once"),
    K.OUT_OF_RANGE: lambda: tk._("{value} is no percentage: {expected}"),
    K.NEGATIVE: lambda: tk._("{value} is less than zero"),
    K.BAD_CURRENCY: lambda: tk._("“{value}” is no currency: write its code, for example GTQ"),
    K.CURRENCY_MISSING: lambda: tk._("the amount needs its currency, for example {expected}"),
    K.AMOUNT_MISSING: lambda: tk._("a currency ({value}) is given, but no amount"),
    K.BAD_URL: lambda: tk._("“{value}” is no address: it begins with https:// or http://"),
    K.END_BEFORE_START: lambda: tk._("it ends on {value}, before it starts ({expected})"),
    K.STATUS_MISSING: lambda: tk._("what is reported needs a status: {expected}"),
    K.CONTRADICTS_STATUS: lambda: tk._("“{value}” does not go with the status {expected}"),
    K.REASON_MISSING: lambda: tk._("{expected} needs its reason in the note"),
    K.WRONG_TARGET: lambda: tk._("this is not reported here; there are: {expected}"),
    K.END_MISSING: lambda: tk._("it is completed, and it is not said when"),
    K.EVIDENCE_MISSING: lambda: tk._("it is said to be done, and there is no evidence"),
    K.SUPERSEDED: lambda: tk._("“{value}” counts no longer: the status is {expected}"),
}
#: Kinds whose ``expected`` are codes of a status.
_OF_CODES = frozenset(
    {
        K.UNKNOWN_CODE,
        K.STATUS_MISSING,
        K.CONTRADICTS_STATUS,
        K.REASON_MISSING,
        K.SUPERSEDED,
    }
)


def describe_issue(issue: Issue) -> str:
    """Say what is wrong, or odd, with a value of a report, without naming its field.

    Args:
        issue: what ``check_report`` found.
    """
    shown = issue.value if len(issue.value) <= 80 else issue.value[:79] + "…"
    codes = issue.expected.split(", ")
    if issue.kind in _OF_CODES:
        # a form has the codes for who fills it in; who writes to the API is told them
        has_codes = issue.kind is K.UNKNOWN_CODE
        expected = ", ".join(_name_code(code, has_codes) for code in codes)
    else:
        expected = issue.expected
    return ISSUE_SENTENCES[issue.kind]().format(value=shown, expected=expected)


def _name_code(code: str, has_code: bool) -> str:
    """Name a status as people call it, with the code that the API takes where it was wrong."""
    for vocabulary in ("activity_status", "publication_status"):
        if code in list_codes(vocabulary):
            label = get_label(vocabulary, code, get_language())
            return f"{label} ({code})" if has_code else label
    return code


def list_sentences(issues: Iterable[Issue]) -> dict[str, list[str]]:
    """List the sentences for issues by field."""
    sentences: dict[str, list[str]] = {}
    for issue in issues:
        sentences.setdefault(issue.field, []).append(describe_issue(issue))
    return sentences
