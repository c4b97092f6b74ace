"""CKAN's configuration, as the portal's command writes it."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stack.console import StackError
from stack.ini import OPTIONS, TEMPLATE, escape, read_addresses, read_local, render_ini
from stack.settings import ROOT

ADDRESSES = {name: f"x://{name.lower()}" for name in OPTIONS}
SECRETS = {"secret_key": "s" * 64, "api_token": "t" * 64, "loader": "l" * 32}


def render(
    public_url: str = "http://127.0.0.1:5000", has_example: bool = True, **more: str
) -> dict[str, str]:
    text = render_ini(
        has_example=has_example,
        addresses={**ADDRESSES, **more},
        public_url=public_url,
        web_url="http://127.0.0.1:5000",
        state=Path("/state"),
        secrets=SECRETS,
        local={},
    )
    return parse(text)


def parse(text: str) -> dict[str, str]:
    """Read an ini as CKAN does: with interpolation, names as they are."""
    parser = ConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return dict(parser.items("app:main"))


def test_every_service_has_its_address() -> None:
    options = render()
    for variable, option in OPTIONS.items():
        assert options[option] == ADDRESSES[variable]


def test_identifiers_come_from_the_public_url() -> None:
    options = render("https://datos.example.org")
    assert options["ckan.site_url"] == "https://datos.example.org"
    assert options["SESSION_COOKIE_SECURE"] == "true"
    assert render()["SESSION_COOKIE_SECURE"] == "false"


def test_value_with_percent_and_dollar() -> None:
    address = "postgresql://u:a%40b$c@db.example.org/ckan"
    assert render(CKAN_SQLALCHEMY_URL=address)["sqlalchemy.url"] == address


def test_the_loaders_token_is_signed_as_ckan_reads_it() -> None:
    options = render()
    known = jwt.decode(options["ckanext.xloader.api_token"], "t" * 64, algorithms=["HS256"])
    assert known == {"jti": "l" * 32}
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(options["ckanext.xloader.api_token"], "u" * 64, algorithms=["HS256"])


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1))
def test_any_value_is_read_back(value: str) -> None:
    assert parse(f"[app:main]\nvalue = x{escape(value)}\n")["value"] == f"x{value}"


def test_administrators_options_win_once(tmp_path: Path) -> None:
    file = tmp_path / "local.ini"
    file.write_text(
        "[app:main]\nckan.site_title = Otra\nsmtp.server = mail.example.org\n"
        "ckan.site_about =\n  Dos\n  líneas\n",
        "utf-8",
    )
    text = render_ini(
        addresses=ADDRESSES,
        public_url="http://127.0.0.1:5000",
        web_url="http://127.0.0.1:5000",
        state=tmp_path,
        secrets=SECRETS,
        local=read_local(file),
    )
    options = parse(text)
    assert options["ckan.site_title"] == "Otra"
    assert options["smtp.server"] == "mail.example.org"
    assert options["ckan.site_about"].split() == ["Dos", "líneas"]
    assert "keys = root, ckan, ckanext" in text


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "local.ini"
    file.write_text("ckan.site_title = Otra\n")
    with pytest.raises(StackError, match=r"local\.ini"):
        read_local(file)


def test_addresses_are_read_back(tmp_path: Path) -> None:
    file = tmp_path / "ckan.ini"
    text = render_ini(
        addresses=ADDRESSES,
        public_url="http://127.0.0.1:5000",
        web_url="http://127.0.0.1:5000",
        state=tmp_path,
        secrets=SECRETS,
        local={},
    )
    file.write_text(text, "utf-8")
    assert read_addresses(file) == ADDRESSES
    assert read_addresses(tmp_path / "none.ini") == {}


def test_tests_run_the_portals_plugins() -> None:
    lines = [
        next(line for line in path.read_text("utf-8").splitlines() if "ckan.plugins" in line)
        for path in (TEMPLATE, ROOT / "test.ini")
    ]
    assert lines[0] == lines[1]


def test_a_portal_without_the_example_is_of_no_country() -> None:
    place = "ckanext.gtplan.catalog.spatial"
    assert render()[place] == "GTM"
    assert render(has_example=False)[place] == ""
