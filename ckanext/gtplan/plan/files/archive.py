"""Plan files as a browser sends them: single files, or several packed into a ZIP archive."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import NoReturn

from ..problems import Place, PlanError, Problem, ProblemKind
from .tree import MAX_FILE_BYTES, SourceFile, check_size

#: What all files together may have: several times the largest one.
MAX_ALL_BYTES = 4 * MAX_FILE_BYTES
#: A plan has a file for each section, or for each commitment.
_MOST_FILES = 500
_ENDINGS = (".yaml", ".yml")
_ZIP = ".zip"
#: Set of an entry that has a password (APPNOTE.TXT 6.3.10, 4.4.4).
_ENCRYPTED = 1


def unpack_sources(sent: Iterable[SourceFile]) -> list[SourceFile]:
    """Read plan files as they were sent, those within archives in the order of their names.

    Args:
        sent: YAML files, and ZIP archives of such; whatever else an archive has is passed over.

    Raises:
        PlanError: a file is neither, cannot be unpacked, or is too large to be a plan.
    """
    sources: list[SourceFile] = []
    for file in sent:
        ending = PurePosixPath(file.name).suffix.lower()
        if ending == _ZIP:
            sources += _unpack(file)
        elif ending in _ENDINGS:
            check_size(len(file.data), file.name)
            sources.append(file)
        else:
            _refuse(file.name, ProblemKind.NO_PLAN_FILE)
    _check_all(sources)
    return sources


def name_load(sent: Iterable[SourceFile]) -> str:
    """Name a load whose files do not name it, after the first of them."""
    first = next((PurePosixPath(file.name).stem for file in sent), "")
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in first.lower())
    return "-".join(part for part in kept.split("-") if part)[:100]


def _unpack(file: SourceFile) -> list[SourceFile]:
    check_size(len(file.data), file.name)
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            entries = sorted((e for e in archive.infolist() if _is_plan(e)), key=_order)
            if not entries:
                _refuse(file.name, ProblemKind.NO_PLAN_FILE)
            if len(entries) > _MOST_FILES:
                _refuse(file.name, ProblemKind.TOO_MANY_FILES, str(len(entries)), str(_MOST_FILES))
            return _read_entries(archive, entries, file.name)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, zlib.error):
        _refuse(file.name, ProblemKind.NOT_ZIP)


def _is_plan(entry: zipfile.ZipInfo) -> bool:
    """Tell whether an entry is a plan file; what macOS and editors put beside it is none."""
    path = PurePosixPath(entry.filename)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() in _ENDINGS and not entry.is_dir() and not hidden


def _order(entry: zipfile.ZipInfo) -> str:
    return entry.filename


def _read_entries(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], name: str
) -> list[SourceFile]:
    """Unpack within the limits, whatever sizes the archive states."""
    sources, left = [], MAX_ALL_BYTES
    for entry in entries:
        inner = f"{name}/{entry.filename}"
        if entry.flag_bits & _ENCRYPTED:
            _refuse(inner, ProblemKind.LOCKED_FILE)
        with archive.open(entry) as part:
            data = part.read(min(left, MAX_FILE_BYTES) + 1)
        check_size(len(data), inner)
        left -= len(data)
        sources.append(SourceFile(name=entry.filename, data=data))
        _check_all(sources)
    return sources


def _check_all(sources: list[SourceFile]) -> None:
    size = sum(len(source.data) for source in sources)
    if size > MAX_ALL_BYTES:
        told = (f"{size / 2**20:.1f} MB", f"{MAX_ALL_BYTES // 2**20} MB")
        _refuse(sources[-1].name, ProblemKind.FILE_TOO_LARGE, *told)


def _refuse(name: str, kind: ProblemKind, value: str = "", expected: str = "") -> NoReturn:
    place = Place(file=name, line=1)
    raise PlanError([Problem(kind=kind, place=place, value=value, expected=expected)])
