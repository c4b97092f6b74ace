"""What ``./portal test`` gives to which suite, and how the portal tests are halved."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack.suites import (
    HALVES,
    HEAD_START,
    SUITES,
    TESTS,
    choose_suites,
    has_paths,
    is_narrowed,
    list_files,
    name_file,
    read_seconds,
    share_files,
    sum_seconds,
)

PORTAL = TESTS / "portal"
ONE, OTHER = "tests/portal/test_feeds.py", "tests/portal/gate/test_gate_rules.py"


def list_chosen(arguments: list[str]) -> list[str]:
    """What the halves are given, together."""
    chosen = choose_suites(arguments)
    return [argument for half in HALVES for argument in chosen.get(half, ())]


class TestSuites:
    """Paths choose their suites; other arguments go to each."""

    def test_all_without_paths(self) -> None:
        chosen = choose_suites(["-k", "salud"])
        assert list(chosen) == list(SUITES)
        assert all(arguments[-2:] == ["-k", "salud"] for arguments in chosen.values())
        assert not has_paths(["-k", "salud"]) and is_narrowed(["-k", "salud"])
        assert choose_suites(["tests"]) == choose_suites([])
        assert not is_narrowed([])

    def test_path(self) -> None:
        name = "tests/unit/test_stack_suites.py"
        assert choose_suites([f"{name}::TestSuites", "-x"]) == {
            "unit": [f"{TESTS.parent / name}::TestSuites", "-x"]
        }
        assert has_paths([name]) and not is_narrowed([name])

    def test_a_file_of_the_portal_tests_runs_in_its_half_alone(self) -> None:
        chosen = choose_suites([f"{ONE}::test_x", "-k", "a"])
        assert list(chosen.values()) == [[f"{TESTS.parent / ONE}::test_x", "-k", "a"]]

    def test_a_folder_is_its_files(self) -> None:
        found = list_chosen(["tests/portal/gate"])
        assert sorted(found) == [str(file) for file in list_files(PORTAL / "gate")]

    def test_a_file_without_tests_is_pytests_to_judge(self) -> None:
        assert list_chosen(["tests/portal/reading.py"]) == [str(PORTAL / "reading.py")]


class TestHalves:
    """Every file is in one half, always the same, and both end together."""

    def test_each_file_once(self) -> None:
        found = list_chosen([])
        assert sorted(found) == [str(file) for file in list_files(PORTAL)]

    def test_a_file_stays_in_its_half_whatever_else_is_asked_for(self) -> None:
        whole = choose_suites([])
        for file in (ONE, OTHER):
            (half,) = choose_suites([file])
            assert str(TESTS.parent / file) in whole[half]

    def test_about_equal(self) -> None:
        seconds = read_seconds()
        loads = dict.fromkeys(HALVES, 0.0)
        for file, half in share_files(list_files(PORTAL), seconds).items():
            loads[half] += seconds.get(name_file(file), 0.0)
        first, second = loads.values()
        assert abs(first + HEAD_START - second) <= 0.1 * sum(loads.values())

    def test_a_file_that_was_never_measured_counts_as_the_others(self) -> None:
        files = [PORTAL / f"test_{letter}.py" for letter in "abcd"]
        halves = share_files(files, {"test_a.py": HEAD_START * 2, "test_b.py": HEAD_START})
        assert [halves[file] for file in files] == ["portal-2", "portal", "portal", "portal-2"]

    def test_only_files_that_are_there_were_measured(self) -> None:
        assert {*read_seconds()} <= {name_file(file) for file in list_files(PORTAL)}


class TestSeconds:
    """The seconds of a file are those of its tests, as pytest wrote them down."""

    def test_sum(self, tmp_path: Path) -> None:
        cases = [
            ("tests.portal.test_feeds", 1.5),
            ("tests.portal.test_feeds.TestFeeds", 2),
            ("tests.portal.gate.test_gate_rules.TestRules", 4),
        ]
        lines = [f'<testcase classname="{name}" time="{time}"/>' for name, time in cases]
        for number, part in enumerate((lines[:1], lines[1:])):
            text = f"<testsuites><testsuite>{''.join(part)}</testsuite></testsuites>"
            (tmp_path / f"{number}.xml").write_text(text, "utf-8")
        sums = sum_seconds(sorted(tmp_path.iterdir()))
        assert sums == pytest.approx({"test_feeds.py": 3.5, "gate/test_gate_rules.py": 4})
