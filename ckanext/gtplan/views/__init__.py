"""The addresses that the plugin adds to the portal."""

from .calendar import calendars
from .changes import changes
from .conformance import conformance
from .dues import dues
from .feed import feed
from .gantt import gantt
from .indicator import indicators
from .loading import loading
from .namespace import namespace
from .operation import operation
from .pages import pages
from .plan_feed import plan_feed
from .plan_schema import plan_schema
from .progress import progress
from .publishing import publishing
from .refusal import refusals
from .renewal import renewals
from .report import reports
from .services import services
from .sitemap import sitemap
from .stock import stock
from .table import tables
from .table_feed import table_feed
from .table_upload import table_uploads
from .tasks import tasks

__all__ = [
    "calendars",
    "changes",
    "conformance",
    "dues",
    "feed",
    "gantt",
    "indicators",
    "loading",
    "namespace",
    "operation",
    "pages",
    "plan_feed",
    "plan_schema",
    "progress",
    "publishing",
    "refusals",
    "renewals",
    "reports",
    "table_feed",
    "services",
    "sitemap",
    "stock",
    "table_uploads",
    "tables",
    "tasks",
]
