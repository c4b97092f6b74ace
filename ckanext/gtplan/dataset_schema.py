"""The schema of ``dataset``: the profile's fields in that of a portal that has its own.

ckanext-scheming knows one schema for a type. The one that the portal names stays in force,
and gets what it lacks of the profile; where the two say different things of a field, the
portal's stays, and the log says so at start-up.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from ckanext.scheming import helpers as scheming

from .prm.scheming import build_schema

log = logging.getLogger(__name__)

Field = Mapping[str, Any]
Schema = Mapping[str, Any]

_TYPE = "dataset"
_PARTS = ("dataset_fields", "resource_fields")
_LIST_PRESETS = ("multiple_checkbox", "multiple_select", "multiple_text")
_LIST_VALIDATORS = ("scheming_multiple", "repeating_text", "gtplan_list", "json_list_or_string")


def complete_schema(languages: Sequence[str], origin: str) -> None:
    """Put the profile's fields into the schema of ``dataset`` that ckanext-scheming has read.

    To be called after ckanext-scheming has read the schemas and before CKAN asks it for them:
    in ``IConfigurer.update_config``, which runs for the plugins from the last to the first.

    Args:
        languages: further languages in which texts are asked for.
        origin: where the portal's own schemas come from, for messages.
    """
    raw: MutableMapping[str, Any] | None = scheming.scheming_dataset_schemas(expanded=False)
    if not raw or _TYPE not in raw:  # without the plugin, check_portal says what is missing
        return
    ours, theirs = build_schema(languages), raw[_TYPE]
    if theirs.get("about") == ours["about"]:
        raw[_TYPE] = ours
    else:
        for clash in find_clashes(theirs, ours):
            log.warning("schema of %s (%s): %s", _TYPE, origin, clash)
        raw[_TYPE] = merge(theirs, ours)
    scheming.scheming_dataset_schemas()[_TYPE] = _expand(raw[_TYPE])


def merge(theirs: Schema, ours: Schema) -> dict[str, Any]:
    """Add to a schema what it lacks of another.

    Args:
        theirs: the portal's own schema; each of its fields stays as it is.
        ours: the profile's.

    Returns:
        Their fields in their order, then ours. A composite that both have gets the parts that
        it lacks.
    """
    return {**theirs, **{part: _merge(theirs.get(part), ours[part]) for part in _PARTS}}


def _merge(theirs: Iterable[Field] | None, ours: Sequence[Field]) -> list[Field]:
    mine = {field["field_name"]: field for field in ours}
    own = [dict(field) for field in theirs or ()]
    for field in own:
        other = mine.pop(field["field_name"], {})
        if "repeating_subfields" in field and "repeating_subfields" in other:
            parts = _merge(field["repeating_subfields"], other["repeating_subfields"])
            field["repeating_subfields"] = parts
    return [*own, *mine.values()]


def find_clashes(theirs: Schema, ours: Schema) -> Iterator[str]:
    """Tell where two schemas say different things of a field.

    Args:
        theirs: the portal's own schema.
        ours: the profile's.

    Yields:
        A line for each field: what it is in either, and what follows from it.
    """
    for part in _PARTS:
        found = {field["field_name"]: field for field in theirs.get(part, ())}
        for field in ours[part]:
            if field["field_name"] in found:
                yield from _compare(part, field["field_name"], found[field["field_name"]], field)


def _compare(part: str, name: str, theirs: Field, ours: Field) -> Iterator[str]:
    own, right = _describe_shape(theirs), _describe_shape(ours)
    if own != right:
        yield (
            f"{part}: {name}: it holds {own}, the profile (ckanext.gtplan prm/profile.yaml)"
            f" {right}: the portal's field stays, and what cannot be read of it is left out of"
            " the feeds"
        )
        return
    known = {choice["value"] for choice in ours.get("choices", ())}
    offered = [choice["value"] for choice in theirs.get("choices", ())]
    other = [str(value) for value in offered if value not in known]
    if known and other:
        yield (
            f"{part}: {name}: it offers {', '.join(other)}, the profile (ckanext.gtplan"
            f" prm/vocabularies.yaml) {', '.join(sorted(known))}: the portal's choices stay, and"
            " a value that the profile's list does not know is left out of the feeds"
        )
    parts = {field["field_name"]: field for field in theirs.get("repeating_subfields", ())}
    for field in ours.get("repeating_subfields", ()):
        if field["field_name"] in parts:
            label = f"{name}.{field['field_name']}"
            yield from _compare(part, label, parts[field["field_name"]], field)


def _describe_shape(field: Field) -> str:
    if "repeating_subfields" in field:
        return "rows of several parts"
    validators = str(field.get("validators", ""))
    is_list = field.get("preset") in _LIST_PRESETS or any(
        name in validators for name in _LIST_VALIDATORS
    )
    return "several values" if is_list else "a single value"


def _expand(schema: Schema) -> dict[str, Any]:
    """Fill in presets as ckanext-scheming does when it reads a schema."""
    return {
        **schema,
        **{part: [_expand_field(field) for field in schema[part]] for part in _PARTS},
    }


def _expand_field(field: Field) -> dict[str, Any]:
    preset = scheming.scheming_get_preset(field["preset"]) if "preset" in field else {}
    whole = {**(preset or {}), **field}
    if "repeating_subfields" in whole:
        whole["repeating_subfields"] = [_expand_field(f) for f in whole["repeating_subfields"]]
    return whole
