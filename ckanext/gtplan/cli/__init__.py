"""``ckan gtplan``: what an administrator does at the command line."""

from __future__ import annotations

import click

from .conformance import conformance
from .dictionary import dictionary
from .feed import feed
from .importing import import_data
from .indicators import indicators
from .migration import migrate_metadata
from .plan import load, publish, unload
from .plan_file import convert_ogp, export, template
from .report import report_load, report_template
from .services import services
from .table import table
from .validation import validate

__all__ = ["gtplan"]


@click.group()
def gtplan() -> None:
    """Open Government action plans, and metadata under the PRM."""


for _command in (
    load,
    unload,
    publish,
    convert_ogp,
    export,
    template,
    conformance,
    dictionary,
    feed,
    import_data,
    indicators,
    migrate_metadata,
    report_load,
    report_template,
    services,
    table,
    validate,
):
    gtplan.add_command(_command)
