"""What a person sees where CKAN's own pages expect no refusal, or where a service is down."""

from __future__ import annotations

import logging

from ckan import model
from ckan.config.middleware.flask_app import csrf
from ckan.lib import base
from ckan.lib.search import SearchError
from ckan.plugins import toolkit as tk
from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from ..logic.quality.gate import Refusal
from ..plan.shapes import CONTROL

__all__ = ["refusals", "tell_outage"]

log = logging.getLogger(__name__)
refusals = Blueprint("gtplan_refusals", __name__)


@refusals.before_app_request
def refuse_control() -> None:
    """Say of an address with control characters that nothing is there: no database can be asked."""
    if CONTROL.search(tk.request.path):
        tk.abort(404)


@refusals.before_app_request
def refuse_forged() -> None:
    """Refuse a form of ours that another site has sent in a person's name.

    CKAN checks the forms of an address no more, of nobody, once it has answered one request there
    that came with an API token.
    """
    is_own = (tk.request.blueprint or "").startswith("gtplan_")
    is_checked = current_app.config["WTF_CSRF_ENABLED"] and not tk.g.get("login_via_auth_header")
    if is_own and is_checked:
        csrf.protect()


@refusals.app_errorhandler(Refusal)
def show_refusal(refusal: Refusal) -> ResponseReturnValue:
    """Show the page that was sent anew, with what is missing; nothing was written."""
    if tk.request.method != "POST":
        raise refusal
    for sentence in refusal.sentences:
        tk.h.flash_error(sentence)
    return tk.h.redirect_to(tk.h.url_for(tk.request.path))


@refusals.app_errorhandler(OperationalError)
@refusals.app_errorhandler(SearchError)
def show_outage(error: Exception) -> ResponseReturnValue:
    """Say that a database or the search does not answer, rather than that the portal has failed."""
    log.error("%s cannot be answered", tk.request.path, exc_info=error)
    model.Session.rollback()
    given = {"code": 503, "name": "Service Unavailable", "content": tell_outage()}
    return base.render("error_document_template.html", given), 503


def tell_outage() -> str:
    """Say the same in words."""
    return str(tk._("The portal does not reach its data right now. Please try again in a while."))
