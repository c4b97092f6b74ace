"""The directory of services: indexing anew."""

from __future__ import annotations

import click
from ckan.plugins import toolkit as tk

from ..logic.services.index import reindex_all
from .console import Steps, portal


@click.group()
def services() -> None:
    """The directory of services."""


@services.command("index")
@click.pass_context
def index_services(ctx: click.Context) -> None:
    """Index the services of all inventories anew."""
    with portal(ctx), Steps() as steps:
        count = reindex_all(steps.show)
        steps.close()
        text = tk.ungettext("{count} inventory indexed", "{count} inventories indexed", count)
        click.echo(text.format(count=count))
