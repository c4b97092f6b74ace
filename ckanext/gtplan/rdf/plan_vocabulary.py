"""What the plan's records say in `gtp:`: classes, properties, and their code lists as concepts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ckanext.gtplan.plan.vocabulary import LANGUAGES, get_labels, list_codes
from ckanext.gtplan.prm.profile import Labels

from .terms import OwnTerm

__all__ = ["list_plan_terms", "load_vocabulary"]


@cache
def load_vocabulary() -> Mapping[str, Any]:
    """Read ``vocabulary.yaml``; the same object at each call, not to be changed."""
    text = files(__package__).joinpath("vocabulary.yaml").read_text("utf-8")
    data: Mapping[str, Any] = yaml.safe_load(text)
    return data


def list_plan_terms() -> Iterator[OwnTerm]:
    """List the terms of `gtp:`: classes, properties, then each code list with its codes."""
    kinds = {"classes": "rdfs:Class", "properties": "rdf:Property"}
    for section, kind in kinds.items():
        for name, raw in load_vocabulary()[section].items():
            yield OwnTerm(
                curie=f"gtp:{name}",
                type=kind,
                label=_by_language(raw["label"]),
                definition=_by_language(raw["definition"]),
                broader=raw.get("broader"),
                domain=raw.get("domain"),
                range=raw.get("range"),
            )
    for name, labels in load_vocabulary()["schemes"].items():
        yield from _list_scheme(name, _by_language(labels))


def _list_scheme(name: str, title: Labels) -> Iterator[OwnTerm]:
    scheme = f"gtp:{name}"
    yield OwnTerm(curie=scheme, type="skos:ConceptScheme", label=title, definition=title)
    labels = {code: get_labels(name, code) for code in list_codes(name)}
    if name == "actor_role":
        labels |= {code: _by_language(raw) for code, raw in load_vocabulary()["roles"].items()}
    for code, label in labels.items():
        yield OwnTerm(
            curie=f"{scheme}-{code}",
            type="skos:Concept",
            label=label,
            definition={language: f"{title[language]}: {label[language]}" for language in label},
            code=code,
            scheme=scheme,
        )


def _by_language(texts: Sequence[str]) -> Labels:
    return dict(zip(LANGUAGES, texts, strict=True))
