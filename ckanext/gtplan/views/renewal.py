"""Starting the service inventory of a new year from the one before."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit as tk
from flask import Blueprint
from flask.typing import ResponseReturnValue

from ..logic.living.renewal import replace_year
from .table import Place, find_place, make_context, render_place, send_to_login

__all__ = ["renewals"]

renewals = Blueprint("gtplan_renewals", __name__, url_prefix="/tables")

_FIELDS = ("reference_year", "title", "name")


@renewals.route("/<id>/renew", methods=["GET", "POST"])
def renew(id: str) -> ResponseReturnValue:
    """Ask for the new year, and make its inventory.

    Args:
        id: name or id of the inventory that it starts from.
    """
    login = send_to_login()
    if login is not None:
        return login
    place = find_place(id, "services", is_to_edit=True)
    errors: dict[str, Any] = {}
    values = {name: tk.request.form.get(name, "").strip() for name in _FIELDS}
    if tk.request.method == "POST":
        try:
            return _renew(place, values)
        except tk.NotAuthorized:
            return tk.abort(403, tk._("You may not add an inventory to this institution."))
        except tk.ValidationError as error:
            errors = dict(error.error_dict)
    else:
        values = _propose(place.package)
    return render_place("gtplan/inventory_renew.html", place, values=values, errors=errors)


def _renew(place: Place, values: dict[str, str]) -> ResponseReturnValue:
    request = {"id": place.package["id"], **values}
    made = tk.get_action("gtplan_inventory_renew")(make_context(), request)
    sentence = tk.ungettext(
        "{count} service was taken over. The new inventory is private until you publish it.",
        "{count} services were taken over. The new inventory is private until you publish it.",
        made["added"],
    )
    tk.h.flash_success(sentence.format(count=made["added"]))
    return tk.h.redirect_to("gtplan_tables.read", id=made["name"], table="services")


def _propose(package: dict[str, Any]) -> dict[str, str]:
    year = int(package.get("reference_year") or 0) + 1
    return {
        "reference_year": str(year),
        "title": replace_year(package["title"], package, year, f" ({year})"),
        "name": replace_year(package["name"], package, year, f"-{year}"),
    }
