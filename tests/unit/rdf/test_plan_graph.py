"""Records in RDF: the same in every syntax, exact, and readable whatever they hold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_samples import BASE, BODIES, fill, make_record, make_writer, write, write_all
from rdflib import DCTERMS, FOAF, PROV, RDF, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT

from ckanext.gtplan.plan import model
from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.living import LIVING_TABLES
from ckanext.gtplan.plan.shapes import CONTROL
from ckanext.gtplan.rdf.feed import SYNTAXES, serialize
from ckanext.gtplan.rdf.joining import join

GTP = Namespace(f"{BASE}/ns/gtp#")
P_PLAN = Namespace("http://purl.org/net/p-plan#")
ADMS = Namespace("http://www.w3.org/ns/adms#")
SCHEMA = Namespace("http://schema.org/")
MILESTONE = URIRef(f"{BASE}/milestone/1")

syntaxes = pytest.mark.parametrize("ending", SYNTAXES)
texts = st.text(max_size=60)
dates = st.builds(
    PartialDate.parse,
    st.one_of(
        st.integers(1, 9999).map("{:04d}".format),
        st.dates().map("{:%Y-%m}".format).map(lambda text: text.rjust(7, "0")),
        st.dates().map(str),
    ),
)
amounts = st.decimals(-(10**9), 10**9, places=2) | st.integers(0, 10**9).map(Decimal)


def make_milestone(**fields: Any) -> model.Milestone:
    return model.Milestone(**{"id": "h1", "title": "Hito", "commitment": "commitment", **fields})


def say(*, reports: Any = (), **fields: Any) -> Graph:
    return write(make_record(make_milestone(**fields), reports=reports))


def parse(graph: Graph, ending: str) -> Graph:
    text = serialize(graph, SYNTAXES[ending], BASE)
    return Graph().parse(data=text, format=SYNTAXES[ending].name)


def report(number: int, **fields: Any) -> model.Report:
    day = fields.pop("as_of", "2020-01-31")
    values = {"milestone": "h1", "activity_no": "01", "organization": "gpat", **fields}
    return model.Report(id=f"r{number}", as_of=PartialDate.parse(day), **values)


@syntaxes
def test_a_graph_with_every_field_is_the_same_in_every_syntax(ending: str) -> None:
    graph = write_all()
    assert len(graph) > 300
    assert set(parse(graph, ending)) == set(graph)
    assert not [term for statement in graph for term in statement if isinstance(term, BNode)]


@syntaxes
def test_a_joined_document_says_what_its_parts_say(ending: str) -> None:
    parts = [write_all(), Graph(), say(description="\u2028<b>&amp;\n"), say(title="Otro")]
    text = "".join(join(parts, SYNTAXES[ending], BASE))
    read = Graph().parse(data=text, format=SYNTAXES[ending].name)
    assert set(read) == {statement for part in parts for statement in part}
    assert text == "".join(join(parts, SYNTAXES[ending], BASE))


@syntaxes
def test_a_document_of_nothing_can_be_read(ending: str) -> None:
    text = "".join(join([], SYNTAXES[ending], BASE))
    assert len(Graph().parse(data=text, format=SYNTAXES[ending].name)) == 0


@given(texts, texts, dates, dates, amounts)
def test_values_come_back_from_turtle_and_xml_as_they_were(
    title: str, note: str, start: PartialDate, end: PartialDate, cost: Decimal
) -> None:
    activity = model.Activity(
        activity_no=note,
        name=title,
        notes=note,
        planned_start=start,
        planned_end=end,
        planned_cost=cost,
        currency="GTQ",
    )
    graph = say(title=title, activities=(activity,))
    for ending in ("ttl", "xml", "nt", "jsonld", "n3"):
        assert set(parse(graph, ending)) == set(graph)
    (period,) = graph.objects(None, DCTERMS.temporal)
    said = [str(graph.value(period, term)) for term in (DCAT.startDate, DCAT.endDate)]
    assert said == [str(start), str(end)]
    (amount,) = graph.objects(None, GTP.plannedCost)
    assert graph.value(amount, SCHEMA.value).toPython() == cost
    assert graph.value(amount, SCHEMA.value).datatype == XSD.decimal
    clean = CONTROL.sub("", title.replace("\r\n", "\n").replace("\r", "\n"))
    expected = [Literal(clean, lang="es")] if clean.strip() else []
    assert list(graph.objects(MILESTONE, DCTERMS.title)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x0b\ud800 con control",
        "\"\"\"''' \\u0041 \\ <script>alert(1)</script> ]]> &lt;",
        "á" * 100_000,
        "http://bad address/ {x} <y>",
        "\u202edcba\u2028",
    ],
    ids=["control", "marks", "long", "address", "direction"],
)
@syntaxes
def test_nothing_in_a_record_makes_a_document_unreadable(text: str, ending: str) -> None:
    hostile: dict[type, Any] = {}
    for entity in (model.Activity, model.ExpectedDeliverable, model.Norm, model.Actor):
        shapes = {"activity_no": text, "key": text, "name": text, "url": text, "title": text}
        shapes |= {"organization": text, "responsibles": (text,), "norm_type": text}
        shapes |= {"role": text, "deliverable_type": text, "currency": text}
        known = {k: v for k, v in shapes.items() if k in entity.__dataclass_fields__}
        hostile[entity] = entity(**known)
    milestone = make_milestone(
        title=text,
        novelty=text,
        activities=(hostile[model.Activity],) * 2,
        expected_deliverables=(hostile[model.ExpectedDeliverable],),
        responsibles=(hostile[model.Actor],),
        sources=(model.Source(document=text, url=text),),
    )
    commitment = model.Commitment(
        id=text,
        title=text,
        action_plan=text,
        legal_basis=(hostile[model.Norm],),
        sdg_targets=(text,),
        ogp_url=text,
        title_original=text,
        title_original_language=text,
    )
    said = report(1, activity_no=text, organization=text, evidence=(text,), status=text)
    graph = write(
        make_record(milestone, reports=[replace(said, id=text, recorded=text, cleared=(text,))]),
        make_record(commitment, issued=text, modified=text),
    )
    assert set(parse(graph, ending)) == set(graph)
    assert (MILESTONE, RDF.type, GTP.Milestone) in graph


def test_dates_are_as_precise_as_they_were() -> None:
    days = ("2018", "2018-11", "2018-11-30")
    rows = tuple(
        model.Meeting(meeting_no=str(n), name="x", planned_date=PartialDate.parse(day))
        for n, day in enumerate(days)
    )
    said = {term.n3() for term in say(schedule=rows).objects(None, DCTERMS.date)}
    xsd = "http://www.w3.org/2001/XMLSchema#"
    types = ("gYear", "gYearMonth", "date")
    assert said == {f'"{day}"^^<{xsd}{name}>' for day, name in zip(days, types, strict=True)}


def test_an_amount_has_a_currency_and_its_last_digit() -> None:
    line = model.BudgetLine(
        line_no="1", description="x", amount=Decimal("570075.00"), currency="GTQ"
    )
    graph = say(budget_lines=(line,), budget_currency="GTQ")
    (amount,) = graph.subjects(RDF.type, SCHEMA.MonetaryAmount)
    assert str(graph.value(amount, SCHEMA.value)) == "570075.00"
    assert graph.value(amount, SCHEMA.currency) == Literal("GTQ")
    assert (None, GTP.statedTotal, None) not in graph
    assert (None, GTP.unitCost, None) not in graph


def test_codes_are_concepts_of_the_vocabulary_and_unknown_ones_stay_codes() -> None:
    assert (MILESTONE, DCTERMS.type, GTP["novelty-new"]) in say(novelty="new")
    graph = say(novelty="de antes")
    (concept,) = graph.objects(MILESTONE, DCTERMS.type)
    assert (concept, RDF.type, SKOS.Concept) in graph
    assert (concept, SKOS.notation, Literal("de antes")) in graph


def test_rows_keep_order_and_a_repeated_number_makes_two_rows() -> None:
    names = ["c", "a", "b"]
    rows = tuple(model.Activity(activity_no="01", name=name) for name in names)
    graph = say(activities=rows)
    nodes = list(graph.subjects(P_PLAN.isStepOfPlan, MILESTONE))
    nodes.sort(key=lambda node: int(graph.value(node, SCHEMA.position)))
    assert [str(graph.value(node, DCTERMS.title)) for node in nodes] == names
    assert len(set(nodes)) == 3


def test_what_depends_on_a_row_leads_to_it_and_to_no_row_that_is_not_there() -> None:
    rows = (
        model.Activity(activity_no="01", name="a"),
        model.Activity(activity_no="02", name="b", predecessors=("01", "99")),
    )
    owed = (model.ExpectedDeliverable(key="k", name="K", activity="02"),)
    graph = say(activities=rows, expected_deliverables=owed)
    second = URIRef(f"{MILESTONE}#activity-02")
    first = URIRef(f"{MILESTONE}#activity-01")
    assert list(graph.objects(second, P_PLAN.isPrecededBy)) == [first]
    assert list(graph.objects(None, P_PLAN.isOutputVarOf)) == [second]


def test_yes_and_no_are_said_where_they_are_unusual() -> None:
    assert (MILESTONE, GTP.isSummary, None) not in say()
    assert (MILESTONE, GTP.isSummary, Literal(True)) in say(is_summary=True)
    assert (MILESTONE, GTP.isTitleKnown, Literal(False)) in say(is_title_known=False)


def test_a_body_keeps_the_name_it_had_and_leads_to_its_successor() -> None:
    actor = model.Actor(name="GPAT de entonces", organization="gpat", role="lead")
    graph = say(responsibles=(actor,))
    (attribution,) = graph.objects(MILESTONE, PROV.qualifiedAttribution)
    assert graph.value(attribution, PROV.agent) == URIRef(BODIES["gpat"].iri)
    assert graph.value(attribution, URIRef("http://www.w3.org/2000/01/rdf-schema#label"))
    assert (URIRef(BODIES["gae"].iri), SKOS.prefLabel, Literal("GAE", lang="es")) in graph
    assert (URIRef(BODIES["ajena"].iri), None, None) not in graph


def test_no_person_is_in_the_graph() -> None:
    office = model.Office(
        post="Unidad", organization="gpat", name="Persona", email="p@example.org", phone="555"
    )
    record = model.Commitment(id="c", title="C", action_plan="action_plan", contacts=(office,))
    text = serialize(write(make_record(record)), SYNTAXES["nt"], BASE)
    assert "Unidad" in text
    assert not [word for word in ("Persona", "p@example.org", "555") if word in text]


def test_a_record_that_is_not_public_is_not_named() -> None:
    record = model.Commitment(id="c", title="C", action_plan="secreto")
    graph = write(make_record(record))
    assert (None, DCTERMS.isPartOf, None) not in graph
    assert "secreto" not in serialize(graph, SYNTAXES["nt"], BASE)


def test_reports_are_said_one_by_one_and_together() -> None:
    """Two bodies report on activity 01, the later one only what it spent; then it is finished."""
    rows = (model.Activity(activity_no="01", name="a"),)
    reports = [
        report(1, status="in_progress", percent_complete=Decimal(40), as_of="2020-01-31"),
        report(
            2, organization="gae", executed_amount=Decimal(9), currency="GTQ", as_of="2020-02-01"
        ),
        report(3, status="completed", actual_end=PartialDate.parse("2020-03"), as_of="2020-03-31"),
        report(4, status="cancelled", note="n", as_of="2022-07-01"),
    ]
    graph = say(activities=rows, reports=reports)
    (doing,) = graph.subjects(P_PLAN.correspondsToStep, URIRef(f"{MILESTONE}#activity-01"))
    assert (doing, RDF.type, PROV.Activity) in graph
    assert list(graph.objects(doing, ADMS.status)) == [GTP["activity_status-completed"]]
    agents = {str(agent) for agent in graph.objects(doing, PROV.wasAssociatedWith)}
    assert agents == {BODIES["gpat"].iri, BODIES["gae"].iri}
    (spent,) = graph.objects(doing, GTP.executedCost)
    assert str(graph.value(spent, SCHEMA.value)) == "9.0"
    (period,) = graph.objects(doing, DCTERMS.temporal)
    assert graph.value(period, DCAT.endDate) == Literal(
        "2020-03", datatype=XSD.gYearMonth, normalize=False
    )
    assert set(graph.subjects(FOAF.primaryTopic, doing)) == set(
        graph.subjects(RDF.type, GTP.Report)
    )
    first = URIRef(f"{MILESTONE}#report-r1")
    assert graph.value(first, PROV.wasAttributedTo) == URIRef(BODIES["gpat"].iri)
    assert graph.value(first, GTP.percentComplete) == Literal(Decimal("40.0"))


def test_a_report_on_a_milestone_and_one_on_a_deliverable() -> None:
    owed = (model.ExpectedDeliverable(key="k", name="K"),)
    reports = [
        report(1, activity_no=None, status="not_started"),
        report(2, activity_no=None, deliverable="k", publication_status="published"),
    ]
    graph = say(expected_deliverables=owed, reports=reports)
    (association,) = graph.subjects(PROV.hadPlan, MILESTONE)
    (doing,) = graph.subjects(PROV.qualifiedAssociation, association)
    assert graph.value(doing, ADMS.status) == GTP["activity_status-not_started"]
    (result,) = graph.subjects(P_PLAN.correspondsToVariable, URIRef(f"{MILESTONE}#deliverable-k"))
    assert graph.value(result, ADMS.status) == GTP["publication_status-published"]


def test_nothing_is_said_to_be_done_that_nobody_reported() -> None:
    graph = say(activities=(model.Activity(activity_no="01", name="a"),))
    assert not list(graph.subjects(RDF.type, PROV.Activity))
    assert not list(graph.subjects(ADMS.status))


def test_a_record_that_cannot_be_said_has_its_title_and_breaks_no_other() -> None:
    broken = make_record(make_milestone(title="Roto"), reports=[object()])
    writer = make_writer()
    writer.add(broken)
    writer.add(make_record(fill(model.ActionPlan)))
    graph = writer.take()
    assert set(graph.predicate_objects(MILESTONE)) == {
        (RDF.type, GTP.Milestone),
        (DCTERMS.title, Literal("Roto", lang="es")),
    }
    assert (URIRef(f"{BASE}/action_plan/1"), DCTERMS.identifier, None) in graph


def say_rows(table_name: str, *rows: Any, **fields: Any) -> Graph:
    writer = make_writer()
    values = {"id": "r", "title": "R", "register_kind": "standards", **fields}
    writer.add_rows(make_record(model.Register(**values)), LIVING_TABLES[table_name], rows)
    return writer.take()


REGISTER = URIRef(f"{BASE}/register/1")


def test_rows_of_a_register_lead_to_each_other() -> None:
    score = model.Score(standard_id="s1", criterion_id="c1", score=Decimal("4.5"), reason="Porque")
    graph = say_rows("scores", score)
    (node,) = graph.objects(REGISTER, DCTERMS.hasPart)
    assert node == URIRef(f"{REGISTER}#score-s1.c1")
    assert graph.value(node, GTP.scoreOf) == URIRef(f"{REGISTER}#standard-s1")
    assert graph.value(node, GTP.byCriterion) == URIRef(f"{REGISTER}#criterion-c1")
    assert graph.value(node, RDF.value) == Literal(Decimal("4.5"))
    standard = model.Standard(standard_id="s1", name="S", standard_status="applied")
    assert (URIRef(f"{REGISTER}#standard-s1"), RDF.type, None) in say_rows("standards", standard)


def test_a_meeting_leads_to_the_activity_of_a_milestone_that_is_public() -> None:
    meeting = model.HeldMeeting(meeting_id="m1", name="Taller", activity_no="01")
    graph = say_rows("meetings", meeting, milestone="milestone")
    assert list(graph.objects(None, P_PLAN.correspondsToStep)) == [
        URIRef(f"{MILESTONE}#activity-01")
    ]
    hidden = say_rows("meetings", meeting, milestone="secreto")
    assert not list(hidden.objects(None, P_PLAN.correspondsToStep))


def test_a_row_that_cannot_be_said_breaks_no_other() -> None:
    broken = model.Standard(standard_id="s1", name=7, standard_status="applied")  # type: ignore[arg-type]
    whole = model.Standard(standard_id="s2", name="S", standard_status="applied")
    graph = say_rows("standards", broken, whole)
    assert list(graph.objects(REGISTER, DCTERMS.hasPart)) == [URIRef(f"{REGISTER}#standard-s2")]


def test_an_indicator_has_its_baseline_its_target_and_its_frequency() -> None:
    indicator = model.Indicator(
        id="i",
        title="I",
        regional_plan="regional_plan",
        regional_activity="3.4.2",
        baseline_value=Decimal("10.5"),
        baseline_date=PartialDate.parse("2018"),
        target_value=Decimal("90"),
        frequency="ANNUAL",
        unit="servicios",
    )
    graph = write(make_record(indicator))
    node = URIRef(f"{BASE}/indicator/1")
    start = graph.value(node, GTP.baseline)
    assert graph.value(start, SCHEMA.value) == Literal(Decimal("10.5"))
    assert str(graph.value(start, DCTERMS.date)) == "2018"
    assert graph.value(graph.value(node, GTP.target), SCHEMA.value) == Literal(Decimal("90.0"))
    assert str(graph.value(node, DCTERMS.accrualPeriodicity)).endswith("/frequency/ANNUAL")
    assert graph.value(node, GTP.measures) == URIRef(f"{BASE}/regional_plan/1#activity-3.4.2")
