"""Keeps ckanext-dcat's own addresses to what may be asked there."""

from __future__ import annotations

from ckan.plugins import toolkit as tk
from flask import Blueprint, Response

from ..logic.exchange.stock import ENDINGS, find_refusal
from .answers import refuse

__all__ = ["stock"]

stock = Blueprint("gtplan_stock", __name__)


@stock.before_app_request
def guard() -> Response | None:
    """Refuse in words, before ckanext-dcat's view, what it would pass on or stumble over.

    Where it chooses between its page and a document by itself, its actions refuse the same.
    """
    ending = (tk.request.view_args or {}).get("_format")
    if tk.request.blueprint != "dcat" or ending is None:
        return None
    if ending not in ENDINGS:
        return refuse(
            404, tk._("There are these syntaxes: {endings}.").format(endings=", ".join(ENDINGS))
        )
    refusal = find_refusal(tk.request.args)
    return refuse(400, refusal[1]) if refusal else None
