"""The board of a plan, the front page and the search: what a reader is told at one glance."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any
from xml.etree import ElementTree

import pytest
from ckan import model
from ckan.lib import search
from ckan.tests import factories
from reading import Page, visit

from ckanext.gtplan import config
from ckanext.gtplan.model import ReportEntry

PLAN = "bo-tab"
BOARD = f"/action_plan/{PLAN}"
BAD = "<script>alert(1)</script>"
TODAY = date(2020, 7, 1)
#: Name of the commitment, its number, and what more is said of it.
COMMITMENTS: dict[str, dict[str, Any]] = {
    "atrasado": {"commitment_number": 7, "policy_areas": ["health"], "sdg_targets": ["16.5"]},
    "a-tiempo": {"commitment_number": 2, "lead_institution": "salud-bo"},
    "callado": {"commitment_number": 1, "status": "active"},
    "oculto": {"commitment_number": 3, "private": True, "policy_areas": ["gender"]},
}
ACTIVE = {"status": "active", "cycle_year": 2020, "period_end": "2020"}
#: A deliverable with all that the profile requires.
DATASET: dict[str, Any] = {
    "milestone": "bo-a-tiempo-h1",
    "deliverable": "x",
    "notes": "Descripción",
    "issued": "2020-01-01",
    "data_modified": "2020-01-01",
    "frequency": "R/P1Y",
    "theme": ["GOVE"],
    "language": ["es"],
    "spatial_coverage": [{"code": "BOL"}],
    "temporal_coverage": [{"start": "2020", "end": "2020"}],
    "contact": [{"name": "Unidad", "email": "info@example.org"}],
    "resources": [
        {
            "name": "Tabla",
            "url": "https://example.org/a.csv",
            "format": "CSV",
            "resource_type": "file",
            "fields": [{"title": "a", "type": "integer"}],
        }
    ],
}


def make_activity(number: str, end: str, body: str = "") -> dict[str, str]:
    name = f"Actividad {number}"
    times = {"planned_start": "2020-01", "planned_end": end}
    return {"activity_no": number, "name": name, "responsibles": body, **times}


def write_report(milestone: str, **values: Any) -> None:
    package = model.Package.get(milestone)
    entry = {"evidence": [], "cleared": [], "needs_approval": False, "status": "in_progress"}
    model.Session.add(
        ReportEntry(
            id=f"{milestone}-1",
            milestone_id=package.id,
            activity_no="1",
            as_of=date(2020, 6, 1),
            recorded=datetime(2020, 6, 2, tzinfo=timezone.utc),
            **{**entry, **values},
        )
    )
    model.Session.commit()


@pytest.fixture
def plan(request_context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan in force with a commitment of each kind and a private one, made once; no test
    changes it."""
    monkeypatch.setattr(config, "get_today", lambda: TODAY)
    if model.Package.get("bo-datos") is not None:
        return
    model.repo.delete_all()
    search.clear_all()
    for name in ("salud-bo", "otra-bo"):
        factories.Organization(name=name, title=f"Ente {name}")
    owner = {"owner_org": "salud-bo"}
    for name, more in ((PLAN, ACTIVE), ("bo-vacio", {})):
        factories.Dataset(type="action_plan", name=name, title=f"Plan {name}", **more, **owner)
    for name, more in COMMITMENTS.items():
        values = {"title": f"Compromiso {name}", "action_plan": PLAN, **owner, **more}
        factories.Dataset(type="commitment", name=f"bo-{name}", **values)
        activities = [make_activity("1", "2020-03" if name == "atrasado" else "2020-12", "otra-bo")]
        factories.Dataset(type="milestone", name=f"bo-{name}-h1", commitment=f"bo-{name}",
                          title="Hito", activities=activities, **owner)  # fmt: skip
    for name in ("atrasado", "a-tiempo"):
        write_report(f"bo-{name}-h1")
    factories.Dataset(name="bo-datos", title="Entregable abierto", **DATASET, **owner)


@pytest.fixture
def get(app: Any, plan: None) -> Callable[..., Page]:
    """Fetch a page as a visitor, or as whose token it is."""

    def call(path: str, token: str = "", status: int = 200) -> Page:
        return Page(visit(app, "get", path, token, status=status).get_data(as_text=True))

    return call


def list_rows(page: Page) -> list[str]:
    """List the commitments of the board's table, by name, in order."""
    table = page.html.partition('gtplan-board">')[2].partition("</table>")[0]
    return re.findall(r'href="/commitment/bo-([a-z-]+)"', table)


def read_counts(page: Page) -> dict[str, int]:
    """Read the three counts of the board."""
    found = re.findall(r'gtplan-standing-(\w+)">\s*<strong>(\d+)</strong>', page.html)
    return {kind: int(count) for kind, count in found}


def test_one_glance_says_what_is_late_and_whose(get: Callable[..., Page]) -> None:
    page = get(BOARD)
    assert read_counts(page) == {"late": 1, "unreported": 1, "on_time": 1}
    assert list_rows(page) == ["atrasado", "callado", "a-tiempo"]
    late = page.html.partition("gtplan-row-late")[2].partition("</tr>")[0]
    assert "Con atraso" in late and "1 de 1 actividad" in late
    owners = page.html.partition("gtplan-owners")[2].partition("</table>")[0]
    assert "institution=otra-bo" in owners
    assert re.findall(r"<td[^>]*>(\d+)</td>", owners) == ["1", "1", "1"]


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ("standing=late", ["atrasado"]),
        ("standing=unreported", ["callado"]),
        ("institution=salud-bo", ["a-tiempo"]),
        ("institution=otra-bo&sort=number", ["callado", "a-tiempo", "atrasado"]),
        ("area=health", ["atrasado"]),
        ("sdg=16", ["atrasado"]),
        ("status=active", ["callado"]),
        ("standing=late&status=active", []),
    ],
)
def test_the_address_narrows_and_orders(
    get: Callable[..., Page], asked: str, left: list[str]
) -> None:
    page = get(f"{BOARD}?{asked}")
    assert list_rows(page) == left
    assert ("Ningún compromiso pasa estos filtros" in page.text) == (not left)
    # what the plan is as a whole stays on top
    assert read_counts(page) == {"late": 1, "unreported": 1, "on_time": 1}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("institution=nadie", "«nadie» no es un valor de «Institución»"),
        ("sort=%3Cscript%3E", "«<script>» no es un valor de «Orden»"),
        ("view=luna", "«luna» no es un valor de «Vista»"),
        ("sdg=18&standing=muerto", "«18» no es un valor de «Objetivo de Desarrollo Sostenible»"),
        ("date=2020-02-30", "2020-02-30"),
        ("date=%00", "no es un día del calendario"),
    ],
)
def test_what_is_asked_wrongly_is_told(get: Callable[..., Page], asked: str, told: str) -> None:
    page = get(f"{BOARD}?{asked}")
    alerts = re.findall(r'role="alert">(.*?)</p>', page.html)
    assert any(told in Page(alert).text for alert in alerts)
    assert len(list_rows(page)) == 3 and "<script>»" not in page.html


@pytest.mark.parametrize(
    "address",
    [
        *("/progress/%00.json", "/progress/a%00b.csv", "/progress/%00.svg", "/calendar/%00.ics"),
        *("/gantt/%00.csv", "/publish/%00/x", "/action_plan/%00", "/en/dataset/%00"),
    ],
)
def test_no_address_is_an_error_of_the_portal(get: Callable[..., Page], address: str) -> None:
    get(address, status=404)


def test_a_past_day(get: Callable[..., Page]) -> None:
    page = get(f"{BOARD}?date=2020-02-01")
    assert "Como estaba el 1 de febrero de 2020" in page.text
    assert "Todavía nadie ha reportado sobre este plan" in page.text
    assert "2020-02-01" in re.findall(r'/progress/bo-tab\.csv\?([^"]+)', page.html)[0]
    # what narrows it keeps the day
    assert "date=2020-02-01" in get(f"{BOARD}?date=2020-02-01&view=cards").html


@pytest.mark.parametrize("view", ["table", "cards", "chart"])
def test_every_view_has_every_commitment(get: Callable[..., Page], view: str) -> None:
    html = get(f"{BOARD}?view={view}").html
    for name in ("atrasado", "a-tiempo", "callado"):
        assert f'href="/commitment/bo-{name}"' in html
    assert ("<svg xmlns" in html) == (view == "chart")


def test_what_is_private_is_nowhere(get: Callable[..., Page]) -> None:
    hidden = re.compile("oculto|Género")
    for path in (BOARD, f"{BOARD}?view=cards", f"{BOARD}?view=chart", "/", "/search?q=compromiso"):
        assert not hidden.search(get(path).html), path
    svg = get(f"/progress/{PLAN}.svg").html
    assert "a-tiempo" in svg and not hidden.search(svg)
    wrong = get(f"{BOARD}?area=gender")
    assert "«gender» no es un valor" in wrong.text  # as if there were none
    admin = get(BOARD, str(factories.SysadminWithToken()["token"]))
    assert "oculto" in list_rows(admin) and "Privad" in admin.text
    assert read_counts(admin)["unreported"] == 2


def test_the_drawing(app: Any, get: Callable[..., Page]) -> None:
    answer = app.get(f"/progress/{PLAN}.svg?standing=late")
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    svg = ElementTree.fromstring(answer.get_data(as_text=True))
    assert len(svg.findall("{http://www.w3.org/2000/svg}g")) == 1
    get("/progress/bo-nada.svg", status=404)
    get("/progress/bo-oculto.svg", status=404)
    assert "no es un plan" in get("/progress/bo-callado.svg", status=404).text
    assert "luna" in get(f"/progress/{PLAN}.svg?sort=luna", status=400).text


@pytest.mark.parametrize("language", ["es", "en", "pt_BR"])
def test_an_empty_plan_is_no_failure(get: Callable[..., Page], language: str) -> None:
    page = get(f"/{language}/action_plan/bo-vacio")
    assert read_counts(page) == {}
    assert not re.search(r"\b(late|atraso)\b", page.text.lower())
    told = {"es": "ningún compromiso", "en": "No commitment", "pt_BR": "nenhum compromisso"}
    assert told[language] in page.text


def test_the_front_page_says_it_and_leads_to_the_data(get: Callable[..., Page]) -> None:
    page = get("/")
    assert read_counts(page) == {"late": 1, "unreported": 1, "on_time": 1}
    for address in (
        BOARD,
        f"{BOARD}?standing=unreported#commitments",
        "/commitment/bo-atrasado",
        "https://example.org/a.csv",
        "/services",
    ):
        assert f'="{address}"' in page.html, address


def test_a_plan_whose_period_is_over_is_not_in_force(
    get: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Plan vigente" in get("/").text
    monkeypatch.setattr(config, "get_today", lambda: date(2021, 1, 1))
    page = get("/")
    assert "Plan vigente" not in page.text
    assert "Sin cerrar, aunque su período llegaba hasta 2020" in page.text


@pytest.mark.parametrize(
    ("language", "said"), [("es", "no existe"), ("en", "does not exist"), ("pt_BR", "não existe")]
)
def test_a_wrong_address_is_no_dead_end(get: Callable[..., Page], language: str, said: str) -> None:
    page = get(f"/{language}/nada", status=404)
    assert said in page.text and "was not found on the server" not in page.text
    main = page.html.partition('id="error-content"')[2].partition("</article>")[0]
    for path in ("", "search", "action_plan/", "organization/"):
        assert re.search(f'href="/({language}/)?{path}"', main), path


def test_a_facet_has_no_value_without_a_name(get: Callable[..., Page]) -> None:
    page = get("/commitment/")
    labels = re.findall(r'class="item-label">([^<]*)<', page.html)
    assert labels and all(label.strip() for label in labels)


def test_the_board_of_the_plan_in_force(app: Any, plan: None) -> None:
    answer = app.get("/board", follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(BOARD)


def test_the_search_says_how_many_of_each_kind(get: Callable[..., Page]) -> None:
    page = get("/search?q=compromiso")
    kinds = re.findall(r'type=(\w+)"[^>]*>[^<]*<span class="gtplan-count">(\d+)', page.html)
    assert dict(kinds)["commitment"] == "3"
    assert 'aria-current="true"' in get("/search?q=compromiso&type=commitment").html
    assert "Nada en el portal" in get("/search?q=zzzyyy").text
    assert "Compromiso atrasado" in get("/search?type=luna&q=atrasado").text


@pytest.mark.parametrize("word", ["salud", "health", "saúde"])
def test_a_code_is_found_by_its_name_in_each_language(get: Callable[..., Page], word: str) -> None:
    assert "Compromiso atrasado" in get(f"/search?q={word}").text


def test_what_a_record_says_is_no_markup(get: Callable[..., Page]) -> None:
    made = factories.Dataset(type="commitment", name="bo-script", title=f"{BAD} {'x' * 290}",
                             action_plan=PLAN, owner_org="otra-bo", ogp_id="GT9999")  # fmt: skip
    try:
        for view in ("table", "cards", "chart"):
            html = get(f"{BOARD}?view={view}").html
            assert "&lt;script&gt;alert(1)" in html and BAD not in html
    finally:
        package = model.Package.get(made["id"])
        package.purge()
        model.Session.commit()
        search.clear(made["id"])
