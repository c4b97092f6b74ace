"""An administrator abroad: the portal before the plugin, and what the docs say to do."""

from __future__ import annotations

import re
import shlex
import textwrap
from typing import Any

from second_portal import SecondPortal

from stack.settings import ROOT

PLAIN = "datastore activity dcat harvest dcat_rdf_harvester"
ORGANIZATION = "municipio"

#: As people fill CKAN in: values in extras, free licences, formats like "Excel".
ORDINARY: list[dict[str, Any]] = [
    {
        "name": "presupuesto-2019",
        "title": "Presupuesto 2019",
        "notes": "Gastos por programa.",
        "license_id": "Uso libre citando la fuente",
        "author": "Dirección de Presupuesto",
        "author_email": "presupuesto@example.org",
        "extras": [
            {"key": "Periodicidad", "value": "cada año"},
            {"key": "issued", "value": "marzo de 2019"},
            {"key": "theme", "value": "Economía"},
            {"key": "temporal_coverage", "value": "todo el 2019"},
        ],
        "resources": [
            {"name": "Planilla", "url": "datos.example.org/gastos.xls", "format": "Excel"},
            {"url": "https://datos.example.org/gastos.pdf", "format": "documento"},
        ],
        "tags": [{"name": "presupuesto"}],
    },
    {"name": "sin-nada", "title": "", "resources": []},
]


def fill_plain(portal: SecondPortal) -> None:
    """Make the organization and the ordinary datasets."""
    portal.act("organization_create", name=ORGANIZATION, title="Municipio de Prueba")
    for dataset in ORDINARY:
        portal.act("package_create", owner_org=ORGANIZATION, **dataset)


def read_options(page: str, heading: str) -> dict[str, str]:
    """Read the options in the ini blocks below a heading of a page of docs/."""
    lines = "\n".join(_read_blocks(page, heading, "ini")).splitlines()
    pairs = (line.partition(" = ") for line in lines if line.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def read_commands(page: str, heading: str) -> list[list[str]]:
    """Read the calls of CKAN's command line below a heading of a page of docs/."""
    lines = "\n".join(_read_blocks(page, heading, "sh")).splitlines()
    start = "ckan -c ckan.ini "
    return [shlex.split(line.removeprefix(start)) for line in lines if line.startswith(start)]


def _read_blocks(page: str, heading: str, kind: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text("utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(rf"^( *)```{kind}\n(.*?)^ *```$", section, re.DOTALL | re.MULTILINE)
    assert blocks, f"{page}: {heading} has no {kind}"
    return [textwrap.dedent(block) for _, block in blocks]


def equip(portal: SecondPortal) -> None:
    """Do what docs/install.md and docs/harvest.md say, word for word."""
    options = read_options("install.md", "A portal that you have")
    options.update(read_options("harvest.md", "Reading feeds with this plugin"))
    named = options.pop("ckan.plugins").removesuffix(" ...").split()
    own = [name for name in PLAIN.split() if name not in named]
    portal.configure(" ".join([*named, *own]), **options)
    for command in read_commands("install.md", "A portal that you have"):
        if "validate" not in command:
            portal.site.ckan(*command)
    portal.start()
