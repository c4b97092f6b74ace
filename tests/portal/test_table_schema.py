"""The address of a Table Schema: for everybody, from anywhere, and nothing beside the tables."""

from __future__ import annotations

import json
from typing import Any

import pytest
from frictionless import Schema

from ckanext.gtplan.plan.living import LIVING_TABLES


@pytest.mark.parametrize("name", LIVING_TABLES)
def test_every_table_has_its_schema(app: Any, name: str) -> None:
    answer = app.get(f"/ns/gtp/tables/{name}.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    schema = Schema.from_descriptor(json.loads(answer.body))
    assert tuple(schema.field_names) == LIVING_TABLES[name].column_names


@pytest.mark.parametrize("name", ["colours", "services.json", "../services", "%00"])
def test_what_is_no_table_is_not_there(app: Any, name: str) -> None:
    assert app.get(f"/ns/gtp/tables/{name}.json", status=404).status_code == 404
