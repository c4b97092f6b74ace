"""Pages of an empty portal, and of one whose records hold what no form would take."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from extremes import make_extremes


class Page(HTMLParser):
    """Notes what of a page would run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.running: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_script = (
            tag == "script" and "src" not in given and "json" not in (given.get("type") or "")
        )
        handlers = [name for name in given if name.startswith("on")]
        if is_script or handlers:
            self.running.append(self.get_starttag_text() or tag)


@pytest.mark.parametrize("crowd", [20, pytest.param(500, marks=pytest.mark.long)])
def test_pages_of_extreme_records_answer_and_run_nothing(
    crowd: int, clean: None, request_context: None, app: Any
) -> None:
    wrong = {}
    for address in make_extremes(crowd):
        answer = app.get(address)
        found = Page(answer.get_data(as_text=True)).running
        if answer.status_code != 200 or found:
            wrong[address] = (answer.status_code, found)
    assert not wrong


def test_pages_of_an_empty_portal_answer(clean: None, app: Any) -> None:
    for address in ("/", "/action_plan/", "/commitment/", "/search", "/organization/", "/services"):
        assert app.get(address).status_code == 200
