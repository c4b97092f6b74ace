"""Write CKAN's configuration from its template and the installation's addresses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from configparser import Error, RawConfigParser
from pathlib import Path
from string import Template

from stack.console import StackError
from stack.settings import ROOT

TEMPLATE = ROOT / "stack" / "ckan.ini.template"
SECTION = "app:main"
OPTIONS = {
    "CKAN_SQLALCHEMY_URL": "sqlalchemy.url",
    "CKAN_DATASTORE_WRITE_URL": "ckan.datastore.write_url",
    "CKAN_DATASTORE_READ_URL": "ckan.datastore.read_url",
    "CKAN_SOLR_URL": "solr_url",
    "CKAN_REDIS_URL": "ckan.redis.url",
}


def render_ini(
    *,
    addresses: Mapping[str, str],
    public_url: str,
    web_url: str,
    state: Path,
    secrets: Mapping[str, str],
    local: Mapping[str, str],
    has_example: bool = True,
) -> str:
    """Write the portal's ini.

    Args:
        addresses: of the services, by the names of CKAN's environment variables.
        public_url: the address from which identifiers are made.
        web_url: the address at which this machine reaches the web server.
        state: the state folder.
        secrets: the installation's secrets.
        local: the administrator's own options, which win over ours.
        has_example: whether the portal shows the example, whose publisher and country are then
            the catalogue's.
    """
    values = {
        "public_url": public_url,
        "is_https": str(public_url.startswith("https:")).lower(),
        "publisher_type": "NationalAuthority" if has_example else "",
        "country": "GTM" if has_example else "",
        "secret_key": secrets["secret_key"],
        "api_token": secrets["api_token"],
        "database_url": addresses["CKAN_SQLALCHEMY_URL"],
        "datastore_write_url": addresses["CKAN_DATASTORE_WRITE_URL"],
        "datastore_read_url": addresses["CKAN_DATASTORE_READ_URL"],
        "solr_url": addresses["CKAN_SOLR_URL"],
        "redis_url": addresses["CKAN_REDIS_URL"],
        "storage_path": str(state / "files"),
        "webassets_path": str(state / "webassets"),
        "web_url": web_url,
        "loader_token": make_token(secrets["api_token"], secrets["loader"]),
        "loader_jobs": f"sqlite:///{state / 'loader.db'}",
    }
    template = Template(TEMPLATE.read_text("utf-8"))
    text = template.substitute({name: escape(value) for name, value in values.items()})
    return put_over(text, local)


def make_token(key: str, token_id: str) -> str:
    """Make an API token as CKAN signs it (RFC 7519, HS256); its database must know the id.

    Args:
        key: that CKAN's tokens are signed with.
        token_id: the id.
    """
    parts = ({"alg": "HS256", "typ": "JWT"}, {"jti": token_id})
    signed = b".".join(encode_part(json.dumps(part).encode()) for part in parts)
    signature = hmac.new(key.encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + encode_part(signature)).decode()


def encode_part(data: bytes) -> bytes:
    """Write a part of a token: base 64 for addresses, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def escape(value: str) -> str:
    """Write a value so that CKAN's reader, which interpolates ``%``, gives it back."""
    return value.replace("%", "%%")


def put_over(text: str, local: Mapping[str, str]) -> str:
    """Put the administrator's options into the first section, in place of ours."""
    first, heading, rest = text.partition("\n[loggers]")
    lines = [line for line in first.splitlines() if line.partition(" =")[0] not in local]
    lines += [f"{name} = {value}".replace("\n", "\n    ") for name, value in local.items()]
    return "\n".join(lines) + "\n" + heading + rest


def read_local(path: Path) -> dict[str, str]:
    """Read the administrator's own options; none when there is no such file."""
    return read_options(path) if path.exists() else {}


def read_options(path: Path) -> dict[str, str]:
    """Read the options of an ini, uninterpreted.

    Raises:
        StackError: it is no ini.
    """
    parser = RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(path.read_text("utf-8"))
        return dict(parser.items(SECTION)) if parser.has_section(SECTION) else {}
    except (Error, OSError, UnicodeDecodeError) as error:
        raise StackError(
            "Settings",
            f"{path} can't be read: {error}",
            next_step="write it as: [app:main], then option = value on each line",
        ) from error


def read_addresses(path: Path) -> dict[str, str]:
    """Read from an ini which services it uses; empty when there is no such file."""
    if not path.exists():
        return {}
    options = read_options(path)
    return {
        variable: options[option].replace("%%", "%")
        for variable, option in OPTIONS.items()
        if option in options
    }
