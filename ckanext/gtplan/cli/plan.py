"""Load a plan, take it away, publish its datasets."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import click
from ckan.plugins import toolkit as tk

from ..logic.plans.messages import describe_problem
from ..plan.files.tree import collect_sources
from ..plan.problems import PlanError
from .console import Steps, call, fail, portal
from .difference import describe_difference


@click.command()
@click.argument("source", metavar="FILE|FOLDER|example")
@click.option("--dry-run", is_flag=True, help="Tell what would change; write nothing.")
@click.pass_context
def load(ctx: click.Context, source: str, dry_run: bool) -> None:
    """Load a plan from YAML: a file, a folder of files, or the packaged example."""
    path = Path(str(files("ckanext.gtplan") / "examples" / "guatemala"))
    if source != "example":
        path = Path(source)
    with portal(ctx), Steps() as steps:
        try:
            sources = collect_sources(path)
        except PlanError as error:
            fail([describe_problem(problem) for problem in error.problems])
        summary = call(
            "gtplan_load",
            {
                "id": path.resolve().stem,
                "dry_run": dry_run,
                "files": [
                    # bytes that are not UTF-8 must reach the check that names their line
                    {"name": s.name, "content": s.data.decode("utf-8", "surrogateescape")}
                    for s in sources
                ],
            },
            steps,
        )
        steps.close()
        for warning in summary["warnings"]:
            click.echo(tk._("warning: {text}").format(text=warning), err=True)
        if dry_run:
            _tell_difference(summary["difference"])
            return
        click.echo(_describe_summary(summary))
        if summary["unfinished"]:
            for text in summary["unfinished"]:
                click.echo(tk._("error: {text}").format(text=text), err=True)
            sentence = tk._(
                "The records are written. Put right what is named above, and load once more:"
                " the load goes on from there."
            )
            click.echo(sentence, err=True)
            raise SystemExit(1)


def _tell_difference(difference: dict[str, Any]) -> None:
    for line in describe_difference(difference):
        click.echo(line)
    if difference["refused"]:
        fail([problem["text"] for problem in difference["refused"]])
    click.echo(tk._("Nothing was written."))


@click.command()
@click.argument("load_id", metavar="ID")
@click.pass_context
def unload(ctx: click.Context, load_id: str) -> None:
    """Take a load away again, with the datasets made of it, and nothing else."""
    with portal(ctx), Steps() as steps:
        removal = call("gtplan_unload", {"id": load_id}, steps)
        steps.close()
        sentence = tk._("{load}: records removed: {removed}, kept: {kept}")
        click.echo(
            sentence.format(
                load=load_id, removed=len(removal["removed"]), kept=len(removal["kept"])
            )
        )


@click.command()
@click.argument("record", metavar="RECORD")
@click.pass_context
def publish(ctx: click.Context, record: str) -> None:
    """Build anew the dataset of a plan, milestone, regional plan or inventory."""
    with portal(ctx), Steps() as steps:
        result = call("gtplan_deliverable_build", {"id": record}, steps)
        statuses = {
            "created": tk._("published"),
            "updated": tk._("rebuilt"),
            "unchanged": tk._("left as it was"),
            "removed": tk._("withdrawn: its record has nothing to publish any more"),
        }
        click.echo(f"{result['dataset']}: {statuses[result['status']]}")


def _describe_summary(summary: dict[str, Any]) -> str:
    published = list(summary["published"].values())
    rebuilt = sum(status != "unchanged" for status in published)
    text = tk._(
        "{load}: records created: {created}, changed: {changed}, left as they were: {unchanged};"
        " datasets published: {published}, of these new or rebuilt: {rebuilt}"
    ).format(
        load=summary["load"],
        created=len(summary["created"]),
        changed=len(summary["changed"]),
        unchanged=len(summary["unchanged"]),
        published=len(published),
        rebuilt=rebuilt,
    )
    if summary["rows"]:
        counts = {
            name: sum(table[name] for table in summary["rows"].values())
            for name in ("added", "changed", "removed")
        }
        rows = tk._("rows of tables added: {added}, changed: {changed}, removed: {removed}")
        text += "\n" + rows.format(**counts)
    if summary["left_over"]:
        text += "\n" + tk._("no longer in the files, and still in the portal: {names}").format(
            names=", ".join(summary["left_over"])
        )
    return text
