"""The entities of an action plan, as the YAML files state them.

A field's metadata say what its text must be: ``code`` names a vocabulary, ``ref`` the
kind of record that it points to. Required is little (id, title, parent): what a document
does not say stays None, and None is not zero (design: plan model, section 2).
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


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a record was read: a document, and the place in it."""

    document: str
    place: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A contradiction found in the documents, kept as a note and never repaired."""

    text: str
    document: str
    place: str | None = None


@dataclass(frozen=True, kw_only=True)
class Record:
    """What every record has: an id that never changes, a title, and where it is from."""

    id: str
    title: str
    description: str | None = None
    #: the texts are summaries in the portal's own words, not the document's
    is_summary: bool = False
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Organization(Record):
    """An institution, as a CKAN organisation."""

    acronym: str | None = None
    institution_type: str | None = code("institution_type", default=None)
    country: str | None = None
    url: str | None = None
    email: str | None = None
    successor: str | None = ref("organization", default=None)


@dataclass(frozen=True, kw_only=True)
class ActionPlan(Record):
    """A national action plan of the Open Government Partnership."""

    plan_number: int
    country: str
    cycle_year: int
    period_start: PartialDate | None = None
    period_end: PartialDate | None = None
    launch_date: PartialDate | None = None
    status: str | None = code("plan_status", default=None)
    coordinating_body: str | None = ref("organization", default=None)
    version_label: str | None = None


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who takes part: an organisation of the portal, or just a name."""

    name: str
    organization: str | None = ref("organization", default=None)
    institution_type: str | None = code("institution_type", default=None)
    role: str | None = code("actor_role", default=None)


@dataclass(frozen=True, kw_only=True)
class Office:
    """An office to turn to: a post at an institution, never a person."""

    post: str
    organization: str | None = ref("organization", default=None)


@dataclass(frozen=True, kw_only=True)
class Norm:
    """A law, policy or standard that a commitment rests on."""

    title: str
    norm_type: str | None = code("norm_type", default=None)
    number: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Commitment(Record):
    """A commitment of an action plan, with the fields of OGP's sheet."""

    action_plan: str = ref("action_plan")
    commitment_number: int | None = None
    ogp_id: str | None = None
    #: the title as OGP prints it
    title_original: str | None = None
    title_original_language: str | None = None
    #: ``title`` is a translation of the portal's own, which no document prints
    is_title_translated: bool = False
    start_date: PartialDate | None = None
    end_date: PartialDate | None = None
    date_verbatim: str | None = None
    status: str | None = code("commitment_status", default=None)
    lead_institution: str | None = ref("organization", default=None)
    co_lead_institutions: tuple[str, ...] = ref("organization", default=())
    supporting_actors: tuple[Actor, ...] = ()
    contacts: tuple[Office, ...] = ()
    problem: str | None = None
    objective: str | None = None
    contribution: str | None = None
    ogp_relevance: str | None = None
    additional_info: str | None = None
    policy_areas: tuple[str, ...] = code("ogp_policy_area", default=())
    ogp_values: tuple[str, ...] = code("ogp_value", default=())
    sdg_targets: tuple[str, ...] = ()
    national_plans: tuple[str, ...] = ()
    legal_basis: tuple[Norm, ...] = ()
    doubts: tuple[Doubt, ...] = ()


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
    deliverable_type: str = code("deliverable_type")
    due_date: PartialDate | None = None
    responsibles: tuple[str, ...] = ref("organization", default=())
    #: the activity that makes it: ``activity_no`` of a work plan, ``activity_key`` of a region
    activity: str | None = None


@dataclass(frozen=True, kw_only=True)
class Milestone(Record):
    """A milestone, with its work plan when the documents hold one."""

    commitment: str = ref("commitment")
    number: str
    #: None for a milestone whose title no document gives; ``title`` then says so
    is_title_known: bool = True
    responsibles: tuple[Actor, ...] = ()
    novelty: str | None = code("novelty", default=None)
    planned_start: PartialDate | None = None
    planned_end: PartialDate | None = None
    date_verbatim: str | None = None
    general_objective: str | None = None
    specific_objectives: tuple[Lettered, ...] = ()
    activities: tuple[Activity, ...] = ()
    strategies: tuple[Lettered, ...] = ()
    budget_lines: tuple[BudgetLine, ...] = ()
    budget_total: Decimal | None = None
    budget_currency: str | None = None
    schedule: tuple[Meeting, ...] = ()
    phases: tuple[Phase, ...] = ()
    expected_deliverables: tuple[ExpectedDeliverable, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Indicator(Record):
    """An indicator that a work plan names. Its observations are a table of their own."""

    milestone: str = ref("milestone")
    letter: str | None = None
    indicator_kind: str | None = code("indicator_kind", default=None)


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


@dataclass(frozen=True, kw_only=True)
class RegionalPlan(Record):
    """A yearly plan of a network of countries."""

    plan_year: int
    publisher: str | None = ref("organization", default=None)
    secretariat: str | None = ref("organization", default=None)
    background: str | None = None
    purpose: str | None = None
    approved_by: str | None = None
    approved_on: PartialDate | None = None
    committee_countries: tuple[str, ...] = ()
    presiding_country: str | None = None
    areas: tuple[Area, ...] = ()
    regional_activities: tuple[RegionalActivity, ...] = ()
    expected_deliverables: tuple[ExpectedDeliverable, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Service:
    """A public service that an inventory lists."""

    service_id: str
    name: str
    description: str | None = None
    organization: str | None = ref("organization", default=None)
    channels: tuple[str, ...] = code("service_channel", default=())
    stage: str | None = code("service_stage", default=None)
    commitment: str | None = ref("commitment", default=None)
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceInventory(Record):
    """The services of institutions in a year; the deliverable of a milestone."""

    reference_year: int
    milestone: str | None = ref("milestone", default=None)
    #: key of the milestone's expected deliverable that this inventory is
    deliverable: str | None = None
    services: tuple[Service, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Modification:
    """An entry of a plan's log of modifications; entries are added and never changed."""

    seq: int
    target: str = ref("record")
    change_type: str = code("change_type")
    summary: str
    field: str | None = None
    old_value: str | None = None
    new_value: str | None = None
    previous_version: str | None = None
    reason: str | None = None
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Publication:
    """How the datasets that are built from a load are published."""

    owner: str = ref("organization")
    license_id: str
    frequency: str
    contact_name: str
    contact_email: str
    language: str = "es"
    country: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Load:
    """All the records of one file or folder."""

    id: str
    publication: Publication
    organizations: tuple[Organization, ...] = ()
    action_plans: tuple[ActionPlan, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    regional_plans: tuple[RegionalPlan, ...] = ()
    service_inventories: tuple[ServiceInventory, ...] = ()
    modifications: tuple[Modification, ...] = ()
