"""Judge any catalogue by the profile's shapes: this portal's, a file, or what an address gives."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from ckan.plugins import toolkit as tk
from rdflib import Graph

from ..config import get_base_uri, get_language
from ..logic.exchange.feed import all_records
from ..prm.datajson import from_json
from ..prm.profile import CLASSES, Labels, load
from ..prm.values import REASONS
from ..rdf import portal as site
from ..rdf.document import Unreadable, find_next, read_document
from ..rdf.shapes import describe
from ..rdf.validation import MISSING, SEVERITIES, WRONG, Finding, Validator
from .console import portal
from .source import Reader, SourceError, is_address

_ACCEPTED = (
    "text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8, application/json;q=0.7,"
    " */*;q=0.1"
)
_LARGEST = 256 * 2**20
_EXAMPLES = 5


@click.command()
@click.argument("source", metavar="URL|FILE", required=False)
@click.option("--all", "is_all", is_flag=True, help="This portal's public datasets.")
@click.option("--format", "form", type=click.Choice(["text", "json", "ttl"]), default="text")
@click.pass_context
def validate(ctx: click.Context, source: str | None, is_all: bool, form: str) -> None:
    """Judge a catalogue, in RDF or data.json, by the shapes of the metadata profile.

    The exit status is 0 without a violation, 1 with one, 2 when nothing could be read.
    """
    # What is badly written is a finding, and no business of rdflib's log.
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)
    with portal(ctx):
        if is_all == bool(source):
            raise click.UsageError(tk._("give an address, a file or --all"))
        validator = Validator(get_base_uri(), is_recorded=form == "ttl")
        try:
            if is_all:
                found = validator.check_records(site.catalog(), all_records())
            else:
                found = _check(validator, source or "")
            text = _WRITERS[form](validator, found)
        except SourceError as error:
            click.echo(tk._("error: {text}").format(text=error), err=True)
            raise SystemExit(2) from error
        click.echo(text)
    raise SystemExit(0 if validator.conforms else 1)


def _check(validator: Validator, source: str) -> Iterator[Finding]:
    """Judge all pages of an address, or one file; nothing but an address opens the network."""
    too_large = tk._("it has more than {limit} MB: give an address with pages, or parts of it")
    reader = Reader(largest=_LARGEST, too_large=too_large, accept=_ACCEPTED)
    # told by the source alone: no page of an address leads to a file of this machine
    is_remote = is_address(source)
    seen: set[str] = set()
    page: str | None = source
    while page and page not in seen:
        seen.add(page)
        data, media_type = reader.fetch(page) if is_remote else (reader.read(page), "")
        document = _parse(data, page, media_type)
        if isinstance(document, Graph):
            yield from validator.check_graph(document)
            page = find_next(document) if is_remote else None
        else:
            yield from _check_json(validator, document, page)
            page = None
    if not validator.checked:
        raise SourceError(source, tk._("there is no catalogue and no dataset in it"))


def _check_json(validator: Validator, document: Any, address: str) -> Iterator[Finding]:
    iri = address if is_address(address) else Path(address).resolve().as_uri()
    record = from_json(document, iri)
    if not record.values:
        raise SourceError(address, tk._("there is no catalogue and no dataset in it"))
    if record.kind == "catalog":
        yield from validator.check_records(record, record.values.get("dataset", ()))
    else:
        yield from validator.check_records(None, [record])


def _parse(data: bytes, address: str, media_type: str) -> Any:
    try:
        return read_document(data, address, media_type)
    except Unreadable as error:
        sentences = {
            "web_page": tk._("this is a web page: give the address of catalog.ttl or data.json"),
            "not_text": tk._("the byte {detail} is not UTF-8 text: save the file as UTF-8"),
            "remote_context": tk._("its JSON-LD context is elsewhere: write it into the document"),
            "syntax": tk._("it is neither RDF nor JSON, or it was cut: {detail}"),
        }
        place = f"{address}:{error.line}" if error.line else address
        raise SourceError(place, sentences[error.why].format(detail=error.detail)) from error


@dataclass
class _Group:
    """The findings of one kind about one field, of which a few are shown."""

    first: Finding
    count: int = 0
    examples: list[Finding] = field(default_factory=list)


def _write_text(validator: Validator, found: Iterator[Finding]) -> str:
    groups: dict[tuple[int, int, str, str], _Group] = {}
    for finding in found:
        rank = SEVERITIES.index(finding.severity), CLASSES.index(finding.kind)
        group = groups.setdefault((*rank, finding.key, finding.why), _Group(finding))
        group.count += 1
        if len(group.examples) < _EXAMPLES:
            group.examples.append(finding)
    lines = [_write_verdict(validator)]
    heading = ""
    for key in sorted(groups, key=lambda key: key[:2]):
        group = groups[key]
        severity = _name_severity(group.first.severity)
        label = f"{severity}: {_choose(load()['classes'][group.first.kind]['label'])}"
        if label != heading:
            heading = label
            lines += ["", heading]
        lines += _write_group(group)
    return "\n".join(lines)


def _write_verdict(validator: Validator) -> str:
    conforms = tk._("Nothing violates the profile.")
    verdict = conforms if validator.conforms else tk._("The profile is violated.")
    checked = tk._("Datasets: {datasets}, catalogues: {catalogs}.").format(
        datasets=validator.checked["Dataset"], catalogs=validator.checked["Catalog"]
    )
    return f"{checked} {verdict}"


def _write_group(group: _Group) -> list[str]:
    first = group.first
    name = f"{_choose(first.row.label)} ({first.key})" if first.row else first.key
    obligation = f", {first.row.obligation}" if first.row and first.row.obligation else ""
    lines = [f"  {name}{obligation}: {group.count}", f"    {_describe(first)}"]
    for example in group.examples:
        where = f"{example.title} <{example.node}>".strip()
        lines.append(f"    - {where}{': ' + example.value if example.value else ''}")
    if group.count > len(group.examples):
        more = tk._("and {count} more").format(count=group.count - len(group.examples))
        lines.append(f"    - {more}")
    return lines


def _write_json(validator: Validator, found: Iterator[Finding]) -> str:
    findings = [
        {
            "severity": finding.severity,
            "class": finding.kind,
            "field": finding.key,
            "obligation": finding.row.obligation if finding.row else None,
            "why": finding.why,
            "message": _describe(finding),
            "subject": finding.subject,
            "title": finding.title,
            "node": finding.node,
            "value": finding.value,
        }
        for finding in found
    ]
    counts = {name: sum(f["severity"] == name for f in findings) for name in SEVERITIES}
    checked = {"datasets": validator.checked["Dataset"], "catalogs": validator.checked["Catalog"]}
    report = {
        "conforms": validator.conforms,
        "checked": checked,
        "counts": counts,
        "findings": findings,
    }
    return json.dumps(report, ensure_ascii=False, indent=2)


def _write_ttl(validator: Validator, found: Iterator[Finding]) -> str:
    for _ in found:
        pass
    return str(validator.close().serialize(format="turtle"))


_WRITERS = {"text": _write_text, "json": _write_json, "ttl": _write_ttl}


def _describe(finding: Finding) -> str:
    """Say what is wrong and what to do, in the reader's language."""
    if finding.row and finding.why in (MISSING, WRONG):
        return _choose(describe(finding.row, is_missing=finding.why == MISSING))
    return str(tk._(REASONS[finding.why]))


def _name_severity(severity: str) -> str:
    names = {
        "violation": tk._("Violations"),
        "warning": tk._("Warnings"),
        "info": tk._("Remarks"),
    }
    return str(names[severity])


def _choose(labels: Labels) -> str:
    return labels.get(get_language()) or labels["en"]
