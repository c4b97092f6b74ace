"""A regional plan's page: by area and semester, and what is published of each activity."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from ckan import model
from ckan.lib import search
from ckan.tests import factories
from reading import Page

pytestmark = pytest.mark.usefixtures("example")


def cut(page: Page, anchor: str) -> str:
    """Cut the part of a page that a heading names."""
    return page.html[page.html.index(f'id="{anchor}"') :].split("</section>")[0]


def test_areas_stand_against_semesters(get: Callable[..., Page]) -> None:
    page = get("/regional_plan/red-gealc-2019")
    matrix = cut(page, "matrix")
    assert "Primer semestre" in matrix and "Segundo semestre" in matrix and "Todo el año" in matrix
    rows = {
        text.split("</th>")[0]: text.split("<td")[1:]
        for text in re.findall(r"<tr>(.*?)</tr>", matrix, re.S)
        if "<td" in text
    }
    (first,) = (cells for head, cells in rows.items() if "3.1 Servicios" in head)
    numbers = [re.findall(r">(3\.[0-9.]+)</a>", cell) for cell in first]
    assert numbers == [["3.1.1"], ["3.1.2", "3.1.3"], ["3.1.4", "3.1.5"]]
    (data,) = (cells for head, cells in rows.items() if "3.2 Datos" in head)
    assert "Ninguna actividad" in data[0] and "Ninguna actividad" in data[1]
    # two activities have a printed number that repeats: each link leads to its own row
    links = re.findall(r'href="#(actividad-[^"]+)"', matrix)
    assert len(links) == len(set(links)) == 40
    assert all(f'id="{anchor}"' in page.html for anchor in links)


def test_nobody_is_called_late_and_silence_is_counted_apart(get: Callable[..., Page]) -> None:
    text = get("/regional_plan/red-gealc-2019").text
    assert "42 ? con fecha cumplida y sin reporte de nadie" in text
    assert "0 ✓ productos publicados" in text
    english = get("/en/regional_plan/red-gealc-2019").text
    assert "late" not in english.lower().replace("latest", "").split()


def test_an_activity_without_a_known_area_is_not_lost(
    get: Callable[..., Page], create: Callable[..., None]
) -> None:
    activity = {"activity_key": "9.1", "activity_no": "9.1", "area_no": "1", "name": "Huérfana"}
    create(
        "regional_plan",
        "xx-region",
        owner_org="red-gealc",
        title="Región",
        plan_year=2030,
        areas=[{"area_no": "1", "title": "<b>Vacía</b>"}],
        regional_activities=[{**activity, "period": "H2"}],
    )
    # a form refuses an area that is not there; the database may have it from before
    package = model.Package.get("xx-region")
    stored = json.loads(package.extras["regional_activities"])
    package.extras["regional_activities"] = json.dumps([{**row, "area_no": "9"} for row in stored])
    model.Session.commit()
    search.rebuild("xx-region")
    page = get("/regional_plan/xx-region")
    assert "Huérfana" in cut(page, "matrix") and "Huérfana" in cut(page, "area-2")
    assert "El plan no nombra ninguna actividad de esta área" in cut(page, "area-1")
    assert "<b>Vacía" not in page.html


def test_a_private_dataset_makes_no_product_real(
    get: Callable[..., Page], create: Callable[..., None]
) -> None:
    create(
        "dataset",
        "xx-product",
        owner_org="red-gealc",
        title="Guía reservada",
        regional_plan="red-gealc-2019",
        deliverable="3.2.1-1",
        private=True,
    )
    path = "/regional_plan/red-gealc-2019"
    assert "reservada" not in get(path).html
    seen = get(path, factories.SysadminWithToken()["token"]).text
    assert "Guía reservada" in seen and "0 ✓ productos publicados" in seen
