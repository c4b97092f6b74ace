"""What things are called, and how dates, money and numbers are written, in the page's language."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ckan.plugins import toolkit as tk

from .. import formats
from ..config import get_language
from ..plan.dates import DateError, PartialDate
from ..plan.labels import get_field_labels
from ..plan.records import PACKAGE_TYPES
from ..plan.vocabulary import get_label


def gtplan_label(vocabulary: str, code: str) -> str:
    """Give a code's label in the language of the page."""
    return get_label(vocabulary, code, get_language())


def gtplan_field_label(field: str) -> str:
    """Give a field's label in the language of the page."""
    try:
        labels = get_field_labels(field)
    except KeyError:  # the log may name a field that records no longer have
        return field
    return labels.get(get_language(), labels["es"])


_TYPE_NAMES: dict[str, Callable[[int], str]] = {
    "action_plan": lambda n: tk.ungettext("action plan", "action plans", n),
    "commitment": lambda n: tk.ungettext("commitment", "commitments", n),
    "milestone": lambda n: tk.ungettext("milestone", "milestones", n),
    "indicator": lambda n: tk.ungettext("indicator", "indicators", n),
    "regional_plan": lambda n: tk.ungettext("regional plan", "regional plans", n),
    "service_inventory": lambda n: tk.ungettext("service inventory", "service inventories", n),
    "register": lambda n: tk.ungettext("register", "registers", n),
    "dataset": lambda n: tk.ungettext("dataset", "datasets", n),
}


def gtplan_type_name(record_type: str, count: int = 1, *, is_heading: bool = False) -> str:
    """Name a type of record, as many as there are of it.

    Args:
        record_type: a package type; one that is not of the plan is its own name.
        count: decides between singular and plural.
        is_heading: begins with a capital letter.
    """
    known = _TYPE_NAMES.get(record_type)
    name = known(count) if known else record_type
    return name[:1].upper() + name[1:] if is_heading else name


#: What CKAN's own pages and forms call a package, by purpose; {one} is its type, {many} several.
_PURPOSES: dict[str, Callable[[], str]] = {
    "add link": lambda: tk._("Add {one}"),
    "create label": lambda: tk._("Create {one}"),
    "create title": lambda: tk._("Create {one}"),
    "edit label": lambda: tk._("Edit {one}"),
    "save label": lambda: tk._("Save {one}"),
    "update label": lambda: tk._("Update {one}"),
    "view label": lambda: tk._("View {one}"),
    "search placeholder": lambda: tk._("Search {many}…"),
    "search_placeholder": lambda: tk._("Search {many}…"),
    "no description": lambda: tk._("No description."),
    "delete confirmation": lambda: tk._("Delete this record ({one})?"),
}
_PLURAL_PURPOSES = frozenset({"breadcrumb", "facet label", "main nav", "page title"})


@tk.chained_helper  # type: ignore[untyped-decorator]
def humanize_entity_type(
    next_helper: Callable[..., str | None], entity_type: str, object_type: str, purpose: str
) -> str | None:
    """Let CKAN's own pages call the plan's records by their names, and not datasets."""
    if entity_type != "package" or object_type not in PACKAGE_TYPES:
        return next_helper(entity_type, object_type, purpose)
    if purpose in _PURPOSES:
        one, many = gtplan_type_name(object_type), gtplan_type_name(object_type, 2)
        return _PURPOSES[purpose]().format(one=one, many=many)
    count = 2 if purpose in _PLURAL_PURPOSES else 1
    return gtplan_type_name(object_type, count, is_heading=True)


def gtplan_date(text: object) -> str:
    """Write an ISO date for people; a text that is no date stays as it is."""
    try:
        return formats.format_partial_date(PartialDate.parse(str(text)), get_language())
    except DateError:
        return str(text)


def gtplan_money(amount: Decimal, currency: str, country: str | None = None) -> str:
    """Write an amount of money as people of the country do."""
    return formats.format_amount(amount, currency, get_language(), country)


def gtplan_number(number: Decimal, country: str | None = None) -> str:
    """Write a quantity as people of the country do."""
    return formats.format_number(number, get_language(), country)


def gtplan_country_name(code: str) -> str:
    """Name a country in the language of the page."""
    return formats.format_country(code, get_language())
