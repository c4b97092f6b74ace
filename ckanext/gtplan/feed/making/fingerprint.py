"""A digest of what fragments depend on beside the database: of another one, all are made anew."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from ckan.plugins import toolkit as tk
from ckanext.scheming.helpers import scheming_get_dataset_schema
from flask import current_app, has_app_context

from . import reading

__all__ = ["fingerprint", "step_outside"]

#: The options that change what is said.
_OPTIONS = re.compile(
    r"ckan\.(site_(id|url|title|description)|root_path|locale_default)$"
    r"|ckanext\.(gtplan\.(base_uri|catalog\..*|feed\.profiles)|dcat\..*)$"
)
#: The folders of what makes fragments.
_CODE = ("prm", "rdf", "feed/making")


def fingerprint() -> str:
    """Give a digest of all that fragments depend on beside the database.

    Returns:
        The same text as long as the options, the licences that CKAN knows, the schema of datasets,
        the profile's table and what writes fragments are the same. What a process cannot see change
        it looks at once.
    """
    options = [(key, tk.config.get(key)) for key in _list_options()]
    return hashlib.sha256(f"{_digest_portal()} {options!r}".encode()).hexdigest()[:32]


@cache
def _list_options() -> tuple[str, ...]:
    return tuple(sorted(key for key in tk.config if _OPTIONS.match(key)))


@cache
def _digest_portal() -> str:
    """Make a digest of what writes fragments: code, schema and licences."""
    with step_outside():
        licenses = reading.read_licenses()
    given = [_code, licenses, scheming_get_dataset_schema("dataset"), reading.is_plain()]
    return hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).hexdigest()


def _digest_code() -> str:
    """Make a digest of modules, tables and versions."""
    found = hashlib.sha256()
    for name in ("ckanext-dcat", "rdflib"):
        found.update(f"{name} {version(name)}\n".encode())
    root = files("ckanext.gtplan")
    for folder in _CODE:
        for path in sorted(root.joinpath(folder).iterdir(), key=lambda path: path.name):
            if path.name.endswith((".py", ".yaml")):
                found.update(path.name.encode() + b"\n" + path.read_bytes())
    return found.hexdigest()


def step_outside() -> AbstractContextManager[Any]:
    """Step out of the request, whose language would be in the addresses that are made.

    In a job there is none, and CKAN's licences need one for their titles.
    """
    return current_app.test_request_context() if has_app_context() else nullcontext()


#: Read when the process starts, and not in each of its jobs: on the disk there may be other code
#: by then than that which runs.
_code = _digest_code()
