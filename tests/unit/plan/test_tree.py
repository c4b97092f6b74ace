"""Files are read with bounds, and rubbish is refused by name, whatever it is."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.files.checks import check_sources, read_load
from ckanext.gtplan.plan.files.tree import MAX_FILE_BYTES, SourceFile, check_size
from ckanext.gtplan.plan.problems import PlanError, Problem, ProblemKind

K = ProblemKind

LOAD = """\
load: test
publication: {owner: gae, license_id: cc-by, frequency: eventual, contact_name: A,
  contact_email: a@example.org}
organizations: [{id: gae, title: GAE}]
action_plans: [{id: p4, title: Plan, plan_number: 4, country: GTM, cycle_year: 2018}]
"""
COMMITMENT = """\
commitments:
  - id: c1
    title: Uno
    action_plan: p4
    start_date: 2018-11
    sources: [{document: D, place: P}]
"""


def find_problems(text: str | bytes) -> tuple[Problem, ...]:
    """List what is wrong with a file; nothing but a PlanError may say it."""
    data = text.encode() if isinstance(text, str) else text
    try:
        return check_sources([SourceFile(name="plan.yaml", data=data)], "plan").warnings
    except PlanError as error:
        return error.problems


def find_refusals(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(PlanError) as raised:
        read_load(path)
    return raised.value.problems


class TestFolder:
    def test_files_in_the_order_of_their_names(self, tmp_path: Path) -> None:
        (tmp_path / "b.yml").write_text(COMMITMENT, "utf-8")
        (tmp_path / "a.yaml").write_text(LOAD, "utf-8")
        (tmp_path / "notes.txt").write_text("[", "utf-8")
        checked = read_load(tmp_path)
        assert [c.id for c in checked.load.commitments] == ["c1"]
        assert checked.places["commitments/c1"].file == "b.yml"

    def test_name_is_the_id_of_a_load_that_says_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "honduras"
        folder.mkdir()
        (folder / "plan.yaml").write_text(LOAD.replace("load: test\n", ""), "utf-8")
        assert read_load(folder).load.id == "honduras"
        assert read_load(folder / "plan.yaml").load.id == "plan"
        monkeypatch.chdir(folder)
        assert read_load(Path()).load.id == "honduras"

    def test_name_that_is_no_id_asks_for_one(self, tmp_path: Path) -> None:
        file = tmp_path / "My plan.yaml"
        file.write_text(LOAD.replace("load: test\n", ""), "utf-8")
        (problem,) = find_refusals(file)
        assert (problem.kind, problem.value) == (K.MISSING_KEY, "load")

    def test_no_yaml(self, tmp_path: Path) -> None:
        (problem,) = find_refusals(tmp_path)
        assert (problem.kind, problem.place.file) == (K.EMPTY, str(tmp_path))

    @pytest.mark.parametrize("name", ["nowhere.yaml", "n" * 300, "a/b/c"])
    def test_no_file(self, tmp_path: Path, name: str) -> None:
        (problem,) = find_refusals(tmp_path / name)
        assert problem.kind is K.FILE_MISSING
        assert problem.place.file.endswith(name)
        assert problem.value

    def test_folder_named_like_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "plan.yaml").mkdir()
        (problem,) = find_refusals(tmp_path)
        assert (problem.kind, problem.place.file) == (K.FILE_MISSING, "plan.yaml")

    def test_50_mb_of_rubbish_are_not_read(self, tmp_path: Path) -> None:
        file = tmp_path / "rubbish.yaml"
        with file.open("wb") as rubbish:
            for _ in range(50):
                rubbish.write(os.urandom(2**20))
        tracemalloc.start()
        (problem,) = find_refusals(file)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (problem.kind, problem.value) == (K.FILE_TOO_LARGE, "50.0 MB")
        assert peak < 2**20

    def test_device_without_end(self) -> None:
        (problem,) = find_refusals(Path("/dev/zero"))
        assert problem.kind is K.FILE_TOO_LARGE

    def test_size_that_a_browser_sends(self) -> None:
        check_size(MAX_FILE_BYTES, "plan.yaml")
        with pytest.raises(PlanError):
            check_size(MAX_FILE_BYTES + 1, "plan.yaml")


class TestRubbish:
    """Whatever the bytes, the answer is a load or a PlanError."""

    @given(st.binary(max_size=300))
    def test_bytes(self, data: bytes) -> None:
        assert find_problems(data)

    @given(st.text(max_size=300))
    def test_characters(self, text: str) -> None:
        assert find_problems(text)

    @given(st.text(alphabet="ab:-?[]{},&*!|>'\"%@`#~ \n\t0\\U", max_size=120))
    def test_signs_of_yaml(self, text: str) -> None:
        assert find_problems(text)

    @given(st.data())
    def test_text_with_a_piece_changed(self, data: st.DataObject) -> None:
        text = LOAD + COMMITMENT
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 40)))
        signs = st.sampled_from(["c1", "\n", "  ", ": ", "[", "1"])
        piece = data.draw(st.text(max_size=10) | signs)
        for problem in find_problems(text[:start] + piece + text[end:]):
            assert problem.place.line >= 1

    @given(st.integers(0, len(LOAD + COMMITMENT)))
    def test_text_cut_anywhere(self, length: int) -> None:
        problems = find_problems((LOAD + COMMITMENT)[:length])
        assert all(problem.place.file == "plan.yaml" for problem in problems)

    def test_long_rubbish(self) -> None:
        assert find_problems(os.urandom(2**20))
        assert find_problems("x" * 2**20)
        assert find_problems("[" * 2**20)
