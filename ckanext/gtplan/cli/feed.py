"""The feeds: built anew, checked, written as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from ckan.plugins import toolkit as tk

from ..feed import checking, dumping
from ..feed.keeping import rebuild, store
from ..feed.status import Status, read_status
from .console import Steps, fail, portal

__all__ = ["feed"]


@click.group()
def feed() -> None:
    """The feeds that harvesters pull."""


@feed.command("rebuild")
@click.option("--wait", is_flag=True, help="Take part in the work, and end when it is done.")
@click.pass_context
def rebuild_feed(ctx: click.Context, wait: bool) -> None:
    """Make all that is in the feeds anew, by jobs; until then what there is stays served."""
    with portal(ctx), Steps() as steps:
        epoch = rebuild.begin()
        if epoch.is_current:
            store.enqueue_refresh()
        else:
            rebuild.enqueue_build(epoch.id)
        if wait and epoch.is_current:
            _fill(epoch.total, steps)
        elif wait:
            rebuild.see_through(epoch.id, lambda done, total: steps.show("feed", done, total))
        steps.close()
        click.echo(_describe(read_status()))


def _fill(total: int, steps: Steps) -> None:
    done = 0
    for count in store.follow_all():
        done += count
        steps.show("feed", done, max(done, total))


@feed.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """Tell how far the feeds are, and how many values were left out of them."""
    with portal(ctx):
        click.echo(_describe(read_status()))


def _describe(found: Status) -> str:
    lines = [
        tk._("Datasets in the feeds: {count}").format(count=found.datasets),
        tk._("Waiting to be followed: {count}").format(count=found.open),
        tk._("Last event: {position}, {moment}").format(
            position=found.position, moment=found.published.isoformat(timespec="seconds")
        ),
        tk._("Ready blocks: {ready} of {total}").format(
            ready=found.blocks, total=found.blocks_total
        ),
        tk._("Datasets of which something was left out: {count}").format(count=found.troubled),
    ]
    if found.epoch is None:
        lines.insert(0, tk._("The feeds were never built: the first reader begins it."))
    if found.building is not None:
        text = tk._("Being built: {done} of {total}")
        lines.append(text.format(done=found.building.done, total=found.building.total))
    if found.is_foreign:
        lines.append(
            tk._("This command runs with other options, or other code, than what is served.")
        )
    return "\n".join(lines)


def _refuse_foreign() -> None:
    """Look at the feeds only as they are: whoever brings them up to date may begin an epoch."""
    if read_status().is_foreign:
        fail(
            [
                tk._("This command runs with other options, or other code, than what is served."),
                tk._(
                    "Run it with the ini file and the environment of the web server; after an"
                    " upgrade, restart the web server and the workers first."
                ),
            ]
        )


@feed.command()
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Compare each dataset in the feeds with what is made of it anew; 1 if one differs."""
    with portal(ctx), Steps() as steps:
        _refuse_foreign()
        total, done = read_status().datasets, 0
        found: list[checking.Difference] = []
        for count, differences in checking.verify():
            done, found = done + count, found + differences
            steps.show("feed", done, max(done, total))
        steps.close()
        for difference in found:
            click.echo(_name(difference), err=True)
        text = tk.ungettext("{count} dataset compared", "{count} datasets compared", done)
        click.echo(text.format(count=done))
        if found:
            raise SystemExit(1)


def _name(difference: checking.Difference) -> str:
    texts = {
        "missing": tk._("{name}: it is not in the feeds"),
        "left_over": tk._("{name}: it is in the feeds, and nobody may see it"),
        "different": tk._("{name}: it is not as it is made now ({syntaxes})"),
    }
    syntaxes = ", ".join(difference.syntaxes)
    return str(texts[difference.kind].format(name=difference.name, syntaxes=syntaxes))


@feed.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_context
def dump(ctx: click.Context, folder: Path) -> None:
    """Write the whole catalogue into FOLDER in every syntax, with checksums."""
    with portal(ctx):
        _refuse_foreign()
        try:
            manifest: dict[str, Any] = dumping.dump(folder)
        except dumping.DumpError:
            text = tk._("{file} holds something else than an earlier dump")
            fail([text.format(file=folder)])
        except OSError as error:
            text = tk._("{file} cannot be written: {why}")
            fail([text.format(file=folder, why=error.strerror or error)])
        text = tk._("{file}: datasets: {count}, files: {files}")
        files = len(manifest["files"])
        click.echo(text.format(file=folder, count=manifest["datasets"], files=files))
