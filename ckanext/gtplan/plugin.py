"""Wires the extension into CKAN; what it does stands in the modules named here."""

from __future__ import annotations

from typing import Any

from ckan import plugins as p
from ckan.common import CKANConfig
from ckan.config.declaration import Declaration, Key
from ckan.lib.plugins import DefaultTranslation
from ckan.plugins import toolkit as tk
from ckan.types import Context
from ckanext.tabledesigner.interfaces import IColumnTypes

from . import config, dataset_schema, search
from .feed.keeping import watching
from .harvest.hooks import HarvestHooks, IDCATRDFHarvester, repair_harvester
from .logic import dictionary
from .logic.action import list_actions
from .logic.follow import due
from .logic.follow.reindexing import enqueue_reindex
from .logic.indicators.computing import follow_change
from .logic.living.column_types import COLUMN_TYPES
from .logic.plans.publication import enqueue_rebuild
from .logic.quality.history import record_conformance, record_deletion
from .views.headers import FeedHeaders
from .views.health import HealthAnswer

try:
    from ckanext.xloader.interfaces import IXloader
except ImportError:  # a portal that loads no files
    IXloader = None


@tk.blanket.actions(list_actions)
@tk.blanket.auth_functions
@tk.blanket.blueprints
@tk.blanket.cli
@tk.blanket.helpers
@tk.blanket.validators
class GtplanPlugin(HarvestHooks, DefaultTranslation, p.SingletonPlugin):  # type: ignore[misc]
    """Open Government action plans, and their deliverables under the PRM."""

    p.implements(p.IConfigDeclaration)
    p.implements(p.IConfigurable)
    p.implements(p.IConfigurer)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.ITranslation)
    p.implements(IColumnTypes)
    p.implements(IDCATRDFHarvester, inherit=True)
    if IXloader is not None:
        p.implements(IXloader, inherit=True)

    # IConfigDeclaration

    def declare_config_options(self, declaration: Declaration, key: Key) -> None:
        config.declare_options(declaration)

    # IConfigurable

    def configure(self, config_: CKANConfig) -> None:
        config.check_portal(config_["ckan.plugins"])
        watching.watch()
        if "dcat_rdf_harvester" in config_["ckan.plugins"]:
            repair_harvester()

    # IConfigurer

    def update_config(self, config_: CKANConfig) -> None:
        tk.add_template_directory(config_, "templates")
        tk.add_public_directory(config_, "public")
        tk.add_resource("assets", "ckanext-gtplan")
        languages, origin = config.list_further_languages(), config.list_own_schemas()
        dataset_schema.complete_schema(languages, origin)

    # IFacets

    def dataset_facets(self, facets_dict: dict[str, Any], package_type: str) -> dict[str, Any]:
        own = {**due.name_facets(package_type), **search.get_facets(package_type)}
        return {**own, **facets_dict}

    # IMiddleware

    def make_middleware(self, app: Any, config: CKANConfig) -> Any:
        app.wsgi_app = HealthAnswer(FeedHeaders(app.wsgi_app))
        return app

    # IPackageController

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        return due.index_due(search.index_record(pkg_dict))

    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        return due.narrow(search.prepare_search(search_params))

    def after_dataset_search(
        self, search_results: dict[str, Any], search_params: dict[str, Any]
    ) -> dict[str, Any]:
        return due.count_filters(search.label_facets(search_results), search_params)

    def after_dataset_create(self, context: Context, pkg_dict: dict[str, Any]) -> None:
        record_conformance(pkg_dict["id"])
        enqueue_rebuild(context, pkg_dict)
        enqueue_reindex(context, pkg_dict)
        follow_change(context, pkg_dict)

    def after_dataset_update(self, context: Context, pkg_dict: dict[str, Any]) -> None:
        record_conformance(pkg_dict["id"])
        enqueue_rebuild(context, pkg_dict)
        enqueue_reindex(context, pkg_dict)
        follow_change(context, pkg_dict)

    def after_dataset_delete(self, context: Context, pkg_dict: dict[str, Any]) -> None:
        record_deletion(pkg_dict["id"])
        enqueue_rebuild(context, pkg_dict, is_deleted=True)
        enqueue_reindex(context, pkg_dict)
        follow_change(context, pkg_dict)

    # IColumnTypes

    def column_types(self, existing_types: dict[str, Any]) -> dict[str, Any]:
        return {**existing_types, **COLUMN_TYPES}

    # IXloader

    def can_upload(self, resource_id: str) -> bool:
        return dictionary.is_loadable(resource_id)

    def datastore_before_update(
        self,
        resource_id: str,
        existing_fields: list[dict[str, Any]] | None,
        new_headers: list[dict[str, Any]],
    ) -> None:
        dictionary.keep_dictionary(resource_id, existing_fields, new_headers)

    def after_upload(
        self, context: Context, resource_dict: dict[str, Any], dataset_dict: dict[str, Any]
    ) -> None:
        dictionary.enqueue_alignment(resource_dict["id"])
