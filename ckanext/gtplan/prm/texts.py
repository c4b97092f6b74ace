"""Read texts and addresses: what a feed can say passes, anything else is named and left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import AddressValueError, IPv6Address
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from .reasons import Unsayable

# What XML 1.0 can't hold, and so no feed can: C0 controls but tab and line
# ends, lone surrogates, the two noncharacters.
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LANGUAGE = re.compile(r"^([A-Za-z]{2,3})(?:[_-]([A-Za-z]{2}|[A-Za-z]{4}))?$")
# An IRI by the grammar of RFC 3987 (section 2.2), without spaces of any kind: a parser that goes by
# it refuses the whole feed for one that isn't. In brackets: letters of all but the last planes.
_LETTERS = "A-Za-z0-9._~!$&'()*+,;=\xa1-\ud7ff\uf900-\ufdcf\ufdf0-\uffef" + "".join(
    f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14)
)
_HOST_PART, _USER, _PART, _END_PART = (
    f"(?:[{_LETTERS}{more}-]|%[0-9A-Fa-f]{{2}})*" for more in ("", ":", ":@/", ":@/?")
)
_IRI = re.compile(
    r"(?!\S*\s)[a-z][a-z0-9+.-]*:(?=.)"
    rf"(?://(?:{_USER}@)?(?:\[([0-9A-Fa-f:.]+)\]|{_HOST_PART})(?::[0-9]*)?(?![^/?#])|(?!//))"
    rf"{_PART}(?:\?{_END_PART})?(?:#{_END_PART})?\Z"
)
# Nearly all are as this, which is found ten times as fast.
_PLAIN_IRI = re.compile(
    r"[a-z]+://[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*(#[A-Za-z0-9._~-]*)?)?\Z"
)
_EMAIL = re.compile(r"^[^\s@<>\"(),:;\\\[\]]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
_HOST = re.compile(r"^([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])$")
# An address that is already as a browser sends it.
_PLAIN_URL = re.compile(
    r"https?://[a-z0-9_-]+(\.[a-z0-9_-]+)*(:[1-9][0-9]{0,3})?(/[A-Za-z0-9._~/-]*)?\Z", re.ASCII
)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def is_blank(value: Any) -> bool:
    """Tell whether a value says nothing at all, and so is no problem either."""
    if isinstance(value, str):
        return not value or value.isspace()
    if value is None or isinstance(value, (list, int, float)):
        return value is None or value == []
    if isinstance(value, Mapping):
        return all(is_blank(part) for part in value.values())
    return bool(value == [])


def read_text(value: Any) -> str | Mapping[str, str]:
    """Read a text, or texts by language.

    Args:
        value: what the record holds.

    Returns:
        The text with line ends as ``\\n``.

    Raises:
        Unsayable: no text; or with control characters, `kept` without them.
    """
    if isinstance(value, str) and value.isprintable() and value and not value.isspace():
        return value  # as most are: nothing in it is to be changed
    given = value if isinstance(value, Mapping) else {"und": value}
    texts = {_read_language(language): text for language, text in given.items()}
    if not all(isinstance(text, str) for text in texts.values()):
        raise Unsayable("not_text")
    lines = {k: v.replace("\r\n", "\n").replace("\r", "\n") for k, v in texts.items()}
    clean = {k: _UNSAYABLE.sub("", text) for k, text in lines.items()}
    said = {k: text for k, text in clean.items() if text.strip()}
    read = said if isinstance(value, Mapping) else said.get("und")
    if clean != lines:
        raise Unsayable("control_characters", kept=read or None)
    if not read:
        raise Unsayable("not_text")
    return read


def clean_text(text: str) -> str:
    """Take out of a text what no feed can hold, and make its line ends one kind."""
    return _UNSAYABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _read_language(value: Any) -> str:
    """Read the mark of a language as CKAN writes it: `es`, `pt_BR`."""
    match = _LANGUAGE.match(value) if isinstance(value, str) else None
    if not match:
        raise Unsayable("not_text")
    language, region = match[1].lower(), match[2] or ""
    return f"{language}_{region.upper() if len(region) == 2 else region.title()}".rstrip("_")


# Where a text is not there in the language that is asked for: those of the region first.
_NEXT_LANGUAGES = ("es", "pt", "en")


def in_language(texts: Mapping[str, str], language: str) -> str:
    """Choose the text in a language, `pt` for `pt_BR` too, else in another.

    Args:
        texts: by language, at least one.
        language: the one that is asked for.
    """
    wanted = (language.replace("-", "_").partition("_")[0], *_NEXT_LANGUAGES)

    def rank(key: str) -> tuple[int, str]:
        plain = key.replace("-", "_").partition("_")[0]
        return wanted.index(plain) if plain in wanted else len(wanted), key

    return texts[min(texts, key=rank)]


def read_line(value: Any, why: str) -> str:
    """Read a text of one line.

    Args:
        value: what the record holds.
        why: a key of REASONS, for what is no such text.
    """
    text = value.strip() if isinstance(value, str) else ""
    if text and text.isprintable():
        return text
    if not text or _UNSAYABLE.search(text) or set(text) & set("\t\n\r"):
        raise Unsayable(why)
    return text


def read_url(value: Any) -> str:
    """Read a web address into the form that a browser would send.

    Args:
        value: what the record holds.

    Returns:
        The address in ASCII; what RFC 3986 doesn't allow is percent-encoded.

    Raises:
        Unsayable: no address that a browser would open.
    """
    if isinstance(value, str) and _PLAIN_URL.match(value):
        return value
    text = read_line(value, "not_url")
    try:
        parts = urlsplit(text)
        host, port, userinfo = parts.hostname or "", parts.port, parts.username
        if "[" in parts.netloc:
            host = f"[{host}]" if _is_ipv6(host) else ""
        elif not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError as error:
        raise Unsayable("not_url") from error
    known = parts.scheme in ("http", "https", "ftp")
    if not known or userinfo is not None or not _HOST.match(host):
        raise Unsayable("not_url")

    def encode(part: str, safe: str) -> str:
        return quote(_STRAY_PERCENT.sub("%25", part), safe=f"%!$&'()*+,;=:@/{safe}")

    netloc = host if port is None else f"{host}:{port}"
    path, query = encode(parts.path, ""), encode(parts.query, "?")
    return urlunsplit((parts.scheme, netloc, path, query, encode(parts.fragment, "?")))


def read_iri(value: Any) -> str:
    """Read the identifier of a thing, which need not be a web address.

    Raises:
        Unsayable: no IRI.
    """
    if isinstance(value, str) and _PLAIN_IRI.match(value):
        return value
    text = read_line(value, "not_iri")
    match = _IRI.match(text)
    if not match or (match[1] and not _is_ipv6(match[1])):
        raise Unsayable("not_iri")
    return text


def _is_ipv6(host: str) -> bool:
    try:
        return bool(IPv6Address(host))
    except AddressValueError:
        return False


def read_email(value: Any) -> str:
    """Read an e-mail address, with or without ``mailto:``.

    Raises:
        Unsayable: no address.
    """
    text = read_line(value, "not_email").removeprefix("mailto:")
    if not _EMAIL.match(text):
        raise Unsayable("not_email")
    return text
