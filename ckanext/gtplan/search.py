"""How plan records are found: what Solr is given, and what facets are called.

CKAN's Solr schema keeps unknown fields as strings, which refuse long texts and are not
searched by word: the texts go into ``extras_*``, which it searches, and only what a list is
narrowed by stays a string (ckanext-scheming leaves both to the plugin).
"""

from __future__ import annotations

import json
import re
from typing import Any

from ckan import model
from ckan.lib.search.query import QUERY_FIELDS
from ckan.plugins import toolkit as tk

from .config import get_language
from .plan.dates import DateError, PartialDate
from .plan.labels import list_facets
from .plan.records import PACKAGE_TYPES, get_ckan_name
from .plan.shapes import FieldShape, list_shapes
from .plan.vocabulary import LANGUAGES, get_label, get_labels

_CORE = frozenset({"title", "name", "notes"})
#: Bytes; Lucene's limit of a term.
_LONGEST_STRING = 32_766
#: Fields that CKAN's schema splits into words, or keeps without indexing them.
_TEXTS = frozenset({"title", "notes", "author", "maintainer", "data_dict", "validated_data_dict"})
#: A string, so that a code is found whole: as a text, Solr would find every GT for GT0092.
_CODE_FIELD = "vocab_ogp_id"
#: Where a record was read is no word to find it by: all of them name the same documents.
_UNSEARCHED = ("sources", "doubts")
#: Solr's own name for a field of several values; ``vocab_*`` is one that CKAN's schema has.
_MULTIVALUED = "vocab_{}"
_TYPE_FILTER = re.compile(r'dataset_type:"?(\w+)')
#: Fields of records that other records are listed by.
_LINKS = ("action_plan", "commitment", "milestone", "regional_plan")


def index_record(package: dict[str, Any]) -> dict[str, Any]:
    """Turn what CKAN is about to index for a plan record into what Solr can search.

    Args:
        package: the flat dictionary of ``before_dataset_index``.

    Returns:
        The same dictionary, changed.
    """
    entity = PACKAGE_TYPES.get(package["type"])
    if entity is not None:
        for name in _UNSEARCHED:
            package.pop(name, None)
        for shape in list_shapes(entity).values():
            name = get_ckan_name(shape.name)
            if name in package and name not in _CORE and not shape.is_entity:
                _index_field(package, shape, package.pop(name))
        package |= find_ancestors(package)
    _spare_strings(package)
    return package


def _spare_strings(package: dict[str, Any]) -> None:
    """Give texts that Solr refuses as strings ("immense term") as what it splits into words."""
    for name, value in list(package.items()):
        is_long = isinstance(value, str) and len(value.encode()) > _LONGEST_STRING
        if is_long and name not in _TEXTS and not name.startswith("extras_"):
            package[f"extras_{name}"] = package.pop(name)


def _index_field(package: dict[str, Any], shape: FieldShape, value: Any) -> None:
    name = shape.name
    package.pop(f"extras_{name}", None)
    if value in (None, "", []):
        return
    values = _read_list(value) if shape.is_list else [value]
    texts = [str(item) for item in values]
    if shape.vocabulary:
        labels = [get_labels(shape.vocabulary, code) for code in texts]
        texts += [label[language] for label in labels for language in LANGUAGES]
    package[f"extras_{name}"] = " ".join(texts)
    if shape.is_list:
        package[_MULTIVALUED.format(name)] = [str(item) for item in values]
    elif name == "ogp_id":
        package[_CODE_FIELD] = [str(value), str(value).lower()]
    elif shape.type is PartialDate:
        _index_date(package, name, str(value))
    elif shape.vocabulary or shape.type is int or name in _LINKS:
        package[name] = str(value)


def _read_list(value: Any) -> list[Any]:
    """Read a list that ckanext-scheming keeps as JSON text."""
    if isinstance(value, list):
        return value
    try:
        items = json.loads(value)
    except ValueError:
        return []
    return items if isinstance(items, list) else []


def _index_date(package: dict[str, Any], name: str, text: str) -> None:
    """Give Solr's date fields (``*_date``) a whole day; the text stays as precise as it is."""
    try:
        date = PartialDate.parse(text)
    except DateError:
        return
    if name.endswith("_date"):
        day = date.last_day if name.startswith("end") else date.first_day
        package[name] = f"{day.isoformat()}T00:00:00Z"


def prepare_search(params: dict[str, Any]) -> dict[str, Any]:
    """Weigh and order a search as people expect it; a caller who says how is left alone.

    The record whose code was searched comes before those that share a part of it. A list of
    plan records that no words were searched in has the newest plan first, and each plan in
    its own order: when a record was last edited tells a citizen nothing.

    Args:
        params: of ``package_search``.
    """
    params.setdefault("qf", f"{QUERY_FIELDS} {_CODE_FIELD}^20")
    has_words = params.get("q") not in (None, "", "*:*")
    types = _TYPE_FILTER.findall(str(params.get("fq") or ""))
    if not params.get("sort") and not has_words and types and set(types) <= set(PACKAGE_TYPES):
        params["sort"] = "cycle_year desc, name asc"
    return params


def find_ancestors(package: dict[str, Any]) -> dict[str, str]:
    """Find the records above a record, and the year of its plan's cycle.

    Args:
        package: a record or dataset with the names of the records right above it.

    Returns:
        ``milestone``, ``commitment``, ``action_plan`` and ``cycle_year``, as far as known; the
        year only of a plan that everybody may see.
    """
    found = {name: str(package[name]) for name in _LINKS if package.get(name)}
    for name, above in (("milestone", "commitment"), ("commitment", "action_plan")):
        parent = model.Package.get(found[name]) if name in found else None
        if parent and above not in found and parent.extras.get(above):
            found[above] = str(parent.extras[above])
    plan = model.Package.get(found["action_plan"]) if "action_plan" in found else None
    is_public = plan and plan.state == model.State.ACTIVE and not plan.private
    if is_public and plan.extras.get("cycle_year"):
        found["cycle_year"] = str(plan.extras["cycle_year"])
    return found


def get_facets(record_type: str) -> dict[str, str]:
    """Give the facets of a type's list page: Solr field and title, in order."""
    shapes = {**list_shapes(PACKAGE_TYPES[record_type])} if record_type in PACKAGE_TYPES else {}
    return {
        _get_facet_field(name, shapes.get(name)): tk.h.gtplan_field_label(name)
        for name in list_facets(record_type)
    }


def _get_facet_field(name: str, shape: FieldShape | None) -> str:
    return _MULTIVALUED.format(name) if shape and shape.is_list else name


def label_facets(results: dict[str, Any]) -> dict[str, Any]:
    """Name the items of facets for people: a plan by its title, a code by its label."""
    vocabularies = {
        _get_facet_field(shape.name, shape): shape.vocabulary
        for entity in PACKAGE_TYPES.values()
        for shape in list_shapes(entity).values()
        if shape.vocabulary
    }
    language = get_language()
    for field, facet in results.get("search_facets", {}).items():
        if field in _LINKS:
            facet["items"] = [item for item in facet["items"] if _name_record(item)]
        elif field in vocabularies:
            for item in facet["items"]:
                item["display_name"] = get_label(vocabularies[field], item["name"], language)
    return results


def _name_record(item: dict[str, Any]) -> bool:
    """Name the item of a facet by its record's title, if the reader may see the record."""
    package = model.Package.get(item["name"])
    if package is None:
        return False
    if package.private or package.state != model.State.ACTIVE:
        try:
            tk.check_access("package_show", {}, {"id": package.id})
        except (tk.NotAuthorized, tk.ObjectNotFound):
            return False
    item["display_name"] = package.title
    return True
