"""The official SHACL shapes of CPSV-AP, which the machine that judges must have."""

from __future__ import annotations

import os
from pathlib import Path

import pyshacl
import pytest
from rdflib import Graph
from rdflib.namespace import SH

_PATH = "shared/reference/shacl/cpsv-ap-3.2.0/cpsv-ap-SHACL.ttl"


def judge_services(graph: Graph) -> list[tuple[str, str]]:
    """List the nodes and properties in which the shapes find a fault."""
    path = Path(__file__).parents[3] / _PATH
    if not path.exists():
        message = "the reference material is not here: CPSV-AP's shapes"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    _, results, _ = pyshacl.validate(graph, shacl_graph=Graph().parse(path), advanced=False)
    return [
        (str(results.value(result, SH.focusNode)), str(results.value(result, SH.resultPath)))
        for result in results.objects(None, SH.result)
    ]
