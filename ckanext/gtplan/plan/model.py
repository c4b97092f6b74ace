"""The records of an action plan, as the YAML files state them; their rows are in ``parts``.

A field's metadata say what its text must be: ``code`` names a vocabulary, ``ref`` the
kind of record that it points to. Required is little (id, title, parent): what a document
does not say stays None, and None is not zero (design: plan model, section 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .dates import PartialDate
from .parts import (
    Activity,
    Actor,
    Area,
    BudgetLine,
    Doubt,
    ExpectedDeliverable,
    Lettered,
    Meeting,
    Norm,
    Office,
    Phase,
    RegionalActivity,
    Source,
    code,
    link,
    living,
    quantity,
    ref,
)
from .registers import (
    AppliedNorm,
    Attendance,
    Concept,
    Criterion,
    HeldMeeting,
    Observation,
    Score,
    Service,
    Standard,
)

__all__ = [
    "ActionPlan",
    "Activity",
    "Actor",
    "AppliedNorm",
    "Area",
    "Attendance",
    "BudgetLine",
    "Commitment",
    "Concept",
    "Criterion",
    "Doubt",
    "ExpectedDeliverable",
    "HeldMeeting",
    "Indicator",
    "Lettered",
    "Load",
    "Meeting",
    "Milestone",
    "Modification",
    "Norm",
    "Observation",
    "Office",
    "Organization",
    "Phase",
    "Publication",
    "Record",
    "RegionalActivity",
    "RegionalPlan",
    "Register",
    "Report",
    "Score",
    "Service",
    "ServiceInventory",
    "Source",
    "Standard",
]


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
    url: str | None = link(default=None)
    email: str | None = None
    successor: str | None = ref("organization", default=None)


@dataclass(frozen=True, kw_only=True)
class OwnedRecord(Record):
    """A record that is a package of CKAN, and so has an organisation that owns it."""

    #: None where the body that answers for it owns it, or the owner of the record above
    owner: str | None = ref("organization", default=None)


@dataclass(frozen=True, kw_only=True)
class ActionPlan(OwnedRecord):
    """A national action plan of the Open Government Partnership."""

    plan_number: int | None = None
    country: str | None = None
    cycle_year: int | None = None
    period_start: PartialDate | None = None
    period_end: PartialDate | None = None
    launch_date: PartialDate | None = None
    status: str | None = code("plan_status", default=None)
    coordinating_body: str | None = ref("organization", default=None)
    version_label: str | None = None
    version_date: PartialDate | None = None
    replaces: str | None = ref("action_plan", default=None)
    #: the day at which a closed plan is judged; the end of its period where none is known
    closed_on: PartialDate | None = None


@dataclass(frozen=True, kw_only=True)
class Commitment(OwnedRecord):
    """A commitment of an action plan, with the fields of OGP's sheet."""

    action_plan: str = ref("action_plan")
    commitment_number: int | None = None
    ogp_id: str | None = None
    short_title: str | None = None
    #: the title as OGP prints it
    title_original: str | None = None
    title_original_language: str | None = None
    #: ``title`` is a translation of the portal's own, which no document prints
    is_title_translated: bool = False
    start_date: PartialDate | None = None
    end_date: PartialDate | None = None
    date_verbatim: str | None = None
    #: the dates as they were first published; None while they are as they were
    baseline_start: PartialDate | None = None
    baseline_end: PartialDate | None = None
    weight: Decimal | None = None
    novelty: str | None = code("novelty", default=None)
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
    #: what the institution says, and beside it what OGP's independent reviewers say
    self_completion: str | None = code("completion", default=None)
    irm_completion: str | None = code("completion", default=None)
    irm_verifiable: str | None = code("irm_answer", default=None)
    irm_relevant: str | None = code("irm_answer", default=None)
    irm_ambition: str | None = code("irm_ambition", default=None)
    irm_early_results: str | None = code("irm_early_results", default=None)
    irm_report: str | None = link(default=None)
    ogp_url: str | None = link(default=None)
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Milestone(OwnedRecord):
    """A milestone, with its work plan when the documents hold one."""

    commitment: str = ref("commitment")
    number: str | None = None
    #: None for a milestone whose title no document gives; ``title`` then says so
    is_title_known: bool = True
    responsibles: tuple[Actor, ...] = ()
    novelty: str | None = code("novelty", default=None)
    planned_start: PartialDate | None = None
    planned_end: PartialDate | None = None
    date_verbatim: str | None = None
    #: the dates as they were first published; None while they are as they were
    baseline_start: PartialDate | None = None
    baseline_end: PartialDate | None = None
    is_date_doubtful: bool = False
    weight: Decimal | None = None
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
class Indicator(OwnedRecord):
    """An indicator of a milestone, a commitment or an activity of a region: one of the three.

    Its definition is the description. Baseline and target may be missing: the documents give
    none.
    """

    milestone: str | None = ref("milestone", default=None)
    commitment: str | None = ref("commitment", default=None)
    regional_plan: str | None = ref("regional_plan", default=None)
    #: ``activity_key`` of that plan
    regional_activity: str | None = None
    letter: str | None = None
    indicator_kind: str | None = code("indicator_kind", default=None)
    unit: str | None = None
    decimals: int | None = None
    direction: str | None = code("indicator_direction", default=None)
    baseline_value: Decimal | None = quantity(default=None)
    baseline_date: PartialDate | None = None
    target_value: Decimal | None = quantity(default=None)
    target_date: PartialDate | None = None
    frequency: str | None = code("indicator_frequency", default=None)
    data_source: str | None = None
    method: str | None = None
    responsible: str | None = ref("organization", default=None)
    #: what the portal computes it of by itself, and the record that it is computed of
    computation: str | None = code("indicator_computation", default=None)
    computed_from: str | None = ref("record", default=None)
    observations: tuple[Observation, ...] = living()


@dataclass(frozen=True, kw_only=True)
class RegionalPlan(OwnedRecord):
    """A yearly plan of a network of countries."""

    plan_year: int | None = None
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
class ServiceInventory(OwnedRecord):
    """The public services of an institution in a year, and a milestone's deliverable."""

    reference_year: int
    milestone: str | None = ref("milestone", default=None)
    #: key of the milestone's expected deliverable that this inventory is
    deliverable: str | None = None
    services: tuple[Service, ...] = living()


@dataclass(frozen=True, kw_only=True)
class Register(OwnedRecord):
    """What a milestone counts: standards with their matrix, concepts, norms or meetings.

    The kind says which of the tables it has.
    """

    register_kind: str = code("register_kind")
    milestone: str | None = ref("milestone", default=None)
    #: key of the milestone's expected deliverable that this register is
    deliverable: str | None = None
    standards: tuple[Standard, ...] = living()
    criteria: tuple[Criterion, ...] = living()
    scores: tuple[Score, ...] = living()
    concepts: tuple[Concept, ...] = living()
    norms: tuple[AppliedNorm, ...] = living()
    meetings: tuple[HeldMeeting, ...] = living()
    attendance: tuple[Attendance, ...] = living()


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
class Report:
    """What an institution says was done: laid over the plan when it is read, never changed.

    It is on the activity of ``activity_no``, the expected deliverable of ``deliverable``, or on
    the milestone itself. What it does not say stays as earlier reports have it; ``cleared``
    names the fields that it takes back.
    """

    id: str
    milestone: str = ref("milestone")
    activity_no: str | None = None
    deliverable: str | None = None
    organization: str | None = ref("organization", default=None)
    #: the day that it speaks of, and the moment (UTC) in which the portal got it
    as_of: PartialDate
    recorded: str | None = None
    status: str | None = code("activity_status", default=None)
    publication_status: str | None = code("publication_status", default=None)
    actual_start: PartialDate | None = None
    actual_end: PartialDate | None = None
    percent_complete: Decimal | None = None
    executed_amount: Decimal | None = None
    currency: str | None = None
    evidence: tuple[str, ...] = link(default=())
    difficulties: str | None = None
    note: str | None = None
    cleared: tuple[str, ...] = ()


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
    registers: tuple[Register, ...] = ()
    modifications: tuple[Modification, ...] = ()
    reports: tuple[Report, ...] = ()
