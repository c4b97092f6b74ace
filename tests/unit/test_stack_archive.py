"""An archive is checked whole before anything is changed."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from stack.backup import DUMPS, FORMAT, MANIFEST, hash_file, unpack, write_archive
from stack.console import StackError


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder, files = tmp_path / "work", tmp_path / "storage"
    (files / "resources").mkdir(parents=True)
    (files / "resources" / "a.csv").write_text("código\n1\n", "utf-8")
    folder.mkdir()
    for name in DUMPS:
        (folder / name).write_bytes(name.encode() * 1000)
    manifest = {
        "format": FORMAT,
        "made": "2020-01-01T00:00:00Z",
        "public_url": "http://127.0.0.1:5000",
        "sha256": {name: hash_file(folder / name) for name in DUMPS},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest))
    target = tmp_path / "backup.tar.gz"
    write_archive(target, folder, files)
    return target


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def test_whole_one_is_unpacked(archive: Path, target: Path) -> None:
    assert unpack(archive, target)["made"] == "2020-01-01T00:00:00Z"
    assert (target / "files" / "resources" / "a.csv").read_text("utf-8") == "código\n1\n"
    assert archive.stat().st_mode & 0o777 == 0o600


def test_every_truncation_is_refused(archive: Path, target: Path) -> None:
    whole = archive.read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 1):
        archive.write_bytes(whole[:size])
        with pytest.raises(StackError, match="can't be used"):
            unpack(archive, target)


def test_changed_part_is_refused(archive: Path, target: Path) -> None:
    with tarfile.open(archive, "r:gz") as old:
        parts = {item: old.extractfile(item) for item in old}
        with tarfile.open(archive.with_suffix(".2"), "w:gz") as new:
            for item, content in parts.items():
                data = content.read() if content else b""
                data = data.replace(b"ckan", b"CKAN") if item.name == "ckan.dump" else data
                new.addfile(item, io.BytesIO(data))
    with pytest.raises(StackError, match="manifest"):
        unpack(archive.with_suffix(".2"), target)


@pytest.mark.parametrize("name", ["../evil", "files/../../evil", "/etc/evil", "evil"])
def test_names_that_lead_elsewhere(tmp_path: Path, target: Path, name: str) -> None:
    path = tmp_path / "evil.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(StackError, match="evil"):
        unpack(path, target)
    assert not list(tmp_path.glob("**/evil"))


def test_links_are_refused(tmp_path: Path, target: Path) -> None:
    path = tmp_path / "link.tar.gz"
    link = tarfile.TarInfo("files/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(link)
    with pytest.raises(StackError, match="neither"):
        unpack(path, target)
