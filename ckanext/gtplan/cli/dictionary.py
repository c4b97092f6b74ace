"""Bring resources and data dictionaries into line."""

from __future__ import annotations

import click
from ckan.plugins import toolkit as tk

from ..logic.dictionary import Change, align_all
from .console import portal


@click.command()
@click.pass_context
def dictionary(ctx: click.Context) -> None:
    """Make the columns of every resource and its data dictionary say the same."""
    with portal(ctx):
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        count = 0
        for change in align_all({"user": user["name"], "ignore_auth": True}):
            click.echo(_describe(change))
            count += 1
        click.echo(tk._("Resources brought into line: {count}").format(count=count))


def _describe(change: Change) -> str:
    parts = [
        sentence.format(columns=", ".join(columns))
        for sentence, columns in (
            (tk._("added: {columns}"), change.added),
            (tk._("removed: {columns}"), change.removed),
            (tk._("edited: {columns}"), change.edited),
        )
        if columns
    ]
    return f"{change.dataset} {change.resource}: " + "; ".join(
        parts or [tk._("the data dictionary was completed")]
    )
