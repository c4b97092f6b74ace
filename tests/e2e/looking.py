"""What every page of the portal must hold, looked at in chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from installation import Installation
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

TELEPHONE, DESK = 360, 1280
#: 1280 pixels at 400 %: what WCAG 2.2 calls reflow (1.4.10).
ZOOMED = 320
HEIGHT = 900
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}

READ_HEADINGS = """() => [...document.querySelectorAll('h1')]
  .filter(heading => heading.offsetParent).map(heading => heading.textContent.trim())"""
READ_WIDE = """() => {
  const most = document.documentElement.clientWidth + 0.5;
  const scrolls = element => element.parentElement && (
    getComputedStyle(element.parentElement).overflowX !== 'visible'
    || scrolls(element.parentElement));
  return [...document.querySelectorAll('body *')]
    .filter(element => element.getBoundingClientRect().right > most && !scrolls(element))
    .map(element => element.outerHTML.slice(0, 200));
}"""


@dataclass
class Visit:
    """A page that is open, and what it did that it should not."""

    page: Page
    status: int
    foreign: list[str]
    errors: list[str]


@contextmanager
def visit(
    browser: Browser, address: str, state: Any = None, is_scripted: bool = True
) -> Iterator[Visit]:
    """Open a page on a telephone.

    Args:
        browser: opens it.
        address: of the page.
        state: cookies of who is signed in.
        is_scripted: whether scripts run.
    """
    context = browser.new_context(
        viewport={"width": TELEPHONE, "height": HEIGHT},
        java_script_enabled=is_scripted,
        storage_state=state,
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    base = "/".join(address.split("/")[:3])
    visited = Visit(page, 0, [], [])

    def note_request(request: Request) -> None:
        if not request.url.startswith((base, "data:", "blob:")):
            visited.foreign.append(request.url)

    def note_message(message: ConsoleMessage) -> None:
        # what chromium says of a page that answers 404 is no error of the page
        if message.type == "error" and message.location["url"] != page.url:
            visited.errors.append(message.text)

    page.on("request", note_request)
    page.on("console", note_message)
    page.on("pageerror", lambda error: visited.errors.append(str(error)))
    try:
        answer = page.goto(address)
        visited.status = answer.status if answer else 0
        yield visited
    finally:
        context.close()


def find_faults(visited: Visit, width: int) -> list[str]:
    """Find what no page may have at a width.

    Returns:
        What is wider than the window, more or less than one heading of the first level, what
        axe finds, requests to other hosts and errors of scripts.
    """
    page = visited.page
    page.set_viewport_size({"width": width, "height": HEIGHT})
    faults = []
    if page.evaluate("document.documentElement.scrollWidth") > width:
        faults += ["it scrolls sideways", *page.evaluate(READ_WIDE)]
    headings = page.evaluate(READ_HEADINGS)
    if len(headings) != 1:
        faults.append(f"headings: {headings}")
    faults += find_violations(page)
    return [*faults, *visited.foreign, *visited.errors]


def find_violations(page: Page) -> list[str]:
    """Let axe judge a page: each violation with its first element and why."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{rule['id']} ({len(rule['nodes'])}): {rule['nodes'][0]['html'][:200]}: "
        f"{rule['nodes'][0]['failureSummary']}"
        for rule in found
    ]


def sign_in(browser: Browser, running: Installation, name: str, password: str) -> Any:
    """Sign in by the form.

    Returns:
        The cookies, for visits.
    """
    with visit(browser, f"{running.url}/user/login") as visited:
        page = visited.page
        page.fill("[name=login]", name)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/user/login" not in url)
        return page.context.storage_state()
