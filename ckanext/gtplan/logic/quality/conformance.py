"""How far the portal's datasets conform to the profile, in the words of who reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ckan.plugins import toolkit as tk

from ...config import get_language
from ...prm.conformance import MISSING, Conformance, Gap, assess
from ...prm.profile import Labels, Row
from ...prm.values import REASONS
from ...prm.vocabulary import vocabulary
from ...rdf.portal import Directory

#: The reasons are marked for the catalogues where they stand.
_translate = tk._


def assess_package(package: Mapping[str, Any], directory: Directory | None = None) -> Conformance:
    """Assess a dataset as the public would read it.

    Args:
        package: the dataset, as ``package_show`` gives it.
        directory: what is known of the portal already, for several datasets in a row.

    Returns:
        The figures, and the gaps with the ids of the resources that they are of.
    """
    found = assess((directory or Directory()).record(package))
    resources = package.get("resources") or []
    return replace(found, gaps=tuple(_name_resource(gap, resources) for gap in found.gaps))


def _name_resource(gap: Gap, resources: list[Mapping[str, Any]]) -> Gap:
    """Name CKAN's resource: a harvested distribution's identifier is that of its source."""
    if gap.position is None:
        return gap
    return replace(gap, resource=resources[gap.position].get("id"))


def describe_gap(gap: Gap) -> str:
    """Say a gap as a sentence: which field, why, and what would be right.

    Args:
        gap: what ``assess_package`` found.

    Returns:
        The sentence in the current language, for example ``Descripción: falta; ...``.
    """
    return f"{title_gap(gap)}: {explain_gap(gap)}"


def title_gap(gap: Gap) -> str:
    """Say which field a gap is of, and of which distribution."""
    field = _choose(gap.row.label)
    if gap.columns:
        names = ", ".join(gap.columns)
        field = tk._("{field} (columns {columns})").format(field=field, columns=names)
    return field if gap.position is None else f"{_title_distribution(gap)}: {field}"


def _title_distribution(gap: Gap) -> str:
    number = (gap.position or 0) + 1
    if gap.title is None:
        return tk._("Distribution {number}").format(number=number)
    return tk._("Distribution {number} (“{title}”)").format(number=number, title=gap.title)


def explain_gap(gap: Gap) -> str:
    """Say why a field is a gap, and what would be right."""
    row = gap.row
    if row.type == "records":
        return f"{_describe_reason(gap)} {_choose(row.definition)}"
    example = tk._("For example: {example}").format(example=_show_example(row))
    return f"{_describe_reason(gap)} {example}"


def _show_example(row: Row) -> str:
    """Write an example as a form offers it: a code with its label, which differs from it."""
    term = vocabulary(row.vocabulary).find(row.example) if row.vocabulary else None
    label = _choose(term.label) if term else row.example
    return row.example if label == row.example else f"{label} ({row.example})"


def _describe_reason(gap: Gap) -> str:
    if gap.why == MISSING and gap.obligation == "Si":
        return tk._("it is missing; a dataset cannot be public without it.")
    if gap.why == MISSING:
        return tk._("it is missing; the profile recommends it.")
    return f"{gap.value} — {_translate(REASONS[gap.why])}"


def name_field(gap: Gap) -> str:
    """Name the form field of a gap: ``notes``, or ``publisher.name`` for a part of a composite.

    A portal with a schema of its own may ask for it in several languages only, as
    ``notes_translated``.
    """
    source = next(s for s in gap.row.sources if not s.startswith("@"))
    names = _list_form_fields(gap)
    translated = f"{source}_translated"
    return translated if source not in names and translated in names else source


def _list_form_fields(gap: Gap) -> set[str]:
    schema = tk.get_action("scheming_dataset_schema_show")({}, {"type": "dataset"})
    part = "dataset_fields" if gap.position is None else "resource_fields"
    return {field["field_name"] for field in schema.get(part, ())}


def _choose(labels: Labels) -> str:
    return labels.get(get_language(), labels["es"])
