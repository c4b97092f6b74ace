"""The addresses that the plugin adds to the portal."""

from .conformance import conformance
from .feed import feed
from .namespace import namespace
from .pages import pages
from .refusal import refusals

__all__ = ["conformance", "feed", "namespace", "pages", "refusals"]
