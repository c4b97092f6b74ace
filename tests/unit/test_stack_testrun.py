"""How ``./portal test`` counts, and what other commands make of their words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stack.console import StackError
from stack.main import make_parser, split_arguments
from stack.portal import hide_password, prepare_state
from stack.stamps import Stamps
from stack.testrun import NO_TESTS, Tally, count_results, show_output

JUNIT = """<testsuites><testsuite tests="7" failures="1" errors="1" skipped="2"/></testsuites>"""


class TestCount:
    """Every outcome is in the total; a run that broke off is a failure."""

    def test_results(self, tmp_path: Path) -> None:
        file = tmp_path / "x.xml"
        file.write_text(JUNIT)
        assert str(count_results(file, 1, False)) == "3 passed, 2 failed, 2 skipped"

    def test_breaking_off(self, tmp_path: Path) -> None:
        assert count_results(tmp_path / "none.xml", 4, True) == Tally(failed=1)
        file = tmp_path / "x.xml"
        file.write_text('<testsuites><testsuite tests="3"/></testsuites>')
        assert count_results(file, 2, False) == Tally(passed=3, failed=1)

    def test_nothing_to_run(self, tmp_path: Path) -> None:
        file = tmp_path / "x.xml"
        file.write_text('<testsuites><testsuite tests="0"/></testsuites>')
        assert count_results(file, NO_TESTS, False) == Tally(failed=1)
        assert count_results(file, NO_TESTS, True) == Tally()


class TestOutput:
    """What a suite writes that runs beside others is shown whole when its turn comes."""

    def test_shown_until_the_end(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path, writer = tmp_path / "x.log", "import time; print('uno', flush=True); time.sleep(0.7)"
        with path.open("w") as output:
            command = [sys.executable, "-c", f"{writer}; print('dos'); raise SystemExit(3)"]
            process = subprocess.Popen(command, stdout=output)
            show_output(process, path)
        assert capsys.readouterr().out == "uno\ndos\n"
        assert process.returncode == 3


class TestCommandLine:
    """What belongs to another program's command line is left to it."""

    def test_rest(self) -> None:
        own, rest = split_arguments(["--state", "ckan", "ckan", "user", "list", "--help"])
        assert own == ["--state", "ckan", "ckan"] and rest == ["user", "list", "--help"]
        assert split_arguments(["logs", "ckan"]) == (["logs", "ckan"], [])

    def test_state_before_and_after_the_command(self) -> None:
        parser = make_parser()
        for words in (["--state", "x", "up"], ["up", "--state", "x"]):
            assert parser.parse_args(words).state == "x"
        assert not hasattr(parser.parse_args(["up"]), "state")


class TestState:
    """The state folder and its stamps."""

    def test_somebody_elses_folder_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "letter.txt").touch()
        with pytest.raises(StackError, match="not empty"):
            prepare_state(tmp_path)

    def test_own_folder_is_private(self, tmp_path: Path) -> None:
        prepare_state(tmp_path / "state")
        prepare_state(tmp_path / "state")
        assert (tmp_path / "state").stat().st_mode & 0o066 == 0

    def test_damaged_stamps_count_as_none(self, tmp_path: Path) -> None:
        stamps = Stamps(tmp_path)
        stamps.set("schema", "1")
        assert Stamps(tmp_path).get("schema") == "1"
        (tmp_path / "stamps.json").write_text("[")
        assert stamps.get("schema") == ""

    def test_password_is_hidden(self) -> None:
        assert hide_password("postgresql://u:p@db/x") == "postgresql://u@db/x"
        assert hide_password("redis://:p@db:6379/0") == "redis://@db:6379/0"
        assert hide_password("http://solr/solr/ckan") == "http://solr/solr/ckan"
