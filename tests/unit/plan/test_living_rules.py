"""What a row must be: each rule, and that nothing makes the rules fail themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.dictionary import get_column_entry
from ckanext.gtplan.plan.living import LIVING_TABLES, LivingTable
from ckanext.gtplan.plan.living_rules import FindingKind, check_row, check_score

K = FindingKind
SERVICES, OBSERVATIONS = LIVING_TABLES["services"], LIVING_TABLES["observations"]
TABLES = pytest.mark.parametrize("table", LIVING_TABLES.values(), ids=LIVING_TABLES)


def find(table: LivingTable, **cells: str | None) -> list[tuple[str, FindingKind]]:
    return [(finding.column, finding.kind) for finding in check_row(table, cells)]


@pytest.mark.parametrize(
    "column, text, kind",
    [
        ("name", "a\x0bb", K.CONTROL_CHARACTER),
        ("name", "x" * 351, K.TOO_LONG),
        ("description", "x" * 1_000_000, K.TOO_LONG),
        ("contact_email", "@" * 1_000_000, K.TOO_LONG),
        ("cost_amount", "Q15", K.BAD_AMOUNT),
        ("cost_amount", "1.234", K.BAD_AMOUNT),
        ("cost_amount", "1e999", K.BAD_AMOUNT),
        ("satisfaction", "NaN", K.BAD_QUANTITY),
        ("satisfaction", "Infinity", K.BAD_QUANTITY),
        ("satisfaction", "87,5", K.BAD_QUANTITY),
        ("volume_total", "1_000", K.BAD_NUMBER),
        ("volume_total", "１２", K.BAD_NUMBER),
        ("volume_total", "12.0", K.BAD_NUMBER),
        ("volume_total", "9" * 10, K.BAD_NUMBER),
        ("is_free", "quizá", K.BAD_BOOLEAN),
        ("reviewed_on", "2019-02-30", K.BAD_DATE),
        ("reviewed_on", "31/07/2019", K.BAD_DATE),
        ("online_url", "renap.gob.gt", K.BAD_LINK),
        ("online_url", "javascript:alert(1)", K.BAD_LINK),
        ("online_url", "https://", K.BAD_LINK),
        ("service_id", "a,b", K.BAD_FORM),
        ("service_id", "../etc", K.BAD_FORM),
        ("service_id", "a.ttl", K.BAD_FORM),
        ("service_id", "a\nb", K.BAD_FORM),
        ("processing_time", "5 días", K.BAD_FORM),
        ("processing_time", "P", K.BAD_FORM),
        ("processing_time", "PT", K.BAD_FORM),
        ("processing_time", "P1W", K.BAD_FORM),
        ("processing_time", "P5DT", K.BAD_FORM),
        ("contact_email", "oficina en renap", K.BAD_FORM),
        ("cost_currency", "quetzales", K.BAD_FORM),
        ("spatial", "GTM|Guatemala", K.BAD_FORM),
        ("channels", "ONL|WEB", K.UNKNOWN_CODE),
        ("os_issuance", "y", K.UNKNOWN_CODE),
    ],
)
def test_cell_that_is_wrong(column: str, text: str, kind: FindingKind) -> None:
    assert find(SERVICES, **{column: text}) == [(column, kind)]


@pytest.mark.parametrize(
    "column, text",
    [
        ("processing_time", "P1Y2M3DT4H5M"),
        ("processing_time", "PT30M"),
        ("processing_time", "P15D"),
        ("reviewed_on", "2019"),
        ("reviewed_on", "2020-02-29"),
        ("spatial", "GTM|GT-16|BR-SP"),
        ("online_url", "https://example.org/a?b=c"),
        ("contact_email", "oficina.atencion@example.gob.gt"),
        ("service_id", "RENAP_01-b"),
        ("cost_amount", "0.50"),
        ("satisfaction", "87.125"),
    ],
)
def test_cell_that_is_right(column: str, text: str) -> None:
    assert find(SERVICES, **{column: text}) == []


@TABLES
def test_examples_of_the_dictionary_are_right(table: LivingTable) -> None:
    for column in table.columns:
        example = get_column_entry(table.name, column.name).example
        wrong = [name for name, _ in find(table, **{column.name: example})]
        assert column.name not in wrong


class TestServices:
    def test_a_service_may_be_known_to_be_online_and_its_link_not(self) -> None:
        assert not find(SERVICES, channels="TEL|ONL", online_url=None, stage="in_operation")

    def test_an_amount_has_a_currency(self) -> None:
        wanted = [("cost_currency", K.CURRENCY_NEEDED)]
        assert find(SERVICES, cost_amount="5", cost_currency=None) == wanted
        assert not find(SERVICES, cost_amount="5", cost_currency="GTQ")
        assert not find(SERVICES, cost_amount=None, cost_currency="GTQ")

    @pytest.mark.parametrize(
        "free, amount, is_right",
        [("true", "5", False), ("true", "0", True), ("true", "0.00", True), ("false", "0", False),
         ("false", "5", True), (None, "5", True), ("true", None, True), ("false", None, True)],
    )  # fmt: skip
    def test_what_is_free_costs_nothing(
        self, free: str | None, amount: str | None, is_right: bool
    ) -> None:
        found = find(SERVICES, is_free=free, cost_amount=amount, cost_currency="GTQ")
        assert found == ([] if is_right else [("cost_amount", K.FREE_WITH_COST)])

    def test_a_part_is_no_more_than_the_whole(self) -> None:
        assert find(SERVICES, volume_online="5", volume_total="4") == [
            ("volume_online", K.MORE_THAN)
        ]
        assert find(SERVICES, std_met="5", std_volume="4") == [("std_met", K.MORE_THAN)]
        assert not find(SERVICES, volume_online="10", volume_total="10", std_met="5")

    def test_a_wrong_cell_is_in_no_other_finding(self) -> None:
        found = find(SERVICES, volume_online="5", volume_total="four")
        assert found == [("volume_total", K.BAD_NUMBER)]


class TestObservations:
    def test_an_observation_says_something_or_why_not(self) -> None:
        asked: dict[str, str | None] = {"obs_value": None, "obs_text": None}
        assert find(OBSERVATIONS, **asked) == [("obs_value", K.VALUE_NEEDED)]
        assert not find(OBSERVATIONS, **asked | {"obs_status": "L"})
        assert not find(OBSERVATIONS, **asked | {"obs_value": "0"})
        assert not find(OBSERVATIONS, **asked | {"obs_text": "bien"})
        assert find(OBSERVATIONS, obs_value="1", obs_status="M") == [
            ("obs_status", K.VALUE_AND_MISSING)
        ]

    @pytest.mark.parametrize("text", ["2019-S3", "2019-13", "2019-02-30", "julio"])
    def test_period(self, text: str) -> None:
        assert find(OBSERVATIONS, ref_period=text) == [("ref_period", K.BAD_PERIOD)]

    def test_disaggregation(self) -> None:
        assert not find(OBSERVATIONS, disaggregation="edad=joven|sexo=m")
        assert find(OBSERVATIONS, disaggregation="mujer") == [("disaggregation", K.BAD_FORM)]
        assert find(OBSERVATIONS, disaggregation="sexo=h|sexo=m") == [
            ("disaggregation", K.REPEATED_DIMENSION)
        ]


def test_a_criterion_can_be_scored_by() -> None:
    assert find(LIVING_TABLES["criteria"], max_score="0") == [("max_score", K.TOO_SMALL)]


def test_a_score_is_no_more_than_the_highest() -> None:
    finding = check_score("6", {"max_score": "5"})
    assert finding
    assert (finding.kind, finding.value, finding.expected) == (K.TOO_LARGE, "6", "5")
    for score, highest in (("5", "5"), (None, "5"), ("6", None), ("NaN", "5"), ("6", "x")):
        assert check_score(score, {"max_score": highest}) is None


@TABLES
@given(data=st.data())
def test_whatever_is_written_is_judged(table: LivingTable, data: st.DataObject) -> None:
    odd = st.sampled_from(["NaN", "1e999", "-0", "٣", "|", "=|=", "2019-S1", "true", "ONL", "\x00"])
    names = st.sampled_from(table.column_names)
    cells = data.draw(st.dictionaries(names, st.none() | odd | st.text(max_size=8), max_size=9))
    found = list(check_row(table, cells))
    assert {finding.column for finding in found} <= set(table.column_names)
    assert all(isinstance(finding.value, str) for finding in found)
