"""Where the portal asks for it, a report counts once the coordinator has approved it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from following import list_reports, make_milestone, make_plan, report

from ckanext.gtplan.logic.follow.reports import read_reports

pytestmark = pytest.mark.usefixtures("approval")
OPTION = "ckanext.gtplan.reports.approval"


@pytest.fixture
def approval(ckan_config: Any, request_context: None) -> Iterator[None]:
    ckan_config[OPTION] = True
    yield
    ckan_config[OPTION] = False


@pytest.fixture
def milestone(request_context: None) -> str:
    make_plan()
    return make_milestone()


def send(milestone: str, user: str = "editora-mineco", **values: Any) -> str:
    """Report, and give the report's id."""
    made = report(user, milestone, **{"status": "in_progress", **values})
    return str(made["report"]["id"])


def decide(user: str, report_id: str, decision: str = "approved", reason: str = "") -> Any:
    data = {"id": report_id, "decision": decision, "reason": reason}
    return tk.get_action("gtplan_report_decide")({"user": user}, data)


def test_a_report_waits_in_no_figure(milestone: str) -> None:
    made = report("editora-mineco", milestone, status="in_progress")
    assert made["report"]["standing"] == "pending"
    assert made["state"]["status"] == "unreported"
    assert not read_reports([milestone])
    assert len(read_reports([milestone], counted_only=False)) == 1


def test_only_those_who_may_report_there_see_it(milestone: str) -> None:
    made = send(milestone)
    for reader in ("editora-mineco", "editora-duena", "editora-gpat", "editora-gae"):
        (found,) = list_reports(reader, milestone, standing="pending")
        assert (found["id"], found["standing"]) == (made, "pending")
    for reader in ("", "editora-inap", "editora-ajena", "miembro-mineco"):
        for record in (milestone, "gt-pan9-c01", "gt-pan9"):
            assert made not in [found["id"] for found in list_reports(reader, record)]


def test_approved_it_counts(milestone: str) -> None:
    made = send(milestone, percent_complete=30)
    answer = decide("editora-gae", made)
    assert answer["report"]["standing"] == "counted"
    assert answer["report"]["decided_by"] == "editora-gae"
    assert answer["state"]["percent_complete"] == "30"
    (found,) = list_reports("", milestone)
    assert "decided_by" not in found and "user" not in found


def test_returned_it_never_counts_and_says_why(milestone: str) -> None:
    made = send(milestone, percent_complete=30)
    decide("editora-gpat", made, "returned", "Falta el acta")
    assert not read_reports([milestone], counted_only=False)
    assert not list_reports("", milestone)
    (found,) = list_reports("editora-mineco", milestone)
    assert (found["standing"], found["reason"]) == ("returned", "Falta el acta")
    # reported anew, it waits again
    assert send(milestone, percent_complete=30) != made


@pytest.mark.parametrize("user", ["editora-gpat", "editora-gae"])
def test_the_coordinators_own_are_approved_at_once(milestone: str, user: str) -> None:
    assert send(milestone, user)
    assert len(read_reports([milestone])) == 1


@pytest.mark.parametrize(
    "user", ["editora-duena", "editora-mineco", "editora-ajena", "miembro-gae", ""]
)
def test_others_do_not_decide(milestone: str, user: str) -> None:
    made = send(milestone)
    with pytest.raises(tk.NotAuthorized):
        decide(user, made)
    assert not read_reports([milestone])


def test_it_is_decided_once(milestone: str) -> None:
    made = send(milestone)
    decide("editora-gae", made)
    decide("editora-gpat", made)  # the same again writes nothing
    with pytest.raises(tk.ValidationError) as raised:
        decide("editora-gpat", made, "returned", "Tarde")
    assert list(raised.value.error_dict) == ["decision"]
    (found,) = list_reports("editora-gae", milestone)
    assert found["decided_by"] == "editora-gae"


def test_a_return_needs_its_reason(milestone: str) -> None:
    made = send(milestone)
    for reason in ("", "  "):
        with pytest.raises(tk.ValidationError) as raised:
            decide("editora-gae", made, "returned", reason)
        assert list(raised.value.error_dict) == ["reason"]
    with pytest.raises(tk.ValidationError) as raised:
        decide("editora-gae", made, "quizás")
    assert list(raised.value.error_dict) == ["decision"]


def test_what_counts_already_waits_for_no_decision(milestone: str) -> None:
    made = send(milestone, "editora-gae")
    with pytest.raises(tk.ValidationError):
        decide("editora-gpat", made)


def test_what_does_not_go_with_what_counts_is_not_approved(milestone: str) -> None:
    first = send(milestone)
    second = send(milestone, status="", percent_complete="20")
    with pytest.raises(tk.ValidationError):
        decide("editora-gae", second)  # a percentage of what is not under way
    decide("editora-gae", first)
    assert decide("editora-gae", second)["state"]["percent_complete"] == "20"


def test_turning_it_on_or_off_changes_no_earlier_report(milestone: str, ckan_config: Any) -> None:
    waiting = send(milestone)
    ckan_config[OPTION] = False
    assert not read_reports([milestone])
    counted = send(milestone, note="Sin aprobación")
    ckan_config[OPTION] = True
    assert [r.id for r in read_reports([milestone])] == [counted]
    decide("editora-gae", waiting)
    assert {r.id for r in read_reports([milestone])} == {waiting, counted}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE gtplan_report_decision SET decision = 'approved' WHERE report_id = :id",
        "DELETE FROM gtplan_report_decision WHERE report_id = :id",
    ],
)
def test_the_database_refuses_to_change_a_decision(milestone: str, statement: str) -> None:
    made = send(milestone)
    decide("editora-gae", made, "returned", "No")
    with pytest.raises(sa.exc.DBAPIError, match="never"):
        model.Session.execute(sa.text(statement), {"id": made})
        model.Session.commit()
    model.Session.rollback()
    assert list_reports("editora-gae", milestone)[0]["standing"] == "returned"


def test_a_report_that_is_not_there(milestone: str) -> None:
    with pytest.raises(tk.ObjectNotFound, match="no-existe"):
        decide("editora-gae", "no-existe")


def test_what_counts_at_once_is_judged_by_what_counts(milestone: str) -> None:
    send(milestone, status="in_progress")
    with pytest.raises(tk.ValidationError) as refused:
        report("editora-gpat", milestone, percent_complete="40")
    assert [*refused.value.error_dict] == ["status"]
    made = report("editora-gpat", milestone, status="in_progress", percent_complete="40")
    assert (made["state"]["status"], made["report"]["standing"]) == ("in_progress", "counted")
