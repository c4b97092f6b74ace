"""What a shared link says: title, words, picture, languages, schema.org, and nothing hidden."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from ckan.tests import factories
from reading import visit

pytestmark = pytest.mark.usefixtures("example")

SITE = "http://test.ckan.net"
#: A page of each kind: what schema.org calls its subject, and a word of its description.
PAGES = {
    "/": ("WebSite", ""),
    "/action_plan/gt-pan4": ("CreativeWork", "GT0085"),
    "/commitment/gt-pan5-c02": ("CreativeWork", "mesa de trabajo"),
    "/commitment/gt-pan4-c12": ("CreativeWork", "Compromiso 12 · 4º. Plan"),
    "/milestone/gt-pan4-c11-h01": ("CreativeWork", "estrategia de innovación"),
    "/regional_plan/red-gealc-2019": ("CreativeWork", "nueve áreas"),
    "/service_inventory/gt-servicios-digitales-2019": ("Dataset", ""),
    "/dataset/gt-pan4-c11-h01-datos": ("Dataset", "Plan de trabajo"),
    "/organization/gae": ("GovernmentOrganization", "compromiso 2"),
    "/services/gpat/catalogo-servicios-electronicos": ("GovernmentService", ""),
}


class Head:
    """What the head of a page says of it."""

    def __init__(self, html: str) -> None:
        self.html = html
        named = r'<meta (?:property|name)="([^"]+)" content="([^"]*)"'
        self.all = [(name, unescape(text)) for name, text in re.findall(named, html)]
        self.meta = dict(self.all)
        self.canonical = re.findall(r'<link rel="canonical" href="([^"]+)"', html)
        self.languages = dict(
            re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"', html)
        )
        scripts = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)
        self.graph = [node for text in scripts for node in json.loads(text)["@graph"]]


@pytest.fixture
def get(app: Any) -> Callable[..., Head]:
    """Fetch the head of a page, as a visitor unless somebody's token is given."""

    def call(path: str, token: str = "", status: int = 200) -> Head:
        return Head(visit(app, "get", path, token, status=status).body)

    return call


class TestPages:
    @pytest.mark.parametrize("path", PAGES)
    def test_each_says_what_it_is(self, app: Any, get: Callable[..., Head], path: str) -> None:
        head, (kind, word) = get(path), PAGES[path]
        names = [name for name, _ in head.all]
        for name in ("title", "type", "url", "image", "locale", "site_name"):
            assert names.count(f"og:{name}") == 1
        assert word in head.meta.get("og:description", "")
        assert len(head.meta.get("og:description", "")) <= 200
        assert head.canonical == [f"{SITE}{path}"] == [head.meta["og:url"]]
        assert head.graph[0]["@type"] == kind
        assert head.graph[0]["name"] == head.meta["og:title"]
        picture = app.get(head.meta["og:image"].removeprefix(SITE))
        assert picture.headers["Content-Type"] == "image/png"
        width, height = (int.from_bytes(picture.data[n : n + 4], "big") for n in (16, 20))
        assert (str(width), str(height)) == (
            head.meta["og:image:width"],
            head.meta["og:image:height"],
        )

    def test_every_language_names_itself_and_the_others(self, get: Callable[..., Head]) -> None:
        path = "/commitment/gt-pan5-c02"
        languages = {
            "es": f"{SITE}{path}",
            "en": f"{SITE}/en{path}",
            "pt-BR": f"{SITE}/pt_BR{path}",
            "x-default": f"{SITE}{path}",
        }
        for prefix, code in (("", "es"), ("/es", "es"), ("/en", "en"), ("/pt_BR", "pt-BR")):
            head = get(f"{prefix}{path}")
            assert head.languages == languages
            assert head.canonical == [languages[code]]

    def test_what_narrows_a_page_is_part_of_its_address(self, get: Callable[..., Head]) -> None:
        asked = "/en/search?type=commitment&utm_source=x&q=a%26%22b&fbclid=1&sort="
        head = get(asked)
        assert head.canonical == [f"{SITE}/en/search?q=a%26%22b&amp;type=commitment"]
        assert head.languages["es"].startswith(f"{SITE}/search?q=a%26%22b")

    def test_the_way_to_a_record_is_told(self, get: Callable[..., Head]) -> None:
        way = get("/milestone/gt-pan4-c11-h01").graph[1]
        assert way["@type"] == "BreadcrumbList"
        items = [step["item"].removeprefix(SITE) for step in way["itemListElement"]]
        assert items == [
            "/action_plan/gt-pan4",
            "/commitment/gt-pan4-c11",
            "/milestone/gt-pan4-c11-h01",
        ]

    def test_a_dataset_tells_its_files_and_its_licence(self, get: Callable[..., Head]) -> None:
        node = get("/dataset/gt-pan4-c11-h01-datos").graph[0]
        files = node["distribution"]
        assert files and all(file["contentUrl"].startswith("http") for file in files)
        assert "text/csv" in [file["encodingFormat"] for file in files]
        assert node["license"].startswith("http") and node["publisher"]["alternateName"] == "INAP"
        assert node["isPartOf"]["url"] == f"{SITE}/milestone/gt-pan4-c11-h01"

    def test_a_page_that_is_not_there_invites_nobody(self, get: Callable[..., Head]) -> None:
        head = get("/commitment/nada", status=404)
        assert head.meta["robots"] == "noindex"
        assert "og:title" not in head.meta and not head.canonical


class TestPrivacy:
    def test_a_private_record_is_told_to_nobody(
        self, get: Callable[..., Head], create: Callable[..., None]
    ) -> None:
        create("commitment", "xx-secret", title="Reservado", action_plan="gt-pan4", private=True)
        token = factories.SysadminWithToken()["token"]
        head = get("/commitment/xx-secret", token)
        assert head.meta["robots"] == "noindex"
        assert "og:title" not in head.meta and head.graph == []

    def test_a_public_record_does_not_tell_of_the_private_one_above(
        self, get: Callable[..., Head], create: Callable[..., None]
    ) -> None:
        create("commitment", "xx-above", title="Reservado", action_plan="gt-pan4", private=True)
        create("milestone", "xx-below", title="Público", number="1", commitment="xx-above")
        token = factories.SysadminWithToken()["token"]
        for head in (get("/milestone/xx-below"), get("/milestone/xx-below", token)):
            told = json.dumps(head.graph) + str(head.all)
            assert "Público" in str(head.all) and "Reservado" not in told


class TestHostility:
    def test_no_text_ends_the_script_or_the_attribute(
        self, get: Callable[..., Head], create: Callable[..., None]
    ) -> None:
        bad = "</script><script>alert(1)</script>\" onload='x' \u2028<!--"
        create("commitment", "xx-bad", title=bad, notes=bad * 40, action_plan="gt-pan4")
        head = get("/commitment/xx-bad")
        assert head.meta["og:title"] == bad
        assert head.graph[0]["name"] == bad
        assert "<script>alert" not in head.html
        assert len(re.findall("<script", head.html)) == len(re.findall("</script>", head.html))
