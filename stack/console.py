"""What a person sees: one line for each step, and failures that say what to do next."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

WIDTH = 79
LABEL_WIDTH = 15


class StackError(Exception):
    """A failure of a component, with what its reader needs to go on."""

    def __init__(
        self, component: str, reason: str, *, next_step: str, log: Path | None = None
    ) -> None:
        super().__init__(f"{component}: {reason}")
        self.component = component
        self.reason = reason
        self.next_step = next_step
        self.log = log

    def render(self) -> str:
        """Write the failure as the lines that are shown for it."""
        lines = [f"FAILED       {self.component}: {self.reason}"]
        if self.log is not None:
            lines.append(f"Log          {self.log}")
            lines += [f"  | {line}" for line in read_last_lines(self.log, 12)]
        lines.append(f"Next step    {self.next_step}")
        return "\n".join(lines)


def read_last_lines(path: Path, count: int) -> list[str]:
    """Read the last lines of a text file, without reading more than 16 kB of it."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 16384))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line.rstrip() for line in text.replace("\r", "\n").splitlines() if line.strip()][
        -count:
    ]


class Step:
    """One line of output: a label, what happens now, and in the end its result.

    On a terminal the line is rewritten while it lasts; elsewhere it is printed once, after a
    first part that says what has begun when that takes longer than a moment.
    """

    def __init__(self, label: str, stream: TextIO) -> None:
        self.label = label
        self.result = "ready"
        self.log: Path | None = None
        self._stream = stream
        self._doing = ""
        self._began = time.monotonic()
        self._done = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def begin(self) -> None:
        """Begin to show progress."""
        self._ticker.start()

    def end(self) -> None:
        """Show the result."""
        self._done.set()
        self._ticker.join()
        seconds = time.monotonic() - self._began
        took = f" ({seconds:.0f} s)" if seconds >= 1 else ""
        self._write(f"{self.label:<{LABEL_WIDTH}}{self.result}{took}", end="\n")

    def doing(self, what: str, log: Path | None = None) -> None:
        """Say what happens now; the last line of ``log`` is shown as its progress."""
        self._doing = what
        self.log = log
        self.result = what

    def _tick(self) -> None:
        """Show progress twice a second on a terminal; elsewhere each new activity and dots."""
        shown, last_dot = "", time.monotonic()
        while not self._done.wait(0.5):
            if self._stream.isatty():
                self._write(self._progress(), end="")
            elif self._doing and self._doing != shown:
                shown = self._doing
                print(f"{self.label:<{LABEL_WIDTH}}{shown} ...", file=self._stream, flush=True)
                last_dot = time.monotonic()
            elif time.monotonic() - last_dot >= 30:
                last_dot = time.monotonic()
                print(self._progress(), file=self._stream, flush=True)

    def _progress(self) -> str:
        seconds = int(time.monotonic() - self._began)
        line = f"{self.label:<{LABEL_WIDTH}}{self._doing} {seconds} s"
        last = read_last_lines(self.log, 1) if self.log else []
        if last and not last[0].startswith("$ "):
            line += f"  {last[0].strip()}"
        return line[:WIDTH]

    def _write(self, line: str, end: str) -> None:
        if self._stream.isatty():
            self._stream.write(f"\r\033[K{line}{end}")
        else:
            self._stream.write(f"{line}{end}")
        self._stream.flush()


class Console:
    """Where the steps are printed."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    @contextmanager
    def step(self, label: str) -> Iterator[Step]:
        """Print one step; ``step.result`` is what its line ends with."""
        step = Step(label, self._stream)
        step.begin()
        try:
            yield step
        except BaseException:
            step.result = "failed"
            raise
        finally:
            step.end()

    def say(self, label: str, text: str) -> None:
        """Print one line that is no step."""
        print(f"{label:<{LABEL_WIDTH}}{text}".rstrip(), file=self._stream, flush=True)
