"""What the directory of services searches: one table for the services of all inventories."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from ckan.model.base import BaseModel
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column


class ServiceEntry(BaseModel):
    """A service as the directory finds and lists it; the inventory's own table says all of it.

    Rows are there for every inventory, whoever may see it: each question joins them with the
    package and its organization as they are at that moment. No foreign key leads there, so that
    indexing waits for nobody.

    Attributes:
        digest: of the row that this was made of.
        sort_name: the name without case and accents.
        institution: and the five after it are what lists are narrowed by, values with ``|``
            between them; a service that names no institution is one of the inventory's owner.
        shown: what a list of results shows of the service.
        document: the words of the service: those of the name weigh A, keywords B, what it is
            C, the rest D.
    """

    __tablename__ = "gtplan_service"
    __table_args__ = (
        sa.Index("gtplan_service_document", "document", postgresql_using="gin"),
    )

    package_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    service_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    digest: Mapped[str] = mapped_column(sa.UnicodeText)
    sort_name: Mapped[str] = mapped_column(sa.UnicodeText)
    volume: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    institution: Mapped[str] = mapped_column(sa.UnicodeText)
    online: Mapped[str] = mapped_column(sa.UnicodeText)
    cost: Mapped[str] = mapped_column(sa.UnicodeText)
    channel: Mapped[str] = mapped_column(sa.UnicodeText)
    audience: Mapped[str] = mapped_column(sa.UnicodeText)
    life_event: Mapped[str] = mapped_column(sa.UnicodeText)
    shown: Mapped[dict[str, Any]] = mapped_column(JSONB)
    document: Mapped[Any] = mapped_column(TSVECTOR)


class ServiceWord(BaseModel):
    """A word of the directory, and how it sounds: what a misspelt word may have meant.

    Words of services that are gone or hidden may stand here; none is offered to anybody before
    it has been found in a service that everybody may see.
    """

    __tablename__ = "gtplan_service_word"
    __table_args__ = (
        sa.Index(
            "gtplan_service_word_sound",
            "sound",
            postgresql_using="gist",
            postgresql_ops={"sound": "gist_trgm_ops(siglen=64)"},
        ),
    )

    word: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    sound: Mapped[str] = mapped_column(sa.UnicodeText)
