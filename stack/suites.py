"""What ``./portal test`` runs: the suites, and the portal tests in two halves side by side."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from xml.etree import ElementTree

from stack.settings import ROOT

TESTS = ROOT / "tests"
#: The halves of the portal tests; each has databases of its own.
HALVES = ("portal", "portal-2")
#: Suites that run one after the other.
IN_TURN = ("unit", "portal")
#: Suites that run beside these; the end-to-end tests have an installation of their own.
BESIDE = ("portal-2", "e2e")
SUITES = (*IN_TURN, *BESIDE)
#: How long each test file takes, one a line; ``python -m stack.suites`` writes it anew.
SECONDS = TESTS / "portal" / "seconds.txt"
#: What runs before the first half: the checks and the unit tests.
HEAD_START = 180.0


def choose_suites(arguments: Sequence[str]) -> dict[str, list[str]]:
    """Sort pytest's arguments to the suites: a path to its own, all else to each.

    Args:
        arguments: pytest's; without a path below ``tests/`` each suite is run whole.

    Returns:
        Arguments by suite; suites that have nothing to run are left out.
    """
    shared = [argument for argument in arguments if not find_path(argument)]
    paths = [argument for argument in arguments if find_path(argument)] or [str(TESTS)]
    chosen: dict[str, list[str]] = {suite: [] for suite in SUITES}
    halves = share_files(list_files(TESTS / "portal"), read_seconds())
    for argument in paths:
        path, selection = find_path(argument), argument.partition("::")[1:]
        assert path is not None
        for folder in (TESTS / "unit", TESTS / "e2e"):
            if part := find_part(path, folder):
                chosen[folder.name].append(str(part) + "".join(selection))
        if part := find_part(path, TESTS / "portal"):
            for file in list_files(part) if part.is_dir() else [part]:
                chosen[halves.get(file, HALVES[0])].append(str(file) + "".join(selection))
    return {suite: [*found, *shared] for suite, found in chosen.items() if found}


def has_paths(arguments: Sequence[str]) -> bool:
    """Tell whether pytest's arguments name files."""
    return any(find_path(argument) for argument in arguments)


def is_narrowed(arguments: Sequence[str]) -> bool:
    """Tell whether pytest's arguments may leave no test to run."""
    return not all(find_path(argument) for argument in arguments)


def find_path(argument: str) -> Path | None:
    """Read an argument as tests/, or as a file or folder below it, if it is one."""
    path = (ROOT / argument.partition("::")[0]).resolve()
    is_test = TESTS in (path, *path.parents) and path.exists()
    return path if is_test and not argument.startswith("-") else None


def find_part(path: Path, folder: Path) -> Path | None:
    """Find what of a path is in a folder: the path, all of the folder, or nothing."""
    if folder == path or folder in path.parents:
        return path
    return folder if path in folder.parents else None


def list_files(folder: Path) -> list[Path]:
    """List the test files of a folder and those below it, by name."""
    return sorted(folder.rglob("test_*.py"))


def share_files(files: Iterable[Path], seconds: Mapping[str, float]) -> dict[Path, str]:
    """Share test files out to the halves, which then end at about the same time.

    The longest file comes first, each to the half that would be done earlier; so a file stays
    in its half, with the same files, until the list of files or of seconds changes.

    Args:
        files: to share out.
        seconds: how long each takes, by its path in the folder of the portal tests; one that
            isn't there counts as long as the others on the average.

    Returns:
        The half of each file.
    """
    usual = mean(seconds.values()) if seconds else 1.0
    cost = {file: seconds.get(name_file(file), usual) for file in files}
    loads = dict(zip(HALVES, (HEAD_START, 0.0), strict=True))
    halves = {}
    for file in sorted(cost, key=lambda file: (-cost[file], file)):
        half = min(HALVES, key=lambda half: loads[half])
        loads[half] += cost[file]
        halves[file] = half
    return halves


def name_file(file: Path) -> str:
    """Name a test file by its path in the folder of the portal tests."""
    return file.relative_to(TESTS / "portal").as_posix()


def read_seconds() -> dict[str, float]:
    """Read how long each file of the portal tests takes."""
    lines = SECONDS.read_text("utf-8").splitlines()
    return {name: float(value) for value, name in map(str.split, lines)}


def sum_seconds(results: Iterable[Path]) -> dict[str, float]:
    """Sum up, from pytest's junit files, how long each file of the portal tests took."""
    sums: dict[str, float] = {}
    for case in (c for file in results for c in ElementTree.parse(file).iter("testcase")):
        parts = case.get("classname", "").split(".")
        paths = (ROOT.joinpath(*parts[:end]).with_suffix(".py") for end in range(1, len(parts) + 1))
        for file in filter(Path.is_file, paths):
            name = name_file(file)
            sums[name] = sums.get(name, 0.0) + float(case.get("time", 0))
    return sums


if __name__ == "__main__":
    measured = sum_seconds(Path(name) for name in sys.argv[1:])
    for name in sorted(measured):
        print(f"{measured[name]:.0f} {name}")
