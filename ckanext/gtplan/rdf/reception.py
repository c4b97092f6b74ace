"""Fit a package that was read from a graph to what the receiving portal has fields for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ckanext.gtplan.prm.builder import Builder, Problem, Shown
from ckanext.gtplan.prm.profile import rows

Package = dict[str, Any]
Schema = Mapping[str, Any]

# CKAN itself has these, whatever the schema.
_CORE = frozenset(("title", "notes", "url", "tags", "license_id", "resources", "extras"))
_RESOURCE_CORE = frozenset(
    ("name", "description", "url", "format", "mimetype", "size", "resource_type", "uri")
)
# What CKAN accepts as a tag.
_TAG = re.compile(r"[\w \-.]{2,100}")
_NOT_IN_TAG = re.compile(r"[^\w \-.]+")
# How stock ckanext-dcat names the parts of these among its extras.
_FLAT = {"temporal_coverage": "temporal", "spatial_coverage": "spatial"}


def fit(package: Package, schema: Schema | None) -> tuple[Package, Sequence[Problem]]:
    """Keep what the schema has fields for; the rest goes to extras, as stock ckanext-dcat does.

    Args:
        package: as ``prm.package`` makes it.
        schema: ckanext-scheming's for the type, if there is one.

    Returns:
        The package, and the problems of what has no place in it.
    """
    builder = Builder()
    fields = _fields_of(schema, "dataset_fields")
    fitted: Package = {"extras": []}
    for key, value in package.items():
        if key == "resources":
            of_files = _fields_of(schema, "resource_fields")
            fitted[key] = [_fit_resource(builder, item, of_files) for item in value]
        elif key == "tags":
            fitted[key] = [{"name": tag} for tag in _clean_tags(builder, package["uri"], value)]
        elif key in fields:
            fitted[key] = _fit_parts(builder, package["uri"], fields[key], value)
        elif key in _CORE:
            fitted[key] = value
        elif key.endswith("_translated"):
            _report_translations(builder, package["uri"], key, package)
        else:
            fitted["extras"] += [{"key": k, "value": text} for k, text in _flatten(key, value)]
    return fitted, builder.problems


def merge(theirs: Package, ours: Package, schema: Schema | None) -> None:
    """Put what the table knows into a package that another profile has made of the same dataset.

    Args:
        theirs: the other profile's; changed in place. What the table has a field
            for and could not read, it loses: the schema would not accept it.
        ours: as `fit` leaves it.
        schema: ckanext-scheming's for the type, if there is one.
    """
    fields = _fields_of(schema, "dataset_fields")
    resources = _merge_resources(theirs.get("resources") or [], ours.get("resources", []))
    mine = {extra["key"] for extra in ours["extras"]} | set(fields)
    extras = [extra for extra in theirs.get("extras") or [] if extra["key"] not in mine]
    for key in _table_keys("dataset") - set(ours) - _CORE:
        theirs.pop(key, None)
    theirs.update({**ours, "resources": resources, "extras": extras + ours["extras"]})


def _merge_resources(theirs: Iterable[Package], ours: Iterable[Package]) -> list[Package]:
    """Pair the resources of two profiles by identifier, or by address where there is none."""
    known: dict[str, Package] = {}
    for resource in theirs:
        for key in ("uri", "download_url", "access_url"):
            if resource.get(key):
                known.setdefault(resource[key], resource)
    merged = []
    for resource in ours:
        marks = (resource.get("uri"), resource.get("url"), resource.get("access_url"))
        found = next((known[mark] for mark in marks if mark in known), {})
        unread = _table_keys("distribution") - set(resource) - _RESOURCE_CORE
        merged.append({**{k: v for k, v in found.items() if k not in unread}, **resource})
    return merged


def _table_keys(kind: str) -> set[str]:
    names = {source.partition(".")[0] for row in rows(kind) for source in row.sources}
    return names | {f"{name}_translated" for name in names}


def _fields_of(schema: Schema | None, part: str) -> dict[str, Mapping[str, Any]]:
    return {field["field_name"]: field for field in (schema or {}).get(part, ())}


def _fit_resource(builder: Builder, resource: Package, fields: Mapping[str, Any]) -> Package:
    fitted: Package = {}
    for key, value in resource.items():
        if key in fields:
            fitted[key] = _fit_parts(builder, resource["uri"], fields[key], value)
        elif key.endswith("_translated"):
            _report_translations(builder, resource["uri"], key, resource)
        else:
            is_plain = isinstance(value, (str, int))
            fitted[key] = value if is_plain else json.dumps(value, ensure_ascii=False)
    return fitted


def _fit_parts(builder: Builder, iri: str, field: Mapping[str, Any], value: Any) -> Any:
    """Keep of the rows of a repeating field the parts that the schema knows."""
    if "repeating_subfields" not in field:
        return value
    known = {part["field_name"] for part in field["repeating_subfields"]}
    for row in value:
        for part in sorted(set(row) - known):
            if part.endswith("_translated"):
                _report_translations(builder, iri, part, row)
            else:
                builder.report(iri, f"{field['field_name']}.{part}", row[part], "not_in_schema")
    return [{part: text for part, text in row.items() if part in known} for row in value]


def _report_translations(builder: Builder, iri: str, key: str, said: Package) -> None:
    """Name the texts of further languages that the portal has no field for."""
    name = key.removesuffix("_translated")
    for language, text in said[key].items():
        if text != said[name] and not isinstance(text, list):
            builder.report(iri, f"{name}@{language}", text, "not_in_schema")


def _flatten(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """Write a value as extras, which are texts."""
    is_rows = isinstance(value, list) and isinstance(next(iter(value), None), dict)
    if is_rows:
        for part, text in value[0].items():
            if isinstance(text, str) and text:
                yield f"{_FLAT.get(key, key)}_{part}", text
    if not is_rows or len(value) > 1 or key == "spatial_coverage":
        yield key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _clean_tags(builder: Builder, iri: str, tags: Iterable[Mapping[str, str]]) -> list[str]:
    """Make keywords what CKAN accepts as tags; one that holds several gives several."""
    found: dict[str, None] = {}
    for tag in tags:
        for text in filter(None, map(str.strip, tag["name"].split(","))):
            clean = " ".join(_NOT_IN_TAG.sub(" ", text).split())[:100].strip()
            clean = text if _TAG.fullmatch(text) else clean
            if clean != text:
                builder.report(iri, "keyword", Shown(repr(text)), "not_tag")
            if _TAG.fullmatch(clean):
                found[clean] = None
    return list(found)
