"""The figures of an inventory of services, whole and by institution (design: section 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .follow.rounding import compute_rate, round_half_up
from .maturity import compute_maturity, compute_online_percent, is_hybrid, is_online
from .registers import Service


@dataclass(kw_only=True)
class InventoryFigures:
    """What services are, counted. What a row does not say is in none of the counts.

    Attributes:
        services: all of them, planned ones too.
        in_operation: those whose stage says so.
        online: with an online channel.
        hybrid: with an online channel and another one.
        with_cost: that cost something.
        free: that cost nothing.
        with_response_time: with a time to the answer.
        measured: of which the points of interaction are known.
        maturity: how many there are of each level; "" for those whose level is not known.
        volume_online: transactions made online, of the services that say so; None when none does.
        volume_total: transactions made through all channels.
        with_volumes: services that say both.
    """

    services: int = 0
    in_operation: int = 0
    online: int = 0
    hybrid: int = 0
    with_cost: int = 0
    free: int = 0
    with_response_time: int = 0
    measured: int = 0
    maturity: Counter[str] = field(default_factory=Counter)
    volume_online: int | None = None
    volume_total: int | None = None
    with_volumes: int = 0
    _percents: Decimal = Decimal(0)
    _compared_online: int = 0
    _compared_total: int = 0

    @property
    def take_up(self) -> Decimal | None:
        """Give the percentage of transactions made online, of services that say both volumes."""
        return compute_rate(self._compared_online, self._compared_total)

    @property
    def online_share(self) -> Decimal | None:
        """Give the percentage of services with an online channel."""
        return compute_rate(self.online, self.services)

    @property
    def online_percent(self) -> Decimal | None:
        """Give the mean of the services' points online, of those of which they are known."""
        return round_half_up(self._percents / self.measured) if self.measured else None

    def add(self, service: Service) -> None:
        """Count a service."""
        self.services += 1
        self.in_operation += service.stage == "in_operation"
        self.online += is_online(service)
        self.hybrid += is_hybrid(service)
        self.with_cost += costs_something(service)
        self.free += service.is_free is True
        self.with_response_time += bool(service.processing_time or service.processing_time_verbatim)
        percent = compute_online_percent(service)
        if percent is not None:
            self.measured += 1
            self._percents += percent
        self.maturity[compute_maturity(service) or ""] += 1
        self._add_volumes(service.volume_online, service.volume_total)

    def _add_volumes(self, online: int | None, total: int | None) -> None:
        if online is not None:
            self.volume_online = (self.volume_online or 0) + online
        if total is not None:
            self.volume_total = (self.volume_total or 0) + total
        if online is not None and total is not None:
            self.with_volumes += 1
            self._compared_online += online
            self._compared_total += total


def costs_something(service: Service) -> bool:
    """Tell whether a service is known to cost something: said so, or an amount is given."""
    return service.is_free is False or bool(service.cost_amount)


def summarize(services: Iterable[Service], *, owner: str = "") -> Mapping[str, InventoryFigures]:
    """Count services, whole and by the institutions that answer for them.

    Args:
        services: read once, in any number.
        owner: the institution that answers for those that name none.

    Returns:
        The figures by institution, and those of all under "". A service of two institutions
        counts for each of them, and once in the whole.
    """
    figures = {"": InventoryFigures()}
    for service in services:
        names = service.competent_authority or ((owner,) if owner else ())
        for name in ("", *dict.fromkeys(names)):
            figures.setdefault(name, InventoryFigures()).add(service)
    return figures
