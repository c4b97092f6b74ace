"""The tests never run on a portal's databases, queue or search core."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stack.ini import read_addresses
from stack.isolation import IsolationError, check_isolation
from stack.portal import prepare_state
from stack.ports import find_free_port
from stack.settings import ROOT, read_settings

TESTS = {
    "CKAN_SQLALCHEMY_URL": "postgresql://t:p@127.0.0.1:5532/gtplan_test",
    "CKAN_DATASTORE_WRITE_URL": "postgresql://t:p@127.0.0.1:5532/gtplan_test_datastore",
    "CKAN_REDIS_URL": "redis://:p@127.0.0.1:6479/5",
    "CKAN_SOLR_URL": "http://127.0.0.1:8993/solr/ckan_test",
}


class TestComparison:
    """Addresses are compared by the place they mean."""

    @pytest.mark.parametrize(
        ("variable", "address"),
        [
            ("CKAN_SQLALCHEMY_URL", "postgresql://ckan:other@localhost:5532/gtplan_test"),
            ("CKAN_SQLALCHEMY_URL", "postgresql+psycopg2://127.0.0.1:5532/gtplan_test/"),
            ("CKAN_SQLALCHEMY_URL", "postgres://127.0.0.1:5532/gtplan_test"),
            ("CKAN_SQLALCHEMY_URL", "postgresql://127.0.0.1:5532/gtplan_test_datastore"),
            ("CKAN_DATASTORE_READ_URL", "postgresql://r@127.0.1.1:5532/gtplan_test_datastore"),
            ("CKAN_REDIS_URL", "redis://localhost:6479/5"),
            ("CKAN_SOLR_URL", "http://LOCALHOST:8993/solr/ckan_test/"),
        ],
    )
    def test_same_place_is_refused(self, variable: str, address: str) -> None:
        with pytest.raises(IsolationError, match="a portal"):
            check_isolation(TESTS, {"a portal": {variable: address}})

    @pytest.mark.parametrize(
        ("variable", "address"),
        [
            ("CKAN_SQLALCHEMY_URL", "postgresql://t:p@127.0.0.1:5532/gtplan"),
            ("CKAN_SQLALCHEMY_URL", "postgresql://t:p@127.0.0.1/gtplan_test"),
            ("CKAN_SQLALCHEMY_URL", "postgresql://t:p@db.example.org:5532/gtplan_test"),
            ("CKAN_REDIS_URL", "redis://127.0.0.1:6479"),
            ("CKAN_SOLR_URL", "http://127.0.0.1:8993/solr/ckan"),
            ("CKAN_SOLR_URL", ""),
        ],
    )
    def test_other_place_is_not(self, variable: str, address: str) -> None:
        check_isolation(TESTS, {"a portal": {variable: address}})

    def test_default_ports_count(self) -> None:
        tests = {"CKAN_REDIS_URL": "redis://127.0.0.1/5"}
        with pytest.raises(IsolationError):
            check_isolation(tests, {"a portal": {"CKAN_REDIS_URL": "redis://localhost:6379/5"}})


class TestCommand:
    """``./portal test`` itself refuses, before it installs or starts anything."""

    def run(self, state: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "stack"), "--state", str(state), "test"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    @pytest.fixture
    def port(self, tmp_path: Path) -> int:
        prepare_state(tmp_path)
        port = find_free_port()
        read_settings(tmp_path, {}, {"postgres_port": str(port)}).record()
        return port

    def test_a_portal_on_the_tests_database(self, tmp_path: Path, port: int) -> None:
        ini = f"[app:main]\nsqlalchemy.url = postgresql://x:y%%z@localhost:{port}/gtplan_test\n"
        (tmp_path / "ckan.ini").write_text(ini)
        assert "%" in read_addresses(tmp_path / "ckan.ini")["CKAN_SQLALCHEMY_URL"]
        done = self.run(tmp_path, {})
        assert done.returncode == 1
        assert "the tests' CKAN_SQLALCHEMY_URL" in done.stderr
        assert f"the portal of {tmp_path}" in done.stderr

    def test_a_variable_that_names_the_tests_database(self, tmp_path: Path, port: int) -> None:
        address = f"postgresql://ckan@127.0.0.1:{port}/gtplan_test"
        done = self.run(tmp_path, {"CKAN_SQLALCHEMY_URL": address})
        assert done.returncode == 1
        assert "the environment" in done.stderr
