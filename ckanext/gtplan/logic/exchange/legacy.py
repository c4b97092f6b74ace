"""Packages that are older than the plugin: shown in spite of what stands in their extras.

ckanext-scheming 3.1 stores rows and lists as JSON in an extra of the field's name, and fails to
show a package whose extra of that name is anything else. Such an extra is shown, and at the
next save kept, under another name (``old_publisher``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ckan.lib import plugins as lib_plugins
from ckan.lib.navl.dictization_functions import DataError
from ckan.logic import apply_after_dataset_show_plugins
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...plan.records import PACKAGE_TYPES
from ...plan.shapes import list_shapes
from ...prm.package import is_list, is_misplaced, list_lists
from ...prm.proposals import ASIDE

__all__ = ["package_show"]

Action = Callable[[Context, dict[str, Any]], Any]


@tk.chained_action  # type: ignore[untyped-decorator]
@tk.side_effect_free
def package_show(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Show a package, even one whose old extras stand where the schema has rows or a list."""
    if not context.get("validate", True):
        return put_aside(next_action(context, data_dict))
    try:
        shown = next_action(context, data_dict)
    except (AttributeError, DataError, TypeError, ValueError):
        shown = None
    if shown is not None and _has_lists(shown):
        return shown
    raw_context = tk.fresh_context(context, use_cache=False, validate=False)
    package = put_aside(next_action(raw_context, data_dict))
    context["package"] = raw_context["package"]
    return _validate(context, package)


def _validate(context: Context, package: dict[str, Any]) -> dict[str, Any]:
    """Do with a package what CKAN's own action does at its end."""
    plugin = lib_plugins.lookup_package_plugin(package["type"])
    schema = context.get("schema") or plugin.show_package_schema()
    shown, _errors = lib_plugins.plugin_validate(plugin, context, package, schema, "package_show")
    apply_after_dataset_show_plugins(context, shown)
    return dict(shown)


def _has_lists(shown: Mapping[str, Any]) -> bool:
    """Tell whether what should be lists are: a text that is JSON by chance (2019) becomes none."""
    return shown.get("type") != "dataset" or all(
        isinstance(shown.get(name, []), list) for name in list_lists("dataset")
    )


def put_aside(package: dict[str, Any]) -> dict[str, Any]:
    """Give another name to what stands where the schema has rows or a list, and is none.

    Args:
        package: a package as it is stored.

    Returns:
        A copy, in which such extras and such fields of resources are called ``old_...``.
    """
    changed, kind = dict(package), package["type"]
    if package.get("extras"):
        changed["extras"] = [
            {**extra, "key": _rename(kind, extra["key"], extra["value"])}
            for extra in package["extras"]
        ]
    if kind == "dataset" and package.get("resources"):
        changed["resources"] = [
            {_rename("distribution", key, value): value for key, value in resource.items()}
            for resource in package["resources"]
        ]
    return changed


def _rename(kind: str, key: str, value: Any) -> str:
    if kind in PACKAGE_TYPES:
        is_lost = key in _list_rows(kind) and not is_list(value, Mapping)
    else:
        is_lost = kind in ("dataset", "distribution") and is_misplaced(kind, key, value)
    return ASIDE + key if is_lost and value else key


@cache
def _list_rows(kind: str) -> frozenset[str]:
    """List the fields of a plan's record that hold rows."""
    shapes = list_shapes(PACKAGE_TYPES[kind]).values()
    return frozenset(shape.name for shape in shapes if shape.is_list and shape.is_entity)
