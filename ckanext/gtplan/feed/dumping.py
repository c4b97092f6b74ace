"""The whole catalogue as files: of one moment, in every syntax, with their checksums."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from gzip import GzipFile
from pathlib import Path
from typing import Any, BinaryIO

from ..config import get_base_uri
from .changes import make_address
from .keeping.store import Busy, follow_changes
from .making.layout import ENDINGS, SEPARATORS, TAILS
from .sending.filters import Filters
from .sending.head import make_head
from .sending.selection import Selection
from .sending.snapshot import Snapshot, open_snapshot
from .sending.stream import join_bodies

__all__ = ["MANIFEST", "DumpError", "dump", "open_settled"]

#: The list of the files, with what each of them is; who reads it knows that all are there.
MANIFEST = "manifest.json"
#: As ``sha256sum --check`` reads them.
_SUMS = "SHA256SUMS"
#: Names of the files by ending, each of another syntax.
_NAMES = {
    **{ending: f"catalog.{ending}" for ending in ("nt", "ttl", "rdf", "jsonld")},
    "json": "data.json",
}


class DumpError(Exception):
    """A folder that is not written to.

    Args:
        folder: as it was given.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.folder = folder


@dataclass(frozen=True)
class File:
    """A file of a dump."""

    name: str
    media_type: str
    size: int
    sha256: str


def open_settled() -> Snapshot:
    """Bring the feeds up to date, however long that takes, and take a snapshot of them."""
    try:
        return open_snapshot()
    except Busy:
        follow_changes()
        return open_snapshot()


def dump(folder: Path) -> dict[str, Any]:
    """Write the catalogue into a folder, which appears when all of it is written.

    Args:
        folder: does not exist, is empty, or holds an earlier dump, which it takes the place of.

    Returns:
        The manifest.

    Raises:
        DumpError: the folder holds something else.
        OSError: it can't be written.
    """
    folder = folder.absolute()
    is_there = folder.is_dir() and any(folder.iterdir())
    if (is_there and not (folder / MANIFEST).is_file()) or (
        folder.exists() and not folder.is_dir()
    ):
        raise DumpError(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        new.chmod(0o755)
        with closing(open_settled()) as snapshot:
            manifest = _write(snapshot, new)
        _replace(folder, new)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return manifest


def _write(snapshot: Snapshot, folder: Path) -> dict[str, Any]:
    count = Selection(snapshot, "nt", Filters()).count()
    written: list[File] = []
    for ending, name in _NAMES.items():
        syntax, media_type = ENDINGS[ending]
        pieces = _read(snapshot, syntax, is_empty=not count)
        written += _write_both(folder, name, media_type, pieces)
    manifest = {
        "catalog": get_base_uri(),
        "made": snapshot.state.published.isoformat(),
        "position": snapshot.state.position,
        "changes": make_address(get_base_uri(), "jsonld", snapshot.state.point),
        "datasets": count,
        "files": [asdict(file) for file in written],
    }
    sums = "".join(f"{file.sha256}  {file.name}\n" for file in written)
    _write_file(folder / _SUMS, sums.encode())
    _write_file(folder / MANIFEST, json.dumps(manifest, indent=2).encode())
    return manifest


def _read(snapshot: Snapshot, syntax: str, *, is_empty: bool) -> Iterator[bytes]:
    head = make_head(snapshot, syntax, is_empty=is_empty)
    bodies = Selection(snapshot, syntax, Filters()).iterate()
    return join_bodies(head, bodies, SEPARATORS[syntax], TAILS[syntax])


def _write_both(
    folder: Path, name: str, media_type: str, pieces: Iterable[bytes]
) -> Iterator[File]:
    """Write a document, and the same compressed, in one go."""
    with (
        _Target(folder / name) as plain,
        _Target(folder / f"{name}.gz") as packed,
        # without a moment in its head: the same catalogue gives the same bytes
        GzipFile("", "wb", 6, packed, mtime=0) as machine,
    ):
        for piece in pieces:
            plain.write(piece)
            machine.write(piece)
    for target, kind in ((plain, media_type), (packed, "application/gzip")):
        yield File(target.path.name, kind, target.size, target.digest.hexdigest())


class _Target:
    """A file that is summed up while it is written."""

    def __init__(self, path: Path) -> None:
        self.path, self.size, self.digest = path, 0, hashlib.sha256()
        self._file: BinaryIO = path.open("wb")

    def __enter__(self) -> _Target:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def write(self, data: bytes) -> int:
        """Write bytes as a file does."""
        self.size += len(data)
        self.digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Do what GzipFile asks of a file."""
        self._file.flush()


def _write_file(path: Path, data: bytes) -> None:
    with _Target(path) as target:
        target.write(data)


def _replace(folder: Path, new: Path) -> None:
    """Put a folder in the place of another; who opens a file sees the one or the other."""
    old = new.with_name(f"{new.name}.old")
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
