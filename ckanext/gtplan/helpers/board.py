"""The board of a plan as its page shows it: rows in words, filters, and whose what is late is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ckan.plugins import toolkit as tk
from markupsafe import Markup

from ..charts.overview import Bar, Overview, draw_overview
from ..logic.follow.progress import Following, follow
from ..logic.follow.reading import read_day
from ..plan.follow.board import (
    ORDERS,
    VIEWS,
    Line,
    Owner,
    Question,
    count_options,
    list_owners,
    make_lines,
    narrow,
    read_question,
)
from ..plan.follow.measures import Measures
from .institutions import gtplan_body
from .progress import gtplan_percent, gtplan_progress
from .words import (
    gtplan_date,
    gtplan_field_label,
    gtplan_label,
    gtplan_money,
    gtplan_standing,
)

__all__ = ["gtplan_board", "gtplan_board_chart", "gtplan_board_words"]

#: How a commitment can stand, in the order in which filters and charts name it.
_STANDINGS = ("late", "on_time", "unreported", "withdrawn")
_ORDERS: Mapping[str, Callable[[], str]] = {
    "standing": lambda: tk._("Most pressing first"),
    "number": lambda: tk._("Number in the plan"),
    "progress": lambda: tk._("Progress, lowest first"),
    "deviation": lambda: tk._("Furthest behind what is expected"),
    "title": lambda: tk._("Title"),
}
_VIEWS: Mapping[str, Callable[[], str]] = {
    "table": lambda: tk._("Table"),
    "cards": lambda: tk._("Cards"),
    "chart": lambda: tk._("Chart"),
}
_TITLES: Mapping[str, Callable[[], str]] = {
    "standing": lambda: tk._("How it stands"),
    "institution": lambda: tk._("Institution"),
    "area": lambda: gtplan_field_label("policy_areas"),
    "status": lambda: gtplan_field_label("status"),
    "sdg": lambda: tk._("Sustainable Development Goal"),
    "sort": lambda: tk._("Order"),
    "view": lambda: tk._("View"),
    "date": lambda: tk._("As it was on"),
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A value of a filter: what the address says and what people read, with how many it leaves."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    """A commitment in words: every text is as people of the country write it.

    Attributes:
        place: its number in the plan, else OGP's code.
        word: how it stands, for people.
        done: progress, at least; empty where nobody reported. ``bar`` is the number of it.
        due: what should be done by now; ``mark`` is the number of it.
        spent: by currency: planned, executed, and the share; empty where unknown.
        products: open of those due, and a note on the others; empty where none is expected.
    """

    line: Line
    address: str
    place: str
    word: str
    bodies: tuple[Mapping[str, Any], ...]
    areas: tuple[str, ...]
    done: str
    bar: Decimal | None
    due: str
    mark: Decimal | None
    spent: tuple[tuple[str, str, str], ...]
    products: tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Board:
    """A plan's board: what was asked of it and what it answers.

    Attributes:
        day: the day that was asked for; None is today.
        problems: what of the question cannot be answered, as sentences.
        lines: all commitments; ``left`` those that pass the filters, in order.
        counts: commitments by how they stand.
        owners: institutions with what is late, on time and not reported of theirs.
        choices: the values of each filter.
    """

    package: Mapping[str, Any]
    following: Following
    question: Question
    day: date | None
    problems: tuple[str, ...]
    lines: Sequence[Line]
    left: Sequence[Line]
    counts: Mapping[str, int]
    owners: Sequence[Owner]
    choices: Mapping[str, Sequence[Choice]]

    @property
    def rows(self) -> Iterator[Row]:
        """Give the rows that pass the filters, in words."""
        make = _RowMaker(self.package.get("country") or None)
        return map(make, self.left)

    def address(self, *, to: str = "commitments", **changes: str) -> str:
        """Give the address of the board with some of what is asked changed.

        Args:
            to: the part of the page.
            changes: what is asked otherwise; an empty text is not asked.
        """
        return str(
            tk.h.url_for(
                "action_plan.read", id=self.package["name"], _anchor=to, **self.ask(**changes)
            )
        )

    def ask(self, **changes: str) -> dict[str, str]:
        """Give what is asked, as parameters; what is usual is left out."""
        usual = vars(Question())
        given = {**vars(self.question), "date": self.day.isoformat() if self.day else ""}
        given |= changes
        return {name: v for name, v in given.items() if v and v != usual.get(name)}


class _RowMaker:
    """Puts commitments in words; a word that many have is found once."""

    def __init__(self, country: str | None) -> None:
        self._country = country
        self._found: dict[Any, str] = {}

    def __call__(self, line: Line) -> Row:
        measures = line.measures
        known = measures if measures and not line.is_withdrawn else None
        bar = known.progress_floor if known else None
        mark = known.expected if known else None
        named = (line.lead,) if line.lead else line.institutions
        return Row(
            line=line,
            address=tk.h.url_for("commitment.read", id=line.name),
            place=str(line.number) if line.number is not None else line.code or "",
            word=gtplan_standing(line.standing),
            bodies=tuple(gtplan_body(name) for name in named),
            areas=tuple(gtplan_label("ogp_policy_area", code) for code in line.areas),
            done=self._write_done(known),
            bar=bar,
            due=self._percent(mark),
            mark=mark,
            spent=tuple(self._list_spent(measures)),
            products=_write_products(measures),
        )

    def _percent(self, value: Decimal | None) -> str:
        if value is None:
            return ""
        if value not in self._found:
            self._found[value] = gtplan_percent(value, self._country)
        return self._found[value]

    def _write_done(self, measures: Measures | None) -> str:
        if measures is None or measures.progress is None:
            return ""
        text = self._percent(measures.progress_floor)
        is_whole = measures.known_percent == 100
        return text if is_whole else tk._("at least {percent}").format(percent=text)

    def _list_spent(self, measures: Measures | None) -> Iterator[tuple[str, str, str]]:
        """List planned amount, executed amount and share, by currency."""
        for currency, spending in (measures.budget if measures else {}).items():
            amounts = (
                gtplan_money(amount, currency, self._country) if amount is not None else ""
                for amount in (spending.planned, spending.executed)
            )
            planned, executed = amounts
            yield planned, executed, self._percent(spending.execution_percent)


def _write_products(measures: Measures | None) -> tuple[str, str]:
    """Say how many deliverables are open of those due, and how many there are in all."""
    count = measures.coverage if measures else None
    if count is None or not count.expected:
        return "", ""
    text = tk._("{open} of {due}").format(open=count.due_open, due=count.due)
    others = count.expected - count.due
    if not count.due:
        text = tk._("{open} of {due}").format(open=count.open, due=count.expected)
        return text, tk._("none has a date that has passed")
    note = tk.ungettext("{count} is not due yet", "{count} are not due yet", others)
    return text, note.format(count=others) if others else ""


def gtplan_board(
    package: Mapping[str, Any], given: Mapping[str, Any] | None = None
) -> Board | None:
    """Answer what a reader asks of the board of a plan, with the reader's permissions.

    Args:
        package: an action plan that the reader may see.
        given: what is asked, as parameters; those of the page's address when None.

    Returns:
        None when the plan cannot be read. What is asked wrongly is told and left out.
    """
    given = tk.request.args if given is None else given
    day, problems = _read_day(given)
    following = follow({}, package, day) if day else gtplan_progress(package)
    if following is None or following.measures is None:
        return None
    lines, options, owners = following.derive("board", _derive)
    question, wrong = read_question(given, options)
    problems += [
        tk._("“{value}” is no value of “{field}” here: choose one of its list.").format(
            value=value, field=gtplan_board_words(name)
        )
        for name, value in wrong.items()
    ]
    return Board(
        package=package,
        following=following,
        question=question,
        day=day,
        problems=tuple(problems),
        lines=lines,
        left=narrow(lines, question),
        counts=options["standing"],
        owners=owners,
        choices=_list_choices(options, question),
    )


def _derive(following: Following) -> tuple[Any, ...]:
    """Make the rows of the board, the values of its filters, and who owes what."""
    parts = following.commitments, following.milestones, following.tree, following.hidden
    lines = make_lines(*parts)
    return lines, count_options(lines), list_owners(lines)


def _read_day(given: Mapping[str, Any]) -> tuple[date | None, list[str]]:
    text = str(given.get("date") or "").strip()
    try:
        return (read_day(text) if text else None), []
    except tk.ValidationError as error:
        return None, list(error.error_summary.values())


def _list_choices(
    options: Mapping[str, Mapping[str, int]], question: Question
) -> dict[str, list[Choice]]:
    found = {}
    for name, counts in options.items():
        chosen = getattr(question, name)
        choices = [
            Choice(value=v, label=_name(name, v), count=n, is_chosen=v == chosen)
            for v, n in counts.items()
        ]
        is_numbered = name in ("sdg", "standing")
        found[name] = choices if is_numbered else sorted(choices, key=lambda c: c.label.casefold())
    found["sdg"].sort(key=lambda choice: int(choice.value))
    found["standing"].sort(key=lambda choice: _STANDINGS.index(choice.value))
    for name, words in (("sort", _ORDERS), ("view", _VIEWS)):
        found[name] = [
            Choice(value=v, label=words[v](), count=0, is_chosen=v == getattr(question, name))
            for v in (ORDERS if name == "sort" else VIEWS)
        ]
    return found


def _name(filter_name: str, value: str) -> str:
    """Name a value of a filter."""
    if filter_name == "institution":
        body = gtplan_body(value)
        return f"{body['title']} ({body['acronym']})" if body["acronym"] else str(body["title"])
    if filter_name == "area":
        return gtplan_label("ogp_policy_area", value)
    if filter_name == "status":
        return gtplan_label("commitment_status", value)
    if filter_name == "sdg":
        return f"{value}. {gtplan_label('sdg_goal', value)}"
    return gtplan_standing(value)


def gtplan_board_words(name: str) -> str:
    """Name what can be asked of the board."""
    return _TITLES[name]()


def gtplan_board_chart(board: Board) -> Markup:
    """Draw the rows of a board that pass its filters."""
    title = tk._("Progress of the commitments: {plan}").format(plan=board.package["title"])
    bars = [
        Bar(
            label=" ".join(filter(None, (row.place, row.line.title))),
            title=row.line.title,
            standing=row.line.standing,
            word=row.word,
            progress=row.bar,
            expected=row.mark,
            shown=" / ".join((row.done or "–", row.due or "–")),
        )
        for row in board.rows
    ]
    counted = Counter(bar.standing for bar in bars)
    counts = (f"{gtplan_standing(name)}: {counted[name]}" for name in _STANDINGS if counted[name])
    told = tk._("What is done of each of {count} commitments, and what should be by {date}.")
    day = gtplan_date(board.following.tree.today)
    description = f"{told.format(count=len(bars), date=day)} {'. '.join(counts)}."
    overview = Overview(
        key="board",
        title=title,
        description=description,
        bars=bars,
        done=tk._("done, as reported"),
        due=tk._("expected by then"),
    )
    return Markup(draw_overview(overview))  # draw_overview escapes every text
