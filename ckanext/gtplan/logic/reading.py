"""Packages as the database has them."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit as tk
from ckan.types import Context


def show_package(context: Context, name_or_id: str) -> dict[str, Any]:
    """Show a package as the database has it, not as the search index remembers it."""
    own = tk.fresh_context(context, ignore_auth=True, use_cache=False)
    return dict(tk.get_action("package_show")(own, {"id": name_or_id}))
