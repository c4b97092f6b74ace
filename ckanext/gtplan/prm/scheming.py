"""The ckanext-scheming schema of the type ``dataset``, made of the profile's table.

``python -m ckanext.gtplan.prm.scheming > ckanext/gtplan/schemas/dataset.yaml``
writes the file that the plugin ships; a test keeps the two equal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from .profile import Row, extensions, fields, load, rows
from .vocabulary import vocabulary

Field = dict[str, Any]

_TEXT = "ignore_empty unicode_safe gtplan_text"
# A core field that is emptied must stay in the data as an empty text, or CKAN keeps the old one.
_CORE_TEXT = "ignore_missing unicode_safe gtplan_text"

# Core fields that CKAN has validators and scheming has forms for.
_CORE: Mapping[str, Field] = {
    "title": {
        "preset": "title",
        "required": True,
        "validators": "if_empty_same_as(name) unicode_safe gtplan_text",
        "form_snippet": "gtplan_text.html",
    },
    "notes": {"validators": _CORE_TEXT, "form_snippet": "gtplan_textarea.html"},
    "tags": {
        "field_name": "tag_string",
        "preset": "tag_string_autocomplete",
        "form_snippet": "gtplan_text.html",
    },
    "license_id": {
        "validators": 'ignore_missing unicode_safe gtplan_code("license")',
        "form_snippet": "gtplan_select.html",
        "choices_helper": "gtplan_licenses",
    },
    "url": {
        "validators": 'ignore_missing unicode_safe gtplan_value("url")',
        "display_snippet": "link.html",
    },
}
_RESOURCE_CORE: Mapping[str, Field] = {
    "name": {"validators": _CORE_TEXT},
    "description": {"validators": _CORE_TEXT, "form_snippet": "gtplan_textarea.html"},
    "url": {
        "preset": "resource_url_upload",
        "form_snippet": "gtplan_upload.html",
        "validators": "ignore_missing unicode_safe remove_whitespace gtplan_download",
        "upload_label": {"es": "Archivo", "en": "File", "pt_BR": "Arquivo"},
    },
    "format": {
        "preset": "resource_format_autocomplete",
        "validators": "if_empty_guess_format ignore_missing clean_format unicode_safe gtplan_text",
        "form_snippet": "gtplan_text.html",
    },
    "mimetype": {"validators": 'ignore_missing unicode_safe gtplan_value("media_type")'},
    "resource_type": {"validators": 'ignore_missing unicode_safe gtplan_code("distribution_type")'},
    "size": {"validators": 'ignore_missing gtplan_value("integer") int_validator'},
    "license": {
        "validators": 'ignore_empty unicode_safe gtplan_code("license")',
        "form_snippet": "gtplan_select.html",
        "display_snippet": "select.html",
        "choices_helper": "gtplan_licenses",
    },
}

# What isn't of the profile: CKAN's own needs, and the link to an expected deliverable.
_ADDRESS: Field = {
    "field_name": "name",
    "label": {"es": "Dirección", "en": "Address", "pt_BR": "Endereço"},
    "preset": "dataset_slug",
    "form_placeholder": "gt-pan4-c11-h01-actividades",
    "group": "what",
}
_ORGANIZATION: Field = {
    "field_name": "owner_org",
    "label": {"es": "Organización", "en": "Organization", "pt_BR": "Organização"},
    "preset": "dataset_organization",
    "required": True,
    "group": "who",
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
        "form_snippet": "gtplan_text.html",
        "group": "plan",
    },
    {
        "field_name": "deliverable_type",
        "label": {
            "es": "Tipo de entregable",
            "en": "Type of deliverable",
            "pt_BR": "Tipo de entregável",
        },
        "preset": "select",
        "form_snippet": "gtplan_select.html",
        "choices_helper": "gtplan_choices",
        "vocabulary": "deliverable_type",
        "group": "plan",
    },
)
# Kept through an edit and never asked for: what a harvested record has of its source.
_IDENTITY: Field = {
    "field_name": "uri",
    "label": {"es": "IRI de origen", "en": "IRI at the source", "pt_BR": "IRI de origem"},
    "validators": 'ignore_empty unicode_safe gtplan_value("iri")',
}
_PART_OF: Field = {
    "field_name": "part_of",
    "label": {"es": "Parte de", "en": "Part of", "pt_BR": "Parte de"},
    "repeating_subfields": [
        {"field_name": name, "label": label, "validators": _TEXT}
        for name, label in {
            "kind": {"es": "Tipo", "en": "Type", "pt_BR": "Tipo"},
            "identifier": {"es": "Identificador", "en": "Identifier", "pt_BR": "Identificador"},
            "title": {"es": "Título", "en": "Title", "pt_BR": "Título"},
            "uri": {"es": "IRI", "en": "IRI", "pt_BR": "IRI"},
        }.items()
    ],
}
_HIDDEN: Field = {"form_snippet": "gtplan_hidden.html", "display_snippet": None}

_SNIPPETS = {"place": "gtplan_place.html"}
_KEYBOARDS = {"url": "url", "email": "email", "integer": "numeric"}


def build_schema(languages: Sequence[str] = ()) -> dict[str, Any]:
    """Build the schema of the type ``dataset``.

    Args:
        languages: further languages in which texts are asked for, beside the portal's own.

    Returns:
        The schema in the form of ckanext-scheming 3: only what CKAN itself
        needs is required, for a draft may lack the rest.
    """
    links = [row for row in extensions("dataset") if row.type == "link"]
    asked = [
        *_build_fields("dataset", _CORE),
        _ADDRESS,
        _ORGANIZATION,
        *(_build_link(row) for row in links),
        *_DELIVERABLE,
    ]
    of_files = list(_build_fields("distribution", _RESOURCE_CORE))
    return {
        "scheming_version": 2,
        "dataset_type": "dataset",
        "about": "dataset under the Perfil Regional de Metadatos 1.0",
        "dataset_fields": [
            *_translate("dataset", _sort(asked), languages),
            *_build_hidden("dataset", asked, _PART_OF),
        ],
        "resource_fields": [
            *_translate("distribution", _sort(of_files), languages),
            *_build_hidden("distribution", of_files),
        ],
    }


def write_schema() -> str:
    """Write the schema as the text of ``schemas/dataset.yaml``."""
    head = (
        "# Made by `python -m ckanext.gtplan.prm.scheming` from prm/profile.yaml and\n"
        "# prm/vocabularies.yaml: change those, and run it again.\n"
    )
    options: dict[str, Any] = {"allow_unicode": True, "sort_keys": False, "width": 100}
    return head + str(yaml.dump(build_schema(), Dumper=_PlainDumper, **options))


# The first of a form, whatever the order of the table; an identifier is for who knows why.
_FIRST = ("title", "name", "notes", "owner_org", "url")


def _sort(asked: Iterable[Field]) -> list[Field]:
    groups = list(load()["groups"])

    def rank(field: Field) -> tuple[int, int, bool]:
        name = field["field_name"]
        first = _FIRST.index(name) if name in _FIRST else len(_FIRST)
        if name == "url" and field["group"] != "file":
            first = len(_FIRST)
        return groups.index(field["group"]), first, name == "identifier"

    return sorted(asked, key=rank)


def _build_fields(kind: str, core: Mapping[str, Field]) -> Iterator[Field]:
    """Build the fields of a class that people fill, each composite once."""
    done: set[str] = set()
    for row in fields(kind):
        name = row.composite or row.sources[0]
        if name in done or not _find_group(row, name):
            continue
        done.add(name)
        if name in core:
            is_whole = {"preset", "choices_helper"} & set(core[name])
            field = {**_describe(row, name), **({} if is_whole else _enter(row)), **core[name]}
        elif name in load()["composites"]:
            field = _build_composite(kind, name, row)
        else:
            field = {**_describe(row, name), **_enter(row)}
        yield {**field, "group": _find_group(row, name)}


def _find_group(row: Row, name: str) -> str | None:
    group: str | None = row.group or load()["composites"].get(name, {}).get("group")
    return group


def _build_hidden(kind: str, asked: Iterable[Field], *more: Field) -> Iterator[Field]:
    """Build the fields that are kept and not asked for: what the table reads first, and more."""
    done = {field["field_name"] for field in asked}
    for field in (_IDENTITY, *more):
        yield {**field, **_HIDDEN}
    for row in rows(kind):
        name = row.sources[0]
        is_own = "." in name or name.startswith("@") or len(row.sources) == 1
        if is_own or name in done or row.type == "records":
            continue
        yield {"field_name": name, "label": row.label, **_accept(row.type), **_HIDDEN}


def _translate(kind: str, asked: Iterable[Field], languages: Sequence[str]) -> Iterator[Field]:
    """Put beside each text that the table marks as such a field with its other languages.

    Where the portal asks for none, it keeps those that a harvest or the API brought.
    """
    names = {row.sources[0] for row in fields(kind) if row.translated}
    shown = {"form_snippet": "gtplan_translated.html", "form_languages": list(languages)}
    for field in asked:
        yield field
        if field["field_name"] in names:
            yield {
                "field_name": f"{field['field_name']}_translated",
                "label": field["label"],
                "group": field["group"],
                "validators": "gtplan_translations",
                "output_validators": "scheming_load_json",
                **_HIDDEN,
                **(shown if languages else {}),
            }


def _build_composite(kind: str, name: str, row: Row) -> Field:
    composite = load()["composites"][name]
    if "parts" in composite:
        parts = [
            {
                "field_name": part,
                "label": described["label"],
                "example": described["example"],
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
        # the parts of a publisher are fields of the profile, each with its own obligation
        **({} if row.composite else {"obligation": row.obligation}),
        "form_snippet": "gtplan_rows.html",
        "repeating_subfields": parts,
        "several": row.many,
    }


def _build_link(row: Row) -> Field:
    return {
        **_describe(row, row.sources[0]),
        "validators": f'{_TEXT} gtplan_reference("{row.vocabulary}")',
        "form_snippet": "gtplan_text.html",
        "group": row.group,
    }


def _describe(row: Row, name: str) -> Field:
    return {
        "field_name": name,
        "label": row.label,
        "help_text": row.definition,
        **({} if row.type == "code" else {"example": row.example}),
        **({"obligation": row.obligation} if row.obligation else {}),
    }


def _enter(row: Row) -> Field:
    """Tell how a value is entered and what is checked of it, by its type."""
    if row.type == "code":
        choices = [
            {"value": term.code, "label": term.label}
            for term in vocabulary(row.vocabulary or "").terms
        ]
        if row.many:
            boxes = _list(row, "gtplan_checkboxes.html", "multiple_choice.html")
            return {**boxes, "choices": choices}
        return {
            "form_snippet": "gtplan_select.html",
            "display_snippet": "select.html",
            "validators": f'ignore_empty unicode_safe gtplan_code("{row.vocabulary}")',
            "choices": choices,
        }
    if row.many:
        return _list(row, "gtplan_lines.html", "multiple_text.html")
    return _accept(row.type)


def _list(row: Row, form: str, display: str) -> Field:
    """Tell how several values are entered, checked one by one, and shown."""
    return {
        "form_snippet": form,
        "display_snippet": display,
        # the name of the field, for what is checked is told by its row of the table
        "validators": f'gtplan_list("{row.kind}","{row.key}")',
        "output_validators": "scheming_load_json",
    }


def _accept(kind: str, part: str | None = None) -> Field:
    """Tell what is checked of a value of a type, and how forms and pages show it."""
    keyboard = _KEYBOARDS.get("url" if part == "uri" else kind)
    is_name = part in ("uri", "text", "bbox", "centroid")
    return {
        "validators": _validators(kind, part),
        "form_snippet": "gtplan_text.html" if is_name else _SNIPPETS.get(kind, "gtplan_text.html"),
        **({"display_snippet": _SNIPPETS[kind]} if kind in _SNIPPETS and not is_name else {}),
        **({"inputmode": keyboard} if keyboard else {}),
        **({"kind": "date", "display_snippet": "gtplan_date.html"} if kind == "date" else {}),
    }


def _validators(kind: str, part: str | None = None) -> str:
    if kind in ("text", "code"):
        return _TEXT
    arguments = f'"{kind}","{part}"' if kind == "place" and part else f'"{kind}"'
    after = " gtplan_not_before(start)" if (kind, part) == ("date", "end") else ""
    return f"ignore_empty unicode_safe gtplan_value({arguments}){after}"


class _PlainDumper(yaml.SafeDumper):
    """Writes each value out in full: people read the file, and YAML's anchors don't help them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


if __name__ == "__main__":
    sys.stdout.write(write_schema())
