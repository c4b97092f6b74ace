"""The plugin's own tables: loads, the log of modifications, the history of conformance."""

from .conformance import ConformanceEntry
from .load import LoadedObject, LoadRun
from .modification import Modification

__all__ = ["ConformanceEntry", "LoadRun", "LoadedObject", "Modification"]
