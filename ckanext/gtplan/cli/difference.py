"""The difference that a load would make, said at the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ckan.plugins import toolkit as tk

#: Characters of a value that are shown.
_SHOWN = 120


def describe_difference(difference: dict[str, Any]) -> Iterator[str]:
    """Say what a load would do, a line for each thing, and at the end how much of each.

    Args:
        difference: as ``gtplan_load`` gives it.
    """
    records = difference["records"]
    for record in records:
        if record["status"] != "unchanged" or record["edited"]:
            yield from _describe_record(record)
    for entry in difference["modifications"]:
        text = tk._("log of {plan}: entry {number} is added: {summary}")
        yield text.format(plan=entry["plan"], number=entry["seq"], summary=_cut(entry["summary"]))
    for report in difference["reports"]:
        text = tk._("report on {milestone} of {day} is added")
        yield text.format(milestone=report["milestone"], day=report["as_of"])
    counts = Counter(record["status"] for record in records)
    text = tk._(
        "{load}: records new: {new}, changed: {changed}, unchanged: {unchanged}, refused:"
        " {refused}; entries for the log: {entries}; reports: {reports}"
    )
    yield text.format(
        load=difference["load"],
        entries=len(difference["modifications"]),
        reports=len(difference["reports"]),
        **{name: counts[name] for name in ("new", "changed", "unchanged", "refused")},
    )


def _describe_record(record: dict[str, Any]) -> Iterator[str]:
    status = {
        "new": tk._("new"),
        "changed": tk._("changes"),
        "refused": tk._("is refused"),
        "left_over": tk._("no longer in the files, and stays in the portal"),
        "unchanged": tk._("was edited in the portal, and stays as it is there"),
    }[record["status"]]
    is_body = record["type"] == "organization"
    name = tk._("institution") if is_body else tk.h.gtplan_type_name(record["type"])
    yield f"{name} {record['name']} («{_cut(record['title'])}»): {status}"
    for change in (*record["changes"], *record["edited"]):
        yield from (f"    {line}" for line in _describe_change(change))


def _describe_change(change: dict[str, Any]) -> Iterable[str]:
    label = _label(change["field"])
    if "rows" not in change:
        yield f"{label}: {_show_change(change)}"
        return
    if "counts" in change:
        text = tk._("rows new: {new}, changed: {changed}, gone: {gone}")
        yield f"{label}: {text.format(**change['counts'])}"
    for row in change["rows"]:
        said = "; ".join(_describe_row(row))
        yield f"{label} {_cut(row['key'])}: {said}"
    if change["is_reordered"]:
        yield f"{label}: " + tk._("in another order")


def _describe_row(row: dict[str, Any]) -> Iterator[str]:
    if row["status"] == "new":
        yield tk._("new row")
    if row["status"] == "gone":
        yield tk._("row taken out")
        return
    for change in row["changes"]:
        is_new = row["status"] == "new"
        said = _show(change["new"]) if is_new else _show_change(change)
        yield f"{_label(change['field'])}: {said}"


def _show_change(change: dict[str, Any]) -> str:
    return f"{_show(change['old'])} → {_show(change['new'])}"


def _show(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return tk._("yes") if value else tk._("no")
    if isinstance(value, list):
        return _cut(", ".join(map(str, value)))
    return _cut(f"«{value}»" if isinstance(value, str) else str(value))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN - 1]}…"


def _label(field: str) -> str:
    own = {"private": tk._("Private"), "state": tk._("State")}
    return own.get(field) or str(tk.h.gtplan_field_label(field))
