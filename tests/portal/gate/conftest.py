"""An organization with people of each role, and datasets that are public or were so before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ckan import model
from ckan.common import config
from ckan.tests import factories
from gating import COMPLETE, STRICTNESS
from reading import act

from ckanext.gtplan.logic.quality import gate


@pytest.fixture(scope="module")
def organization(shared_app: Any) -> Iterator[dict[str, Any]]:
    """An organization with an editor and an admin, for all tests of this module."""
    with shared_app.flask_app.test_request_context():
        people = {"editor": factories.UserWithToken(), "admin": factories.UserWithToken()}
        users = [{"name": user["name"], "capacity": role} for role, user in people.items()]
        made = factories.Organization(title="Ministerio de Prueba", users=users)
    yield {**made, **people, "sysadmin": factories.SysadminWithToken()}
    with shared_app.flask_app.test_request_context():
        owned = model.Session.query(model.Package).filter_by(owner_org=made["id"])
        for name in [package.id for package in owned]:
            act("dataset_purge", id=name)
        act("organization_purge", id=made["id"])


@pytest.fixture(autouse=True)
def _load_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker runs here: ckanext-xloader's jobs for made up addresses would pile up."""
    submit = "ckanext.xloader.plugin.xloaderPlugin._submit_to_xloader"
    monkeypatch.setattr(submit, lambda plugin, resource: None)


@pytest.fixture
def strictness(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the option for a test."""
    return lambda value: monkeypatch.setitem(config, STRICTNESS, value)


@pytest.fixture
def editor(organization: dict[str, Any]) -> dict[str, Any]:
    """What an editor of the organization may do."""
    return {"user": organization["editor"]["name"]}


@pytest.fixture
def make(organization: dict[str, Any]) -> Any:
    """Make a dataset, complete and public unless something else is said."""

    def call(**changes: Any) -> dict[str, Any]:
        name = factories.Dataset.stub().name
        data = {**COMPLETE, "name": name, "owner_org": organization["id"], **changes}
        made: dict[str, Any] = act("package_create", **data)
        return made

    return call


@pytest.fixture
def make_old(make: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a public dataset as it was before there was a gate."""

    def call(**changes: Any) -> dict[str, Any]:
        with monkeypatch.context() as patch:
            patch.setattr(gate, "check_create", lambda context, data: None)
            made: dict[str, Any] = make(**changes)
        return made

    return call
