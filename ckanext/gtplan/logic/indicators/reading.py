"""Indicators with what was observed of them, in the order of time."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from ...plan.achievement import compute_achievement
from ...plan.living import LIVING_TABLES, Cells, from_cells
from ...plan.model import Indicator
from ...plan.periods import Period, PeriodError
from ...plan.records import from_record
from ...plan.registers import Observation
from ..living.reading import iterate_cells

log = logging.getLogger(__name__)

#: The living table of an indicator.
OBSERVATIONS = LIVING_TABLES["observations"]


class Observed(NamedTuple):
    """An observation, and its period as days."""

    observation: Observation
    period: Period


@dataclass(frozen=True, kw_only=True)
class IndicatorSeries:
    """An indicator and its observations.

    Attributes:
        indicator: the record.
        observed: what can be read, the whole before its parts, each in the order of time.
        unreadable: how many rows have no period, and so no place in time.
    """

    indicator: Indicator
    observed: tuple[Observed, ...]
    unreadable: int = 0

    @property
    def whole(self) -> tuple[Observed, ...]:
        """List the observations of the whole, not of a part of it."""
        return tuple(one for one in self.observed if not one.observation.disaggregation)

    @property
    def latest(self) -> Observed | None:
        """Find what is known last of the whole: a number, a text where there is none."""
        for name in ("obs_value", "obs_text"):
            known = [one for one in self.whole if getattr(one.observation, name) is not None]
            if known:
                return max(known, key=lambda one: (one.period.end, one.period.sort_key))
        return None

    @property
    def achievement(self) -> Decimal | None:
        """Compute how far the latest value came from the baseline to the target, in percent."""
        return None if self.latest is None else self.achieve(self.latest.observation)

    def achieve(self, observation: Observation) -> Decimal | None:
        """Compute how far an observation came; of a part of the whole there is no target."""
        one = self.indicator
        if observation.disaggregation or one.indicator_kind in ("qualitative", "document"):
            return None
        value, base = observation.obs_value, one.baseline_value
        return compute_achievement(value, base, one.target_value, one.direction)


def read_series(package: Mapping[str, Any]) -> IndicatorSeries:
    """Read an indicator and its observations; nobody is asked who may.

    Args:
        package: the indicator, as ``package_show`` gives it.

    Raises:
        KeyError: it lacks what makes it an indicator.
    """
    rows = iterate_cells(package["id"], OBSERVATIONS.name)
    return make_series(from_record(Indicator, package), rows)


def make_series(indicator: Indicator, rows: Iterable[Cells]) -> IndicatorSeries:
    """Put the rows of an indicator into the order of time.

    Args:
        indicator: whose rows they are.
        rows: cells; one that cannot be read is counted, and breaks nothing.
    """
    found: list[Observed] = []
    unreadable = 0
    for cells in rows:
        try:
            observation = from_cells(OBSERVATIONS, cells)
            found.append(Observed(observation, Period.parse(observation.ref_period)))
        except (KeyError, PeriodError) as error:
            log.warning("An observation of %s is in no series: %r", indicator.id, error)
            unreadable += 1
    found.sort(key=lambda one: (one.observation.disaggregation, one.period.sort_key))
    return IndicatorSeries(indicator=indicator, observed=tuple(found), unreadable=unreadable)


def choose_granularity(observed: Sequence[Observed]) -> str | None:
    """Choose the length of period that a drawing shows: the one that most values have.

    A year and its quarters in one line would draw the year twice.
    """
    lengths = [one.period.granularity for one in observed if one.observation.obs_value is not None]
    return max(reversed(lengths), key=lengths.count) if lengths else None
