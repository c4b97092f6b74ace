"""How conformance is seen: the report of portal and organizations, the panel of a dataset."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from assessing import (
    COMPLETE,
    assess_all,
    create,
    get_figures,
    insert,
    make_people,
    report,
)
from ckan import model
from ckan.lib import search
from reading import Page, act, visit

from ckanext.gtplan.logic.quality.conformance import assess_package
from ckanext.gtplan.model.conformance import FIGURES
from ckanext.gtplan.views.conformance import PARTS, draw_history

FORMS = ("", ".csv", ".json")


@pytest.fixture
def people(clean: None, request_context: None) -> dict[str, str]:
    """An empty portal with two organizations; tokens of people by their role."""
    return make_people()


@pytest.fixture(scope="class")
def world(shared_app: Any) -> Iterator[dict[str, str]]:
    """Some datasets, made once for a class whose tests leave them as they are; the tokens."""
    with shared_app.flask_app.test_request_context():
        model.repo.delete_all()
        search.clear_all()
        tokens = make_people()
        create("bueno", **COMPLETE)
        create("malo")
        create("ajeno", "instituto", notes="=1+1", title="=Fórmula")
        insert("vieja")
        assess_all()
        yield tokens


def fetch(app: Any, path: str, token: str, status: int = 200) -> Any:
    return visit(app, "get", path, token, status=status)


def says_share(text: str, figures: dict[str, Any], obligation: str) -> bool:
    filled, total = (figures[f"{obligation}_{name}"] for name in ("filled", "total"))
    return re.search(rf"\b{filled} \w+ {total}\b", text) is not None


@pytest.mark.usefixtures("world", "request_context")
class TestReport:
    """The report adds up what its rows say, the worst first."""

    def test_organizations_add_up_to_the_totals(self) -> None:
        found = report()
        for name in ("datasets", "public", "public_lacking", *FIGURES):
            assert found["totals"][name] == sum(row[name] for row in found["organizations"])
            if name in FIGURES:
                assert found["totals"][name] == sum(row[name] for row in found["datasets"])

    def test_fields_count_the_datasets_that_lack_them_and_required_ones_come_first(self) -> None:
        found = report()
        obligations = [field["obligation"] for field in found["fields"]]
        assert obligations == sorted(obligations, key=("Si", "R", "No").index)
        for field in found["fields"]:
            name = (field["kind"], field["key"])
            lacking = [
                d for d in found["datasets"] if name in {(g["kind"], g["key"]) for g in d["gaps"]}
            ]
            assert (name, field["datasets"]) == (name, len(lacking))
        issued = next(f for f in found["fields"] if f["key"] == "issued")
        assert (issued["kind"], issued["datasets"]) == ("dataset", 3)

    def test_the_worst_comes_first_and_pages_hold_them_all(self) -> None:
        names = [dataset["name"] for dataset in report()["datasets"]]
        assert names[0] == "vieja" and names[-1] == "bueno"
        pages = [report(limit=1, offset=number) for number in range(5)]
        assert [d["name"] for page in pages for d in page["datasets"]] == names
        assert {page["count"] for page in pages} == {4}

    @pytest.mark.parametrize("path", ["/conformance", "/organization/ministerio/conformance"])
    def test_page_csv_and_json_hold_the_same(
        self, app: Any, world: dict[str, str], path: str
    ) -> None:
        token = world["sysadmin"]
        page = Page(fetch(app, path, token).body)
        found = json.loads(fetch(app, f"{path}.json", token).body)
        assert found["datasets"]
        for part, columns in PARTS.items():
            body = fetch(app, f"{path}.csv?part={part}", token).body
            rows = list(csv.DictReader(io.StringIO(body)))
            expected = [found[part]] if part == "totals" else found[part]
            assert len(rows) == len(expected)
            for row, one in zip(rows, expected, strict=True):
                for name in (c for c in columns if isinstance(one[c], int)):
                    assert int(row[name]) == one[name]
        for dataset in found["datasets"]:
            row = next(text for text in page.rows if f" {dataset['title']} " in f"{text} ")
            assert says_share(row, dataset, "required")
            assert says_share(row, dataset, "recommended")
        for field in found["fields"]:
            start = f"{field['label']} {field['key']} {field['class']} "
            row = next(text for text in page.rows if text.strip().startswith(start))
            assert row.removeprefix(f" {start}").split()[1] == str(field["datasets"])

    def test_a_title_is_no_formula(self, app: Any, world: dict[str, str]) -> None:
        body = fetch(app, "/conformance.csv", world["sysadmin"]).body
        titles = [row["title"] for row in csv.DictReader(io.StringIO(body))]
        assert "'=Fórmula" in titles and "=Fórmula" not in titles

    @pytest.mark.parametrize(
        ("address", "status"),
        [
            ("/conformance?date=ayer", 400),
            ("/conformance.json?date=ayer", 400),
            ("/conformance.csv?part=nada", 404),
            ("/organization/nadie/conformance", 404),
            ("/conformance?page=-1", 400),
            ("/conformance?page=99999999999999999999", 200),
            ("/conformance?date=9999-12-31", 200),
            ("/conformance?date=0001-01-01", 200),
        ],
    )
    def test_odd_addresses(
        self, app: Any, world: dict[str, str], address: str, status: int
    ) -> None:
        fetch(app, address, world["sysadmin"], status)

    def test_the_page_names_what_is_public_and_lacks(
        self, app: Any, world: dict[str, str]
    ) -> None:
        page = Page(fetch(app, "/conformance?public_lacking=true", world["sysadmin"]).body)
        assert any("Datos vieja" in row for row in page.rows)
        assert not any("Datos malo" in row for row in page.rows)


@pytest.mark.usefixtures("world", "request_context")
class TestWhoSees:
    """Sysadmins see all, editors and admins their organization, others nothing."""

    @pytest.mark.parametrize(
        ("role", "portal", "organization", "expected"),
        [
            ("anonymous", 403, 403, set()),
            ("member", 403, 403, set()),
            ("stranger", 200, 403, {"=Fórmula"}),
            ("editor", 200, 200, {"Datos malo"}),
            ("admin", 200, 200, {"Datos malo"}),
            ("sysadmin", 200, 200, {"Datos malo", "=Fórmula"}),
        ],
    )
    def test_addresses(
        self,
        app: Any,
        world: dict[str, str],
        role: str,
        portal: int,
        organization: int,
        expected: set[str],
    ) -> None:
        for form in FORMS:
            own = fetch(app, f"/conformance{form}", world[role], portal).body
            assert {title for title in ("Datos malo", "=Fórmula") if title in own} == expected
            address = f"/organization/ministerio/conformance{form}"
            page = fetch(app, address, world[role], organization).body
            assert "=Fórmula" not in page

    @pytest.mark.parametrize("role", ["anonymous", "member", "stranger", "editor", "sysadmin"])
    def test_links_lead_who_may(self, app: Any, world: dict[str, str], role: str) -> None:
        page = fetch(app, "/organization/ministerio", world[role]).body
        front = fetch(app, "/", world[role]).body
        assert ("/organization/ministerio/conformance" in page) == (role in ("editor", "sysadmin"))
        has_report = role in ("stranger", "editor", "sysadmin")
        assert ('href="/conformance"' in front) == has_report

    def test_the_api_refuses_as_the_page_does(self, app: Any, world: dict[str, str]) -> None:
        path = "/api/action/gtplan_conformance_report?organization=ministerio"
        for role, status in (("anonymous", 403), ("member", 403), ("stranger", 403)):
            fetch(app, path, world[role], status)
        found = json.loads(fetch(app, path, world["editor"]).body)
        assert found["result"]["totals"]["datasets"] == 3


class TestPanel:
    """The page of a dataset tells who may edit it what is to be filled in, and where."""

    @pytest.fixture
    def dataset(self, people: dict[str, str]) -> dict[str, Any]:
        resources = [{"name": "", "url": "", "format": "CSV"}]
        extras = {"contact": [{"name": "Oficina"}], "resources": resources}
        return create("uno", **extras)

    @staticmethod
    def find_panel(body: str) -> str:
        match = re.search(r'<section[^>]*id="conformance".*?</section>', body, re.DOTALL)
        return match[0] if match else ""

    def test_it_says_figures_and_gaps(
        self, app: Any, people: dict[str, str], dataset: dict[str, Any]
    ) -> None:
        panel = Page(self.find_panel(fetch(app, "/dataset/uno", people["editor"]).body)).text
        assessed = assess_package(act("package_show", id="uno"))
        assert says_share(panel, get_figures(assessed), "required")
        assert says_share(panel, get_figures(assessed), "recommended")
        for gap in assessed.gaps:
            assert gap.row.label["es"] in panel

    @pytest.mark.parametrize("role", ["anonymous", "member", "stranger"])
    def test_others_do_not_see_it(self, app: Any, people: dict[str, str], role: str) -> None:
        dataset = create("dos", **COMPLETE)
        act("package_patch", id=dataset["id"], private=False)
        body = fetch(app, "/dataset/dos", people[role]).body
        assert "Datos dos" in body and self.find_panel(body) == ""

    def test_each_link_leads_to_its_field(
        self, app: Any, people: dict[str, str], dataset: dict[str, Any]
    ) -> None:
        panel = self.find_panel(fetch(app, "/dataset/uno", people["editor"]).body)
        links = re.findall(r'href="([^"#]+)#([^"]+)"', panel)
        gaps = assess_package(act("package_show", id="uno")).gaps
        assert len(links) >= len([gap for gap in gaps if gap.obligation == "Si"])
        assert {address for address, _ in links} == {
            "/dataset/edit/uno",
            f"/dataset/uno/resource/{dataset['resources'][0]['id']}/edit",
        }
        bodies = {address: fetch(app, address, people["editor"]).body for address, _ in links}
        lost = [(a, anchor) for a, anchor in links if f'id="{anchor}"' not in bodies[a]]
        assert lost == []

    def test_a_dataset_without_files_leads_to_a_new_one(
        self, app: Any, people: dict[str, str]
    ) -> None:
        create("vacio")
        panel = self.find_panel(fetch(app, "/dataset/vacio", people["editor"]).body)
        assert '/dataset/vacio/resource/new"' in panel

    def test_a_dataset_that_was_not_assessed_has_one(
        self, app: Any, people: dict[str, str]
    ) -> None:
        insert("vieja")
        body = fetch(app, "/dataset/vieja", people["sysadmin"]).body
        assert "Fecha" in Page(self.find_panel(body)).text


class TestChange:
    """What changes behind the report's back is told, or no longer told."""

    def test_the_page_says_that_something_is_not_assessed(
        self, app: Any, people: dict[str, str]
    ) -> None:
        insert("otra")
        page = Page(fetch(app, "/conformance", people["sysadmin"]).body)
        assert "ckan gtplan conformance" in page.text
        assert any("Datos otra" in row for row in page.rows)

    def test_a_dataset_that_left_is_no_longer_told_of(
        self, app: Any, people: dict[str, str]
    ) -> None:
        create("propio")
        group = model.Group.get("instituto").id
        # as CKAN's own action does, which tells no plugin
        act("package_owner_org_update", id="propio", organization_id=group)
        body = fetch(app, "/organization/ministerio/conformance", people["editor"]).body
        assert "Datos propio" not in body
        found = json.loads(fetch(app, "/conformance.json", people["editor"]).body)
        assert found["fields"] == [] and found["datasets"] == []


class TestDrawing:
    def test_a_figure_holds_until_it_changes(self) -> None:
        history = [
            {"date": "2024-01-01", "percent": 0},
            {"date": "2024-01-02", "percent": 100},
            {"date": "2024-01-05", "percent": 50},
        ]
        drawn = draw_history(history)
        assert drawn is not None
        assert drawn["line"] == "0,160 150,160 150,0 600,0 600,80"
        assert drawn["dots"] == [(0, 160), (150, 0), (600, 80)]

    def test_one_figure_is_no_line(self) -> None:
        assert draw_history([{"date": "2024-01-01", "percent": 0}]) is None
