"""``ckan gtplan``: load a plan, take it away, publish its datasets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
from ckan.plugins import toolkit as tk
from typing_extensions import Self

from .logic.messages import describe_problem
from .plan.problems import PlanError
from .plan.tree import collect_sources

__all__ = ["gtplan"]


@click.group()
def gtplan() -> None:
    """Open Government action plans."""


@gtplan.command()
@click.argument("source", metavar="FILE|FOLDER|example")
@click.pass_context
def load(ctx: click.Context, source: str) -> None:
    """Load a plan from YAML: a file, a folder of files, or the packaged example."""
    path = Path(str(files("ckanext.gtplan") / "examples" / "guatemala"))
    if source != "example":
        path = Path(source)
    with _portal(ctx), _Steps() as steps:
        try:
            sources = collect_sources(path)
        except PlanError as error:
            _fail([describe_problem(problem) for problem in error.problems])
        summary = _call(
            "gtplan_load",
            {
                "id": path.resolve().stem,
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
        click.echo(_describe_summary(summary))


@gtplan.command()
@click.argument("load_id", metavar="ID")
@click.pass_context
def unload(ctx: click.Context, load_id: str) -> None:
    """Take a load away again, with the datasets made of it, and nothing else."""
    with _portal(ctx), _Steps() as steps:
        removal = _call("gtplan_unload", {"id": load_id}, steps)
        steps.close()
        sentence = tk._("{load}: records removed: {removed}, kept: {kept}")
        click.echo(
            sentence.format(
                load=load_id, removed=len(removal["removed"]), kept=len(removal["kept"])
            )
        )


@gtplan.command()
@click.argument("record", metavar="RECORD")
@click.pass_context
def publish(ctx: click.Context, record: str) -> None:
    """Build anew the dataset of a plan, milestone, regional plan or inventory."""
    with _portal(ctx), _Steps() as steps:
        result = _call("gtplan_deliverable_build", {"id": record}, steps)
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
    if summary["left_over"]:
        text += "\n" + tk._("no longer in the files, and still in the portal: {names}").format(
            names=", ".join(summary["left_over"])
        )
    return text


@contextmanager
def _portal(ctx: click.Context) -> Iterator[None]:
    """Work as a page does: with an application, and so in the portal's default language."""
    with ctx.meta["flask_app"].test_request_context():
        yield


def _call(action: str, data: dict[str, Any], steps: _Steps) -> Any:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    context: Any = {"user": user["name"], "ignore_auth": True, "gtplan_progress": steps.show}
    try:
        return tk.get_action(action)(context, data)
    except tk.ValidationError as error:
        steps.close()
        messages = error.error_dict.get("files") or [str(error)]
        _fail([str(message) for message in messages])
    except tk.ObjectNotFound as error:
        steps.close()
        _fail([error.message or str(error)])


def _fail(messages: list[str]) -> None:
    for message in messages:
        click.echo(tk._("error: {text}").format(text=message), err=True)
    click.echo(tk._("Nothing was written."), err=True)
    raise SystemExit(1)


def _name_step(step: str) -> str:
    """Name a step for people; the steps are those of ``logic.loading`` and ``unloading``."""
    names = {
        "write": tk._("Writing records"),
        "index": tk._("Updating the search"),
        "publish": tk._("Publishing datasets"),
        "remove": tk._("Removing records"),
    }
    return names[step]


class _Steps:
    """Shows each step of an action as a progress bar of its own."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._step = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def show(self, step: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` things of a step are done."""
        if step != self._step:
            self.close()
            self._step = step
            self._bar = click.progressbar(length=total, label=f"{_name_step(step):24}")
            self._bar.__enter__()
        self._bar.update(done - self._bar.pos)

    def close(self) -> None:
        """End the line of the last step."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None
