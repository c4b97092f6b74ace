"""The rows that the plan's records hold: activities, budget lines, deliverables and the like.

A field's metadata say what its text must be: ``code`` names a vocabulary, ``ref`` the
kind of record that it points to. Required is what makes a row one; what a document does not
say stays None, and None is not zero (design: plan model, section 2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .dates import PartialDate


def code(vocabulary: str, **more: Any) -> Any:
    """Declare a field that holds a code of a vocabulary."""
    return field(metadata={"code": vocabulary}, **more)


def ref(kind: str, **more: Any) -> Any:
    """Declare a field that holds the id of a record of that kind."""
    return field(metadata={"ref": kind}, **more)


def link(**more: Any) -> Any:
    """Declare a field that holds an address of the web."""
    return field(metadata={"is_link": True}, **more)


def quantity(**more: Any) -> Any:
    """Declare a number that is no amount of money, and may have more decimals than one."""
    return field(metadata={"is_quantity": True}, **more)


def living() -> Any:
    """Declare rows that are kept in a table of the DataStore, and not in the record itself."""
    return field(metadata={"is_living": True}, default=())


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a record was read: a document, and the place in it."""

    document: str
    place: str | None = None
    url: str | None = link(default=None)


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A contradiction found in the documents, kept as a note and never repaired."""

    text: str
    document: str
    place: str | None = None


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who takes part: an organisation of the portal, or just a name."""

    name: str
    organization: str | None = ref("organization", default=None)
    institution_type: str | None = code("institution_type", default=None)
    role: str | None = code("actor_role", default=None)


@dataclass(frozen=True, kw_only=True)
class Office:
    """An office to turn to: a post at an institution; the person only where it is public."""

    post: str
    organization: str | None = ref("organization", default=None)
    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Norm:
    """A law, policy or standard that a commitment rests on."""

    title: str
    norm_type: str | None = code("norm_type", default=None)
    number: str | None = None
    issuer: str | None = None
    year: int | None = None
    url: str | None = link(default=None)


@dataclass(frozen=True, kw_only=True)
class Lettered:
    """An objective or a strategy, with the letter that the document gives it."""

    letter: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Activity:
    """An activity of a work plan. Planned only: what was done is reported elsewhere."""

    activity_no: str
    name: str
    letter: str | None = None
    responsibles: tuple[str, ...] = ref("organization", default=())
    planned_start: PartialDate | None = None
    planned_end: PartialDate | None = None
    date_verbatim: str | None = None
    #: the name under which the plan's own list has it, where the two differ
    name_plan: str | None = None
    #: the dates as they were first published; None while they are as they were
    baseline_start: PartialDate | None = None
    baseline_end: PartialDate | None = None
    #: the document prints dates that cannot be right: they are shown, and weigh nothing
    is_date_doubtful: bool = False
    planned_cost: Decimal | None = None
    currency: str | None = None
    weight: Decimal | None = None
    predecessors: tuple[str, ...] = ()
    task_type: str | None = code("task_type", default=None)
    actor_sector: str | None = code("institution_type", default=None)
    notes: str | None = None


@dataclass(frozen=True, kw_only=True)
class BudgetLine:
    """A line of a work plan's resources."""

    line_no: str
    description: str
    amount: Decimal
    currency: str
    quantity: Decimal | None = None
    unit_cost: Decimal | None = None
    periods: Decimal | None = None
    funding_source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """A row of a work plan's schedule."""

    meeting_no: str
    name: str
    planned_date: PartialDate | None = None
    date_verbatim: str | None = None


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A dated part of a milestone that has no work plan."""

    text: str
    start: PartialDate | None = None
    end: PartialDate | None = None
    responsibles: tuple[str, ...] = ref("organization", default=())


@dataclass(frozen=True, kw_only=True)
class ExpectedDeliverable:
    """A product that the documents name, published or not. ``key`` is unique in its record."""

    key: str
    name: str
    deliverable_type: str | None = code("deliverable_type", default=None)
    due_date: PartialDate | None = None
    responsibles: tuple[str, ...] = ref("organization", default=())
    #: the activity that makes it: ``activity_no`` of a work plan, ``activity_key`` of a region
    activity: str | None = None
    #: why the public cannot have it, of a product that the law keeps closed
    non_open_reason: str | None = code("non_open_reason", default=None)


@dataclass(frozen=True, kw_only=True)
class Area:
    """A working area of a regional plan."""

    area_no: str
    title: str
    objective: str | None = None


@dataclass(frozen=True, kw_only=True)
class RegionalActivity:
    """An activity of a regional plan. The printed number may repeat, the key may not."""

    activity_key: str
    activity_no: str
    area_no: str
    name: str
    period: str = code("regional_period")
    participants: str | None = None
    participants_count: int | None = None
    place_kind: str | None = code("place_kind", default=None)
    place: str | None = None
    resources: str | None = None
    funding_sources: tuple[str, ...] = code("funding_source", default=())
    responsible_country: str | None = None
