"""The portal, but that its saves tell the feeds nothing: what ``feeds.py`` compares saves with."""

from ckanext.gtplan.feed.keeping import store


def _tell_nothing() -> None:
    """Enqueue no job."""


# before the plugin is loaded, which takes it from there
store.enqueue_refresh = _tell_nothing

from stack.wsgi import application  # noqa: E402, F401
