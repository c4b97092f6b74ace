"""Registers as open datasets: what a milestone counts is open data, too."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from publishing import build, create, fetch, get_resource, read_csv, show

from ckanext.gtplan.logic.ids import make_package_id, make_resource_id

pytestmark = pytest.mark.usefixtures("clean", "request_context")

STANDARDS = {
    "standards": [
        {"standard_id": "iso-a", "name": "Norma A", "standard_status": "analysed"},
        {"standard_id": "iso-b", "name": "Norma B", "standard_status": "collected"},
    ],
    "criteria": [
        {"criterion_id": "uso", "name": "Uso", "weight": "3", "max_score": "5"},
        {"criterion_id": "costo", "name": "Costo", "weight": "1", "max_score": "5"},
    ],
    "scores": [
        {"standard_id": "iso-a", "criterion_id": "uso", "score": "2.5", "reason": "Poco uso"},
        {"standard_id": "iso-a", "criterion_id": "costo", "score": "5", "reason": "Gratuita"},
    ],
}
KINDS = {
    "concepts": {
        "concepts": [{"concept_id": "nudge", "name": "Empujón", "concept_kind": "theory"}],
    },
    "norms": {"norms": [{"norm_id": "d57", "title": "Decreto 57-2008", "year": "2008"}]},
    "meetings": {
        "meetings": [{"meeting_id": "r1", "name": "Primera", "held_on": "2019-04-02"}],
        "attendance": [{"meeting_id": "r1", "sector": "cso", "persons": "7"}],
    },
}


def test_standards_with_their_matrix(app: Any) -> None:
    create(STANDARDS, type="register", name="estandares", register_kind="standards")
    build("estandares")
    dataset = show("estandares-datos")
    assert dataset["deliverable_type"] == "matrix"
    titles = [resource["name"] for resource in dataset["resources"]]
    assert len(titles) == 3 * 3 + 1
    matrix = get_resource(dataset, make_resource_id("estandares-datos", "matriz"))
    rows = read_csv(fetch(app, matrix))
    names = {name: place for place, name in enumerate(rows[0])}
    assert [(row[names["estandar"]], row[names["criterio"]]) for row in rows[1:]] == [
        *(("iso-a", "uso"), ("iso-a", "costo")),
        *(("iso-b", "uso"), ("iso-b", "costo")),
    ]
    assert [row[names["total"]] for row in rows[1:]] == ["62.50", "62.50", "", ""]
    found = tk.get_action("datastore_search")({"user": ""}, {"resource_id": matrix["id"]})
    assert found["total"] == 4
    page = app.get("/register/estandares").body
    assert "Poco uso" in page and "62,5" in page


@pytest.mark.parametrize("kind", KINDS)
def test_others(app: Any, kind: str) -> None:
    create(KINDS[kind], type="register", name=f"de-{kind}", register_kind=kind)
    build(f"de-{kind}")
    dataset = show(f"de-{kind}-datos")
    for table, cells in KINDS[kind].items():
        resource_id = make_resource_id(f"de-{kind}-datos", f"{table}.csv")
        resource = get_resource(dataset, resource_id)
        rows = read_csv(fetch(app, resource))
        first = dict(zip(rows[0], rows[1], strict=True))
        assert {name: first[name] for name in cells[0]} == cells[0]
        schema = app.get(urlsplit(resource["codelist_links"][0]).path).json
        assert [field["name"] for field in schema["fields"]] == rows[0]


def test_an_indicator_has_no_dataset() -> None:
    create({}, type="regional_plan", name="un-plan")
    create({}, type="indicator", name="un-indicador", regional_plan="un-plan")
    assert build("un-indicador") is None
    assert model.Package.get(make_package_id("un-indicador-datos")) is None
