"""Plan files out of the portal, out of nothing, and out of OGP's list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import click
import pycountry
from ckan.plugins import toolkit as tk

from ..config import get_language
from ..logic.plans.files import name_schema
from ..plan.files.ogp import convert_commitments
from ..plan.files.ogp_cells import Note, NoteKind
from ..plan.files.template import write_template
from ..plan.files.writer import write_load
from .console import Steps, call, fail, portal

_OUTPUT = click.Path(path_type=Path)


@click.command()
@click.argument("name", metavar="LOAD|RECORD", required=False)
@click.option("--all", "is_all", is_flag=True, help="All plan records of the portal.")
@click.option("-o", "--output", type=_OUTPUT, help="A .yaml file, or a folder; else it is printed.")
@click.pass_context
def export(ctx: click.Context, name: str | None, is_all: bool, output: Path | None) -> None:
    """Write a load, a record with all below it, or all plan records as plan files."""
    if is_all == bool(name):
        raise click.UsageError("give the id of a load, the name of a record, or --all")
    is_folder = output is not None and output.suffix not in (".yaml", ".yml")
    with portal(ctx), Steps() as steps:
        made = call("gtplan_export", {"id": name or "", "is_folder": is_folder}, steps)
        files = {file["name"]: file["content"] for file in made["files"]}
        if output is not None and is_folder:
            _write_folder(output, files)
        else:
            _put("".join(files.values()), output)
        for sentence in made["left_out"]:
            click.echo(tk._("warning: {text}").format(text=sentence), err=True)
        sentence = tk._("{load}: records written: {records}")
        click.echo(sentence.format(load=made["load"], records=made["records"]), err=True)


@click.command()
@click.option("-o", "--output", type=_OUTPUT, help="The .yaml file; else it is printed.")
@click.pass_context
def template(ctx: click.Context, output: Path | None) -> None:
    """Write an empty plan file that explains each field, in the portal's language."""
    with portal(ctx):
        _put(write_template(get_language(), name_schema()), output)


@click.command()
@click.argument("source", metavar="FILE.csv", type=click.Path(exists=True, path_type=Path))
@click.option("--country", help="Name or code of the country, where the list has several.")
@click.option("-o", "--output", type=_OUTPUT, help="The .yaml file; else it is printed.")
@click.pass_context
def convert_ogp(
    ctx: click.Context, source: Path, country: str | None, output: Path | None
) -> None:
    """Turn OGP's list of commitments (CSV) into a plan file of one country."""
    with portal(ctx):
        conversion = convert_commitments(
            source.read_bytes(),
            name=source.name,
            country=country,
            find_country=find_country,
            language=get_language(),
        )
        notes = [describe_note(source.name, note) for note in conversion.notes]
        if conversion.load is None:
            fail(notes)
        for sentence in notes:
            click.echo(tk._("warning: {text}").format(text=sentence), err=True)
        _put(write_load(conversion.load, name_schema()), output)
        sentence = tk._("{load}: records written: {records}")
        count = len(conversion.load.action_plans) + len(conversion.load.commitments)
        click.echo(sentence.format(load=conversion.load.id, records=count), err=True)


def find_country(text: str) -> str | None:
    """Find the ISO 3166-1 alpha-3 code of a country by its English name or a code of it."""
    try:
        return str(pycountry.countries.lookup(text.strip()).alpha_3)
    except LookupError:
        return None


def _put(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        _write_file(output, text)


def _write_file(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(path)
    except OSError as error:
        fail([f"{path}: {error.strerror}"])


def _write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files of a folder, in which a load would read no other."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = {path.name for path in folder.iterdir() if path.suffix in (".yaml", ".yml")}
    except OSError as error:
        fail([f"{folder}: {error.strerror}"])
    others = ", ".join(sorted(found - files.keys()))
    if others:
        sentence = tk._("{folder} has other plan files, which a load would read, too: {names}")
        fail([sentence.format(folder=folder, names=others)])
    for name, text in files.items():
        _write_file(folder / name, text)


N = NoteKind
_SENTENCES: dict[NoteKind, Callable[[], str]] = {
    N.NOT_CSV: lambda: tk._("this is not CSV: {value}"),
    N.NO_ROWS: lambda: tk._("there are no rows under a header"),
    N.NO_TITLE_COLUMN: lambda: tk._("no column is the title; it may be called: {expected}"),
    N.SEVERAL_COUNTRIES: lambda: tk._("choose a country by --country; there are: {expected}"),
    N.NO_SUCH_COUNTRY: lambda: tk._("no row is of “{value}”; there are: {expected}"),
    N.NO_COMMITMENT: lambda: tk._("no row is a commitment"),
    N.UNKNOWN_COLUMN: lambda: tk._("the column “{column}” is not known, and not taken over"),
    N.UNUSED_COLUMN: lambda: tk._("a plan has no field for the column “{column}”"),
    N.NO_TITLE: lambda: tk._("the row has no title, and is left out"),
    N.TOO_MANY_CELLS: lambda: tk._(
        "the row has {value} cells under {expected} columns, and is left out"
    ),
    N.REPEATED: lambda: tk._("“{value}” ({column}) was in an earlier row; this one is left out"),
    N.NUMBER_TAKEN: lambda: tk._(
        "the plan has another commitment of the number {value} ({column}); it is left out here"
    ),
    N.UNKNOWN_VALUE: lambda: tk._(
        "“{value}” ({column}) is not known, and left out; known is: {expected}"
    ),
    N.OWN_PUBLICATION: lambda: tk._(
        "the list does not say how datasets are published and whom to write to: put right what"
        " stands under `publication`"
    ),
}


def describe_note(file: str, note: Note) -> str:
    """Say what is to be told of a list, with file and line."""
    value = " ".join(note.value.split())
    value = value if len(value) <= 80 else value[:79] + "…"
    sentence = _SENTENCES[note.kind]()
    said = sentence.format(column=note.column, value=value, expected=note.expected)
    return f"{file}:{note.line}: {said}"
