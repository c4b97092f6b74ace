"""Why a value can't be kept: the sentences that people read, marked for the catalogues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def N_(text: str) -> str:
    """Mark a text that is translated where it is shown."""
    return text


# Why a value can't be said.
REASONS: Mapping[str, str] = {
    "control_characters": N_("It has control characters, which no feed can hold."),
    "not_text": N_("It is not text."),
    "not_url": N_("It is not a web address (http, https or ftp)."),
    "not_iri": N_("It is not an identifier in the form of an address (IRI)."),
    "not_email": N_("It is not an e-mail address."),
    "not_date": N_("It is not a date: write 2018, 2018-11, 2018-11-30 or 2018-11-30T09:00:00."),
    "not_number": N_("It is not a whole number from 0 up."),
    "not_code": N_("It is not in the code list."),
    "not_media_type": N_("It is not a media type such as text/csv."),
    "not_period": N_("It is not a period: write 2018-11/2020-10, or only its start."),
    "reversed_period": N_("It ends before it starts."),
    "not_place": N_("It is not a place: a code, a name, an address or coordinates."),
    "not_record": N_("It is not a record."),
    "not_in_profile": N_("The profile has no field for it."),
    "not_in_schema": N_("This portal has no field for it."),
    "not_tag": N_("A keyword here has letters, digits, spaces, “-”, “_” and “.”, 2 to 100 in all."),
    "only_box": N_("Only the box around it is kept."),
    "only_one": N_("It is one too many: only the first can be said."),
    "no_public_record": N_("It names no public record."),
    "not_stored_so": N_("It is not stored in the form that the field has: save the dataset again."),
    "not_said": N_("It cannot be said: of all of it there are only identifier, title and date."),
}


class Unsayable(ValueError):
    """A value that no feed can say.

    Args:
        why: a key of REASONS.
        kept: what can still be said of it, if anything.
    """

    def __init__(self, why: str, kept: Any = None) -> None:
        super().__init__(REASONS[why])
        self.why = why
        self.kept = kept
