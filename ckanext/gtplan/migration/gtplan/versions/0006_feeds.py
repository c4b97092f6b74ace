"""Create the journal of changes, with the triggers that keep it, and what the feeds are made of.

The journal is written in the transaction that changes a package, by the database itself: bulk
changes, purges and statements by hand are in it, and what is rolled back is not.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: The plan records that a dataset can name, in the field that is called as their type.
_LINKS = ("milestone", "commitment", "action_plan", "regional_plan")
_MOMENT = sa.DateTime(timezone=True)
_TRIGGERS = {
    "package": "INSERT OR UPDATE OR DELETE",
    "resource": "INSERT OR UPDATE OR DELETE",
    "package_tag": "INSERT OR UPDATE OR DELETE",
    "tag": "UPDATE",
    "member": "INSERT OR UPDATE OR DELETE",
    "group": "UPDATE OR DELETE",
}


def upgrade() -> None:
    _create_journal()
    _create_epochs()
    _create_events()
    _create_indexes()
    _create_triggers()
    # what there is already is brought into the feeds like any other change
    op.execute(
        "INSERT INTO gtplan_journal (package_id, source)"
        " SELECT id, 'package' FROM package WHERE type = 'dataset'"
    )


def _create_journal() -> None:
    op.execute(
        """
        CREATE TABLE gtplan_journal (
            seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            moment timestamptz NOT NULL DEFAULT now(),
            package_id text NOT NULL,
            source text NOT NULL,
            is_followed boolean NOT NULL DEFAULT false,
            UNIQUE (package_id, xid, source)
        )
        """
    )
    for columns in ("seq", "package_id"):
        op.execute(
            f"CREATE INDEX gtplan_journal_open_{columns} ON gtplan_journal ({columns})"
            " WHERE NOT is_followed"
        )


def _create_epochs() -> None:
    op.create_table(
        "gtplan_feed_epoch",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("started", _MOMENT, nullable=False),
        sa.Column("swapped", _MOMENT),
        sa.Column("claimed", sa.BigInteger),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("is_current", sa.Boolean, nullable=False),
    )
    op.execute(
        "CREATE UNIQUE INDEX gtplan_feed_epoch_current ON gtplan_feed_epoch (is_current)"
        " WHERE is_current"
    )
    op.create_table(
        "gtplan_fragment",
        _name_epoch(),
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("iri", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("modified", _MOMENT),
        sa.Column("data_modified", _MOMENT),
        sa.Column("created", _MOMENT),
        sa.Column("themes", ARRAY(sa.Text), nullable=False),
        sa.Column("agents", ARRAY(sa.Text), nullable=False),
        sa.Column("is_reduced", sa.Boolean, nullable=False),
        sa.Column("problems", JSONB, nullable=False),
        *(
            sa.Column(name, sa.LargeBinary, nullable=False)
            for name in ("nt", "ttl", "xml", "jsonld", "json")
        ),
    )
    # with all that it takes to compare a ready block with its fragments, whose rows are large
    op.create_index(
        "gtplan_fragment_order",
        "gtplan_fragment",
        ["epoch", "ordinal"],
        unique=True,
        postgresql_include=["package_id", "version"],
    )
    for name in ("modified", "data_modified", "created"):
        op.create_index(f"gtplan_fragment_{name}", "gtplan_fragment", ["epoch", name])
    op.create_index(
        "gtplan_fragment_agents", "gtplan_fragment", ["agents"], postgresql_using="gin"
    )
    op.create_table(
        "gtplan_feed_block",
        _name_epoch(),
        sa.Column("syntax", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("crc", sa.BigInteger, nullable=False),
        sa.Column("shift", sa.BigInteger, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("stamp", sa.Text, nullable=False),
    )
    # compressed already
    op.execute("ALTER TABLE gtplan_feed_block ALTER body SET STORAGE EXTERNAL")


def _name_epoch() -> sa.Column[int]:
    return sa.Column(
        "epoch",
        sa.Integer,
        sa.ForeignKey("gtplan_feed_epoch.id", ondelete="CASCADE"),
        primary_key=True,
    )


def _create_events() -> None:
    op.create_table(
        "gtplan_feed_state",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("published", _MOMENT, nullable=False),
    )
    op.execute("INSERT INTO gtplan_feed_state VALUES (1, 0, 0, now())")
    op.create_table(
        "gtplan_feed_dataset",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("ordinal", sa.BigInteger, sa.Identity(), nullable=False, unique=True),
        sa.Column("iri", sa.Text, nullable=False),
        sa.Column("version", sa.Text),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("changed", _MOMENT, nullable=False),
    )
    # of any length: an index by order takes no long ones
    op.execute("CREATE INDEX gtplan_feed_dataset_iri ON gtplan_feed_dataset USING hash (iri)")
    op.create_table(
        "gtplan_feed_event",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("package_id", sa.Text, nullable=False, index=True),
        sa.Column("iri", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("version", sa.Text),
        sa.Column("published", _MOMENT, nullable=False),
    )
    op.create_table(
        "gtplan_feed_pull",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("harvester", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("pulls", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("latest", _MOMENT, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
    )


def _create_indexes() -> None:
    """Index what is public, and which datasets name a plan record."""
    op.create_index(
        "gtplan_public_dataset",
        "package",
        ["id"],
        postgresql_where=sa.text("state = 'active' AND private IS FALSE AND type = 'dataset'"),
    )
    for name in _LINKS:
        op.execute(
            f"CREATE INDEX gtplan_dataset_{name} ON package ((extras ->> '{name}'))"
            f" WHERE type = 'dataset' AND extras ->> '{name}' <> ''"
        )


def _create_triggers() -> None:
    op.execute(
        """
        CREATE FUNCTION gtplan_note(ids text[], because text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO gtplan_journal (package_id, source)
            SELECT DISTINCT id, because FROM unnest(ids) AS t(id) WHERE id IS NOT NULL
            -- a database that was restored has rows of transactions whose numbers come again
            ON CONFLICT (package_id, xid, source) DO UPDATE SET is_followed = false, moment = now()
            WHERE gtplan_journal.is_followed;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION gtplan_note_links(of_type text, names text[]) RETURNS void
        LANGUAGE plpgsql AS $$
        DECLARE
            ids text[];
        BEGIN
            EXECUTE format(
                'SELECT array_agg(id) FROM package'
                ' WHERE type = ''dataset'' AND extras ->> %L <> '''' AND extras ->> %L = ANY ($1)',
                of_type, of_type
            ) INTO ids USING names;
            PERFORM gtplan_note(ids, 'link');
        END $$
        """
    )
    op.execute(_NOTE_CHANGE % ", ".join(f"'{name}'" for name in _LINKS))
    for table, moments in _TRIGGERS.items():
        op.execute(
            f'CREATE TRIGGER gtplan_note_{table} AFTER {moments} ON "{table}"'
            " FOR EACH ROW EXECUTE FUNCTION gtplan_note_change()"
        )


_NOTE_CHANGE = """
    CREATE FUNCTION gtplan_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        former record;
        latter record;
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NULL;
        END IF;
        former := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
        latter := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        CASE TG_TABLE_NAME
        WHEN 'package' THEN
            PERFORM gtplan_note(ARRAY[latter.id], 'package');
            IF latter.type IN (%s) AND (TG_OP <> 'UPDATE'
                OR (former.name, former.title, former.state, former.private)
                IS DISTINCT FROM (latter.name, latter.title, latter.state, latter.private))
            THEN
                PERFORM gtplan_note_links(latter.type, ARRAY[former.name, latter.name]::text[]);
            END IF;
        WHEN 'resource' THEN
            PERFORM gtplan_note(ARRAY[former.package_id, latter.package_id], 'resource');
        WHEN 'package_tag' THEN
            PERFORM gtplan_note(ARRAY[former.package_id, latter.package_id], 'tag');
        WHEN 'tag' THEN
            PERFORM gtplan_note(
                ARRAY(SELECT package_id FROM package_tag WHERE tag_id = latter.id), 'tag'
            );
        WHEN 'member' THEN
            IF latter.table_name = 'package' THEN
                PERFORM gtplan_note(ARRAY[former.table_id, latter.table_id], 'member');
            END IF;
        WHEN 'group' THEN
            IF latter.is_organization THEN
                PERFORM gtplan_note(
                    ARRAY(SELECT id FROM package WHERE owner_org = latter.id), 'organization'
                );
            END IF;
        END CASE;
        RETURN NULL;
    END $$
"""


def downgrade() -> None:
    for table in _TRIGGERS:
        op.execute(f'DROP TRIGGER gtplan_note_{table} ON "{table}"')
    op.execute("DROP FUNCTION gtplan_note_change()")
    op.execute("DROP FUNCTION gtplan_note_links(text, text[])")
    op.execute("DROP FUNCTION gtplan_note(text[], text)")
    for name in _LINKS:
        op.drop_index(f"gtplan_dataset_{name}", table_name="package")
    op.drop_index("gtplan_public_dataset", table_name="package")
    for name in ("feed_pull", "feed_event", "feed_dataset", "feed_state"):
        op.drop_table(f"gtplan_{name}")
    for name in ("feed_block", "fragment", "feed_epoch", "journal"):
        op.drop_table(f"gtplan_{name}")
