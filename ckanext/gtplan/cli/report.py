"""Spreadsheets of reports: written to be filled in, and loaded back."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import click
from ckan.plugins import toolkit as tk

from ..logic.follow.opening import LARGEST
from ..logic.follow.template import write_template
from .console import Steps, call, fail, portal
from .source import Reader, SourceError


@click.command("report-template")
@click.argument("record", metavar="RECORD")
@click.option("--organization", help="Only what this organization may report on.")
@click.option("-o", "--output", "file", required=True, metavar="FILE", help="The .xlsx to write.")
@click.pass_context
def report_template(ctx: click.Context, record: str, organization: str | None, file: str) -> None:
    """Write the spreadsheet with which a milestone, commitment, plan or institution reports."""
    with portal(ctx):
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        context: Any = {"user": user["name"], "ignore_auth": True}
        try:
            template = write_template(context, record, organization)
        except tk.ObjectNotFound as error:
            fail([str(error.message)])
        if template is None:
            fail([tk._("there is nothing to report on in “{name}”").format(name=record)])
        try:
            Path(file).write_bytes(template.data)
        except OSError as error:
            text = tk._("{file} cannot be written: {why}")
            fail([text.format(file=file, why=error.strerror or error)])
        click.echo(
            tk._("{file}: rows to be filled in: {count}").format(file=file, count=template.rows)
        )


@click.command("report-load")
@click.argument("file", metavar="FILE")
@click.option("--organization", help="On whose behalf; by default, as the template says.")
@click.option("--dry-run", is_flag=True, help="Tell what would be done; write nothing.")
@click.pass_context
def report_load(ctx: click.Context, file: str, organization: str | None, dry_run: bool) -> None:
    """Report what was filled in in a spreadsheet: all of it, or nothing if a cell is wrong."""
    with portal(ctx), Steps() as steps:
        too_large = tk._("it has more than {limit} MB: this is no template that was filled in")
        try:
            data = Reader(largest=LARGEST, too_large=too_large).read(file)
        except SourceError as error:
            fail([str(error)])
        request = {
            "content": base64.b64encode(data).decode("ascii"),
            "organization": organization,
            "dry_run": dry_run,
        }
        summary = call("gtplan_report_load", request, steps)
        for warning in summary["warnings"]:
            click.echo(tk._("warning: {text}").format(text=warning), err=True)
        text = tk._("reports: {created}, rows left as they were: {unchanged}")
        click.echo(text.format(created=len(summary["reports"]), unchanged=summary["unchanged"]))
        if dry_run:
            click.echo(tk._("Nothing was written."))
