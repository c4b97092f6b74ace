"""Records with living tables for tests that write rows, made by hand and removed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

OWNER = "min-tablas-vivas"
INVENTORY = "inventario-vivo-2026"
REGISTER = "estandares-vivos"
#: A service that breaks no rule.
SERVICE = {"service_id": "partida", "name": "Partida de nacimiento"}


def site_user() -> Any:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": user["name"], "ignore_auth": True}


def act(action: str, user: str | None = None, **data: Any) -> Any:
    """Call an action as a user, ``""`` for a visitor, or as the site's own."""
    context = site_user() if user is None else {"user": user, "ignore_auth": False}
    return tk.get_action(action)(context, data)


def make_owner(name: str = OWNER, **more: Any) -> dict[str, Any]:
    found = model.Group.get(name)
    if found is not None:
        return {"id": found.id, "name": found.name}
    return factories.Organization(name=name, title=name, **more)


def make_inventory(name: str = INVENTORY, **fields: Any) -> dict[str, Any]:
    data = {
        "type": "service_inventory",
        "title": "Inventario",
        "reference_year": 2026,
        "owner_org": make_owner()["id"],
    }
    return act("package_create", **{**data, "name": name, **fields})


def make_register(name: str = REGISTER, kind: str = "standards", **fields: Any) -> dict[str, Any]:
    data = {
        "type": "register",
        "title": "Registro",
        "register_kind": kind,
        "owner_org": make_owner()["id"],
    }
    return act("package_create", **{**data, "name": name, **fields})


@contextmanager
def removing(*names: str) -> Iterator[None]:
    """Purge records, if they are there, before and after."""
    remove(*names)
    yield
    model.Session.rollback()
    remove(*names)


def remove(*names: str) -> None:
    for name in names:
        if model.Package.get(name) is not None:
            act("dataset_purge", id=name)


def get_table(record: dict[str, Any], name: str = "services") -> str:
    """Give the id of the resource of a record's table."""
    return next(r["id"] for r in record["resources"] if r["name"] == name)


def upsert(record: dict[str, Any], *rows: dict[str, Any], **more: Any) -> Any:
    table = more.pop("table", "services")
    data = {"resource_id": get_table(record, table), "records": list(rows)}
    return act("datastore_upsert", **{**data, **more})


def read_rows(record: dict[str, Any], table: str = "services", **query: Any) -> list[Any]:
    """Read rows as everybody does."""
    data = {"resource_id": get_table(record, table), "limit": 1000, **query}
    return list(act("datastore_search", **data)["records"])


def read_column(record: dict[str, Any], column: str, table: str = "services") -> list[Any]:
    return [row[column] for row in read_rows(record, table)]


def show(name: str) -> dict[str, Any]:
    context: Any = {**site_user(), "use_cache": False}
    return dict(tk.get_action("package_show")(context, {"id": name}))
