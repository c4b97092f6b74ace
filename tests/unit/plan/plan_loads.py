"""Loads made at random, of hostile texts too: each entity is made of its own fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.files.layout import list_written
from ckanext.gtplan.plan.model import Load
from ckanext.gtplan.plan.shapes import CONTROL, FieldShape, list_shapes
from ckanext.gtplan.plan.vocabulary import list_codes

#: Texts that YAML, a careless writer or an editor makes something else of.
HOSTILE = [
    "01", "no", "y", "~", "null", "true", "2018", "2018-11-30", "12:30:00", "1e3", "0o17", "0x1F",
    ".inf", "1_000", "=", "<<", "- a", "-", "?", "a: b", "a:", ": #", "a #b", "#a", "&a", "*a",
    "!a", "|", ">", "[a, b]", "{a: b}", "'", '"', "it's", "%a", "@a", "`a", "---", "...", "a\nb",
    "a\n\n\nb", "a\n  b", "a \nb", "a\n---\nb", "a\tb", "a\n\tb", "a\r\nb", "a\rb", "a\\nb",
    "\U0001f600", "\U0001f468\u200d\U0001f469", "a\u2028b", "a\x85b", "a\ufeffb", "\xa1Hola!", "á",
    "x" * 300, "palabra " * 60 + "fin", "a  b " * 40 + "c", "uno, dos " * 30 + "\n" + "tres " * 40,
    "https://example.org/?" + "a=b&" * 40, "'" * 60 + " " + '"' * 60, "no # " * 50 + "y",
]  # fmt: skip
_free = st.text(max_size=80).map(lambda text: CONTROL.sub("", text).strip()).filter(bool)
_pieces = st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=4)
_joined = st.builds(lambda pieces, by: by.join(pieces).strip(), _pieces, st.sampled_from(" \n"))
texts = st.one_of(st.sampled_from(HOSTILE).map(str.strip), _free, _joined)
ids = st.from_regex(r"[a-z0-9_-]{2,20}", fullmatch=True).filter(
    lambda name: name not in ("new", "edit", "search")
)
amounts = st.decimals(-(10**14), 10**14, places=2, allow_nan=False, allow_infinity=False)
dates = st.dates().flatmap(
    lambda day: st.sampled_from(
        [
            PartialDate(year=day.year),
            PartialDate(year=day.year, month=day.month),
            PartialDate(year=day.year, month=day.month, day=day.day),
        ]
    )
)
_VALUES: dict[type, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(-999_999_999, 999_999_999),
    bool: st.booleans(),
    Decimal: amounts,
    PartialDate: dates,
}


@st.composite
def entities(draw: st.DrawFn, entity: type[Any]) -> Any:
    """Make an entity: what it requires, and a few of its other fields that a file has."""
    shapes = list_written(entity).values()
    further = [shape for shape in shapes if not shape.is_required]
    chosen = draw(st.lists(st.sampled_from(further), max_size=4)) if further else []
    wanted = {shape.name for shape in (*chosen, *(s for s in shapes if s.is_required))}
    return entity(**{s.name: draw(_make_field(s)) for s in shapes if s.name in wanted})


def _make_field(shape: FieldShape) -> st.SearchStrategy[Any]:
    one = _make_value(shape)
    return st.lists(one, max_size=2).map(tuple) if shape.is_list else one


def _make_value(shape: FieldShape) -> st.SearchStrategy[Any]:
    if shape.is_entity:
        return entities(shape.type)
    if shape.vocabulary:
        return st.sampled_from(list_codes(shape.vocabulary))
    if shape.name == "id" or shape.reference:
        return ids
    return _VALUES[shape.type]


@st.composite
def loads(draw: st.DrawFn) -> Load:
    """Make a load whose records have ids of their own; what they refer to is not there."""
    load: dict[str, Any] = {}
    for shape in list_shapes(Load).values():
        if not shape.is_list:
            load[shape.name] = draw(_make_value(shape))
        else:
            key = (lambda record: record.id) if "id" in list_shapes(shape.type) else None
            one = entities(shape.type)
            load[shape.name] = tuple(draw(st.lists(one, max_size=2, unique_by=key)))
    return Load(**load)
