"""What the feeds are made of: the journal, fragments, ready blocks, and the events of the changes.

Who reads one of these tables for others joins it with the package as it is at that moment
(``IS_PUBLIC``): a row that has become private, a draft or deleted is never in an answer, whatever
the tables still hold.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from ckan.model.base import BaseModel
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

#: Whether a package, under the alias ``p``, is a dataset that everybody may see; as the index
#: ``gtplan_public_dataset`` of migration 0006 has it.
IS_PUBLIC = "p.state = 'active' AND p.private IS FALSE AND p.type = 'dataset'"
#: The columns of a fragment's texts: N-Triples, Turtle (and N3), RDF/XML, JSON-LD, data.json.
SYNTAXES = ("nt", "ttl", "xml", "jsonld", "json")
#: Datasets of a ready block: those whose ordinal divided by this is the block's number.
BLOCK = 64


class JournalEntry(BaseModel):
    """That a package changed: written by the database itself, in the transaction that changes it.

    A package has one row for each transaction and source. Rows are never removed.

    Attributes:
        xid: the transaction.
        moment: when it began.
        source: ``package``, ``resource``, ``tag``, ``member``, ``organization`` (that of the
            package changed) or ``link`` (the plan record that the package names changed).
        is_followed: the feeds have been brought up to this change.
    """

    __tablename__ = "gtplan_journal"

    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    xid: Mapped[str] = mapped_column(sa.Text)
    moment: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    package_id: Mapped[str] = mapped_column(sa.Text)
    source: Mapped[str] = mapped_column(sa.Text)
    is_followed: Mapped[bool] = mapped_column(sa.Boolean)


class FeedState(BaseModel):
    """One row: how far the feeds are.

    Attributes:
        revision: grows by one whenever something that is served changes: a tag of an answer, so
            that what is done in private shows in none.
        position: of the last event.
        published: when that was; before the first one, when the plugin was installed.
    """

    __tablename__ = "gtplan_feed_state"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    revision: Mapped[int] = mapped_column(sa.BigInteger)
    position: Mapped[int] = mapped_column(sa.BigInteger)
    published: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class FeedEpoch(BaseModel):
    """A whole set of fragments, made by the same profiles and options.

    Attributes:
        fingerprint: of the profiles, the options and the code that make fragments.
        claimed: number of the last block that a worker has taken on, while the epoch is built.
        total: public datasets when it was begun.
        is_current: it is the one that is served; at most one is.
    """

    __tablename__ = "gtplan_feed_epoch"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.Text)
    started: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    swapped: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    claimed: Mapped[int | None] = mapped_column(sa.BigInteger)
    total: Mapped[int] = mapped_column(sa.Integer)
    is_current: Mapped[bool] = mapped_column(sa.Boolean)


class FeedDataset(BaseModel):
    """A dataset that is public, or was: what stays the same whatever the epoch.

    Attributes:
        ordinal: its place in the order of the feeds, for ever: new datasets come last.
        iri: as it was last said.
        version: of what is said of it now; None after its withdrawal.
        position: of its last event.
        changed: when that was.
    """

    __tablename__ = "gtplan_feed_dataset"

    package_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    ordinal: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    iri: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[str | None] = mapped_column(sa.Text)
    position: Mapped[int] = mapped_column(sa.BigInteger)
    changed: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class Fragment(BaseModel):
    """What is said of a dataset, written once in every syntax.

    Attributes:
        version: digest of all that is said.
        modified, data_modified, created: moments (UTC), for the catalogue's own dates.
        themes: codes, for the filter.
        is_reduced: it could not be said but for IRI, title and date of change.
        problems: what was left out: mappings with ``field``, ``value``, ``why``.
        nt, ttl, xml, jsonld, json: the texts (UTF-8) as ``feed.making.layout`` puts them together.
    """

    __tablename__ = "gtplan_fragment"

    epoch: Mapped[int] = mapped_column(
        sa.ForeignKey("gtplan_feed_epoch.id", ondelete="CASCADE"), primary_key=True
    )
    package_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    ordinal: Mapped[int] = mapped_column(sa.BigInteger)
    iri: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[str] = mapped_column(sa.Text)
    modified: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    data_modified: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    created: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    themes: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    agents: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    is_reduced: Mapped[bool] = mapped_column(sa.Boolean)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    nt: Mapped[bytes] = mapped_column(sa.LargeBinary)
    ttl: Mapped[bytes] = mapped_column(sa.LargeBinary)
    xml: Mapped[bytes] = mapped_column(sa.LargeBinary)
    jsonld: Mapped[bytes] = mapped_column(sa.LargeBinary)
    json: Mapped[bytes] = mapped_column(sa.LargeBinary)


class FeedBlock(BaseModel):
    """The fragments of some neighbours, joined and compressed, ready to be sent.

    Attributes:
        number: of the block (``BLOCK``).
        body: raw deflate, ended by a full flush: blocks one after the other are one stream.
        size: bytes before compression.
        crc: CRC-32 of those bytes.
        shift: what ``feed.keeping.deflate`` needs to join the checksum with those before it.
        count: fragments in it.
        stamp: of which packages, in which versions; compared with the packages at that moment
            before the block is sent.
    """

    __tablename__ = "gtplan_feed_block"

    epoch: Mapped[int] = mapped_column(
        sa.ForeignKey("gtplan_feed_epoch.id", ondelete="CASCADE"), primary_key=True
    )
    syntax: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    crc: Mapped[int] = mapped_column(sa.BigInteger)
    shift: Mapped[int] = mapped_column(sa.BigInteger)
    count: Mapped[int] = mapped_column(sa.Integer)
    stamp: Mapped[str] = mapped_column(sa.Text)


class FeedEvent(BaseModel):
    """That a dataset came, changed or went, as everybody could see it; never changed.

    Attributes:
        position: grows in the order in which events became visible, without gaps.
        kind: ``create``, ``update`` or ``delete``.
        version: of what is said of the dataset since; None of a deletion.
    """

    __tablename__ = "gtplan_feed_event"

    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.Text, index=True)
    iri: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[str | None] = mapped_column(sa.Text)
    published: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class FeedPull(BaseModel):
    """What a harvester pulled on a day: counts, and no person's address.

    Attributes:
        harvester: what it calls itself (User-Agent), shortened.
        address: path of the feed, without its query.
        unchanged: answers of status 304.
        failed: answers of status 4xx or 5xx, and those that broke off.
        size: bytes of all bodies.
    """

    __tablename__ = "gtplan_feed_pull"

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    harvester: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    address: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    pulls: Mapped[int] = mapped_column(sa.Integer)
    unchanged: Mapped[int] = mapped_column(sa.Integer)
    failed: Mapped[int] = mapped_column(sa.Integer)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    seconds: Mapped[float] = mapped_column(sa.Float)
    latest: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    status: Mapped[int] = mapped_column(sa.Integer)
