"""The address of the JSON Schema of plan files, by which editors help to write them."""

from __future__ import annotations

import json

from ckan.plugins import toolkit as tk
from flask import Blueprint, Response

from ..config import get_base_uri
from ..logic.plans.files import SCHEMA_ADDRESS
from ..plan.files.jsonschema import MEDIA_TYPE, make_json_schema

__all__ = ["plan_schema"]

plan_schema = Blueprint("gtplan_plan_schema", __name__)


@plan_schema.route(SCHEMA_ADDRESS)
def read_plan_schema() -> Response:
    """Answer the schema, its titles in the portal's own language: an editor asks for none."""
    address = f"{get_base_uri()}{SCHEMA_ADDRESS}"
    schema = make_json_schema(address, str(tk.config["ckan.locale_default"]))
    text = json.dumps(schema, ensure_ascii=False, indent=2)
    response = Response(f"{text}\n", mimetype=MEDIA_TYPE)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
