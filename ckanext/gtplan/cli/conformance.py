"""Assess how far the datasets fulfil the profile, and print the figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from ckan.plugins import toolkit as tk

from ..logic.quality.history import assess_datasets
from .console import Steps, call, portal


@click.command()
@click.option("--rebuild", is_flag=True, help="Assess all datasets anew, not only the new ones.")
@click.pass_context
def conformance(ctx: click.Context, rebuild: bool) -> None:
    """Assess the datasets that were not assessed yet, and print a table by organization."""
    with portal(ctx), Steps() as steps:
        assess_datasets(steps.show, is_rebuild=rebuild)
        steps.close()
        report = call("gtplan_conformance_report", {"limit": 0}, steps)
        columns = (tk._("Datasets"), tk._("Required"), tk._("Recommended"), tk._("Conformance"))
        rows: list[tuple[str, tuple[str, ...]]] = [("", columns)]
        for body in report["organizations"]:
            rows.append((body["title"] or tk._("No organization"), _write_figures(body)))
        rows.append((tk._("All"), _write_figures(report["totals"])))
        width = max(len(name) for name, _ in rows)
        for name, cells in rows:
            click.echo(f"{name:{width}}  " + "  ".join(f"{cell:>13}" for cell in cells))
        lacking = tk._("Public and lacking a required field: {count}")
        click.echo(lacking.format(count=report["totals"]["public_lacking"]))


def _write_figures(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(row["datasets"]),
        f"{row['required_filled']}/{row['required_total']}",
        f"{row['recommended_filled']}/{row['recommended_total']}",
        f"{row['percent']} %",
    )
