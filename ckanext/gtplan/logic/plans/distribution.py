"""What a dataset holds of a table: a file or an address as a resource, and perhaps a table.

A table made of a record is a CSV with a copy in the DataStore. A living table is in the DataStore
already, beside its record: it is given out as a CSV and a spreadsheet, and by the address of its
API.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from ckan.plugins import toolkit as tk
from ckan.types import Context
from ckanext.datastore.backend import DatastoreBackend

from ...config import get_base_uri
from ...plan.tables.living import LivingSource, list_living_names
from ...plan.tables.tables import Column, Table, list_table_names, to_csv
from ..ids import make_resource_id
from .downloads import Download
from .storage import hash_file, open_file, store_file

#: The profile's field types in PostgreSQL.
_COLUMN_TYPES = {"string": "text", "number": "numeric", "integer": "int8", "date": "date"}
_PAGE = 10_000
#: Tables that the portal published once, and takes away from the datasets that have them.
_RETIRED = ("servicios",)
#: What a living table is given out as: a part of the name of the resource.
_ENDINGS = {"CSV": "csv", "XLSX": "xlsx"}
_API, _CPSV = "api", "cpsv"
#: What follows the title of the table in that of the resource, in the language of the data.
_TITLES = {"csv": "", "xlsx": ", hoja de cálculo", _API: ", API", _CPSV: ", RDF (CPSV-AP)"}


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """A resource of a dataset, with what is published of it.

    Attributes:
        id: never changes.
        columns: what the resource says of its columns.
        type: a code of the profile's distribution_type.
        address: where it leads, for one that has no file.
        file: the file, and ``filename`` as people download it.
        schema: title and address of what it conforms to.
        table: what the DataStore is to hold under the same id.
    """

    id: str
    title: str
    description: str
    format: str
    mimetype: str
    type: str = "file"
    columns: Sequence[Column] = ()
    address: str | None = None
    file: BinaryIO | None = None
    filename: str = ""
    sha256: str | None = None
    size: int | None = None
    schema: tuple[str, str] | None = None
    table: Table | None = None

    def is_stored(self, resource: Mapping[str, Any]) -> bool:
        """Tell whether a resource says that it is this file, and holds it."""
        if self.file is None:
            return True
        if (resource.get("hash") or None) != self.sha256:
            return False
        stored = open_file(self.id)
        if stored is None:
            return False
        with stored:
            return hash_file(stored) == self.sha256

    def store(self) -> None:
        """Store the file."""
        if self.file is not None:
            store_file(self.id, self.file, self.filename)

    def make_resource(
        self, existing: Mapping[str, Any], now: str, *, is_stored: bool
    ) -> dict[str, Any]:
        """Make the resource.

        Args:
            existing: the resource as it was, empty for a new one. What the portal's people
                added to it stays.
            now: date and time of the publication.
            is_stored: whether its file is what it was.
        """
        resource = {
            **existing,
            "id": self.id,
            "name": self.title,
            "description": self.description,
            "format": self.format,
            "mimetype": self.mimetype,
            "resource_type": self.type,
            "issued": existing.get("issued") or now,
            "fields": [_make_field(column) for column in self.columns],
        }
        if self.table is not None:
            # said here, so that making the table need not change the dataset once more
            resource["datastore_active"] = True
        if self.schema is not None:
            resource |= {"codelists": [self.schema[0]], "codelist_links": [self.schema[1]]}
        if self.file is None:
            return {**resource, "url": self.address}
        resource |= {"url_type": "upload", "hash": self.sha256, "size": self.size}
        if existing.get("hash") != self.sha256 or not existing.get("data_modified"):
            resource["data_modified"] = now
        if not is_stored:
            resource |= {"url": self.filename, "last_modified": now.partition("+")[0]}
        return resource


def list_resource_ids(dataset: str) -> list[str]:
    """List the ids of the resources that the portal itself gives a dataset.

    Args:
        dataset: name of the dataset; it may be one that the portal does not make.
    """
    endings = (*_ENDINGS.values(), _API, _CPSV)
    living = [f"{name}.{ending}" for name in list_living_names() for ending in endings]
    names = (*list_table_names(), *_RETIRED, *living)
    return [make_resource_id(dataset, name) for name in names]


def make_distribution(record: str, dataset: str, table: Table) -> Distribution:
    """Make the distribution of a record's table.

    Args:
        record: name of the record, for the name of the file.
        dataset: name of the dataset, for the id, which never changes.
        table: the table.
    """
    data = to_csv(table)
    file = io.BytesIO(data)
    return Distribution(
        id=make_resource_id(dataset, table.name),
        title=table.title,
        description=table.description,
        format="CSV",
        mimetype="text/csv",
        columns=table.columns,
        file=file,
        filename=f"{record}-{table.name}.csv",
        sha256=hash_file(file),
        size=len(data),
        table=table,
    )


def make_downloads(
    record: str, dataset: str, source: LivingSource, downloads: Sequence[Download], schema: str
) -> Iterator[Distribution]:
    """Make the distributions of the files of a living table.

    Args:
        record: name of the record, for the name of the file.
        dataset: name of the dataset, for the id, which never changes.
        source: the table.
        downloads: its files.
        schema: address of its Table Schema.
    """
    for download in downloads:
        ending = _ENDINGS[download.format]
        yield Distribution(
            id=make_resource_id(dataset, f"{source.name}.{ending}"),
            title=f"{source.title}{_TITLES[ending]}",
            description=source.description,
            format=download.format,
            mimetype=download.mimetype,
            columns=source.columns,
            file=download.file,
            filename=f"{record}-{source.name}.{ending}",
            sha256=download.sha256,
            size=download.size,
            schema=(f"Table Schema: {source.name}", schema),
        )


def make_api(dataset: str, source: LivingSource, resource_id: str) -> Distribution:
    """Make the distribution that leads to the rows of a living table, as they are by now.

    Args:
        dataset: name of the dataset, for the id, which never changes.
        source: the table.
        resource_id: of the table in the DataStore.
    """
    address = tk.url_for(
        "api.action",
        ver=3,
        logic_function="datastore_search",
        resource_id=resource_id,
        qualified=True,
        locale="default",
    )
    return Distribution(
        id=make_resource_id(dataset, f"{source.name}.{_API}"),
        title=f"{source.title}{_TITLES[_API]}",
        description=source.description,
        format="JSON",
        mimetype="application/json",
        type="api",
        columns=source.columns,
        address=str(address),
    )


def make_cpsv(record: str, dataset: str, source: LivingSource) -> Distribution:
    """Make the distribution that leads to the services of an inventory as RDF.

    Args:
        record: name of the inventory.
        dataset: name of the dataset, for the id, which never changes.
        source: the table of services.
    """
    return Distribution(
        id=make_resource_id(dataset, f"{source.name}.{_CPSV}"),
        title=f"{source.title}{_TITLES[_CPSV]}",
        description=source.description,
        format="TTL",
        mimetype="text/turtle",
        address=f"{get_base_uri()}/service_inventory/{record}/services.ttl",
        schema=("CPSV-AP 3.2.0", "http://data.europa.eu/m8g/cpsvap/3.2.0"),
    )


def _make_field(column: Column) -> dict[str, str]:
    field = {"title": column.name, "type": column.type, "description": column.description}
    return {**field, "units": column.unit} if column.unit else field


def sync_datastore(context: Context, distribution: Distribution) -> bool:
    """Make the DataStore hold exactly the table: rows, order, types and dictionary.

    Args:
        context: of somebody who may write every resource.
        distribution: whose resource exists.

    Returns:
        Whether anything had to be written; nothing for one whose rows are not copied.
    """
    table = distribution.table
    if table is None:
        return False
    fields = [_make_datastore_field(column) for column in table.columns]
    found = _read_dictionary(context, distribution.id)
    if found == fields and _read_rows(context, distribution) == _list_rows(table):
        return False
    if found is not None:
        columns = [(field["id"], field["type"]) for field in found]
        if columns == [(field["id"], field["type"]) for field in fields]:
            _delete_rows(context, distribution.id)
        else:
            drop_datastore(distribution.id)
    tk.get_action("datastore_create")(
        tk.fresh_context(context, ignore_auth=True),
        {
            "resource_id": distribution.id,
            "force": True,
            "fields": fields,
            "records": [
                dict(zip((field["id"] for field in fields), map(_to_json, row), strict=True))
                for row in table.rows
            ],
            "calculate_record_count": True,
        },
    )
    return True


def drop_datastore(resource_id: str) -> None:
    """Drop a resource's table in the DataStore, if there is one.

    This is what CKAN does when a resource is deleted; its action would need the resource, and
    write the dataset once more.
    """
    backend = DatastoreBackend.get_active_backend()
    if backend.resource_exists(resource_id):
        backend.delete({}, {"resource_id": resource_id})


def _delete_rows(context: Context, resource_id: str) -> None:
    tk.get_action("datastore_delete")(
        tk.fresh_context(context, ignore_auth=True),
        {
            "resource_id": resource_id,
            "filters": {},
            "force": True,
            "calculate_record_count": False,
        },
    )


def _make_datastore_field(column: Column) -> dict[str, Any]:
    info = {
        "label": column.labels["es"],
        "label_en": column.labels["en"],
        "label_pt_BR": column.labels["pt_BR"],
        "notes": column.description,
    }
    if column.unit:
        info["unit"] = column.unit
    return {"id": column.name, "type": _COLUMN_TYPES[column.type], "info": info}


def _read_dictionary(context: Context, resource_id: str) -> list[dict[str, Any]] | None:
    own = tk.fresh_context(context, ignore_auth=True)
    try:
        table = tk.get_action("datastore_info")(own, {"id": resource_id})
    except tk.ObjectNotFound:
        return None
    return [
        {"id": field["id"], "type": field["type"], "info": field.get("info", {})}
        for field in table["fields"]
    ]


def _read_rows(context: Context, distribution: Distribution) -> list[list[str]]:
    """Read the rows of the DataStore as texts, to compare them with those of the CSV."""
    rows: list[list[str]] = []
    query = {
        "resource_id": distribution.id,
        "fields": [column.name for column in distribution.columns],
        "sort": "_id",
        "records_format": "csv",
        "include_total": False,
        "limit": _PAGE,
    }
    while True:
        own = tk.fresh_context(context, ignore_auth=True)
        page = tk.get_action("datastore_search")(own, {**query, "offset": len(rows)})
        found = list(csv.reader(io.StringIO(page["records"], newline="")))
        rows += found
        if len(found) < _PAGE:
            return rows


def _list_rows(table: Table) -> list[list[str]]:
    text = io.StringIO(to_csv(table).decode("utf-8"), newline="")
    return list(csv.reader(text))[1:]


def _to_json(cell: Any) -> Any:
    return str(cell) if isinstance(cell, (Decimal, date)) else cell
