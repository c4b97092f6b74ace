"""Rows that grow, as a plan file states them: judged as by form and upload, with their lines."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.gtplan.plan.files.checks import check_sources
from ckanext.gtplan.plan.files.tree import SourceFile
from ckanext.gtplan.plan.living_rules import FindingKind
from ckanext.gtplan.plan.problems import PlanError, Problem, ProblemKind

F, K = FindingKind, ProblemKind

HEAD = """\
load: test
publication: {owner: gae, license_id: cc-by, frequency: eventual, contact_name: A,
  contact_email: a@example.org}
organizations: [{id: gae, title: GAE}]
"""
#: The first service stands on line 10.
INVENTORY = """\
service_inventories:
  - id: s1
    title: Inventory
    reference_year: 2019
    services:
      - service_id: one
        name: A
"""
#: Standards, criteria and scores are on the lines 9 to 13.
REGISTER = """\
registers:
  - id: g1
    title: Matrix
    register_kind: standards
    standards: [{standard_id: a, name: A, standard_status: collected}]
    criteria: [{criterion_id: x, name: X, weight: 0.25, max_score: 4}]
    scores:
      - {standard_id: a, criterion_id: x, score: 3.5, reason: Good}
"""


def find(text: str) -> list[Problem]:
    try:
        check_sources([SourceFile(name="p.yaml", data=f"{HEAD}{text}".encode())], "p")
    except PlanError as error:
        return list(error.problems)
    return []


def test_rows_that_say_little_are_fine() -> None:
    assert find(INVENTORY) == []
    assert find(REGISTER) == []


@pytest.mark.parametrize(
    ("line", "kind", "column", "value", "expected"),
    [
        ("service_id: 'a,b'", F.BAD_FORM, "service_id", "a,b", None),
        ("cost_amount: 5", F.CURRENCY_NEEDED, "cost_currency", "5", None),
        ("is_free: true, cost_amount: 5, cost_currency: GTQ", F.FREE_WITH_COST, "cost_amount",
         "5", "is_free"),
        ("volume_online: 3, volume_total: 2", F.MORE_THAN, "volume_online", "3", "volume_total"),
        ("satisfaction: 101", F.TOO_LARGE, "satisfaction", "101", "100"),
        ("processing_time: 5 days", F.BAD_FORM, "processing_time", "5 days", None),
        ("online_url: example.org", F.BAD_LINK, "online_url", "example.org", None),
        ("channels: [pigeon]", K.UNKNOWN_CODE, "channels[1]", "pigeon", None),
        ("competent_authority: [no-one]", K.UNKNOWN_REFERENCE, "competent_authority[1]", "no-one",
         "organization"),
        ("online_percent: 50", K.UNKNOWN_KEY, "", "online_percent", None),
        ("steps: ['a|b']", K.BROKEN_ITEM, "steps", "a|b", None),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_service(
    line: str, kind: Any, column: str, value: str, expected: str | None
) -> None:
    own = "" if line.startswith("service_id") else "service_id: two, "
    problem = find(f"{INVENTORY}      - {{name: B, {own}{line}}}\n")[-1]
    where = "service_inventories/s1.services[2]" + (f".{column}" if column else "")
    assert (problem.kind, problem.path, problem.value) == (kind, where, value)
    assert (problem.place.file, problem.place.line) == ("p.yaml", 12)
    assert expected is None or problem.expected == expected


def test_a_key_that_stands_twice_names_the_first() -> None:
    (problem,) = find(f"{INVENTORY}      - {{service_id: one, name: B}}\n")
    assert (problem.kind, problem.value, problem.place.line) == (K.DUPLICATE, "one", 12)
    assert "services[1].service_id (p.yaml:10)" in problem.expected


def test_observations_are_told_apart_by_period_and_disaggregation() -> None:
    head = (
        "regional_plans: [{id: r1, title: R, plan_year: 2019}]\n"
        "indicators:\n  - id: i1\n    title: A\n    regional_plan: r1\n    observations:\n"
    )
    rows = "      - {ref_period: 2019-S1, obs_value: 1}\n"
    by_sex = "      - {ref_period: 2019-S1, disaggregation: [sex=F], obs_value: 0.123456789}\n"
    assert find(head + rows + by_sex) == []
    (twice,) = find(head + rows + rows)
    assert (twice.kind, twice.value) == (K.DUPLICATE, "2019-S1")
    (nothing,) = find(head + "      - {ref_period: 2019-S1}\n")
    assert (nothing.kind, nothing.path) == (
        F.VALUE_NEEDED, "indicators/i1.observations[1].obs_value"
    )  # fmt: skip
    (period,) = find(head + "      - {ref_period: S1/2019, obs_value: 1}\n")
    assert (period.kind, period.value) == (F.BAD_PERIOD, "S1/2019")


@pytest.mark.parametrize(
    ("old", "new", "kind", "column", "value", "expected"),
    [
        ("{standard_id: a, criterion_id", "{standard_id: b, criterion_id", K.UNKNOWN_REFERENCE,
         "standard_id", "b", "standards"),
        ("criterion_id: x, score", "criterion_id: y, score", K.UNKNOWN_REFERENCE, "criterion_id",
         "y", "criteria"),
        ("score: 3.5", "score: 4.5", F.TOO_LARGE, "score", "4.5", "4"),
        ("score: 3.5", "score: -1", F.TOO_SMALL, "score", "-1", "0"),
    ],
)  # fmt: skip
def test_scores_agree_with_standards_and_criteria(
    old: str, new: str, kind: Any, column: str, value: str, expected: str
) -> None:
    assert REGISTER.count(old) == 1
    (problem,) = find(REGISTER.replace(old, new))
    assert (problem.kind, problem.path) == (kind, f"registers/g1.scores[1].{column}")
    assert (problem.value, problem.expected, problem.place.line) == (value, expected, 12)


def test_rows_of_another_kind_of_register() -> None:
    (problem,) = find(REGISTER.replace("register_kind: standards", "register_kind: meetings")
                      .partition("    criteria")[0])  # fmt: skip
    assert (problem.kind, problem.path) == (K.OTHER_TABLE, "registers/g1.standards")
    assert problem.expected == "meetings, attendance"
