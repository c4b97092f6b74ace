"""Sending a file for a living table: what is wrong in it, what it would change, and then writing.

Everything works without JavaScript; while a job works on a large file, the page loads itself again.
"""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit as tk
from flask import Blueprint
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from ..logic.living.messages import describe_upload_error, explain_finding
from ..logic.living.questions import name_column
from ..logic.living.uploading import (
    KeptUpload,
    find_upload,
    keep_upload,
    start_check,
    start_writing,
)
from ..uploads.findings import CellFinding, FindingKind, UploadError, UploadKind
from .table import Place, find_place, render_place, send_to_login

__all__ = ["table_uploads"]

table_uploads = Blueprint("gtplan_table_uploads", __name__, url_prefix="/tables")

_MODES = ("merge", "replace")
#: So many faults are found in a file before its check ends.
_MOST = 200


@table_uploads.route("/<id>/<table>/upload", methods=["GET", "POST"])
def upload(id: str, table: str) -> ResponseReturnValue:
    """Show where the file of a table is sent, and receive it.

    Args:
        id: name or id of the record.
        table: its table.
    """
    login = send_to_login()
    if login is not None:
        return login
    place = find_place(id, table, is_to_edit=True)
    error = ""
    if tk.request.method == "POST":
        file = tk.request.files.get("content") or FileStorage()
        if file.filename:
            return _receive(place, file)
        error = tk._("Choose the file that you filled in.")
    return render_place("gtplan/table_upload.html", place, error=error)


def _receive(place: Place, file: FileStorage) -> ResponseReturnValue:
    mode = tk.request.form.get("mode", "")
    kept = keep_upload(
        tk.current_user.name,
        place.package["id"],
        place.table.name,
        file,
        mode if mode in _MODES else _MODES[0],
    )
    start_check(kept)
    return _lead(place, kept)


def _lead(place: Place, kept: KeptUpload) -> ResponseReturnValue:
    address = {"id": place.package["name"], "table": place.table.name, "upload_id": kept.id}
    return tk.h.redirect_to("gtplan_table_uploads.follow", **address)


@table_uploads.route("/<id>/<table>/upload/<upload_id>", methods=["GET", "POST"])
def follow(id: str, table: str, upload_id: str) -> ResponseReturnValue:
    """Show what is known of a file that was sent; by POST, agree to what it changes.

    Args:
        id: name or id of the record.
        table: its table.
        upload_id: of the file, seen by nobody but who has sent it.
    """
    login = send_to_login()
    if login is not None:
        return login
    place = find_place(id, table, is_to_edit=True)
    kept = find_upload(tk.current_user.name, upload_id)
    if kept is None or (kept.package, kept.table) != (place.package["id"], table):
        return tk.abort(404, tk._("This file is not here any more: please send it again."))
    if tk.request.method == "POST":
        if kept.stage == "checked" or kept.is_stuck:
            start_writing(kept)
        return _lead(place, kept)
    faults = [_describe(fault) for fault in kept.findings]
    difference = kept.difference
    has_changes = any(difference.get(name) for name in ("added", "changed", "removed"))
    return render_place(
        "gtplan/table_uploaded.html",
        place,
        upload=kept,
        faults=faults,
        is_cut=len(faults) >= _MOST,
        has_changes=has_changes,
    )


def _describe(fault: dict[str, Any]) -> dict[str, Any]:
    """Describe what is wrong in a cell, or why a file cannot be read, for who looks now."""
    if "column" not in fault:
        error = UploadError(UploadKind(fault["kind"]), row=fault["row"], value=fault["value"])
        return {"row": fault["row"], "sentence": describe_upload_error(error)}
    told = {name: fault[name] for name in ("row", "column", "letter", "value", "expected")}
    finding = CellFinding(kind=FindingKind(fault["kind"]), **told)
    place = f"{finding.letter}{finding.row}" if finding.letter and finding.row else ""
    return {
        "cell": place,
        "row": finding.row,
        "column": name_column(finding.column) if finding.column else "",
        "value": finding.value,
        "sentence": explain_finding(finding),
    }
