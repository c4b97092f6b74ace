"""A work plan edited in a real browser: rows move, come and go as the buttons say."""

from __future__ import annotations

from typing import Any

from installation import Installation
from looking import visit
from playwright.sync_api import Browser, Locator, Page

MILESTONE = "gt-pan4-c09-h01"


def test_rows_move_come_and_go(
    browser: Browser, running: Installation, administrator: Any
) -> None:
    before = read_numbers(running)
    address = f"{running.url}/milestone/edit/{MILESTONE}"
    with visit(browser, address, administrator) as visited:
        page = visited.page
        for place in (2, 1):
            open_row(page, place).locator("[data-move=up]").click()
        # one empty row stood ready, one is added: the last is filled in, and moved before it
        page.locator("#field-activities > [data-add]").click()
        last = list_rows(page).count() - 1
        new = list_rows(page).nth(last)
        assert new.get_attribute("open") is not None
        new.locator("[name$='-activity_no']").fill("99")
        new.locator("[name$='-name']").fill("Una actividad de prueba")
        new.locator("[data-move=up]").click()
        save(page)
        moved = [before[2], before[0], before[1], *before[3:]]
        assert read_numbers(running) == [*moved, "99"]

        page.goto(address)
        open_row(page, len(before)).locator("[name$=gtplan_remove]").click()
        for place in (0, 1):
            open_row(page, place).locator("[data-move=down]").click()
        save(page)
    assert read_numbers(running) == before


def list_rows(page: Page) -> Locator:
    """List the rows of the activities, as they stand."""
    return page.locator("#field-activities > .gtplan-row")


def open_row(page: Page, place: int) -> Locator:
    """Unfold the row that stands at a place."""
    row = list_rows(page).nth(place)
    row.evaluate("row => { row.open = true }")
    return row


def save(page: Page) -> None:
    """Send the form, and wait for the record's page."""
    page.locator("form#dataset-edit [name=save].btn-primary").click()
    page.wait_for_url(lambda url: "/edit/" not in url)


def read_numbers(running: Installation) -> list[str]:
    """Read the numbers of the activities, in order."""
    record = running.act("package_show", id=MILESTONE)
    return [row["activity_no"] for row in record["activities"]]
