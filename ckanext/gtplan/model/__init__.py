"""The plugin's own tables: what was loaded from files, and the log of modifications."""

from .load import LoadedObject, LoadRun
from .modification import Modification

__all__ = ["LoadRun", "LoadedObject", "Modification"]
