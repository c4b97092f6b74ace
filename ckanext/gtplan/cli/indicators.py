"""Compute the indicators that the portal computes by itself."""

from __future__ import annotations

import click
from ckan.plugins import toolkit as tk

from ..logic.indicators.computing import list_computed, recompute_records
from .console import Steps, fail, portal


@click.command()
@click.argument("names", nargs=-1)
@click.pass_context
def indicators(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Compute indicators anew: all that are computed, or those NAMES.

    Run daily, it gives each period its observation, and progress moves with the calendar.
    """
    with portal(ctx), Steps() as steps:
        wanted = list_computed()
        unknown = [name for name in names if name not in wanted]
        if unknown:
            sentence = tk._("The portal computes no indicator “{name}”.")
            fail([sentence.format(name=name) for name in unknown])
        found: dict[str, str] = {}
        chosen = names or wanted
        for number, name in enumerate(chosen, start=1):
            found |= recompute_records([name])
            steps.show("indicators", number, len(chosen))
        steps.close()
        states = list(found.values())
        sentence = tk._("Indicators written: {written}, unchanged: {unchanged}, failed: {failed}")
        counts = {state: states.count(state) for state in ("written", "unchanged", "failed")}
        click.echo(sentence.format(**counts))
        if counts["failed"]:
            raise SystemExit(1)
