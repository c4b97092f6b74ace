"""What a record needs of the portal: its options, organizations and public plan records.

All questions are asked as an anonymous visitor, so that nothing private can
come into a feed, whoever pulls it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.gtplan.config import get_base_uri, get_option
from ckanext.gtplan.prm.profile import extensions
from ckanext.gtplan.prm.record import (
    Link,
    Record,
    Site,
    catalog_record,
    dataset_record,
    minimal_record,
)

log = logging.getLogger(__name__)

# What the feeds list: plan records have types of their own.
DATASETS = "+dataset_type:dataset"

_NAME = re.compile(r"^[a-z0-9_-]{1,100}$")
# Names in one search: a Solr query has room for 1024 clauses.
_NAMES_AT_ONCE = 200


def anonymous() -> Context:
    """Make the context of a visitor who is not logged in."""
    return {"user": "", "auth_user_obj": None}


def search(fq: str, **query: Any) -> dict[str, Any]:
    """Search among public active records only.

    Args:
        fq: further filters, made by this code and never by a visitor.
        query: other arguments of ``package_search``.

    Returns:
        What ``package_search`` answers.
    """
    query["fq"] = f"+capacity:public +state:active {fq}"
    answer: dict[str, Any] = tk.get_action("package_search")(anonymous(), query)
    return answer


def newest() -> str | None:
    """Tell when a public dataset last changed."""
    return _stamp("metadata_modified", "desc")


def newest_data() -> str | None:
    """Tell when the data of any public dataset last changed."""
    # Solr orders by a field of ours but doesn't give it back.
    query = {"sort": "data_modified desc", "rows": 1}
    found = search(f"{DATASETS} +data_modified:[* TO *]", **query)["results"]
    return found[0].get("data_modified") if found else None


def oldest() -> str | None:
    """Tell when the first of today's public datasets was made."""
    return _stamp("metadata_created", "asc")


def _stamp(field: str, order: str) -> str | None:
    query = {"sort": f"{field} {order}", "rows": 1, "fl": ["id", field]}
    found = search(DATASETS, **query)["results"]
    return found[0].get(field) if found else None


def find_links(record: Record) -> dict[str, Link]:
    """Find out which of a record's links are to public plan records of this portal.

    Args:
        record: a dataset, of any portal.

    Returns:
        The links to our own records, by name.
    """
    base = site().iri("").rstrip("/")
    given = [value.iri for value in record.values.values() if isinstance(value, Link)]
    ids = [iri.rpartition("/")[2] for iri in given if iri.startswith(f"{base}/")]
    wanted = " OR ".join(f'"{one}"' for one in ids if _NAME.match(one))
    found = _search_links(f"+id:({wanted})", len(ids)) if wanted else ()
    return {link.identifier: link for link in found}


def _search_links(fq: str, rows: int) -> Iterator[Link]:
    """Find public plan records."""
    kinds = " OR ".join(row.vocabulary or "" for row in extensions("dataset") if row.type == "link")
    fields = ["id", "name", "title", "dataset_type"]
    for found in search(f"+dataset_type:({kinds}) {fq}", fl=fields, rows=rows)["results"]:
        yield Link(
            identifier=found["name"],
            title=found.get("title") or found["name"],
            iri=site().iri(found["dataset_type"], found["id"]),
        )


def site() -> Site:
    """Describe the portal for the records."""
    return Site(base=get_base_uri(), license=_option("license"))


def catalog(given: Mapping[str, Any] | None = None, iri: str | None = None) -> Record:
    """Make the record of the catalogue, without its datasets, with the dates of the search index.

    Args:
        given: fields that go before the portal's options.
        iri: its identifier, when the caller has made it.

    Returns:
        The record.
    """
    dates = {"newest": newest(), "newest_data": newest_data(), "oldest": oldest()}
    return describe_catalog(given, iri, **dates)


def describe_catalog(
    given: Mapping[str, Any] | None = None,
    iri: str | None = None,
    *,
    newest: str | None = None,
    newest_data: str | None = None,
    oldest: str | None = None,
) -> Record:
    """Make the record of the catalogue, without its datasets.

    Args:
        given: fields that go before the portal's options.
        iri: its identifier, when the caller has made it.
        newest: when a public dataset last changed.
        newest_data: when the data of one last changed.
        oldest: when the first of today's public datasets was made.

    Returns:
        The record.
    """
    settings = {"issued": oldest, **_catalog_settings(), **(given or {})}
    return catalog_record(settings, site(), newest=newest, newest_data=newest_data, iri=iri)


def _catalog_settings() -> dict[str, Any]:
    """Read the catalogue's fields from the options, or from what CKAN knows of the site."""
    title = _option("title") or tk.config.get("ckan.site_title")
    locale = str(tk.config.get("ckan.locale_default") or "es")
    issued = _option("issued")
    return {
        "identifier": _option("identifier") or tk.config.get("ckan.site_id"),
        "title": title,
        "description": _option("description") or tk.config.get("ckan.site_description") or title,
        "publisher": {
            "name": _option("publisher_name") or title,
            "email": _option("publisher_email"),
            "uri": _option("publisher_uri"),
            "type": _option("publisher_type"),
        },
        **({"issued": issued} if issued else {}),
        "language": tk.aslist(_option("language")) or [locale.partition("_")[0]],
        "license": _option("license"),
        "homepage": _option("homepage") or tk.config.get("ckan.site_url"),
        "spatial": _option("spatial"),
        "rights": _option("rights"),
    }


def _option(name: str) -> Any:
    return get_option(f"catalog.{name}")


class Directory:
    """Organizations and plan records that packages name, each looked up once."""

    def __init__(self) -> None:
        self._organizations: dict[str, Mapping[str, Any] | None] = {}
        self._links: dict[str, Link] = {}
        self._asked: set[str] = set()

    def records(self, packages: Iterable[Mapping[str, Any]]) -> Iterator[Record]:
        """Make the records of datasets; one that can't be made has its title at least.

        Args:
            packages: datasets as ``package_search`` gives them.

        Yields:
            A record for each, in the same order.
        """
        packages = list(packages)
        self._find_links(packages)
        for package in packages:
            yield self.record(package)

    def record(self, package: Mapping[str, Any], iri: str | None = None) -> Record:
        """Make the record of one dataset and log what can't be said.

        Args:
            package: the dataset.
            iri: its identifier, when the caller has made it.

        Returns:
            The record.
        """
        self._find_links([package])
        try:
            record = dataset_record(
                package,
                site(),
                organization=self._organization(package),
                links=self._links,
                iri=iri,
            )
        except Exception:
            log.exception("no record can be made of dataset %s", package.get("id"))
            record = minimal_record(package, site())
        for problem in record.problems:
            log.info("left out of the feeds: %s", problem)
        return record

    def _organization(self, package: Mapping[str, Any]) -> Mapping[str, Any] | None:
        owner = package.get("owner_org")
        if not isinstance(owner, str):
            return None
        if owner not in self._organizations:
            without = ("datasets", "dataset_count", "users", "groups", "followers")
            query: dict[str, Any] = {f"include_{part}": False for part in without}
            try:
                found = tk.get_action("organization_show")(anonymous(), {**query, "id": owner})
            except (tk.ObjectNotFound, tk.NotAuthorized):
                found = None
            self._organizations[owner] = found
        return self._organizations[owner]

    def _find_links(self, packages: Iterable[Mapping[str, Any]]) -> None:
        """Find the plan records that are named and public; a private one stays unknown."""
        rows = [row for row in extensions("dataset") if row.type == "link"]
        given = [package.get(row.sources[0]) for package in packages for row in rows]
        names = {name for name in given if isinstance(name, str) and _NAME.match(name)}
        unknown = sorted(names - self._asked)
        self._asked |= names
        for start in range(0, len(unknown), _NAMES_AT_ONCE):
            some = unknown[start : start + _NAMES_AT_ONCE]
            wanted = " OR ".join(f'"{name}"' for name in some)
            for link in _search_links(f"+name:({wanted})", len(some)):
                self._links[link.identifier] = link
