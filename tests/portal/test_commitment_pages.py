"""A commitment's page: why, how far, what it delivers, who says what of it, and what changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ckan import model
from ckan.tests import factories
from reading import Page

from ckanext.gtplan.model import Modification

pytestmark = pytest.mark.usefixtures("example")

LONG = " ".join(f"palabra{number}" for number in range(60))


@pytest.fixture
def log() -> Iterator[Callable[..., None]]:
    """Add an entry to the log of modifications, and take it away after the test."""
    made: list[int] = []

    def call(target: str, **data: Any) -> None:
        said = {"change_type": "text_changed", "summary": "Cambia.", **data}
        seq = 900 + len(made)
        entry = Modification(plan="gt-pan4", seq=seq, target=target, **said)
        model.Session.add(entry)
        model.Session.commit()
        made.append(entry.id)

    yield call
    model.Session.query(Modification).filter(Modification.id.in_(made)).delete()
    model.Session.commit()


def read_lines(page: Page) -> list[str]:
    """Read the modifications of a page, each as a text in which [-old-] and {+new+} are told."""
    html = page.html[page.html.index('id="modifications"') :]
    found = []
    for item in re.findall(r"<li value.*?</li>", html, re.S):
        item = re.sub(r'<span class="visually-hidden">.*?</span>', "", item)
        item = re.sub(r"<del>(.*?)(\s*)</del>", r"[-\1-]\2", item, flags=re.S)
        item = re.sub(r"<ins>(.*?)(\s*)</ins>", r"{+\1+}\2", item, flags=re.S)
        found.append(" ".join(re.sub(r"<[^>]*>", "", item).split()))
    return found


class TestModifications:
    def test_dates_are_told_as_people_write_them_and_how_far_they_moved(
        self, get: Callable[..., Page]
    ) -> None:
        lines = read_lines(get("/commitment/gt-pan5-c02"))
        assert "[-1 de enero de 2022-] → {+10 de enero de 2022+} 9 días después" in lines[0]
        assert "[-30 de junio de 2023-] → {+31 de mayo de 2023+} 30 días antes" in lines[1]
        english = read_lines(get("/en/commitment/gt-pan5-c02"))
        assert "[-January 1, 2022-] → {+January 10, 2022+} 9 days later" in english[0]

    def test_those_of_its_milestones_are_told_with_the_milestone(
        self, get: Callable[..., Page]
    ) -> None:
        lines = read_lines(get("/commitment/gt-pan5-c02"))
        assert len(lines) == 11
        assert lines[9].startswith("Hito 2.1 Fecha cambiada")
        assert "[-junio de 2023-] → {+mayo de 2023+} 1 mes antes" in lines[9]
        own = read_lines(get("/milestone/gt-pan5-c02-h01"))
        assert len(own) == 2 and not own[0].startswith("Hito")
        whole = read_lines(get("/action_plan/gt-pan5"))
        assert len(whole) == 11 and whole[0].startswith("Compromiso 2 Fecha cambiada")

    def test_a_text_is_told_word_by_word_where_it_changed(
        self, get: Callable[..., Page], log: Callable[..., None]
    ) -> None:
        new = LONG.replace("palabra30", "otra <script>alert(1)</script>")
        log("gt-pan4-c03", field="problem", old_value=LONG, new_value=new)
        page = get("/commitment/gt-pan4-c03")
        (line,) = read_lines(page)
        shown, full = line.split("Los dos textos completos")
        assert "[-palabra30-] {+otra &lt;script&gt;alert(1)&lt;/script&gt;+} palabra31" in shown
        assert "[…] palabra22" in shown and "palabra38 […]" in shown
        assert "palabra0 palabra1" not in shown and "palabra0 palabra1" in full
        assert "<script>alert" not in page.html

    def test_codes_and_institutions_are_told_by_their_names(
        self, get: Callable[..., Page], log: Callable[..., None]
    ) -> None:
        log("gt-pan4-c03", field="status", old_value="active", new_value="withdrawn")
        log("gt-pan4-c03", field="lead_institution", old_value="gpat", new_value="desconocida")
        lines = read_lines(get("/commitment/gt-pan4-c03"))
        assert "[-Activo-] → {+Retirado+}" in lines[0]
        assert "[-Comisión Presidencial de Gestión Pública" in lines[1]
        assert "{+desconocida+}" in lines[1]

    def test_nobody_reads_of_a_hidden_milestone(
        self, get: Callable[..., Page], create: Callable[..., None], log: Callable[..., None]
    ) -> None:
        create("milestone", "xx-hidden", number="9", commitment="gt-pan4-c03", private=True)
        log("xx-hidden", field="title", old_value="Secreto viejo", new_value="Secreto nuevo")
        for path in ("/commitment/gt-pan4-c03", "/action_plan/gt-pan4"):
            assert "ecreto" not in get(path).html
        admin = factories.SysadminWithToken()["token"]
        assert "Secreto" in get("/commitment/gt-pan4-c03", admin).text


class TestSheet:
    def test_goals_have_their_names_in_the_readers_language(self, get: Callable[..., Page]) -> None:
        path = "/commitment/gt-pan4-c08"
        assert "16.5 Objetivo 16: Paz, justicia e instituciones sólidas" in get(path).text
        assert "16.5 Goal 16: Peace, justice and strong institutions" in get(f"/en{path}").text
        assert "Paz, justiça e instituições eficazes" in get(f"/pt_BR{path}").text

    def test_what_the_government_says_stands_beside_what_reviewers_say(
        self, get: Callable[..., Page], create: Callable[..., None]
    ) -> None:
        said = {"action_plan": "gt-pan4", "self_completion": "complete"}
        create(
            "commitment", "xx-said", **said, irm_completion="limited", irm_ambition="results_modest"
        )
        create("commitment", "xx-alone", **said)
        text = get("/commitment/xx-said").text
        assert "ve su trabajo 2 grados más avanzado que la revisión independiente" in text
        own, reviewed = text.split("Lo que dice la revisión independiente")[-2:]
        assert "Completo" in own[-200:] and "Limitado" in reviewed[:200]
        alone = get("/commitment/xx-alone").text
        assert "no tiene ninguna revisión independiente" in alone and "grados" not in alone

    def test_a_commitment_of_which_nothing_is_known_says_so_in_words(
        self, get: Callable[..., Page], create: Callable[..., None]
    ) -> None:
        create("commitment", "xx-empty", action_plan="gt-pan4")
        text = get("/commitment/xx-empty").text
        assert "Los documentos no nombran ningún hito de este compromiso" in text
        assert "Los documentos no nombran ningún entregable de sus hitos" in text
        assert "Modificaciones" not in text


class TestMilestones:
    def test_deliverables_of_all_milestones_are_there_to_take(
        self, app: Any, get: Callable[..., Page]
    ) -> None:
        page = get("/commitment/gt-pan4-c09")
        table = page.html[page.html.index('id="deliverables"') :].split("</section>")[0]
        assert "Publicados: 1 de 7" in page.text
        files = re.findall(r'<a href="https?://[^/]+(/dataset/[^"]+\.csv)"', table)
        assert files and app.get(files[0]).status_code == 200
        assert "#entregable-" in table and "No publicado" in table

    def test_a_private_dataset_makes_no_deliverable_real(
        self, get: Callable[..., Page], create: Callable[..., None]
    ) -> None:
        product = {"key": "mapa", "name": "El mapa", "due_date": "2019-05"}
        create(
            "milestone",
            "xx-map",
            number="9",
            commitment="gt-pan4-c03",
            expected_deliverables=[product],
        )
        create(
            "dataset",
            "xx-map-data",
            title="Mapa reservado",
            milestone="xx-map",
            deliverable="mapa",
            private=True,
        )
        page = get("/commitment/gt-pan4-c03")
        assert "reservado" not in page.html and "0 de 1 entregable" in page.text
        admin = factories.SysadminWithToken()["token"]
        seen = get("/commitment/gt-pan4-c03", admin).text
        assert "Mapa reservado" in seen and "0 de 1 entregable" in seen

    def test_what_has_no_date_is_not_said_to_be_due_later(self, get: Callable[..., Page]) -> None:
        rows = [row for row in get("/commitment/gt-pan4-c11").rows if "título no disponible" in row]
        assert rows and all("Aún no vence" not in row and "Sin reporte" in row for row in rows)


class TestNeighbours:
    def find(self, page: Page) -> dict[str, str]:
        found = re.findall(r'<a rel="(prev|next)"[^>]*href="/commitment/([^"]+)"', page.html)
        return dict(found)

    def test_the_commitments_before_and_after_in_the_plan(self, get: Callable[..., Page]) -> None:
        beside = self.find(get("/commitment/gt-pan4-c11"))
        assert beside == {"prev": "gt-pan4-c10", "next": "gt-pan4-c12"}
        assert self.find(get("/commitment/gt-pan4-c01")) == {"next": "gt-pan4-c02"}
        assert self.find(get("/commitment/gt-pan4-c24")) == {"prev": "gt-pan4-c23"}
        assert self.find(get("/commitment/gt-pan5-c02")) == {}

    def test_a_hidden_one_is_nobodys_neighbour(
        self, get: Callable[..., Page], create: Callable[..., None]
    ) -> None:
        create("commitment", "xx-next", action_plan="gt-pan4", commitment_number=25, private=True)
        assert self.find(get("/commitment/gt-pan4-c24")) == {"prev": "gt-pan4-c23"}
