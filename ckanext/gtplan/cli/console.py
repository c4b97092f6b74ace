"""What the commands share: a request to work in, an action called, progress and failures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from ckan.plugins import toolkit as tk
from typing_extensions import Self

from ..logic.progress import name_step


@contextmanager
def portal(ctx: click.Context) -> Iterator[None]:
    """Work as a page does: with an application, and so in the portal's default language."""
    with ctx.meta["flask_app"].test_request_context():
        yield


def call(action: str, data: dict[str, Any], steps: Steps) -> Any:
    """Call an action as the site's own user; what it refuses ends the command."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    context: Any = {"user": user["name"], "ignore_auth": True, "gtplan_progress": steps.show}
    try:
        return tk.get_action(action)(context, data)
    except tk.ValidationError as error:
        steps.close()
        errors = error.error_dict
        messages = errors.get("files") or errors.get("content") or errors.get("upload")
        fail([str(message) for message in messages or errors.get("rows") or [error]])
    except tk.ObjectNotFound as error:
        steps.close()
        fail([error.message or str(error)])


def fail(messages: list[str]) -> None:
    """End the command with messages; nothing was written."""
    for message in messages:
        click.echo(tk._("error: {text}").format(text=message), err=True)
    click.echo(tk._("Nothing was written."), err=True)
    raise SystemExit(1)


class Steps:
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
            self._bar = click.progressbar(length=total, label=f"{name_step(step):24}")
            self._bar.__enter__()
        self._bar.length = total  # of a file it is known when it was read
        self._bar.update(done - self._bar.pos)

    def close(self) -> None:
        """End the line of the last step."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None
