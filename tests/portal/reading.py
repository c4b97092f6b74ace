"""Pages and forms as a browser reads them."""

from __future__ import annotations

import re
from contextvars import Context
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

from ckan.plugins import toolkit as tk

EXAMPLE = Path(str(files("ckanext.gtplan") / "examples" / "guatemala"))


def make_sysadmin() -> dict[str, Any]:
    """Make the context anew: a portal that was emptied has lost its site user."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": user["name"], "ignore_auth": True}


def act(action: str, **data: Any) -> Any:
    """Call an action as the command line does."""
    return tk.get_action(action)(make_sysadmin(), data)


class _Text(HTMLParser):
    """The visible text of a page, with the texts of each row of its tables."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[str] = []
        self.parts: list[str] = []
        self.headings: list[int] = []
        self._hidden = 0
        self._is_row = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._hidden += tag in ("script", "style")
        if tag == "tr":
            self.rows.append("")
            self._is_row = True
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style")
        self._is_row = self._is_row and tag not in ("tr", "table")

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.parts.append(data)
            if self._is_row:
                self.rows[-1] += f" {data.strip()}"


class Page:
    """A page as its reader sees it."""

    def __init__(self, html: str) -> None:
        reader = _Text()
        reader.feed(html)
        self.html = html
        self.text = " ".join(" ".join(reader.parts).split())
        self.rows = reader.rows
        self.headings = reader.headings


def visit(app: Any, method: str, path: str, token: str, **more: Any) -> Any:
    """Send a request without the test's own request around it, whose user it would share."""
    headers = {"Authorization": token} if token else {}
    return Context().run(getattr(app, method), path, headers=headers, **more)


class _Form(HTMLParser):
    """The fields of the edit form with their values, as a browser would send them."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.values: dict[str, list[str]] = {}
        self._open = False
        self._is_template = False
        self._field = ""
        self._select = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if tag == "form":
            self._open = given.get("id") == self._name
        if tag == "template":
            self._is_template = True
        is_pattern = self._is_template or "REPEATING-INDEX" in (given.get("name") or "")
        if not self._open or is_pattern:
            return
        is_sent = given.get("type") not in ("checkbox", "radio") or "checked" in given
        if tag == "input" and given.get("name") and is_sent:
            self.values.setdefault(given["name"], []).append(given.get("value") or "")
        if tag == "textarea":
            self._field = given["name"]
            self.values[self._field] = [""]
        if tag == "select":
            self._select = given["name"]
            self.values.setdefault(self._select, [""])
        if tag == "option" and "selected" in given:
            self.values[self._select] = [given.get("value") or ""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._field = ""
        if tag == "form":
            self._open = False
        if tag == "template":
            self._is_template = False

    def handle_data(self, data: str) -> None:
        if self._field:
            self.values[self._field][0] += data.removeprefix("\n")


def read_form(html: str, name: str = "dataset-edit") -> dict[str, list[str]]:
    """Read what the edit form of a record, or of a file, would send unchanged."""
    reader = _Form(name)
    reader.feed(html)
    return reader.values
