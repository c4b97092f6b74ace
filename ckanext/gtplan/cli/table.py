"""Living tables: rows loaded from a file, their history, and repair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from ckan import model
from ckan.plugins import toolkit as tk
from werkzeug.datastructures import FileStorage

from ..logic.living.history import WRITTEN
from ..logic.living.tables import ensure_tables, sweep_tables
from ..plan.living import LIVING_TYPES
from .console import Steps, call, fail, portal


@click.group()
def table() -> None:
    """The tables of services, observations and registers, kept in the DataStore."""


@table.command("load")
@click.argument("record", metavar="RECORD")
@click.argument("file", metavar="FILE")
@click.option("--table", "name", help="Which of its tables, where the record has several.")
@click.option("--replace", is_flag=True, help="Remove the rows that the file does not have.")
@click.option("--dry-run", is_flag=True, help="Tell what would change; write nothing.")
@click.pass_context
def load_table(
    ctx: click.Context, record: str, file: str, name: str | None, replace: bool, dry_run: bool
) -> None:
    """Write the rows of a CSV or .xlsx file: all of it, or nothing if a cell is wrong."""
    request = {
        "id": record,
        "table": name,
        "mode": "replace" if replace else "merge",
        "dry_run": dry_run,
    }
    with portal(ctx), Steps() as steps:
        try:
            with Path(file).open("rb") as stream:
                request["upload"] = FileStorage(stream, filename=Path(file).name)
                difference = call("gtplan_table_upload", request, steps)
        except OSError as error:
            text = tk._("the file cannot be read: {value}")
            fail([text.format(value=f"{file}: {error.strerror or error}")])
        steps.close()
        text = tk._(
            "rows added: {added}, changed: {changed}, removed: {removed},"
            " left as they were: {unchanged}"
        )
        click.echo(text.format_map(difference))
        if dry_run:
            click.echo(tk._("Nothing was written."))


@table.command()
@click.argument("record", metavar="RECORD")
@click.option("--table", "name", help="Which of its tables, where the record has several.")
@click.option("--key", multiple=True, help="Of one row; once for each column of the key.")
@click.option("--limit", default=100, show_default=True, help="So many entries.")
@click.pass_context
def history(
    ctx: click.Context, record: str, name: str | None, key: tuple[str, ...], limit: int
) -> None:
    """Tell what became of the rows of a table, the latest first."""
    request: dict[str, Any] = {"id": record, "table": name, "limit": limit}
    if key:
        request["key"] = list(key)
    with portal(ctx), Steps() as steps:
        for entry in call("gtplan_table_history", request, steps):
            click.echo("\t".join(_describe(entry)))


def _describe(entry: dict[str, Any]) -> list[str]:
    told = [entry["moment"][:19], entry["user"] or "—", entry["origin"], entry["change"]]
    if entry["change"] == WRITTEN:
        return [*told, ", ".join(f"{name} {count}" for name, count in entry["after"].items())]
    before, after = entry["before"] or {}, entry["after"] or {}
    names = [name for name in before if before[name] is not None or after.get(name) is not None]
    names += [name for name in after if name not in before]
    cells = [f"{name}: {before.get(name) or '—'} → {after.get(name) or '—'}" for name in names]
    return [*told, ", ".join(filter(None, entry["key"])), "; ".join(cells)]


@table.command()
@click.pass_context
def repair(ctx: click.Context) -> None:
    """Make the tables that records lack, and drop those whose records are gone.

    Records of before there were living tables keep their rows: they are moved into the table.
    """
    with portal(ctx):
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        context: Any = {"user": user["name"], "ignore_auth": True}
        packages = model.Session.query(model.Package.id, model.Package.name)
        wanted = packages.filter(model.Package.type.in_(LIVING_TYPES)).order_by(model.Package.name)
        count = 0
        for package_id, name in wanted.all():
            if ensure_tables(context, {"id": package_id}):
                click.echo(name)
                count += 1
        click.echo(tk._("Records whose tables were made or repaired: {count}").format(count=count))
        click.echo(tk._("Tables dropped: {count}").format(count=sweep_tables()))
