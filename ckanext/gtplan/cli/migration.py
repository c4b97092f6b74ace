"""Propose the profile's values for datasets that are older than the plugin, and write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
from ckan.plugins import toolkit as tk

from ..logic.exchange.migration import Migration, find_datasets, migrate, to_json
from ..logic.progress import ignore_progress
from ..prm.proposals import Proposal
from .console import Steps, fail, portal


@click.command("migrate-metadata")
@click.argument("datasets", nargs=-1, metavar="[DATASET...]")
@click.option("--apply", "is_written", is_flag=True, help="Write the sure values.")
@click.option("--all", "with_unsure", is_flag=True, help="Also what somebody should check.")
@click.option("--organization", help="Only the datasets of this organization.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def migrate_metadata(
    ctx: click.Context,
    datasets: Sequence[str],
    is_written: bool,
    with_unsure: bool,
    organization: str | None,
    shape: str,
) -> None:
    """Propose metadata for older datasets; nothing is written without --apply."""
    with portal(ctx), Steps() as steps:
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        context: Any = {"user": user["name"], "ignore_auth": True}
        try:
            ids = find_datasets(datasets, organization)
        except tk.ObjectNotFound as error:
            fail([str(error.message)])
        show = steps.show if shape == "text" else ignore_progress
        migrations = migrate(context, ids, show, is_written=is_written, with_unsure=with_unsure)
        steps.close()
        if shape == "json":
            click.echo(json.dumps(to_json(migrations), ensure_ascii=False, indent=2))
        else:
            for migration in migrations:
                _echo_migration(migration)
            click.echo(_describe_summary(migrations, is_written))
    if any(migration.errors for migration in migrations):
        raise SystemExit(1)


def _echo_migration(migration: Migration) -> None:
    if not (migration.proposals or migration.required or migration.recommended):
        return
    click.echo(f"{migration.dataset} — {migration.title}")
    for proposal in migration.proposals:
        click.echo(f"  {_describe_proposal(proposal)}")
    for error in migration.errors:
        click.echo("  " + tk._("error: {text}").format(text=error))
    for sentence, titles in (
        (tk._("required, and still to be filled in: {fields}"), migration.required),
        (tk._("recommended, and still to be filled in: {fields}"), migration.recommended),
    ):
        if titles:
            click.echo("  " + sentence.format(fields="; ".join(titles)))


def _describe_proposal(proposal: Proposal) -> str:
    where = f"{proposal.resource}: " if proposal.resource else ""
    if proposal.new is None:
        text = tk._("{field}: {old} is not understood, and kept as old_{field}")
    elif proposal.is_sure:
        text = tk._("{field}: {old} → {new} (from {source})")
    else:
        text = tk._("{field}: {old} → {new} (from {source}; to be checked)")
    return where + text.format(
        field=proposal.field,
        old=_show(proposal.old),
        new=_show(proposal.new),
        source=proposal.source,
    )


def _show(value: Any) -> str:
    text = "—" if value in (None, "", []) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:79] + "…"


def _describe_summary(migrations: Sequence[Migration], is_written: bool) -> str:
    proposals = [p for migration in migrations for p in migration.proposals]
    text = tk._(
        "datasets: {datasets}; values proposed: {sure} sure, {unsure} to be checked;"
        " datasets written: {written}, refused: {refused}"
    ).format(
        datasets=len(migrations),
        sure=sum(p.is_sure for p in proposals),
        unsure=sum(not p.is_sure for p in proposals),
        written=sum(migration.is_written for migration in migrations),
        refused=sum(bool(migration.errors) for migration in migrations),
    )
    if not is_written:
        text += "\n" + tk._("Nothing was written: --apply writes what is sure.")
    return text
