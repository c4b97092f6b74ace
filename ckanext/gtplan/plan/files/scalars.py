"""How a text is written in YAML: plain where that is safe, folded or by lines where it is long."""

from __future__ import annotations

import re

import yaml

#: No line is longer, unless a single word is.
WIDTH = 100
#: What begins with one of these is something else than a text to a reader of YAML.
_INDICATORS = "-?:,[]{}#&*!|>'\"%@`=<~"
#: A single word that begins as a number does: YAML 1.1 and 1.2 read many of them as one.
_NUMBER_LIKE = re.compile(r"[-+.\d]\S*\Z")
_MEANS_MORE = re.compile(r":(?=\s|\Z)|\s#|[\t\n]")
#: What block scalars can't hold as it is: other line ends, and what cannot be printed.
_HIDDEN = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
#: Blanks at the end of a line: editors take them away.
_LOOSE = re.compile(r"[ \t](?=\n)|[ \t]\Z")
_BREAK = re.compile(r"(?<=\S) (?=\S)")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_RESOLVER = yaml.resolver.Resolver()


def write_text(text: str, indent: int, used: int) -> str:
    """Write a text as the value of a key or an item of a list.

    Args:
        text: without blanks at its ends, and not empty: the reader would take them away.
        indent: of the lines below, where it needs any.
        used: how much of its first line is taken.

    Returns:
        The scalar; its further lines are indented.
    """
    room = WIDTH - used
    if "\n" not in text and len(text) <= room and not _HIDDEN.search(text):
        if is_plain(text):
            return text
        if len(text) + text.count("'") + 2 <= room and "\t" not in text:
            return "'" + text.replace("'", "''") + "'"
    margin = " " * indent
    if not _HIDDEN.search(text) and not _LOOSE.search(text):
        lines = text.split("\n")
        if len(lines) > 1 and max(map(len, lines)) <= WIDTH - indent:
            return "|-" + "".join(f"\n{margin}{line}" if line else "\n" for line in lines)
        if not any(line[:1] in (" ", "\t") for line in lines):
            return ">-\n" + _fold(lines, margin)
    quoted = '"' + "".join(_escape(character) for character in text) + '"'
    return f"\n{margin}".join(_wrap(quoted, min(room, WIDTH - indent)))


def is_plain(text: str) -> bool:
    """Tell whether every reader of YAML takes a line for a text when it has no quotes."""
    if text[0] in _INDICATORS or _NUMBER_LIKE.match(text) or _MEANS_MORE.search(text):
        return False
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return bool(tag == "tag:yaml.org,2002:str")


def _fold(lines: list[str], margin: str) -> str:
    """Fold a text: a line break inside of it is an empty line more."""
    folded = [
        "".join(f"{margin}{part}\n" for part in _wrap(line, WIDTH - len(margin)) if part)
        for line in lines
    ]
    return "\n".join(folded).removesuffix("\n")


def _wrap(line: str, width: int) -> list[str]:
    """Break a line at single spaces, which reading puts back."""
    wrapped: list[str] = []
    for part in _BREAK.split(line):
        if wrapped and len(wrapped[-1]) + 1 + len(part) <= width:
            wrapped[-1] += f" {part}"
        else:
            wrapped.append(part)
    return wrapped


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if not _HIDDEN.match(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
