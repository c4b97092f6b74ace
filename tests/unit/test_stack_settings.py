"""Options, environment, record and defaults of an installation."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack.console import StackError
from stack.passwords import read_secrets
from stack.settings import (
    DATABASE_VARIABLES,
    DEFAULT_PORTS,
    RECORD,
    parse_public_url,
    read_settings,
)

URLS = {name: f"postgresql://u:p@db.example.org/{name}" for name in DATABASE_VARIABLES}


class TestOrder:
    """Options win over the environment, that over the record, that over the defaults."""

    def test_defaults(self, tmp_path: Path) -> None:
        settings = read_settings(tmp_path, {})
        assert dict(settings.ports) == DEFAULT_PORTS
        assert settings.public_url == "http://127.0.0.1:5000"
        assert settings.has_own_database

    def test_each_wins_over_the_next(self, tmp_path: Path) -> None:
        read_settings(tmp_path, {}, {"port": "5001", "redis_port": "7001"}).record()
        assert read_settings(tmp_path, {}).ports["web"] == 5001
        environ = {"PORTAL_PORT": "5002"}
        assert read_settings(tmp_path, environ).ports["web"] == 5002
        settings = read_settings(tmp_path, environ, {"port": "5003"})
        assert settings.ports["web"] == 5003
        assert settings.ports["redis"] == 7001

    def test_record_gives_everything_back(self, tmp_path: Path) -> None:
        options = {"public_url": "https://datos.example.org/", "workers": "3", "empty": "yes"}
        settings = read_settings(tmp_path, URLS, options)
        settings.record()
        assert read_settings(tmp_path, {}) == settings
        assert settings.public_url == "https://datos.example.org"
        assert (tmp_path / RECORD).stat().st_mode & 0o777 == 0o600

    def test_public_url_follows_the_port_until_it_is_chosen(self, tmp_path: Path) -> None:
        read_settings(tmp_path, {}).record()
        assert read_settings(tmp_path, {}, {"port": "5005"}).public_url == "http://127.0.0.1:5005"

    def test_empty_is_remembered(self, tmp_path: Path) -> None:
        assert not read_settings(tmp_path, {"PORTAL_EMPTY": ""}).is_empty
        read_settings(tmp_path, {"PORTAL_EMPTY": "1"}).record()
        assert read_settings(tmp_path, {}).is_empty

    def test_damaged_record_says_what_to_do(self, tmp_path: Path) -> None:
        (tmp_path / RECORD).write_text("{")
        with pytest.raises(StackError) as caught:
            read_settings(tmp_path, {})
        assert RECORD in caught.value.render()


class TestRefusals:
    """A value that can't be is refused before anything is begun."""

    @pytest.mark.parametrize("value", ["0", "65536", "-1", "web", "", "5000.5"])
    def test_ports(self, tmp_path: Path, value: str) -> None:
        with pytest.raises(StackError, match="--port"):
            read_settings(tmp_path, {}, {"port": value})

    def test_one_port_for_two_servers(self, tmp_path: Path) -> None:
        with pytest.raises(StackError, match="port 5532 is chosen for"):
            read_settings(tmp_path, {}, {"solr_port": "5532"})

    @pytest.mark.parametrize(
        "url",
        [
            "datos.example.org",
            "ftp://datos.example.org",
            "https://",
            "https://datos.example.org/portal",
            "https://datos.example.org?x",
            "https://a:b@datos.example.org",
            "https://datos.example.org:port",
            "https://datos example.org",
        ],
    )
    def test_public_urls(self, url: str) -> None:
        with pytest.raises(StackError, match="--public-url"):
            parse_public_url(url)


class TestServicesElsewhere:
    """CKAN's own variables say which services are not ours."""

    def test_databases_go_together(self, tmp_path: Path) -> None:
        with pytest.raises(StackError, match="CKAN_DATASTORE_WRITE_URL"):
            read_settings(tmp_path, {"CKAN_SQLALCHEMY_URL": "postgresql://u@db/ckan"})

    def test_address_that_ckan_cannot_read(self, tmp_path: Path) -> None:
        urls = {name: url.replace(":p@", ":a%40b@") for name, url in URLS.items()}
        with pytest.raises(StackError, match="holds a %"):
            read_settings(tmp_path, urls)

    def test_all_three_leave_no_database_to_us(self, tmp_path: Path) -> None:
        assert not read_settings(tmp_path, URLS).has_own_database

    def test_empty_variable_takes_a_recorded_choice_back(self, tmp_path: Path) -> None:
        read_settings(tmp_path, {"CKAN_SOLR_URL": "http://solr:8983/solr/ckan"}).record()
        assert "CKAN_SOLR_URL" in read_settings(tmp_path, {}).external
        assert "CKAN_SOLR_URL" not in read_settings(tmp_path, {"CKAN_SOLR_URL": ""}).external


class TestSecrets:
    """Secrets are made once and stay."""

    def test_stable_private_and_different(self, tmp_path: Path) -> None:
        first = read_secrets(tmp_path)
        assert read_secrets(tmp_path) == first
        assert len(set(first.values())) == len(first)
        assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600

    def test_damaged_file_is_not_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "secrets.json").write_text("{")
        with pytest.raises(StackError):
            read_secrets(tmp_path)
        assert (tmp_path / "secrets.json").read_text() == "{"
