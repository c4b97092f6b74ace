"""The addresses that the plugin adds to the portal."""

from .conformance import conformance
from .feed import feed
from .namespace import namespace
from .pages import pages
from .plan_feed import plan_feed
from .plan_schema import plan_schema
from .progress import progress
from .refusal import refusals
from .report import reports

__all__ = [
    "conformance",
    "feed",
    "namespace",
    "pages",
    "plan_feed",
    "plan_schema",
    "progress",
    "refusals",
    "reports",
]
