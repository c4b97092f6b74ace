"""What the tests of the feeds over HTTP read them with."""

from __future__ import annotations

import json
from typing import Any

from feeding import run
from rdflib import RDF, Graph
from rdflib.namespace import DCAT
from werkzeug.test import Client

from ckanext.gtplan.rdf.feed import SYNTAXES

WHOLE = [*(f"/catalog-full.{ending}" for ending in SYNTAXES), "/data.json"]
PAGED = [f"/catalog.{ending}" for ending in SYNTAXES]
GZIP = {"Accept-Encoding": "gzip"}


class Reader:
    """Asks as a harvester does: without a session, and each answer read or let go of."""

    def __init__(self, flask_app: Any) -> None:
        self.flask_app = flask_app
        self._client = Client(flask_app.wsgi_app, use_cookies=False)

    def ask(self, method: str, address: str, headers: Any = None, status: int | None = None) -> Any:
        answer = self._client.open(address, method=method, headers=headers)
        answer.bytes = answer.get_data()
        answer.body = answer.bytes.decode("utf-8", "replace")
        answer.close()
        assert status is None or answer.status_code == status, (address, answer.body)
        return answer

    def get(self, address: str, headers: Any = None, status: int | None = None) -> Any:
        return self.ask("GET", address, headers, status)

    def head(self, address: str, headers: Any = None, status: int | None = None) -> Any:
        return self.ask("HEAD", address, headers, status)


def list_ids(address: str, body: bytes) -> list[str]:
    """List the datasets of a document, each as often as it is there."""
    ending = address.partition("?")[0].rpartition(".")[2]
    if ending == "json":
        return sorted(entry["identifier"] for entry in json.loads(body)["dataset"])
    graph = Graph().parse(data=body, format=SYNTAXES[ending].name)
    found = sorted(str(s).rpartition("/")[2] for s in graph.subjects(RDF.type, DCAT.Dataset))
    assert len(list(graph.objects(None, DCAT.dataset))) == len(found)
    return found


def list_addresses(dataset: dict[str, Any]) -> list[str]:
    """List the addresses of the feeds, with those of one dataset."""
    own = [f"/dataset/{dataset['id']}.{ending}" for ending in SYNTAXES]
    return [*WHOLE, *PAGED, *own, f"/dataset/{dataset['id']}/data.json"]


def spread_out(app: Any) -> None:
    """Put each dataset into a block of its own, with empty ones between them."""
    app.get("/catalog.nt", status=200)
    for table in ("gtplan_feed_dataset", "gtplan_fragment"):
        run(f"UPDATE {table} SET ordinal = -100 * ordinal")
        run(f"UPDATE {table} SET ordinal = -ordinal")
