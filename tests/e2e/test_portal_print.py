"""Every page on A4, as chromium prints it: nothing that only a screen can do, and nothing cut."""

from __future__ import annotations

import re
from typing import Any

import pytest
from installation import Installation
from looking import HEIGHT, READ_WIDE, visit
from playwright.sync_api import Browser

from stack.tour import MILESTONE, STOPS

#: The width of A4 between its margins, in pixels of CSS.
PAPER = 688
DATASET = f"/dataset/{MILESTONE}-datos"
OPEN = [stop for stop in STOPS if not stop.is_signed_in]
MAIN = list(dict.fromkeys([stop.path.partition("#")[0] for stop in OPEN if stop.is_main]))
OTHERS = [stop.path for stop in OPEN if stop.path.partition("#")[0] not in MAIN]
#: What leads to other pages, or asks for something.
SCREEN_ONLY = "nav, form, button, input, select, .masthead, .site-footer, .toolbar, .page-header"

READ_SHOWN = """selector => [...document.querySelectorAll(selector)]
  .filter(element => element.getClientRects().length)
  .map(element => element.outerHTML.slice(0, 120))"""
READ_TABLES = """() => [...document.querySelectorAll('.gtplan-table tbody tr')]
  .filter(row => row.getClientRects().length && getComputedStyle(row).display !== 'table-row')
  .length"""


def print_page(browser: Browser, address: str) -> tuple[list[str], bytes]:
    """Print a page.

    Returns:
        What is wrong with it on paper, and the file.
    """
    with visit(browser, address) as visited:
        page = visited.page
        page.set_viewport_size({"width": PAPER, "height": HEIGHT})
        page.emulate_media(media="print")
        faults: list[Any] = page.evaluate(READ_SHOWN, SCREEN_ONLY)
        faults += page.evaluate(READ_WIDE)
        if page.evaluate("document.documentElement.scrollWidth") > PAPER:
            faults.append("it is wider than paper")
        if rows := page.evaluate(READ_TABLES):
            faults.append(f"{rows} rows are no rows of a table")
        if page.locator("h1:visible").count() != 1:
            faults.append("its title is missing")
        return faults, page.pdf(format="A4")


def count_pages(file: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", file))


@pytest.mark.parametrize("path", MAIN)
def test_a_page_prints_well(browser: Browser, running: Installation, path: str) -> None:
    faults, file = print_page(browser, f"{running.url}{path}")
    assert faults == []
    assert file.startswith(b"%PDF") and 1 <= count_pages(file) <= 12


@pytest.mark.long
@pytest.mark.parametrize("path", OTHERS)
def test_every_page_prints_well(browser: Browser, running: Installation, path: str) -> None:
    faults, file = print_page(browser, f"{running.url}{path}")
    assert faults == []
    assert 1 <= count_pages(file) <= 40


def test_the_addresses_of_documents_stand_on_paper(browser: Browser, running: Installation) -> None:
    with visit(browser, f"{running.url}{DATASET}") as visited:
        page = visited.page
        page.emulate_media(media="print")
        link = page.locator(".gtplan-resource-links a").first
        shown = link.evaluate("link => getComputedStyle(link, '::after').content")
        assert link.get_attribute("href") in shown
