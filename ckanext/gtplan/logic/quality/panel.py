"""What the page of a dataset tells those who may edit it: what is to be filled in, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckan.plugins import toolkit as tk

from ...model.conformance import DATASET
from ...prm.conformance import MISSING, Conformance, Gap
from .conformance import assess_package, describe_gap, name_field, title_gap

__all__ = ["gtplan_conformance"]

#: In the order in which they are told.
_OBLIGATIONS = ("Si", "R", "No")
#: Where a form's field goes by another name than the dataset's.
_FORM_NAMES = {"tags": "tag_string"}
#: CKAN shows the field of a file's address only when there is one; else the choice of a file.
_FILE_ADDRESS, _FILE_CHOICE = "field-resource-url", "resource-menu-label"

Package = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Item:
    """A gap in the reader's language, with the address of the form field that fills it."""

    title: str
    sentence: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """The figures of a dataset, and what is to be filled in by obligation."""

    conformance: Conformance
    groups: Mapping[str, tuple[Item, ...]]


def gtplan_conformance(package: Package) -> Panel | None:
    """Assess a dataset for who may edit it.

    Args:
        package: as its page has it.

    Returns:
        The panel; None for other readers, and for packages that are no datasets.
    """
    if package.get("type") != DATASET:
        return None
    if not tk.h.check_access("package_update", {"id": package["id"]}):
        return None
    conformance = assess_package(dict(package))
    groups = {}
    for obligation in _OBLIGATIONS:
        gaps = [gap for gap in conformance.gaps if gap.obligation == obligation]
        if gaps:
            groups[obligation] = tuple(_describe(package, gap) for gap in gaps)
    return Panel(conformance=conformance, groups=groups)


def _describe(package: Package, gap: Gap) -> Item:
    address = find_form(package, gap)
    return Item(title=title_gap(gap), sentence=describe_gap(gap), address=address)


def find_form(package: Package, gap: Gap) -> str:
    """Find the form that fills a gap, at its field.

    Args:
        package: the dataset.
        gap: what ``assess_package`` found.

    Returns:
        The address of the edit page of the dataset or of the resource; the page for a new
        resource where there is none. It ends with the field's anchor if the form has the field.
    """
    name = package["name"]
    if gap.kind == "dataset" and gap.key == "distribution":
        return str(tk.h.url_for("dataset_resource.new", id=name))
    if gap.position is None:
        address = tk.h.url_for("dataset.edit", id=name)
    else:
        address = tk.h.url_for("dataset_resource.edit", id=name, resource_id=gap.resource)
    anchor = _find_anchor(gap)
    return f"{address}#{anchor}" if anchor else str(address)


def _find_anchor(gap: Gap) -> str | None:
    """Give the id of a form field: that of a composite for its parts, if it asks for the field."""
    name = "fields" if gap.kind == "field" else name_field(gap).partition(".")[0]
    name = _FORM_NAMES.get(name, name)
    schema = tk.h.scheming_get_dataset_schema(DATASET)
    part = "dataset_fields" if gap.position is None else "resource_fields"
    shown = [f for f in schema[part] if f.get("form_snippet", "") is not None]
    if name not in {field["field_name"] for field in shown}:
        return None
    if gap.position is not None and name == "url":
        return _FILE_CHOICE if gap.why == MISSING else _FILE_ADDRESS
    return f"field-{name}"
