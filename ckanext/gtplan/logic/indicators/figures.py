"""What the portal computes indicators of: inventories, registers and progress that are public."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from ckan import model
from ckan.types import Context

from ... import config
from ...plan.computations import COMPUTATIONS, Computation
from ..follow.progress import follow
from ..living.reading import read_entities
from ..plans.sources import is_hidden, read_ancestors
from ..reading import show_package

__all__ = ["Figure", "compute_figure", "find_source"]

#: Codes of ``obs_status`` (SDMX).
NORMAL, PROVISIONAL, MISSING = "A", "P", "O"


class Figure(NamedTuple):
    """A computed value, and its status: provisional while not all is reported."""

    value: Decimal | None
    status: str


#: Unknown is not zero.
UNKNOWN = Figure(None, MISSING)


def find_source(name: str | None) -> dict[str, Any] | None:
    """Find a record that everybody may see, with all above it; None where it is not so.

    What is private shows in no series, whoever may see the series: it may become public.
    """
    package = model.Package.get(name) if name else None
    if package is None:
        return None
    record = show_package(Context(), package.id)
    above = read_ancestors(Context(), record)
    return None if any(map(is_hidden, (record, *above.values()))) else record


def compute_figure(indicator: Mapping[str, Any]) -> Figure:
    """Compute the figure of an indicator as the public sees what it is computed of.

    Args:
        indicator: its fields, with a ``computation``.

    Returns:
        ``UNKNOWN`` where the source is not public, has no such figure, or says nothing yet.
    """
    computation = COMPUTATIONS.get(indicator["computation"])
    source = find_source(indicator.get("computed_from"))
    if computation is None or source is None or not computation.fits(source):
        return UNKNOWN
    return _count(computation, source) if computation.count else _measure(computation, source)


def _count(computation: Computation, source: Mapping[str, Any]) -> Figure:
    rows = {name: list(read_entities(source["id"], name)) for name in computation.tables}
    # a table in which nobody has written anything does not say that there is nothing
    is_known = bool(rows[computation.tables[0]]) and computation.count is not None
    value = computation.count(rows) if is_known and computation.count else None
    return UNKNOWN if value is None else Figure(value, NORMAL)


def _measure(computation: Computation, source: Mapping[str, Any]) -> Figure:
    nobody = Context(user="")  # the reader who sees what is public
    measures = follow(nobody, source, config.get_today()).measures
    if measures is None or not measures.is_reporting or computation.measure is None:
        return UNKNOWN
    value = computation.measure(measures)
    if value is None:
        return UNKNOWN
    return Figure(value, NORMAL if measures.known_percent == 100 else PROVISIONAL)
