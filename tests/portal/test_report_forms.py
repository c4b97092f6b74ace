"""Reporting by form, sending a spreadsheet, the history, and the coordinator's decisions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from following import list_reports, make_milestone, make_plan, report
from reading import Page, act, read_form, visit
from report_pages import get, reports, token

pytestmark = pytest.mark.usefixtures("request_context")
APPROVAL = "ckanext.gtplan.reports.approval"
Values = dict[str, Any]


@pytest.fixture
def milestone(request_context: None) -> str:
    make_plan()
    return make_milestone()


@pytest.fixture(scope="module")
def untouched(shared_app: Any) -> str:
    """A milestone for the tests that report nothing."""
    with shared_app.flask_app.test_request_context():
        make_plan()
        return make_milestone()


@pytest.fixture
def approval(ckan_config: Any) -> Iterator[None]:
    ckan_config[APPROVAL] = True
    yield
    ckan_config[APPROVAL] = False


def open_form(app: Any, user: str, milestone: str, row: str = "activity_no=01") -> Values:
    html = get(app, user, f"/reports/{milestone}/new?{row}")
    return {name: values[0] for name, values in read_form(html, "gtplan-report").items()}


def send(app: Any, user: str, milestone: str, values: Values, row: str = "activity_no=01") -> Any:
    path = f"/reports/{milestone}/new?{row}"
    return visit(app, "post", path, token(user), data=values, follow_redirects=False)


# The links


@pytest.mark.parametrize(
    ("user", "rows"),
    [
        ("editora-mineco", {"a-01"}),
        ("editora-inap", {"a-02", "d-inventario"}),
        ("editora-gae", {"a-01", "a-02", "a-03", "a-04", "d-inventario", "m"}),
        ("editora-ajena", set()),
        ("miembro-mineco", set()),
        ("", set()),
    ],
)
def test_links_stand_where_one_may_report(
    app: Any, untouched: str, user: str, rows: set[str]
) -> None:
    html = get(app, user, f"/milestone/{untouched}")
    assert set(re.findall(r'id="reportar-([^"]+)"', html)) == rows
    assert (f"/reports/{untouched}/spreadsheet" in html) == bool(rows)


@pytest.mark.parametrize("path", ["new?activity_no=01", "spreadsheet", "template.xlsx"])
def test_a_visitor_logs_in_first(app: Any, untouched: str, path: str) -> None:
    answer = visit(app, "get", f"/reports/{untouched}/{path}", "", follow_redirects=False)
    assert answer.status_code == 302 and "/user/login?came_from=" in answer.location


@pytest.mark.parametrize(
    ("user", "path", "status"),
    [
        ("editora-mineco", "new?activity_no=02", 403),
        ("editora-mineco", "new?activity_no=99", 403),
        ("editora-mineco", "new", 403),
        ("editora-ajena", "new?activity_no=01", 403),
        ("editora-ajena", "spreadsheet", 403),
        ("editora-ajena", "template.xlsx", 403),
        ("editora-gae", "new?activity_no=99", 403),
    ],
)
def test_others_are_turned_away(
    app: Any, untouched: str, user: str, path: str, status: int
) -> None:
    get(app, user, f"/reports/{untouched}/{path}", status)


@pytest.mark.parametrize("path", ["", "/new?activity_no=01", "/spreadsheet", "/template.xlsx"])
def test_a_private_milestone_is_as_if_it_were_not_there(
    app: Any, milestone: str, path: str
) -> None:
    hidden = make_milestone(private=True)
    get(app, "editora-mineco", f"/reports/{hidden}{path}", 404)
    get(app, "editora-mineco", f"/reports/no-hay{path}", 404)


# The form


def test_the_form_shows_the_plan_and_what_is_known(app: Any, milestone: str) -> None:
    report("editora-mineco", milestone, status="in_progress", percent_complete="60", note="a\nb")
    html = get(app, "editora-mineco", f"/reports/{milestone}/new?activity_no=01")
    page = Page(html)
    assert "01. Inventario" in page.text and "Ente mineco" in page.text
    values = open_form(app, "editora-mineco", milestone)
    assert values["status"] == "in_progress" and values["percent_complete"] == "60"
    assert values["note"] == "a\nb"
    assert values["shown-note"].replace("\r\n", "\n") == "a\nb"
    # every question has its label, and every explanation is tied to its question
    for name in ("status", "actual_start", "percent_complete", "evidence", "note", "as_of"):
        assert f'for="field-{name}"' in html
    for described in re.findall(r'aria-describedby="([^"]+)"', html):
        assert all(f'id="{part}"' in html for part in described.split())


def test_only_what_was_changed_is_sent(app: Any, milestone: str) -> None:
    report("editora-mineco", milestone, status="in_progress", percent_complete="20", note="a\nb")
    values = open_form(app, "editora-mineco", milestone)
    # browsers send line ends of their own
    values |= {"note": "a\r\nb", "percent_complete": "60,5", "difficulties": "Pocas personas"}
    answer = send(app, "editora-mineco", milestone, values)
    assert answer.status_code == 302
    assert answer.location.endswith(f"/milestone/{milestone}#reportar-a-01")
    made = reports(milestone)[-1]
    assert (str(made.percent_complete), made.difficulties) == ("60.5", "Pocas personas")
    assert made.status is None and made.note is None and not made.cleared


def test_what_others_reported_meanwhile_stays_and_is_told(app: Any, milestone: str) -> None:
    report("editora-mineco", milestone, status="in_progress")
    values = open_form(app, "editora-mineco", milestone)
    report("editora-gpat", milestone, percent_complete="40", note="De GPAT")
    values |= {"difficulties": "Pocas personas"}
    answer = visit(
        app,
        "post",
        f"/reports/{milestone}/new?activity_no=01",
        token("editora-mineco"),
        data=values,
    )
    assert "De GPAT" in Page(answer.body).text
    values = open_form(app, "editora-mineco", milestone)
    assert (values["percent_complete"], values["note"]) == ("40", "De GPAT")
    assert values["difficulties"] == "Pocas personas"


def test_emptying_a_field_takes_it_back(app: Any, milestone: str) -> None:
    report("editora-mineco", milestone, status="in_progress", note="Error")
    values = open_form(app, "editora-mineco", milestone)
    send(app, "editora-mineco", milestone, {**values, "note": ""})
    assert reports(milestone)[-1].cleared == ("note",)


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"actual_start": "03/2020"}, "actual_start", "2020-03"),
        ({"percent_complete": "0.6"}, "percent_complete", "60 %"),
        ({"percent_complete": "150"}, "percent_complete", "150"),
        ({"executed_amount": "mucho"}, "executed_amount", "mucho"),
        ({"evidence": "acta 3"}, "evidence", "acta 3"),
        ({"status": "casi"}, "status", "casi"),
        ({"as_of": "2999-01-01", "note": "x"}, "as_of", "2999-01-01"),
        ({"as_of": "ayer", "note": "x"}, "as_of", "ayer"),
        ({"status": "cancelled"}, "note", ""),
    ],
)
def test_an_error_stands_at_its_field_with_what_was_typed(
    app: Any, untouched: str, typed: Values, field: str, said: str
) -> None:
    values = open_form(app, "editora-mineco", untouched)
    typed = {"status": "in_progress", **typed}
    answer = send(app, "editora-mineco", untouched, {**values, **typed})
    assert answer.status_code == 200
    (error,) = re.findall(rf'id="field-{field}-error">([^<]+)<', answer.body)
    assert said in error
    assert f'href="#field-{field}"' in answer.body
    kept = read_form(answer.body, "gtplan-report")
    for name, text in typed.items():
        # a choice that is none is the only thing that a list cannot show again
        assert kept[name] == [text] or typed["status"] == "casi"
    assert kept["shown-status"] == [""]
    assert not reports(untouched)


def test_nothing_changed_is_no_report(app: Any, untouched: str) -> None:
    values = open_form(app, "editora-mineco", untouched)
    answer = send(app, "editora-mineco", untouched, values)
    assert answer.status_code == 200 and "No se cambió nada" in answer.body
    assert not reports(untouched)


def test_on_whose_behalf_is_chosen_where_there_are_several(app: Any, milestone: str) -> None:
    act("organization_member_create", id="mineco", username="editora-gpat", role="editor")
    values = open_form(app, "editora-gpat", milestone)
    refused = send(app, "editora-gpat", milestone, {**values, "status": "in_progress"})
    assert refused.status_code == 200 and 'id="field-organization-error"' in refused.body
    values |= {"status": "in_progress", "organization": "mineco"}
    assert send(app, "editora-gpat", milestone, values).status_code == 302
    assert reports(milestone)[-1].organization == "mineco"
    act("organization_member_delete", id="mineco", username="editora-gpat")


def test_a_deliverable_and_a_milestone_have_forms_of_their_own(app: Any, milestone: str) -> None:
    row = "deliverable=inventario"
    values = open_form(app, "editora-inap", milestone, row)
    assert "publication_status" in values and "percent_complete" not in values
    values |= {"publication_status": "published", "actual_end": "2021-05"}
    answer = send(app, "editora-inap", milestone, values, row)
    assert answer.location.endswith("#reportar-d-inventario")
    values = open_form(app, "editora-duena", milestone, "")
    assert "status" not in values  # the activities say it
    values |= {"executed_amount": "1.234,50", "currency": "gtq"}
    assert send(app, "editora-duena", milestone, values, "").status_code == 302
    assert str(reports(milestone)[-1].executed_amount) in ("1234.5", "1234.50")


def test_what_was_typed_is_no_markup(app: Any, milestone: str) -> None:
    values = open_form(app, "editora-mineco", milestone)
    note = "<script>alert(1)</script>"
    send(app, "editora-mineco", milestone, {**values, "status": "in_progress", "note": note})
    for path in (f"/reports/{milestone}", f"/milestone/{milestone}"):
        html = get(app, "", path)
        assert "&lt;script&gt;alert(1)" in html and note not in html
    assert note not in get(app, "editora-mineco", f"/reports/{milestone}/new?activity_no=01")


# The history


def test_the_history_says_who_when_and_what(app: Any, milestone: str) -> None:
    report("editora-mineco", milestone, status="in_progress", as_of="2021-02-03", note="Primera")
    report("editora-gpat", milestone, status="completed", actual_end="2021-05", note="Segunda")
    for path in (f"/milestone/{milestone}", f"/reports/{milestone}"):
        page = Page(get(app, "", path))
        assert page.text.index("Segunda") < page.text.index("Primera")
        assert "Ente mineco" in page.text and "3 de febrero de 2021" in page.text
        assert "Finalizada" in page.text and "mayo de 2021" in page.text
        assert "editora-mineco" not in page.text  # persons are no business of visitors
    assert "editora-mineco" in get(app, "editora-gpat", f"/reports/{milestone}")
    for record in ("gt-pan9-c01", "gt-pan9"):
        assert "Segunda" in Page(get(app, "", f"/reports/{record}")).text


@pytest.mark.long
def test_the_history_has_pages_and_can_be_narrowed(app: Any, milestone: str) -> None:
    for number in range(1, 53):
        given = {"milestone": milestone, "activity_no": "01", "note": f"Nota-{number}."}
        context = {"user": "editora-mineco", "defer_commit": True}
        tk.get_action("gtplan_report_create")(context, {**given, "status": "in_progress"})
    model.Session.commit()
    first, second = (Page(get(app, "", f"/reports/{milestone}?page={n}")).text for n in (1, 2))
    assert "52 reportes" in first and "Nota-52." in first and "Nota-2." not in first
    assert "Nota-2." in second and "Nota-3." not in second
    assert "No hay ningún reporte" in get(app, "", f"/reports/{milestone}?standing=pending")


# Approval


def test_the_coordinator_decides(app: Any, milestone: str, approval: None) -> None:
    values = open_form(app, "editora-mineco", milestone)
    path = f"/reports/{milestone}/new?activity_no=01"
    values |= {"status": "in_progress", "note": "Por aprobar"}
    answer = visit(app, "post", path, token("editora-mineco"), data=values)
    assert "espera la aprobación" in Page(answer.body).text
    waiting = f"/reports/{milestone}?standing=pending"
    assert "Por aprobar" not in get(app, "", waiting)
    assert "Por aprobar" not in get(app, "editora-inap", f"/reports/{milestone}")
    own = get(app, "editora-mineco", waiting)
    assert "Por aprobar" in own and 'value="approved"' not in own
    # what one has reported oneself is not asked for again
    assert open_form(app, "editora-mineco", milestone)["status"] == "in_progress"
    html = get(app, "editora-gae", waiting)
    assert 'value="approved"' in html
    made = reports(milestone)[-1].id

    def decide(user: str, decision: str, reason: str = "") -> Any:
        data = {"report": made, "decision": decision, "reason": reason}
        return visit(
            app,
            "post",
            f"/reports/{milestone}/decision",
            token(user),
            data=data,
            follow_redirects=False,
        )

    assert decide("editora-mineco", "approved").status_code == 403
    assert decide("", "approved").status_code in (302, 403)
    assert decide("editora-gae", "returned").status_code == 302  # without a reason: told so
    assert [r["standing"] for r in list_reports("editora-gae", milestone)] == ["pending"]
    assert decide("editora-gae", "returned", "Falta el acta").status_code == 302
    assert "Falta el acta" in get(app, "editora-mineco", f"/reports/{milestone}")
    assert "Falta el acta" not in get(app, "", f"/reports/{milestone}")
    assert decide("editora-gae", "approved").status_code == 302  # it was decided already
    assert not reports(milestone)


def test_a_decision_on_nothing(app: Any, milestone: str) -> None:
    answer = visit(
        app,
        "post",
        f"/reports/{milestone}/decision",
        token("editora-gae"),
        data={"report": "no-hay", "decision": "approved"},
        follow_redirects=False,
    )
    assert answer.status_code == 404
