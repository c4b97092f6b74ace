"""The types of pages of a portal with the example plan: what tests look at, and pictures show."""

from __future__ import annotations

from dataclasses import dataclass

MILESTONE = "gt-pan4-c11-h01"


@dataclass(frozen=True)
class Stop:
    """A page of the tour.

    Attributes:
        name: of its picture.
        path: its address below the portal's.
        anchor: what the picture begins with; the page's top when empty.
        is_signed_in: whether the administrator sees it.
        is_main: whether it is one that every visitor meets.
    """

    name: str
    path: str
    anchor: str = ""
    is_signed_in: bool = False
    is_main: bool = False


#: Pages of the plugin's own, in the order in which docs/pages.md shows them.
STOPS = (
    Stop("front", "/", is_main=True),
    Stop("board", "/action_plan/gt-pan4", is_main=True),
    Stop("commitment", "/commitment/gt-pan4-c08", is_main=True),
    Stop("milestone", f"/milestone/{MILESTONE}", is_main=True),
    Stop("gantt", f"/milestone/{MILESTONE}", anchor="#gantt"),
    Stop("deliverables", f"/milestone/{MILESTONE}", anchor="#deliverables"),
    Stop("institution", "/organization/gpat", is_main=True),
    Stop("institutions", "/organization/"),
    Stop("region", "/regional_plan/red-gealc-2019"),
    Stop("search", "/search?q=datos+abiertos", is_main=True),
    Stop("dataset", f"/dataset/{MILESTONE}-datos", is_main=True),
    Stop("services", "/services"),
    Stop("inventory", "/service_inventory/gt-servicios-digitales-2019"),
    Stop("service", "/services/gpat/catalogo-servicios-electronicos"),
    Stop("rows", "/tables/gt-servicios-digitales-2019/services"),
    Stop("indicator", f"/indicator/{MILESTONE}-ia"),
    Stop("register", "/register/gt-pan4-c11-estandares"),
    Stop("reports", f"/reports/{MILESTONE}"),
    Stop("conformance", "/conformance", is_signed_in=True),
    Stop("tasks", "/tasks", is_signed_in=True),
    Stop("load", "/load-plan", is_signed_in=True),
    Stop("publish", "/publish/gt-pan4-c09-h01/informe-final", is_signed_in=True),
)
