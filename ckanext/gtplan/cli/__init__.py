"""``ckan gtplan``: what an administrator does at the command line."""

from __future__ import annotations

import click

from .plan import load, publish, unload

__all__ = ["gtplan"]


@click.group()
def gtplan() -> None:
    """Open Government action plans, and metadata under the PRM."""


for _command in (load, unload, publish):
    gtplan.add_command(_command)
