"""Texts in a drawing: escaped, without what XML has no place for, and no longer than fits."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

#: What XML has no place for.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(text: str) -> str:
    """Write a text as the content of an element."""
    return escape(_UNWRITABLE.sub("", text))


def cut(text: str, most: int) -> str:
    """Cut a text that is longer than so many letters, with a sign that it is."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
