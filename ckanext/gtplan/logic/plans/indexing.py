"""Giving many records to the search engine, with one commit at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.logic import index_update_package

from ..progress import Progress

#: Records whose rows are read from the database at once.
_AT_ONCE = 200


def index_packages(names: Sequence[str], progress: Progress) -> None:
    """Index packages as the database has them.

    Each is shown, passes the hooks of the plugins and goes to the search engine as CKAN's
    ``search-index rebuild`` has it; what is read once for all is read together.

    Args:
        names: of the packages.
        progress: told of each.
    """
    owners = model.Session.query(model.Group).filter(model.Group.is_organization).all()
    for first in range(0, len(names), _AT_ONCE):
        # held until they are indexed: the session finds by id what somebody holds
        packages = (
            model.Session.query(model.Package)
            .filter(model.Package.name.in_(names[first : first + _AT_ONCE]))
            .all()
        )
        for number, package in enumerate(packages, start=first + 1):
            index_update_package({"ignore_auth": True}, package.id, True)
            progress("index", number, len(names))
        for package in list(_find_changed(packages)):
            model.Session.refresh(package)
            index_update_package({"ignore_auth": True}, package.id, True)
    del owners
    search.commit()
    model.Session.commit()


def _find_changed(packages: Sequence[model.Package]) -> Iterator[model.Package]:
    """Find those that others have changed since they were read: a job computes meanwhile."""
    package = model.Package
    ids = [each.id for each in packages]
    query = sa.select(package.id, package.metadata_modified).where(package.id.in_(ids))
    now = dict(map(tuple, model.Session.execute(query)))
    for each in packages:
        if now.get(each.id, each.metadata_modified) != each.metadata_modified:
            yield each
