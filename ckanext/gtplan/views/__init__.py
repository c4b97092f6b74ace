"""The addresses that the plugin adds to the portal."""

from .feed import feed
from .pages import pages

__all__ = ["feed", "pages"]
