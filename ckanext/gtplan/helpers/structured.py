"""What search engines are told of a public record, dataset, institution or service: schema.org."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ckan.plugins import toolkit as tk
from markupsafe import Markup

from ..config import get_language, get_main_language
from ..plan.model import Service
from ..rdf.portal import site
from .institutions import gtplan_body
from .records import Package, gtplan_short_title
from .words import gtplan_country_name, gtplan_label

Node = dict[str, Any]

#: The types of institution that are a government's.
_GOVERNMENT = ("executive", "legislative", "judicial", "autonomous", "municipal")
#: The records that are tables: search engines for data list them.
_TABLES = ("indicator", "service_inventory", "register")
#: The fields of records that say when, in the order in which they are taken.
_STARTS = ("start_date", "planned_start", "period_start", "baseline_date", "reference_year")
_ENDS = ("end_date", "planned_end", "period_end", "target_date", "reference_year")


def write(nodes: Sequence[Node]) -> Markup:
    """Write nodes as JSON-LD that can stand in a page: no text of theirs ends the script."""
    if not nodes:
        return Markup("")
    graph = {"@context": "https://schema.org", "@graph": [_drop_empty(node) for node in nodes]}
    text = json.dumps(graph, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _drop_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _drop_empty(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, "", [], {})}
    return [_drop_empty(item) for item in value] if isinstance(value, list) else value


def describe_site() -> Node:
    """Describe the portal and its search."""
    search = tk.h.url_for("gtplan.search", _external=True)
    return {
        "@type": "WebSite",
        "name": tk.config.get("ckan.site_title"),
        "description": tk.config.get("ckan.site_description"),
        "url": tk.h.url_for("home.index", _external=True),
        "inLanguage": get_language().replace("_", "-"),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{search}?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }


def describe_record(package: Mapping[str, Any], ancestors: Sequence[Package]) -> Node:
    """Describe a record of the plan.

    Args:
        package: the record.
        ancestors: the public records above it, the plan first.
    """
    lead = package.get("lead_institution") or package.get("coordinating_body")
    others = list(package.get("co_lead_institutions") or ())
    countries = [package.get("country"), package.get("presiding_country")]
    return {
        "@type": "Dataset" if package["type"] in _TABLES else "CreativeWork",
        **_describe_common(package),
        "alternateName": package.get("short_title"),
        "inLanguage": get_main_language(),
        "identifier": [package["name"], *filter(None, [package.get("ogp_id")])],
        "keywords": _list_keywords(package),
        "temporalCoverage": _join_dates(package),
        "spatialCoverage": [_name_place(code) for code in countries if code],
        "author": [_name_body(name) for name in ([lead] if lead else []) + others],
        "publisher": _name_owner(package),
        "sameAs": [url for url in [package.get("ogp_url")] if tk.h.is_url(url)],
        "isPartOf": _name_above(ancestors),
        "measurementTechnique": package.get("method"),
    }


def describe_dataset(package: Mapping[str, Any], ancestors: Sequence[Package]) -> Node:
    """Describe a dataset and the files of it that can be downloaded."""
    periods = package.get("temporal_coverage") or ()
    places = package.get("spatial_coverage") or ()
    return {
        "@type": "Dataset",
        **_describe_common(package),
        "description": _extract(package.get("notes") or package["title"], 5000),
        "identifier": package["id"],
        "inLanguage": package.get("language"),
        "keywords": [tag.get("display_name") for tag in package.get("tags") or ()],
        "license": package.get("license_url"),
        "isAccessibleForFree": True,
        "datePublished": package.get("issued"),
        "dateModified": package.get("data_modified") or package.get("metadata_modified"),
        "temporalCoverage": [
            f"{one.get('start') or '..'}/{one.get('end') or '..'}"
            for one in periods
            if isinstance(one, dict)
        ],
        "spatialCoverage": [
            _name_place(str(one["code"]))
            for one in places
            if isinstance(one, dict) and one.get("code")
        ],
        "creator": _name_owner(package),
        "publisher": _name_owner(package),
        "isPartOf": _name_above(ancestors),
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": tk.config.get("ckan.site_title"),
            "url": tk.h.url_for("home.index", _external=True),
        },
        "distribution": [
            _describe_file(resource)
            for resource in package.get("resources") or ()
            if tk.h.is_url(resource.get("url"))
        ],
    }


def _describe_file(resource: Mapping[str, Any]) -> Node:
    return {
        "@type": "DataDownload",
        "name": resource.get("name"),
        "contentUrl": resource["url"],
        "encodingFormat": resource.get("mimetype") or resource.get("format"),
    }


def describe_body(name: str, group: Mapping[str, Any] | None = None) -> Node:
    """Describe an institution."""
    body = gtplan_body(name)
    is_government = body.get("institution_type") in _GOVERNMENT
    return {
        "@type": "GovernmentOrganization" if is_government else "Organization",
        "name": body["title"],
        "alternateName": body["acronym"],
        "url": tk.h.url_for("organization.read", id=name, _external=True),
        "description": _extract((group or {}).get("description") or "", 500),
    }


def describe_service(service: Service, organization: str) -> Node:
    """Describe a public service."""
    return {
        "@type": "GovernmentService",
        "name": service.name,
        "description": service.description,
        "identifier": service.service_id,
        "serviceType": [gtplan_label("service_type", code) for code in service.service_type],
        "provider": [_name_body(name) for name in service.competent_authority or (organization,)],
        "areaServed": [_name_place(code) for code in service.spatial],
        "url": tk.h.url_for(
            "gtplan_services.read",
            organization=organization,
            service_id=service.service_id,
            _external=True,
        ),
        "availableChannel": {
            "@type": "ServiceChannel",
            "serviceUrl": service.online_url if tk.h.is_url(service.online_url) else None,
        }
        if service.online_url
        else None,
    }


def list_breadcrumbs(records: Iterable[Mapping[str, Any]]) -> Node:
    """List the way that leads to a record, its own page last."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": position,
                "name": gtplan_short_title(record),
                "item": _address(record),
            }
            for position, record in enumerate(records, start=1)
        ],
    }


def _describe_common(package: Mapping[str, Any]) -> Node:
    return {
        "@id": site().iri(package["type"], package["id"]),
        "name": package["title"],
        "description": package.get("notes"),
        "url": _address(package),
        "dateModified": package.get("metadata_modified"),
    }


def _extract(text: str, length: int) -> str:
    """Read a text in Markdown as plain text, of a long one the beginning."""
    return str(tk.h.markdown_extract(text[: length * 2], length))


def _address(package: Mapping[str, Any]) -> str:
    return str(tk.h.url_for(f"{package['type']}.read", id=package["name"], _external=True))


def _list_keywords(package: Mapping[str, Any]) -> list[str]:
    areas = [gtplan_label("ogp_policy_area", code) for code in package.get("policy_areas") or ()]
    return areas + [gtplan_label("ogp_value", code) for code in package.get("ogp_values") or ()]


def _join_dates(package: Mapping[str, Any]) -> str | None:
    """Give the period of a record in ISO 8601; an end that is not known stays open."""
    start, end = (
        next((str(package[name]) for name in names if package.get(name)), "")
        for names in (_STARTS, _ENDS)
    )
    return f"{start or '..'}/{end or '..'}" if start or end else None


def _name_above(ancestors: Sequence[Package]) -> Node | None:
    if not ancestors:
        return None
    above = ancestors[-1]
    return {
        "@type": "CreativeWork",
        "@id": site().iri(above["type"], above["id"]),
        "name": above["title"],
        "url": _address(above),
    }


def _name_owner(package: Mapping[str, Any]) -> Node | None:
    owner = package.get("organization")
    return _name_body(str(owner["name"])) if owner else None


def _name_body(name: str) -> Node:
    return {key: value for key, value in describe_body(name).items() if key != "description"}


def _name_place(code: str) -> Node:
    return {"@type": "Place", "name": gtplan_country_name(code)}
