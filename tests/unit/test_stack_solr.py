"""The Spanish analysis that is put into CKAN's Solr schema."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest

from stack.solr_schema import FOLDING, SPANISH, STEMMER, SchemaError, adapt_schema


@pytest.fixture(scope="module")
def original() -> str:
    spec = find_spec("ckan")
    assert spec is not None and spec.origin is not None
    return (Path(spec.origin).parent / "config" / "solr" / "schema.xml").read_text("utf-8")


def analyzers(schema: str, name: str) -> list[list[str]]:
    types = ElementTree.fromstring(schema).findall(f"./types/fieldType[@name='{name}']/analyzer")
    return [[str(item.get("class")) for item in analyzer] for analyzer in types]


def test_schema_keeps_the_name_that_ckan_checks(original: str) -> None:
    assert ElementTree.fromstring(adapt_schema(original)).get("name") == "ckan-2.12"


def test_spanish_takes_the_place_of_english(original: str) -> None:
    wanted = [filter["class"] for filter in SPANISH]
    for before, after in zip(
        analyzers(original, "text"), analyzers(adapt_schema(original), "text"), strict=True
    ):
        assert STEMMER in before and STEMMER not in after
        assert after[-len(wanted) :] == wanted
        assert after[: -len(wanted)] == [x for x in before if x not in (STEMMER, FOLDING)]


def test_everything_else_stays(original: str) -> None:
    changed = adapt_schema(original)
    assert analyzers(changed, "text_general") == analyzers(original, "text_general")
    for kind in ("fields/field", "fields/dynamicField", "copyField"):
        before = [item.attrib for item in ElementTree.fromstring(original).findall(kind)]
        assert [item.attrib for item in ElementTree.fromstring(changed).findall(kind)] == before


def test_unknown_schema_is_refused() -> None:
    with pytest.raises(SchemaError):
        adapt_schema("<schema name='other'><types/></schema>")
