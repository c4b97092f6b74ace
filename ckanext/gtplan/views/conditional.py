"""Answers that are sent only when their reader hasn't got them already."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

import ckan.plugins.toolkit as tk
from flask import Response
from werkzeug.http import is_resource_modified

from ..feed.sending.stream import Document

__all__ = ["Version", "answer_body", "answer_document", "is_packed"]

#: Two changes in one second have the same date: it is told once no other can follow.
_SECOND = timedelta(seconds=1)
#: What a reader asks by; other conditions are for those who write.
_ASKED = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")


def is_packed() -> bool:
    """Tell whether the reader wants gzip: who names neither takes what there is."""
    accepted = tk.request.accept_encodings
    wants = accepted.quality("gzip")
    return bool(wants > 0 and (wants >= accepted.quality("identity") or "identity" not in accepted))


class Version:
    """Which text an address has at the moment.

    Args:
        ending: names the syntax.
        parts: all that the text depends on.
        changed: when it last changed; None where no date tells of it.
    """

    def __init__(self, ending: str, parts: Iterable[object], changed: datetime | None) -> None:
        self.is_packed = is_packed()
        digest = hashlib.sha256(repr(tuple(parts)).encode()).hexdigest()[:24]
        self._tag = f'"{digest}-{ending}-{"gzip" if self.is_packed else "identity"}"'
        is_settled = changed and datetime.now(timezone.utc) - changed > _SECOND
        self._changed = changed.replace(microsecond=0) if changed and is_settled else None

    def is_known(self) -> bool:
        """Tell whether the reader has this text."""
        environ = tk.request.environ
        asked = {name: environ[name] for name in _ASKED if name in environ}
        return not is_resource_modified(asked, self._tag, last_modified=self._changed)

    def confirm(self) -> Response:
        """Answer that nothing has changed."""
        response = Response(status=304)
        self.tell(response)
        return response

    def tell(self, response: Response) -> None:
        """Say in an answer which text it is."""
        response.headers["ETag"] = self._tag
        if self._changed:
            response.last_modified = self._changed


def answer_body(body: bytes, media_type: str, version: Version) -> Response:
    """Answer a text that is in memory.

    Args:
        body: the text.
        media_type: of the text.
        version: of the text.
    """
    packed = gzip.compress(body, mtime=0) if version.is_packed else body
    response = Response(packed, mimetype=media_type)
    if version.is_packed:
        response.content_encoding = "gzip"
    version.tell(response)
    return response


def answer_document(document: Document, media_type: str, version: Version) -> Response:
    """Answer a document: while it is read, unless it is small.

    Args:
        document: its bytes, packed if the reader wants it.
        media_type: of its text.
        version: of its text.
    """
    body = document.read() if tk.request.method != "HEAD" else None
    response = Response(body or document, mimetype=media_type, direct_passthrough=body is None)
    if document.size is not None:
        response.content_length = document.size
    if version.is_packed:
        response.content_encoding = "gzip"
    version.tell(response)
    return response
