"""An export as files, read again before they are given, and what is not in them as sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...config import get_option
from ...plan.files.checks import check_sources
from ...plan.files.recovery import Loss, LossKind
from ...plan.files.tree import SourceFile
from ...plan.files.writer import write_folder, write_load
from ...plan.problems import PlanError
from .. import schema
from .exporting import make_export
from .messages import describe_problem

__all__ = ["SCHEMA_ADDRESS", "gtplan_export", "gtplan_export_auth", "name_schema"]

#: Where the portal has the JSON Schema of plan files.
SCHEMA_ADDRESS = "/ns/gtp/plan.schema.json"

K = LossKind
_SENTENCES: dict[LossKind, Callable[[], str]] = {
    K.HIDDEN: lambda: tk._("it is private or a draft, and so left out"),
    K.BELOW_MISSING: lambda: tk._(
        "it is left out, because “{value}”, which its field “{path}” names, is not in the file"
    ),
    K.REFERENCE: lambda: tk._("“{path}” is left out: “{value}” is not in the file"),
    K.VALUE: lambda: tk._("“{path}” is left out: a load would refuse “{value}”"),
    K.ROW: lambda: tk._("“{path}” is left out: it lacks “{value}”"),
    K.FIELD: lambda: tk._("“{path}” is left out: a plan file has no place for “{value}”"),
    K.UNREADABLE: lambda: tk._("it is left out: it lacks “{value}”"),
    K.LOG_ENTRY: lambda: tk._(
        "entry {path} of its log is left out: “{value}”, which it is on, is not in the file"
    ),
    K.REPORT: lambda: tk._(
        "the report {path} is left out: it was not approved, and a load would count it"
    ),
    K.REPORTED_ROW: lambda: tk._(
        "the report {path} is left out: “{value}”, which it is on, is no longer in the work plan"
    ),
    K.TABLE: lambda: tk._(
        "the rows of {path} are left out: they are too many for a plan file; download the table,"
        " and upload it to the other portal"
    ),
    K.PUBLICATION: lambda: tk._(
        "the load “{value}” says otherwise how datasets are published: a file holds one"
        " `publication`, here that of “{record}”"
    ),
}


@validate(schema.export)
def gtplan_export(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Write the records of the portal as plan files, which a load makes the same records of.

    Args:
        context: of a sysadmin.
        data_dict: ``id`` of a load, or name of a plan record, which comes with all below it and
            what these refer to; without it all plan records. With ``is_folder`` a file for each
            section, else one file.

    Returns:
        ``load``, the id that the files have; ``files``, a list of ``{"name": ..., "content":
        ...}`` as ``gtplan_load`` takes it; ``records``, how many there are; ``left_out``, a
        sentence for each thing that a plan file cannot hold.

    Raises:
        toolkit.ObjectNotFound: there is no such load or record.
        toolkit.ValidationError: nothing says how datasets of these records are published.
    """
    tk.check_access("gtplan_export", context, data_dict)
    export = make_export(data_dict.get("id") or None)
    load, head = export.load, name_schema()
    if data_dict["is_folder"]:
        files = write_folder(load, head)
    else:
        files = {f"{load.id}.yaml": write_load(load, head)}
    losses = dict.fromkeys(describe_loss(loss) for loss in export.losses)
    return {
        "load": load.id,
        "files": [{"name": name, "content": text} for name, text in files.items()],
        "records": sum(len(getattr(load, name)) for name in _list_sections(load)),
        "left_out": [*losses, *_check(files, load.id)],
    }


def gtplan_export_auth(context: Context, data_dict: dict[str, Any]) -> dict[str, bool]:
    """An export is of everything and everybody, as a load is: sysadmins only."""
    return {"success": False}


def name_schema() -> str:
    """Write the line by which editors find the schema, where the portal's address is fixed.

    Only an address that was chosen to stay stands in a file: the same records in another portal
    give the same file.
    """
    base = str(get_option("base_uri") or "").rstrip("/")
    return f"# yaml-language-server: $schema={base}{SCHEMA_ADDRESS}\n" if base else ""


def _list_sections(load: Any) -> list[str]:
    return [name for name in vars(load) if isinstance(getattr(load, name), tuple)]


def _check(files: dict[str, str], load_id: str) -> list[str]:
    """Read the files as a load would: what it would refuse was let in by the portal."""
    sources = [SourceFile(name=name, data=text.encode()) for name, text in files.items()]
    try:
        check_sources(sources, load_id)
    except PlanError as error:
        sentence = tk._("a load would refuse this: {problem}")
        return [sentence.format(problem=describe_problem(p)) for p in error.problems]
    return []


def describe_loss(loss: Loss) -> str:
    """Say what is not in the file, of which record, and why."""
    value = loss.value if len(loss.value) <= 80 else loss.value[:79] + "…"
    sentence = _SENTENCES[loss.kind]()
    return f"{loss.record}: " + sentence.format(record=loss.record, path=loss.path, value=value)
