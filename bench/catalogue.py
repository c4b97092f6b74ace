"""A portal's catalogue of any size, written in a minute: ``python bench/catalogue.py ckan.ini``.

A few datasets are made with CKAN's actions; the others are their copies, with ids, names, titles
and dates of their own. The database copies the rows (so its triggers see every one of them), and
the search gets what CKAN would send it for each: to a reader of the database or of the search the
copies are datasets like any other. See README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.lib import search
from ckan.lib.search import index as indexing
from ckan.plugins import toolkit as tk

#: Begins the names of all that is written; a template is the copy of number 0.
PREFIX = "bench-catalogue"
ORGANIZATION = f"{PREFIX}-org"
TEMPLATES = 4
WORDS = 8
#: The column that says of which package a row is, in the tables that a dataset is made of.
KEYS = {"package": "id", "resource": "package_id", "package_tag": "package_id"}
KEYS["member"] = "table_id"
#: Stands for what no other dataset has, so that texts are not smaller in gzip than people's are.
TEXT = " ".join(["x" * 32] * WORDS)
#: The newest dataset was changed then, each other one a minute before the one above it.
NEWEST = datetime(2026, 1, 1)
#: Documents that the search is sent at a time.
BATCH = 500

Record = dict[str, Any]


def make_template(place: int) -> Record:
    """Make one of the datasets that the others are copies of: three files, one with columns."""
    name = name_copy(place, 0)
    full = {
        "temporal_coverage": [{"start": "2018-11", "end": "2020-10"}],
        "spatial_coverage": [{"code": "GTM"}],
        "jurisdiction": "national",
    }
    return {
        "name": name,
        "title": f"Conjunto {name} con un título tan largo como los reales",
        "notes": f"De qué trata {name}, en unas líneas que alguien escribió: {TEXT}.",
        "owner_org": ORGANIZATION,
        "license_id": "cc-by",
        "theme": ["GOVE", "TECH"],
        "frequency": "R/P1Y",
        "data_modified": "2024-01-03",
        "issued": "2020-06-30",
        "language": ["es"],
        "contact": [{"name": "Equipo de datos", "email": "datos@example.org"}],
        "tags": [{"name": tag} for tag in ("gobierno", "datos abiertos", f"tema {place}")],
        "resources": [_make_file(name, ending) for ending in ("csv", "json", "pdf")],
        **(full if place % 2 else {}),
    }


def _make_file(name: str, ending: str) -> Record:
    columns = [
        {"title": "codigo", "type": "string", "description": "Código de la institución"},
        {"title": "fecha", "type": "date", "description": "Día en que se registró"},
        {"title": "monto", "type": "number", "description": "Monto en quetzales"},
    ]
    return {
        "name": f"Archivo {ending.upper()}",
        "url": f"https://datos.example.org/{name}.{ending}",
        "description": f"Los datos de {name} en un archivo.",
        "format": ending.upper(),
        "size": 48_123,
        "issued": "2020-06-30",
        **({"fields": columns} if ending == "csv" else {}),
    }


def name_copy(template: int, number: int) -> str:
    """Name a copy of a template, always with as many characters."""
    return f"{PREFIX}-{template}-{number:07}"


def make_id(template: str, number: int) -> str:
    """Make the id that a row's copy has, as ``_COPY`` does."""
    return str(uuid.UUID(hashlib.md5(f"{template}/{number}".encode()).hexdigest()))


_COPY = """
INSERT INTO {table} SELECT made.* FROM {table} AS row
JOIN package AS p ON p.id = row.{key} AND p.name = :template
CROSS JOIN generate_series(CAST(:first AS int), :last) AS number
CROSS JOIN LATERAL (
    SELECT string_agg(md5(p.name || '/' || number || '/' || word), ' ' ORDER BY word) AS text
    FROM generate_series(1, :words) AS word
) AS own
CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, replace(replace(replace(replace(replace(
    to_jsonb(row)::text,
    :text, own.text),
    row.id, md5(row.id || '/' || number)::uuid::text),
    p.id, md5(p.id || '/' || number)::uuid::text),
    p.name, :prefix || lpad(number::text, 7, '0')),
    to_char(p.metadata_modified, :moment),
    to_char(p.metadata_modified - number * :step * interval '1 minute', :moment)
)::jsonb) AS made
"""


def make_text(template: str, number: int) -> str:
    """Make the words that only one copy has, as ``_COPY`` does."""
    words = (f"{template}/{number}/{word}".encode() for word in range(1, WORDS + 1))
    return " ".join(hashlib.md5(word).hexdigest() for word in words)


def write_rows(template: int, numbers: range) -> None:
    """Copy the rows of a template in the database, in one transaction.

    Args:
        template: which one.
        numbers: of the copies.
    """
    given = {
        "template": name_copy(template, 0),
        "prefix": name_copy(template, 0)[:-7],
        "first": numbers[0],
        "last": numbers[-1],
        "step": TEMPLATES,
        "text": TEXT,
        "words": WORDS,
        "moment": 'YYYY-MM-DD"T"HH24:MI:SS',
    }
    for table, key in KEYS.items():
        model.Session.execute(sa.text(_COPY.format(table=table, key=key)), given)
    model.Session.commit()


def read_document(name: str) -> Record:
    """Read what CKAN sends the search for a package."""
    with patch.object(indexing, "make_connection") as make_connection:
        search.rebuild(name)
    (document,) = make_connection().add.call_args.kwargs["docs"]
    return dict(document)


def list_documents(template: int, numbers: range) -> Iterator[Record]:
    """List what the search gets for the copies of a template."""
    name = name_copy(template, 0)
    package = model.Package.get(name)
    ids = [package.id, *(resource.id for resource in package.resources)]
    document = json.dumps(read_document(name))
    moment = package.metadata_modified
    for number in numbers:
        text = document.replace(TEXT, make_text(name, number))
        text = text.replace(name, name_copy(template, number))
        for one in ids:
            text = text.replace(one, make_id(one, number))
        changed = moment - timedelta(minutes=number * TEMPLATES)
        made = json.loads(text.replace(moment.isoformat(), changed.isoformat()))
        site = tk.config["ckan.site_id"]
        yield made | {"index_id": hashlib.md5(f"{made['id']}{site}".encode()).hexdigest()}


def write_documents(template: int, numbers: range) -> None:
    """Send the search what it holds of the copies of a template; it shows them when committed."""
    documents = list(list_documents(template, numbers))
    connection = indexing.make_connection()
    for first in range(0, len(documents), BATCH):
        connection.add(documents[first : first + BATCH], commit=False)


def act(name: str, record: Record) -> None:
    """Call one of CKAN's actions as the portal itself."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    tk.get_action(name)({"ignore_auth": True, "user": user}, record)


def write_templates() -> None:
    """Make the organization and the datasets that the others are copies of."""
    remove_catalogue()  # what a run that was broken off has left
    act("organization_create", {"name": ORGANIZATION, "title": "Institución de la medición"})
    for place in range(TEMPLATES):
        act("package_create", make_template(place))
        # a whole second: the database and Python write it alike
        package = model.Package.get(name_copy(place, 0))
        package.metadata_modified = NEWEST - timedelta(minutes=place)
        model.Session.commit()
        search.rebuild(package.name)


def count_datasets() -> int:
    """Count the datasets of this catalogue that the portal has."""
    written = model.Package.name.like(f"{PREFIX}-%"), model.Package.state == "active"
    return int(model.Session.scalar(sa.select(sa.func.count()).where(*written)) or 0)


def write_catalogue(datasets: int) -> None:
    """Make the catalogue as large as is asked for; what is there of it stays.

    Args:
        datasets: how many there are to be, a multiple of the templates.
    """
    if not (there := count_datasets()):
        write_templates()
        there = TEMPLATES
    numbers = range(there // TEMPLATES, datasets // TEMPLATES)
    if len(numbers):
        for template in range(TEMPLATES):
            write_rows(template, numbers)
            write_documents(template, numbers)
    indexing.make_connection().commit()
    model.Session.execute(sa.text("ANALYZE package, resource, package_tag, member"))
    model.Session.commit()


def remove_catalogue() -> None:
    """Remove all of it, from the database and from the search."""
    gone = sa.text(
        f"CREATE TEMP TABLE bench_gone ON COMMIT DROP AS SELECT id FROM package"
        f" WHERE name LIKE '{PREFIX}-%'"
    )
    model.Session.execute(gone)
    for table, key in reversed(KEYS.items()):
        model.Session.execute(
            sa.text(f"DELETE FROM {table} WHERE {key} IN (SELECT id FROM bench_gone)")
        )
    model.Session.commit()
    if model.Group.get(ORGANIZATION):
        act("organization_purge", {"id": ORGANIZATION})
    site = tk.config["ckan.site_id"]
    query = f'+site_id:"{site}" +name:{PREFIX}-*'
    indexing.make_connection().delete(q=query, commit=True)


def main() -> None:
    """Write the catalogue, or remove it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ini")
    parser.add_argument("--datasets", type=int, default=10_000)
    parser.add_argument("--remove", action="store_true")
    given = parser.parse_args()
    start = time.perf_counter()
    with make_app(load_config(given.ini)).test_request_context():
        remove_catalogue() if given.remove else write_catalogue(given.datasets)
        print(f"{count_datasets()} datasets, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
