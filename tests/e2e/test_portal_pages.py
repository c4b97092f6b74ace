"""The pages in a real browser (Debian's chromium), on a telephone and on a desk."""

from __future__ import annotations

import urllib.error
from typing import Any

import pytest
from installation import Installation

PAGES = {
    "front": "/",
    "plans": "/action_plan/",
    "plan": "/action_plan/gt-pan5",
    "commitments": "/commitment/",
    "commitment": "/commitment/gt-pan4-c08",
    "milestone": "/milestone/gt-pan4-c11-h01",
    "region": "/regional_plan/red-gealc-2019",
    "inventory": "/service_inventory/gt-servicios-digitales-2019",
    "datasets": "/dataset/",
    "dataset": "/dataset/gt-pan4-c11-h01-datos",
    "search": "/search?q=datos+abiertos",
}
WIDTHS = {"telephone": 360, "desk": 1280}
LANGUAGES = {"": "es", "/en": "en", "/pt_BR": "pt-BR"}
TYPES = "action_plan commitment milestone indicator regional_plan service_inventory dataset"


def look(browser: Any, running: Installation, path: str, width: int) -> None:
    """Open a page and hold what every page must hold."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(running.url + path)
    read = browser.execute_script
    assert read("return document.documentElement.scrollWidth") <= width, "it scrolls sideways"
    assert read("return document.querySelectorAll('h1').length") == 1
    fetched = read("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [url for url in fetched if not url.startswith((running.url, "data:"))] == []
    unnamed = read(
        "return [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
        ".filter(field => !field.labels.length && !field.ariaLabel && !field.title"
        " && field.offsetParent).map(field => field.outerHTML)"
    )
    assert unnamed == []
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []


@pytest.mark.parametrize("width", WIDTHS.values(), ids=list(WIDTHS))
@pytest.mark.parametrize("path", PAGES.values(), ids=list(PAGES))
def test_a_page(browser: Any, running: Installation, path: str, width: int) -> None:
    look(browser, running, path, width)


def test_a_file_on_a_telephone(browser: Any, running: Installation) -> None:
    """The table's own viewer is not ours, the width of the page is."""
    name = "gt-pan4-c09-h01-datos"
    (file, *_) = running.act("package_show", id=name)["resources"]
    size = {"width": 360, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(f"{running.url}/dataset/{name}/resource/{file['id']}")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize(("prefix", "language"), LANGUAGES.items(), ids=list(LANGUAGES.values()))
def test_the_language_is_said(
    browser: Any, running: Installation, prefix: str, language: str
) -> None:
    browser.get(f"{running.url}{prefix}/milestone/gt-pan4-c11-h01")
    assert browser.execute_script("return document.documentElement.lang") == language


@pytest.mark.long
@pytest.mark.parametrize("prefix", LANGUAGES, ids=list(LANGUAGES.values()))
def test_every_record_has_its_page(running: Installation, prefix: str) -> None:
    """Every page in every language answers, and shows no sign of a value that was forgotten."""
    kinds = " OR ".join(TYPES.split())
    found = running.act("package_search", fq=f"dataset_type:({kinds})", rows=1000)["results"]
    assert len(found) > 150
    for record in found:
        path = f"{prefix}/{record['type']}/{record['name']}"
        try:
            page = running.get(path).decode()
        except urllib.error.HTTPError as error:
            pytest.fail(f"{path} answers {error.code}")
        assert ">None<" not in page and "Undefined" not in page, path


@pytest.mark.long
@pytest.mark.parametrize("width", WIDTHS.values(), ids=list(WIDTHS))
@pytest.mark.parametrize("prefix", ["/en", "/pt_BR"])
@pytest.mark.parametrize("path", PAGES.values(), ids=list(PAGES))
def test_a_page_in_other_languages(
    browser: Any, running: Installation, path: str, prefix: str, width: int
) -> None:
    look(browser, running, prefix + path, width)
