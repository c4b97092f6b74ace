"""What somebody sends as a report, read into one: each value that cannot be read is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit as tk

from ...plan.dates import PartialDate
from ...plan.follow.reporting import REPORTED_FIELDS, UNREPORTED
from ...plan.model import Report
from ...plan.problems import ProblemKind
from ...plan.shapes import FieldShape, ValueProblem, list_shapes, read_value
from ..plans.messages import describe_reason

#: What says where a report goes, and on whose behalf it is made.
ADDRESS = ("milestone", "activity_no", "deliverable", "organization")
_SHAPES = list_shapes(Report)


def read_statement(given: Mapping[str, Any]) -> dict[str, Any]:
    """Read the values of a report: dates as they are in the plan, amounts with a point.

    Args:
        given: values by field. None, or an empty list, takes the field back; an empty text says
            nothing.

    Returns:
        Fields of ``plan.model.Report``: those given, ``as_of`` among them, and ``cleared``.

    Raises:
        toolkit.ValidationError: with a sentence for each value that cannot be read.
    """
    errors: dict[str, list[str]] = {}
    read: dict[str, Any] = {}
    cleared: list[str] = []
    known = ("as_of", *REPORTED_FIELDS)
    for name, value in given.items():
        if name in ADDRESS:
            continue
        if name not in known:
            expected = ", ".join((*ADDRESS, *known))
            errors[name] = [describe_reason(ProblemKind.UNKNOWN_KEY, name, expected)]
        elif value is None or value == [] or (name == "status" and value == UNREPORTED):
            cleared.append(name)
        else:
            try:
                found = _read(_SHAPES[name], value)
            except ValueProblem as problem:
                errors[name] = [_explain(problem, value)]
            else:
                if found not in (None, ()):
                    read[name] = found
    if errors:
        raise tk.ValidationError(errors)
    read["cleared"] = tuple(name for name in REPORTED_FIELDS if name in cleared)
    return read


def _read(shape: FieldShape, value: Any) -> str | PartialDate | tuple[str, ...] | Any:
    if shape.is_list:
        items = value.splitlines() if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)):
            raise ValueProblem(ProblemKind.NOT_A_LIST)
        texts = [_make_text(item) for item in items]
        return tuple(read_value(shape, text) for text in texts if text)
    text = _make_text(value)
    return read_value(shape, text) if text else None


def _explain(problem: ValueProblem, value: Any) -> str:
    text = problem.value or str(value)
    sentence = describe_reason(problem.kind, text, problem.expected)
    # of what is no text at all, the sentence does not name the value
    return sentence if isinstance(value, str) else f"“{text[:80]}”: {sentence}"


def _make_text(value: Any) -> str:
    """Give the text of a value of JSON; a number is as good as its text."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueProblem(ProblemKind.NOT_A_VALUE)
    return str(value).strip()
