"""Bring another portal's data.json into this one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
from ckan.plugins import toolkit as tk

from ..logic.exchange.importing import LARGEST
from .console import Steps, call, fail, portal
from .source import Reader, SourceError, is_address

_EXAMPLES = 3


@click.command("import")
@click.argument("source", metavar="FILE|URL")
@click.option("--organization", required=True, help="Owner of the datasets.")
@click.option("--dry-run", is_flag=True, help="Tell what would be done; write nothing.")
@click.pass_context
def import_data(ctx: click.Context, source: str, organization: str, dry_run: bool) -> None:
    """Import the datasets of a data.json: a whole catalogue, or one dataset."""
    with portal(ctx), Steps() as steps:
        try:
            content = _read(source)
        except SourceError as error:
            fail([str(error)])
        request = {
            "organization": organization,
            "content": content,
            "source": source,
            "dry_run": dry_run,
        }
        summary = call("gtplan_import", request, steps)
        steps.close()
        for line in _describe(summary):
            click.echo(line)
        if dry_run:
            click.echo(tk._("Nothing was written."))
    if summary["refused"]:
        raise SystemExit(1)


def _read(source: str) -> str:
    too_large = tk._("it has more than {limit} MB: this is no data.json, or several")
    reader = Reader(largest=LARGEST, too_large=too_large)
    data = reader.fetch(source)[0] if is_address(source) else reader.read(source)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = tk._("the byte {detail} is not UTF-8 text: save the file as UTF-8")
        raise SourceError(source, text.format(detail=error.start)) from error


def _describe(summary: dict[str, Any]) -> Iterable[str]:
    yield tk._(
        "datasets created: {created}, changed: {changed}, left as they were: {unchanged},"
        " private: {private}, refused: {refused}"
    ).format(**{name: len(value) for name, value in summary.items()})
    for name, titles in summary["private"].items():
        text = tk._("{dataset}: private, because required fields are missing: {fields}")
        yield text.format(dataset=name, fields="; ".join(titles))
    for name in summary["deleted"]:
        yield tk._("{dataset}: was deleted here, and stays deleted").format(dataset=name)
    for title, reasons in summary["refused"].items():
        yield tk._("{dataset}: refused: {why}").format(dataset=title, why="; ".join(reasons))
    yield from _describe_dropped(summary["dropped"])


def _describe_dropped(dropped: list[dict[str, str]]) -> Iterable[str]:
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for item in dropped:
        groups.setdefault((item["field"], item["why"]), []).append(item)
    for (field, why), items in groups.items():
        some = [f"{item['value']} ({item['dataset']})" for item in items[:_EXAMPLES]]
        some += ["…"] if len(items) > _EXAMPLES else []
        text = tk._("not kept: {field}: {count} values: {why} {examples}")
        examples = ", ".join(some)
        yield text.format(field=field, count=len(items), why=why, examples=examples)
