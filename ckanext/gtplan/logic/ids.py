"""Ids that do not move: made of names, so that a portal set up anew has the same IRIs."""

from __future__ import annotations

from uuid import UUID, uuid5

_NAMESPACE = UUID("5b0d9a5e-3c53-4ff1-8f7c-2a1c4c7c39a4")


def make_package_id(name: str) -> str:
    """Make the id of a package from its name."""
    return str(uuid5(_NAMESPACE, f"package/{name}"))


def make_organization_id(name: str) -> str:
    """Make the id of an organisation from its name."""
    return str(uuid5(_NAMESPACE, f"organization/{name}"))


def make_resource_id(dataset: str, table: str) -> str:
    """Make the id of a resource from its dataset's name and its table's."""
    return str(uuid5(_NAMESPACE, f"resource/{dataset}/{table}"))


def make_imported_id(identity: str) -> str:
    """Make the id of a dataset or a resource from what identifies it where it comes from."""
    return str(uuid5(_NAMESPACE, f"import/{identity}"))
