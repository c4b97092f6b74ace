"""Generated packages: whatever a person can enter, in the form in which it comes back."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st
from prm_sample import LINKS, SITE

from ckanext.gtplan.prm.values import in_language
from ckanext.gtplan.prm.vocabulary import vocabulary

Package = dict[str, Any]

HARD_TEXTS = (
    "comillas \"dobles\", 'simples' y «angulares»",
    'tres """ seguidas \\ y barra \\n',
    "dos\nlíneas\ty tabulador",
    "<b>&amp; ]]> {{jinja}} %s",
    "😀👩🏽‍🌾 مرحبا שלום \u202egnu\u202c",
    " espacio al borde ",
    "2018",
    "https://example.org/ no es una dirección",
    "Ñandú · ꞌ · 中文 · \U0001f1ec\U0001f1f9",
)
_LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
texts = st.sampled_from(HARD_TEXTS) | st.text(_LETTERS, min_size=1, max_size=20).filter(str.strip)
languages = st.sampled_from(["es", "en", "pt-BR", "qu", "zh-Hant"])
urls = st.sampled_from(
    [
        "https://example.org",
        "http://example.org/a%20b?c=d&e=%C3%B1#f",
        "https://example.org:8080/~x/(y),;=+$!*'@",
        "ftp://archivo.example.org/datos.csv",
        "https://xn--and-6ma2c.example.org/",
    ]
)
emails = st.sampled_from(
    ["a@example.org", "o'brien+x@example.org", "a&b=c%d/?#{}@a-b.example"]
)


@st.composite
def dates(draw: st.DrawFn) -> str:
    """Years, months, days and moments, with and without a zone."""
    day = draw(st.dates(min_value=date(1, 1, 2), max_value=date(9999, 12, 30))).isoformat()
    form = draw(st.sampled_from(["year", "month", "day", "moment"]))
    if form != "moment":
        return day[: {"year": 4, "month": 7, "day": 10}[form]]
    minutes = draw(st.none() | st.integers(-14 * 60, 14 * 60))
    zone = None if minutes is None else timezone(timedelta(minutes=minutes))
    time = draw(st.times())
    return datetime.combine(date.fromisoformat(day), time, zone).isoformat()


@st.composite
def periods(draw: st.DrawFn) -> dict[str, str]:
    """Periods that don't end before they start, open at either side or at none."""
    years = sorted(draw(st.tuples(st.integers(1, 9998), st.integers(1, 9998))))
    start, end = f"{years[0]:04}-03", f"{years[1] + 1:04}-03-31T23:59:59-06:00"
    forms = [(start, end), (start, ""), ("", end), (start[:4], end[:4]), (start, end[:10])]
    chosen = draw(st.sampled_from(forms))
    ends = {"start": chosen[0], "end": chosen[1]}
    return {part: text for part, text in ends.items() if text}


def codes(name: str) -> st.SearchStrategy[str]:
    """Every code of a list; of an open one, others too."""
    known = [term.code for term in vocabulary(name).terms]
    if vocabulary(name).is_open:
        known += ["https://example.org/otro", "Otro, que no está en la lista"]
    return st.sampled_from(known)


def _degrees(limit: int) -> st.SearchStrategy[float]:
    return st.floats(-limit, limit) | st.integers(-limit, limit).map(float)


_points = st.tuples(_degrees(180), _degrees(90))
_boxes = st.tuples(_degrees(180), _degrees(90), _degrees(180), _degrees(90)).map(
    lambda box: (box[0], min(box[1], box[3]), box[2], max(box[1], box[3]))
)
_place_parts = {
    "code": st.sampled_from(["GTM", "BRA", "GT-01", "BR-SP", "0101", "Q1234"]),
    "uri": st.sampled_from(["https://www.geonames.org/3598132", "http://example.org/lugar#x"]),
    "text": texts,
    "bbox": _boxes.map(lambda box: json.dumps(list(box))),
    "centroid": _points.map(lambda point: json.dumps(list(point))),
}
place_rows = st.fixed_dictionaries({}, optional=_place_parts).filter(bool)
place_texts = (
    st.sampled_from(["GTM", "GT-01", "0101", "Antigua Guatemala", "https://www.geonames.org/1"])
    | _place_parts["bbox"]
    | _place_parts["centroid"]
    | st.builds(
        lambda code, text: json.dumps({"code": code, "text": text}, ensure_ascii=False),
        _place_parts["code"],
        texts,
    )
)
period_texts = st.sampled_from(["2018", "2018-11", "2018-11/2020-10", "../2020-10-31", "2018/2018"])


def several(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """One to three different values."""
    return st.lists(items, min_size=1, max_size=3, unique_by=json.dumps)


columns = st.fixed_dictionaries(
    {"title": texts},
    optional={
        "type": codes("field_type"),
        "description": texts,
        "units": texts,
        "spatial": place_texts,
    },
)
code_lists = st.lists(st.tuples(texts, urls), max_size=3).map(
    lambda pairs: (
        {"codelists": [a for a, _ in pairs], "codelist_links": [b for _, b in pairs]}
        if pairs
        else {}
    )
)


@st.composite
def resources(draw: st.DrawFn, number: int) -> Package:
    """A resource with any of its fields."""
    given = {
        "name": texts,
        "description": texts,
        "url": urls,
        "access_url": urls,
        "fields": st.lists(columns, min_size=1, max_size=12),
        "issued": dates(),
        "modified": dates(),
        "data_modified": dates(),
        "source_metadata_modified": dates(),
        "format": codes("format"),
        "license": codes("license"),
        "mimetype": st.sampled_from(["text/csv", "application/vnd.ms-excel", "image/svg+xml"]),
        "resource_type": codes("distribution_type"),
        "spatial": place_texts,
        "temporal": period_texts,
        "rights": texts,
        "size": st.integers(0, 10**18 - 1),
    }
    identity = {"uri": st.just(f"https://otro.example.org/r/{number}"), "identifier": texts}
    resource: Package = draw(st.fixed_dictionaries(identity, optional=given))
    return _translate(draw, {**resource, **draw(code_lists)}, "name", "description")


def _translate(draw: st.DrawFn, package: Package, *names: str) -> Package:
    """Say some of the texts in several languages."""
    for name in set(names) & set(package):
        if draw(st.booleans()):
            said = draw(st.dictionaries(languages, texts, min_size=1, max_size=3))
            package |= {name: in_language(said, "es"), f"{name}_translated": said}
    return package


@st.composite
def packages(draw: st.DrawFn) -> Package:
    """A dataset of another portal with any of its fields, as a harvest would leave it."""
    contact = st.fixed_dictionaries({"name": texts}, optional={"email": emails})
    publisher = st.fixed_dictionaries(
        {"name": texts},
        optional={"email": emails, "uri": urls, "type": codes("publisher_type")},
    )
    given = {
        "title": texts,
        "notes": texts,
        "publisher": publisher.map(lambda row: [row]),
        "contact": contact.map(lambda row: [row]),
        "attribution": texts,
        "contributor": several(texts),
        "theme": several(codes("theme")),
        "issued": dates(),
        "modified": dates(),
        "data_modified": dates(),
        "source_metadata_modified": dates(),
        "source_metadata_issued": dates(),
        "frequency": codes("frequency"),
        "url": urls,
        "tags": several(texts).map(lambda names: [{"name": name} for name in names]),
        "temporal_coverage": periods().map(lambda row: [row]),
        "license_id": codes("license"),
        "language": several(codes("language")),
        "spatial_coverage": several(place_rows),
        "jurisdiction": codes("jurisdiction"),
        "milestone": st.just("gt-pan4-c11-h01"),
        "commitment": st.just("gt-pan4-c11"),
        "action_plan": st.just("gt-pan4"),
        "regional_plan": st.just("red-gealc-2019"),
    }
    identity = {
        "uri": st.sampled_from(["https://otro.example.org/dataset/ñ#1", "urn:uuid:7f8c2a1e"]),
        "identifier": texts,
    }
    package: Package = draw(st.fixed_dictionaries(identity, optional=given))
    files = [draw(resources(number)) for number in range(draw(st.integers(0, 2)))]
    if files:
        package["resources"] = files
    if "milestone" not in package and draw(st.booleans()):
        package["part_of"] = [
            {"kind": "milestone", "identifier": "h1", "title": "Hito", "uri": "https://b.org/m/1"}
        ]
    return _translate(draw, package, "title", "notes", "attribution")


__all__ = ["HARD_TEXTS", "LINKS", "SITE", "Package", "packages"]
