"""Get the bytes that a command reads: of a file, or of what an address gives."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import requests
from ckan.plugins import toolkit as tk

#: Seconds that an address has to begin to answer, and to end.
_TIMES = (60, 300)


class SourceError(Exception):
    """What can't be read; its text is for people.

    Args:
        place: the file or address, with the line where it is known.
        why: in the reader's language.
    """

    def __init__(self, place: str, why: str) -> None:
        super().__init__(tk._("{place} cannot be read: {why}").format(place=place, why=why))


def is_address(source: str) -> bool:
    """Tell an address from the name of a file."""
    return "://" in source


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads sources of a limited size.

    Args:
        largest: how many bytes a source may have.
        too_large: what to say of a larger one, with ``{limit}`` for the megabytes.
        accept: the media types to ask an address for.
    """

    largest: int
    too_large: str
    accept: str = "*/*"

    def fetch(self, address: str) -> tuple[bytes, str]:
        """Read what an address gives.

        Returns:
            Its bytes, and the media type that the server says.

        Raises:
            SourceError: it is no web address, fails, is too large or takes too long.
        """
        if not address.startswith(("http://", "https://")):
            raise SourceError(address, tk._("it is not a web address (http or https)"))
        first, last = _TIMES
        end = time.monotonic() + last
        headers = {"Accept": self.accept}
        data = bytearray()
        try:
            with requests.get(address, headers=headers, timeout=first, stream=True) as answer:
                answer.raise_for_status()
                for chunk in answer.iter_content(2**16):
                    data += chunk
                    self._check_size(address, len(data))
                    if time.monotonic() > end:
                        text = tk._("it took more than {seconds} seconds")
                        raise SourceError(address, text.format(seconds=last))
                return bytes(data), answer.headers.get("Content-Type", "")
        except requests.RequestException as error:
            raise SourceError(address, str(error)) from error

    def read(self, name: str) -> bytes:
        """Read a file.

        Raises:
            SourceError: it can't be opened, or is too large.
        """
        try:
            self._check_size(name, Path(name).stat().st_size)
            return Path(name).read_bytes()
        except OSError as error:
            raise SourceError(name, error.strerror or str(error)) from error

    def _check_size(self, place: str, size: int) -> None:
        if size > self.largest:
            raise SourceError(place, self.too_large.format(limit=self.largest // 2**20))
