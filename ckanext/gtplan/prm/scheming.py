"""The ckanext-scheming schema of the type ``dataset``, made of the profile's table.

``python -m ckanext.gtplan.prm.scheming > ckanext/gtplan/schemas/dataset.yaml``
writes the file that the plugin ships; a test keeps the two equal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from .profile import Row, extensions, fields, load, rows
from .vocabulary import vocabulary

Field = dict[str, Any]

_TEXT = "ignore_empty unicode_safe gtplan_text"

# Fields that CKAN itself fills: they are read for the feeds and not asked for.
_KEPT_BY_CKAN = {"id", "metadata_modified", "size", "mimetype"}

# Core fields that have a form of their own in CKAN.
_CORE: Mapping[str, Field] = {
    "title": {
        "preset": "title",
        "required": True,
        "validators": "if_empty_same_as(name) unicode_safe gtplan_text",
    },
    "notes": {"form_snippet": "markdown.html"},
    "tags": {"field_name": "tag_string", "preset": "tag_string_autocomplete"},
    "license_id": {"form_snippet": "license.html"},
    "url": {"display_snippet": "link.html"},
}
_RESOURCE_CORE: Mapping[str, Field] = {
    "name": {},
    "description": {"form_snippet": "markdown.html"},
    "url": {"preset": "resource_url_upload"},
    "format": {"preset": "resource_format_autocomplete"},
}

# What isn't of the profile: CKAN's own needs, and the link to an expected deliverable.
_ADDRESS: Field = {
    "field_name": "name",
    "label": {"es": "Dirección", "en": "Address", "pt_BR": "Endereço"},
    "preset": "dataset_slug",
    "form_placeholder": "gt-pan4-c11-h01-actividades",
}
_ORGANIZATION: Field = {
    "field_name": "owner_org",
    "label": {"es": "Organización", "en": "Organization", "pt_BR": "Organização"},
    "preset": "dataset_organization",
    "required": True,
}
_DELIVERABLE: tuple[Field, ...] = (
    {
        "field_name": "deliverable",
        "label": {"es": "Entregable", "en": "Deliverable", "pt_BR": "Entregável"},
        "help_text": {
            "es": "Clave del entregable esperado del hito que estos datos cumplen.",
            "en": "Key of the milestone's expected deliverable that these data fulfil.",
            "pt_BR": "Chave do entregável esperado do marco que estes dados cumprem.",
        },
        "validators": _TEXT,
    },
    {
        "field_name": "deliverable_type",
        "label": {
            "es": "Tipo de entregable",
            "en": "Type of deliverable",
            "pt_BR": "Tipo de entregável",
        },
        "preset": "select",
        "choices_helper": "gtplan_choices",
        "vocabulary": "deliverable_type",
    },
)


def build_schema() -> dict[str, Any]:
    """Build the schema of the type ``dataset``.

    Returns:
        The schema in the form of ckanext-scheming 3: only what CKAN itself
        needs is required, for a draft may lack the rest.
    """
    title, *others = _build_fields("dataset", _CORE)
    links = [row for row in extensions("dataset") if row.type == "link"]
    return {
        "scheming_version": 2,
        "dataset_type": "dataset",
        "about": "dataset under the Perfil Regional de Metadatos 1.0",
        "dataset_fields": [
            title,
            _ADDRESS,
            _ORGANIZATION,
            *others,
            *(_build_link(row) for row in links),
            *_DELIVERABLE,
        ],
        "resource_fields": list(_build_fields("distribution", _RESOURCE_CORE)),
    }


def write_schema() -> str:
    """Write the schema as the text of ``schemas/dataset.yaml``."""
    head = (
        "# Made by `python -m ckanext.gtplan.prm.scheming` from prm/profile.yaml and\n"
        "# prm/vocabularies.yaml: change those, and run it again.\n"
    )
    options: dict[str, Any] = {"allow_unicode": True, "sort_keys": False, "width": 100}
    return head + str(yaml.dump(build_schema(), Dumper=_PlainDumper, **options))


def _build_fields(kind: str, core: Mapping[str, Field]) -> Iterator[Field]:
    """Build the fields of a class: the titles first, each composite once."""
    done: set[str] = set()
    for row in sorted(fields(kind), key=lambda row: row.key != "title"):
        name = row.composite or row.sources[0]
        if name.startswith("@") or name in done or name in _KEPT_BY_CKAN or name == "resources":
            continue
        done.add(name)
        if name in core:
            yield {**_describe(row, name), **_check(row, core[name]), **core[name]}
        elif name in load()["composites"]:
            yield _build_composite(kind, name)
        else:
            yield {**_describe(row, name), **_enter(row)}


def _check(row: Row, form: Field) -> Field:
    """Let a core field without a preset be validated as what it is."""
    return {} if "preset" in form else _accept(row.type)


def _build_composite(kind: str, name: str) -> Field:
    composite = load()["composites"][name]
    if "parts" in composite:
        parts = [
            {
                "field_name": part,
                "label": described["label"],
                **_accept(described["type"], part),
            }
            for part, described in composite["parts"].items()
        ]
    elif name == "fields":
        parts = [{**_describe(row, row.sources[0]), **_enter(row)} for row in fields("field")]
    else:
        parts = [
            {**_describe(row, row.sources[0].partition(".")[2]), **_enter(row)}
            for row in rows(kind)
            if row.composite == name
        ]
    return {
        "field_name": name,
        "label": composite["label"],
        "help_text": composite["help"],
        "repeating_subfields": parts,
        "form_blanks": 0,
    }


def _build_link(row: Row) -> Field:
    validators = f'{_TEXT} gtplan_reference("{row.vocabulary}")'
    return {**_describe(row, row.sources[0]), "validators": validators}


def _describe(row: Row, name: str) -> Field:
    return {
        "field_name": name,
        "label": row.label,
        "help_text": row.definition,
        **({} if row.type == "code" else {"form_placeholder": row.example}),
    }


def _enter(row: Row) -> Field:
    """Tell how a value is entered and what is checked of it, by its type."""
    if row.type == "code":
        choices = [
            {"value": term.code, "label": term.label}
            for term in vocabulary(row.vocabulary or "").terms
        ]
        preset = "multiple_checkbox" if row.many else "select"
        return {"preset": preset, "choices": choices}
    if row.many:
        return {"preset": "multiple_text"}
    return _accept(row.type)


def _accept(kind: str, part: str | None = None) -> Field:
    """Tell what is checked of a value of a type, and how a page shows it."""
    shown = {"display_snippet": "gtplan_date.html"} if kind == "date" else {}
    return {"validators": _validators(kind, part), **shown}


def _validators(kind: str, part: str | None = None) -> str:
    if kind in ("text", "code"):
        return _TEXT
    # without a space: scheming separates validators by it
    arguments = f'"{kind}","{part}"' if kind == "place" and part else f'"{kind}"'
    return f"ignore_empty unicode_safe gtplan_value({arguments})"


class _PlainDumper(yaml.SafeDumper):
    """Writes each value out in full: people read the file, and YAML's anchors don't help them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


if __name__ == "__main__":
    sys.stdout.write(write_schema())
