"""Indicators that the portal computes: written when their source changes, typed in by nobody.

An observation is written for the period in which the portal computes it. In the same period a
value that has changed is a correction, with the earlier one in the history; what has not changed
is not written.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ... import config
from ...plan.living import Cells
from ...plan.periods import Period
from ...search import find_ancestors
from ..later import enqueue_by_commit
from ..living.reading import get_row
from ..living.writing import write_rows
from ..plans.publication import SUPPRESSED
from ..reading import show_package
from .figures import Figure, compute_figure
from .reading import OBSERVATIONS

log = logging.getLogger(__name__)

#: Who wrote a row, in the history: the portal.
ORIGIN = "computed"
#: The types of record that indicators are computed of, and indicators themselves.
_SOURCES = (
    *("action_plan", "commitment", "milestone"),
    *("service_inventory", "register", "indicator"),
)
#: The length of the period that an observation stands for, by how often it is measured.
_LENGTHS = {
    **dict.fromkeys(("DECENNIAL", "QUADRENNIAL", "TRIENNIAL", "BIENNIAL", "ANNUAL"), "year"),
    **dict.fromkeys(("ANNUAL_2", "ANNUAL_3"), "semester"),
    "QUARTERLY": "quarter",
    **dict.fromkeys(("BIMONTHLY", "MONTHLY"), "month"),
    **dict.fromkeys(("WEEKLY", "DAILY", "UPDATE_CONT"), "day"),
}
#: Where no document says how often.
_USUAL_LENGTH = "month"


class TypedOver(tk.ValidationError):  # type: ignore[misc]
    """Rows that somebody sent for an indicator that the portal computes.

    Attributes:
        sentences: why they are refused.
    """

    def __init__(self, sentence: str) -> None:
        self.sentences = [sentence]
        super().__init__({"records": self.sentences})


def check_typed(package: model.Package, table_name: str) -> None:
    """Refuse rows that somebody sends for an indicator that the portal computes.

    Args:
        package: whose rows they are.
        table_name: of the table.

    Raises:
        TypedOver: the portal alone writes there.
    """
    code = package.extras.get("computation")
    if table_name == OBSERVATIONS.name and package.type == "indicator" and code:
        sentence = tk._(
            "The portal computes this indicator ({computation}): its observations cannot be"
            " written. Change what it is computed of, or take its computation away."
        )
        label = tk.h.gtplan_label("indicator_computation", code)
        raise TypedOver(sentence.format(computation=label))


def follow_change(context: Context, record: Mapping[str, Any]) -> None:
    """Have what is computed of a record computed anew, by a job, when the record changes.

    Args:
        context: of the change; a load computes by itself.
        record: the record as it is now, or its ``id``.
    """
    package = None if context.get(SUPPRESSED) else model.Package.get(record["id"])
    if package is not None and package.type in _SOURCES:
        enqueue_recompute(package.name)


def enqueue_recompute(record_name: str) -> None:
    """Have the commit enqueue what is computed of a record; once, while it waits.

    Args:
        record_name: of any record.
    """
    enqueue_by_commit("recompute", recompute_of, [record_name])


def recompute_of(record_name: str) -> None:
    """Compute the indicators that a record shows in.

    Args:
        record_name: of the record, which may be gone.
    """
    recompute_records([record_name])


def recompute_records(names: Collection[str]) -> dict[str, str]:
    """Compute the indicators that some records show in, themselves among them.

    Args:
        names: of records; one that is gone changes what was computed of it, too.

    Returns:
        What became of each indicator, as ``recompute`` tells it; ``failed`` is in the log.
    """
    shown = set(names)
    for name in names:
        package = model.Package.get(name)
        if package is not None:
            own = {package.type: package.name, **package.extras}
            shown |= {v for k, v in find_ancestors(own).items() if k != "cycle_year"}
    return {name: _try(name) for name in list_computed(shown)}


def list_computed(names: Collection[str] | None = None) -> list[str]:
    """List the indicators that the portal computes.

    Args:
        names: only those that are computed of one of these records, or are one.
    """
    package = model.Package
    query = sa.select(package.name).where(
        package.type == "indicator",
        package.state == model.State.ACTIVE,
        sa.func.coalesce(package.extras["computation"].astext, "") != "",
    )
    if names is not None:
        source = package.extras["computed_from"].astext
        query = query.where(sa.or_(package.name.in_(names), source.in_(names)))
    return list(model.Session.scalars(query.order_by(package.name)))


def _try(name: str) -> str:
    try:
        return recompute(name)
    except Exception:  # one that is broken must not keep the others from being computed
        model.Session.rollback()
        log.exception("The indicator %s could not be computed", name)
        return "failed"


def recompute(indicator_name: str) -> str:
    """Compute an indicator and write its observation of this period, if it is another.

    Args:
        indicator_name: of an indicator.

    Returns:
        ``written``, ``unchanged``, or ``none`` of what is gone or not computed.
    """
    found = model.Package.get(indicator_name)
    if found is None or found.type != "indicator" or found.state != model.State.ACTIVE:
        return "none"
    package = show_package(Context(), found.id)
    if not package.get("computation"):
        return "none"
    figure = compute_figure(package)
    period = str(choose_period(package.get("frequency"), config.get_today()))
    if not _is_news(figure, get_row(package["id"], OBSERVATIONS, (period, ""))):
        return "unchanged"
    cells = dict.fromkeys(OBSERVATIONS.column_names) | {
        "ref_period": period,
        "disaggregation": "",
        "obs_value": None if figure.value is None else f"{figure.value:f}",
        "obs_status": figure.status,
    }
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    context = Context(user=user["name"], ignore_auth=True)
    write_rows(context, package, OBSERVATIONS, [cells], origin=ORIGIN)
    return "written"


def _is_news(figure: Figure, row: Cells | None) -> bool:
    """Tell whether a figure is to be written: what is not known only over what was."""
    text = row.get("obs_value") if row else None
    before = None if text is None else Decimal(text)
    if figure.value is None:
        return before is not None
    return before != figure.value or (row or {}).get("obs_status") != figure.status


def choose_period(frequency: str | None, today: date) -> Period:
    """Choose the period that an observation of a day is for.

    Args:
        frequency: code of ``indicator_frequency``; a month where there is none, or none that is
            regular.
        today: the day.
    """
    length = _LENGTHS.get(frequency or "", _USUAL_LENGTH)
    year = f"{today.year:04d}"
    texts = {
        "year": year,
        "semester": f"{year}-S{(today.month - 1) // 6 + 1}",
        "quarter": f"{year}-Q{(today.month - 1) // 3 + 1}",
        "month": f"{year}-{today.month:02d}",
        "day": today.isoformat(),
    }
    return Period.parse(texts[length])
