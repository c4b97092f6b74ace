"""What a page brings along of ours: little, and nothing of another host."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

ASSETS = Path(__file__).parents[2] / "ckanext" / "gtplan" / "assets"
FILES = [path for path in ASSETS.rglob("*") if path.suffix in (".css", ".js", ".svg", ".png")]
#: What the portal promises, compressed, of all files together.
MOST = 60_000


def test_css_and_javascript_are_small() -> None:
    files = [path for path in FILES if path.suffix in (".css", ".js")]
    assert len(files) > 5
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < MOST


def test_nothing_is_asked_of_another_host() -> None:
    asked = re.compile(r"(?:url\(|@import|fetch\(|src\s*=)\s*[\"']?(?:https?:)?//")
    texts = {path.name: path.read_text("utf-8") for path in FILES if path.suffix != ".png"}
    assert not [name for name, text in texts.items() if asked.search(text)]
