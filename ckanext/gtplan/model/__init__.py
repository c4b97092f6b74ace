"""The plugin's own tables: loads, modifications, reports, conformance, the search of services."""

from .conformance import ConformanceEntry
from .load import LoadedObject, LoadRun
from .modification import Modification
from .report import ReportDecision, ReportEntry
from .service import ServiceEntry, ServiceWord

__all__ = [
    "ConformanceEntry",
    "LoadRun",
    "LoadedObject",
    "Modification",
    "ReportDecision",
    "ReportEntry",
    "ServiceEntry",
    "ServiceWord",
]
