"""The directory of services: the search, and a page for each service at a stable address."""

from __future__ import annotations

from typing import Any

from ckan.lib.helpers import Page
from ckan.plugins import toolkit as tk
from flask import Blueprint
from flask.typing import ResponseReturnValue

from ..logic.services.entries import FILTERS
from ..logic.services.reading import Gone, find_service
from ..logic.services.statement import ORDERS
from ..plan.shapes import CONTROL

__all__ = ["services"]

services = Blueprint("gtplan_services", __name__)

_PER_PAGE = 20
#: Pages that can be asked for; further on, nobody reads.
_LAST_PAGE = 10_000


@services.route("/services", endpoint="search")
def search() -> ResponseReturnValue:
    """Search the services of all institutions."""
    args = tk.request.args
    query = CONTROL.sub("", args.get("q", "")).strip()
    chosen = {name: [v for v in args.getlist(name) if v] for name in FILTERS}
    chosen = {name: list(dict.fromkeys(values)) for name, values in chosen.items() if values}
    order = args.get("sort", "")
    number = min(tk.h.get_page_number(args), _LAST_PAGE)
    asked = {"q": query, **chosen, "sort": order if order in ORDERS else "relevance"}
    more = {"limit": _PER_PAGE, "offset": (number - 1) * _PER_PAGE}
    status, problem = 200, None
    try:
        found = tk.get_action("gtplan_service_search")({}, {**asked, **more})
    except tk.ValidationError as error:
        status, problem = 503, " ".join(error.error_summary.values())
        found = {"count": 0, "total": 0, "results": [], "search_facets": {}, "understood": {}}

    def address(**changes: Any) -> str:
        given: dict[str, Any] = {**asked, **changes}
        is_plain = given["sort"] == "relevance"
        kept = {k: v for k, v in given.items() if v and not (k == "sort" and is_plain)}
        return str(tk.h.url_for("gtplan_services.search", **kept))

    page = Page(
        collection=found["results"],
        page=number,
        url=lambda **kw: address(page=kw.get("page")),
        item_count=found["count"],
        items_per_page=_PER_PAGE,
    )
    page.items = found["results"]
    extra = {"found": found, "page": page, "q": query, "chosen": chosen, "order": asked["sort"]}
    body = tk.render("gtplan/services.html", {**extra, "address": address, "problem": problem})
    return body, status


@services.route("/services/<organization>/<service_id>", endpoint="read")
def read(organization: str, service_id: str) -> ResponseReturnValue:
    """Show a service; one that the institution no longer lists is said to be gone."""
    names = (organization, service_id)
    found = None if any(map(CONTROL.search, names)) else find_service(*names)
    if found is None:
        return tk.abort(404, tk._("There is no such service."))
    if isinstance(found, Gone):
        known = {"service": found.service, "inventory": found.inventory}
        body = tk.render("gtplan/service_gone.html", {"organization": organization, **known})
        return body, 410
    inventory, service = found
    known = {"service": service, "inventory": inventory}
    return str(tk.render("gtplan/service.html", {"organization": organization, **known}))
