"""OGP's list of commitments becomes a load, and what of it does not is told by line and column."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.files.checks import check_sources
from ckanext.gtplan.plan.files.listing import match_columns, read_rows
from ckanext.gtplan.plan.files.ogp import Conversion, convert_commitments
from ckanext.gtplan.plan.files.ogp_cells import NoteKind, read_table
from ckanext.gtplan.plan.files.tree import SourceFile
from ckanext.gtplan.plan.files.writer import write_load

N = NoteKind
#: The header of an edition of the list.
HEADER = [
    "Commitment Unique Identifier", "Country/Locality", "Region", "Theme", "Year Of Submission",
    "Action Plan Number", "Commitment Number", "Commitment Title", "Commitment Short Title",
    "Commitment Full Text", "Lead Institution", "Supporting Institution(s)", "Commitment URL",
    "Access to Information", "Civic Participation", "Public Accountability",
    "Technology & Innovation for Transparency & Accountability", "Specificity",
    "Potential Impact", "Completion (Progress Report)", "Did It Open Government (Overall)",
]  # fmt: skip
ROW = {
    "Commitment Unique Identifier": "GT0092",
    "Country/Locality": "Guatemala",
    "Theme": "E-Government",
    "Year Of Submission": "2018",
    "Action Plan Number": "4",
    "Commitment Number": "8",
    "Commitment Title": "Tools Electronic Government",
}
CODES = {"guatemala": "GTM", "gt": "GTM", "gtm": "GTM", "freedonia": "FRD", "fr": "FRA"}


def make(*changes: dict[str, str], header: list[str] = HEADER, separator: str = ",") -> bytes:
    """Write a list whose rows are the usual one but for some cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(header)
    for change in changes:
        writer.writerow([{**ROW, **change}.get(name, "") for name in header])
    return out.getvalue().encode()


def convert(data: bytes, **more: Any) -> Conversion:
    return convert_commitments(
        data, name="lista.csv", find_country=lambda text: CODES.get(text.lower()), **more
    )


def told(conversion: Conversion) -> list[tuple[NoteKind, int, str, str]]:
    """What is told beside what every list is told."""
    usual = (N.OWN_PUBLICATION, N.UNUSED_COLUMN)
    return [(n.kind, n.line, n.column, n.value) for n in conversion.notes if n.kind not in usual]


def test_a_row_becomes_a_commitment_of_its_plan() -> None:
    full = {
        "Commitment Short Title": "E-government tools",
        "Commitment Full Text": 'Design, "build"\nand use',
        "Lead Institution": "Presidential Commission (GPAT); Ministry of Economy, Trade",
        "Supporting Institution(s)": "Ombudsman; Citizens",
        "Commitment URL": "https://www.opengovpartnership.org/members/guatemala/GT0092",
        "Theme": "Access to Information; E-Government",
        "Access to Information": "1",
        "Civic Participation": "0",
        "Public Accountability": "Yes",
        "Potential Impact": "Moderate",
        "Completion (Progress Report)": "Limited",
        "Did It Open Government (Overall)": "Did Not Change",
    }
    conversion = convert(make(full))
    assert told(conversion) == []
    assert conversion.load is not None
    (plan,) = conversion.load.action_plans
    assert (plan.id, plan.plan_number, plan.country, plan.cycle_year) == ("gt-pan4", 4, "GTM", 2018)
    assert plan.title == "Plan de acción 4 de gobierno abierto: Guatemala"
    (c,) = conversion.load.commitments
    assert (c.id, c.ogp_id, c.commitment_number) == ("gt-pan4-c08", "GT0092", 8)
    assert c.title == "Tools Electronic Government"
    assert c.description == 'Design, "build"\nand use'
    assert c.policy_areas == ("access_to_information", "e_government")
    assert c.ogp_values == ("access_info", "public_accountability")
    assert (c.irm_ambition, c.irm_completion) == ("impact_moderate", "limited")
    assert c.irm_early_results == "open_gov_did_not_change"
    assert c.lead_institution == "gt-presidential-commission"
    assert c.co_lead_institutions == ("gt-ministry-of-economy-trade",)
    assert [actor.name for actor in c.supporting_actors] == ["Ombudsman", "Citizens"]
    assert c.sources[0].place == "línea 2"
    acronyms = {o.id: o.acronym for o in conversion.load.organizations}
    assert acronyms["gt-presidential-commission"] == "GPAT"


def test_what_is_made_is_a_load_that_is_read() -> None:
    rows = [
        {"Commitment Unique Identifier": f"GT{n:04d}", "Commitment Number": str(n)}
        for n in range(1, 4)
    ]
    load = convert(make(*rows)).load
    assert load is not None
    text = write_load(load)
    assert check_sources([SourceFile(name="x", data=text.encode())], "x").load == load


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators(encoding: str, separator: str) -> None:
    title = "Año de la «educación»; niños, y más | todo"
    text = make({"Commitment Title": title}, separator=separator).decode()
    conversion = convert(text.encode(encoding))
    assert conversion.load is not None
    assert conversion.load.commitments[0].title == title


@pytest.mark.parametrize("nothing", ["ND", "NA", "N/A", "", " ", "nd"])
def test_cells_without_data_say_nothing(nothing: str) -> None:
    empty = dict.fromkeys(HEADER[12:], nothing) | {"Lead Institution": nothing, "Theme": nothing}
    conversion = convert(make(empty))
    assert told(conversion) == []
    assert conversion.load is not None
    (c,) = conversion.load.commitments
    assert (c.irm_completion, c.irm_ambition, c.lead_institution, c.ogp_url) == (None,) * 4
    assert (c.policy_areas, c.ogp_values) == ((), ())


@pytest.mark.parametrize(
    "header",
    [
        ["ID", "Country", "Commitment title", "Policy areas"],
        ["Unique Identifier", "Country or Locality", "Title", "Policy Area(s)"],
        ["commitment_id", "COUNTRY", "Commitment Name", "Themes"],
    ],
)
def test_columns_are_known_by_what_they_mean(header: list[str]) -> None:
    found, unknown = match_columns(header, read_table()["columns"])
    assert found.keys() - {"ogp_id"} == {"country", "title", "theme"}
    assert unknown in ([], ["ID"])


def test_the_better_name_takes_the_column() -> None:
    header = ["Commitment Title", "Commitment Short Title", "Completion (End of Term Report)",
              "Completion (Progress Report)"]  # fmt: skip
    found, unknown = match_columns(header, read_table()["columns"])
    assert found == {"title": 0, "short_title": 1, "completion_final": 2, "completion_progress": 3}
    assert not unknown


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"Theme": "Space Travel"}, (N.UNKNOWN_VALUE, 2, "Theme", "Space Travel")),
        (
            {"Potential Impact": "Huge"},
            (N.UNKNOWN_VALUE, 2, "Potential Impact", "Huge"),
        ),
        (
            {"Completion (Progress Report)": "90 %"},
            (N.UNKNOWN_VALUE, 2, "Completion (Progress Report)", "90 %"),
        ),
        ({"Commitment URL": "see page"}, (N.UNKNOWN_VALUE, 2, "Commitment URL", "see page")),
        ({"Commitment Number": "8a"}, (N.UNKNOWN_VALUE, 2, "Commitment Number", "8a")),
        (
            {"Civic Participation": "perhaps"},
            (N.UNKNOWN_VALUE, 2, "Civic Participation", "perhaps"),
        ),
    ],
)
def test_a_value_that_is_not_known_is_told_and_the_rest_taken(
    change: dict[str, str], note: tuple[NoteKind, int, str, str]
) -> None:
    conversion = convert(make(change))
    assert told(conversion) == [note]
    assert conversion.load is not None and len(conversion.load.commitments) == 1


def test_bad_rows_are_named_by_their_line_and_left_out() -> None:
    data = make(
        {"Commitment Full Text": "one\ntwo\nthree"},  # lines 2 to 4
        {"Commitment Title": "ND", "Commitment Short Title": ""},
        {"Commitment Unique Identifier": "GT0092"},
        {"Commitment Unique Identifier": "GT0093"},
    )
    conversion = convert(data + b"GT0094,Guatemala" + b",x" * 30 + b"\n")
    assert told(conversion) == [
        (N.TOO_MANY_CELLS, 8, "", "32"),
        (N.NO_TITLE, 5, "", ""),
        (N.REPEATED, 6, "Commitment Unique Identifier", "GT0092"),
        (N.NUMBER_TAKEN, 7, "Commitment Number", "8"),
    ]
    assert conversion.load is not None
    assert [c.id for c in conversion.load.commitments] == ["gt-pan4-c08", "gt-pan4-gt0093"]


def test_a_column_that_is_not_known_is_named() -> None:
    conversion = convert(make({}, header=[*HEADER, "Favourite colour"]))
    assert told(conversion) == [(N.UNKNOWN_COLUMN, 1, "Favourite colour", "")]
    unused = [n.column for n in conversion.notes if n.kind is N.UNUSED_COLUMN]
    assert unused == ["Region", "Specificity"]


class TestCountries:
    DATA = make(
        {},
        {"Country/Locality": "Freedonia", "Commitment Unique Identifier": "FD0001"},
        {"Country/Locality": "São Paulo, Brazil", "Commitment Unique Identifier": "SAO0001"},
    )

    @pytest.mark.parametrize("country", ["Guatemala", "GUATEMALA", "GT", "gtm"])
    def test_one_is_chosen_by_name_or_code(self, country: str) -> None:
        conversion = convert(self.DATA, country=country)
        assert conversion.load is not None
        assert [c.ogp_id for c in conversion.load.commitments] == ["GT0092"]

    def test_a_local_member_has_no_country_code(self) -> None:
        conversion = convert(self.DATA, country="sao paulo, brazil")
        assert conversion.load is not None
        (plan,) = conversion.load.action_plans
        assert (plan.id, plan.country) == ("sao-pan4", None)

    def test_several_must_be_chosen_from(self) -> None:
        conversion = convert(self.DATA)
        assert conversion.load is None
        (note,) = (n for n in conversion.notes if n.kind is N.SEVERAL_COUNTRIES)
        assert note.expected == "Freedonia, Guatemala, São Paulo, Brazil"

    def test_none_is_of_the_country(self) -> None:
        conversion = convert(self.DATA, country="Sylvania")
        assert conversion.load is None
        assert (N.NO_SUCH_COUNTRY, 1, "", "Sylvania") in told(conversion)


class TestPlans:
    def test_plans_without_a_number_go_by_their_year(self) -> None:
        conversion = convert(make({"Action Plan Number": "ND", "Commitment Number": ""}))
        assert conversion.load is not None
        assert conversion.load.action_plans[0].id == "gt-plan-2018"
        assert conversion.load.commitments[0].id == "gt-plan-2018-gt0092"

    def test_what_was_withdrawn_has_that_status_and_no_completion(self) -> None:
        conversion = convert(make({"Completion (Progress Report)": "Withdrawn"}))
        assert conversion.load is not None
        (c,) = conversion.load.commitments
        assert (c.status, c.irm_completion) == ("withdrawn", None)

    @pytest.mark.parametrize(
        ("column", "text", "code"),
        [
            ("Potential Impact", "None", "impact_none"),
            ("Potential Impact", "Transformative", "impact_transformative"),
            ("Ambition", "Substantial", "results_substantial"),
            ("Early Results", "Significant Results", "results_significant"),
            ("Did It Open Government", "Outstanding", "open_gov_outstanding"),
            ("Completion (End of Term Report)", "Complete", "complete"),
        ],
    )
    def test_judgements_keep_their_era(self, column: str, text: str, code: str) -> None:
        conversion = convert(make({column: text}, header=[*HEADER[:8], column]))
        assert conversion.load is not None
        (c,) = conversion.load.commitments
        assert code in (c.irm_ambition, c.irm_early_results, c.irm_completion)

    def test_one_spelling_of_an_institution_is_enough(self) -> None:
        conversion = convert(
            make(
                {"Lead Institution": "Ministerio de Gobernación"},
                {
                    "Commitment Unique Identifier": "GT2",
                    "Commitment Number": "9",
                    "Lead Institution": "MINISTERIO DE GOBERNACION",
                },
                {
                    "Commitment Unique Identifier": "GT3",
                    "Commitment Number": "10",
                    "Lead Institution": "საქართველოს მთავრობა",
                },
            )
        )
        assert conversion.load is not None
        leads = [c.lead_institution for c in conversion.load.commitments]
        assert leads[0] == leads[1] == "gt-ministerio-de-gobernacion"
        assert len(conversion.load.organizations) == 3


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", N.NO_ROWS),
        (b"Commitment Title\n", N.NO_ROWS),
        (b"a,b\n1,2\n", N.NO_TITLE_COLUMN),
        (b"Commitment Title,Theme\n,Health\n", N.NO_COMMITMENT),
        (b"\x00\x01\x02", N.NO_ROWS),
    ],
)
def test_what_is_no_list_becomes_no_load(data: bytes, kind: NoteKind) -> None:
    conversion = convert(data)
    assert conversion.load is None
    assert kind in [note.kind for note in conversion.notes]


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_told(data: bytes) -> None:
    convert(b"Commitment Title,Country,Lead Institution,Theme\n" + data)


def test_lines_are_those_of_the_file() -> None:
    rows = list(read_rows(b'a,b\r\n"x\r\ny",1\r\n\r\n2,3\r\n'))
    assert [(row.line, row.cells) for row in rows] == [
        (1, ("a", "b")),
        (2, ("x\ny", "1")),
        (5, ("2", "3")),
    ]
