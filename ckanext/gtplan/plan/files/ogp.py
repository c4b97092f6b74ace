"""From OGP's list of commitments (CSV) to a load (design: plan model, section 7).

What columns and values are called is in ``ogp.yaml``. A row that cannot be a commitment, a column
that is not known and a value that is on no list are noted, and the rest is converted.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..model import ActionPlan, Actor, Commitment, Load, Organization, Publication, Source
from ..vocabulary import LANGUAGES
from .listing import ListingError, Row, match_columns, normalize, read_rows
from .ogp_cells import OGP_VALUES, Entry, Note, NoteKind, read_table

#: Gives the ISO 3166-1 alpha-3 code of a country by name or alpha-2 code, None where it is none.
CountryFinder = Callable[[str], str | None]

_IGNORED = ("region", "specificity", "unclear_relevance", "starred")
_PREFIX = re.compile(r"[A-Z]{2,8}(?=[0-9])")
_ACRONYM = re.compile(r"(.+?)\s*\(([^\W\d_a-zà-ÿ][\w.&/-]{1,14})\)\Z")
_MAX_ID = 100


@dataclass(kw_only=True)
class Conversion:
    """The load that a list became, None where it became none, and what is to be told."""

    load: Load | None = None
    notes: list[Note] = field(default_factory=list)


@dataclass(kw_only=True)
class _Country:
    """The country whose commitments are converted.

    Attributes:
        name: as the list has it.
        prefix: that its ids begin with.
        code: ISO 3166-1 alpha-3, None where it is no country (OGP has local members).
    """

    name: str
    prefix: str
    code: str | None


def convert_commitments(
    data: bytes,
    *,
    name: str,
    country: str | None = None,
    find_country: CountryFinder = lambda text: None,
    language: str = "es",
) -> Conversion:
    """Make a load of one country's commitments in OGP's list.

    Args:
        data: the CSV file.
        name: what the file is called: it is the source of each commitment.
        country: name or code of the country, needed where the list has several.
        find_country: gives the code of a country.
        language: of what the list does not say (the titles of the plans).
    """
    conversion = Conversion()
    try:
        entries = list(_read_entries(list(read_rows(data)), conversion.notes))
    except ListingError as error:
        note = Note(kind=NoteKind.NOT_CSV, line=error.line, value=str(error))
        return Conversion(notes=[note])
    chosen = _choose(entries, country, find_country, conversion.notes)
    if chosen:
        place = _find_place(chosen, country, find_country)
        conversion.load = _Converter(place, name, language).convert(chosen)
        kind = NoteKind.OWN_PUBLICATION if conversion.load else NoteKind.NO_COMMITMENT
        conversion.notes.append(Note(kind=kind))
    return conversion


def _read_entries(rows: Sequence[Row], notes: list[Note]) -> Iterator[Entry]:
    if len(rows) < 2:
        notes.append(Note(kind=NoteKind.NO_ROWS))
        return
    header, line = rows[0].cells, rows[0].line
    places, unknown = match_columns(header, read_table()["columns"])
    columns = {name: header[place] for name, place in places.items()}
    for column in unknown:
        notes.append(Note(kind=NoteKind.UNKNOWN_COLUMN, line=line, column=column))
    for name in _IGNORED:
        if name in columns:
            notes.append(Note(kind=NoteKind.UNUSED_COLUMN, line=line, column=columns[name]))
    if not {"title", "short_title"} & columns.keys():
        expected = ", ".join(read_table()["columns"]["title"])
        notes.append(Note(kind=NoteKind.NO_TITLE_COLUMN, line=line, expected=expected))
        return
    for row in rows[1:]:
        cells = dict(enumerate(row.cells))
        values = {name: cells.get(place, "") for name, place in places.items()}
        entry = Entry(line=row.line, columns=columns, values=values, notes=notes)
        if any(row.cells[len(header) :]):
            number = str(len(row.cells))
            entry.note(NoteKind.TOO_MANY_CELLS, value=number, expected=str(len(header)))
        else:
            yield entry


def _choose(
    entries: list[Entry], country: str | None, find_country: CountryFinder, notes: list[Note]
) -> list[Entry]:
    """Choose the rows of a country: of the only one that there is, where none is asked for."""
    names = sorted({name for entry in entries if (name := entry.read_line("country"))})
    if country is None:
        if len(set(map(normalize, names))) < 2:
            return entries
        notes.append(Note(kind=NoteKind.SEVERAL_COUNTRIES, expected=", ".join(names)))
        return []
    wanted = _spell(country, find_country)
    chosen = []
    for entry in entries:
        prefix = _PREFIX.match(entry.get("ogp_id") or "")
        said = entry.read_line("country") or (prefix[0] if prefix else "")
        if wanted & _spell(said, find_country):
            chosen.append(entry)
    if entries and not chosen:
        expected = ", ".join(names)
        notes.append(Note(kind=NoteKind.NO_SUCH_COUNTRY, value=country, expected=expected))
    return chosen


def _spell(country: str, find_country: CountryFinder) -> set[str]:
    """List the ways to write a country: as it stands, and its code."""
    return {normalize(text) for text in (country, find_country(country)) if text} - {""}


def _find_place(
    entries: list[Entry], country: str | None, find_country: CountryFinder
) -> _Country:
    found = (entry.read_line("country") for entry in entries)
    name = next(filter(None, found), None) or country or ""
    ogp_ids = (_PREFIX.match(entry.get("ogp_id") or "") for entry in entries)
    prefixes = Counter(match[0].lower() for match in ogp_ids if match)
    prefix = prefixes.most_common(1)[0][0] if prefixes else _make_slug(name)[:20].strip("-")
    prefix = prefix or "ogp"
    code = find_country(name) or (None if name else find_country(prefix))
    return _Country(name=name or prefix.upper(), prefix=prefix, code=code)


def _make_slug(text: str) -> str:
    """Make the part of an id of a text: its letters and digits as far as ASCII has them."""
    words = re.findall(r"[a-z0-9]+", normalize(text))
    return "-".join(words)


class _Converter:
    """Turns the rows of one country into a load."""

    def __init__(self, country: _Country, document: str, language: str) -> None:
        self._country = country
        self._document = document
        self._language = LANGUAGES.index(language) if language in LANGUAGES else 0
        self._organizations: dict[str, Organization] = {}
        self._years: dict[str, Counter[int]] = {}
        self._numbers: dict[str, int | None] = {}
        self._taken: set[Any] = set()

    def convert(self, entries: list[Entry]) -> Load | None:
        country = self._country
        owner = Organization(
            id=f"{country.prefix}-ogp",
            title=self._say("owner", country=country.name),
            country=country.code,
        )
        self._organizations[owner.id] = owner
        made = (self._make_commitment(entry) for entry in entries)
        commitments = tuple(commitment for commitment in made if commitment is not None)
        if not commitments:
            return None
        return Load(
            id=owner.id,
            publication=Publication(
                owner=owner.id,
                license_id="notspecified",
                frequency="eventual",
                contact_name=owner.title,
                contact_email="datos@example.org",
                country=country.code,
            ),
            organizations=tuple(self._organizations.values()),
            action_plans=tuple(
                self._make_plan(plan_id, owner.id)
                for plan_id in sorted(self._numbers, key=lambda i: (self._numbers[i] or 0, i))
            ),
            commitments=commitments,
        )

    def _say(self, text: str, **values: object) -> str:
        return str(read_table()["texts"][text][self._language].format(**values))

    def _claim(self, key: Any) -> bool:
        """Take what may be taken once; tell whether it was free."""
        is_free = key not in self._taken
        self._taken.add(key)
        return is_free

    def _make_plan(self, plan_id: str, owner: str) -> ActionPlan:
        country, number = self._country, self._numbers[plan_id]
        years = self._years[plan_id]
        year = min(years, key=lambda y: (-years[y], y)) if years else None
        title = self._say("plan", number=number or year or "", country=country.name)
        return ActionPlan(
            id=plan_id,
            title=" ".join(title.replace(" :", ":").split()),
            plan_number=number,
            country=country.code,
            cycle_year=year,
            coordinating_body=owner,
            sources=(Source(document=self._document),),
        )

    def _make_commitment(self, entry: Entry) -> Commitment | None:
        title = entry.read_line("title") or entry.read_line("short_title")
        ogp_id = entry.read_line("ogp_id")
        if title is None:
            entry.note(NoteKind.NO_TITLE)
            return None
        if ogp_id is not None and not self._claim(("ogp_id", ogp_id)):
            entry.note(NoteKind.REPEATED, "ogp_id", ogp_id)
            return None
        plan_id = self._place(entry)
        number = entry.read_number("commitment_number")
        if number is not None and not self._claim((plan_id, number)):
            entry.note(NoteKind.NUMBER_TAKEN, "commitment_number", str(number))
            number = None
        short_title = entry.read_line("short_title")
        leads = [self._add_organization(name) for name in entry.split("lead_institution")]
        place = self._say("place", line=entry.line)
        return Commitment(
            id=self._name_commitment(plan_id, number, ogp_id or str(entry.line)),
            title=title,
            description=entry.get("description"),
            sources=(Source(document=self._document, place=place),),
            action_plan=plan_id,
            commitment_number=number,
            ogp_id=ogp_id,
            short_title=short_title if short_title != title else None,
            lead_institution=leads[0] if leads else None,
            co_lead_institutions=tuple(dict.fromkeys(leads[1:])),
            supporting_actors=tuple(
                Actor(name=name) for name in entry.split("supporting_institutions")
            ),
            policy_areas=entry.read_areas(),
            ogp_values=tuple(value for value in OGP_VALUES if entry.read_flag(value)),
            ogp_url=entry.read_url("ogp_url"),
            **_read_judgements(entry),
        )

    def _place(self, entry: Entry) -> str:
        """Name the plan of a row by its number, else by its year, and remember it."""
        number, year = entry.read_number("plan_number"), entry.read_year()
        ending = f"pan{number}" if number is not None else f"plan-{year}" if year else "plan"
        plan_id = f"{self._country.prefix}-{ending}"
        self._numbers[plan_id] = number
        years = self._years.setdefault(plan_id, Counter())
        if year is not None:
            years[year] += 1
        return plan_id

    def _name_commitment(self, plan_id: str, number: int | None, other: str) -> str:
        """Name a commitment ``gt-pan4-c11`` where it has a number, else by OGP's code or line."""
        ending = f"c{number:02d}" if number is not None else _make_slug(other)
        return self._make_free(f"{plan_id}-{ending}")

    def _add_organization(self, text: str) -> str:
        """Add the organisation of a name, unless it is there in another spelling."""
        match = _ACRONYM.match(text)
        title, acronym = (match[1], match[2]) if match else (text, None)
        # what has no Latin letters goes by a number made of it
        slug = _make_slug(title) or hashlib.sha256(normalize(title).encode()).hexdigest()[:12]
        organization_id = f"{self._country.prefix}-{slug}"
        if len(organization_id) > _MAX_ID:
            digest = hashlib.sha256(slug.encode()).hexdigest()[:8]
            organization_id = f"{organization_id[: _MAX_ID - 9]}-{digest}"
        self._organizations.setdefault(
            organization_id,
            Organization(
                id=organization_id, title=title, acronym=acronym, country=self._country.code
            ),
        )
        return organization_id

    def _make_free(self, wanted: str) -> str:
        """Give an id that no other commitment has."""
        name = wanted = wanted[: _MAX_ID - 4]
        number = 1
        while not self._claim(("id", name)):
            number += 1
            name = f"{wanted}-{number}"
        return name


def _read_judgements(entry: Entry) -> dict[str, Any]:
    """Read what OGP's reviewers say; the later of two reports on completion is the one."""
    completion = entry.read_code("completion_final", "completion")
    earlier = entry.read_code("completion_progress", "completion")
    completion = completion or earlier
    status = entry.read_code("status", "status")
    is_withdrawn = completion == "withdrawn"
    return {
        "status": "withdrawn" if is_withdrawn else status,
        "irm_completion": None if is_withdrawn else completion,
        "irm_verifiable": entry.read_answer("irm_verifiable"),
        "irm_relevant": entry.read_answer("irm_relevant"),
        "irm_ambition": entry.read_code("irm_ambition", "irm_ambition"),
        "irm_early_results": entry.read_code("irm_early_results", "irm_early_results"),
        "irm_report": entry.read_url("irm_report"),
    }
