"""Who may report on what, on whose behalf, and who learns of it: a test for each role."""

from __future__ import annotations

from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from ckan.tests.helpers import call_auth
from following import ACTIVITIES, list_reports, make_milestone, make_plan, report

from ckanext.gtplan.logic.follow.roles import list_reportable, list_successors, read_rights
from ckanext.gtplan.plan.follow.reporting import Target


@pytest.fixture
def milestone(request_context: None) -> str:
    make_plan()
    return make_milestone()


def refuse(user: str, milestone: str, activity_no: str | None = "01", **values: Any) -> str:
    """Report as somebody who may not, and give what is said."""
    with pytest.raises(tk.NotAuthorized) as raised:
        report(user, milestone, activity_no, status="in_progress", **values)
    assert not list_reports("", milestone)
    return str(raised.value)


@pytest.mark.parametrize(
    ("user", "activity_no", "body"),
    [
        pytest.param("editora-duena", "01", "duena", id="editor of the owner"),
        pytest.param("editora-duena", None, "duena", id="editor of the owner, on the whole"),
        pytest.param("editora-mineco", "01", "mineco", id="editor of a responsible body"),
        pytest.param("admin-mineco", "01", "mineco", id="admin of a responsible body"),
        pytest.param("editora-gpat", "03", "gpat", id="coordinator"),
        pytest.param("editora-gpat", None, "gpat", id="coordinator, on the whole"),
        pytest.param("editora-gae", "02", "gae", id="successor of the coordinator"),
        pytest.param("editora-dos", "04", "dos", id="successor in a circle"),
    ],
)
def test_may_report(milestone: str, user: str, activity_no: str | None, body: str) -> None:
    said = {"status": "in_progress"} if activity_no else {"note": "En marcha"}
    report(user, milestone, activity_no, **said)
    (found,) = list_reports("", milestone)
    assert (found["organization"], found["activity_no"]) == (body, activity_no)


@pytest.mark.parametrize(
    ("user", "activity_no"),
    [
        pytest.param("editora-mineco", "02", id="responsible body, on another's activity"),
        pytest.param("editora-mineco", "03", id="responsible body, on nobody's activity"),
        pytest.param("editora-mineco", None, id="responsible body, on the whole"),
        pytest.param("editora-mineco", "99", id="responsible body, on what is not there"),
        pytest.param("miembro-mineco", "01", id="member of a responsible body"),
        pytest.param("miembro-duena", "01", id="member of the owner"),
        pytest.param("miembro-gae", "01", id="member of the coordinator"),
        pytest.param("editora-ajena", "01", id="coordinator of another plan"),
        pytest.param("", "01", id="anonymous"),
        pytest.param("nadie", "01", id="user who does not exist"),
    ],
)
def test_may_not_report(milestone: str, user: str, activity_no: str | None) -> None:
    refuse(user, milestone, activity_no)


def test_a_responsible_body_reports_on_its_deliverable_only(milestone: str) -> None:
    given = {"publication_status": "published", "evidence": ["https://example.org/i.csv"]}
    report("editora-inap", milestone, None, deliverable="inventario", **given)
    with pytest.raises(tk.NotAuthorized):
        report("editora-mineco", milestone, None, deliverable="inventario", **given)
    assert [found["organization"] for found in list_reports("", milestone)] == ["inap"]


def test_who_is_refused_learns_on_what_to_report(milestone: str) -> None:
    # the milestone's name, which is by chance, may have any digits
    sentence = refuse("editora-mineco", milestone, "02").replace(milestone, "")
    assert "01" in sentence and "03" not in sentence


def test_a_sysadmin_names_the_body(milestone: str) -> None:
    sysadmin = factories.Sysadmin()["name"]
    with pytest.raises(tk.ValidationError) as raised:
        report(sysadmin, milestone, status="in_progress")
    for body in ("mineco", "gpat", "gae", "duena"):
        assert body in raised.value.error_dict["organization"][0]
    made = report(sysadmin, milestone, organization="mineco", status="in_progress")
    assert made["report"]["organization"] == "mineco"


def test_nobody_reports_on_behalf_of_another(milestone: str) -> None:
    for body in ("duena", "ajena", "no-existe"):
        with pytest.raises(tk.ValidationError) as raised:
            report("editora-mineco", milestone, organization=body, status="in_progress")
        (sentence,) = raised.value.error_dict["organization"]
        assert body in sentence and "mineco" in sentence
    assert not list_reports("", milestone)


def test_a_collaborator_may_report(
    milestone: str, ckan_config: Any, sysadmin: dict[str, Any]
) -> None:
    users = {capacity: factories.User()["name"] for capacity in ("editor", "member")}
    ckan_config["ckan.auth.allow_dataset_collaborators"] = True
    try:
        for capacity, user in users.items():
            data = {"id": milestone, "user_id": user, "capacity": capacity}
            tk.get_action("package_collaborator_create")(dict(sysadmin), data)
        refuse(users["member"], milestone)
        report(users["editor"], milestone, "02", status="in_progress")
    finally:
        ckan_config["ckan.auth.allow_dataset_collaborators"] = False
    assert list_reports("", milestone)[0]["organization"] == "duena"


def test_an_api_token_is_as_good_as_its_user(app: Any) -> None:
    # not within a request of the test's own: those of the API would share its user
    with app.flask_app.test_request_context():
        make_plan()
        milestone = make_milestone()

    def post(user: str | None, status: int, **values: Any) -> Any:
        headers = {"Authorization": factories.APIToken(user=user)["token"]} if user else {}
        data = {"milestone": milestone, "status": "in_progress", **values}
        address = "/api/action/gtplan_report_create"
        return app.post(address, json=data, headers=headers, status=status).json

    post(None, 403, activity_no="01")
    post("editora-mineco", 403, activity_no="02")
    made = post("editora-mineco", 200, activity_no="01")["result"]
    assert made["report"]["user"] == "editora-mineco"
    assert made["state"]["status"] == "in_progress"


def test_what_may_be_reported_on_is_listed_for_forms(milestone: str) -> None:
    def list_targets(user: str) -> Any:
        package = tk.get_action("package_show")({"user": user}, {"id": milestone})
        return list_reportable({"user": user}, package)

    assert list_targets("editora-mineco") == {Target(milestone, "01"): ("mineco",)}
    assert list_targets("editora-inap") == {
        Target(milestone, "02"): ("inap",),
        Target(milestone, None, "inventario"): ("inap",),
    }
    everything = [Target(milestone), *(Target(milestone, row["activity_no"]) for row in ACTIVITIES)]
    everything.append(Target(milestone, None, "inventario"))
    assert list(list_targets("editora-duena")) == everything
    assert list(list_targets("editora-gae")) == everything
    assert list_targets("editora-ajena") == list_targets("") == {}


def test_a_body_that_is_several_things_is_named_once(milestone: str) -> None:
    user = factories.User()["name"]
    for body in ("gae", "gpat", "mineco"):
        data = {"id": body, "username": user, "role": "editor"}
        tk.get_action("organization_member_create")({"ignore_auth": True, "user": user}, data)
    package = tk.get_action("package_show")({"user": user}, {"id": milestone})
    bodies = list_reportable({"user": user}, package)
    assert bodies[Target(milestone, "01")] == ("mineco", "gpat", "gae")
    assert bodies[Target(milestone, "02")] == ("gpat", "gae")


def test_a_circle_of_successors_ends(request_context: None) -> None:
    make_plan()
    assert [group.name for group in list_successors("dos")] == ["dos", "uno"]
    assert [group.name for group in list_successors("gpat")] == ["gpat", "gae"]
    assert list_successors("no-existe") == []


def test_a_body_that_was_deleted_reports_no_more(
    milestone: str, sysadmin: dict[str, Any]
) -> None:
    tk.get_action("organization_delete")(dict(sysadmin), {"id": "gpat"})
    try:
        refuse("editora-gpat", milestone)
        report("editora-gae", milestone, status="in_progress")
    finally:
        group = model.Group.get("gpat")
        assert group is not None
        group.state = model.State.ACTIVE
        model.Session.commit()


@pytest.mark.parametrize("how", [{"private": True}, {"state": "draft"}, {"state": "deleted"}])
def test_what_is_hidden_stays_so(
    milestone: str, sysadmin: dict[str, Any], how: dict[str, Any]
) -> None:
    made = report("editora-mineco", milestone, status="in_progress")["report"]
    tk.get_action("package_patch")(dict(sysadmin), {"id": milestone, "title": "RESERVADO", **how})
    outsiders = ("editora-mineco", "editora-gae")
    for user in outsiders:
        for action, data in (
            ("gtplan_report_create", {"milestone": milestone, "activity_no": "01"}),
            ("gtplan_report_list", {"id": milestone}),
            ("gtplan_report_decide", {"id": made["id"], "decision": "approved"}),
        ):
            for missing in (False, True):
                key = "milestone" if "milestone" in data else "id"
                asked = {**data, key: "no-existe"} if missing else data
                with pytest.raises(tk.ObjectNotFound) as raised:
                    tk.get_action(action)({"user": user}, dict(asked))
                said = str(raised.value).replace(asked[key], "…")
                # what is hidden and what is not there sound the same
                assert said == raised_for(action, user)
    for record in ("gt-pan9", "gt-pan9-c01"):
        shown = list_reports("", record) + list_reports("editora-mineco", record)
        assert made["id"] not in [found["id"] for found in shown]
    with pytest.raises(tk.NotAuthorized):
        report("", milestone, status="completed")
    if how != {"state": "deleted"}:
        report("editora-duena", milestone, status="suspended", note="Sin fondos")
        assert len(list_reports("editora-duena", milestone)) == 2


def raised_for(action: str, user: str) -> str:
    """Give what is said of a record that is not there, its name left out."""
    data = {"milestone": "…", "id": "…", "decision": "approved"}
    with pytest.raises(tk.ObjectNotFound) as raised:
        tk.get_action(action)({"user": user}, data)
    return str(raised.value)


def test_persons_are_named_to_those_who_may_report_there(milestone: str) -> None:
    report("editora-mineco", milestone, status="in_progress")

    def get_user(reader: str) -> Any:
        (found,) = list_reports(reader, milestone)
        return found.get("user")

    told = {"editora-mineco", "editora-duena", "editora-gpat", "editora-gae"}
    untold = {"", "editora-inap", "editora-ajena", "miembro-mineco", "miembro-duena"}
    assert {get_user(reader) for reader in told} == {"editora-mineco"}
    assert {get_user(reader) for reader in untold} == {None}


def test_who_approves(milestone: str) -> None:
    def may(user: str) -> bool:
        package = tk.get_action("package_show")({"user": user}, {"id": milestone})
        return read_rights({"user": user}, package).may_approve

    assert may("editora-gpat") and may("editora-gae") and may(factories.Sysadmin()["name"])
    others = ("editora-duena", "editora-mineco", "editora-ajena", "miembro-gae", "")
    assert not any(may(user) for user in others)


def test_auth_functions_are_asked_by_pages(milestone: str) -> None:
    data = {"milestone": milestone, "activity_no": "01"}
    assert call_auth("gtplan_report_create", {"user": "editora-mineco", "model": model}, **data)
    with pytest.raises(tk.NotAuthorized):
        call_auth("gtplan_report_create", {"user": "editora-inap", "model": model}, **data)
