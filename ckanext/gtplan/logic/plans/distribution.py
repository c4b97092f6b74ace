"""A published table as CKAN keeps it: a CSV as a resource's file, and a DataStore table."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ckan.lib import files, uploader
from ckan.plugins import toolkit as tk
from ckan.types import Context
from ckanext.datastore.backend import DatastoreBackend
from werkzeug.datastructures import FileStorage

from ...plan.tables.tables import Column, Table, to_csv
from ..ids import make_resource_id

#: The profile's field types in PostgreSQL.
_COLUMN_TYPES = {"string": "text", "number": "numeric", "integer": "int8", "date": "date"}
_PAGE = 10_000


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """A table of a dataset, with the bytes that are published of it."""

    id: str
    filename: str
    table: Table
    data: bytes

    @property
    def sha256(self) -> str:
        """Give the digest of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    def is_stored(self, resource: Mapping[str, Any]) -> bool:
        """Tell whether a resource says that it is these bytes, and holds them."""
        return resource.get("hash") == self.sha256 and read_file(self.id) == self.data

    def make_resource(self, existing: Mapping[str, Any], now: str) -> dict[str, Any]:
        """Make the resource, with the file to upload unless it is stored already.

        Args:
            existing: the resource as it was, empty for a new one. What the portal's people
                added to it stays.
            now: date and time of the publication.
        """
        resource = {
            **existing,
            "id": self.id,
            "name": self.table.title,
            "description": self.table.description,
            "format": "CSV",
            "mimetype": "text/csv",
            "resource_type": "file",
            "url_type": "upload",
            "hash": self.sha256,
            "size": len(self.data),
            "issued": existing.get("issued") or now,
            "fields": [_make_field(column) for column in self.table.columns],
            # said here, so that making the table need not change the dataset once more
            "datastore_active": True,
        }
        if existing.get("hash") != self.sha256 or not existing.get("data_modified"):
            resource["data_modified"] = now
        if not self.is_stored(existing):
            resource["url"] = self.filename
            resource["upload"] = wrap_file(self.data, self.filename)
        return resource


def make_distribution(record: str, dataset: str, table: Table) -> Distribution:
    """Make the distribution of a record's table.

    Args:
        record: name of the record, for the name of the file.
        dataset: name of the dataset, for the id, which never changes.
        table: the table.
    """
    return Distribution(
        id=make_resource_id(dataset, table.name),
        filename=f"{record}-{table.name}.csv",
        table=table,
        data=to_csv(table),
    )


def _make_field(column: Column) -> dict[str, str]:
    field = {"title": column.name, "type": column.type, "description": column.description}
    return {**field, "units": column.unit} if column.unit else field


def wrap_file(data: bytes, filename: str) -> FileStorage:
    """Wrap bytes as CKAN's uploader takes them."""
    return FileStorage(io.BytesIO(data), filename=filename, content_type="text/csv")


def read_file(resource_id: str) -> bytes | None:
    """Read the file that is stored for a resource, None when there is none."""
    upload = uploader.get_resource_uploader({"id": resource_id})
    location = upload.get_path(resource_id)
    storage = getattr(upload, "storage", None)
    try:
        if isinstance(storage, files.Storage):
            return bytes(storage.content(files.FileData(files.Location(location))))
        return Path(location).read_bytes()
    except (files.exc.MissingFileError, FileNotFoundError):
        return None


def restore_file(resource_id: str, data: bytes | None) -> None:
    """Put back the file that a resource had, None when it had none.

    CKAN stores an upload before it commits what it knows of it; when that fails, the old
    file must be there again.
    """
    request: dict[str, Any] = {"id": resource_id}
    if data is None:
        request["clear_upload"] = "true"
    else:
        request["upload"] = wrap_file(data, resource_id)
    uploader.get_resource_uploader(request).upload(resource_id)


def sync_datastore(context: Context, distribution: Distribution) -> bool:
    """Make the DataStore hold exactly the table: rows, order, types and dictionary.

    Args:
        context: of somebody who may write every resource.
        distribution: whose resource exists.

    Returns:
        Whether anything had to be written.
    """
    fields = [_make_datastore_field(column) for column in distribution.table.columns]
    found = _read_dictionary(context, distribution.id)
    if found == fields and _read_rows(context, distribution) == _list_rows(distribution):
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
                for row in distribution.table.rows
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
        "fields": [column.name for column in distribution.table.columns],
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


def _list_rows(distribution: Distribution) -> list[list[str]]:
    text = io.StringIO(distribution.data.decode("utf-8"), newline="")
    return list(csv.reader(text))[1:]


def _to_json(cell: Any) -> Any:
    return str(cell) if isinstance(cell, (Decimal, date)) else cell
