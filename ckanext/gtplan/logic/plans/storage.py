"""The files of resources, wherever CKAN keeps them: on disk, or in a storage of its own."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import file_keeper
from ckan.lib import files, uploader
from werkzeug.datastructures import FileStorage

_CHUNK = 1 << 20


def open_file(resource_id: str) -> BinaryIO | None:
    """Open the file that is stored for a resource, None when there is none.

    What is read of it stays the same, even when another file takes its place meanwhile.
    """
    upload = uploader.get_resource_uploader({"id": resource_id})
    location = upload.get_path(resource_id)
    storage = getattr(upload, "storage", None)
    try:
        if not isinstance(storage, files.Storage):
            return Path(location).open("rb")  # CKAN renames the new file over the old one
        copy = make_temporary()
        copy.writelines(storage.stream(files.FileData(files.Location(location))))
    except (files.exc.MissingFileError, FileNotFoundError):
        return None
    copy.seek(0)
    return copy


def make_temporary() -> BinaryIO:
    """Make a file that goes when whoever asked for it closes it."""
    return cast(BinaryIO, tempfile.TemporaryFile())


def read_file(resource_id: str) -> bytes | None:
    """Read the file that is stored for a resource, None when there is none."""
    file = open_file(resource_id)
    if file is None:
        return None
    with file:
        return file.read()


def store_file(resource_id: str, file: BinaryIO, filename: str) -> None:
    """Store the file of a resource.

    The size that people may upload (``ckan.max_resource_size``) does not bind it: what the
    portal makes by itself may be larger.

    Args:
        resource_id: of the resource; its file is replaced.
        file: is closed.
        filename: as people download it.
    """
    file.seek(0)
    request: dict[str, Any] = {"upload": FileStorage(file, filename=filename)}
    upload = uploader.get_resource_uploader(request)
    storage = getattr(upload, "storage", None)
    if isinstance(storage, files.Storage):
        with file:
            file_keeper.Storage.upload(storage, upload.get_path(resource_id), upload.upload_file)
    else:
        upload.upload(resource_id, sys.maxsize)


def restore_file(resource_id: str, file: BinaryIO | None) -> None:
    """Put back the file that a resource had, None when it had none.

    A file is stored before CKAN commits what it knows of it; when that fails, the old one must be
    there again.
    """
    if file is not None:
        store_file(resource_id, file, resource_id)
        return
    request: dict[str, Any] = {"id": resource_id, "clear_upload": "true"}
    uploader.get_resource_uploader(request).upload(resource_id)


def hash_file(file: BinaryIO) -> str:
    """Give the SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    for chunk in _iterate(file):
        digest.update(chunk)
    return digest.hexdigest()


def _iterate(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk
