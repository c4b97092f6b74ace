"""How far a service can be done online (design: plan model, sections 3 and 4).

Six points of interaction are asked for: online, not online, or not applicable (Government of
Canada, service inventory). A point that nobody said anything of is not shown to be online.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from .follow.rounding import compute_rate
from .living import Cells, LivingTable, split_cell
from .registers import Service

#: The points of interaction, in the order in which a person meets them.
POINTS = (
    "os_registration",
    "os_authentication",
    "os_application",
    "os_decision",
    "os_issuance",
    "os_feedback",
)
#: The channels through which a service is done online.
ONLINE_CHANNELS = frozenset({"ONL", "APP"})
#: The stages in which a service cannot be used.
OUT_OF_USE = frozenset({"planned", "in_development", "suspended", "discontinued"})
_YES, _NO, _NOT_APPLICABLE = "Y", "N", "NA"


def is_online(service: Service) -> bool:
    """Tell whether one of the service's channels is online."""
    return bool(ONLINE_CHANNELS.intersection(service.channels))


def is_hybrid(service: Service) -> bool:
    """Tell whether the service has an online channel and another one."""
    return is_online(service) and not ONLINE_CHANNELS.issuperset(service.channels)


def lacks_link(channels: Collection[str], stage: str | None, link: str | None) -> bool:
    """Tell whether a service is said to be done online, and not at which address.

    The plan model (section 2.6) asks for the address then. Who makes an inventory may know that a
    service is online and not where: what is known is kept, and the address is shown as missing.
    """
    return "ONL" in channels and stage not in OUT_OF_USE and not link


def compute_online_percent(service: Service) -> Decimal | None:
    """Compute which part of the points that apply is online, in percent.

    Returns:
        ``100·Y ÷ (Y + N)``, to one decimal; None when no point applies or none was given.
    """
    return _compute_percent(_list_points(service))


def compute_maturity(service: Service) -> str | None:
    """Find the level of online maturity, a code of ``service_maturity``.

    Returns:
        The level that the points show; None when no point was given.
    """
    is_reachable = is_online(service) or service.online_url is not None
    return _find_level(_list_points(service), is_reachable)


def complete_cells(table: LivingTable, cells: Cells) -> Cells:
    """Fill in the computed columns of a row.

    Args:
        table: whose row it is; only services have columns that follow from their others.
        cells: the whole row, checked.

    Returns:
        A new row, in which what is computed replaces what was there.
    """
    if table.name != "services":
        return dict(cells)
    points = [cells.get(point) for point in POINTS]
    channels = split_cell(cells.get("channels") or "")
    is_reachable = bool(ONLINE_CHANNELS.intersection(channels) or cells.get("online_url"))
    percent = _compute_percent(points)
    return {
        **cells,
        "online_percent": None if percent is None else str(percent),
        "maturity_level": _find_level(points, is_reachable),
    }


def _list_points(service: Service) -> list[str | None]:
    return [getattr(service, point) for point in POINTS]


def _compute_percent(points: Sequence[str | None]) -> Decimal | None:
    online = points.count(_YES)
    return compute_rate(online, online + points.count(_NO))


def _find_level(points: Sequence[str | None], is_reachable: bool) -> str | None:
    said: Mapping[str, str | None] = dict(zip(POINTS, points, strict=True))
    if not any(points):
        return None
    application, issuance = said["os_application"], said["os_issuance"]
    if application == _YES:
        ends = {said["os_decision"], issuance}
        return "transactional" if ends <= {_YES, _NOT_APPLICABLE} else "two_way"
    if application == _NOT_APPLICABLE and issuance == _YES:
        return "proactive"  # it comes without being asked for
    if _YES in points:
        return "one_way"  # something is done online, and not the application
    return "information" if is_reachable else "none"
