"""The spreadsheet that an institution fills in: one row for each thing that it may report on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...config import get_language
from ...plan.follow.answers import CHOICES
from ...plan.labels import get_field_labels
from ...plan.moments import format_moment
from .items import Item, find_milestones, list_items
from .wording import explain_field, label_answer, list_labels, name_field
from .workbook import Book, Column, Line, Table, write_workbook

#: The kinds of things that are reported on: a sheet for each.
_KINDS = ("milestone", "activity", "deliverable")
#: What a row is recognized by beside its hidden key: a row that was sorted in part is found out.
IDENTITY = ("milestone", "code")
_WIDTHS = {
    "milestone": 24,
    "name": 44,
    "responsibles": 16,
    "evidence": 36,
    "difficulties": 36,
    "note": 36,
    "publication_status": 20,
}


@dataclass(frozen=True, kw_only=True)
class Template:
    """A spreadsheet to be filled in: its file name, its bytes, and how many rows it has."""

    name: str
    data: bytes
    rows: int


def write_template(context: Context, name: str, organization: str | None = None) -> Template | None:
    """Write the spreadsheet of a record, for what the user may report on.

    Args:
        context: of the user.
        name: of a milestone, a commitment, an action plan or an organisation.
        organization: only what may be reported on in the name of this one.

    Returns:
        An .xlsx; None where the user may report on nothing of it.

    Raises:
        toolkit.ObjectNotFound: there is no such record that the user may see, or no such
            organisation.
    """
    body = _find_body(organization) if organization else _find_named(name)
    title, packages = find_milestones(context, name)
    items = list(list_items(context, packages, body))
    if not items:
        return None
    facts = {
        "record": name,
        "organization": body or "",
        "written": format_moment(datetime.now(timezone.utc)),
    }
    book = Book(
        title=title,
        instructions=_list_instructions(),
        facts=facts,
        tables=[
            _make_table(kind, [item for item in items if item.kind == kind])
            for kind in _KINDS
            if any(item.kind == kind for item in items)
        ],
    )
    file = "-".join(filter(None, (tk._("report"), name, organization)))
    return Template(name=f"{file}.xlsx", data=write_workbook(book), rows=len(items))


def _find_named(name: str) -> str | None:
    """Tell whether it is an organisation that was named."""
    group = model.Group.get(name)
    return group.name if group is not None and group.is_organization else None


def _find_body(name: str) -> str:
    found = _find_named(name)
    if found is None:
        sentence = tk._("there is no organization “{name}”")
        raise tk.ObjectNotFound(sentence.format(name=name))
    return found


def make_key(item: Item) -> str:
    """Make the hidden text by which a row is known again."""
    target = item.target
    return "|".join((item.kind, target.milestone, target.activity_no or target.deliverable or ""))


def _make_table(kind: str, items: Sequence[Item]) -> Table:
    titles = {
        "milestone": tk._("Milestones"),
        "activity": tk._("Activities"),
        "deliverable": tk._("Deliverables"),
    }
    # of the milestones, some may have no activities, and be reported on as if they were one
    fields = tuple(dict.fromkeys(field for item in items for field in item.fields))
    return Table(
        title=titles[kind],
        columns=[*_list_fixed(kind), *(_make_column(field, kind) for field in (*fields, "as_of"))],
        lines=[_make_line(item) for item in items],
    )


def _list_fixed(kind: str) -> Iterable[Column]:
    labels = {
        "milestone": tk._("Commitment and milestone"),
        "code": get_field_labels("key")[get_language()] if kind == "deliverable" else tk._("No."),
        "name": get_field_labels("title" if kind == "milestone" else kind)[get_language()],
        "responsibles": get_field_labels("responsibles")[get_language()],
        "start": tk._("Planned start"),
        "end": tk._("Due") if kind == "deliverable" else tk._("Planned end"),
    }
    return [
        Column(name=name, label=label, width=_WIDTHS.get(name, 12))
        for name, label in labels.items()
        if (kind, name) != ("deliverable", "start")
    ]


def _make_column(field: str, kind: str) -> Column:
    return Column(
        name=field,
        label=name_field(field, kind),
        width=_WIDTHS.get(field, 14),
        is_open=True,
        prompt=explain_field(field) or tk._("Choose from the list.") * (field in CHOICES),
        choices=tuple(list_labels(CHOICES[field])) if field in CHOICES else (),
        is_number=field in ("percent_complete", "executed_amount"),
    )


def _make_line(item: Item) -> Line:
    fixed = {
        "milestone": _name_milestone(item),
        "code": item.code,
        "name": item.name,
        "responsibles": ", ".join(_name_bodies(item.responsibles)),
        "start": str(item.start or ""),
        "end": str(item.end or ""),
    }
    shown = item.shown
    answers = {field: label_answer(field, text) for field, text in shown.items()}
    kept = {name: fixed[name] for name in IDENTITY} | shown
    return Line(key=make_key(item), cells={**fixed, **answers, "as_of": ""}, kept=kept)


def _name_milestone(item: Item) -> str:
    number = item.milestone.number
    name = tk._("Milestone {number}").format(number=number) if number else item.milestone.id
    return f"{item.milestone.commitment} · {name}"


def _name_bodies(names: Iterable[str]) -> list[str]:
    return [
        (group.extras.get("acronym") or group.title) if group else name
        for name in names
        for group in [model.Group.get(name)]
    ]


def _list_instructions() -> list[str]:
    return [
        tk._("Instructions"),
        tk._("1. Fill in the white cells of the other sheets. The grey ones say what is planned."),
        tk._(
            "2. The cells hold what is known so far. Change only what you have to report: only"
            " what you change is reported, in your institution’s name, and it stays."
        ),
        tk._(
            "3. Dates: the year first, as precisely as you know them: 2020, 2020-03 or 2020-03-15."
            " Percentages: 60. Amounts: 1234.50 or 1234,50, and the currency beside it."
        ),
        tk._("4. Emptying a cell takes back what was reported before."),
        tk._(
            "5. You may sort, hide and delete rows, and add columns of your own: they are not"
            " read. The sheets are protected against slips, without a password."
        ),
        tk._(
            "6. Save the file as .xlsx and send it on the page where you downloaded it. If a cell"
            " is wrong, nothing is reported, and you are told which one and what would be right."
        ),
    ]
