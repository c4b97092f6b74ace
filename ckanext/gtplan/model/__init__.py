"""The plugin's own tables: loads, modifications, reports, the history of conformance."""

from .conformance import ConformanceEntry
from .load import LoadedObject, LoadRun
from .modification import Modification
from .report import ReportDecision, ReportEntry

__all__ = [
    "ConformanceEntry",
    "LoadRun",
    "LoadedObject",
    "Modification",
    "ReportDecision",
    "ReportEntry",
]
