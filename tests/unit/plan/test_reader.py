"""A file becomes records, or problems that name file and line; nothing else comes out."""

from __future__ import annotations

from pathlib import Path

import pytest
from plan_texts import COMMITMENT, HEAD, MILESTONE, check, find_one, find_problems

import ckanext.gtplan
from ckanext.gtplan.plan.problems import WARNINGS, PlanError, ProblemKind

K = ProblemKind
EXAMPLE = Path(str(ckanext.gtplan.__file__)).parent / "examples" / "guatemala"

#: Files that are no load at all, or whose frame is wrong: kind, line, content.
FILES: list[tuple[ProblemKind, int, str | bytes]] = [
    (K.NOT_TEXT, 7, HEAD.encode() + b"commitments: \xff\n"),
    (K.NOT_TEXT, 1, HEAD.encode("utf-16")),
    (K.NOT_TEXT, 1, b"\x89PNG\r\n\x1a\n\x00\x00"),
    (K.NOT_YAML, 7, HEAD + "commitments: a\x00b\n"),
    (K.NOT_YAML, 10, HEAD + "commitments:\n  - id: c1\n    title: 'cut here\n"),
    (K.NOT_YAML, 9, HEAD + "commitments:\n  - {id: c1, title: [\n"),
    (K.NOT_YAML, 9, HEAD + "commitments:\n  - id: c1\n    titl"),
    (K.NOT_YAML, 8, HEAD + "commitments:\n\t- id: c1\n"),
    (K.NOT_YAML, 7, HEAD + "commitments: one: two\n"),
    (K.NOT_YAML, 7, HEAD + "---\n" + HEAD),
    (K.NOT_YAML, 7, HEAD + 'commitments: "\\U00110000"\n'),
    (K.NOT_YAML, 7, HEAD + 'commitments: "\\UFFFFFFFF"\n'),
    (K.NOT_YAML, 1, "%YAML 1." + "1" * 5000 + "\n---\n" + HEAD),
    (K.ALIAS, 7, HEAD + "commitments: &all []\n"),
    (K.ALIAS, 7, HEAD + "commitments: *all\n"),
    (K.ALIAS, 7, HEAD + "commitments: &loop [*loop]\n"),
    (K.ALIAS, 1, "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: &d [*c, *c]\n"),
    (K.TOO_DEEP, 7, HEAD + "commitments: " + "[" * 1_000),
    (K.TOO_DEEP, 7, HEAD + "commitments: " + "{a: " * 500),
    (K.TOO_DEEP, 1, "- " * 500),
    (K.TOO_DEEP, 21, "".join(f"{' ' * depth}a:\n" for depth in range(50))),
    (K.EMPTY, 1, ""),
    (K.EMPTY, 1, "\ufeff"),
    (K.EMPTY, 1, "\n\n# only a remark\n"),
    (K.NOT_A_MAPPING, 1, "- a\n- b\n"),
    (K.NOT_A_MAPPING, 1, "just words"),
    (K.EMPTY, 1, "---\n"),
    (K.NOT_A_MAPPING, 8, HEAD + "commitments:\n  - c1\n"),
    (K.NOT_A_MAPPING, 2, "load: test\npublication: none\n"),
    (K.NOT_A_LIST, 7, HEAD + "commitments: c1\n"),
    (K.NOT_A_LIST, 8, HEAD + "commitments:\n  id: c1\n"),
    (K.NOT_A_VALUE, 7, HEAD + "? [a]\n: b\n"),
    (K.NOT_A_VALUE, 1, HEAD.replace("load: test", "load:")),
    (K.UNKNOWN_KEY, 7, HEAD + "comitments: []\n"),
    (K.UNKNOWN_KEY, 7, HEAD + "id: test\n"),
    (K.UNKNOWN_KEY, 7, HEAD + "<<: {commitments: []}\n"),
    (K.REPEATED_KEY, 7, HEAD + "load: again\n"),
    (K.REPEATED_KEY, 13, HEAD + COMMITMENT + "commitments: []\n"),
    (K.MISSING_KEY, 1, "load: test\n"),
    (K.MISSING_KEY, 8, HEAD + "commitments:\n  - id: c1\n    action_plan: p4\n"),
    (K.BAD_ID, 1, HEAD.replace("load: test", "load: ../etc")),
    (K.BAD_ID, 8, HEAD + "commitments:\n  - {id: Uno, action_plan: p4, title: A}\n"),
    (K.BAD_ID, 8, HEAD + "commitments:\n  - {id: search, action_plan: p4, title: A}\n"),
    (K.BAD_ID, 8, HEAD + f"commitments:\n  - {{id: {'c' * 101}, action_plan: p4, title: A}}\n"),
    (K.DUPLICATE, 13, HEAD + COMMITMENT + "  - {id: c1, title: Dos, action_plan: p4}\n"),
    (
        K.BAD_MOMENT,
        19,
        HEAD
        + COMMITMENT
        + MILESTONE
        + "reports:\n  - {id: one, milestone: m1, as_of: 2019-03-31, recorded: ayer, note: A}\n",
    ),
    (K.OUTSIDE_PARENT, 14, HEAD + COMMITMENT + MILESTONE + "    planned_end: 2030-01\n"),
]
#: Indicators and rows that grow, on line 8: kind, the section, the record.
RECORDS = [
    (K.NO_PARENT, "indicators", "{id: i1, title: A}"),
    (K.SECOND_PARENT, "indicators", "{id: i1, title: A, regional_plan: r1, commitment: c9}"),
    (K.BAD_QUANTITY, "indicators", "{id: i1, title: A, regional_plan: r1, target_value: 1e3}"),
    (
        K.COMPUTED,
        "indicators",
        "{id: i1, title: A, regional_plan: r1, computation: progress_percent, computed_from: p4,"
        " observations: [{ref_period: 2019, obs_value: 5}]}",
    ),
    (
        K.OTHER_SOURCE,
        "indicators",
        "{id: i1, title: A, regional_plan: r1, computation: norms_applied, computed_from: p4}",
    ),
    (
        K.OTHER_TABLE,
        "registers",
        "{id: g1, title: A, register_kind: norms, concepts: [{concept_id: a, name: A}]}",
    ),
    (
        K.BROKEN_ITEM,
        "service_inventories",
        "{id: s1, title: A, reference_year: 2019, services: [{service_id: a, name: A, steps:"
        " [a|b]}]}",
    ),
]
#: Kinds that no text has: see test_tree.py, test_portal_refuses, and test_loading_rows.py.
NOT_IN_A_TEXT = {
    *(K.FILE_MISSING, K.FILE_TOO_LARGE, K.REFUSED, K.SECOND_INVENTORY),
    *(K.NOT_ZIP, K.LOCKED_FILE, K.NO_PLAN_FILE, K.TOO_MANY_FILES),
}
#: Fields of the commitment: kind, the text, what is shown as wrong.
COMMITMENT_FIELDS = [
    (K.NOT_A_VALUE, "objective: [a, b]", ""),
    (K.NOT_A_VALUE, "sdg_targets: ['16.5', '']", ""),
    (K.NOT_A_VALUE, "sdg_targets: [~]", "~"),
    (K.NOT_A_LIST, "sdg_targets: 16.5", "16.5"),
    (K.NOT_A_MAPPING, "sources: [OGP]", "OGP"),
    (K.UNKNOWN_KEY, "colour: red", "colour"),
    (K.UNKNOWN_KEY, "sources: [{document: D, page: 3}]", "page"),
    (K.REPEATED_KEY, "title: Dos", "title"),
    (K.REPEATED_KEY, "legal_basis: [{title: T, number: , number: 57-2008}]", "number"),
    (K.MISSING_KEY, "sources: [{place: p. 1}]", "document"),
    (K.MISSING_KEY, "sources: [{document: ''}]", "document"),
    (K.MISSING_KEY, "sources: [{document: '  '}]", "document"),
    (K.MISSING_KEY, "sources: [{document: null}]", "document"),
    (K.BAD_NUMBER, "commitment_number: 1.0", "1.0"),
    (K.BAD_NUMBER, "commitment_number: 0x0b", "0x0b"),
    (K.BAD_NUMBER, "commitment_number: 1_1", "1_1"),
    (K.BAD_NUMBER, "commitment_number: ١١", "١١"),
    (K.BAD_NUMBER, "commitment_number: 12345678901", "12345678901"),
    (K.BAD_BOOLEAN, "is_summary: yes", "yes"),
    (K.BAD_BOOLEAN, "is_summary: True", "True"),
    (K.CONTROL_CHARACTER, 'objective: "a\\0b"', "U+0000"),
    (K.CONTROL_CHARACTER, 'objective: "\\e[31m"', "U+001B"),
    (K.CONTROL_CHARACTER, 'objective: "\\ud83d\\ude00"', "U+D83D"),
    (K.CONTROL_CHARACTER, 'lead_institution: "gae\\x7f"', "U+007F"),
    (K.UNKNOWN_CODE, "status: finished", "finished"),
    (K.UNKNOWN_CODE, "policy_areas: [health, magic]", "magic"),
    (K.UNKNOWN_REFERENCE, "lead_institution: nobody", "nobody"),
    (K.UNKNOWN_REFERENCE, "lead_institution: gae.title", "gae.title"),
    (K.UNKNOWN_REFERENCE, "lead_institution: c1", "c1"),
    (K.UNKNOWN_REFERENCE, "co_lead_institutions: [gae, nobody]", "nobody"),
    (K.UNKNOWN_REFERENCE, "contacts: [{post: Director, organization: nobody}]", "nobody"),
    (K.BAD_LINK, "ogp_url: opengovpartnership.org", "opengovpartnership.org"),
    (K.BAD_LINK, "irm_report: 'https://example.org/an informe'", "https://example.org/an informe"),
    (K.BAD_LINK, "sources: [{document: D, url: 'javascript:alert(1)'}]", "javascript:alert(1)"),
    (K.BAD_LINK, "legal_basis: [{title: T, url: 'https://'}]", "https://"),
    (K.NEGATIVE, "weight: -1", "-1"),
]
#: Fields of the milestone, likewise.
MILESTONE_FIELDS = [
    (K.BAD_DATE, "planned_end: 2020-02-31", "2020-02-31"),
    (K.BAD_DATE, "planned_end: 31.2.2020", "31.2.2020"),
    (K.BAD_DATE, "planned_end: Abril 2019", "Abril 2019"),
    (K.BAD_DATE, "phases: [{text: A, start: 2019-13}]", "2019-13"),
    (K.BAD_AMOUNT, "budget_total: Q.570,075.00", "Q.570,075.00"),
    (K.BAD_AMOUNT, "budget_total: 5.7e5", "5.7e5"),
    (K.BAD_AMOUNT, "budget_total: .nan", ".nan"),
    (K.NEGATIVE, "activities: [{activity_no: 1, name: A, weight: -0.5}]", "-0.5"),
    (K.BAD_CURRENCY, "budget_currency: Q.", "Q."),
    (K.NO_CURRENCY, "activities: [{activity_no: 1, name: A, planned_cost: 5}]", "5"),
    (K.CYCLE, "activities: [{activity_no: 1, name: A, predecessors: [1]}]", "1 → 1"),
    (K.END_BEFORE_START, "phases: [{text: A, start: 2019-03, end: 2019-02}]", "2019-02"),
    (
        K.BUDGET_DIFFERS,
        "budget_lines: [{line_no: 1, description: D, quantity: 2, unit_cost: 5, periods: 1,"
        " amount: 11, currency: GTQ}]",
        "11",
    ),
]


class TestProblems:
    @pytest.mark.parametrize("kind, line, text", FILES, ids=[row[0].value for row in FILES])
    def test_file(self, kind: ProblemKind, line: int, text: str | bytes) -> None:
        problem = find_one(text)
        assert (problem.kind, problem.place.line) == (kind, line)
        assert problem.place.file == "plan.yaml"

    @pytest.mark.parametrize("kind, text, value", COMMITMENT_FIELDS)
    def test_field_of_a_commitment(self, kind: ProblemKind, text: str, value: str) -> None:
        problem = find_one(f"{HEAD}{COMMITMENT}    {text}\n")
        assert (problem.kind, problem.value, problem.place.line) == (kind, value, 13)
        assert problem.path.startswith("commitments/c1")

    @pytest.mark.parametrize("kind, text, value", MILESTONE_FIELDS)
    def test_field_of_a_milestone(self, kind: ProblemKind, text: str, value: str) -> None:
        problem = find_one(f"{HEAD}{COMMITMENT}{MILESTONE}    {text}\n")
        assert (problem.kind, problem.value, problem.place.line) == (kind, value, 18)
        assert problem.path.startswith("milestones/m1.")

    @pytest.mark.parametrize("kind, section, record", RECORDS, ids=[r[0].value for r in RECORDS])
    def test_indicators_and_rows(self, kind: ProblemKind, section: str, record: str) -> None:
        problem = find_problems(f"{HEAD}{section}:\n  - {record}\n")[-1]
        assert (problem.kind, problem.place.line) == (kind, 8)
        assert problem.path.startswith(f"{section}/")

    def test_every_kind_is_tried(self) -> None:
        tables = FILES, COMMITMENT_FIELDS, MILESTONE_FIELDS, RECORDS
        tried = {row[0] for table in tables for row in table}
        assert tried | NOT_IN_A_TEXT == set(ProblemKind)
        assert not tried & NOT_IN_A_TEXT

    def test_portal_refuses(self) -> None:
        checked = check(HEAD + COMMITMENT)
        problem = checked.refuse("commitments/c1", "start_date", "2018-11", "too early")
        assert (problem.kind, problem.place.line) == (K.REFUSED, 11)
        assert problem.path == "commitments/c1.start_date"
        whole = checked.refuse("commitments/c1", "", "", "no room")
        unsaid = checked.refuse("commitments/c1", "objective", "", "missing")
        assert whole.place.line == unsaid.place.line == 8

    def test_only_warnings_let_a_load_through(self) -> None:
        for table in (COMMITMENT_FIELDS, MILESTONE_FIELDS):
            for kind, text, _ in table:
                whole = f"{HEAD}{COMMITMENT}{MILESTONE if table is MILESTONE_FIELDS else ''}"
                if kind in WARNINGS:
                    assert check(f"{whole}    {text}\n").warnings
                else:
                    with pytest.raises(PlanError):
                        check(f"{whole}    {text}\n")

    def test_several_at_once_in_the_order_of_the_file(self) -> None:
        text = (
            HEAD
            + "commitments:\n"
            + "  - {id: c1, title: Uno, action_plan: p9, start_date: 31.2.2020}\n"
            + "  - {id: c2, action_plan: p4, colour: red}\n"
            + "  - {id: C 3, title: Tres, action_plan: p4, status: done}\n"
            + "indicators: [{id: i1, title: A, milestone: m9}]\n"
        )
        assert [(p.place.line, p.kind) for p in find_problems(text)] == [
            (8, K.BAD_DATE),
            (8, K.UNKNOWN_REFERENCE),
            (9, K.UNKNOWN_KEY),
            (9, K.MISSING_KEY),
            (10, K.BAD_ID),
            (10, K.UNKNOWN_CODE),
            (11, K.UNKNOWN_REFERENCE),
        ]

    def test_record_that_is_broken_is_there_all_the_same(self) -> None:
        text = HEAD + COMMITMENT + "    objective: [a]\n" + MILESTONE
        assert find_one(text).kind is K.NOT_A_VALUE

    def test_file_that_is_broken_hides_no_problem_of_another(self) -> None:
        problems = find_problems({"a.yaml": "x: [", "b.yaml": HEAD + "commitments: c1\n"})
        assert [(p.place.file, p.place.line, p.kind) for p in problems] == [
            ("a.yaml", 1, K.NOT_YAML),
            ("b.yaml", 7, K.NOT_A_LIST),
        ]

    def test_what_is_shown_of_a_text_is_printable(self) -> None:
        problem = find_one(HEAD + COMMITMENT + '    "colour\\e[31m\\ud800": red\n')
        assert problem.kind is K.UNKNOWN_KEY
        assert problem.value.encode()
        assert "\x1b" not in problem.value

    def test_unknown_organisation_names_record_and_field(self) -> None:
        problem = find_one(HEAD + COMMITMENT + "    lead_institution: gaee\n")
        assert problem.path == "commitments/c1.lead_institution"
        assert problem.expected == "organization"

    def test_unknown_code_tells_the_codes(self) -> None:
        problem = find_one(HEAD + COMMITMENT + "    status: finished\n")
        assert problem.expected == "active, inactive, withdrawn"

    @pytest.mark.parametrize("text, reason", [("2020-02-31", "calendar"), ("31.2.2020", "form")])
    def test_date_that_cannot_be_tells_why(self, text: str, reason: str) -> None:
        problem = find_one(f"{HEAD}{COMMITMENT}{MILESTONE}    planned_end: {text}\n")
        assert problem.expected == reason

    def test_error_of_a_load_is_told_in_a_line(self) -> None:
        with pytest.raises(PlanError, match="bad_date in plan.yaml:18"):
            check(f"{HEAD}{COMMITMENT}{MILESTONE}    planned_end: 31.2.2020\n")
