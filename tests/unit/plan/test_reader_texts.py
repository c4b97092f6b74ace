"""What a plan file says is what its records hold, in one file or several, each at its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from plan_texts import COMMITMENT, HEAD, MILESTONE, check, find_one, find_problems

import ckanext.gtplan
from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.files.checks import read_load
from ckanext.gtplan.plan.problems import ProblemKind
from ckanext.gtplan.plan.records import iterate_load

K = ProblemKind
EXAMPLE = Path(str(ckanext.gtplan.__file__)).parent / "examples" / "guatemala"


class TestTexts:
    """What YAML would guess stays what the file says."""

    def test_nothing_is_guessed(self) -> None:
        text = f"""{HEAD}{COMMITMENT}{MILESTONE}\
    planned_start: 2018-11-30
    planned_end: 2019
    activities:
      - {{activity_no: 01, name: no, letter: N, notes: 2018-11-30, date_verbatim: 1_000}}
      - {{activity_no: 1, name: 'null', letter: ~, notes: 1e3, date_verbatim: 'ene-20'}}
"""
        (milestone,) = check(text).load.milestones
        one, other = milestone.activities
        assert (one.activity_no, one.name, one.notes) == ("01", "no", "2018-11-30")
        assert (one.letter, one.date_verbatim) == ("N", "1_000")
        assert (other.activity_no, other.name, other.letter) == ("1", "null", None)
        assert (other.notes, other.date_verbatim) == ("1e3", "ene-20")
        assert milestone.planned_start == PartialDate(year=2018, month=11, day=30)
        assert milestone.planned_end == PartialDate(year=2019)

    @pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL", "''", "'  '"])
    def test_nothing_is_nothing(self, text: str) -> None:
        (commitment,) = check(f"{HEAD}{COMMITMENT}    objective: {text}\n").load.commitments
        assert commitment.objective is None

    def test_empty_list_is_no_row(self) -> None:
        (commitment,) = check(f"{HEAD}{COMMITMENT}    sdg_targets:\n").load.commitments
        assert commitment.sdg_targets == ()

    @pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!binary", "!!timestamp"])
    def test_tags_do_nothing(self, tag: str) -> None:
        (commitment,) = check(f"{HEAD}{COMMITMENT}    objective: {tag} 'id'\n").load.commitments
        assert commitment.objective == "id"

    @pytest.mark.parametrize("change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")])
    def test_byte_order_mark_and_line_ends_of_windows(self, change: Callable[[str], str]) -> None:
        text = f"{HEAD}{COMMITMENT}    objective: >-\n      Uno\n      dos\n"
        changed = change(text)
        assert check(changed).load == check(text).load
        assert find_one(changed + "    colour: red\n").place.line == 16

    def test_space_around_an_id_is_no_part_of_it(self) -> None:
        checked = check(HEAD + "commitments: [{id: ' c1 ', title: A, action_plan: ' p4 '}]\n")
        (commitment,) = checked.load.commitments
        assert (commitment.id, commitment.action_plan) == ("c1", "p4")
        assert checked.places["commitments/c1"].line == 7

    def test_scripts_and_signs_are_kept(self) -> None:
        text = "“K´atun 2032” – año, ção, 中文, עברית, 🙂\u00a0‰"
        (commitment,) = check(f"{HEAD}{COMMITMENT}    objective: {text}\n").load.commitments
        assert commitment.objective == text


class TestSeveralFiles:
    def test_lists_are_joined(self) -> None:
        files = {"a.yaml": HEAD + COMMITMENT, "b.yaml": COMMITMENT.replace("c1", "c2")}
        assert [c.id for c in check(files).load.commitments] == ["c1", "c2"]

    def test_duplicate_names_the_first_place(self) -> None:
        problem = find_one({"a.yaml": HEAD + COMMITMENT, "b.yaml": COMMITMENT})
        assert (problem.kind, problem.place.file, problem.place.line) == (K.DUPLICATE, "b.yaml", 2)
        assert (problem.value, problem.expected) == ("c1", "commitments/c1 (a.yaml:8)")

    def test_what_stands_once_may_not_stand_in_two(self) -> None:
        problem = find_one({"a.yaml": HEAD, "b.yaml": "load: other\n"})
        assert (problem.kind, problem.place.file) == (K.REPEATED_KEY, "b.yaml")

    def test_entries_without_an_id_are_counted_through(self) -> None:
        entry = "modifications:\n  - {{seq: {}, target: p4, change_type: added, summary: A}}\n"
        files = {"a.yaml": HEAD + entry.format(1), "b.yaml": entry.format(1)}
        problem = find_one(files)
        assert (problem.kind, problem.place.file, problem.place.line) == (K.DUPLICATE, "b.yaml", 2)
        assert problem.path == "modifications[2].seq"
        assert problem.expected == "modifications[1].seq (a.yaml:8)"

    def test_entry_that_is_broken_counts(self) -> None:
        text = f"""{HEAD}modifications:
  - {{seq: one, target: p4, change_type: added, summary: A}}
  - {{seq: 2, target: p4, change_type: added, summary: B}}
  - {{seq: 2, target: p4, change_type: added, summary: C}}
"""
        bad, twice = find_problems(text)
        assert (bad.kind, bad.path) == (K.BAD_NUMBER, "modifications[1].seq")
        assert (twice.kind, twice.path, twice.place.line) == (
            K.DUPLICATE,
            "modifications[3].seq",
            10,
        )


class TestPlaces:
    def test_every_record_and_field_has_the_place_where_it_stands(self) -> None:
        checked = read_load(EXAMPLE)
        lines = {f.name: f.read_text("utf-8").splitlines() for f in EXAMPLE.glob("*.yaml")}
        paths = 0
        for start, record in iterate_load(checked.load):
            assert start in checked.places
            for path, name in _walk_paths(start, record):
                place = checked.places[path]
                # a list and a folded text begin on the line after their field's name
                here = lines[place.file][max(place.line - 2, 0) : place.line]
                assert name is None or any(name in line for line in here), path
                paths += 1
        for number in range(1, len(checked.load.modifications) + 1):
            assert f"modifications[{number}].seq" in checked.places
        assert paths > 3000

    def test_publication_and_load(self) -> None:
        places = check(HEAD).places
        assert places["id"].line == 1
        assert places["publication.contact_email"].line == 3


def _walk_paths(path: str, entity: Any) -> Iterator[tuple[str, str | None]]:
    """Go through what an entity says: path, and the field's name where it stands by it."""
    for f in dataclasses.fields(entity):
        value = getattr(entity, f.name)
        if value == f.default:
            continue
        yield f"{path}.{f.name}", f.name
        for number, row in enumerate(value if isinstance(value, tuple) else (), start=1):
            here = f"{path}.{f.name}[{number}]"
            yield here, None
            if dataclasses.is_dataclass(row):
                yield from _walk_paths(here, row)
