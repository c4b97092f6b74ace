"""What the cells of OGP's list say, in our codes; what they don't is noted by line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ..vocabulary import get_labels, list_codes
from .listing import normalize

OGP_VALUES = ("access_info", "civic_participation", "public_accountability", "technology")
_AREAS = "ogp_policy_area"
_URL = re.compile(r"https?://\S+\Z")
_WHOLE = re.compile(r"[0-9]{1,4}(?=\.0\Z|\Z)")
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_SEVERAL = re.compile(r"\s*[;|\n]\s*")


class NoteKind(Enum):
    """What is to be told of a list; the first six leave nothing to convert."""

    NOT_CSV = "not_csv"
    NO_ROWS = "no_rows"
    NO_TITLE_COLUMN = "no_title_column"
    SEVERAL_COUNTRIES = "several_countries"
    NO_SUCH_COUNTRY = "no_such_country"
    NO_COMMITMENT = "no_commitment"
    UNKNOWN_COLUMN = "unknown_column"
    UNUSED_COLUMN = "unused_column"
    NO_TITLE = "no_title"
    TOO_MANY_CELLS = "too_many_cells"
    REPEATED = "repeated"
    NUMBER_TAKEN = "number_taken"
    UNKNOWN_VALUE = "unknown_value"
    OWN_PUBLICATION = "own_publication"


@dataclass(frozen=True, kw_only=True)
class Note:
    """One thing to be told: the line, the column, what stands there, what would be right."""

    kind: NoteKind
    line: int = 1
    column: str = ""
    value: str = ""
    expected: str = ""


@cache
def read_table() -> dict[str, Any]:
    """Read ``ogp.yaml``."""
    return dict(yaml.safe_load(files(__package__).joinpath("ogp.yaml").read_text("utf-8")))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row of the list, by the fields that its columns are.

    Attributes:
        line: at which it begins.
        columns: what the column of each field is called in the list.
        values: the cells by field.
        notes: what was found to be odd, added to by whatever reads the row.
    """

    line: int
    columns: Mapping[str, str]
    values: Mapping[str, str]
    notes: list[Note] = field(repr=False)

    def note(self, kind: NoteKind, name: str = "", value: str = "", expected: str = "") -> None:
        """Note something of the row, or of its cell for a field."""
        column = self.columns.get(name, name)
        self.notes.append(
            Note(kind=kind, line=self.line, column=column, value=value, expected=expected)
        )

    def get(self, name: str) -> str | None:
        """Give the text for a field, None where the cell is empty or says that it is."""
        text = self.values.get(name, "")
        return None if normalize(text) in ("", *read_table()["nothing"]) else text

    def read_line(self, name: str) -> str | None:
        """Read a text as a single line."""
        text = self.get(name)
        return " ".join(text.split()) if text is not None else None

    def read_number(self, name: str) -> int | None:
        """Read a whole number; another is none of a commitment's or plan's."""
        text = self.get(name)
        if text is None:
            return None
        match = _WHOLE.match(text)
        if match is None:
            self.note(NoteKind.UNKNOWN_VALUE, name, text, "1")
        return int(match[0]) if match else None

    def read_year(self) -> int | None:
        """Read the first year that the column of years names."""
        text = self.get("year")
        match = _YEAR.search(text or "")
        if text is not None and match is None:
            self.note(NoteKind.UNKNOWN_VALUE, "year", text, "2018")
        return int(match[0]) if match else None

    def read_url(self, name: str) -> str | None:
        """Read an address of the web."""
        text = self.get(name)
        if text is None or _URL.match(text):
            return text
        self.note(NoteKind.UNKNOWN_VALUE, name, text, "https://…")
        return None

    def read_code(self, name: str, values: str) -> str | None:
        """Read a judgement as the code that it is by a list of ``ogp.yaml``."""
        text = self.get(name)
        known: dict[str, str] = read_table()["values"][values]
        if text is None:
            return None
        code = known.get(normalize(text))
        if code is None:
            self.note(NoteKind.UNKNOWN_VALUE, name, text, ", ".join(known))
        return code

    def read_flag(self, name: str) -> bool | None:
        """Read a cell that says yes or no."""
        text = self.get(name)
        if text is None:
            return None
        for words, answer in (("yes", True), ("no", False)):
            if normalize(text) in map(normalize, read_table()[words]):
                return answer
        self.note(NoteKind.UNKNOWN_VALUE, name, text, "1, 0")
        return None

    def read_answer(self, name: str) -> str | None:
        """Read a cell that says yes or no as a code of ``irm_answer``."""
        flag = self.read_flag(name)
        return None if flag is None else "yes" if flag else "no"

    def split(self, name: str) -> list[str]:
        """Split a cell that holds several, one a line or parted by semicolons.

        A comma parts nothing: names of ministries have commas.
        """
        parts = (" ".join(part.split()) for part in _SEVERAL.split(self.get(name) or ""))
        return list(dict.fromkeys(filter(None, parts)))

    def read_areas(self) -> tuple[str, ...]:
        """Read the policy areas as codes; one that is on no list is noted."""
        return tuple(dict.fromkeys(self._list_areas()))

    def _list_areas(self) -> Iterator[str]:
        known = _name_areas()
        for part in self.split("theme"):
            # a comma does part areas, unless it is part of a name
            for area in [part] if normalize(part) in known else part.split(","):
                code = known.get(normalize(area))
                if code is not None:
                    yield code
                elif area.strip():
                    expected = ", ".join(list_codes(_AREAS))
                    self.note(NoteKind.UNKNOWN_VALUE, "theme", area.strip(), expected)


@cache
def _name_areas() -> dict[str, str]:
    """Map every name of a policy area, in any language and edition, to its code."""
    names = {
        normalize(label): code
        for code in list_codes(_AREAS)
        for label in (*get_labels(_AREAS, code).values(), code)
    }
    # OGP writes "&" where our labels say "and"
    names |= {name.replace(" and ", " "): code for name, code in names.items()}
    return names | {normalize(name): code for name, code in read_table()["policy_areas"].items()}
