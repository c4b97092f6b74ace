"""A work plan edited in a real browser: rows move, come and go as the buttons say."""

from __future__ import annotations

import time
from typing import Any

from installation import Installation
from selenium.webdriver.common.by import By

MILESTONE = "gt-pan4-c09-h01"


def test_rows_move_come_and_go(browser: Any, running: Installation) -> None:
    before = read_numbers(running)
    sign_in(browser, running)
    browser.get(f"{running.url}/milestone/edit/{MILESTONE}")
    third = list_rows(browser)[2]
    browser.execute_script("arguments[0].open = true", third)
    for _ in range(2):
        press(browser, third.find_element(By.CSS_SELECTOR, "[data-move=up]"))
    press(browser, browser.find_element(By.CSS_SELECTOR, "#field-activities > [data-add]"))
    # one empty row stood ready, one was added: the last is filled in, and moved before it
    new = list_rows(browser)[-1]
    assert new.get_attribute("open") is not None
    write(new, "activity_no", "99")
    write(new, "name", "Una actividad de prueba")
    press(browser, new.find_element(By.CSS_SELECTOR, "[data-move=up]"))
    save(browser)
    moved = [before[2], before[0], before[1], *before[3:]]
    assert read_numbers(running) == [*moved, "99"]

    browser.get(f"{running.url}/milestone/edit/{MILESTONE}")
    last = list_rows(browser)[len(before)]
    browser.execute_script("arguments[0].open = true", last)
    press(browser, last.find_element(By.CSS_SELECTOR, "[name$=gtplan_remove]"))
    first = list_rows(browser)[0]
    browser.execute_script("arguments[0].open = true", first)
    for _ in range(2):
        press(browser, first.find_element(By.CSS_SELECTOR, "[data-move=down]"))
    save(browser)
    assert read_numbers(running) == before


def sign_in(browser: Any, running: Installation) -> None:
    """Sign in as the administrator."""
    browser.get(f"{running.url}/user/login")
    password = (running.state / "admin-password").read_text().strip()
    browser.find_element(By.NAME, "login").send_keys("admin")
    field = browser.find_element(By.NAME, "password")
    field.send_keys(password)
    field.submit()
    wait_for(lambda: not browser.find_elements(By.NAME, "password"))


def list_rows(browser: Any) -> list[Any]:
    """List the rows of the activities, as they stand."""
    rows: list[Any] = browser.find_elements(By.CSS_SELECTOR, "#field-activities > .gtplan-row")
    return rows


def press(browser: Any, element: Any) -> None:
    """Press what may be out of sight."""
    place = "{block: 'center', behavior: 'instant'}"
    browser.execute_script(f"arguments[0].scrollIntoView({place})", element)
    element.click()


def write(row: Any, field: str, text: str) -> None:
    """Fill in a field of a row."""
    row.find_element(By.CSS_SELECTOR, f"[name$='-{field}']").send_keys(text)


def save(browser: Any) -> None:
    """Send the form, and wait for the record's page."""
    press(browser, browser.find_element(By.CSS_SELECTOR, "form#dataset-edit [name=save]"))
    wait_for(lambda: "/edit/" not in browser.current_url)


def read_numbers(running: Installation) -> list[str]:
    """Read the numbers of the activities, in order."""
    record = running.act("package_show", id=MILESTONE)
    return [row["activity_no"] for row in record["activities"]]


def wait_for(is_done: Any) -> None:
    """Wait until a page is there; at most half a minute."""
    end = time.monotonic() + 30
    while not is_done():
        assert time.monotonic() < end, "the page did not come"
        time.sleep(0.1)
