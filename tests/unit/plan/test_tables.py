"""Published tables say what the records say, and are the same bytes every time."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from csv_tables import read_csv

import ckanext.gtplan
from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.files.checks import read_load
from ckanext.gtplan.plan.living import LIVING_TABLES
from ckanext.gtplan.plan.matrix import compute_matrix
from ckanext.gtplan.plan.model import (
    Criterion,
    Load,
    Register,
    Report,
    Score,
    Standard,
)
from ckanext.gtplan.plan.tables import rows
from ckanext.gtplan.plan.tables.deliverables import (
    Deliverable,
    describe_action_plan,
    describe_living,
    describe_milestone,
    describe_regional_plan,
)
from ckanext.gtplan.plan.tables.living import describe_table
from ckanext.gtplan.plan.tables.tables import (
    Table,
    to_csv,
)
from ckanext.gtplan.plan.vocabulary import list_codes
from ckanext.gtplan.prm.vocabulary import vocabulary

EXAMPLE = Path(str(ckanext.gtplan.__file__)).parent / "examples" / "guatemala"
THEMES = {term.code for term in vocabulary("theme").terms}


@pytest.fixture(scope="module")
def load() -> Load:
    return read_load(EXAMPLE).load


@pytest.fixture(scope="module")
def acronyms(load: Load) -> dict[str, str]:
    return {body.id: body.acronym for body in load.organizations if body.acronym}


@pytest.fixture(scope="module")
def deliverables(load: Load, acronyms: dict[str, str]) -> dict[str, Deliverable]:
    commitments = {commitment.id: commitment for commitment in load.commitments}
    milestones = {milestone.id: milestone for milestone in load.milestones}
    made = [describe_regional_plan(plan) for plan in load.regional_plans]
    for plan in load.action_plans:
        own = [c for c in load.commitments if c.action_plan == plan.id]
        parts = [m for m in load.milestones if m.commitment in {c.id for c in own}]
        targets = {plan.id, *(c.id for c in own), *(m.id for m in parts)}
        log = [entry for entry in load.modifications if entry.target in targets]
        made.append(describe_action_plan(plan, own, parts, log, load.reports, acronyms))
    for milestone in load.milestones:
        commitment = commitments[milestone.commitment]
        made.append(describe_milestone(milestone, commitment, load.reports, acronyms))
    for inventory in load.service_inventories:
        milestone = milestones[str(inventory.milestone)]
        commitment = commitments[milestone.commitment]
        services = [describe_table(LIVING_TABLES["services"])]
        made.append(describe_living(inventory, milestone, commitment, services))
    return {deliverable.record: deliverable for deliverable in made}


def get_table(deliverable: Deliverable, name: str) -> Table:
    return next(table for table in deliverable.tables if table.name == name)


def test_the_matrix_has_a_row_for_each_pair() -> None:
    standards = [
        Standard(standard_id=name, name=name.upper(), standard_status="analysed") for name in "ab"
    ]
    criteria = [
        Criterion(criterion_id=name, name=name, weight=Decimal(weight), max_score=Decimal(5))
        for name, weight in (("uso", 3), ("costo", 1))
    ]
    scores = [
        Score(standard_id="a", criterion_id="uso", score=Decimal("2.5"), reason="=Medio"),
        Score(standard_id="a", criterion_id="costo", score=Decimal(5), reason="Gratuito"),
        Score(standard_id="b", criterion_id="uso", score=Decimal(5), reason="Se usa"),
    ]
    matrix = compute_matrix(standards, criteria, scores)
    table = read_csv(rows.make_matrix("registro", matrix))
    assert [(row["estandar"], row["criterio"]) for row in table] == [
        *(("a", "uso"), ("a", "costo")),
        *(("b", "uso"), ("b", "costo")),
    ]
    assert {row["estandar"]: Decimal(row["total"]) for row in table} == {
        "a": Decimal("62.5"),
        "b": Decimal(100),
    }
    assert [row["puntaje"] for row in table] == ["2.5", "5", "5", ""]
    assert table[0]["puntaje_motivo"] == "'=Medio"
    # b's total is of one criterion alone: it is told, and has no place
    places = [(row["puntajes_dados"], row["posicion"]) for row in table]
    assert places == [("2", "1")] * 2 + [("1", "")] * 2


def test_the_dataset_of_a_register_is_its_institutions() -> None:
    register = Register(
        id="registro", title="Normas", owner="inap", register_kind="norms", description="Normas."
    )
    made = describe_living(register, None, None, [describe_table(LIVING_TABLES["norms"])])
    assert made.publishers == ("inap",)
    assert made.deliverable_type == "list"
    assert made.links == {}
    assert made.description == "Normas. Contiene: normas legales."
    assert set(made.themes) <= THEMES


class TestWorkPlan:
    """Milestone 1 of commitment 11, against figures counted in its document."""

    @pytest.fixture
    def plan(self, deliverables: dict[str, Deliverable]) -> Deliverable:
        return deliverables["gt-pan4-c11-h01"]

    def test_activities_in_order(self, plan: Deliverable) -> None:
        table = read_csv(get_table(plan, "actividades"))
        assert [row["actividad_no"] for row in table] == [f"{n:02}" for n in range(1, 14)]
        assert [row["inciso"] for row in table] == list("ABCDEFGHIJKLM")
        assert {row["responsables"] for row in table} == {"INAP; GPAT"}

    def test_months_are_whole_days_that_say_so(self, plan: Deliverable) -> None:
        april = read_csv(get_table(plan, "actividades"))[0]
        assert april["fecha_inicio_planificada"] == "2019-04-01"
        assert april["fecha_fin_planificada"] == "2019-04-30"
        assert april["precision_inicio"] == april["precision_fin"] == "mes"
        assert april["fecha_como_impresa"] == "Abril 2019"

    def test_a_doubtful_date_stays_as_printed(self, plan: Deliverable) -> None:
        twelfth = read_csv(get_table(plan, "actividades"))[11]
        assert twelfth["fecha_inicio_planificada"] == "2019-03-01"
        assert twelfth["fecha_como_impresa"] == "Marzo 2019- Julio 2020"
        assert "muy probablemente" in twelfth["notas"]

    def test_unknown_is_not_late(self, plan: Deliverable) -> None:
        for row in read_csv(get_table(plan, "actividades")):
            assert row["fecha_inicio_ejecutada"] == row["fecha_fin_ejecutada"] == ""
            assert (row["estado"], row["estado_codigo"]) == ("Sin reporte", "unreported")

    def test_budget(self, plan: Deliverable) -> None:
        table = get_table(plan, "presupuesto")
        lines = read_csv(table)
        assert len(lines) == 3
        assert sum(Decimal(line["monto"]) for line in lines) == Decimal("570075.00")
        assert {line["moneda"] for line in lines} == {"GTQ"}
        assert lines[1]["costo_unitario"] == ""  # not stated is not zero
        assert {c.name: c.unit for c in table.columns if c.name == "monto"} == {"monto": "GTQ"}

    def test_schedule(self, plan: Deliverable) -> None:
        meetings = read_csv(get_table(plan, "cronograma"))
        assert len(meetings) == 17
        assert meetings[-1]["reunion"] == "Reunión de Final"
        assert meetings[-1]["fecha_fin_planificada"] == "2020-08-31"

    def test_a_work_plan_without_budget_has_no_such_table(
        self, deliverables: dict[str, Deliverable]
    ) -> None:
        tables = deliverables["gt-pan4-c09-h01"].tables
        assert [table.name for table in tables] == ["actividades"]

    def test_a_milestone_without_work_plan_has_none(
        self, deliverables: dict[str, Deliverable]
    ) -> None:
        assert deliverables["gt-pan4-c11-h02"].tables == ()


class TestReported:
    """What is reported stands in the tables, and does not change with the day."""

    REPORTS = (
        Report(
            id="2",
            milestone="gt-pan4-c11-h01",
            activity_no="01",
            organization="inap",
            as_of=PartialDate.parse("2019-05-31"),
            recorded="2019-06-02T10:00:00Z",
            status="completed",
            actual_end=PartialDate.parse("2019-05"),
            executed_amount=Decimal("1000.50"),
            currency="GTQ",
            evidence=("https://example.org/acta.pdf",),
            note="=Lista",
        ),
        Report(
            id="1",
            milestone="gt-pan4-c11-h01",
            activity_no="01",
            organization="inap",
            as_of=PartialDate.parse("2019-04-30"),
            status="in_progress",
            actual_start=PartialDate.parse("2019-04-08"),
            percent_complete=Decimal("50"),
        ),
    )

    @pytest.fixture
    def plan(self, load: Load, acronyms: dict[str, str]) -> Deliverable:
        milestone = next(m for m in load.milestones if m.id == "gt-pan4-c11-h01")
        commitment = next(c for c in load.commitments if c.id == milestone.commitment)
        return describe_milestone(milestone, commitment, self.REPORTS, acronyms)

    def test_activities(self, plan: Deliverable) -> None:
        first, second, *_ = read_csv(get_table(plan, "actividades"))
        reported = {
            "fecha_inicio_ejecutada": "2019-04-08",
            "precision_inicio_ejecutado": "día",
            "fecha_fin_ejecutada": "2019-05-31",
            "precision_fin_ejecutado": "mes",
            "estado": "Finalizada",
            "estado_codigo": "completed",
            "porcentaje_ejecutado": "100",
            "monto_ejecutado": "1000.50",
            "moneda_ejecutada": "GTQ",
            "evidencias": "https://example.org/acta.pdf",
            "ultimo_reporte": "2019-05-31",
        }
        assert {name: first[name] for name in reported} == reported
        assert {second[name] for name in reported} == {"", "Sin reporte", "unreported"}

    def test_reports_in_the_order_of_their_days(self, plan: Deliverable) -> None:
        first, second = read_csv(get_table(plan, "reportes"))
        assert (first["fecha_reporte"], second["fecha_reporte"]) == ("2019-04-30", "2019-05-31")
        assert (first["estado"], first["fecha_fin_ejecutada"]) == ("En ejecución", "")
        assert (second["institucion_reporta"], second["nota"]) == ("INAP", "'=Lista")
        assert second["porcentaje_ejecutado"] == ""  # each as it was given

    def test_without_reports_there_is_no_such_table(
        self, deliverables: dict[str, Deliverable]
    ) -> None:
        names = [table.name for table in deliverables["gt-pan4-c11-h01"].tables]
        assert names == ["actividades", "presupuesto", "cronograma"]

    def test_milestones(self, load: Load, acronyms: dict[str, str]) -> None:
        plan = next(p for p in load.action_plans if p.id == "gt-pan4")
        made = describe_action_plan(
            plan, load.commitments, load.milestones, (), self.REPORTS, acronyms
        )
        table = {row["hito"]: row for row in read_csv(get_table(made, "hitos"))}
        reported, other = table["gt-pan4-c11-h01"], table["gt-pan4-c11-h02"]
        # one of thirteen is done, and nobody knows of the others: never 100
        assert (reported["estado_codigo"], reported["avance"]) == ("in_progress", "99.9")
        assert (reported["actividades_reportadas"], reported["ultimo_reporte"]) == (
            "1",
            "2019-05-31",
        )
        assert (reported["monto_ejecutado"], reported["moneda_ejecutada"]) == ("1000.50", "GTQ")
        assert (other["estado"], other["avance"], other["monto_ejecutado"]) == (
            "Sin reporte",
            "",
            "",
        )


class TestPlans:
    """National plans, the region's plan and the inventory."""

    def test_every_commitment_is_published_once(
        self, deliverables: dict[str, Deliverable], load: Load
    ) -> None:
        published = [
            row["compromiso"]
            for plan in load.action_plans
            for row in read_csv(get_table(deliverables[plan.id], "compromisos"))
        ]
        assert sorted(published) == sorted(commitment.id for commitment in load.commitments)
        assert len(published) == 109

    def test_commitments_by_number(self, deliverables: dict[str, Deliverable]) -> None:
        table = read_csv(get_table(deliverables["gt-pan4"], "compromisos"))
        assert [row["compromiso_no"] for row in table] == [str(n) for n in range(1, 25)]
        assert table[10]["codigo_ogp"] == "GT0095"
        assert table[10]["hitos_cantidad"] == "8"
        assert table[10]["institucion_responsable"] == "INAP"

    def test_a_title_that_nobody_knows_is_empty(self, deliverables: dict[str, Deliverable]) -> None:
        table = read_csv(get_table(deliverables["gt-pan4"], "hitos"))
        titles = {row["hito"]: row["titulo"] for row in table}
        assert titles["gt-pan4-c11-h02"] == ""
        assert titles["gt-pan4-c11-h01"].startswith("Cocreación")

    def test_modifications(self, deliverables: dict[str, Deliverable]) -> None:
        table = read_csv(get_table(deliverables["gt-pan5"], "modificaciones"))
        assert [row["modificacion_no"] for row in table] == [str(n) for n in range(1, 12)]
        assert table[0]["campo"] == "Fecha de inicio"
        assert "modificaciones" not in {table.name for table in deliverables["gt-pan4"].tables}

    def test_region(self, deliverables: dict[str, Deliverable]) -> None:
        region = deliverables["red-gealc-2019"]
        areas = read_csv(get_table(region, "areas"))
        activities = read_csv(get_table(region, "actividades-regionales"))
        assert (len(areas), len(activities)) == (9, 40)
        assert sum(int(area["actividades_cantidad"]) for area in areas) == 40
        assert len({row["actividad_clave"] for row in activities}) == 40
        assert "; " in activities[0]["productos"]
        assert [row["actividad_no"] for row in activities if not row["productos"]] == ["3.4.4"]
        assert region.publishers == ("red-gealc",)
        assert region.jurisdiction is None

    def test_inventory_makes_an_expected_deliverable_real(
        self, deliverables: dict[str, Deliverable], load: Load
    ) -> None:
        inventory = deliverables[load.service_inventories[0].id]
        assert inventory.links == {
            "milestone": "gt-pan4-c09-h01",
            "commitment": "gt-pan4-c09",
            "action_plan": "gt-pan4",
            "deliverable": "inventario-servicios-en-linea",
        }
        assert [source.name for source in inventory.sources] == ["services"]
        assert inventory.deliverable_type == "inventory"

    def test_publishers(self, deliverables: dict[str, Deliverable]) -> None:
        assert deliverables["gt-pan5"].publishers == ("gae",)
        assert deliverables["gt-pan4-c11-h01"].publishers[0] == "inap"
        assert deliverables["gt-pan4-c09-h01"].publishers[0] == "gpat"

    def test_what_is_said_of_each(self, deliverables: dict[str, Deliverable]) -> None:
        for deliverable in deliverables.values():
            assert deliverable.title
            assert "\n" not in deliverable.description
            assert "{" not in deliverable.title + deliverable.description
            assert set(deliverable.themes) <= THEMES
            assert all(re.match(r"[\w .-]{2,100}\Z", tag) for tag in deliverable.tags)

    def test_every_policy_area_has_a_theme(self, load: Load, acronyms: dict[str, str]) -> None:
        plan = load.action_plans[0]
        for area in list_codes("ogp_policy_area"):
            commitment = replace(load.commitments[0], policy_areas=(area,))
            made = describe_action_plan(plan, (commitment,), (), (), (), acronyms)
            assert set(made.themes) <= THEMES
        health = replace(load.commitments[0], policy_areas=("health",))
        assert "HEAL" in describe_action_plan(plan, (health,), (), (), (), acronyms).themes


def test_bytes(deliverables: dict[str, Deliverable]) -> None:
    for deliverable in deliverables.values():
        for table in deliverable.tables:
            data = to_csv(table)
            assert not data.startswith(b"\xef\xbb\xbf")
            assert data.endswith(b"\r\n")
            header = data.split(b"\r\n", 1)[0].decode("ascii")
            assert header.split(",") == [column.name for column in table.columns]
            assert len(read_csv(table)) == len(table.rows)
            assert to_csv(table) == data
