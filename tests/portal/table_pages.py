"""An inventory with an institution's editor and a stranger, and its pages as they open them."""

from __future__ import annotations

import io
import re
from typing import Any

from ckan import model
from ckan.tests import factories
from living import act, make_inventory, make_owner, show
from reading import Page, visit
from report_pages import token

OWNER, OTHER = "min-paginas", "min-ajeno"
EDITOR, STRANGER = "editora-paginas", "editora-ajena-paginas"
NAME = "inventario-paginas-2025"
NEXT = "inventario-paginas-2026"
PATH = f"/tables/{NAME}/services"
ROWS = [
    {
        "service_id": "partida",
        "name": "Partida de nacimiento",
        "channels": "ONL|PERSON",
        "online_url": "https://example.org/partida",
        "cost_amount": "15.50",
        "cost_currency": "GTQ",
        "requirements": "Identificarse|Pagar",
        "volume_total": "120",
        "volume_online": "80",
        "satisfaction": "90",
    },
    {"service_id": "patente", "name": "Patente de comercio", "channels": "PERSON"},
]


def make_people() -> None:
    for owner, user in ((OWNER, EDITOR), (OTHER, STRANGER)):
        if model.User.get(user) is None:  # users outlive a portal that is emptied
            factories.User(name=user)
        make_owner(owner)
        data = {"id": owner, "username": user, "role": "editor"}
        act("organization_member_create", **data)


def make_services() -> dict[str, Any]:
    """Make an inventory with two services, or put it back as it was made."""
    found = model.Package.get(NAME)
    if found is None:
        make_people()
        owner = model.Group.get(OWNER).id
        fields = {"owner_org": owner, "reference_year": 2025, "title": "Servicios 2025"}
        make_inventory(NAME, **fields)
    elif found.private:
        act("package_patch", id=NAME, private=False)
    act("gtplan_table_upload", id=NAME, table="services", records=ROWS, mode="replace")
    return show(NAME)


def read(app: Any, user: str, path: str, status: int = 200) -> Page:
    return Page(str(visit(app, "get", path, token(user), status=status).body))


def send(app: Any, user: str, path: str, values: dict[str, Any], status: int = 200) -> Page:
    """Send a form as a browser does, and follow where it leads."""
    answer = visit(app, "post", path, token(user), data=values, status=status)
    return Page(str(answer.body))


def send_file(app: Any, user: str, data: bytes, name: str = "servicios.csv", **more: str) -> Page:
    values = {"content": (io.BytesIO(data), name), **more}
    return send(app, user, f"{PATH}/upload", values)


def find_address(page: Page, ending: str) -> str:
    """Find where the page's form or link of that ending leads, without the site's own address."""
    found = re.search(rf'"(?:https?://[^/"]+)?(/[^"]*{ending}[^"]*)"', page.html)
    assert found, ending
    return found[1].replace("&amp;", "&")
