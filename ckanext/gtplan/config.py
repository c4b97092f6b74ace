"""The plugin's options, and what it needs of the portal that it is put into."""

from __future__ import annotations

from datetime import date, datetime
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import yaml
from ckan.config.declaration import Declaration
from ckan.exceptions import CkanConfigurationException
from ckan.plugins import toolkit as tk
from flask import has_request_context
from packaging.version import Version

from .plan.records import PACKAGE_TYPES
from .plan.vocabulary import LANGUAGES

#: Plugins that must be enabled, with their distribution and the versions that were tried.
NEEDED = {
    "scheming_datasets": ("ckanext-scheming", "3.1.0", "3.2"),
    "dcat": ("ckanext-dcat", "2.4.4", "2.5"),
    "datastore": ("ckan", "2.12.0", "2.13"),
    "tabledesigner": ("ckan", "2.12.0", "2.13"),
}
_SCHEMAS = [f"ckanext.gtplan:schemas/{name}.yaml" for name in (*PACKAGE_TYPES, "dataset")]
_SCHEMAS_OPTION = "scheming.dataset_schemas"


def declare_options(declaration: Declaration) -> None:
    """Declare the options, and put our schemas where ckanext-scheming looks for them.

    This runs before any plugin reads its configuration, so that the order of the plugins
    does not decide whether the schemas are found. Ours come first, because of two schemas
    for one type the last wins: a schema that the portal names itself stays in force.
    """
    text = files(__package__).joinpath("config_declaration.yaml").read_text("utf-8")
    declaration.load_dict(yaml.safe_load(text))
    own = tk.config.get(_SCHEMAS_OPTION, "").split()
    tk.config[_SCHEMAS_OPTION] = " ".join(
        [*_SCHEMAS, *(schema for schema in own if schema not in _SCHEMAS)]
    )
    # CKAN's own default shows plan records among the datasets; the portal may still say so
    tk.config.setdefault("ckan.search.show_all_types", "false")


def list_own_schemas() -> str:
    """Name the files of the schemas that the portal itself has chosen."""
    chosen = tk.config.get(_SCHEMAS_OPTION, "").split()
    return ", ".join(schema for schema in chosen if schema not in _SCHEMAS)


def check_portal(plugins: list[str]) -> None:
    """Refuse to start where the plugin could not work.

    Args:
        plugins: the enabled plugins, in order.

    Raises:
        CkanConfigurationException: naming the plugin that is missing, stands in the wrong
            order or has a version that was not tried, and what to write instead.
    """
    right = " ".join(["gtplan", *NEEDED])
    for name, (distribution, lowest, below) in NEEDED.items():
        if name not in plugins:
            raise CkanConfigurationException(
                f"gtplan needs the plugin {name} ({distribution}): ckan.plugins = {right} ..."
            )
        if plugins.index(name) < plugins.index("gtplan"):
            raise CkanConfigurationException(
                f"gtplan must stand before {name}, whose pages it extends:"
                f" ckan.plugins = {right} ..."
            )
        found = Version(version(distribution))
        if not Version(lowest) <= found < Version(below):
            raise CkanConfigurationException(
                f"gtplan works with {distribution} {lowest} up to but not including {below};"
                f" installed is {found}: pip install '{distribution}>={lowest},<{below}'"
            )


def get_option(name: str) -> Any:
    """Give the value of ``ckanext.gtplan.<name>``, of the type that its declaration says."""
    return tk.config[f"ckanext.gtplan.{name}"]


def get_base_uri() -> str:
    """Give the address from which every identifier is made, without a slash at its end."""
    return str(get_option("base_uri") or tk.config["ckan.site_url"]).rstrip("/")


def get_main_language() -> str:
    """Give the language of what is said in one only: that of ``ckan.locale_default``."""
    return str(tk.config["ckan.locale_default"])[:2]


def list_further_languages() -> list[str]:
    """List the languages in which forms ask for texts, beside the main one.

    Returns:
        Those of ``ckanext.gtplan.languages``; without it, where ckanext-fluent is enabled, those
        that the portal offers; else none.
    """
    given = list(get_option("languages") or ())
    if not given and "fluent" in tk.config["ckan.plugins"]:
        given = [str(locale) for locale in tk.aslist(tk.config["ckan.locales_offered"])]
    short = dict.fromkeys(language[:2] for language in given)
    return [language for language in short if language != get_main_language()]


def get_today() -> date:
    """Give the day that it is in the portal's time zone (``ckan.display_timezone``)."""
    return datetime.now(tk.h.get_display_timezone()).date()


def get_language() -> str:
    """Give the language to write in: the page's, or the portal's own outside of pages.

    Returns:
        One of those in which the plugin speaks: a page in pt_PT is written in pt_BR, one in es_AR
        in es; Spanish, as labels are, where it speaks no such language.
    """
    language = tk.h.lang() if has_request_context() else None
    wanted = str(language or tk.config["ckan.locale_default"])
    if wanted in LANGUAGES:
        return wanted
    return next((own for own in LANGUAGES if own[:2] == wanted[:2]), LANGUAGES[0])
