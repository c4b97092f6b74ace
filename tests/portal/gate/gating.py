"""A complete dataset, and what is done to it."""

from __future__ import annotations

from typing import Any

import pytest
from ckan.plugins import toolkit as tk

from ckanext.gtplan.logic.quality import gate
from ckanext.gtplan.logic.quality.conformance import assess_package

STRICTNESS = "ckanext.gtplan.conformance.strictness"

RESOURCE = {
    "name": "Datos",
    "url": "https://datos.example.org/datos.csv",
    "format": "CSV",
}
COMPLETE: dict[str, Any] = {
    "type": "dataset",
    "title": "Gasto público",
    "notes": "Cada gasto del año",
    "frequency": "R/P1Y",
    "license_id": "cc-by",
    "private": False,
    "resources": [RESOURCE],
}


def do(context: dict[str, Any], action: str, **data: Any) -> Any:
    return tk.get_action(action)(dict(context), data)


def show(name: str) -> dict[str, Any]:
    context = {"ignore_auth": True, "use_cache": False}
    return dict(tk.get_action("package_show")(context, {"id": name}))


def lacking(name: str) -> set[str]:
    return {f"{gap.kind}.{gap.key}" for gap in assess_package(show(name)).missing("Si")}


def refuse(context: dict[str, Any], action: str, **data: Any) -> dict[str, Any]:
    """Call an action that must be refused by the gate; give what it says."""
    with pytest.raises(tk.ValidationError) as refused:
        do(context, action, **data)
    assert isinstance(refused.value, gate.Refusal)
    return dict(refused.value.error_dict)
