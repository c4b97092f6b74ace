"""The addresses that the plugin adds to the portal."""

from .conformance import conformance
from .feed import feed
from .indicator import indicators
from .namespace import namespace
from .pages import pages
from .plan_feed import plan_feed
from .plan_schema import plan_schema
from .progress import progress
from .refusal import refusals
from .renewal import renewals
from .report import reports
from .services import services
from .table import tables
from .table_feed import table_feed
from .table_upload import table_uploads

__all__ = [
    "conformance",
    "feed",
    "indicators",
    "namespace",
    "pages",
    "plan_feed",
    "plan_schema",
    "progress",
    "refusals",
    "renewals",
    "reports",
    "table_feed",
    "services",
    "table_uploads",
    "tables",
]
