"""The rows of each published table, made of plan records.

A column that is not filled here is not published: ``tables.yaml`` has the columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from ..dates import PartialDate
from ..follow.progress import measure_milestone
from ..follow.reporting import NOTHING, State, Target, order_report
from ..labels import get_field_labels, list_labelled_fields
from ..matrix import Matrix
from ..model import (
    ActionPlan,
    Actor,
    Commitment,
    Milestone,
    Modification,
    RegionalPlan,
    Report,
)
from ..vocabulary import get_label
from .tables import Cell, Table, describe_precision, make_table

#: Between the values of a cell that holds several.
SEPARATOR = "; "

Acronyms = Mapping[str, str]
States = Mapping[Target, State]


def make_activities(milestone: Milestone, states: States, acronyms: Acronyms) -> Table:
    """Make the table of a work plan's activities, in the order of the work plan."""
    return make_table(
        "actividades",
        [
            {
                "hito": milestone.id,
                "actividad_no": activity.activity_no,
                "inciso": activity.letter,
                "actividad": activity.name,
                "responsables": _join_bodies(activity.responsibles, acronyms),
                **_plan_dates(activity.planned_start, activity.planned_end),
                "fecha_como_impresa": activity.date_verbatim,
                "costo_planificado": activity.planned_cost,
                "moneda": activity.currency if activity.planned_cost is not None else None,
                **_state(states.get(Target(milestone.id, activity.activity_no), NOTHING)),
                "notas": activity.notes,
            }
            for activity in milestone.activities
        ],
    )


def make_reports(milestone: Milestone, reports: Sequence[Report], acronyms: Acronyms) -> Table:
    """Make the table of the reports on a milestone, in the order of what they speak of."""
    own = (report for report in reports if report.milestone == milestone.id)
    return make_table(
        "reportes",
        [
            {
                "hito": report.milestone,
                "actividad_no": report.activity_no,
                "entregable": report.deliverable,
                "institucion_reporta": acronyms.get(
                    report.organization or "", report.organization
                ),
                "fecha_reporte": report.as_of.last_day,
                "registrado": report.recorded,
                **_code("estado", "activity_status", report.status),
                **_code("publicacion", "publication_status", report.publication_status),
                **_done(report),
                "dificultades": report.difficulties,
                "nota": report.note,
                "campos_retirados": SEPARATOR.join(str(_name_field(f)) for f in report.cleared),
            }
            for report in sorted(own, key=order_report)
        ],
    )


def make_budget(milestone: Milestone) -> Table:
    """Make the table of a work plan's budget lines."""
    currencies = {line.currency for line in milestone.budget_lines}
    unit = currencies.pop() if len(currencies) == 1 else None
    return make_table(
        "presupuesto",
        [
            {
                "hito": milestone.id,
                "renglon_no": line.line_no,
                "descripcion": line.description,
                "cantidad": line.quantity,
                "costo_unitario": line.unit_cost,
                "periodos": line.periods,
                "monto": line.amount,
                "moneda": line.currency,
            }
            for line in milestone.budget_lines
        ],
        {"monto": unit, "costo_unitario": unit} if unit else None,
    )


def make_schedule(milestone: Milestone) -> Table:
    """Make the table of a work plan's meetings."""
    return make_table(
        "cronograma",
        [
            {
                "hito": milestone.id,
                "reunion_no": meeting.meeting_no,
                "reunion": meeting.name,
                **_plan_dates(meeting.planned_date, meeting.planned_date),
                "fecha_como_impresa": meeting.date_verbatim,
            }
            for meeting in milestone.schedule
        ],
    )


def make_commitments(
    plan: ActionPlan,
    commitments: Sequence[Commitment],
    milestones: Sequence[Milestone],
    acronyms: Acronyms,
) -> Table:
    """Make the table of a plan's commitments, by number, those without one by OGP's code."""
    known = Counter(milestone.commitment for milestone in milestones)
    return make_table(
        "compromisos",
        [
            {
                "plan": plan.id,
                "plan_no": plan.plan_number,
                "anio_ciclo": plan.cycle_year,
                "compromiso": commitment.id,
                "compromiso_no": commitment.commitment_number,
                "codigo_ogp": commitment.ogp_id,
                "titulo": commitment.title,
                "titulo_publicado": commitment.title_original,
                "idioma_titulo_publicado": commitment.title_original_language,
                **_code("areas_politica", "ogp_policy_area", commitment.policy_areas, "codigos"),
                "institucion_responsable": _join_bodies(
                    (commitment.lead_institution,) if commitment.lead_institution else (),
                    acronyms,
                ),
                "corresponsables": _join_bodies(commitment.co_lead_institutions, acronyms),
                **_plan_dates(commitment.start_date, commitment.end_date),
                "fecha_como_impresa": commitment.date_verbatim,
                **_code("estado", "commitment_status", commitment.status),
                "hitos_cantidad": known[commitment.id],
            }
            for commitment in sorted(commitments, key=_commitment_order)
        ],
    )


def make_milestones(
    plan: ActionPlan,
    commitments: Sequence[Commitment],
    milestones: Sequence[Milestone],
    states: States,
    acronyms: Acronyms,
) -> Table:
    """Make the table of a plan's milestones, in the order of their commitments."""
    ranks = {c.id: rank for rank, c in enumerate(sorted(commitments, key=_commitment_order))}
    known = [milestone for milestone in milestones if milestone.commitment in ranks]
    known.sort(key=lambda m: (ranks[m.commitment], split_number(m.number or ""), m.id))
    return make_table(
        "hitos",
        [
            {
                "plan": plan.id,
                "compromiso": milestone.commitment,
                "hito": milestone.id,
                "hito_no": milestone.number,
                "titulo": milestone.title if milestone.is_title_known else None,
                "responsables": _join_actors(milestone.responsibles, acronyms),
                **_code("novedad", "novelty", milestone.novelty),
                **_plan_dates(milestone.planned_start, milestone.planned_end),
                "fecha_como_impresa": milestone.date_verbatim,
                **_roll_up(milestone, states),
                "actividades_cantidad": len(milestone.activities),
                "entregables_cantidad": len(milestone.expected_deliverables),
                "monto": milestone.budget_total,
                "moneda": milestone.budget_currency,
            }
            for milestone in known
        ],
    )


def make_modifications(plan: ActionPlan, modifications: Sequence[Modification]) -> Table:
    """Make the table of a plan's log of modifications."""
    return make_table(
        "modificaciones",
        [
            {
                "plan": plan.id,
                "modificacion_no": entry.seq,
                "registro": entry.target,
                **_code("tipo_cambio", "change_type", entry.change_type),
                "resumen": entry.summary,
                "campo": _name_field(entry.field),
                "valor_anterior": entry.old_value,
                "valor_nuevo": entry.new_value,
                "version_anterior": entry.previous_version,
                "motivo": entry.reason,
            }
            for entry in sorted(modifications, key=lambda entry: entry.seq)
        ],
    )


def make_areas(plan: RegionalPlan) -> Table:
    """Make the table of a regional plan's areas."""
    known = Counter(activity.area_no for activity in plan.regional_activities)
    return make_table(
        "areas",
        [
            {
                "plan": plan.id,
                "anio": plan.plan_year,
                "area_no": area.area_no,
                "area": area.title,
                "objetivo": area.objective,
                "actividades_cantidad": known[area.area_no],
            }
            for area in plan.areas
        ],
    )


def make_regional_activities(plan: RegionalPlan) -> Table:
    """Make the table of a regional plan's activities with the products expected of each."""
    products: dict[str | None, list[str]] = {}
    for deliverable in plan.expected_deliverables:
        products.setdefault(deliverable.activity, []).append(deliverable.name)
    return make_table(
        "actividades-regionales",
        [
            {
                "plan": plan.id,
                "anio": plan.plan_year,
                "area_no": activity.area_no,
                "actividad_clave": activity.activity_key,
                "actividad_no": activity.activity_no,
                "actividad": activity.name,
                "productos": SEPARATOR.join(products.get(activity.activity_key, ())),
                **_code("periodo", "regional_period", activity.period),
                "participantes": activity.participants,
                "participantes_cantidad": activity.participants_count,
                **_code("modalidad", "place_kind", activity.place_kind),
                "lugar": activity.place,
                "recursos": activity.resources,
                **_code("fuentes_recursos", "funding_source", activity.funding_sources, "codigos"),
                "pais_responsable": activity.responsible_country,
            }
            for activity in plan.regional_activities
        ],
    )


def make_matrix(register: str, matrix: Matrix) -> Table:
    """Make the evaluation matrix of standards as a long table: a row for each pair.

    Args:
        register: id of the register.
        matrix: the scores, with the totals that follow from them.
    """
    return make_table(
        "matriz",
        [
            {
                "registro_id": register,
                "estandar": row.standard.standard_id,
                "estandar_nombre": row.standard.name,
                "criterio": criterion.criterion_id,
                "criterio_nombre": criterion.name,
                "peso": criterion.weight,
                "puntaje_maximo": criterion.max_score,
                "puntaje": score.score if score else None,
                "puntaje_motivo": score.reason if score else None,
                "total": row.total,
                "puntajes_dados": row.given,
                "puntajes_esperados": row.expected,
                "posicion": row.rank,
            }
            for row in matrix.rows
            for criterion in matrix.criteria
            for score in (row.scores.get(criterion.criterion_id),)
        ],
    )


def split_number(number: str) -> tuple[tuple[int, str], ...]:
    """Split a printed number so that 10 comes after 9, and 2.10 after 2.9."""
    return tuple(
        (int(part), "") if part.isdecimal() else (0, part)
        for part in re.findall(r"\d+|[^\d.]+", number)
    )


def _commitment_order(commitment: Commitment) -> tuple[bool, int, str, str]:
    number = commitment.commitment_number
    return (number is None, number or 0, commitment.ogp_id or "", commitment.id)


def _join_bodies(bodies: Sequence[str], acronyms: Acronyms) -> str:
    return SEPARATOR.join(acronyms.get(body, body) for body in bodies)


def _join_actors(actors: Sequence[Actor], acronyms: Acronyms) -> str:
    return SEPARATOR.join(acronyms.get(actor.organization or "", actor.name) for actor in actors)


def _plan_dates(start: PartialDate | None, end: PartialDate | None) -> dict[str, Cell]:
    """Say a planned period as whole days, with the precision that the document has."""
    return {
        "fecha_inicio_planificada": start.first_day if start else None,
        "precision_inicio": describe_precision(start.precision) if start else None,
        "fecha_fin_planificada": end.last_day if end else None,
        "precision_fin": describe_precision(end.precision) if end else None,
    }


def _done(said: State | Report) -> dict[str, Cell]:
    """Say what was done, as a report has it or all of them together."""
    is_spent = said.executed_amount is not None
    return {
        **_actual_dates(said.actual_start, said.actual_end),
        "porcentaje_ejecutado": said.percent_complete,
        "monto_ejecutado": said.executed_amount,
        "moneda_ejecutada": said.currency if is_spent else None,
        "evidencias": SEPARATOR.join(said.evidence),
    }


def _state(state: State) -> dict[str, Cell]:
    """Say what is known to be done: of what nobody has reported, that it is not reported."""
    return {
        **_code("estado", "activity_status", state.status),
        **_done(state),
        "porcentaje_ejecutado": state.progress,
        "ultimo_reporte": state.last_report,
    }


def _roll_up(milestone: Milestone, states: States) -> dict[str, Cell]:
    """Say what is known to be done of a milestone: what does not change with the day."""
    measures = measure_milestone(milestone, states, date.max)
    spent = [
        (currency, spending.executed)
        for currency, spending in measures.budget.items()
        if spending.executed is not None
    ]
    # amounts in several currencies are no one amount: the activities have them
    currency, amount = spent[0] if len(spent) == 1 else (None, None)
    start, end = measures.actual_start, measures.actual_end
    return {
        **_code("estado", "activity_status", measures.status),
        **_actual_dates(start, end),
        "avance": measures.progress,
        "actividades_reportadas": sum(a.last_report is not None for a in measures.activities),
        "monto_ejecutado": amount,
        "moneda_ejecutada": currency,
        "ultimo_reporte": measures.last_report,
    }


def _actual_dates(start: PartialDate | None, end: PartialDate | None) -> dict[str, Cell]:
    return {
        "fecha_inicio_ejecutada": start.first_day if start else None,
        "precision_inicio_ejecutado": describe_precision(start.precision) if start else None,
        "fecha_fin_ejecutada": end.last_day if end else None,
        "precision_fin_ejecutado": describe_precision(end.precision) if end else None,
    }


def _code(
    column: str, vocabulary: str, codes: str | Sequence[str] | None, suffix: str = "codigo"
) -> dict[str, Cell]:
    """Say a code, or several, in Spanish, and as they are in a column beside."""
    listed = (codes,) if isinstance(codes, str) else tuple(codes or ())
    return {
        column: SEPARATOR.join(get_label(vocabulary, code, "es") for code in listed),
        f"{column}_{suffix}": SEPARATOR.join(listed),
    }


def _name_field(field: str | None) -> str | None:
    if field is None or field not in list_labelled_fields():
        return field
    return get_field_labels(field)["es"]
