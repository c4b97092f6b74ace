"""The pages in a real browser (Debian's chromium), on a telephone and on a desk."""

from __future__ import annotations

import urllib.error
from typing import Any

import pytest
from installation import Installation
from looking import DESK, TELEPHONE, find_faults, visit
from playwright.sync_api import Browser

from stack.tour import MILESTONE, STOPS

LANGUAGES = {"": "es", "/en": "en", "/pt_BR": "pt-BR"}
TYPES = "action_plan commitment milestone indicator regional_plan service_inventory dataset"
DATASET = f"/dataset/{MILESTONE}-datos"
#: Pages of the plugin's own; the anchors of one page are one page.
OWN = list(dict.fromkeys(stop.path for stop in STOPS if not stop.is_signed_in))
MAIN = [stop.path for stop in STOPS if stop.is_main]
#: CKAN's pages, which visitors of the portal meet, too.
STOCK = [
    "/action_plan/",
    "/commitment/",
    "/milestone/?q=estrategia",
    "/dataset/",
    "/dataset/?q=no-hay-nada-de-esto",
    "/organization/about/gpat",
    "/organization/activity/gpat",
    "/group/",
    f"/dataset/activity/{MILESTONE}-datos",
    f"/dataset/groups/{MILESTONE}-datos",
    f"/dataset/activity/{MILESTONE}",
    "/about",
    "/user/login",
    "/user/reset",
]
#: Pages that refuse, or that are not there.
REFUSALS = {"/user/register": 403, "/no-hay-tal-pagina": 404, "/conformance": 403}
#: The pages of who is signed in as administrator.
SIGNED_IN = [
    *(stop.path for stop in STOPS if stop.is_signed_in),
    "/",
    "/dashboard/",
    "/dataset/new",
    f"/milestone/edit/{MILESTONE}",
    "/feeds/pulls",
    "/feeds/report",
]
STOCK_SIGNED_IN = [
    "/dashboard/datasets",
    "/dashboard/organizations",
    "/user/admin",
    "/user/edit/admin",
    "/user/admin/api-tokens",
    "/user/",
    "/ckan-admin/",
    "/ckan-admin/config",
    "/ckan-admin/trash",
    f"/dataset/resources/{MILESTONE}-datos",
    f"/dataset/edit/{MILESTONE}-datos",
    "/organization/edit/gpat",
    "/organization/members/gpat",
    "/organization/bulk_process/gpat",
    "/group/new",
]


def look(browser: Browser, address: str, state: Any = None, status: int = 200) -> None:
    """Open a page on a telephone, and widen it to a desk's."""
    with visit(browser, address, state) as visited:
        assert visited.status == status
        for width in (TELEPHONE, DESK):
            assert find_faults(visited, width) == []


@pytest.mark.parametrize("path", [*OWN, *STOCK])
def test_a_page(browser: Browser, running: Installation, path: str) -> None:
    look(browser, running.url + path)


@pytest.mark.parametrize(("path", "status"), REFUSALS.items())
def test_a_page_that_refuses(
    browser: Browser, running: Installation, path: str, status: int
) -> None:
    look(browser, running.url + path, status=status)


@pytest.mark.parametrize("path", SIGNED_IN)
def test_a_page_of_an_administrator(
    browser: Browser, running: Installation, administrator: Any, path: str
) -> None:
    look(browser, running.url + path, administrator)


@pytest.mark.long
@pytest.mark.parametrize("path", STOCK_SIGNED_IN)
def test_a_page_of_ckan_for_administrators(
    browser: Browser, running: Installation, administrator: Any, path: str
) -> None:
    look(browser, running.url + path, administrator)


@pytest.mark.parametrize("prefix", ["/en", "/pt_BR"])
@pytest.mark.parametrize("path", MAIN)
def test_a_main_page_in_other_languages(
    browser: Browser, running: Installation, path: str, prefix: str
) -> None:
    look(browser, running.url + prefix + path)


@pytest.mark.long
@pytest.mark.parametrize("prefix", ["/en", "/pt_BR"])
@pytest.mark.parametrize("path", [path for path in [*OWN, *STOCK] if path not in MAIN])
def test_a_page_in_other_languages(
    browser: Browser, running: Installation, path: str, prefix: str
) -> None:
    look(browser, running.url + prefix + path)


def test_a_file_with_its_table(browser: Browser, running: Installation) -> None:
    """The table's own viewer stands in a frame; of its icons CKAN has forgotten one."""
    (file, *_) = running.act("package_show", id=f"{MILESTONE}-datos")["resources"]
    with visit(browser, f"{running.url}{DATASET}/resource/{file['id']}") as visited:
        visited.page.wait_for_load_state("networkidle")
        visited.errors.clear()
        for width in (TELEPHONE, DESK):
            assert find_faults(visited, width) == []


def test_the_language_is_said_and_chosen(browser: Browser, running: Installation) -> None:
    """Each language's page says so, and leads to the same page in the others by plain links."""
    path = "/milestone/" + MILESTONE
    with visit(browser, f"{running.url}{path}?date=2019-12-31", is_scripted=False) as visited:
        page = visited.page
        for prefix, language in [*LANGUAGES.items(), ("", "es")]:
            page.click(f".languages a[hreflang={language}]")
            assert page.get_attribute("html", "lang") == language
            assert page.url.removesuffix("?date=2019-12-31") in {
                running.url + prefix + path,
                f"{running.url}/{language}{path}",
            }


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
