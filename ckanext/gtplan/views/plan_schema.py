"""The addresses of schemas: of plan files, by which editors help to write, and of tables."""

from __future__ import annotations

import json
from typing import Any

from ckan.plugins import toolkit as tk
from flask import Blueprint, Response

from ..config import get_base_uri
from ..logic.plans.files import SCHEMA_ADDRESS
from ..plan.files.jsonschema import MEDIA_TYPE, make_json_schema
from ..plan.living import LIVING_TABLES
from ..uploads.table_schema import ADDRESS, make_table_schema

__all__ = ["plan_schema"]

plan_schema = Blueprint("gtplan_plan_schema", __name__)


@plan_schema.route(SCHEMA_ADDRESS)
def read_plan_schema() -> Response:
    """Answer the schema, its titles in the portal's own language: an editor asks for none."""
    address = f"{get_base_uri()}{SCHEMA_ADDRESS}"
    schema = make_json_schema(address, str(tk.config["ckan.locale_default"]))
    return _answer(schema, MEDIA_TYPE)


@plan_schema.route(ADDRESS.format(table="<table>"))
def read_table_schema(table: str) -> Response:
    """Answer the Table Schema of a table that grows.

    Args:
        table: its name, for example ``services``.
    """
    if table not in LIVING_TABLES:
        tk.abort(404)
    return _answer(make_table_schema(LIVING_TABLES[table]), "application/json")


def _answer(schema: dict[str, Any], media_type: str) -> Response:
    text = json.dumps(schema, ensure_ascii=False, indent=2)
    response = Response(f"{text}\n", mimetype=media_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
