"""The plugin's own tables: loads, modifications, reports, conformance, services, feeds."""

from .conformance import ConformanceEntry
from .feed import (
    FeedBlock,
    FeedDataset,
    FeedEpoch,
    FeedEvent,
    FeedPull,
    FeedState,
    Fragment,
    JournalEntry,
)
from .load import LoadedObject, LoadRun
from .modification import Modification
from .report import ReportDecision, ReportEntry
from .service import ServiceEntry, ServiceWord

__all__ = [
    "ConformanceEntry",
    "FeedBlock",
    "FeedDataset",
    "FeedEpoch",
    "FeedEvent",
    "FeedPull",
    "FeedState",
    "Fragment",
    "JournalEntry",
    "LoadRun",
    "LoadedObject",
    "Modification",
    "ReportDecision",
    "ReportEntry",
    "ServiceEntry",
    "ServiceWord",
]
