"""What CKAN's forms send, put in order before ckanext-scheming reads it."""

from __future__ import annotations

import re
from typing import Any

from ..config import get_main_language
from ..prm.values import is_blank

__all__ = ["gather_rows"]

_TRANSLATED = "_translated"
#: A text in a language, as ckanext-fluent's forms name it: ``title_translated-en``.
_LANGUAGE_KEY = re.compile(rf"(\w+{_TRANSLATED})-([A-Za-z-]+)\Z")
#: A field of a row, as scheming's forms name it: ``activities-12-name``.
_KEY = re.compile(r"([^-]+)-([0-9]+)-(.+)\Z")
#: What a form asks of a row itself.
_PLACE, _REMOVE = "gtplan_position", "gtplan_remove"


def gather_rows(data: dict[str, Any]) -> None:
    """Make lists of the rows of a form, in the order of their numbers.

    ckanext-scheming 3.1 sorts the keys as texts, so that row 10 comes before row 2: the first
    edit would shuffle a work plan of 13 activities. What is already a list it leaves alone.

    Args:
        data: what a form sent, changed in place: CKAN shows it again if it is refused.
    """
    _gather_translations(data)
    _leave_to_upload(data)
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    for key in list(data):
        match = _KEY.match(key) if isinstance(key, str) else None
        if match and match[1] not in data:
            row = rows.setdefault(match[1], {}).setdefault(int(match[2]), {})
            row[match[3]] = data.pop(key)
    for name, numbered in rows.items():
        data[name] = _order_rows(numbered)


def _order_rows(numbered: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the rows of a form where their places say, without those that are to go.

    A row that was given the place of another comes before it when it moves up, and after it
    when it moves down: it is there where the number says, and the others close ranks.
    """
    placed = []
    for index, row in sorted(numbered.items()):
        text = str(row.pop(_PLACE, "")).strip()
        is_removed = bool(row.pop(_REMOVE, ""))
        old = index + 1
        new = int(text) if text.isdecimal() and len(text) < 10 else old
        if not is_removed and not is_blank(row):
            placed.append(((new, (new > old) - (new < old), index), row))
    return [row for _, row in sorted(placed, key=lambda pair: pair[0])]


def _gather_translations(data: dict[str, Any]) -> None:
    """Make mappings of texts in several languages, and let the field itself say the main one.

    What is written into the field counts: a form asks there for the main language, and who
    patches a title means it. A text that is there for want of the main language is none.
    """
    for key in list(data):
        match = _LANGUAGE_KEY.match(key) if isinstance(key, str) else None
        if match and isinstance(data.setdefault(match[1], {}), dict):
            data[match[1]][match[2]] = data.pop(key)
    main = get_main_language()
    for key, texts in list(data.items()):
        if not str(key).endswith(_TRANSLATED) or not isinstance(texts, dict):
            continue
        field = key.removesuffix(_TRANSLATED)
        text = data.get(field)
        if is_blank(text) and texts.get(main):
            data[field] = texts[main]
        elif isinstance(text, str) and not is_blank(text) and text not in texts.values():
            data[key] = {**texts, main: text}


def _leave_to_upload(data: dict[str, Any]) -> None:
    """Let CKAN find out the media type of a new file, and one that a form leaves empty.

    It takes the name of the file that was there before for that of a new one.
    """
    if data.get("upload"):
        data.pop("url", None)
    if data.get("upload") or is_blank(data.get("mimetype")):
        data.pop("mimetype", None)
