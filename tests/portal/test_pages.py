"""What people see: every page of the plan, in their language, with their permissions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from ckan import model
from ckan.lib import search
from ckan.tests import factories
from reading import Page, act, visit

CATALOGUES = Path(__file__).parents[2] / "ckanext" / "gtplan" / "i18n"
MILESTONE = "/milestone/gt-pan4-c11-h01"
#: One page of each kind, with what it must say.
PAGES = {
    "/": ["109", "compromisos", "68", "entregables esperados publicados"],
    "/action_plan/": ["5 planes de acción"],
    "/commitment/": ["109 compromisos", "Buscar compromisos", "Áreas de política"],
    "/milestone/": ["17 hitos", "Compromiso 11"],
    "/indicator/": ["18 indicadores", "Tipo de indicador"],
    "/regional_plan/": ["1 plan regional"],
    "/service_inventory/": ["1 inventario de servicios"],
    "/dataset/": ["Hito 1"],
    "/search?q=salud": ["resultados para «salud»", "Compromisos"],
    "/action_plan/gt-pan5": ["GT0110", "Modificaciones", "30 de junio de 2023", "0 de 5"],
    "/commitment/gt-pan4-c08": ["GT0092", "¿Cuál es el compromiso?", "MTGA", "Sin dato"],
    "/regional_plan/red-gealc-2019": ["3.9 Reunión anual", "Panamá", "Red GEALC"],
    "/service_inventory/gt-servicios-digitales-2019": ["19 servicios", "Previsto en el plan"],
    MILESTONE: ["Objetivo general", "Cronograma de reuniones", "abr-19", "No publicado"],
}


@pytest.fixture
def get(app: Any) -> Callable[..., Page]:
    """Fetch a page, as a visitor unless somebody's token is given."""

    def call(path: str, token: str = "", status: int = 200) -> Page:
        return Page(visit(app, "get", path, token, status=status).body)

    return call


@pytest.fixture(scope="session")
def seen() -> dict[str, Page]:
    """The pages that several tests look at, each fetched once."""
    return {}


@pytest.fixture
def read(get: Callable[..., Page], seen: dict[str, Page]) -> Callable[[str], Page]:
    """Give a page of the example as a visitor sees it."""

    def call(path: str) -> Page:
        if path not in seen:
            seen[path] = get(path)
        return seen[path]

    return call


@pytest.fixture
def admin() -> str:
    """The token of a sysadmin."""
    return str(factories.SysadminWithToken()["token"])


@pytest.fixture
def create() -> Iterator[Callable[..., dict[str, Any]]]:
    """Create records, and take them away after the test."""
    made: list[str] = []

    def call(**data: Any) -> dict[str, Any]:
        record: dict[str, Any] = act("package_create", **data)
        made.append(record["id"])
        return record

    yield call
    for package_id in reversed(made):
        act("dataset_purge", id=package_id)


@pytest.mark.usefixtures("example")
class TestPages:
    @pytest.mark.parametrize(("path", "expected"), PAGES.items())
    def test_each_page_says_what_it_is_for(
        self, read: Callable[[str], Page], path: str, expected: list[str]
    ) -> None:
        page = read(path)
        assert [text for text in expected if text not in page.text + page.html] == []

    @pytest.mark.parametrize("path", PAGES)
    @pytest.mark.parametrize("language", ["es", "pt_BR"])
    def test_nothing_stays_untranslated(
        self, read: Callable[[str], Page], path: str, language: str
    ) -> None:
        with (CATALOGUES / language / "LC_MESSAGES/ckanext-gtplan.po").open("rb") as file:
            catalogue = read_po(file, locale=language)
        sentences = [
            m.id for m in catalogue if isinstance(m.id, str) and len(m.id) > 11 and m.string != m.id
        ]
        text = read(f"/{language}{path}").text
        left = [one for one in sentences if "{" not in one and re.search(rf"\b{one}\b", text)]
        assert sentences and left == []

    @pytest.mark.parametrize("path", PAGES)
    def test_headings_begin_at_one_and_skip_no_level(
        self, read: Callable[[str], Page], path: str
    ) -> None:
        levels = read(path).headings
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))

    @pytest.mark.parametrize("path", PAGES)
    def test_a_page_asks_no_other_host_for_anything(
        self, read: Callable[[str], Page], path: str
    ) -> None:
        html = read(path).html
        loaded = re.findall(r'<(?:script|img|iframe)[^>]+src="([^"]+)"', html)
        loaded += re.findall(r'<link (?!rel="(?:alternate|canonical)")[^>]*href="([^"]+)"', html)
        assert loaded and [url for url in loaded if "//" in url] == []

    @pytest.mark.parametrize(
        ("language", "total"),
        [("es", "GTQ 570,075.00"), ("en", "GTQ 570,075.00"), ("pt_BR", "GTQ 570.075,00")],
    )
    def test_the_budget_is_checked_against_its_lines(
        self, read: Callable[[str], Page], language: str, total: str
    ) -> None:
        page = read(f"/{language}{MILESTONE}")
        # sum of the lines, what the document states, and what progress is compared with
        assert page.text.count(total) == 3
        assert page.html.count("gtplan-agrees") == 1
        assert "gtplan-differs" not in page.html

    def test_activities_stand_in_their_order_with_their_dates(
        self, read: Callable[[str], Page]
    ) -> None:
        rows = [row.split() for row in read(MILESTONE).rows if "Sin reporte" in row]
        assert [row[0] for row in rows] == [f"{number:02}" for number in range(1, 14)]
        assert "INAP" in rows[0] and "Abril 2019 2019-04" in " ".join(rows[0])
        assert "Marzo 2019- Julio 2020 2019-03 / 2020-07" in " ".join(rows[11])

    @pytest.mark.parametrize("language", ["es", "en", "pt_BR"])
    def test_what_is_not_known_is_never_called_late(
        self, read: Callable[[str], Page], language: str
    ) -> None:
        for path in PAGES:
            text = read(f"/{language}{path}").text.lower()
            assert not re.search(r"\b(late|overdue|delayed|atras\w+|vencid\w+|retras\w+)\b", text)

    def test_acronyms_lead_to_the_institution(self, read: Callable[[str], Page]) -> None:
        assert re.search(
            r'<a href="/organization/inap"[^>]*title="Instituto Nacional[^"]+">INAP</a>',
            read(MILESTONE).html,
        )

    def test_a_title_of_our_own_is_marked_beside_what_ogp_prints(
        self, read: Callable[[str], Page]
    ) -> None:
        page = read("/commitment/gt-pan4-c13")
        assert "traducción no oficial" in page.text
        assert '<q lang="en">Create Information Tools' in page.html
        assert "traducción no oficial" not in read("/commitment/gt-pan4-c08").text

    def test_summaries_and_doubts_are_marked(self, read: Callable[[str], Page]) -> None:
        text = read(MILESTONE).text
        assert "Resumen propio del documento" in text
        assert "Dudas encontradas en los documentos" in text
        assert "VI, línea 70" in text

    def test_breadcrumbs_lead_from_the_plan_to_the_deliverable(
        self, read: Callable[[str], Page]
    ) -> None:
        html = read("/dataset/gt-pan4-c11-h01-datos").html
        crumbs = html[html.index('<ol class="breadcrumb">') :].split("</ol>")[0]
        assert re.findall(r'href="/([a-z_]+/[^"]*)"', crumbs) == [
            "action_plan/",
            "action_plan/gt-pan4",
            "commitment/gt-pan4-c11",
            "milestone/gt-pan4-c11-h01",
            "dataset/gt-pan4-c11-h01-datos",
        ]

    def test_a_published_deliverable_is_downloaded_in_one_click(
        self, read: Callable[[str], Page], app: Any
    ) -> None:
        page = read("/milestone/gt-pan4-c09-h01")
        row = next(row for row in page.rows if "Inventario de servicios públicos" in row)
        assert "Licencia" in row and "CSV" in row and "No publicado" not in row
        link = re.search(r'gtplan-downloads">\s*<li><a href="[^"]+?(/dataset/[^"]+)"', page.html)
        assert link and app.get(link[1]).status_code == 200

    def test_a_dataset_says_what_it_is_a_deliverable_of(self, read: Callable[[str], Page]) -> None:
        text = read("/dataset/gt-servicios-digitales-2019-datos").text
        box = text[text.index("Un entregable del plan") :]
        assert "Inventario de servicios públicos en línea" in box[:900]
        assert "Compromiso 9" in box[:900] and "2018-2020" in box[:900]

    def test_the_search_of_everything_says_which_is_which(
        self, read: Callable[[str], Page]
    ) -> None:
        everything = read("/search?q=datos+abiertos")
        assert "Hito 5" in everything.text and "GT0067" in everything.text
        only = read("/search?q=datos+abiertos&type=milestone")
        assert "Hito 5" in only.text and "GT0067" not in only.text
        assert (
            "0 resultados" in read('/search?q="[').text or "resultado" in read('/search?q="[').text
        )


@pytest.mark.usefixtures("example")
class TestRecords:
    def test_a_record_of_required_fields_only_has_a_page(
        self, get: Callable[..., Page], create: Callable[..., Any]
    ) -> None:
        owner = {"owner_org": "gae"}
        create(
            type="action_plan",
            name="xx-plan",
            title="Plan",
            plan_number=9,
            country="GTM",
            cycle_year=2030,
            **owner,
        )
        create(type="commitment", name="xx-plan-c01", title="Uno", action_plan="xx-plan", **owner)
        create(
            type="milestone",
            name="xx-plan-c01-h01",
            title="Hito",
            number="1",
            commitment="xx-plan-c01",
            **owner,
        )
        create(
            type="indicator",
            name="xx-indicator",
            title="Índice",
            milestone="xx-plan-c01-h01",
            **owner,
        )
        create(type="regional_plan", name="xx-region", title="Región", plan_year=2030, **owner)
        create(
            type="service_inventory",
            name="xx-services",
            title="Servicios",
            reference_year=2030,
            **owner,
        )
        for path in (
            "/action_plan/xx-plan",
            "/commitment/xx-plan-c01",
            "/milestone/xx-plan-c01-h01",
            "/indicator/xx-indicator",
            "/regional_plan/xx-region",
            "/service_inventory/xx-services",
        ):
            assert "Sin dato" in get(path).text

    def test_what_a_document_says_is_text_and_no_markup(
        self, get: Callable[..., Page], create: Callable[..., Any]
    ) -> None:
        bad = "<script>alert(1)</script>"
        create(
            type="milestone",
            name="xx-script",
            title=f"Título {bad}",
            number=f"9{bad}",
            commitment="gt-pan4-c01",
            notes=bad,
            date_verbatim=bad,
            owner_org="gae",
            responsibles=[{"name": bad}],
            activities=[{"activity_no": bad, "name": bad, "notes": bad, "responsibles": "<b>"}],
            expected_deliverables=[{"key": "\"'><b>", "name": bad, "deliverable_type": "plan"}],
            doubts=[{"text": bad, "document": bad, "place": bad}],
        )
        # a form refuses such an address; the database may have it from before
        keep("xx-script", sources=[{"document": bad, "url": "javascript:alert(1)"}])
        for path in ("/milestone/xx-script", "/commitment/gt-pan4-c01", "/search?q=script"):
            html = get(path).html
            assert "&lt;script&gt;" in html
            assert bad not in html and "javascript:alert" not in html and "><b>" not in html

    def test_a_private_record_is_on_no_page_of_a_visitor(
        self, get: Callable[..., Page], create: Callable[..., Any], admin: str
    ) -> None:
        create(
            type="milestone",
            name="xx-private",
            title="Hito reservado",
            number="7",
            commitment="gt-pan4-c11",
            owner_org="gae",
            private=True,
            expected_deliverables=[
                {"key": "a", "name": "Oculto", "deliverable_type": "plan"},
            ],
        )
        create(
            type="commitment",
            name="xx-secret",
            title="Compromiso reservado",
            action_plan="gt-pan4",
            owner_org="gae",
            private=True,
        )
        create(
            type="milestone",
            name="xx-below",
            title="Hito público",
            number="1",
            commitment="xx-secret",
            owner_org="gae",
        )
        for path in ("/commitment/gt-pan4-c11", "/milestone/", "/action_plan/gt-pan4"):
            assert "reservado" not in get(path).text
        assert "de 68" in get("/").text
        assert "reservado" not in get("/milestone/xx-below").html
        get("/milestone/xx-private", status=404)
        assert "Hito reservado" in get("/commitment/gt-pan4-c11", admin).text

    def test_a_budget_that_does_not_add_up_says_so(
        self, get: Callable[..., Page], create: Callable[..., Any]
    ) -> None:
        create(
            type="milestone",
            name="xx-budget",
            title="Hito",
            number="1",
            commitment="gt-pan4-c11",
            owner_org="gae",
            budget_total="10.00",
            budget_currency="GTQ",
            budget_lines=[
                {
                    "line_no": "1",
                    "description": "a",
                    "amount": "7.00",
                    "currency": "GTQ",
                    "quantity": "2",
                    "unit_cost": "3.00",
                    "periods": "1",
                }
            ],
        )
        text = get("/milestone/xx-budget").text
        assert "Los renglones no suman el total" in text
        assert "no dan este monto" in text


def keep(name: str, **fields: Any) -> None:
    """Write fields of a record past all checks, as an older version may have."""
    package = model.Package.get(name)
    assert package is not None
    package.extras.update({key: json.dumps(value) for key, value in fields.items()})
    model.Session.commit()
    search.rebuild(name)
