"""Writing what is proposed for datasets that are older than the plugin."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...prm.proposals import ASIDE, Proposal, propose
from ...rdf.portal import Directory
from ..progress import Progress
from ..quality.conformance import assess_package, title_gap
from ..reading import show_package
from .importing import find_organization


@dataclass(kw_only=True)
class Migration:
    """What is proposed for a dataset, what of it was written, and what it still lacks."""

    dataset: str
    title: str
    proposals: list[Proposal] = field(default_factory=list)
    is_written: bool = False
    #: why the portal refused it, a sentence for each field
    errors: list[str] = field(default_factory=list)
    #: titles of the required (Si) and recommended (R) fields that nobody could propose
    required: list[str] = field(default_factory=list)
    recommended: list[str] = field(default_factory=list)


def find_datasets(names: Sequence[str] = (), organization: str | None = None) -> list[str]:
    """List the ids of active datasets, in the order of their names.

    Args:
        names: names or ids; none for all datasets.
        organization: name or id of the organization that owns them.

    Raises:
        toolkit.ObjectNotFound: there is no such dataset or organization.
    """
    query = sa.select(model.Package.id).where(
        model.Package.type == "dataset", model.Package.state == model.State.ACTIVE
    )
    if names:
        query = query.where(model.Package.id.in_([_find_dataset(name).id for name in names]))
    if organization:
        query = query.where(model.Package.owner_org == find_organization(organization).id)
    return list(model.Session.scalars(query.order_by(model.Package.name)))


def _find_dataset(name: str) -> model.Package:
    package = model.Package.get(name)
    if package is None or package.type != "dataset" or package.state != model.State.ACTIVE:
        raise tk.ObjectNotFound(tk._("There is no dataset “{name}”.").format(name=name))
    return package


def migrate(
    context: Context,
    ids: Sequence[str],
    progress: Progress,
    *,
    is_written: bool = False,
    with_unsure: bool = False,
) -> list[Migration]:
    """Propose values for datasets, and write them if asked to.

    Args:
        context: of somebody who may edit the datasets.
        ids: of the datasets.
        progress: told of each.
        is_written: write; else nothing is changed.
        with_unsure: also what somebody should look at first.

    Returns:
        What was proposed and done; a dataset that the portal refuses is told so and does not
        keep the others from being written.
    """
    directory = Directory()
    found = []
    for number, dataset_id in enumerate(ids, 1):
        package = show_package(context, dataset_id)
        migration = _propose(package)
        chosen = [p for p in migration.proposals if p.is_sure or with_unsure]
        package = fill(package, chosen)
        if is_written and chosen:
            migration.errors = _write(context, package)
            migration.is_written = not migration.errors
        conformance = assess_package(package, directory)
        migration.required = [title_gap(gap) for gap in conformance.missing("Si")]
        migration.recommended = [title_gap(gap) for gap in conformance.missing("R")]
        found.append(migration)
        progress("migrate", number, len(ids))
    return found


def _propose(package: dict[str, Any]) -> Migration:
    language = str(tk.config["ckan.locale_default"]).partition("_")[0]
    return Migration(
        dataset=package["name"],
        title=package.get("title") or package["name"],
        proposals=propose(package, language),
    )


def fill(package: dict[str, Any], proposals: Iterable[Proposal]) -> dict[str, Any]:
    """Put proposed values into a dataset; what they replace and nobody understood is kept.

    Args:
        package: the dataset, as ``package_show`` gives it.
        proposals: for its fields and those of its resources.

    Returns:
        A copy, for ``package_update``.
    """
    extras = {extra["key"]: extra["value"] for extra in package.get("extras") or []}
    filled = dict(package)
    resources = {r["id"]: dict(r) for r in package.get("resources") or []}
    for proposal in proposals:
        place = filled if proposal.resource is None else resources[proposal.resource]
        if proposal.new is None:
            kept = extras if proposal.resource is None else place
            kept.setdefault(ASIDE + proposal.field, _to_text(proposal.old))
        place[proposal.field] = "" if proposal.new is None else proposal.new
    filled["extras"] = [{"key": key, "value": value} for key, value in extras.items()]
    filled["resources"] = list(resources.values())
    return filled


def _to_text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return str(value)


def _write(context: Context, package: dict[str, Any]) -> list[str]:
    data = {key: value for key, value in package.items() if key != "metadata_modified"}
    try:
        tk.get_action("package_update")(tk.fresh_context(context), data)
    except tk.ValidationError as error:
        model.Session.rollback()
        return [f"{name}: {why}" for name, why in error.error_summary.items()]
    return []


def to_json(migrations: Iterable[Migration]) -> list[dict[str, Any]]:
    """Give the migrations as lists and objects, for machines."""
    return [dataclasses.asdict(migration) for migration in migrations]
