"""What people come for, from the front page, in four clicks at most, with and without scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from installation import Installation
from looking import DESK, HEIGHT, visit
from playwright.sync_api import Browser, Locator, Page

MOST = 4
PLAN, MILESTONE = "gt-pan4", "gt-pan4-c11-h01"


class Journey:
    """Clicks, counted, on what can be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, found: Locator) -> None:
        """Click what the reader sees first of what was found."""
        self.clicks += 1
        assert self.clicks <= MOST, "too many clicks"
        found.locator("visible=true").first.click()

    def follow(self, name: str) -> None:
        """Click the link whose words say where it leads."""
        self.click(self.page.get_by_role("link", name=name))


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def is_scripted(request: pytest.FixtureRequest) -> Any:
    return request.param


@contextmanager
def begin(
    browser: Browser, running: Installation, is_scripted: bool, state: Any = None
) -> Iterator[Journey]:
    """Stand on the front page, at a desk."""
    with visit(browser, running.url, state, is_scripted=is_scripted) as visited:
        visited.page.set_viewport_size({"width": DESK, "height": HEIGHT})
        yield Journey(visited.page)


def test_what_is_late_or_unreported_is_on_the_front_page(
    browser: Browser, running: Installation, is_scripted: bool
) -> None:
    with begin(browser, running, is_scripted) as journey:
        current = journey.page.get_by_role("main").locator(f"a[href*='{PLAN}']").first
        assert current.is_visible()
        page = journey.page.get_by_role("main").inner_text()
        assert "nadie ha reportado" in page and "Sin reporte" in page
        journey.follow("Ver el tablero completo")
        assert "Sin reporte" in journey.page.get_by_role("main").inner_text()


def test_what_an_institution_owes(
    browser: Browser, running: Installation, is_scripted: bool
) -> None:
    with begin(browser, running, is_scripted) as journey:
        journey.follow("Instituciones")
        journey.click(journey.page.get_by_role("main").locator("a[href$='/organization/gpat']"))
        owed = journey.page.locator("section[aria-labelledby=owed]")
        assert owed.locator(f"a[href*='{MILESTONE}']").first.is_visible()


def test_why_a_commitment_exists(
    browser: Browser, running: Installation, is_scripted: bool
) -> None:
    why = running.act("package_show", id=f"{PLAN}-c08")["problem"]
    with begin(browser, running, is_scripted) as journey:
        journey.follow("Tablero")
        journey.follow("Diseño e implementación de la Estrategia Nacional")
        text = " ".join(journey.page.get_by_role("main").inner_text().split())
        assert " ".join(why.split())[:80] in text


def test_the_gantt_and_the_budget_of_a_milestone(
    browser: Browser, running: Installation, is_scripted: bool
) -> None:
    with begin(browser, running, is_scripted) as journey:
        journey.follow("Tablero")
        journey.follow("Diseño e implementación de una Estrategia de Innovación")
        journey.follow("Cocreación y aprobación del documento")
        gantt = journey.page.locator("section[aria-labelledby=gantt] svg").first
        assert gantt.is_visible() and gantt.locator("title").first.text_content()
        budget = journey.page.locator("section[aria-labelledby=budget]").inner_text()
        assert "570,075.00" in budget


def test_a_deliverable_as_csv(
    browser: Browser, running: Installation, is_scripted: bool, tmp_path: Path
) -> None:
    with begin(browser, running, is_scripted) as journey:
        journey.follow("Tablero")
        links = journey.page.get_by_role("main").locator(f"a[href*='{MILESTONE}'][href$='.csv']")
        with journey.page.expect_download() as download:
            journey.click(links)
        file = tmp_path / "deliverable.csv"
        download.value.save_as(file)
        rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
        assert len(rows) > 1 and len({len(row) for row in rows}) == 1


def test_an_administrator_publishes_a_deliverable(
    browser: Browser, running: Installation, administrator: Any, is_scripted: bool
) -> None:
    with begin(browser, running, is_scripted, administrator) as journey:
        page = journey.page
        journey.click(page.locator("section[aria-labelledby=to-publish] a[href*='/publish/']"))
        milestone, key = page.url.partition("?")[0].split("/")[-2:]
        content = b"etapa,avance\nprimera,1\nsegunda,2\n"
        file = {"name": "avance.csv", "mimeType": "text/csv", "buffer": content}
        page.set_input_files("[name=upload]", files=[file])
        for _ in range(2):
            journey.click(page.locator("#gtplan-publish .btn-primary"))
        journey.click(page.locator("#gtplan-publish .btn-primary"))
        page.wait_for_url(lambda url: "/publish/" not in url)
        row = page.locator(f"#entregable-{key}")
        made = row.locator("a[href$='.csv']").first
        assert made.is_visible()
        found = running.act("package_search", fq=f"milestone:{milestone}", rows=99)["results"]
        (name,) = [dataset["name"] for dataset in found if dataset.get("deliverable") == key]
        remove(page, running, name)


def remove(page: Page, running: Installation, name: str) -> None:
    """Take what was published away again, as the administrator does."""
    page.goto(f"{running.url}/dataset/delete/{name}")
    page.locator("form[action*='/delete/'] [name=delete]").click()
