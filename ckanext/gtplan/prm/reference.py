"""The reference page of the profile, ``docs/profile.md``, made of the table.

``python -m ckanext.gtplan.prm.reference > docs/profile.md`` writes it; a test
keeps the two equal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from .profile import CLASSES, Row, extensions, fields, load, version
from .vocabulary import Vocabulary, vocabularies

_OPTION = "ckanext.gtplan.catalog."

_INTRODUCTION = """\
# The metadata profile

The portal publishes its datasets under the Perfil Regional de Metadatos (PRM) {version}: {count}
fields in {classes} classes. This page is made of the table from which forms, RDF and data.json are
made too (`python -m ckanext.gtplan.prm.reference > docs/profile.md`).

The profile gives JSON keys and no RDF terms. The terms here are those of DCAT-AP 3 wherever one
has the same meaning; `prm:` is `<address of the portal>/ns/prm#` and has what DCAT-AP lacks.
`^` reads a property backwards; [brackets] name the node between two steps.

Obligation: **Si** is required, **R** recommended, **No** optional. `@...` in the column CKAN is
what the portal knows by itself; a second field is used when the first is empty.

## How values are written

- **Dates** are as precise as they are known: `2018`, `2018-11`, `2018-11-30`,
  `2018-11-30T09:00:00-06:00`. RDF types them `xsd:gYear`, `gYearMonth`, `date`, `dateTime`.
- **Periods** are `start/end`; a single date is a start whose end is open; `../2020` has no start.
- **Places** are an ISO 3166 code (`GTM`, `GT-01`), an address such as geonames', a name, a box
  `[west, south, east, north]` or a point `[longitude, latitude]`. data.json has one form in a
  value: a place known by several is a list of them.
- **Several values** in a field of type String are separated by commas, and quoted as in CSV where
  one has a comma itself.
- **Licences** are said in data.json by their document, **formats** by their IANA media type when
  they have one.
- A value that can't be said (an impossible date, an address that is none, a code that the list
  doesn't have) is left out of the feeds and named in the log; control characters are dropped.
"""

_EXTENSIONS = """\
## What is added to the profile

A deliverable names the plan records that it belongs to, as objects with `identifier`, `title` and
`url` in data.json; a record that is not public is never named. `gtp:` is
`<address of the portal>/ns/gtp#`.
"""


def write_reference() -> str:
    """Write the page.

    Returns:
        Markdown, in English with the Spanish labels of the profile's fields.
    """
    head = _INTRODUCTION.format(version=version(), count=len(fields()), classes=len(CLASSES))
    parts = [head, *(_write_class(kind) for kind in CLASSES), _EXTENSIONS]
    parts.append(_table(_HEADINGS, (_write_row(row) for row in extensions())))
    parts.append("\n## Code lists\n")
    parts += [_write_vocabulary(codes) for codes in vocabularies().values()]
    return "\n".join(parts)


_HEADINGS = ("key", "label", "obligation", "JSON", "CKAN", "RDF", "values", "meaning", "example")


def _write_class(kind: str) -> str:
    described = load()["classes"][kind]
    rows = fields(kind)
    title = f"## {described['label']['en']} (`{kind}`, {described['rdf']}): {len(rows)} fields\n"
    return f"{title}\n{_table(_HEADINGS, (_write_row(row) for row in rows))}"


def _write_row(row: Row) -> Sequence[str]:
    return (
        f"`{row.key}`",
        f"{row.label['es']} / {row.label['en']} / {row.label['pt_BR']}",
        f"**{row.obligation}**" if row.obligation else "",
        row.json or "RDF only",
        ", ".join(_write_source(row, source) for source in row.sources),
        f"`{row.rdf}`" + (" (implied)" if row.implied else ""),
        _write_type(row),
        row.definition["en"],
        f"`{row.example}`",
    )


def _write_source(row: Row, source: str) -> str:
    if row.kind == "catalog" and not source.startswith("@"):
        return f"`{_OPTION}{source.replace('.', '_')}`"
    return f"`{source}`"


def _write_type(row: Row) -> str:
    several = "several " if row.many else ""
    if row.type == "code":
        return f"{several}[{row.vocabulary}](#{row.vocabulary})"
    return several + row.type.replace("_", " ")


def _write_vocabulary(codes: Vocabulary) -> str:
    note = "Other values are accepted too.\n\n" if codes.is_open else ""
    rows = (
        (f"`{term.code}`", term.label["es"], term.label["en"], term.label["pt_BR"], f"`{term.iri}`")
        for term in codes.terms
    )
    headings = ("code", "es", "en", "pt_BR", "IRI")
    return f"### {codes.name}\n\n{note}{_table(headings, rows)}"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(write_reference())
