"""Plan files as a browser sends them."""

from __future__ import annotations

import io
import zipfile

import pytest

from ckanext.gtplan.plan.files import archive
from ckanext.gtplan.plan.files.archive import name_load, unpack_sources
from ckanext.gtplan.plan.files.tree import MAX_FILE_BYTES, SourceFile
from ckanext.gtplan.plan.problems import PlanError, ProblemKind

K = ProblemKind


def pack(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return out.getvalue()


def unpack(name: str, data: bytes) -> list[SourceFile]:
    return unpack_sources([SourceFile(name=name, data=data)])


def refusal(name: str, data: bytes) -> tuple[ProblemKind, str]:
    with pytest.raises(PlanError) as caught:
        unpack(name, data)
    problem = caught.value.problems[0]
    assert isinstance(problem.kind, ProblemKind)
    return problem.kind, problem.place.file


def test_files_stay_and_archives_are_unpacked_in_order() -> None:
    packed = pack({"plan/b.yaml": b"b", "plan/a.YML": b"a", "plan/": b"", "leeme.txt": b"x"})
    sent = [SourceFile(name="c.yaml", data=b"c"), SourceFile(name="plan.ZIP", data=packed)]
    assert [(s.name, s.data) for s in unpack_sources(sent)] == [
        ("c.yaml", b"c"),
        ("plan/a.YML", b"a"),
        ("plan/b.yaml", b"b"),
    ]


def test_what_a_mac_puts_beside_files_is_passed_over() -> None:
    packed = pack({"a.yaml": b"a", "__MACOSX/._a.yaml": b"\0", ".git/b.yaml": b"b"})
    assert [s.name for s in unpack("plan.zip", packed)] == ["a.yaml"]


@pytest.mark.parametrize("name", ["plan.pdf", "plan", "plan.docx", "yaml"])
def test_other_files(name: str) -> None:
    assert refusal(name, b"load: x") == (K.NO_PLAN_FILE, name)


def test_archives_that_hold_no_plan_or_are_none() -> None:
    whole = pack({"a.yaml": b"title: largo\n" * 50})
    assert refusal("p.zip", pack({"leeme.txt": b""})) == (K.NO_PLAN_FILE, "p.zip")
    for broken in (b"", b"PK\x03\x04", whole[:-30], whole.replace(b"\x08\x00", b"\x63\x00")):
        assert refusal("p.zip", broken) == (K.NOT_ZIP, "p.zip")


def test_a_password_is_told() -> None:
    data = bytearray(pack({"a.yaml": b"a"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    assert refusal("p.zip", bytes(data)) == (K.LOCKED_FILE, "p.zip/a.yaml")


def test_bombs_are_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    large = b"\0" * (MAX_FILE_BYTES + 1)
    assert refusal("p.zip", pack({"a.yaml": large}))[0] is K.FILE_TOO_LARGE
    assert refusal("a.yaml", large) == (K.FILE_TOO_LARGE, "a.yaml")
    monkeypatch.setattr(archive, "MAX_ALL_BYTES", 1000)
    several = {f"{n}.yaml": b"\0" * 400 for n in range(4)}
    assert refusal("p.zip", pack(several)) == (K.FILE_TOO_LARGE, "2.yaml")
    sent = [SourceFile(name=name, data=data) for name, data in several.items()]
    with pytest.raises(PlanError):
        unpack_sources(sent)


def test_too_many_files() -> None:
    assert refusal("p.zip", pack({f"{n}.yaml": b"" for n in range(501)}))[0] is K.TOO_MANY_FILES


@pytest.mark.parametrize(
    "name, expected",
    [("Mi Plan (2022).yaml", "mi-plan-2022"), ("paraguay.zip", "paraguay"), ("ñ.yaml", "")],
)
def test_a_load_is_named_after_its_first_file(name: str, expected: str) -> None:
    assert name_load([SourceFile(name=name, data=b"")]) == expected
