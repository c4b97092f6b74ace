"""Search engines are told of every public page in every language, and of nothing else."""

from __future__ import annotations

from typing import Any
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from reading import act, visit

from ckanext.gtplan.logic.exchange import sitemap

pytestmark = pytest.mark.usefixtures("example")

_SPACE = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
}
_SITE = "http://test.ckan.net"


def read(app: Any, path: str) -> ElementTree.Element:
    answer = visit(app, "get", path, "", status=200)
    assert answer.headers["Content-Type"].startswith("application/xml")
    return ElementTree.fromstring(answer.body)


def find(element: ElementTree.Element, path: str) -> list[str]:
    return [found.text or "" for found in element.iterfind(path, _SPACE)]


def list_all(app: Any) -> list[str]:
    """List the addresses of all sitemaps, without the site's."""
    found: list[str] = []
    for address in find(read(app, "/sitemap.xml"), "s:sitemap/s:loc"):
        assert address.startswith(f"{_SITE}/sitemap-")
        found += find(read(app, address.removeprefix(_SITE)), "s:url/s:loc")
    assert all(address.startswith(_SITE) for address in found)
    return [address.removeprefix(_SITE) for address in found]


def test_every_public_record_is_told_of_in_every_language(app: Any) -> None:
    found = list_all(app)
    assert len(found) == len(set(found))
    for package in model.Session.query(model.Package).filter_by(state="active", private=False):
        for prefix in ("", "/en", "/pt_BR"):
            assert f"{prefix}/{package.type}/{package.name}" in found
    assert {"", "/dataset", "/milestone", "/organization/gae", "/en/services"} <= set(found)
    assert any(path.startswith("/services/") for path in found)


def test_what_is_told_of_is_there(app: Any) -> None:
    found = [path for path in list_all(app) if not path.startswith(("/es/", "/pt_BR/"))]
    kinds = {path.rpartition("/")[0].removeprefix("/en"): path for path in found}
    assert len(kinds) > 8
    for path in kinds.values():
        visit(app, "get", path or "/", "", status=200)


def test_nothing_that_not_everybody_sees_is_told_of(app: Any, create: Any) -> None:
    create("dataset", "privado-mapa", private=True)
    create("dataset", "borrador-mapa", state="draft")
    create("dataset", "borrado-mapa", private=True)
    act("package_delete", id="borrado-mapa")
    text = " ".join(list_all(app))
    assert not [name for name in ("privado-mapa", "borrador-mapa", "borrado-mapa") if name in text]


def test_each_address_names_its_languages_and_its_date(app: Any) -> None:
    dataset = tk.get_action("package_search")({}, {"fq": "dataset_type:dataset"})["results"][0]
    path = f"/dataset/{dataset['name']}"
    (url,) = [
        url
        for url in read(app, "/sitemap-1.xml").iterfind("s:url", _SPACE)
        if find(url, "s:loc") == [f"{_SITE}/en{path}"]
    ]
    links = {link.get("hreflang"): link.get("href") for link in url.iterfind("x:link", _SPACE)}
    assert links == {
        "es": _SITE + path,
        "x-default": _SITE + path,
        "en": f"{_SITE}/en{path}",
        "pt-BR": f"{_SITE}/pt_BR{path}",
    }
    (changed,) = find(url, "s:lastmod")
    assert changed == f"{dataset['metadata_modified'][:19]}Z"


def test_parts_divide_the_addresses_among_them(app: Any, monkeypatch: Any) -> None:
    whole = sorted(list_all(app))
    monkeypatch.setattr(sitemap, "_LIMIT", 30)
    index = read(app, "/sitemap.xml")
    parts = find(index, "s:sitemap/s:loc")
    assert len(parts) > 3
    counts = [len(find(read(app, part.removeprefix(_SITE)), "s:url/s:loc")) for part in parts]
    assert set(counts[:-1]) == {30} and counts[-1] <= 30
    assert sorted(list_all(app)) == whole
    assert len(find(index, "s:sitemap/s:lastmod")) > 1
    for number in (0, len(parts) + 1, 10**12):
        visit(app, "get", f"/sitemap-{number}.xml", "", status=404)


def test_where_only_the_search_knows_no_record_is_told_of(app: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(sitemap, "has_own_labels", lambda: True)
    found = list_all(app)
    assert "/dataset" in found
    assert not [path for path in found if path.startswith(("/dataset/", "/milestone/"))]


def test_a_name_that_is_no_ascii_makes_an_address_all_the_same(app: Any) -> None:
    package = factories.Dataset(owner_org="gae", private=True)
    stored = model.Package.get(package["id"])
    stored.name, stored.private = "ni&ño<1>", False
    model.Session.commit()
    try:
        assert "/dataset/ni%26%C3%B1o%3C1%3E" in list_all(app)
    finally:
        act("dataset_purge", id=package["id"])


def test_robots_are_led_to_the_sitemap(app: Any) -> None:
    text = visit(app, "get", "/robots.txt", "", status=200).body
    robots = RobotFileParser()
    robots.parse(text.splitlines())
    assert robots.site_maps() == [f"{_SITE}/sitemap.xml"]
    assert not robots.can_fetch("x", f"{_SITE}/api/3/action/package_list")
    assert robots.can_fetch("x", f"{_SITE}/catalog.ttl")
