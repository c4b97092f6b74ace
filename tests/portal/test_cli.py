"""The command line: clear errors with an exit status, and what was done in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

PLAN = """\
load: prueba
publication:
  owner: ministerio
  license_id: cc-by
  frequency: eventual
  contact_name: Oficina de datos
  contact_email: datos@example.org
organizations:
  - {id: ministerio, title: Ministerio de Prueba, country: PRY}
action_plans:
  - {id: py-pan1, title: Primer plan, plan_number: 1, country: PRY, cycle_year: 2020}
commitments:
  - {id: py-pan1-c01, title: Uno, action_plan: py-pan1, commitment_number: 1, end_date: 2020-02}
"""


def count_packages() -> int:
    return model.Session.scalar(sa.select(sa.func.count()).select_from(model.Package)) or 0


@pytest.fixture
def run(cli: Any, command: Any, clean: None) -> Any:
    """Run ``ckan gtplan ...``."""

    def call(*arguments: object) -> Any:
        return cli.invoke(command, ["gtplan", *map(str, arguments)])

    return call


class TestLoad:
    """``ckan gtplan load`` and ``unload``."""

    def test_a_plan_comes_and_goes(self, run: Any, tmp_path: Path) -> None:
        (tmp_path / "plan.yaml").write_text(PLAN, "utf-8")
        done = run("load", tmp_path)
        assert done.exit_code == 0, done.output
        assert "registros creados: 3, cambiados: 0, dejados como estaban: 0;" in done.output
        again = run("load", tmp_path)
        assert "registros creados: 0, cambiados: 0, dejados como estaban: 3;" in again.output
        assert run("publish", "py-pan1").output == "py-pan1-datos: dejado como estaba\n"
        gone = run("unload", "prueba")
        assert gone.exit_code == 0, gone.output
        assert count_packages() == 0

    def test_what_would_change_is_told_and_nothing_is_written(
        self, run: Any, tmp_path: Path
    ) -> None:
        file = tmp_path / "plan.yaml"
        file.write_text(PLAN, "utf-8")
        first = run("load", file, "--dry-run")
        assert first.exit_code == 0, first.output
        assert "compromiso py-pan1-c01 («Uno»): nuevo\n" in first.output
        assert "No se escribió nada." in first.output
        assert count_packages() == 0
        run("load", file)
        file.write_text(PLAN.replace("title: Uno", "title: Dos"), "utf-8")
        second = run("load", file, "--dry-run")
        assert (
            "compromiso py-pan1-c01 («Dos»): cambia\n    Título: «Uno» → «Dos»\n" in second.output
        )
        file.write_text(PLAN.replace("2020-02", "2020-02-31"), "utf-8")
        refused = run("load", file, "--dry-run")
        assert refused.exit_code == 1
        assert "2020-02-31" in refused.output

    @pytest.mark.parametrize(
        ("old", "new", "line", "words"),
        [
            ("end_date: 2020-02}", 'end_date: "2020-', 14, "YAML"),
            ("2020-02}", "31.2.2020}", 13, "31.2.2020"),
            ("c01, title", "c01, lead_institution: nadie, title", 13, "nadie"),
            (
                "end_date: 2020-02}",
                "end_date: 2020-02}\n  - {id: py-pan1-c02, title: Dos, action_plan: py-pan1,"
                " commitment_number: 1}",
                14,
                "commitment_number",
            ),
        ],
        ids=["truncated", "no date", "unknown organisation", "duplicate number"],
    )
    def test_an_error_names_file_and_line(
        self, run: Any, tmp_path: Path, old: str, new: str, line: int, words: str
    ) -> None:
        file = tmp_path / "plan.yaml"
        file.write_text(PLAN.replace(old, new), "utf-8")
        done = run("load", file)
        assert done.exit_code == 1
        assert f"{file}:{line}" in done.output
        assert words in done.output
        assert "No se escribió nada" in done.output
        assert count_packages() == 0

    def test_fifty_megabytes_of_rubbish(self, run: Any, tmp_path: Path) -> None:
        file = tmp_path / "basura.yaml"
        with file.open("wb") as stream:
            stream.truncate(50 * 2**20)
        done = run("load", file)
        assert done.exit_code == 1
        assert f"{file}:1" in done.output and "50.0 MB" in done.output
        assert count_packages() == 0

    @pytest.mark.parametrize(
        "data", [b"\x00\xff\xfe" * 1000, b"- [" * 5000, b"load: \xf1andu\n", b""]
    )
    def test_other_rubbish(self, run: Any, tmp_path: Path, data: bytes) -> None:
        file = tmp_path / "basura.yaml"
        file.write_bytes(data)
        done = run("load", file)
        assert done.exit_code == 1
        assert f"error: {file}:1" in done.output
        assert count_packages() == 0

    def test_what_is_not_there_is_named(self, run: Any, tmp_path: Path) -> None:
        assert "ninguna" in run("unload", "ninguna").output
        missing = run("load", tmp_path / "falta.yaml")
        assert missing.exit_code == 1 and "falta.yaml" in missing.output
        assert run("publish", "nada").exit_code == 1
