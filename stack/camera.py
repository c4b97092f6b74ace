"""Take the tour's pictures by playwright: ``python -m stack.camera URL FOLDER USER``, in the
virtual environment, which has playwright; the user's password is read from the input."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from stack.tour import STOPS, Stop

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-background-networking", "--hide-scrollbars")
DESK, TELEPHONE = (1280, 900), (360, 720)
#: Pages that are shown as a telephone shows them, too.
ON_TELEPHONE = frozenset({"front", "board", "milestone"})
MOST_BYTES = 100_000
QUALITIES = (60, 50, 40, 30, 20)


def main(base: str, folder: Path, user: str, password: str) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        visitors = [stop for stop in STOPS if not stop.is_signed_in]
        phones = [stop for stop in visitors if stop.name in ON_TELEPHONE]
        take_all(open_page(browser, DESK), base, visitors, folder, "")
        take_all(open_page(browser, TELEPHONE), base, phones, folder, "-telephone")
        page = open_page(browser, DESK)
        sign_in(page, base, user, password)
        signed_in = [stop for stop in STOPS if stop.is_signed_in]
        take_all(page, base, signed_in, folder, "")
        browser.close()


def open_page(browser: Browser, size: tuple[int, int]) -> Page:
    """Open a window of a size."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, locale="es")
    page.emulate_media(reduced_motion="reduce")
    page.set_default_timeout(60_000)
    return page


def sign_in(page: Page, base: str, user: str, password: str) -> None:
    """Sign in by the form."""
    page.goto(f"{base}/user/login")
    page.fill("[name=login]", user)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/user/login" not in url)


def take_all(page: Page, base: str, stops: Iterable[Stop], folder: Path, ending: str) -> None:
    """Take the pictures of some stops, and print each file."""
    for stop in stops:
        answer = page.goto(base + stop.path)
        if answer is None or not answer.ok:
            raise SystemExit(f"{stop.path} answers {answer.status if answer else 'nothing'}")
        if stop.anchor:
            page.locator(stop.anchor).evaluate("element => element.scrollIntoView()")
        path = folder / f"{stop.name}{ending}.jpg"
        path.write_bytes(take(page))
        print(path, flush=True)


def take(page: Page) -> bytes:
    """Take a picture of what the window shows, as good as its size allows."""
    for quality in QUALITIES:
        picture = page.screenshot(type="jpeg", quality=quality)
        if len(picture) <= MOST_BYTES:
            break
    return picture


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]), sys.argv[3], sys.stdin.read().strip())
