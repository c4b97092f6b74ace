"""The documented format is the one that the reader takes."""

from __future__ import annotations

from pathlib import Path

from ckanext.gtplan.plan.files.reference import write_reference

ROOT = Path(__file__).parents[3]


def test_the_page_is_made_of_the_entities() -> None:
    assert (ROOT / "docs" / "plan-format.md").read_text("utf-8") == write_reference()
