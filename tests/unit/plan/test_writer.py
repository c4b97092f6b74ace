"""What is written is read back as the same load, and people can read it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from plan_loads import HOSTILE, loads, texts

import ckanext.gtplan
from ckanext.gtplan.plan.files import writer
from ckanext.gtplan.plan.files.checks import read_load
from ckanext.gtplan.plan.files.reader import read_sources
from ckanext.gtplan.plan.files.scalars import write_text
from ckanext.gtplan.plan.files.tree import SourceFile
from ckanext.gtplan.plan.files.writer import write_folder, write_load
from ckanext.gtplan.plan.model import Load

EXAMPLE = Path(str(ckanext.gtplan.__file__)).parent / "examples" / "guatemala"
_slow = settings(suppress_health_check=list(HealthCheck), max_examples=25)


def read(files: dict[str, str]) -> Load:
    """Read files as a load, without asking whether its references lead anywhere."""
    reading = read_sources(
        SourceFile(name=name, data=files[name].encode()) for name in sorted(files)
    )
    assert not reading.problems, reading.problems[0]
    sections: dict[str, Any] = {n: tuple(r.values()) for n, r in reading.records.items()}
    return Load(**reading.values, **sections)


@_slow
@given(loads())
def test_what_is_written_is_read_back(load: Load) -> None:
    assert read({"one.yaml": write_load(load)}) == load
    assert read(write_folder(load)) == load


@settings(max_examples=200)
@given(texts)
def test_other_readers_of_yaml_find_the_same_text(text: str) -> None:
    written = f"- key:\n    other: {write_text(text, 6, 11)}\n    end: true\n"
    assert yaml.safe_load(written) == [{"key": {"other": text, "end": True}}]
    # a line breaks at single spaces; an escape may make a word six times as long
    words = re.split(r"(?<=\S) (?=\S)|\n", text)
    if text.replace("\n", " ").isprintable() and max(map(len, words)) < 40:
        assert max(map(len, written.splitlines())) <= 100


@pytest.mark.parametrize("text", [text.strip() for text in HOSTILE])
def test_a_text_is_one_in_any_depth(text: str) -> None:
    for indent in (2, 40, 90):
        margin = " " * (indent - 2)
        written = f"{margin}a: {write_text(text, indent, indent + 1)}\n"
        assert yaml.safe_load(written) == {"a": text}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Plan de acción", "Plan de acción"),
        ("¿Qué es?", "¿Qué es?"),
        ("4.º plan", "4.º plan"),
        ("Página 3, «nota»", "Página 3, «nota»"),
        ("it's", "it's"),
        ("01", "'01'"),
        ("no", "'no'"),
        ("16.5", "'16.5'"),
        ("2018-11-30", "'2018-11-30'"),
        ("a: b", "'a: b'"),
        ("- it's", "'- it''s'"),
        ("uno\ndos", "|-\n  uno\n  dos"),
        ("palabra " * 13 + "fin", ">-\n  " + "palabra " * 11 + "palabra\n  palabra fin"),
        ("a\tb\x85", '"a\\tb\\x85"'),
    ],
)  # fmt: skip
def test_texts_are_quoted_only_where_they_must_be(text: str, written: str) -> None:
    assert write_text(text, 2, 5) == written


def test_the_example_comes_back() -> None:
    load = read_load(EXAMPLE).load
    written = write_load(load)
    assert read({"one.yaml": written}) == load
    assert max(len(line) for line in written.splitlines()) <= 100
    # what the reader assumes anyway is not said
    assert "null" not in written
    assert "is_summary: false" not in written


def test_lists_of_words_stand_in_a_line() -> None:
    written = write_load(read_load(EXAMPLE).load)
    assert "responsibles: [inap, gpat]\n" in written
    assert "sdg_targets: ['16.5']\n" in written
    assert "      - Plan de desarrollo K'atun 2032\n" in written


def test_a_folder_has_a_file_for_each_section(monkeypatch: pytest.MonkeyPatch) -> None:
    load = read_load(EXAMPLE).load
    files = write_folder(load, head="# Plan\n")
    assert list(files)[:3] == ["load.yaml", "organizations.yaml", "action-plans.yaml"]
    assert all(text.startswith("# Plan\n") for text in files.values())
    monkeypatch.setattr(writer, "MAX_BYTES", 4000)
    small = write_folder(load)
    assert {"commitments-01.yaml", "commitments-10.yaml"} <= small.keys()
    assert read(small) == load


def test_a_load_without_records_is_its_header() -> None:
    load = read_load(EXAMPLE).load
    bare = Load(id=load.id, publication=dataclasses.replace(load.publication, note=None))
    assert list(write_folder(bare)) == ["load.yaml"]
    assert write_load(bare).splitlines()[:3] == ["load: example", "publication:", "  owner: gae"]
