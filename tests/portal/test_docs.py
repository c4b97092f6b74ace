"""Every address and every action that the plugin adds is told of in the docs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ckanext.gtplan.logic import action

ROOT = Path(__file__).parents[2]
TEXT = "\n".join(
    path.read_text("utf-8") for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
)


def test_every_address_is_documented(app: Any) -> None:
    views = app.flask_app.view_functions
    rules = [
        rule.rule
        for rule in app.flask_app.url_map.iter_rules()
        if views[rule.endpoint].__module__.startswith("ckanext.gtplan.")
    ]
    assert len(rules) > 20
    # the docs name an organization by its name, and list endings in one line
    told = [rule.replace("/organization/<id>", "/organization/<name>") for rule in rules]
    missing = [rule for rule in told if f"`{rule.rpartition('.')[0] or rule}" not in TEXT]
    assert not missing
    endings = {rule.rpartition(".")[2] for rule in rules if "." in rule}
    assert not [ending for ending in endings if f".{ending}`" not in TEXT]


def test_every_action_of_our_own_is_documented() -> None:
    own = [name for name in action.__all__ if name.startswith("gtplan_")]
    assert own
    assert not [name for name in own if f"`{name}`" not in TEXT]
