"""The docs and what they are about say the same: options, commands, links."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ckanext" / "gtplan"
PAGES = {path: path.read_text("utf-8") for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")]}
TEXT = "\n".join(PAGES.values())

_OPTION = re.compile(r"\bckanext\.gtplan((?:\.[a-z_]+)+)")
_COMMAND = re.compile(r"\bckan(?:\.ini)? gtplan ([a-z][a-z-]*)\b([^\n`]*)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def list_options() -> set[str]:
    """List the options that the plugin declares."""
    declared = yaml.safe_load((PACKAGE / "config_declaration.yaml").read_text("utf-8"))
    return {option["key"] for group in declared["groups"] for option in group["options"]}


def list_commands() -> dict[str, set[str]]:
    """List the commands of ``ckan gtplan``, each with its options."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.glob("cli/*.py"):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                given = dict(_list_decorators(function))
                # the commands of a group are told of together, under its name
                group = next((name for name in given if name.endswith(".command")), "click.command")
                if group != "click.command":
                    texts = given.get("click.option", ())
                    options = {text for text in texts if text.startswith("--")}
                    name = group.removesuffix(".command")
                    found[name] = found.get(name, set()) | options
                elif "click.command" in given:
                    name = given["click.command"] or [function.name.replace("_", "-")]
                    texts = given.get("click.option", ())
                    found[name[0]] = {text for text in texts if text.startswith("--")}
    return found


def _list_decorators(function: ast.FunctionDef) -> Iterator[tuple[str, list[str]]]:
    """Give the texts that the decorators of a function get; those of one name together."""
    texts: dict[str, list[str]] = {}
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call):
            given = [a.value for a in decorator.args if isinstance(a, ast.Constant)]
            texts.setdefault(ast.unparse(decorator.func), []).extend(map(str, given))
    yield from texts.items()


def is_module(dotted: str) -> bool:
    """Tell the name of a module from that of an option."""
    path = PACKAGE.joinpath(*dotted.strip(".").split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def test_the_docs_name_every_option_and_no_other() -> None:
    named = {f"ckanext.gtplan{name}" for name in _OPTION.findall(TEXT) if not is_module(name)}
    assert named == list_options()


@pytest.mark.parametrize("name, options", list_commands().items())
def test_every_command_and_its_options_are_documented(name: str, options: set[str]) -> None:
    pages = [text for text in PAGES.values() if re.search(rf"\bgtplan {name}\b", text)]
    assert pages
    missing = {o for o in options if not any(re.search(rf"(?<!\S)`?{o}\b", t) for t in pages)}
    assert not missing


def test_every_command_in_the_docs_exists() -> None:
    commands = list_commands()
    assert len(commands) > 7
    for name, arguments in _COMMAND.findall(TEXT):
        assert name in commands
        assert set(re.findall(r"--[a-z][a-z-]*", arguments)) <= commands[name]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_what_is_there(page: Path) -> None:
    for link in _LINK.findall(PAGES[page]):
        name, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = page.parent / name if name else page
        assert target.is_file(), link
        if anchor:
            assert anchor in list_anchors(target.read_text("utf-8")), link


def list_anchors(text: str) -> set[str]:
    """List the anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def test_the_readme_leads_to_every_page() -> None:
    links = _LINK.findall(PAGES[ROOT / "README.md"])
    assert {path.name for path in ROOT.glob("docs/*.md")} <= {Path(link).name for link in links}


def test_the_readme_names_every_folder_and_module() -> None:
    readme = PAGES[ROOT / "README.md"]
    for path in PACKAGE.iterdir():
        if path.is_dir() and not path.name.startswith("_"):
            assert f"`{path.name}/`" in readme, path.name
        elif path.suffix == ".py" and path.name != "__init__.py":
            assert f"`{path.name}`" in readme, path.name


def test_the_readme_names_every_dependency() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    listed = re.search(r"^dependencies = \[\n(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    assert listed
    rows = PAGES[ROOT / "README.md"].partition("## Why each dependency")[2].lower()
    for name in re.findall(r'"([A-Za-z-]+)', listed[1]):
        assert name.lower() in rows, name
