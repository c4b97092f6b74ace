"""The tour: the docs show each of its pages once, in small pictures that are there."""

from __future__ import annotations

import re

from stack.camera import MOST_BYTES, ON_TELEPHONE
from stack.settings import ROOT
from stack.tour import STOPS

DOCS = ROOT / "docs"


def test_the_docs_show_each_stop_of_the_tour_and_nothing_else() -> None:
    shown = re.findall(r"\]\(images/([a-z-]+)\.jpg\)", (DOCS / "pages.md").read_text("utf-8"))
    expected = {stop.name for stop in STOPS} | {f"{name}-telephone" for name in ON_TELEPHONE}
    assert sorted(shown) == sorted(expected)
    assert {path.stem for path in (DOCS / "images").glob("*.jpg")} == expected


def test_the_pictures_are_small() -> None:
    for path in (DOCS / "images").iterdir():
        assert path.suffix == ".jpg" and path.stat().st_size <= MOST_BYTES, path.name
