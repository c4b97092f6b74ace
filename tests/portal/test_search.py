"""Records with long texts and many rows are saved, and found by their words."""

from __future__ import annotations

from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.gtplan.logic.plans.publication import build_deliverable
from ckanext.gtplan.plan.model import Publication

#: More than three times what Solr takes as one term.
LONG = "palabra inusitada " * 6_000


def create(sysadmin: dict[str, Any], **fields: Any) -> dict[str, Any]:
    owner = factories.Organization()["id"]
    data = {"title": "Prueba", "owner_org": owner, **fields}
    return dict(tk.get_action("package_create")(dict(sysadmin), data))


def find(words: str) -> list[str]:
    found = tk.get_action("package_search")({"user": ""}, {"q": words})
    return [record["name"] for record in found["results"]]


@pytest.mark.usefixtures("example", "request_context")
class TestLists:
    """A list without words is in the plan's order, the newest plan first."""

    def list_names(self, record_type: str, **more: Any) -> list[str]:
        query = {"fq": f"+dataset_type:{record_type}", "rows": 30, **more}
        found = tk.get_action("package_search")({"user": ""}, query)
        return [record["name"] for record in found["results"]]

    def test_commitments(self) -> None:
        names = self.list_names("commitment")
        assert names[:3] == ["gt-pan5-c02", "gt-pan4-c01", "gt-pan4-c02"]
        assert names[25] == "gt-pan3-gt0063"

    def test_plans(self) -> None:
        assert self.list_names("action_plan") == [f"gt-pan{n}" for n in (5, 4, 3, 2, 1)]

    def test_a_caller_may_say_otherwise(self) -> None:
        assert self.list_names("action_plan", sort="name asc")[0] == "gt-pan1"

    def test_a_code_is_found_first(self) -> None:
        assert self.list_names("commitment", q="gt0092")[0] == "gt-pan4-c08"

    def test_the_page_of_datasets_has_datasets_only(self, app: Any) -> None:
        page = app.get("/dataset/").get_data(as_text=True)
        assert "gt-pan4-c11-h01-datos" in page
        assert 'href="/milestone/gt-pan4-c11-h01"' not in page


@pytest.mark.usefixtures("clean", "request_context")
class TestLongTexts:
    """What Solr refuses as one term is searched by its words."""

    def test_a_dataset(self, sysadmin: dict[str, Any]) -> None:
        resource = {"name": "Datos", "url": "https://datos.example.org/datos.csv"}
        create(sysadmin, name="largo", type="dataset", attribution=LONG, notes="Uno",
               frequency="R/P1Y", resources=[resource])  # fmt: skip
        assert find("inusitada") == ["largo"]

    def test_a_commitment(self, sysadmin: dict[str, Any]) -> None:
        create(sysadmin, name="plan", type="action_plan", plan_number=1, country="GTM",
               cycle_year=2020)  # fmt: skip
        create(sysadmin, name="largo", type="commitment", action_plan="plan", problem=LONG)
        assert find("inusitada") == ["largo"]

    def test_a_milestone_with_forty_activities(self, sysadmin: dict[str, Any]) -> None:
        create(sysadmin, name="plan", type="action_plan", plan_number=1, country="GTM",
               cycle_year=2020)  # fmt: skip
        create(sysadmin, name="compromiso", type="commitment", action_plan="plan")
        rows = [{"activity_no": str(n), "name": f"Actividad {n}"} for n in range(1, 41)]
        rows[27]["name"] = "Actividad del quetzal"
        rows[28]["notes"] = LONG
        create(sysadmin, name="hito", type="milestone", commitment="compromiso", number="1",
               activities=rows)  # fmt: skip
        shown = tk.get_action("package_show")({"user": ""}, {"id": "hito"})["activities"]
        assert [row["activity_no"] for row in shown] == [row["activity_no"] for row in rows]
        assert find("quetzal") == ["hito"]


@pytest.mark.usefixtures("clean", "request_context")
class TestRefusing:
    """A value that no feed could say is refused where it is written, with its reason."""

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"title": "nulo \x00"}, "title"),
            ({"title": "tabulador vertical \x0b"}, "title"),
            ({"start_date": "31.2.2020"}, "start_date"),
            ({"start_date": "2020-02-31"}, "start_date"),
            ({"action_plan": "ninguno"}, "action_plan"),
            ({"lead_institution": "ninguna"}, "lead_institution"),
            ({"status": "raro"}, "status"),
        ],
    )
    def test_a_commitment(
        self, sysadmin: dict[str, Any], fields: dict[str, Any], field: str
    ) -> None:
        create(sysadmin, name="plan", type="action_plan", plan_number=1, country="GTM",
               cycle_year=2020)  # fmt: skip
        record = {"name": "compromiso", "type": "commitment", "action_plan": "plan", **fields}
        with pytest.raises(tk.ValidationError) as error:
            create(sysadmin, **record)
        assert list(error.value.error_dict) == [field]


@pytest.mark.ckan_config("ckan.views.default_views", ["datatables_view"])
@pytest.mark.usefixtures("clean", "request_context")
class TestPreview:
    """A published table can be looked at without downloading it."""

    def test_a_new_table_gets_the_views_of_the_portal(
        self, sysadmin: dict[str, Any], app: Any
    ) -> None:
        create(sysadmin, name="plan", type="action_plan", plan_number=1, country="GTM",
               cycle_year=2020)  # fmt: skip
        create(sysadmin, name="compromiso", type="commitment", action_plan="plan")
        settings = Publication(
            owner=factories.Organization()["name"],
            license_id="cc-by",
            frequency="eventual",
            contact_name="Oficina",
            contact_email="datos@example.org",
        )
        for status in ("created", "unchanged"):
            built = build_deliverable(dict(sysadmin), "plan", settings)
            assert built == {"dataset": "plan-datos", "status": status}
            (resource,) = tk.get_action("package_show")({"user": ""}, {"id": "plan-datos"})[
                "resources"
            ]
            views = tk.get_action("resource_view_list")({"user": ""}, {"id": resource["id"]})
            assert [view["view_type"] for view in views] == ["datatables_view"]
        path = f"/dataset/plan-datos/resource/{resource['id']}"
        page = app.get(path).get_data(as_text=True)
        assert "Título publicado por OGP" in page
        assert "Campos de la tabla" not in page  # they stand in the data dictionary already
