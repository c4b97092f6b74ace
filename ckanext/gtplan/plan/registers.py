"""The rows of the tables that grow: services, observations, standards, norms, meetings.

Such a table is kept in the DataStore, beside the record that it belongs to, and is edited row by
row; ``living`` says what is a key, what is computed and how a cell is written. The names of the
fields are the names of the columns (design: plan model, sections 2.5 and 2.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .dates import PartialDate
from .parts import code, link, quantity, ref


@dataclass(frozen=True, kw_only=True)
class Service:
    """A public service that an inventory lists (CPSV-AP 3.2: Public Service)."""

    service_id: str
    name: str
    description: str | None = None
    competent_authority: tuple[str, ...] = ref("organization", default=())
    service_type: tuple[str, ...] = code("service_type", default=())
    thematic_area: tuple[str, ...] = code("theme", default=())
    sector: tuple[str, ...] = code("sector", default=())
    audience: tuple[str, ...] = code("audience", default=())
    life_event: tuple[str, ...] = code("life_event", default=())
    channels: tuple[str, ...] = code("service_channel", default=())
    online_url: str | None = link(default=None)
    office_address: str | None = None
    opening_hours: str | None = None
    requirements: tuple[str, ...] = ()
    input_documents: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    is_free: bool | None = None
    cost_amount: Decimal | None = None
    cost_currency: str | None = None
    cost_note: str | None = None
    #: a duration of ISO 8601 (``P5D``, ``PT2H``), and the words in which it was given
    processing_time: str | None = None
    processing_time_verbatim: str | None = None
    output: tuple[str, ...] = ()
    #: each a norm in words; an address at its end is the norm's
    legal_basis: tuple[str, ...] = ()
    stage: str | None = code("service_stage", default=None)
    languages: tuple[str, ...] = code("service_language", default=())
    #: codes of ISO 3166-1 alpha-3 or 3166-2
    spatial: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    #: what can be done online of the service (Government of Canada, service inventory)
    os_registration: str | None = code("online_point", default=None)
    os_authentication: str | None = code("online_point", default=None)
    os_application: str | None = code("online_point", default=None)
    os_decision: str | None = code("online_point", default=None)
    os_issuance: str | None = code("online_point", default=None)
    os_feedback: str | None = code("online_point", default=None)
    #: computed of the six points
    online_percent: Decimal | None = quantity(default=None)
    maturity_level: str | None = code("service_maturity", default=None)
    e_signature: bool | None = None
    interoperable: bool | None = None
    volume_online: int | None = None
    volume_total: int | None = None
    satisfaction: Decimal | None = quantity(default=None)
    #: as a part of one: 0.95
    std_target: Decimal | None = quantity(default=None)
    std_volume: int | None = None
    std_met: int | None = None
    commitment: str | None = ref("commitment", default=None)
    reviewed_on: PartialDate | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What an indicator was in a period (SDMX: observation).

    The period is a year, semester, quarter, month or day: ``2019``, ``2019-S1``, ``2019-Q3``,
    ``2019-07``, ``2019-07-31``.
    """

    ref_period: str
    #: ``dimension=category`` pairs, sorted; empty for the whole
    disaggregation: tuple[str, ...] = ()
    obs_value: Decimal | None = quantity(default=None)
    obs_text: str | None = None
    obs_status: str | None = code("obs_status", default=None)
    comment: str | None = None
    evidence_url: str | None = link(default=None)
    #: filled in by the portal: on whose behalf, and the moment (UTC)
    reported_by: str | None = ref("organization", default=None)
    reported_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class Standard:
    """A standard that was collected, and perhaps analysed and applied."""

    standard_id: str
    name: str
    issuer: str | None = None
    year: int | None = None
    #: ISO 3166-1 alpha-3
    country: str | None = None
    topic: str | None = None
    url: str | None = link(default=None)
    standard_status: str = code("standard_status")
    notes: str | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """What standards are scored by: the weight counts, a score is 0 to ``max_score``."""

    criterion_id: str
    name: str
    weight: Decimal = quantity()
    max_score: Decimal = quantity()
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class Score:
    """What a standard gets for a criterion, and why."""

    standard_id: str
    criterion_id: str
    score: Decimal = quantity()
    reason: str


@dataclass(frozen=True, kw_only=True)
class Concept:
    """A theory, term or concept that was applied in public administration."""

    concept_id: str
    name: str
    concept_kind: str | None = code("concept_kind", default=None)
    description: str | None = None
    applied_in: str | None = None
    applied_on: PartialDate | None = None
    url: str | None = link(default=None)
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class AppliedNorm:
    """A legal norm that was applied."""

    norm_id: str
    title: str
    norm_type: str | None = code("norm_type", default=None)
    number: str | None = None
    issuer: str | None = None
    year: int | None = None
    url: str | None = link(default=None)
    applied_in: str | None = None
    applied_on: PartialDate | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class HeldMeeting:
    """A meeting that was held."""

    meeting_id: str
    name: str
    held_on: PartialDate | None = None
    place_kind: str | None = code("place_kind", default=None)
    place: str | None = None
    activity_no: str | None = None
    url: str | None = link(default=None)
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Attendance:
    """How many came to a meeting from a sector. Nobody is named."""

    meeting_id: str
    sector: str = code("institution_type")
    persons: int | None = None
    institutions: int | None = None
