"""What things are called, and how dates, money and numbers are written, in the page's language."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ckan.plugins import toolkit as tk
from werkzeug.exceptions import default_exceptions

from .. import formats
from ..config import get_language
from ..plan.dates import DateError, PartialDate
from ..plan.labels import get_field_labels
from ..plan.records import PACKAGE_TYPES
from ..plan.vocabulary import get_label
from ..prm.reasons import N_

#: What CKAN's own templates tell those who listen to a page, and its catalogues do not translate.
_OF_CKAN = (
    N_("Navigate to resource: {name_or_id}"),
    N_("Navigate to resource: {name}"),
    N_("Search datasets with the tag: {name}"),
)


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


_STANDINGS: dict[str, Callable[[], str]] = {
    "late": lambda: tk._("Late"),
    "on_time": lambda: tk._("On time"),
    "unreported": lambda: tk._("Not reported"),
    "due": lambda: tk._("Due"),
    "not_due": lambda: tk._("Not due yet"),
    "done": lambda: tk._("Completed"),
    "planned": lambda: tk._("Planned"),
    "cancelled": lambda: gtplan_label("activity_status", "cancelled"),
    "withdrawn": lambda: tk._("Withdrawn"),
}


def gtplan_standing(kind: str) -> str:
    """Say how a part of the plan stands: boards, tables and charts say it alike."""
    return _STANDINGS[kind]()


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


def gtplan_error_text(code: int, content: object) -> str:
    """Say what went wrong: as whoever refused says it, else in the language of the page.

    Args:
        code: the status of the answer.
        content: what the page was given; werkzeug and CKAN give English where nobody chose words.
    """
    stock = getattr(default_exceptions.get(code), "description", None)
    if content and content not in (stock, "Internal server error"):
        return str(content)
    if code == 404:
        return tk._("The address may be mistyped, or what stood here was moved or withdrawn.")
    if code >= 500:
        return tk._("It is not your doing. Please try again in a while.")
    return tk._("Please go back and try it in another way.")


def gtplan_country_name(code: str) -> str:
    """Name a country in the language of the page."""
    return formats.format_country(code, get_language())
