"""Taking a load away again, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from ckan import model
from ckan.lib import search, uploader
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...model import LoadedObject, LoadRun
from ...model.load import select_objects
from ...plan.tables.deliverables import name_dataset
from ..follow.loads import list_reported
from ..follow.renewal import renew_milestones
from ..ids import make_package_id
from ..progress import Progress
from .distribution import drop_datastore, list_resource_ids
from .loading import lock_load
from .storage import restore_file

#: Datasets first, then packages, then the organisations that owned them.
_ORDER = ("dataset", "package", "organization")


@dataclass(kw_only=True)
class Removal:
    """What was taken away, and what was left because others use it."""

    load: str
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def remove_load(context: Context, load_id: str, progress: Progress) -> Removal:
    """Take away what a load brought; a removal that is killed can be repeated.

    What the load only changed, and an organisation that other datasets belong to, stay.

    Args:
        context: of a sysadmin.
        load_id: the load.
        progress: told of each record.

    Raises:
        toolkit.ObjectNotFound: there is no such load.
    """
    with lock_load(load_id):
        _check_is_known(load_id)
        removal = Removal(load=load_id)
        _remove_all(context, removal, progress)
    return removal


def _remove_all(context: Context, removal: Removal, progress: Progress) -> None:
    load_id = removal.load
    run = model.Session.get(LoadRun, load_id)
    is_unfinished = run is not None and run.finished is None
    # rows go with their records
    found = [row for row in model.Session.scalars(select_objects(load_id)) if row.kind in _ORDER]
    rows = sorted(found, key=lambda row: _ORDER.index(row.kind))
    items = [(row.kind, row.name, row.is_created) for row in rows]
    for number, (kind, name, is_created) in enumerate(items, start=1):
        if _exists(kind, name):
            is_gone = is_created and _remove(context, kind, name)
            (removal.removed if is_gone else removal.kept).append(name)
        if is_unfinished and is_created and kind == "package":
            _sweep(name_dataset(name))
        model.Session.execute(
            sa.delete(LoadedObject).where(
                LoadedObject.load_id == load_id,
                LoadedObject.kind == kind,
                LoadedObject.name == name,
            )
        )
        model.Session.commit()
        progress("remove", number, len(items))
    # the reports of the load go with it; what they were on may stay
    reported = list_reported(load_id)
    model.Session.execute(sa.delete(LoadRun).where(LoadRun.id == load_id))
    renew_milestones(context, reported)


def _check_is_known(load_id: str) -> None:
    if model.Session.get(LoadRun, load_id) is None:
        known = ", ".join(model.Session.scalars(sa.select(LoadRun.id).order_by(LoadRun.id)))
        text = tk._("there is no load “{load}”; there are: {known}")
        raise tk.ObjectNotFound(text.format(load=load_id, known=known or "—"))


def _exists(kind: str, name: str) -> bool:
    """Tell whether a record is still there: somebody may have purged it in the portal."""
    return (model.Group if kind == "organization" else model.Package).get(name) is not None


def _remove(context: Context, kind: str, name: str) -> bool:
    if kind == "organization":
        return _remove_organization(context, name)
    if kind == "package":
        # a dataset that was made of it later, by an edit in the portal
        _purge(context, make_package_id(name_dataset(name)))
    _purge(context, name)
    return True


def _purge(context: Context, name_or_id: str) -> None:
    package = model.Package.get(name_or_id)
    if package is None:
        return
    for resource in list(package.resources_all):
        _remove_files(resource)
    tk.get_action("dataset_purge")(tk.fresh_context(context), {"id": package.id})


def _sweep(dataset: str) -> None:
    """Remove what is left of a dataset when its building was killed.

    CKAN indexes a dataset and stores its files before it commits.
    """
    if model.Package.get(make_package_id(dataset)) is None:
        search.clear(make_package_id(dataset))
        for resource_id in list_resource_ids(dataset):
            restore_file(resource_id, None)
            drop_datastore(resource_id)


def _remove_files(resource: model.Resource) -> None:
    """Remove what a purge of CKAN leaves behind: the file and the DataStore's table."""
    if resource.url_type == "upload":
        # CKAN's own way to say that a stored file goes, whatever it is stored in
        request = {"id": resource.id, "clear_upload": "true"}
        uploader.get_resource_uploader(request).upload(resource.id)
    drop_datastore(resource.id)


def _remove_organization(context: Context, name: str) -> bool:
    group = model.Group.get(name)
    assert group is not None  # it was looked up
    owned = model.Session.scalar(
        sa.select(sa.func.count())
        .select_from(model.Package)
        .where(model.Package.owner_org == group.id)
    )
    if owned:
        return False
    tk.get_action("organization_purge")(tk.fresh_context(context), {"id": group.id})
    return True
