"""What a person sees where CKAN's own pages expect no refusal: the page again, and why."""

from __future__ import annotations

from ckan.plugins import toolkit as tk
from flask import Blueprint
from flask.typing import ResponseReturnValue

from ..logic.quality.gate import Refusal

__all__ = ["refusals"]

refusals = Blueprint("gtplan_refusals", __name__)


@refusals.app_errorhandler(Refusal)
def show_refusal(refusal: Refusal) -> ResponseReturnValue:
    """Show the page that was sent anew, with what is missing; nothing was written."""
    if tk.request.method != "POST":
        raise refusal
    for sentence in refusal.sentences:
        tk.h.flash_error(sentence)
    return tk.h.redirect_to(tk.h.url_for(tk.request.path))
