"""The addresses of the vocabularies `prm:` and `gtp:`: a page for people, Turtle for machines."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit as tk
from flask import Blueprint, Response

from ..config import get_base_uri, get_language
from ..prm.profile import CLASSES, Labels, extensions, fields, load, version
from ..prm.vocabulary import vocabularies
from ..rdf.shapes import make_shapes, shapes_address
from ..rdf.terms import OWN
from ..rdf.vocabulary import list_terms, make_vocabulary

__all__ = ["namespace"]

namespace = Blueprint("gtplan_namespace", __name__)

_TURTLE = "text/turtle"


def read_vocabulary(name: str) -> Response | str:
    """Answer a vocabulary as the reader asks for it: the page, unless Turtle is preferred.

    Args:
        name: ``prm`` or ``gtp``.
    """
    wanted = tk.request.accept_mimetypes.best_match(["text/html", _TURTLE], "text/html")
    if wanted == _TURTLE:
        return read_turtle(name)
    response = Response(_render(name), mimetype="text/html")
    response.headers["Vary"] = "Accept"
    return response


def read_turtle(name: str) -> Response:
    """Answer a vocabulary in Turtle.

    Args:
        name: ``prm`` or ``gtp``.
    """
    return _turtle(make_vocabulary(get_base_uri(), name))


def read_shapes() -> Response:
    """Answer the SHACL shapes of the profile."""
    return _turtle(make_shapes(get_base_uri()))


def _turtle(graph: Any) -> Response:
    response = Response(graph.serialize(format="turtle"), mimetype=_TURTLE)
    response.headers["Vary"] = "Accept"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _render(name: str) -> str:
    described = load()["terms"][f"{name}:"]
    kinds = [
        {
            "name": kind,
            "label": load()["classes"][kind]["label"],
            "term": load()["classes"][kind]["rdf"],
            "rows": fields(kind),
        }
        for kind in CLASSES
    ]
    return str(
        tk.render(
            "gtplan/namespace.html",
            {
                "name": name,
                "described": described,
                "version": version(),
                "address": f"{get_base_uri()}/ns/{name}",
                "shapes": shapes_address(get_base_uri()),
                "terms": list_terms(name),
                "kinds": kinds if name == "prm" else [],
                "extensions": extensions() if name == "prm" else [],
                "vocabularies": vocabularies() if name == "prm" else {},
                "say": _say,
            },
        )
    )


def _say(labels: Labels) -> str:
    """Choose the text in the reader's language."""
    return labels.get(get_language()) or labels.get("en", "")


# Written out, the addresses need no rule for what else might stand there.
for _name in OWN:
    for _endpoint, _address, _view in (
        (f"read_{_name}", f"/ns/{_name}", read_vocabulary),
        (f"turtle_{_name}", f"/ns/{_name}.ttl", read_turtle),
    ):
        namespace.add_url_rule(
            _address, endpoint=_endpoint, view_func=_view, defaults={"name": _name}
        )
namespace.add_url_rule("/ns/prm/shapes.ttl", view_func=read_shapes)
