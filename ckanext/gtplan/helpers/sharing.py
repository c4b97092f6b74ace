"""What a page tells those who share and index it: address, languages, title, a few words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ckan.plugins import toolkit as tk
from markupsafe import Markup

from ..config import get_language
from ..plan.model import Service
from ..plan.vocabulary import LANGUAGES
from . import structured
from .institutions import gtplan_body
from .records import Package, gtplan_ancestors, gtplan_is_record_type, gtplan_short_title
from .words import gtplan_type_name

#: What networks call the languages of the portal.
_LOCALES = {"es": "es_LA", "en": "en_US", "pt_BR": "pt_BR"}
#: What others add to an address to follow who clicks it.
_TRACKERS = ("utm_", "fbclid", "gclid", "mc_")
#: As much as networks show of a description, and as much of a text as it is taken of.
_LENGTH, _READ = 200, 4000


@dataclass(frozen=True, kw_only=True)
class Sharing:
    """What the head of a page says of it.

    Attributes:
        address: of this page in this language, whatever the reader came by.
        kind: Open Graph's: ``website`` or ``article``.
        alternates: the addresses by language, ``x-default`` among them.
        json_ld: schema.org, as text of a script; empty where there is nothing to say.
    """

    title: str
    description: str
    address: str
    image: str
    kind: str
    locale: str
    alternates: Mapping[str, str]
    json_ld: Markup


def gtplan_sharing(
    title: str,
    package: Mapping[str, Any] | None = None,
    group: Mapping[str, Any] | None = None,
    service: Service | None = None,
) -> Sharing | None:
    """Describe a page for its head.

    Args:
        title: of a page that is about none of these.
        package: the record or dataset that it is about.
        group: the institution.
        service: the service; its address names the institution.

    Returns:
        None for what not everybody may see: nobody is invited there.
    """
    subject = package or group or {}
    if not _is_public(subject):
        return None
    if tk.request.endpoint == "home.index":  # its tab says no more than «Welcome»
        title = tk.config["ckan.site_title"]
    ancestors = [one for one in gtplan_ancestors(package) if _is_public(one)] if package else []
    return Sharing(
        title=service.name if service else str(subject.get("title") or title),
        description=_describe(package, group, service, ancestors),
        address=_localize(get_language()),
        image=str(tk.h.url_for_static("/gtplan/share.png", qualified=True)),
        kind="article" if package else "website",
        locale=_LOCALES.get(get_language(), _LOCALES["es"]),
        alternates=dict(_list_alternates()),
        json_ld=structured.write(list(_list_nodes(package, group, service, ancestors))),
    )


def _is_public(thing: Mapping[str, Any]) -> bool:
    return not thing.get("private") and thing.get("state", "active") == "active"


def _localize(locale: str) -> str:
    """Give the address of this page in a language, without what says nothing of the page."""
    path, _, query = tk.request.environ.get("CKAN_CURRENT_URL", "/").partition("?")
    given = parse_qsl(query)  # without those that are empty
    kept = sorted((name, value) for name, value in given if not name.startswith(_TRACKERS))
    address = f"{path}?{urlencode(kept)}" if kept else path
    chosen = "default" if locale == tk.config["ckan.locale_default"] else locale
    return str(tk.h.url_for(address, locale=chosen, qualified=True))


def _list_alternates() -> Iterator[tuple[str, str]]:
    offered = {locale.short_name for locale in tk.h.get_available_locales()}
    for language in LANGUAGES:
        if language in offered:
            yield language.replace("_", "-"), _localize(language)
    yield "x-default", _localize(tk.config["ckan.locale_default"])


def _describe(
    package: Mapping[str, Any] | None,
    group: Mapping[str, Any] | None,
    service: Service | None,
    ancestors: list[Package],
) -> str:
    if service:
        return _cut(service.description or service.name)
    if group:
        return _cut(tk.h.markdown_extract((group.get("description") or "")[:_READ], 0))
    if package is None:
        return _cut(str(tk.config.get("ckan.site_description") or ""))
    text = package.get("notes") or package.get("problem") or package.get("objective") or ""
    if not gtplan_is_record_type(package["type"]):
        text = tk.h.markdown_extract(text[:_READ], 0)
    return _cut(text) or _place(package, ancestors)


def _place(package: Mapping[str, Any], ancestors: list[Package]) -> str:
    """Say what a record is where no document describes it: which of which plan, and whose."""
    name = gtplan_short_title(package)
    kind = gtplan_type_name(package["type"], is_heading=True)
    above = [gtplan_short_title(one) for one in reversed(ancestors)]
    owner = package.get("organization") or {}
    lead = package.get("lead_institution") or owner.get("name")
    bodies = [gtplan_body(str(lead))["title"]] if lead else []
    return _cut(" · ".join([kind if name == package.get("title") else name, *above, *bodies]))


def _cut(text: str) -> str:
    return shorten(text[:_READ], _LENGTH, placeholder="…")


def _list_nodes(
    package: Mapping[str, Any] | None,
    group: Mapping[str, Any] | None,
    service: Service | None,
    ancestors: list[Package],
) -> Iterator[structured.Node]:
    """List what schema.org is told of the page's subject; of lists and forms, nothing."""
    endpoint = str(tk.request.endpoint or "")
    if endpoint == "home.index":
        yield structured.describe_site()
    elif service:
        yield structured.describe_service(service, str(tk.request.view_args["organization"]))
    elif package and endpoint == f"{package['type']}.read":
        if gtplan_is_record_type(package["type"]):
            yield structured.describe_record(package, ancestors)
        elif not tk.h.plugin_loaded("structured_data"):  # ckanext-dcat's own, where it is on
            yield structured.describe_dataset(package, ancestors)
        yield structured.list_breadcrumbs([*ancestors, package])
    elif group and endpoint == "organization.read":
        yield structured.describe_body(str(group["name"]), group)
