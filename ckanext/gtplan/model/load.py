"""What a load brought into the portal, so that it can be repeated and taken away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan.model.base import BaseModel
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column


class LoadRun(BaseModel):
    """A load by its id, and how the datasets made of it are published.

    ``finished`` is None while records are written but not yet indexed and published: a
    load that was killed there goes on from there when it is repeated.
    """

    __tablename__ = "gtplan_load"

    id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    publication: Mapped[dict[str, Any]] = mapped_column(JSONB)
    finished: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class LoadedObject(BaseModel):
    """One thing that a load wrote.

    Attributes:
        kind: ``organization`` or ``package``, ``dataset`` for one made of a record, ``rows`` for
            those of a record's living tables.
        name: its name in CKAN.
        digest: of what the file said, so that a repeated load leaves alone what it says
            again, and an edit made in the portal stays until the file changes.
        is_created: the load made it; what it only changed is not taken away with it.
    """

    __tablename__ = "gtplan_loaded_object"

    load_id: Mapped[str] = mapped_column(
        sa.ForeignKey("gtplan_load.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    name: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    digest: Mapped[str] = mapped_column(sa.UnicodeText)
    is_created: Mapped[bool] = mapped_column(sa.Boolean)


def select_objects(load_id: str) -> sa.Select[tuple[LoadedObject]]:
    """Select what a load wrote."""
    return sa.select(LoadedObject).where(LoadedObject.load_id == load_id)


def select_run_of(name: str) -> sa.Select[tuple[LoadRun]]:
    """Select the load that wrote a package."""
    return (
        sa.select(LoadRun)
        .join(LoadedObject, LoadedObject.load_id == LoadRun.id)
        .where(LoadedObject.kind == "package", LoadedObject.name == name)
        .order_by(LoadRun.id)
        .limit(1)
    )
