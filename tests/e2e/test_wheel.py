"""The wheel holds all that the plugin needs: schemas, templates, catalogues, migrations."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = Path("ckanext") / "gtplan"

# a clean environment with all dependencies takes more than a minute
pytestmark = pytest.mark.long


def run(*command: object, cwd: Path) -> str:
    """Run a command; its output is the message when it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def list_sources() -> set[str]:
    """List the files of the package that git knows, or would add."""
    listed = run("git", "ls-files", "-co", "--exclude-standard", PACKAGE, cwd=ROOT).splitlines()
    return {name for name in listed if (ROOT / name).exists()}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The interpreter of a clean environment with the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    # built from a copy: a build folder left in the tree would go into the wheel
    files = run("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).splitlines()
    for name in files:
        if (ROOT / name).is_file() and not name.startswith(("docs/", "tests/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, source, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    interpreter = folder / "env" / "bin" / "python"
    run(interpreter, "-m", "pip", "install", "-q", wheel, "ckan[requirements]", cwd=folder)
    yield interpreter


def test_every_file_is_in_it(python: Path, tmp_path: Path) -> None:
    program = "import ckanext.gtplan; print(ckanext.gtplan.__path__[0])"
    installed = Path(run(python, "-c", program, cwd=tmp_path).strip())
    assert installed.is_relative_to(python.parents[1])
    found = {
        str(PACKAGE / path.relative_to(installed))
        for path in installed.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert found == list_sources()


def test_it_needs_nothing_that_is_not_declared(python: Path, tmp_path: Path) -> None:
    run(python, "-m", "pip", "check", cwd=tmp_path)
    program = (
        "import ckan.plugins as p; from importlib.metadata import entry_points as e;"
        "assert e(group='ckan.plugins')['gtplan'].load();"
        "assert e(group='ckan.rdf.profiles')['prm'].load()"
    )
    run(python, "-c", program, cwd=tmp_path)


def test_the_example_loads_from_it(python: Path, tmp_path: Path) -> None:
    program = (
        "from importlib.resources import files; from pathlib import Path;"
        "from ckanext.gtplan.plan.files.checks import read_load;"
        "path = Path(str(files('ckanext.gtplan') / 'examples' / 'guatemala'));"
        "print(len(read_load(path).load.commitments))"
    )
    assert run(python, "-c", program, cwd=tmp_path).strip() == "109"
