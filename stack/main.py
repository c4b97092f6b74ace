"""The command line of ``./portal``."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from stack.backup import make_backup, restore_backup
from stack.console import Console, StackError
from stack.portal import Portal, is_state, prepare_state
from stack.processes import hold_lock
from stack.screenshots import take_screenshots
from stack.settings import RECORD, ROOT, Settings, read_settings
from stack.status import show_addresses, show_status
from stack.testrun import run_tests

PASSING_ON = ("ckan", "test")


def main(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        The exit status.
    """
    own, rest = split_arguments(arguments)
    options = make_parser().parse_args(own)
    console = Console()
    state = find_state(getattr(options, "state", None))
    try:
        command: Callable[[Path, argparse.Namespace, list[str], Console], int]
        command = COMMANDS[options.command]
        return command(state, options, rest, console)
    except StackError as error:
        print(error.render(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. It can simply be run again.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader has gone, as head does; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def split_arguments(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split off what belongs to CKAN's or pytest's command line."""
    for place, word in enumerate(arguments):
        if word in PASSING_ON and arguments[place - 1 : place] != ["--state"]:
            return list(arguments[: place + 1]), list(arguments[place + 1 :])
        if word in COMMANDS and arguments[place - 1 : place] != ["--state"]:
            break
    return list(arguments), []


def find_state(option: str | None) -> Path:
    """Decide the state folder: option, then PORTAL_STATE, then .portal beside the script."""
    chosen = option or os.environ.get("PORTAL_STATE")
    return Path(chosen).absolute() if chosen else ROOT / ".portal"


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--state",
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="the folder of all state (PORTAL_STATE; default .portal)",
    )
    parser = argparse.ArgumentParser(
        prog="./portal", description="Set up, run, save and test the portal.", parents=[shared]
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, about: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about, description=about, parents=[shared])

    add_up_options(add("up", "install what is missing, start everything, print the addresses"))
    add("down", "stop everything")
    add("status", "show what runs; exit status 0 only when all does")
    logs = add("logs", "show the ends of the logs")
    logs.add_argument("component", nargs="?", help="postgresql, redis, solr, web, worker, ...")
    logs.add_argument("-f", "--follow", action="store_true", help="go on as they grow")
    add("ckan", "run CKAN's command line with the portal's ini: ./portal ckan ARGS...")
    add("backup", "write databases and files into one archive").add_argument("file", type=Path)
    restore = add("restore", "put databases and files back from an archive")
    restore.add_argument("file", type=Path)
    restore.add_argument("--yes", action="store_true", help="don't ask")
    reset = add("reset", "stop everything and remove all state")
    reset.add_argument("--yes", action="store_true", help="don't ask")
    pictures = add("screenshots", "take pictures of each type of page of the running portal")
    pictures.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "images")
    add("test", "run all checks and tests: ./portal test [--long] [pytest's arguments]")
    return parser


def add_up_options(parser: argparse.ArgumentParser) -> None:
    """Describe the options of ``up``; each is also PORTAL_ and its name, and is remembered."""
    parser.add_argument("--public-url", metavar="URL", help="the address that others see")
    parser.add_argument("--port", metavar="N", help="of the web server (5000)")
    parser.add_argument("--postgres-port", metavar="N", help="of PostgreSQL (5532)")
    parser.add_argument("--redis-port", metavar="N", help="of Redis (6479)")
    parser.add_argument("--solr-port", metavar="N", help="of Solr (8993)")
    parser.add_argument("--workers", metavar="N", help="processes of the web server (2)")
    parser.add_argument("--threads", metavar="N", help="threads of each of them (4)")
    parser.add_argument(
        "--empty", action="store_const", const="yes", help="don't load the example plan, ever"
    )


def read_installation(state: Path) -> Settings:
    """Read the settings of an installation that ``up`` made.

    Raises:
        StackError: there is none.
    """
    if not (state / RECORD).exists():
        raise StackError("Portal", f"nothing is set up in {state}", next_step="run ./portal up")
    return read_settings(state, {})


def up(state: Path, options: argparse.Namespace, rest: list[str], console: Console) -> int:
    """Install, start and check everything."""
    began = time.monotonic()
    settings = read_settings(state, os.environ, vars(options))
    prepare_state(state)
    with hold_lock(state / "lock", console):
        portal = Portal(settings, console)
        portal.check_ports()
        settings.record()
        portal.install()
        portal.start_services()
        portal.site.write_ini()
        portal.prepare_databases()
        portal.make_administrator()
        portal.build_index()
        portal.start_site()
    show_addresses(settings, console, time.monotonic() - began)
    return 0


def down(state: Path, options: argparse.Namespace, rest: list[str], console: Console) -> int:
    """Stop everything."""
    settings = read_installation(state)
    with hold_lock(state / "lock", console):
        stopped = Portal(settings, console).stop()
    console.say("Stopped", ", ".join(stopped) or "nothing was running")
    return 0


def status(state: Path, options: argparse.Namespace, rest: list[str], console: Console) -> int:
    """Show what runs."""
    return 0 if show_status(Portal(read_installation(state), console)) else 1


def logs(state: Path, options: argparse.Namespace, rest: list[str], console: Console) -> int:
    """Show the ends of the logs by ``tail``."""
    folder = read_installation(state).logs
    files = sorted(folder.glob(f"{options.component or '*'}.log"))
    if not files:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.log")))
        raise StackError(
            "Logs", f"there is no log of {options.component!r}", next_step=f"choose of: {known}"
        )
    tail = shutil.which("tail") or "/usr/bin/tail"
    follow = ["-F"] if options.follow else []
    sys.stdout.flush()
    os.execv(tail, [tail, "-n", "40", *follow, *map(str, files)])


def ckan(state: Path, options: argparse.Namespace, rest: list[str], console: Console) -> int:
    """Run CKAN's command line in place of this process."""
    site = Portal(read_installation(state), console).site
    program = site.program("ckan")
    if not program.exists():
        raise StackError("CKAN", f"{program} is missing", next_step="run ./portal up")
    os.execve(program, [str(program), *rest], site.environment)


def backup(state: Path, options: argparse.Namespace, rest: list[str], console: Console) -> int:
    """Write an archive."""
    settings = read_installation(state)
    with hold_lock(state / "lock", console):
        make_backup(Portal(settings, console), options.file.absolute())
    return 0


def restore(state: Path, options: argparse.Namespace, rest: list[str], console: Console) -> int:
    """Put an archive back."""
    settings = read_installation(state)
    question = f"Replace all data of the portal in {state}"
    with hold_lock(state / "lock", console):
        restore_backup(
            Portal(settings, console),
            options.file.absolute(),
            lambda: options.yes or confirm(question),
        )
    return 0


def reset(state: Path, options: argparse.Namespace, rest: list[str], console: Console) -> int:
    """Remove an installation."""
    if not state.exists():
        console.say("Reset", f"there is nothing in {state}")
        return 0
    if not is_state(state):
        raise StackError(
            "Reset", f"{state} was not made by ./portal", next_step="name the right --state"
        )
    settings = read_settings(state, {})
    if not (options.yes or confirm(f"Remove the portal in {state} with all its data")):
        console.say("Reset", "nothing was changed")
        return 1
    with hold_lock(state / "lock", console):
        portal = Portal(settings, console)
        portal.stop()
        if portal.postgres is not None:
            portal.postgres.remove()
        shutil.rmtree(state)
    console.say("Reset", f"{state} is removed")
    return 0


def screenshots(
    state: Path, options: argparse.Namespace, rest: list[str], console: Console
) -> int:
    """Take pictures of the pages."""
    settings = read_installation(state)
    with hold_lock(state / "lock", console):
        take_screenshots(Portal(settings, console), options.folder.absolute(), console)
    return 0


def confirm(question: str) -> bool:
    """Ask a person; without one the answer is no."""
    if not sys.stdin.isatty():
        raise StackError(
            "Question", f"{question}? Nobody is there to answer", next_step="repeat with --yes"
        )
    return input(f"{question}? Type yes: ").strip().lower() == "yes"


def test(state: Path, options: argparse.Namespace, rest: list[str], console: Console) -> int:
    """Run all checks and tests."""
    return run_tests(state, rest, console)


COMMANDS: dict[str, Callable[[Path, argparse.Namespace, list[str], Console], int]] = {
    "up": up,
    "down": down,
    "status": status,
    "logs": logs,
    "ckan": ckan,
    "backup": backup,
    "restore": restore,
    "reset": reset,
    "screenshots": screenshots,
    "test": test,
}
