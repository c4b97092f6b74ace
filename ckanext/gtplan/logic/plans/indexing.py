"""Giving many records to the search engine, with one commit at the end."""

from __future__ import annotations

from collections.abc import Sequence

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
    del owners
    search.commit()
    model.Session.commit()
