"""What was promised beside what is published: expected deliverables and their datasets.

Two figures, never one (design: plan model, "expected deliverables"): published under an open
licence, a PDF too; and reusable by machine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ..dates import DateError, PartialDate
from ..model import ExpectedDeliverable
from .reporting import NOTHING, State
from .rounding import compute_rate

#: Formats that a machine reads without guessing (design: plan model, section 4, coverage);
#: a PDF, a DOCX or a picture is none. Names without hyphens and underscores.
_FORMATS = """
csv tsv json geojson topojson jsonld ndjson xml kml gml gpx rdf rdfxml rdfturtle ttl turtle nt
ntriples n3 trig yaml ods xlsx xls parquet gpkg shp sqlite ics vnd.msexcel
vnd.openxmlformatsofficedocument.spreadsheetml.sheet vnd.oasis.opendocument.spreadsheet
"""
MACHINE_READABLE = frozenset(_FORMATS.split())


@dataclass(frozen=True, kw_only=True)
class DeliverableState:
    """An expected deliverable and the datasets that make it real.

    Attributes:
        expected: the product that the documents name.
        datasets: what is published of it. None is not late: nobody has reported on it
            (design: plan model, "unknown is not late").
    """

    expected: ExpectedDeliverable
    datasets: tuple[Mapping[str, Any], ...]

    @property
    def is_published(self) -> bool:
        """Tell whether there is a dataset."""
        return bool(self.datasets)


@dataclass(frozen=True, kw_only=True)
class DeliverableFacts:
    """What the portal holds of a deliverable.

    Attributes:
        is_published: there is a dataset that everybody may see.
        is_open: it has a file under an open licence; a PDF counts.
        is_reusable: it has such a file in a format that a machine reads.
    """

    is_published: bool = False
    is_open: bool = False
    is_reusable: bool = False


@dataclass(frozen=True, kw_only=True)
class DeliverableMeasures:
    """How a deliverable stands at a day.

    Attributes:
        status: a code of ``publication_status``: as reported; ``published`` when the portal
            has its dataset, ``planned`` when nobody says anything.
        is_due: its date has come.
        is_late: its date has passed, it was not delivered, and somebody reports.
    """

    key: str
    status: str
    is_due: bool
    is_late: bool
    facts: DeliverableFacts
    last_report: date | None


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How many of the expected deliverables are published.

    Attributes:
        expected: those that apply (``not_applicable`` is left out).
        published: those of them with a public dataset.
        open: with a file under an open licence.
        reusable: with one that a machine reads, too.
        due: those whose date has come; ``due_published`` and so on count among them.
    """

    expected: int = 0
    published: int = 0
    open: int = 0
    reusable: int = 0
    due: int = 0
    due_published: int = 0
    due_open: int = 0
    due_reusable: int = 0

    @property
    def open_rate(self) -> Decimal | None:
        """Give the percentage published under an open licence; None of nothing expected."""
        return compute_rate(self.open, self.expected)

    @property
    def reusable_rate(self) -> Decimal | None:
        """Give the percentage that a machine can reuse."""
        return compute_rate(self.reusable, self.expected)

    @property
    def due_open_rate(self) -> Decimal | None:
        """Give, of those whose date has come, the percentage under an open licence."""
        return compute_rate(self.due_open, self.due)

    @property
    def due_reusable_rate(self) -> Decimal | None:
        """Give, of those whose date has come, the percentage that a machine can reuse."""
        return compute_rate(self.due_reusable, self.due)


def match_deliverables(
    expected: Iterable[ExpectedDeliverable], datasets: Sequence[Mapping[str, Any]]
) -> list[DeliverableState]:
    """Put each dataset of a record beside the deliverable that it makes real.

    Args:
        expected: the deliverables of one record, in the order of its document.
        datasets: the datasets of that record; their ``deliverable`` is the key of one.
    """
    return [
        DeliverableState(
            expected=row,
            datasets=tuple(d for d in datasets if d.get("deliverable") == row.key),
        )
        for row in expected
    ]


def count_coverage(states: Iterable[DeliverableState]) -> Coverage:
    """Count the expected deliverables, and those of them that are published."""
    states = list(states)
    return Coverage(expected=len(states), published=sum(state.is_published for state in states))


def judge_datasets(
    datasets: Iterable[Mapping[str, Any]], today: date, is_open_license: Callable[[str], bool]
) -> DeliverableFacts:
    """Judge what is published of one deliverable.

    Args:
        datasets: CKAN packages; the private, the drafts and the deleted count for nothing.
        today: what was first published later is not there yet.
        is_open_license: tells whether a licence is in the list of the Open Definition.

    Returns:
        The facts; a file goes by its own licence, where it has none by its dataset's.
    """
    public = [d for d in datasets if _is_public(d) and not _is_after(d.get("issued"), today)]
    files = [
        str(file.get("format") or "")
        for dataset in public
        for file in dataset.get("resources") or ()
        if is_open_license(str(file.get("license") or dataset.get("license_id") or ""))
    ]
    return DeliverableFacts(
        is_published=bool(public),
        is_open=bool(files),
        is_reusable=any(_is_machine_readable(text) for text in files),
    )


def _is_public(dataset: Mapping[str, Any]) -> bool:
    return not dataset.get("private") and dataset.get("state", "active") == "active"


def _is_after(text: Any, today: date) -> bool:
    try:
        return PartialDate.parse(str(text or "")[:10]).first_day > today
    except DateError:
        return False


def _is_machine_readable(text: str) -> bool:
    """Tell by a format as CKAN, IANA or the EU's list writes it: CSV, text/csv, .../CSV."""
    last = text.strip().rstrip("/").casefold().rpartition("/")[2].removeprefix(".")
    return re.sub("[-_]|.*[+]", "", last) in MACHINE_READABLE


def measure_deliverable(
    row: ExpectedDeliverable,
    state: State | None,
    facts: DeliverableFacts,
    today: date,
    *,
    is_reporting: bool,
) -> DeliverableMeasures:
    """Tell how an expected deliverable stands.

    Args:
        row: the deliverable, as the plan has it.
        state: what is reported on it, None when nothing is.
        facts: what the portal holds of it.
        today: the day at which it is judged.
        is_reporting: somebody reports on its milestone.
    """
    known = state or NOTHING
    status = known.publication_status or "planned"
    if facts.is_published and status != "not_applicable":
        status = "published"
    due = row.due_date.last_day if row.due_date else None
    return DeliverableMeasures(
        key=row.key,
        status=status,
        is_due=due is not None and due <= today,
        is_late=is_reporting and status == "planned" and due is not None and due < today,
        facts=facts,
        last_report=known.last_report,
    )


def sum_coverage(rows: Iterable[DeliverableMeasures]) -> Coverage:
    """Count deliverables; those that do not apply are left out."""
    counted = [row for row in rows if row.status != "not_applicable"]
    due = [row for row in counted if row.is_due]
    return Coverage(
        expected=len(counted),
        published=sum(row.facts.is_published for row in counted),
        open=sum(row.facts.is_open for row in counted),
        reusable=sum(row.facts.is_reusable for row in counted),
        due=len(due),
        due_published=sum(row.facts.is_published for row in due),
        due_open=sum(row.facts.is_open for row in due),
        due_reusable=sum(row.facts.is_reusable for row in due),
    )


def add_coverage(coverages: Iterable[Coverage]) -> Coverage:
    """Add the coverage of several records."""
    counted: Counter[str] = Counter()
    for each in coverages:
        counted.update(vars(each))
    return Coverage(**counted)
