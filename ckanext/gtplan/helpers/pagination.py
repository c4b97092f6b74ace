"""The links to other pages of a list."""

from __future__ import annotations

import re
from typing import Any

from ckan.lib.helpers import Page
from ckan.plugins.toolkit import _
from markupsafe import Markup, escape

__all__ = ["gtplan_pager"]

_ARROW = re.compile(r'<i class="fa-solid fa-chevron-(left|right)"></i>')
_DOTS = re.compile(r'<li class="disabled">\s*<a href="#">\.\.\.</a>')


def gtplan_pager(page: Page, **query: Any) -> Markup:
    """Write a list's links to its other pages.

    CKAN's own have arrows without a name, and dots that are a link to nowhere.

    Args:
        page: the list's page.
        query: what the addresses keep.
    """
    names = {"left": _("Previous page"), "right": _("Next page")}

    def name_arrow(found: re.Match[str]) -> str:
        icon = f'<i class="fa-solid fa-chevron-{found[1]}" aria-hidden="true"></i>'
        return f'{icon}<span class="visually-hidden">{escape(names[found[1]])}</span>'

    links = _ARROW.sub(name_arrow, page.pager(**query))
    links = _DOTS.sub('<li class="page-item disabled"><span class="page-link">…</span>', links)
    current = re.compile(r'(<li class="page-item active">\s*<a )')
    return Markup(current.sub(r'\1aria-current="page" ', links))
